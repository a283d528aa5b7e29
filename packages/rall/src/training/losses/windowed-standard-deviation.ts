/** @file Standard deviations within windows, as summary statistics. */
import type { Loss } from "../loss.ts";
import { type FeatureOptions, featureLoss } from "./feature.ts";
import { meanOf } from "./windowed-mean.ts";

/**
 * Sum over rows r and windows w of `(s - targets[r][w])^2`, where s is the standard deviation (with 1/n) of the samples of the
 * row in the window, in the unit of the recording. The derivative is `(x - mean) / (n s)`, and 0 where all samples
 * are equal, where there is none. Errors as of `featureLoss`.
 */
export function windowedStandardDeviation(options: FeatureOptions): Loss {
  return featureLoss((samples) => {
    const mean = meanOf(samples);
    const centred = samples.map((x) => x - mean);
    const deviation = Math.sqrt(meanOf(centred.map((x) => x * x)));
    const factor = deviation === 0 ? 0 : 1 / (samples.length * deviation);
    return { value: deviation, gradient: centred.map((x) => factor * x) };
  }, options);
}
