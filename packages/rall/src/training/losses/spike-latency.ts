/** @file When the first spike comes, softly. */
import { checkOptions } from "../../util/options.ts";
import type { Loss } from "../loss.ts";
import { type FeatureOptions, featureFields, featureLoss } from "./feature.ts";
import { type SoftThreshold, softThreshold, softThresholdFields } from "./soft-threshold.ts";

/** Settings of the loss by latencies. */
export interface SpikeLatencyOptions extends FeatureOptions, SoftThreshold {}

/**
 * Sum over rows and windows of the squared difference of the time of the first spike, in ms from the window's begin, from
 * a target. The time is the expected time of the first crossing, where thresholds that are never crossed count as crossed
 * at the window's end: `sum_i (1 - max_{j <= i} s(v[j])) dt` with s the part of thresholds below v. Its gradient moves the
 * samples that are higher than all before them.
 *
 * @throws NameError for an unknown option.
 * @throws ValueError for a softness that is not above 0. The loss throws as that of `featureLoss`.
 */
export function spikeLatency(options: SpikeLatencyOptions): Loss {
  checkOptions(options, { ...featureFields, ...softThresholdFields }, "spikeLatency");
  const { threshold: _, softness: __, ...rest } = options;
  const excessOf = softThreshold(options);
  return featureLoss((samples, dt) => {
    const { above, slope } = excessOf(samples);
    const gradient = new Float64Array(samples.length);
    let [value, highest, record] = [0, 0, 0];
    for (let i = 0; i < above.length; i++) {
      if ((above[i] ?? 0) > highest) record = i;
      highest = Math.max(highest, above[i] ?? 0);
      value += (1 - highest) * dt;
      gradient[record] = (gradient[record] ?? 0) - (slope[record] ?? 0) * dt;
    }
    return { value, gradient };
  }, rest);
}
