/** @file Dual numbers: derivatives by arithmetic on (value, derivative) pairs, written apart from the library's table. */

import type { Expression } from "rall/expressions";
import { exprel } from "../../src/numerics/exprel.ts";

export interface Dual {
  readonly value: number;
  readonly slope: number;
  /** Sum of the sizes of all contributions to the slope: what its rounding is relative to. */
  readonly size: number;
}

export function evaluateDual(
  node: Expression,
  at: Readonly<Record<string, number>>,
  by: string,
): Dual {
  if (node.op === "constant") return { value: node.value, slope: 0, size: 0 };
  if (node.op === "input") {
    const slope = node.name === by ? 1 : 0;
    return { value: at[node.name] ?? Number.NaN, slope, size: slope };
  }
  const zero = { value: Number.NaN, slope: 0, size: 0 };
  const [a = zero, b = zero, c = zero] = node.args.map((argument) =>
    evaluateDual(argument, at, by),
  );
  const chain = (value: number, ...terms: (readonly [Dual, number])[]): Dual => ({
    value,
    slope: terms.reduce(
      (sum, [dual, factor]) => sum + (dual.slope === 0 ? 0 : factor * dual.slope),
      0,
    ),
    size: terms.reduce(
      (sum, [dual, factor]) => sum + (dual.size === 0 ? 0 : Math.abs(factor) * dual.size),
      0,
    ),
  });
  const [u, w] = [a.value, b.value];
  switch (node.op) {
    case "add":
      return chain(u + w, [a, 1], [b, 1]);
    case "subtract":
      return chain(u - w, [a, 1], [b, -1]);
    case "multiply":
      return chain(u * w, [a, w], [b, u]);
    case "divide":
      return chain(u / w, [a, 1 / w], [b, -u / w / w]);
    case "negate":
      return chain(-u, [a, -1]);
    case "power":
      return chain(u ** w, [a, w === 0 ? 0 : w * u ** (w - 1)]);
    case "exp":
      return chain(Math.exp(u), [a, Math.exp(u)]);
    case "log":
      return chain(Math.log(u), [a, 1 / u]);
    case "tanh":
      return chain(Math.tanh(u), [a, 1 - Math.tanh(u) ** 2]);
    case "sqrt":
      return chain(Math.sqrt(u), [a, 0.5 / Math.sqrt(u)]);
    case "abs":
      return chain(Math.abs(u), [a, u < 0 ? -1 : 1]);
    case "min":
      return u <= w ? chain(u, [a, 1]) : chain(w, [b, 1]);
    case "max":
      return u >= w ? chain(u, [a, 1]) : chain(w, [b, 1]);
    case "exprel":
      return chain(exprel(u, w), [a, exprel(u, w + 1)]);
    case "less":
      return chain(Number(u < w));
    case "lessEqual":
      return chain(Number(u <= w));
    case "equal":
      return chain(Number(u === w));
    case "not":
      return chain(u === 0 ? 1 : 0);
    case "and":
      return chain(u !== 0 && w !== 0 ? 1 : 0);
    case "or":
      return chain(u !== 0 || w !== 0 ? 1 : 0);
    case "select":
      return u !== 0 ? chain(w, [b, 1]) : chain(c.value, [c, 1]);
  }
}
