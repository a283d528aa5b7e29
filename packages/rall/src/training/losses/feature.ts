/** @file Losses that compare numbers measured from a recording (summary statistics, spike features) with targets. */
import { ValueError } from "../../errors.ts";
import { callback, check, choice, type Fields, required } from "../../util/kinds.ts";
import { checkOptions } from "../../util/options.ts";
import { inWords } from "../../util/words.ts";
import { seriesList, windowFields } from "../kinds.ts";
import type { Loss } from "../loss.ts";
import { checkTarget, chooseRows, oneForEach, type Row } from "./rows.ts";
import { spansOf, type Window } from "./window.ts";

/**
 * A number measured from consecutive samples, `dt` ms apart, and its derivative by each of them. The samples are a part
 * of a recording: not to be changed nor kept.
 */
export type Feature = (
  samples: Float64Array,
  dt: number,
) => { readonly value: number; readonly gradient: Float64Array };

/** What a loss by one feature compares. */
export interface FeatureOptions {
  /** What is wanted: for each row, one number per window, in the feature's unit. */
  readonly targets: readonly (readonly number[])[];
  /** In ms; by default one window, the whole run. */
  readonly windows?: readonly Window[];
  /** Which recordings; by default all. */
  readonly rows?: readonly Row[];
  /** What is summed: squares of differences (default) or their absolute values. */
  readonly error?: "squared" | "absolute";
}

export const featureFields: Fields = {
  targets: required(seriesList),
  ...windowFields,
  error: choice("squared", "absolute"),
};

/**
 * Sum over rows r and windows w of `(feature(row r in window w) - targets[r][w])^2`, or of the absolute differences. With
 * it, a feature of your own becomes a loss.
 *
 * @throws NameError for an unknown option. The loss throws `NameError` for an unknown row and `ValueError` for a window
 * outside the run, a target that is not finite, or as many targets as there are no rows or windows.
 */
export function featureLoss(feature: Feature, options: FeatureOptions): Loss {
  check(feature, callback, "feature");
  checkOptions(options, featureFields, "featureLoss");
  const { targets, windows, rows, error = "squared" } = options;
  return (recordings, context) => {
    const { chosen, gradient } = chooseRows(recordings, context, rows);
    const spans = spansOf(windows, context);
    let sum = 0;
    for (const [row, wanted] of oneForEach(targets, chosen, "lists of targets")) {
      if (wanted.length !== spans.length) {
        throw new ValueError(
          `${row.name} has ${wanted.length} targets for ${spans.length} windows.`,
          {
            subject: row.name,
            value: wanted.length,
            remedy: "Give one for each window.",
          },
        );
      }
      for (const [w, [begin, end]] of spans.entries()) {
        const target = wanted[w];
        checkTarget(target, row.name);
        const measured = feature(row.samples.subarray(begin, end), context.dt);
        checkMeasured(measured, end - begin);
        const difference = measured.value - target;
        const isSquared = error === "squared";
        sum += isSquared ? difference * difference : Math.abs(difference);
        const factor = isSquared ? 2 * difference : Math.sign(difference);
        addScaled(row.gradient.subarray(begin, end), factor, measured.gradient);
      }
    }
    return { value: sum, gradient };
  };
}

/** @throws ValueError for what a feature may not return. */
function checkMeasured(measured: ReturnType<Feature> | undefined, length: number): void {
  const { value, gradient } = measured ?? {};
  if (typeof value === "number" && gradient?.length === length) return;
  throw new ValueError(
    `The feature returned ${inWords(value)} with ${inWords(gradient?.length)} derivatives for ${length} samples.`,
    {
      subject: "feature",
      value: measured,
      remedy: "Return { value, gradient }: a number, and its derivative by each sample.",
    },
  );
}

/** Adds a multiple of a vector to another. */
export function addScaled(into: Float64Array, factor: number, vector: Float64Array): void {
  for (let i = 0; i < into.length; i++) into[i] = (into[i] ?? 0) + factor * (vector[i] ?? 0);
}
