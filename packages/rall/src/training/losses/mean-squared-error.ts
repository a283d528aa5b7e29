/** @file The mean squared difference from series of targets. */
import { ValueError } from "../../errors.ts";
import { check, list, number } from "../../util/kinds.ts";
import { checkOptions } from "../../util/options.ts";
import { seriesList, windowFields } from "../kinds.ts";
import type { Loss } from "../loss.ts";
import { checkSeries, chooseRows, oneForEach, type Row } from "./rows.ts";
import { spansOf, type Window } from "./window.ts";

/** Settings of the mean squared error. */
export interface MeanSquaredErrorOptions {
  /** In ms, where targets count; by default the whole run. */
  readonly windows?: readonly Window[];
  /** Which recordings have targets; by default all. */
  readonly rows?: readonly Row[];
  /** By how much each row counts; by default 1. */
  readonly weights?: readonly number[];
}

/**
 * `1/N sum_r weights[r] sum_i (x[r][i] - target[r][i])^2` over chosen rows r and the samples i in the windows, N of them.
 *
 * @param target - one series per chosen row, as long as the run (with the initial state), in the unit of the recording.
 * @throws NameError for an unknown option. The loss throws `NameError` for an unknown row and `ValueError` for a target
 * of another length than the run, one that is not finite within the windows, and a window outside the run.
 */
export function meanSquaredError(
  target: readonly ArrayLike<number>[],
  options: MeanSquaredErrorOptions = {},
): Loss {
  check(target, seriesList, "target");
  checkOptions(options, { ...windowFields, weights: list(number) }, "meanSquaredError");
  const { windows, rows, weights } = options;
  for (const weight of weights ?? []) {
    if (Number.isFinite(weight)) continue;
    throw new ValueError(`A weight is ${weight}.`, { subject: "weights", value: weight });
  }
  return (recordings, context) => {
    const { chosen, gradient } = chooseRows(recordings, context, rows);
    const spans = spansOf(windows, context);
    const count = chosen.length * spans.reduce((sum, [begin, end]) => sum + end - begin, 0);
    const rowWeights = oneForEach(weights ?? chosen.map(() => 1), chosen, "weights");
    let value = 0;
    for (const [k, [row, series]] of oneForEach(target, chosen, "targets").entries()) {
      checkSeries(series, row, spans);
      const factor = (rowWeights[k]?.[1] ?? 1) / count;
      let sum = 0;
      for (const [begin, end] of spans) {
        for (let i = begin; i < end; i++) {
          const error = (row.samples[i] ?? 0) - (series[i] ?? 0);
          sum += error * error;
          row.gradient[i] = (row.gradient[i] ?? 0) + 2 * factor * error;
        }
      }
      value += factor * sum;
    }
    return { value, gradient };
  };
}
