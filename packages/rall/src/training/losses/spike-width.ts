/** @file How long a spike lasts, softly. */
import { ValueError } from "../../errors.ts";
import { number } from "../../util/kinds.ts";
import { checkOptions } from "../../util/options.ts";
import type { Loss } from "../loss.ts";
import { type FeatureOptions, featureFields, featureLoss } from "./feature.ts";
import { type SoftThreshold, softThreshold, softThresholdFields } from "./soft-threshold.ts";

/** Settings of the loss by widths. */
export interface SpikeWidthOptions extends FeatureOptions, SoftThreshold {
  /** How many spikes a window is to hold, whose mean width is measured; default 1. */
  readonly spikes?: number;
}

/**
 * Sum over rows and windows of the squared difference of the width of spikes at the threshold, in ms, from a target. The
 * width is the expected time above the threshold for each of the spikes that the window is to hold: `sum_i s(v[i]) dt /
 * spikes` with s the part of thresholds below v. (To divide by the number of spikes counted instead would be 0/0 in a
 * silent cell.)
 *
 * @throws NameError for an unknown option.
 * @throws ValueError for a softness or a number of spikes that is not above 0. The loss throws as that of `featureLoss`.
 */
export function spikeWidth(options: SpikeWidthOptions): Loss {
  checkOptions(options, { ...featureFields, ...softThresholdFields, spikes: number }, "spikeWidth");
  const { threshold: _, softness: __, spikes = 1, ...rest } = options;
  if (!(spikes > 0 && Number.isFinite(spikes))) {
    throw new ValueError(`The number of spikes is ${spikes}.`, {
      subject: "spikes",
      value: spikes,
      remedy: "Give a number above 0.",
    });
  }
  const excessOf = softThreshold(options);
  return featureLoss((samples, dt) => {
    const { above, slope } = excessOf(samples);
    const factor = dt / spikes;
    return {
      value: factor * above.reduce((sum, part) => sum + part, 0),
      gradient: slope.map((part) => factor * part),
    };
  }, rest);
}
