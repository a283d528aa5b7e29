/** @file The loss of a classifier whose classes are recordings. */
import { ValueError } from "../../errors.ts";
import { number, required } from "../../util/kinds.ts";
import { checkOptions } from "../../util/options.ts";
import { rowFields, windowKind } from "../kinds.ts";
import type { Loss } from "../loss.ts";
import { chooseRows, type Row } from "./rows.ts";
import { spansOf, type Window } from "./window.ts";
import { meanOf } from "./windowed-mean.ts";

/** Settings of the cross entropy. */
export interface CrossEntropyOptions {
  /** The class that is right: a number of the chosen rows, from 0. */
  readonly label: number;
  /** Time in ms in which readouts are averaged; by default the whole run. */
  readonly window?: Window;
  /** The readouts, one for each class; by default all recordings. */
  readonly rows?: readonly Row[];
  /** By what means are multiplied, in 1/mV; default 1. */
  readonly scale?: number;
}

/**
 * Minus the logarithm of the probability of the label: `log sum_k exp(z[k]) - z[label]`, where the logit `z[k]` is `scale`
 * times the mean of readout k in the window.
 *
 * @throws NameError for an unknown option.
 * @throws ValueError for a scale that is not finite. The loss throws `NameError` for an unknown row and `ValueError` for
 * a window outside the run or a label that is no row.
 */
export function crossEntropy(options: CrossEntropyOptions): Loss {
  const fields = { label: required(number), window: windowKind, ...rowFields, scale: number };
  checkOptions(options, fields, "crossEntropy");
  const { label, window, rows, scale = 1 } = options;
  if (!Number.isFinite(scale)) {
    throw new ValueError(`The scale is ${scale}.`, { subject: "scale", value: scale });
  }
  return (recordings, context) => {
    const { chosen, gradient } = chooseRows(recordings, context, rows);
    if (chosen[label] === undefined) {
      throw new ValueError(
        `The label is ${label} among ${chosen.length} rows: ${chosen.map(({ name }) => name).join(", ")}.`,
        {
          subject: "label",
          value: label,
          remedy: `Give a whole number from 0 to ${chosen.length - 1}.`,
        },
      );
    }
    let [logit, largest] = [Number.NaN, Number.NEGATIVE_INFINITY];
    const spans = spansOf(window === undefined ? undefined : [window], context);
    const [begin, end] = spans[0] ?? [0, 0];
    const logits = chosen.map(({ samples }) => scale * meanOf(samples.subarray(begin, end)));
    for (const [k, z] of logits.entries()) {
      if (k === label) logit = z;
      largest = Math.max(largest, z);
    }
    const sum = logits.reduce((total, z) => total + Math.exp(z - largest), 0);
    for (const [k, row] of chosen.entries()) {
      const probability = Math.exp((logits[k] ?? 0) - largest) / sum;
      const slope = ((probability - (k === label ? 1 : 0)) * scale) / (end - begin);
      for (let i = begin; i < end; i++) row.gradient[i] = (row.gradient[i] ?? 0) + slope;
    }
    return { value: Math.log(sum) + (largest - logit), gradient };
  };
}
