/** @file The SWC format (Cannon et al. 1998, J. Neurosci. Methods 84:49-54): one traced point per line. */
import { SwcError } from "../errors.ts";
import { type Diagnostic, Remarks } from "./diagnostic.ts";
import type { Spelling } from "./spelling.ts";

export interface SwcText {
  readonly text: string;
  /** Name for messages. */
  readonly file: string | undefined;
  /** Factor from the unit of the file to um. */
  readonly scale: number;
  /** Radius in um that replaces traced radii of 0 and those that are too small to be one. */
  readonly minRadius: number | undefined;
  /** How messages spell options. */
  readonly spelling: Spelling;
}

/** A line with a point, in the unit of the file. */
export interface Row {
  readonly line: number;
  readonly id: number;
  readonly type: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly radius: number;
  /** -1 for a root, whatever the file writes. */
  readonly parent: number;
}

const columnNames = ["id", "type", "x", "y", "z", "radius", "parent"] as const;

/** Most points of a file: beyond lies no neuron, but the memory of a machine. */
const mostPoints = 2_000_000;

/** Sizes in um beyond which a number is a mistake: 100 m, and a radius of 1 m or of a hundredth of an atom. */
const largest = { coordinate: 1e8, radius: 1e6 } as const;
const leastRadius = 1e-6;

/** No digit can belong to two parts, so that a long number takes no longer than its length. */
const numberPattern = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eEdD][-+]?\d+)?$/;

/**
 * Reads the points of an SWC text, by their ids. Blank lines, comments, any order of lines, gaps in the ids, tabs and a
 * byte order mark are all fine; what programs write besides the format is read with a remark. Nothing is ever dropped
 * silently: what cannot be understood is refused with its line.
 *
 * @throws SwcError naming line, reason and remedy.
 */
export function readSwcRows(source: SwcText, diagnostics: Diagnostic[]): Map<number, Row> {
  const remarks = new Remarks();
  const rows = mergeRepeated(readRows(source, remarks), source, remarks);
  normalizeRoots(rows, remarks);
  for (const remark of remarks) diagnostics.push(remark);
  return rows;
}

function readRows(source: SwcText, remarks: Remarks): Row[] {
  const text = withoutEndMark(source, remarks);
  const rows: Row[] = [];
  for (const [index, original] of text.split(/\r\n|\n|\r/).entries()) {
    const line = index + 1;
    const content = withoutComment(original, line, remarks);
    if (content === "") continue;
    if (content.includes("\0")) throw notText(source, line);
    const fields = content.split(/[\s,;]+/).filter((field) => field !== "");
    if (fields.length === 0) continue;
    if (rows.length === 0 && !fields.some((field) => numberPattern.test(field))) {
      remarks.add("header", "A line without numbers before the first point is no comment.", line);
      continue;
    }
    if (/[,;]/.test(content))
      remarks.add("separators", "Columns are separated by commas or semicolons.", line);
    if (fields.length > columnNames.length) {
      const count = fields.length;
      const message = `Columns after the seventh are ignored (there are ${count}).`;
      remarks.add("extra-columns", message, line);
    }
    rows.push(readRow(source, fields, line, remarks));
    if (rows.length <= mostPoints) continue;
    throw swcError(source, `The file has more than ${mostPoints} points.`, {
      location: { line },
      remedy: "Leave out points between branch points, or divide the file.",
    });
  }
  if (rows.length === 0) {
    throw swcError(source, "The file has no points.", {
      remedy: "Each point is a line of seven numbers.",
    });
  }
  return rows;
}

const endMarks: readonly string[] = ["\0", "\x1a"];

