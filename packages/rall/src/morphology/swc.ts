/** @file The SWC format (Cannon et al. 1998, J. Neurosci. Methods 84:49-54): one traced point per line. */
import { SwcError } from "../errors.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { TracedPoints } from "./points.ts";

export interface SwcText {
  readonly text: string;
  /** Name for messages. */
  readonly file?: string;
  /** Factor from the unit of the file to um; default 1. */
  readonly scale?: number;
  /** Radius in um that replaces a traced radius of 0. */
  readonly minRadius?: number;
}

interface Row {
  readonly line: number;
  readonly text: string;
  readonly id: number;
  readonly type: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly radius: number;
  parent: number;
}

const columnNames = ["id", "type", "x", "y", "z", "radius", "parent"] as const;

/**
 * Reads the points of an SWC text. Blank lines, comments, any order of lines, gaps in the ids, tabs and a byte order
 * mark are all fine. Nothing is ever dropped: what cannot be understood is refused with its line.
 *
 * @throws {SwcError} naming line, reason and remedy.
 */
export function parsePoints(source: SwcText): { points: TracedPoints; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const rows = mergeRepeated(readRows(source, diagnostics), source, diagnostics);
  checkTree(rows, source);
  const sorted = [...rows.values()].sort((a, b) => a.id - b.id);
  const position = new Map(sorted.map((row, i) => [row.id, i]));
  const { scale = 1 } = source;
  const points = {
    id: Int32Array.from(sorted, (row) => row.id),
    type: Int32Array.from(sorted, (row) => row.type),
    x: Float64Array.from(sorted, (row) => row.x * scale),
    y: Float64Array.from(sorted, (row) => row.y * scale),
    z: Float64Array.from(sorted, (row) => row.z * scale),
    radius: Float64Array.from(sorted, (row) => row.radius * scale),
    parent: Int32Array.from(sorted, (row) => position.get(row.parent) ?? -1),
    line: Int32Array.from(sorted, (row) => row.line),
  };
  return { points, diagnostics };
}

