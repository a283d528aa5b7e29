/** @file The sum of the squares of all samples. */
import { ValueError } from "../../errors.ts";
import type { Loss } from "../loss.ts";
import { checkRun } from "./rows.ts";

/** `scale` times the sum of `x^2` over all samples of all recordings. @throws ValueError for a scale that is not finite. */
export function sumOfSquares(scale = 1): Loss {
  if (!Number.isFinite(scale)) {
    throw new ValueError(`The scale is ${scale}.`, { subject: "scale", value: scale });
  }
  return (recordings, context) => {
    checkRun(recordings, context);
    let sum = 0;
    for (const samples of recordings) for (const x of samples) sum += x * x;
    return {
      value: scale * sum,
      gradient: recordings.map((samples) => samples.map((x) => 2 * scale * x)),
    };
  };
}
