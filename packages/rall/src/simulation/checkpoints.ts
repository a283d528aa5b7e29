/**
 * @file Which moments of a run are kept so that it can be gone back over within bounded memory. A run is divided into spans, these into
 * shorter ones, and so on; the shortest are run once more, with all their steps on a tape, before they are gone back over
 * (Griewank 1992, Optim. Methods Softw. 1:35-54). With one level the whole run is on the tape and nothing is run twice.
 */
import { ValueError } from "../errors.ts";

/** Bytes of what is kept. */
export interface Sizes {
  /** Of a moment, and of a step on the tape. */
  readonly moment: number;
  readonly step: number;
}

/** Most levels that are tried: each costs another run. */
const mostLevels = 8;

/**
 * Lengths of the spans, from the longest (how many of the next) to the steps on the tape; their product is at least `steps`.
 *
 * @param limit - bytes that may be taken.
 * @throws ValueError if no division fits into them.
 */
export function chooseLengths(steps: number, sizes: Sizes, limit: number): number[] {
  let least = Number.POSITIVE_INFINITY;
  for (let levels = 1; levels <= mostLevels; levels++) {
    const lengths = divide(steps, sizes, levels);
    const bytes = memoryOf(lengths, sizes);
    if (bytes <= limit) return lengths;
    least = Math.min(least, bytes);
  }
  throw new ValueError(
    `A memory limit of ${megabytes(limit)} MB is too small: going back over ${steps} steps takes at least ${megabytes(least)} MB.`,
    { subject: "memoryLimit", value: limit, remedy: "Raise memoryLimit, or simulate less." },
  );
}

/** @throws ValueError for lengths that are none or too few. */
export function checkLengths(lengths: readonly number[], steps: number): number[] {
  const wrong = lengths.find((length) => !Number.isInteger(length) || length < 1);
  const product = lengths.reduce((all, length) => all * length, 1);
  if (lengths.length > 0 && wrong === undefined && product >= steps) return [...lengths];
  throw new ValueError(
    wrong === undefined
      ? `Checkpoint lengths of ${lengths.join(" x ") || "nothing"} are ${product} steps, and the run has ${steps}.`
      : `A checkpoint length is ${wrong}.`,
    {
      subject: "checkpointLengths",
      value: wrong ?? product,
      remedy: "Give whole numbers whose product is at least the number of steps.",
    },
  );
}

/** Bytes that spans of these lengths keep at once: the moments of each level, and the tape with its first slot. */
export function memoryOf(lengths: readonly number[], { moment, step }: Sizes): number {
  const tape = lengths.at(-1) ?? 0;
  const moments = lengths.slice(0, -1).reduce((sum, length) => sum + length, 0);
  return moments * moment + (tape + 3) * step;
}

/** Lengths that keep the least for so many levels. */
function divide(steps: number, { moment, step }: Sizes, levels: number): number[] {
  // With k moments on each level and a tape of n steps, k^(levels - 1) n = steps, and k moment = n step
  const tape = (steps * (moment / step) ** (levels - 1)) ** (1 / levels);
  const n = Math.max(1, Math.min(steps, levels === 1 ? steps : Math.round(tape)));
  const lengths = [n];
  let rest = Math.ceil(steps / n);
  for (let level = levels - 1; level > 0; level--) {
    const length = Math.max(1, Math.ceil(rest ** (1 / level) - 1e-9));
    lengths.unshift(length);
    rest = Math.ceil(rest / length);
  }
  return lengths;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toPrecision(3);
}
