/** @file Which recordings a loss looks at. */
import { NameError, ValueError } from "../../errors.ts";
import { check, having, list, positive, required, text, vector } from "../../util/kinds.ts";
import { nearestName } from "../../util/suggest.ts";
import type { LossContext } from "../loss.ts";

/** A recording by its number, from 0, or by its name. */
export type Row = number | string;

/** A recording that a loss looks at. */
export interface ChosenRow {
  readonly name: string;
  readonly samples: Float64Array;
  /** Where to add the derivative by each sample. */
  readonly gradient: Float64Array;
}

/** Recordings, and a gradient of zeros as long as them. */
export interface ChosenRows {
  readonly chosen: readonly ChosenRow[];
  readonly gradient: readonly Float64Array[];
}

/**
 * The rows asked for, by default all.
 *
 * @throws NameError for a name that no recording has.
 * @throws ValueError for a number that no recording has, a name that several have, a recording as long as no run.
 */
export function chooseRows(
  recordings: readonly Float64Array[],
  context: LossContext,
  rows?: readonly Row[],
): ChosenRows {
  checkRun(recordings, context);
  const { names, time } = context;
  const gradient = recordings.map(({ length }) => new Float64Array(length));
  const chosen = (rows ?? [...recordings.keys()]).map((wanted) => {
    const row = typeof wanted === "string" ? rowCalled(wanted, names) : wanted;
    const name = names[row] ?? `row ${row}`;
    const [samples, into] = [recordings[row], gradient[row]];
    if (samples === undefined || into === undefined) {
      throw new ValueError(`There is no recording ${row}.`, {
        subject: "rows",
        value: row,
        remedy: `Give a name or a number below ${recordings.length}, which is how many there are.`,
      });
    }
    if (samples.length !== time.length) {
      throw new ValueError(`${name} has ${samples.length} samples at ${time.length} times.`, {
        subject: name,
        value: samples.length,
        remedy: "Give recordings and time of the same run.",
      });
    }
    return { name, samples, gradient: into };
  });
  return { chosen, gradient };
}

const seriesOfRun = list(vector, "a list with a Float64Array for each recording");
const contextKind = having(
  { time: required(vector), dt: required(positive), names: required(list(text)) },
  "what a loss knows of a run: { time, dt, names, states }",
);

/** @throws ValueError for what no run has given: losses may be called by hand. */
export function checkRun(recordings: unknown, context: unknown): void {
  check(recordings, seriesOfRun, "recordings");
  check(context, contextKind, "context");
}

function rowCalled(wanted: string, names: readonly string[]): number {
  const row = names.indexOf(wanted);
  if (row < 0) {
    const suggestion = nearestName(wanted, names);
    throw new NameError(`No recording is called ${JSON.stringify(wanted)}.`, {
      subject: wanted,
      ...(suggestion === undefined
        ? { remedy: `Recordings are: ${names.join(", ")}.` }
        : { suggestion }),
    });
  }
  if (names.lastIndexOf(wanted) !== row) {
    throw new ValueError(`Several recordings are called ${JSON.stringify(wanted)}.`, {
      subject: wanted,
      value: wanted,
      remedy: "Give their numbers, or names of their own to `record`.",
    });
  }
  return row;
}

/** What belongs to each chosen row, in the same order. @throws ValueError if there is not one for each. */
export function oneForEach<Item>(
  items: readonly Item[],
  rows: readonly ChosenRow[],
  what: string,
): (readonly [ChosenRow, Item])[] {
  if (items.length !== rows.length) {
    throw new ValueError(
      `${items.length} ${what} for ${rows.length} rows: ${rows.map(({ name }) => name).join(", ")}.`,
      {
        subject: what,
        value: items.length,
        remedy: "Give one for each row, or choose the rows with `rows`.",
      },
    );
  }
  return items.flatMap((item, k) => {
    const row = rows[k];
    return row === undefined ? [] : [[row, item] as const];
  });
}

/** @throws ValueError for a target series of another length than the run's, or one that is not finite in `spans`. */
export function checkSeries(
  target: ArrayLike<number>,
  { name, samples }: ChosenRow,
  spans: readonly (readonly [begin: number, end: number])[],
): void {
  if (target.length !== samples.length) {
    throw new ValueError(
      `The target of ${name} has ${target.length} samples, its recording ${samples.length}.`,
      {
        subject: name,
        value: target.length,
        remedy: "Give one number per sample of the run, the initial state included.",
      },
    );
  }
  for (const [begin, end] of spans) {
    for (let i = begin; i < end; i++) {
      if (Number.isFinite(target[i])) continue;
      throw new ValueError(`The target of ${name} is ${target[i]} at sample ${i}.`, {
        subject: name,
        value: target[i],
        remedy: "Give finite numbers, or leave the time out by `windows`.",
      });
    }
  }
}

/** @throws ValueError for a target that is not finite. */
export function checkTarget(target: number | undefined, name: string): asserts target is number {
  if (Number.isFinite(target)) return;
  throw new ValueError(`A target of ${name} is ${target}.`, {
    subject: name,
    value: target,
    remedy: "Give a finite number.",
  });
}
