/** @file How many steps a run has, by the rules of the reference system, so that samples compare index by index. */
import { ValueError } from "../errors.ts";
import { placeInWords } from "../modules/description.ts";
import { floorDivide } from "../numerics/floor-divide.ts";
import type { Signals } from "../plan/signals.ts";

/**
 * Number of steps: `tMax // dt + 1` if `tMax` is given, else the length of the longest stimulus, else of the shortest
 * clamp. Stimuli shorter than the run are continued with 0, longer ones cut.
 *
 * @throws {ValueError} if nothing says how long to run, or a clamp ends before the run.
 */
export function countSteps(
  { stimuli, clamps }: Signals,
  dt: number,
  tMax: number | undefined,
): number {
  if (tMax !== undefined && !(Number.isFinite(tMax) && tMax >= 0)) {
    throw new ValueError(`tMax is ${tMax}.`, {
      subject: "tMax",
      value: tMax,
      remedy: "Give a duration in ms.",
    });
  }
  const lengths = (stimuli.length > 0 ? stimuli : clamps).map(({ samples }) => samples.length);
  if (tMax === undefined && lengths.length === 0) {
    throw new ValueError("Nothing says how long to simulate.", {
      subject: "tMax",
      remedy: "Give tMax (ms), or insert a stimulus or a clamp.",
    });
  }
  const choose = stimuli.length > 0 ? Math.max : Math.min;
  const longest = lengths.reduce((a, b) => choose(a, b), lengths[0] ?? 0);
  const steps = tMax === undefined ? longest : floorDivide(tMax, dt) + 1;
  for (const clamp of clamps) {
    const { state, samples } = clamp;
    if (samples.length >= steps) continue;
    throw new ValueError(
      `The clamp of ${state} in ${placeInWords(clamp)} has ${samples.length} samples for ${steps} steps.`,
      {
        subject: state,
        value: samples.length,
        remedy: "Give it one sample for each step, or a shorter tMax.",
      },
    );
  }
  return steps;
}

/** @throws {ValueError} for a time step that is not above 0. */
export function checkStep(dt: number): void {
  if (!(Number.isFinite(dt) && dt > 0)) {
    throw new ValueError(`dt is ${dt}.`, {
      subject: "dt",
      value: dt,
      remedy: "Give a time step above 0, in ms.",
    });
  }
}

/**
 * Number of steps between two samples that are kept.
 *
 * @throws {ValueError} for an interval that is no multiple of `dt`.
 */
export function stepsBetween(recordInterval: number | undefined, dt: number): number {
  if (recordInterval === undefined) return 1;
  const steps = Math.round(recordInterval / dt);
  if (steps >= 1 && Math.abs(steps * dt - recordInterval) <= 1e-9 * recordInterval) return steps;
  throw new ValueError(`recordInterval is ${recordInterval} ms, with a time step of ${dt} ms.`, {
    subject: "recordInterval",
    value: recordInterval,
    remedy: "Give a whole multiple of dt, in ms.",
  });
}

/** Times in ms of so many samples, the first at 0, with `stride` steps from each to the next. */
export function timeAxis(samples: number, dt: number, stride = 1): Float64Array {
  const time = new Float64Array(samples);
  for (let k = 0; k < samples; k++) time[k] = k * stride * dt;
  return time;
}
