/** @file Stretches of time in which a loss looks at its recordings. */
import { ValueError } from "../../errors.ts";
import type { LossContext } from "../loss.ts";

/** From a time in ms up to but not including another. */
export type Window = readonly [from: number, to: number];

/** Numbers of samples: from the first up to but not including the second. */
export type Span = readonly [begin: number, end: number];

/** Samples of each window, by default of the whole run. @throws ValueError as `spanOf`. */
export function spansOf(windows: readonly Window[] | undefined, context: LossContext): Span[] {
  if (windows === undefined) return [[0, context.time.length]];
  if (windows.length === 0) {
    throw new ValueError("There are no windows.", {
      subject: "windows",
      value: windows,
      remedy: "Give at least one, or leave them out for the whole run.",
    });
  }
  return windows.map((window) => spanOf(window, context));
}

/**
 * Samples whose times are in a window. Times are multiples of dt with rounding, as the window's ends are, so that
 * a millionth of a step too early still counts as in time.
 *
 * @throws ValueError for a window that is not within the run, or in which there is no sample.
 */
export function spanOf([from, to]: Window, { time, dt }: LossContext): Span {
  const slack = 1e-6 * dt;
  const last = time.at(-1) ?? Number.NaN;
  const first = time[0] ?? Number.NaN;
  if (!(from >= first - slack && to <= last + dt + slack && from < to)) {
    throw new ValueError(`The window from ${from} to ${to} ms is not within the run.`, {
      subject: "windows",
      value: [from, to],
      remedy: `Give two times, ascending, from ${first} to ${last} ms.`,
    });
  }
  const span: Span = [firstFrom(time, from - slack), firstFrom(time, to - slack)];
  if (span[0] === span[1]) {
    throw new ValueError(`There is no sample from ${from} to ${to} ms.`, {
      subject: "windows",
      value: [from, to],
      remedy: `Give a longer window: the time step is ${dt} ms.`,
    });
  }
  return span;
}

/** Number of the first sample that is not before a time. */
function firstFrom(time: Float64Array, from: number): number {
  let [low, high] = [0, time.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((time[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
