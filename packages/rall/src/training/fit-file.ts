/**
 * @file A fit as text: one line of JSON that says what is fitted, one for each evaluation, and for each start one that says
 * where its optimizer is, from which the fit goes on to the bit.
 */
import { ValueError } from "../errors.ts";
import type { Parameter } from "../modules/trainable.ts";
import type { Distribution } from "./bounds.ts";
import type { FitPoint } from "./fit-result.ts";
import { iterateFromJSON, iterateToJSON } from "./optimizers/iterate.ts";
import { type Iterate, toNumbers } from "./optimizers/optimizer.ts";

/** Where a fit keeps what it needs to go on: a file, an entry of a data base. */
export interface Checkpoint {
  /** What was written last; undefined if nothing was. */
  read(): Promise<string | undefined>;
  /** Replaces it as a whole: whoever reads, or ends the process meanwhile, finds the old text or the new one. */
  write(text: string): Promise<void>;
}

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
const version = 1;

/** The text of a fit as it grows: an evaluation is written out once, not with each text again. */
export class FitLog {
  #lines: string;
  /** Position of each start's optimizer, of which only the latest counts. */
  readonly #iterates = new Map<number, string>();

  constructor(facts: FitFacts) {
    this.#lines = `${JSON.stringify({ format, version, ...facts })}\n`;
  }

  add(point: FitPoint, iterate: Iterate): void {
    const { parameters, ...rest } = point;
    const values = toNumbers(parameters.map((parameter) => parameter.values));
    this.#lines += `${JSON.stringify({ ...rest, values })}\n`;
    this.#iterates.set(point.start, iterateToJSON(iterate));
  }

  text(): string {
    let text = this.#lines;
    for (const [start, iterate] of this.#iterates)
      text += `${JSON.stringify({ start, iterate })}\n`;
    return text;
  }
}

/**
 * Reads what `FitLog` wrote.
 *
 * @throws {ValueError} that names the line, for a text that is none, or one of a fit with other facts.
 */
export function readFit(
  text: string,
  facts: FitFacts,
  keys: readonly Pick<Parameter, "key">[],
): Map<number, StartRecord> {
  const [header = "", ...lines] = text.split("\n");
  checkFacts(parse(header, 1), facts);
  const starts = new Map<number, { history: FitPoint[]; iterate: Iterate | undefined }>();
  for (const [k, line] of lines.entries()) {
    if (line === "") continue;
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
