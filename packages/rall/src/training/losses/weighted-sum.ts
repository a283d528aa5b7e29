/** @file Several losses as one. */
import { ValueError } from "../../errors.ts";
import {
  callback,
  check,
  having,
  list,
  number,
  numbers,
  required,
  tuple,
} from "../../util/kinds.ts";
import type { Loss } from "../loss.ts";
import { addScaled } from "./feature.ts";
import { checkRun } from "./rows.ts";

const lossValue = having(
  { value: required(number), gradient: required(list(numbers)) },
  "{ value, gradient }",
);

/** The sum of losses, each times its weight. @throws ValueError for a weight that is not finite. */
export function weightedSum(terms: readonly (readonly [weight: number, loss: Loss])[]): Loss {
  check(terms, list(tuple("a pair [weight, loss]", number, callback)), "terms");
  for (const [weight] of terms) {
    if (Number.isFinite(weight)) continue;
    throw new ValueError(`A weight is ${weight}.`, { subject: "weights", value: weight });
  }
  return (recordings, context) => {
    checkRun(recordings, context);
    const gradient = recordings.map(({ length }) => new Float64Array(length));
    let value = 0;
    for (const [weight, loss] of terms) {
      const term = loss(recordings, context);
      check(term, lossValue, "What a loss returned");
      value += weight * term.value;
      for (const [row, into] of gradient.entries()) {
        const share = term.gradient[row];
        if (share?.length !== into.length) {
          throw new ValueError(
            `A loss has no gradient for ${context.names[row] ?? `row ${row}`}.`,
            {
              subject: context.names[row] ?? `row ${row}`,
              value: share?.length,
              remedy: "Its gradient has one series per recording, as long as it.",
            },
          );
        }
        addScaled(into, weight, share);
      }
    }
    return { value, gradient };
  };
}
