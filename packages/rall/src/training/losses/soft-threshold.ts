/**
 * @file A threshold that is not one voltage but a logistic distribution of them, so that what depends on crossing it (how many
 * spikes, when, how long) has a derivative. Where features of spikes speak of an expectation, it is over this distribution; as
 * it becomes narrow they become what `recordSpikes` counts and times.
 */
import { ValueError } from "../../errors.ts";
import { type Fields, number } from "../../util/kinds.ts";
import { logisticFunction } from "../transforms.ts";

/** A random threshold, whose distribution makes what depends on it smooth. */
export interface SoftThreshold {
  /** Median of the distribution in mV; default 10, as of `recordSpikes`. */
  readonly threshold?: number;
  /**
   * Its scale in mV; default 5. Gradients reach voltages within some ten scales of the threshold: wider to make a silent cell
   * spike, narrower to count spikes exactly.
   */
  readonly softness?: number;
}

export const softThresholdFields: Fields = { threshold: number, softness: number };

/** For a series of voltages: the part of the thresholds below each, and its derivative. */
export interface Excess {
  readonly above: Float64Array;
  readonly slope: Float64Array;
}

/**
 * `above = 1 / (1 + exp(-(v - threshold) / softness))`.
 *
 * @throws ValueError for a threshold that is not finite or a softness that is not above 0.
 */
export function softThreshold(options: SoftThreshold): (samples: Float64Array) => Excess {
  const { threshold = 10, softness = 5 } = options;
  if (!Number.isFinite(threshold)) {
    throw new ValueError(`The threshold is ${threshold}.`, {
      subject: "threshold",
      value: threshold,
      remedy: "Give a voltage in mV.",
    });
  }
  if (!(softness > 0 && Number.isFinite(softness))) {
    throw new ValueError(`The softness is ${softness}.`, {
      subject: "softness",
      value: softness,
      remedy: "Give a number of mV above 0.",
    });
  }
  return (samples) => ({
    above: samples.map((v) => logisticFunction((v - threshold) / softness)),
    slope: samples.map((v) => {
      const x = (v - threshold) / softness;
      return (logisticFunction(x) * logisticFunction(-x)) / softness;
    }),
  });
}

/** Expected number of upward crossings in the step that ends with each sample: what `above` rises by (0 for the first). */
export function crossings({ above }: Excess): Float64Array {
  return above.map((value, i) => Math.max(0, value - (above[i - 1] ?? value)));
}

/** Derivative by each sample of a sum of crossings with the given weights. */
export function crossingsGradient({ above, slope }: Excess, weights: Float64Array): Float64Array {
  const gradient = new Float64Array(above.length);
  for (let i = 1; i < above.length; i++) {
    if (!((above[i] ?? 0) > (above[i - 1] ?? 0))) continue;
    const weight = weights[i] ?? 0;
    gradient[i] = (gradient[i] ?? 0) + weight * (slope[i] ?? 0);
    gradient[i - 1] = (gradient[i - 1] ?? 0) - weight * (slope[i - 1] ?? 0);
  }
  return gradient;
}
