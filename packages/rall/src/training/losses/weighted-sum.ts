/** @file Several losses as one. */
import { ValueError } from "../../errors.ts";
import type { Loss } from "../loss.ts";
import { addScaled } from "./feature.ts";

/** The sum of losses, each times its weight. @throws ValueError for a weight that is not finite. */
export function weightedSum(terms: readonly (readonly [weight: number, loss: Loss])[]): Loss {
  for (const [weight] of terms) {
    if (Number.isFinite(weight)) continue;
    throw new ValueError(`A weight is ${weight}.`, { subject: "weights", value: weight });
  }
  return (recordings, context) => {
    const gradient = recordings.map(({ length }) => new Float64Array(length));
    let value = 0;
    for (const [weight, loss] of terms) {
      const term = loss(recordings, context);
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
