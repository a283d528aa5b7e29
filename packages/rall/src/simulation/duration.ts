/** @file How many steps a run has, by the rules of the reference system, so that samples compare index by index. */
import { ValueError } from "../errors.ts";
import { placeInWords } from "../modules/description.ts";
import { floorDivide } from "../numerics/floor-divide.ts";
import { sampleClock } from "../numerics/sample-times.ts";
import type { Signals } from "../plan/signals.ts";
import { choice, type Kind, positive } from "../util/kinds.ts";
import { checkSize } from "../util/limits.ts";

export interface DurationOptions {
  /** Duration in ms; default: that of the stimuli or clamps. */
  readonly tMax?: number;
  /**
   * How `tMax` is read. `jaxley` (default): one step more than `tMax // dt`, so that samples compare with Jaxley's by
   * number; a run for `tMax: 60` ends at 60.025 ms, or at 60. `exact`: the last sample is at `tMax`, a multiple of `dt`.
   */
  readonly duration?: "jaxley" | "exact";
}

const duration: Kind = {
  what: "a duration in ms",
  accepts: (value) => Number.isFinite(value) && Number(value) >= 0,
};

/** A time step. */
export const step: Kind = { ...positive, what: "a time step above 0, in ms" };

export const durationFields = { tMax: duration, duration: choice("jaxley", "exact") };

/**
 * Number of steps: that of `tMax` if it is given, else the length of the longest stimulus, else of the shortest
 * clamp. Stimuli shorter than the run are continued with 0, longer ones cut.
 *
 * @throws ValueError if nothing says how long to run, a clamp ends before the run, or an exact `tMax` is no multiple of `dt`.
 */
export function countSteps(
  { stimuli, clamps }: Signals,
  dt: number,
  { tMax, duration = "jaxley" }: DurationOptions,
): number {
  if (tMax === undefined && duration === "exact") {
    throw new ValueError("An exact duration needs tMax.", {
      subject: "tMax",
      remedy: "Give tMax in ms; without it a run has as many steps as the stimuli have samples.",
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
  const steps = tMax === undefined ? longest : stepsUntil(tMax, dt, duration);
  checkSize(steps, "steps", "steps", "Give a shorter tMax or a longer dt, both in ms.");
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

function stepsUntil(tMax: number, dt: number, duration: "jaxley" | "exact"): number {
  return duration === "exact" ? wholeSteps("tMax", tMax, dt, 0) : floorDivide(tMax, dt) + 1;
}

/** @throws ValueError for a time step that is not above 0. */
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
 * @throws ValueError for an interval that is no multiple of `dt`.
 */
export function stepsBetween(recordInterval: number | undefined, dt: number): number {
  if (recordInterval === undefined) return 1;
  return wholeSteps("recordInterval", recordInterval, dt, 1);
}

/** Number of steps in a time. @throws ValueError for a time that is no multiple of `dt`, or of fewer steps than `least`. */
function wholeSteps(subject: string, time: number, dt: number, least: number): number {
  const steps = Math.round(time / dt);
  if (steps >= least && Math.abs(steps * dt - time) <= 1e-9 * time) return steps;
  const below = sampleClock(dt)(Math.max(least, Math.floor(time / dt)));
  throw new ValueError(`${subject} is ${time} ms, with a time step of ${dt} ms.`, {
    subject,
    value: time,
    remedy: `Give a whole multiple of dt, as ${below} ms.`,
  });
}

/** @throws ValueError for more numbers than a run can hold: `rows` recordings and the times, `samples` of each. */
export function checkRecorded(rows: number, samples: number): void {
  checkSize(
    (rows + 1) * samples,
    "recorded",
    "numbers in the recordings",
    "Record fewer places, keep fewer samples (recordInterval), or run for a shorter time.",
  );
}
