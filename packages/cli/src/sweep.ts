/** @file Recorded sweeps: a CSV file with a column of times and one for each recording. */
import { readText, ValueError } from "rall";

export interface Column {
  readonly name: string;
  /** As the file says; undefined if it does not. */
  readonly unit: string | undefined;
  readonly values: Float64Array;
}

export interface Sweep {
  readonly file: string;
  /** In ms, ascending. */
  readonly time: Float64Array;
  readonly columns: readonly Column[];
}

/** @throws ValueError that names file, line and column of what is wrong. */
export async function readSweep(file: string): Promise<Sweep> {
  return parseSweep((await readText(file)).text, file);
}

/** Most columns of a table: beyond lies no recording, but the memory of a machine. */
const mostColumns = 10_000;

/** A line of a table: its fields, and the number of the line that it begins in. */
interface Row {
  readonly fields: readonly string[];
  readonly number: number;
}

/**
 * The rows of a text whose fields are divided by commas, semicolons or tabs, whichever comes first; in quotes a field may hold
 * dividers, newlines and doubled quotes (RFC 4180). Empty lines and those that begin with # are skipped.
 */
function rowsOf(text: string, file: string): Row[] {
  const rows: Row[] = [];
  const divider = /[,;\t]/.exec(text.replace(/^#.*$/gm, "").replace(/"[^"]*"/g, ""))?.[0] ?? ",";
  const token = new RegExp(`"([^"]*(?:""[^"]*)*)"|([^${divider}\n"]+)|(${divider})|(\n)|(")`, "g");
  let fields = [""];
  let [line, begin] = [1, 1];
  const end = () => {
    const isComment = fields[0]?.startsWith("#") === true;
    if (!isComment && (fields.length > 1 || fields[0]?.trim() !== ""))
      rows.push({ fields: fields.map((field) => field.trim()), number: begin });
    fields = [""];
  };
  const add = (part: string) => {
    fields[fields.length - 1] += part;
  };
  for (const [whole, quoted, plain, divides, ends] of text.matchAll(token)) {
    if (quoted !== undefined) {
      add(quoted.replaceAll('""', '"'));
      line += quoted.split("\n").length - 1;
    } else if (divides !== undefined) {
      if (fields.length === mostColumns) {
        throw new ValueError(`There are more than ${mostColumns} columns.`, {
          file,
          location: { line },
          remedy: "Give each sample a line of its own, or divide the file.",
        });
      }
      fields.push("");
    } else if (ends !== undefined) {
      end();
      begin = ++line;
    } else add(plain ?? whole);
  }
  end();
  return rows;
}

/** A number as tables have it: no hexadecimal and no words. */
const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

function decimalValue(field: string): number {
  return decimal.test(field) ? Number(field) : Number.NaN;
}

/**
 * Reads `time (ms),v (mV)` or `time,v` with units in the second row or none; fields are divided by commas, semicolons or tabs;
 * lines that begin with # are skipped.
 */
export function parseSweep(text: string, file: string): Sweep {
  const [header, ...body] = rowsOf(text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n"), file);
  const fail = (message: string, line: number, remedy: string, value?: unknown) =>
    new ValueError(message, { file, location: { line }, remedy, value });
  if (header === undefined) {
    throw fail("There is nothing in the file.", 1, "Give a header and one line per sample.");
  }
  const heads = header.fields.map(nameAndUnit);
  const [first, ...others] = heads;
  if (first === undefined || !/^(t|time)$/i.test(first.name)) {
    throw fail(
      `The first column is ${JSON.stringify(header.fields[0])}, not the time.`,
      header.number,
      'Begin the file with a header such as "time (ms),v (mV)", the time first.',
    );
  }
  if (others.length === 0) {
    throw fail("There is no column but the time.", header.number, "Add one for each recording.");
  }
  const units = body[0]?.fields ?? [];
  const hasUnits = units.length > 0 && units.every((field) => Number.isNaN(Number(field)));
  const rows = hasUnits ? body.slice(1) : body;
  const unitOf = (k: number) => heads[k]?.unit ?? (hasUnits ? units[k] : undefined);
  if (rows.length < 2) {
    throw fail(`There are ${rows.length} samples.`, header.number, "Give at least two.");
  }
  const columns = heads.map(() => new Float64Array(rows.length));
  for (const [k, { fields, number }] of rows.entries()) {
    if (fields.length !== heads.length) {
      throw fail(
        `There are ${fields.length} fields for ${heads.length} columns.`,
        number,
        "Give each line one field per column, with a point in decimals.",
        fields.join(),
      );
    }
    for (const [c, field] of fields.entries()) {
      const value = decimalValue(field);
      if (!Number.isFinite(value)) {
        throw fail(
          `${heads[c]?.name} is ${field === "" ? "missing" : JSON.stringify(field)}.`,
          number,
          "Give numbers only; leave out or mend what was not recorded.",
          field,
        );
      }
      const column = columns[c];
      if (column !== undefined) column[k] = value;
    }
  }
  const factor = toUnit(unitOf(0) ?? "ms", "ms");
  if (factor === undefined) {
    throw fail(`The time is in ${unitOf(0)}.`, header.number, "Give it in s, ms or us.", unitOf(0));
  }
  const time = (columns[0] ?? new Float64Array()).map((t) => factor * t);
  const back = time.findIndex((t, k) => k > 0 && !(t > (time[k - 1] ?? 0)));
  if (back > 0) {
    throw fail(
      `The time goes from ${time[back - 1]} to ${time[back]} ms.`,
      rows[back]?.number ?? 0,
      "Let times ascend: one sweep in a file.",
      time[back],
    );
  }
  return {
    file,
    time,
    columns: others.map(({ name }, k) => ({
      name,
      unit: unitOf(k + 1),
      values: columns[k + 1] ?? new Float64Array(),
    })),
  };
}

/** `v (mV)`, `v [mV]` and, of times, `time_ms`; in `v soma(0.5)` the number is a place, in `HH_m soma(0.5) (1)` the 1 a unit. */
function nameAndUnit(head: string): { readonly name: string; readonly unit: string | undefined } {
  const open = Math.max(head.lastIndexOf("("), head.lastIndexOf("["));
  const inside = head.slice(open + 1, -1);
  const isPlace = decimal.test(inside) && !(inside === "1" && head[open - 1] === " ");
  if (open >= 0 && /[)\]]$/.test(head) && !/[)\]]/.test(inside) && !isPlace)
    return { name: head.slice(0, open).trimEnd(), unit: inside.trim() };
  const found = /^(t|time)_(\w+)$/i.exec(head);
  return { name: found?.[1] ?? head, unit: found?.[2] };
}

