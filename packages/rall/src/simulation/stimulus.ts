/** @file Currents over time as arrays of samples, one per time step, in nA. */
import { ValueError } from "../errors.ts";
import { floorDivide } from "../numerics/floor-divide.ts";
import { number, numbers, required } from "../util/kinds.ts";
import { checkSize } from "../util/limits.ts";
import { checkOptions } from "../util/options.ts";

/** A rectangular current. */
export interface StepCurrent {
  /** Onset in ms. */
  readonly delay: number;
  /** Length of the step in ms. */
  readonly duration: number;
  /** Height in nA. */
  readonly amplitude: number;
  /** Time step in ms of the run that it is for; default 0.025. */
  readonly dt?: number;
  /** Length of the whole series in ms. */
  readonly tMax: number;
  /** Current outside the step in nA; default 0. */
  readonly offset?: number;
}

/** Samples in nA that know their time step in ms, so that a run with another one does not stretch them. */
export type SampledCurrent = Float64Array & { readonly dt: number };

const stepKinds = {
  ...{ delay: required(number), duration: required(number), amplitude: required(number) },
  ...{ tMax: required(number), dt: number, offset: number },
};

/**
 * A step of current. The series has `tMax // dt + 2` samples and is on from sample `trunc(delay / dt)` up to before
 * `trunc((delay + duration) / dt)`, which are the reference system's numbers, roundings included.
 *
 * @throws ValueError for a number that is not finite or a time that is negative.
 */
export function stepCurrent(step: StepCurrent): SampledCurrent {
  checkOptions(step, stepKinds, "stepCurrent");
  const { delay, duration, amplitude, dt = 0.025, tMax, offset = 0 } = step;
  for (const [subject, value] of Object.entries({ delay, duration, amplitude, dt, tMax, offset })) {
    const isTime = subject !== "amplitude" && subject !== "offset";
    if (Number.isFinite(value) && !(isTime && value < 0) && !(subject === "dt" && value === 0))
      continue;
    throw new ValueError(`The ${subject} of a step is ${value}.`, {
      subject,
      value,
      remedy: isTime
        ? "Give a time in ms that is not negative (dt above 0)."
        : "Give a current in nA.",
    });
  }
  const count = floorDivide(tMax, dt) + 2;
  checkSize(count, "samples", "samples", "Give a shorter tMax or a longer dt, both in ms.");
  const samples = new Float64Array(count).fill(offset);
  samples.fill(amplitude, Math.trunc(delay / dt), Math.trunc((delay + duration) / dt));
  return Object.assign(samples, { dt });
}

/** One step current per amplitude: data points turned into stimuli. */
export function datapointToStepCurrents(
  step: Omit<StepCurrent, "amplitude"> & { readonly amplitudes: ArrayLike<number> },
): SampledCurrent[] {
  const { amplitude: _, ...kinds } = stepKinds;
  checkOptions(step, { ...kinds, amplitudes: required(numbers) }, "datapointToStepCurrents");
  const { amplitudes, ...rest } = step;
  return Array.from(amplitudes, (amplitude) => stepCurrent({ ...rest, amplitude }));
}
