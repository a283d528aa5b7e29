/** @file Stimuli and clamps as a run with a given time step needs them. */
import { ValueError } from "../errors.ts";
import {
  type Clamp,
  type Description,
  placeInWords,
  type Series,
  type Stimulus,
} from "../modules/description.ts";

import { checkSize } from "../util/limits.ts";

export interface Signals {
  readonly stimuli: readonly Stimulus[];
  readonly clamps: readonly Clamp[];
}

/**
 * Stimuli and clamps with one sample for each step of `dt` ms.
 *
 * @param resamples - whether series made for another time step are held for as long as they were meant to be.
 * @throws ValueError for such a series otherwise: taken sample by sample it would be stretched.
 */
export function signalsFor(description: Description, dt: number, resamples: boolean): Signals {
  const held = new Map<Float64Array, Float64Array>();
  const fit = <S extends Series>(input: S, what: string): S => {
    if (input.dt === undefined || Math.abs(input.dt / dt - 1) < 1e-9) return input;
    if (!resamples) {
      throw new ValueError(`${what} was sampled every ${input.dt} ms, but dt is ${dt} ms.`, {
        subject: "dt",
        value: dt,
        remedy: `Make the samples for ${dt} ms, run with dt: ${input.dt}, or set resample: true.`,
      });
    }
    const samples = held.get(input.samples) ?? hold(input.samples, input.dt / dt);
    held.set(input.samples, samples);
    return { ...input, samples, dt };
  };
  return {
    stimuli: description.stimuli.map((input) =>
      fit(input, `The stimulus in compartment ${input.compartment}`),
    ),
    clamps: description.clamps.map((clamp) =>
      fit(clamp, `The clamp of ${clamp.state} in ${placeInWords(clamp)}`),
    ),
  };
}

/** Each sample held for `ratio` steps. */
function hold(samples: Float64Array, ratio: number): Float64Array {
  const length = Math.max(1, Math.round(samples.length * ratio));
  checkSize(length, "samples", "samples", "Give a longer dt, or shorter series.");
  // A step that begins at a border up to rounding takes the sample that begins there
  return Float64Array.from({ length }, (_, k) => {
    return samples[Math.min(samples.length - 1, Math.floor(k / ratio + 1e-9))] ?? 0;
  });
}