/** The text without byte order mark, and without what old programs put at the end of files: NUL and Ctrl-Z. */
function withoutEndMark(source: SwcText, remarks: Remarks): string {
  const { text } = source;
  if (text.startsWith("\x1f")) {
    throw swcError(source, "The file is compressed.", { remedy: "Unpack it first (gunzip)." });
  }
  let end = text.length;
  const isMark = (character: string) => endMarks.includes(character);
  while (end > 0 && (isMark(text.charAt(end - 1)) || text.charAt(end - 1).trim() === "")) end--;
  if (endMarks.some((mark) => text.includes(mark, end)))
    remarks.add("end-mark", "Marks of an end of file (NUL, Ctrl-Z) are left out.", undefined);
  return text.slice(text.startsWith("\uFEFF") ? 1 : 0, end);
}

const otherComments = ["%", "//"];

/** A line up to its comment. */
function withoutComment(original: string, line: number, remarks: Remarks): string {
  const hash = original.indexOf("#");
  let content = hash < 0 ? original : original.slice(0, hash);
  for (const mark of otherComments) {
    const at = content.indexOf(mark);
    if (at < 0) continue;
    content = content.slice(0, at);
    remarks.add("comments", `Comments begin with ${mark} instead of #.`, line);
  }
  return content.trim();
}

function notText(source: SwcText, line: number): SwcError {
  return swcError(source, "The file is not text.", {
    location: { line },
    remedy: "Give an SWC file: seven numbers per line.",
  });
}

