/**
 * @file A fit as text: one line of JSON that says what is fitted, one for each evaluation, for each start one that says
 * where its optimizer is, from which the fit goes on to the bit, and last a checksum of all lines before.
 */
import { ValueError } from "../errors.ts";
import type { Parameter } from "../modules/trainable.ts";
import { crc32 } from "../util/crc32.ts";
import type { Distribution } from "./bounds.ts";
import type { FitPoint } from "./fit-result.ts";
import { iterateFromJSON, iterateToJSON } from "./optimizers/iterate.ts";
import { type Iterate, toNumbers } from "./optimizers/optimizer.ts";

/** What tells a fit from others; one of different facts is not gone on with. */
export interface FitFacts {
  readonly optimizer: string;
  /** Names and lengths of the parameters, and what the first start begins with. */
  readonly parameters: readonly (readonly [key: string, values: readonly number[]])[];
  /** Bounds of each parameter, empty where it has none. */
  readonly bounds: readonly (readonly number[])[];
  readonly seed: number;
  readonly distribution: Distribution;
  readonly identity: string;
}

/** What was computed of a start. */
export interface StartRecord {
  readonly history: FitPoint[];
  readonly iterate: Iterate | undefined;
}

const format = "rall-fit";
const version = 2;

/** The last line: the checksum of all lines before it as text, in UTF-8. */
const checksum = {
  line: (sum: number) => `{"crc32":"${sum.toString(16).padStart(8, "0")}"}\n`,
  length: '{"crc32":"00000000"}\n'.length,
} as const;

function sumOf(text: string, before = 0): number {
  return crc32(new TextEncoder().encode(text), before);
}

/** Whether a text is as `FitLog` wrote it, to the last bit. */
export function isUndamaged(text: string): boolean {
  return checkedLines(text) !== undefined;
}

/** The lines of a text with a checksum that is right; undefined of any other: one that was cut, changed or never written. */
function checkedLines(text: string): readonly string[] | undefined {
  const body = text.slice(0, -checksum.length);
  if (text.slice(body.length) !== checksum.line(sumOf(body))) return undefined;
  return body.split("\n").slice(0, -1);
}

/** The text of a fit as it grows: an evaluation is written out once, not with each text again. */
export class FitLog {
  #lines: string;
  #sum: number;
  /** Position of each start's optimizer, of which only the latest counts. */
  readonly #iterates = new Map<number, string>();

  constructor(facts: FitFacts) {
    this.#lines = `${JSON.stringify({ format, version, ...facts })}\n`;
    this.#sum = sumOf(this.#lines);
  }

  add(point: FitPoint, iterate: Iterate): void {
    const { parameters, ...rest } = point;
    const values = toNumbers(parameters.map((parameter) => parameter.values));
    const line = `${JSON.stringify({ ...rest, values })}\n`;
    this.#lines += line;
    this.#sum = sumOf(line, this.#sum);
    this.#iterates.set(point.start, iterateToJSON(iterate));
  }

  text(): string {
    const positions = Array.from(this.#iterates, ([start, iterate]) => {
      return `${JSON.stringify({ start, iterate })}\n`;
    }).join("");
    return `${this.#lines}${positions}${checksum.line(sumOf(positions, this.#sum))}`;
  }
}

/**
 * Reads what `FitLog` wrote.
 *
 * @throws ValueError that names the line, for a text that is none, or one of a fit with other facts.
 */
export function readFit(
  text: string,
  facts: FitFacts,
  keys: readonly Pick<Parameter, "key">[],
): Map<number, StartRecord> {
  const [header, ...lines] = checkedLines(text) ?? [];
  if (header === undefined) throw damaged();
  checkFacts(parse(header, 1), facts);
  const starts = new Map<number, { history: FitPoint[]; iterate: Iterate | undefined }>();
  for (const [k, line] of lines.entries()) {
    const data = parse(line, k + 2);
    const { start } = data;
    if (typeof start !== "number") throw unreadable(k + 2);
    const record = starts.get(start) ?? { history: [], iterate: undefined };
    starts.set(start, record);
    if (typeof data.iterate === "string") record.iterate = iterateFromJSON(data.iterate);
    else record.history.push(readPoint(data, start, record.history.length, keys, k + 2));
  }
  for (const { iterate } of starts.values())
    if (iterate === undefined) throw unreadable(lines.length);
  return starts;
}

function readPoint(
  data: Readonly<Record<string, unknown>>,
  start: number,
  iteration: number,
  keys: readonly Pick<Parameter, "key">[],
  line: number,
): FitPoint {
  // NaN, which JSON has not, stands there as null
  const number = (value: unknown) => (typeof value === "number" ? value : Number.NaN);
  const { loss, penalty, gradientNorm, values } = data;
  if (data.iteration !== iteration || !Array.isArray(values) || values.length !== keys.length)
    throw unreadable(line);
  const parameters = keys.map(({ key }, k) => {
    const vector: unknown = values[k];
    if (!Array.isArray(vector)) throw unreadable(line);
    return { key, values: Float64Array.from(vector, number) };
  });
  return {
    start,
    iteration,
    loss: number(loss),
    penalty: number(penalty),
    gradientNorm: number(gradientNorm),
    parameters,
  };
}

function checkFacts(data: Readonly<Record<string, unknown>>, facts: FitFacts): void {
  if (data.format !== format || data.version !== version) throw unreadable(1);
  for (const [name, value] of Object.entries(facts)) {
    const [mine, its] = [JSON.stringify(value), JSON.stringify(data[name])];
    if (mine === its) continue;
    throw new ValueError(
      `The checkpoint is of another fit: its ${name} is ${short(its)}, not ${short(mine)}.`,
      {
        subject: name,
        value: data[name],
        remedy: "Go on with what it was begun with, or give a checkpoint that is not there yet.",
      },
    );
  }
}

export function damaged(): ValueError {
  return new ValueError(
    "The checkpoint is damaged, or not one of this version: its checksum is wrong.",
    {
      subject: "checkpoint",
      remedy: "Give one that a fit wrote, or one that is not there yet.",
    },
  );
}

function short(text: string | undefined): string {
  return text === undefined || text.length <= 60 ? String(text) : `${text.slice(0, 57)}...`;
}

function parse(line: string, number: number): Readonly<Record<string, unknown>> {
  try {
    const data: unknown = JSON.parse(line);
    if (typeof data === "object" && data !== null) return { ...data };
  } catch (cause) {
    throw unreadable(number, cause);
  }
  throw unreadable(number);
}

function unreadable(line: number, cause?: unknown): ValueError {
  return new ValueError("The checkpoint cannot be read.", {
    subject: "checkpoint",
    location: { line },
    remedy: "Give one that a fit wrote, or one that is not there yet.",
    cause,
  });
}
