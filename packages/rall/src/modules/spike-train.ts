/** @file Spike trains: given times at which synapses receive spikes. */
import { ValueError } from "../errors.ts";
import { RandomStream } from "../numerics/philox.ts";
import { check, number, numbers, required } from "../util/kinds.ts";
import { checkSize } from "../util/limits.ts";
import { checkOptions } from "../util/options.ts";

/** Spikes at given times, which can be connected to compartments in the place of a pre-synaptic one. */
export class SpikeTrain {
  /** Times in ms, ascending. */
  readonly times: Float64Array;

  /**
   * @param times - in ms from the start of a run, in any order; a spike counts in the nearest time step.
   * @throws ValueError for a time that is negative or not finite.
   */
  constructor(times: ArrayLike<number>) {
    check(times, numbers, "times");
    this.times = Float64Array.from(times).sort();
    const wrong = Array.from(times).find((time) => !(Number.isFinite(time) && time >= 0));
    if (wrong === undefined) return;
    throw new ValueError(`A spike cannot be at ${wrong} ms.`, {
      subject: "times",
      value: wrong,
      remedy: "Give times from 0 up, in ms.",
    });
  }
}

/** Rate, end and seed of a random train. */
export interface PoissonOptions {
  /** Mean number of spikes per second. */
  readonly rate: number;
  /** Time in ms up to which spikes may come. */
  readonly tMax: number;
  /** Time in ms from which on; default 0. */
  readonly start?: number;
  /** Whole number that chooses the train; the same seed gives the same train. */
  readonly seed: number;
}

const poissonKinds = {
  ...{ rate: required(number), tMax: required(number), seed: required(number) },
  start: number,
};

/**
 * A random train with independent intervals (a Poisson process).
 *
 * @throws ValueError for a rate, time or seed out of its domain.
 */
export function poissonTrain(options: PoissonOptions): SpikeTrain {
  checkOptions(options, poissonKinds, "poissonTrain");
  const { rate, tMax, start = 0, seed } = options;
  for (const [subject, value] of Object.entries({ rate, tMax, start })) {
    if (Number.isFinite(value) && value >= 0) continue;
    throw new ValueError(`The ${subject} of a spike train is ${value}.`, {
      subject,
      value,
      remedy: "Give a number from 0 up (rate in 1/s, times in ms).",
    });
  }
  const expected = (rate * Math.max(0, tMax - start)) / 1000;
  checkSize(expected, "samples", "spikes", "Give a lower rate, in 1/s, or a shorter train, in ms.");
  const random = new RandomStream(seed);
  const times: number[] = [];
  const interval = () => (-Math.log(1 - random.uniform()) * 1000) / rate;
  for (let time = start + interval(); time < tMax; time += interval()) times.push(time);
  return new SpikeTrain(times);
}
