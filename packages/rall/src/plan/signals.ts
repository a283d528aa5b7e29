/** @file Stimuli and clamps as a run with a given time step needs them. */
import { ValueError } from "../errors.ts";
import type { Clamp, Description, Input } from "../modules/description.ts";

export interface Signals {
  readonly stimuli: readonly Input[];
  readonly clamps: readonly Clamp[];
}

/**
 * Stimuli and clamps with one sample for each step of `dt` ms.
 *
 * @param resamples - whether series made for another time step are held for as long as they were meant to be.
 * @throws {ValueError} for such a series otherwise: taken sample by sample it would be stretched.
 */
export function signalsFor(description: Description, dt: number, resamples: boolean): Signals {
  const held = new Map<Float64Array, Float64Array>();
  const fit = <I extends Input>(input: I, what: string): I => {
    if (input.dt === undefined || Math.abs(input.dt / dt - 1) < 1e-9) return input;
    if (!resamples) {
      throw new ValueError(
        `${what} in compartment ${input.compartment} was sampled every ${input.dt} ms, but dt is ${dt} ms.`,
        {
          subject: "dt",
          value: dt,
          remedy: `Make the samples for ${dt} ms, run with dt: ${input.dt}, or set resample: true.`,
        },
      );
    }
    const samples = held.get(input.samples) ?? hold(input.samples, input.dt / dt);
    held.set(input.samples, samples);
    return { ...input, samples, dt };
  };
  return {
    stimuli: description.stimuli.map((input) => fit(input, "The stimulus")),
    clamps: description.clamps.map((clamp) => fit(clamp, `The clamp of ${clamp.state}`)),
  };
}

/** Each sample held for `ratio` steps. */
function hold(samples: Float64Array, ratio: number): Float64Array {
  const length = Math.max(1, Math.round(samples.length * ratio));
  // A step that begins at a border up to rounding takes the sample that begins there
  return Float64Array.from({ length }, (_, k) => {
    return samples[Math.min(samples.length - 1, Math.floor(k / ratio + 1e-9))] ?? 0;
  });
}
