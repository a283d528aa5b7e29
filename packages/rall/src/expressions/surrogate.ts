/**
 * @file Slopes for what has none: a comparison jumps, and its derivative is 0 almost everywhere. A surrogate puts the slope of a
 * smooth step in its place, on the way back only; the run itself stays as it is (Neftci, Mostafa, Zenke 2019, IEEE Signal Process. Mag.
 * 36:51-63).
 */
import { choice, object, positive, required } from "../util/kinds.ts";
import { constant, type Expression, operation } from "./expression.ts";
import { abs, add, divide, exp, multiply, negate, power, select, subtract } from "./math.ts";

/** A smooth step in the place of a jump. Each slope has its peak at the threshold and an integral of 1. */
export interface Surrogate {
  /**
   * `sigmoid`: `b s (1 - s)` with `s = 1 / (1 + exp(-b x))`; `arctan`: `b / 2 / (1 + (pi b x / 2)^2)`; `exponential`:
   * `b / 2 exp(-b |x|)`; x is the distance to the threshold.
   */
  readonly kind: "sigmoid" | "arctan" | "exponential";
  /** Steepness b in 1/mV (of comparisons of other quantities, in the inverse of their unit). */
  readonly slope: number;
}

export const surrogateKind = object({
  kind: required(choice("sigmoid", "arctan", "exponential")),
  slope: required(positive),
});

/** The slope of the smooth step at a distance from the threshold. */
export function surrogateSlope({ kind, slope }: Surrogate, distance: Expression): Expression {
  const scaled = multiply(slope, distance);
  switch (kind) {
    case "sigmoid": {
      // With the decaying exponential of either side, so that nothing overflows
      const decay = exp(negate(abs(scaled)));
      return divide(multiply(slope, decay), power(add(1, decay), 2));
    }
    case "arctan":
      return divide(slope / 2, add(1, power(multiply(Math.PI / 2, scaled), 2)));
    case "exponential":
      return multiply(slope / 2, exp(negate(abs(scaled))));
  }
}

const [zero, one] = [constant(0), constant(1)];

/** Partial derivative of an operation on or with truth values, whose own is 0; undefined where it is 0 nevertheless. */
export function surrogatePartial(
  surrogate: Surrogate,
  node: Expression,
  index: number,
): Expression | undefined {
  if (node.op === "constant" || node.op === "input") return undefined;
  const [a = zero, b = zero, c = zero] = node.args;
  switch (node.op) {
    case "select":
      return index === 0 ? subtract(b, c) : undefined;
    case "less":
    case "lessEqual": {
      const slope = surrogateSlope(surrogate, operation("subtract", [b, a]));
      return index === 0 ? negate(slope) : slope;
    }
    case "not":
      return constant(-1);
    case "and":
      return select(index === 0 ? b : a, one, zero);
    case "or":
      return select(index === 0 ? b : a, zero, one);
    default:
      return undefined;
  }
}