const powers: Readonly<Record<string, number>> = {
  k: 3,
  "": 0,
  m: -3,
  u: -6,
  "\u00b5": -6,
  "\u03bc": -6,
  n: -9,
  p: -12,
};

/** By what to multiply values in one unit to have them in another; undefined if they do not measure the same. */
export function toUnit(given: string, wanted: string): number | undefined {
  if (given === wanted) return 1;
  const parse = (unit: string) => /^([kmun\u00b5\u03bcp]?)(s|V|A|M|S)$/.exec(unit);
  const [from, to] = [parse(given), parse(wanted)];
  if (from === null || to === null || from[2] !== to[2]) return undefined;
  return Number(`1e${(powers[from[1] ?? ""] ?? 0) - (powers[to[1] ?? ""] ?? 0)}`);
}

/** Values at multiples of dt, from 0 on: between samples on a straight line, NaN before the first and after the last. */
export function resample(
  time: Float64Array,
  values: Float64Array,
  dt: number,
  length: number,
): Float64Array {
  let k = 0;
  // Times have rounding, and so have multiples of dt
  const slack = 1e-6 * dt;
  return Float64Array.from({ length }, (_, step) => {
    const at = step * dt;
    while (k < time.length - 2 && (time[k + 1] ?? 0) < at - slack) k++;
    const [t0, t1] = [time[k] ?? Number.NaN, time[k + 1] ?? Number.NaN];
    const [v0, v1] = [values[k] ?? Number.NaN, values[k + 1] ?? Number.NaN];
    if (at < t0 - slack || at > t1 + slack) return Number.NaN;
    if (Math.abs(at - t0) <= slack) return v0;
    if (Math.abs(at - t1) <= slack) return v1;
    return v0 + ((v1 - v0) * (at - t0)) / (t1 - t0);
  });
}

/** Whether samples lie on multiples of dt already. */
export function isSampledAt(time: Float64Array, dt: number): boolean {
  const [first = 0] = time;
  const begin = Math.round(first / dt);
  return time.every((t, k) => Math.abs(t - (begin + k) * dt) <= 1e-6 * dt);
}
