/** @file Means within windows, as summary statistics. */
import type { Loss } from "../loss.ts";
import { type FeatureOptions, featureLoss } from "./feature.ts";

/**
 * Sum over rows r and windows w of `(mean - targets[r][w])^2`, where the mean is over the samples of the row in the window,
 * in the unit of the recording. Errors as of `featureLoss`.
 */
export function windowedMean(options: FeatureOptions): Loss {
  return featureLoss((samples) => {
    const { length } = samples;
    return {
      value: meanOf(samples),
      gradient: new Float64Array(length).fill(1 / length),
    };
  }, options);
}

/** Arithmetic mean. */
export function meanOf(samples: Float64Array): number {
  let sum = 0;
  for (const x of samples) sum += x;
  return sum / samples.length;
}
