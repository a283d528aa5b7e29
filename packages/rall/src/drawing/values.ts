/** @file The values that a picture shows: a parameter or state, or one number per compartment. */
import { ValueError } from "../errors.ts";
import type { View } from "../modules/view.ts";

/**
 * Values by number of the compartment; NaN where a key does not exist.
 *
 * @throws NameError for an unknown key, ValueError for numbers that do not fit the view.
 */
export function valuesOf(view: View, values: string | ArrayLike<number>): Map<number, number> {
  const found = new Map<number, number>();
  if (typeof values === "string") {
    view.select(({ compartment, get }) => {
      found.set(compartment, get(values));
      return true;
    });
    return found;
  }
  const { compartments } = view;
  if (values.length !== compartments.length) {
    throw new ValueError(
      `${values.length} values do not fit ${compartments.length} compartments.`,
      {
        subject: "values",
        value: values.length,
        remedy: "Give one per compartment in view.",
      },
    );
  }
  for (const [k, i] of compartments.entries()) found.set(i, values[k] ?? Number.NaN);
  return found;
}