function readRows(source: SwcText, diagnostics: Diagnostic[]): Row[] {
  const { text } = source;
  if (text.includes("\0") || text.includes("\uFFFD")) {
    throw fail(source, "The file is not text.", {
      remedy: "Give an SWC file: seven numbers per line.",
    });
  }
  const rows: Row[] = [];
  let warnedCommas = false;
  let warnedColumns = false;
  for (const [index, original] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = index + 1;
    const content = original.replace(/#.*$/, "").trim();
    if (content === "") continue;
    const fields = content.split(/[\s,;]+/).filter((field) => field !== "");
    if (/[,;]/.test(content) && !warnedCommas) {
      warnedCommas = true;
      diagnostics.push({
        severity: "info",
        code: "separators",
        message: "Columns are separated by commas or semicolons.",
        line,
      });
    }
    if (fields.length > columnNames.length && !warnedColumns) {
      warnedColumns = true;
      diagnostics.push({
        severity: "info",
        code: "extra-columns",
        message: `Columns after the seventh are ignored (there are ${fields.length}).`,
        line,
      });
    }
    rows.push(readRow(source, fields, line, original, diagnostics));
  }
  if (rows.length === 0) {
    throw fail(source, "The file has no points.", {
      remedy: "Each point is a line of seven numbers.",
    });
  }
  return rows;
}

function readRow(
  source: SwcText,
  fields: readonly string[],
  line: number,
  text: string,
  diagnostics: Diagnostic[],
): Row {
  const location = { line, text };
  if (fields.length < columnNames.length) {
    throw fail(source, `The line has ${fields.length} columns instead of 7.`, {
      location,
      remedy: `A point has the columns ${columnNames.join(", ")}. Is the file cut off?`,
    });
  }
  const [id = 0, type = 0, x = 0, y = 0, z = 0, traced = 0, parent = 0] = columnNames.map(
    (name, c) => {
      const field = fields[c] ?? "";
      const value = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(field)
        ? Number(field)
        : Number.NaN;
      if (!Number.isFinite(value)) {
        throw fail(source, `The ${name} is ${JSON.stringify(field)}, which is no finite number.`, {
          location,
          subject: name,
          value: field,
          remedy: "Correct the line.",
        });
      }
      if ((name === "id" || name === "type" || name === "parent") && !isId(value)) {
        throw fail(source, `The ${name} is ${field}, which is no whole number.`, {
          location,
          subject: name,
          value,
          remedy: "Correct the line.",
        });
      }
      return value;
    },
  );
  const { minRadius, scale = 1 } = source;
  const radius = traced === 0 && minRadius !== undefined ? minRadius / scale : traced;
  if (radius !== traced) {
    diagnostics.push({
      severity: "warning",
      code: "zero-radius",
      message: `A radius of 0 was replaced by minRadius, ${minRadius} um.`,
      line,
    });
  }
  if (!(radius > 0)) {
    throw fail(source, `The radius is ${radius}.`, {
      location,
      subject: "radius",
      value: radius,
      remedy: radius === 0 ? "Set minRadius to replace radii of 0." : "Radii are above 0.",
    });
  }
  for (const [subject, value] of Object.entries({ x, y, z, radius })) {
    const size = Math.abs(value) * scale;
    const isRadius = subject === "radius";
    if (
      size <= (isRadius ? largest.radius : largest.coordinate) &&
      !(isRadius && size < least.radius)
    )
      continue;
    throw fail(
      source,
      `The ${subject} is ${value}, which is ${value * scale} um: no neuron has that.`,
      {
        location,
        subject,
        value,
        remedy: "Correct the line, or the unit of the file.",
      },
    );
  }
  return { line, text, id, type, x, y, z, radius, parent };
}

/** Sizes in um beyond which a number is a mistake: 100 m, and a radius of 1 m or of a hundredth of an atom. */
const largest = { coordinate: 1e8, radius: 1e6 } as const;
const least = { radius: 1e-6 } as const;

function isId(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 2 ** 31;
}

/** A repeated id is a mistake, unless the row only adds the parent that the first one lacked. */
function mergeRepeated(
  rows: readonly Row[],
  source: SwcText,
  diagnostics: Diagnostic[],
): Map<number, Row> {
  const byId = new Map<number, Row>();
  for (const row of rows) {
    const known = byId.get(row.id);
    if (known === undefined) {
      byId.set(row.id, row);
      continue;
    }
    const isSamePoint = (["type", "x", "y", "z", "radius"] as const).every(
      (c) => known[c] === row[c],
    );
    if (!isSamePoint || !isRoot(known.parent) || isRoot(row.parent)) {
      throw fail(source, `The id ${row.id} stands already in line ${known.line}.`, {
        location: { line: row.line, text: row.text },
        subject: "id",
        value: row.id,
        remedy: "Give every point its own id.",
      });
    }
    byId.set(row.id, { ...known, parent: row.parent });
    diagnostics.push({
      severity: "warning",
      code: "repeated-point",
      message: `Point ${row.id} stands twice; its second line attaches it to point ${row.parent}.`,
      line: row.line,
    });
  }
  return byId;
}

function isRoot(parent: number): boolean {
  return parent === -1;
}

function checkTree(rows: ReadonlyMap<number, Row>, source: SwcText): void {
  let root: Row | undefined;
  for (const row of rows.values()) {
    const location = { line: row.line, text: row.text };
    if (isRoot(row.parent)) {
      if (root !== undefined) {
        throw fail(
          source,
          `Point ${row.id} is a second root; the first is point ${root.id} in line ${root.line}.`,
          {
            location,
            subject: "parent",
            value: row.parent,
            remedy: "Join the two trees, or put each in a file of its own.",
          },
        );
      }
      root = row;
    } else if (row.parent === row.id) {
      throw fail(source, `Point ${row.id} is its own parent.`, {
        location,
        subject: "parent",
        value: row.parent,
        remedy: "The root has the parent -1.",
      });
    } else if (!rows.has(row.parent)) {
      throw fail(source, `The parent ${row.parent} of point ${row.id} does not exist.`, {
        location,
        subject: "parent",
        value: row.parent,
        remedy: "Name the id of another line, or -1 for the root.",
      });
    }
  }
  const reached = new Set<number>(root === undefined ? [] : [root.id]);
  for (const row of rows.values()) {
    const path: number[] = [];
    const onPath = new Set<number>();
    let at: Row | undefined = row;
    while (at !== undefined && !reached.has(at.id)) {
      if (onPath.has(at.id)) {
        throw fail(source, `Point ${at.id} is its own ancestor.`, {
          location: { line: at.line, text: at.text },
          subject: "parent",
          value: at.parent,
          remedy: "Following parents must end at the root, whose parent is -1.",
        });
      }
      path.push(at.id);
      onPath.add(at.id);
      at = rows.get(at.parent);
    }
    for (const id of path) reached.add(id);
  }
}

function fail(
  source: SwcText,
  message: string,
  details: ConstructorParameters<typeof SwcError>[1],
): SwcError {
  return new SwcError(message, {
    ...details,
    ...(source.file === undefined ? {} : { file: source.file }),
  });
}