function readRow(source: SwcText, fields: readonly string[], line: number, remarks: Remarks): Row {
  const [id, type, x, y, z, radius, parent] = fields;
  if (
    id === undefined ||
    type === undefined ||
    x === undefined ||
    y === undefined ||
    z === undefined ||
    radius === undefined ||
    parent === undefined
  ) {
    const isTraced = /^[("]/.test(fields[0] ?? "");
    throw swcError(source, `The line has ${fields.length} columns instead of 7.`, {
      location: locationOf(source, line),
      remedy: isTraced
        ? neurolucida
        : `A point has the columns ${columnNames.join(", ")}. Is the file cut off?`,
    });
  }
  return {
    line,
    id: readId(source, id, line),
    type: readWhole(source, "type", type, 2 ** 31 - 1, line),
    x: readCoordinate(source, "x", x, line),
    y: readCoordinate(source, "y", y, line),
    z: readCoordinate(source, "z", z, line),
    radius: readRadius(source, readNumber(source, "radius", radius, line), line, remarks),
    parent: readWhole(source, "parent", parent, Number.MAX_SAFE_INTEGER, line),
  };
}

const neurolucida = "Is this a file of Neurolucida (.asc)? Convert it to SWC first.";

/** A line of the file, for messages. */
export function locationOf({ text }: SwcText, line: number): { line: number; text: string } {
  return { line, text: clipped(text.split(/\r\n|\n|\r/)[line - 1] ?? "", 200) };
}

function readNumber(source: SwcText, name: string, field: string, line: number): number {
  // Fortran writes 1.0D0
  const value = numberPattern.test(field) ? Number(field.replace(/[dD]/, "e")) : Number.NaN;
  if (Number.isFinite(value)) return value;
  const shown = JSON.stringify(clipped(field, 40));
  throw swcError(source, `The ${name} is ${shown}, which is no finite number.`, {
    location: locationOf(source, line),
    subject: name,
    value: clipped(field, 200),
    remedy: /^[("]/.test(field) ? neurolucida : "Correct the line; comments begin with #.",
  });
}

function readWhole(
  source: SwcText,
  subject: string,
  field: string,
  most: number,
  line: number,
): number {
  const value = readNumber(source, subject, field, line);
  if (Number.isInteger(value) && Math.abs(value) <= most) return value;
  const problem = Number.isInteger(value) ? `which is beyond ${most}` : "which is no whole number";
  throw swcError(source, `The ${subject} is ${clipped(field, 40)}, ${problem}.`, {
    location: locationOf(source, line),
    subject,
    value,
    remedy: "Correct the line.",
  });
}

function readId(source: SwcText, field: string, line: number): number {
  const id = readWhole(source, "id", field, Number.MAX_SAFE_INTEGER, line);
  if (id >= 0) return id;
  throw swcError(source, `The id is ${id}.`, {
    location: locationOf(source, line),
    subject: "id",
    value: id,
    remedy: "Ids are whole numbers from 0 up; -1 as a parent stands for none.",
  });
}

function readCoordinate(source: SwcText, name: string, field: string, line: number): number {
  const value = readNumber(source, name, field, line);
  checkSize(source, name, value, largest.coordinate, line);
  return value;
}

function checkSize(
  source: SwcText,
  subject: string,
  value: number,
  most: number,
  line: number,
): void {
  if (Math.abs(value) * source.scale <= most) return;
  throw swcError(
    source,
    `The ${subject} is ${value}, which is ${value * source.scale} um: no neuron has that.`,
    {
      location: locationOf(source, line),
      subject,
      value,
      remedy: `Correct the line, or ${source.spelling("unit")}.`,
    },
  );
}

function readRadius(source: SwcText, traced: number, line: number, remarks: Remarks): number {
  const { minRadius, scale, spelling } = source;
  const isTooSmall = traced >= 0 && traced * scale < leastRadius;
  if (isTooSmall && minRadius !== undefined) {
    const what = traced === 0 ? "of 0" : `below ${leastRadius} um`;
    const message = `A radius ${what} was replaced by ${spelling("minRadius", minRadius)} (um).`;
    remarks.add(traced === 0 ? "zero-radius" : "small-radius", message, line, "warning");
    return minRadius / scale;
  }
  if (isTooSmall || !(traced > 0)) {
    const is = traced > 0 ? `, which is ${traced * scale} um: no neuron has that` : "";
    throw swcError(source, `The radius is ${traced}${is}.`, {
      location: locationOf(source, line),
      subject: "radius",
      value: traced,
      remedy: isTooSmall
        ? `Replace such radii by one in um: ${spelling("minRadius", 0.1)}, say.`
        : "Radii are above 0.",
    });
  }
  checkSize(source, "radius", traced, largest.radius, line);
  return traced;
}

/** A repeated id is a mistake, unless the line is the same or only adds the parent that the first one lacked. */
function mergeRepeated(rows: readonly Row[], source: SwcText, remarks: Remarks): Map<number, Row> {
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
    if (isSamePoint && known.parent === row.parent) {
      remarks.add("repeated-line", `Point ${row.id} stands twice, alike.`, row.line, "warning");
      continue;
    }
    if (!isSamePoint || known.parent >= 0 || row.parent < 0) {
      throw swcError(source, `The id ${row.id} stands already in line ${known.line}.`, {
        location: locationOf(source, row.line),
        subject: "id",
        value: row.id,
        remedy: "Give every point its own id.",
      });
    }
    byId.set(row.id, { ...known, parent: row.parent });
    const message = `Point ${row.id} stands twice; its second line attaches it to point ${row.parent}.`;
    remarks.add("repeated-point", message, row.line, "warning");
  }
  return byId;
}

/** Roots have the parent -1; some programs write another negative number, 0 where no point has that id, or the point itself. */
function normalizeRoots(rows: Map<number, Row>, remarks: Remarks): void {
  for (const [id, row] of rows) {
    const { parent, line } = row;
    const isOwn = parent === id;
    if (parent === -1 || !(parent < 0 || isOwn || (parent === 0 && !rows.has(0)))) continue;
    const written = isOwn ? "itself" : parent;
    const message = `Point ${id} has ${written} as its parent: it is taken for a root, whose parent is -1.`;
    remarks.add("root-parent", message, line);
    rows.set(id, { ...row, parent: -1 });
  }
}

function clipped(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}...`;
}

/** An error in a file. */
export function swcError(
  { file }: Pick<SwcText, "file">,
  message: string,
  details: ConstructorParameters<typeof SwcError>[1],
): SwcError {
  return new SwcError(message, { ...details, ...(file === undefined ? {} : { file }) });
}
