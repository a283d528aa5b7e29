/** @file How many spikes, softly. */
import { checkOptions } from "../../util/options.ts";
import type { Loss } from "../loss.ts";
import { type FeatureOptions, featureFields, featureLoss } from "./feature.ts";
import {
  crossings,
  crossingsGradient,
  type SoftThreshold,
  softThreshold,
  softThresholdFields,
} from "./soft-threshold.ts";

/** Settings of the soft count of spikes. */
export interface SoftSpikeCountOptions extends FeatureOptions, SoftThreshold {}

/**
 * Sum over rows and windows of the squared difference of the number of spikes from a target. The number is the expected
 * number of upward crossings, `sum_i max(0, s(v[i]) - s(v[i-1]))` with s the part of thresholds below v: the heights of
 * all peaks over the troughs before them, measured in s, so that its gradient lifts a peak that fell short. Independent of
 * the time step.
 *
 * @throws NameError for an unknown option.
 * @throws ValueError for a softness that is not above 0. The loss throws as that of `featureLoss`.
 */
export function softSpikeCount(options: SoftSpikeCountOptions): Loss {
  checkOptions(options, { ...featureFields, ...softThresholdFields }, "softSpikeCount");
  const { threshold: _, softness: __, ...rest } = options;
  const excessOf = softThreshold(options);
  return featureLoss((samples) => {
    const excess = excessOf(samples);
    const value = crossings(excess).reduce((sum, crossing) => sum + crossing, 0);
    return {
      value,
      gradient: crossingsGradient(
        excess,
        samples.map(() => 1),
      ),
    };
  }, rest);
}
