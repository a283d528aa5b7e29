/** @file Ways to advance a gate by one step. Each works on numbers and on expressions. */

import type { Operand } from "./expression.ts";
import type { Joint } from "./math.ts";
import { add, divide, exp, multiply, negate, subtract } from "./math.ts";

/**
 * Exact solution of `dx/dt = (xInf - x) / tau` after `dt`, for constant `xInf` and `tau`: `x E + xInf (1 - E)` with
 * `E = exp(-dt / tau)`.
 */
export function exponentialEuler<
  X extends Operand,
  D extends Operand,
  I extends Operand,
  T extends Operand,
>(x: X, dt: D, xInf: I, tau: T): Joint<X | D | I | T> {
  const decay = exp(negate(divide(dt, tau)));
  return add(multiply(x, decay), multiply(xInf, subtract(1, decay))) as Joint<X | D | I | T>;
}

/** Exact step of `dx/dt = alpha (1 - x) - beta x` for constant rates, in 1/ms. */
export function solveGateExponential<
  X extends Operand,
  D extends Operand,
  A extends Operand,
  B extends Operand,
>(x: X, dt: D, alpha: A, beta: B): Joint<X | D | A | B> {
  const rate = add(alpha, beta);
  const decay = exp(negate(multiply(dt, rate)));
  const steady = divide(alpha, rate);
  return add(multiply(x, decay), multiply(steady, subtract(1, decay))) as Joint<X | D | A | B>;
}

/** Exact step of a gate given by its steady state and time constant (ms); the same as `exponentialEuler`. */
export const solveInfGateExponential = exponentialEuler;

/** Backward Euler step of `dx/dt = alpha (1 - x) - beta x`: `(x + dt alpha) / (1 + dt (alpha + beta))`. */
export function solveGateImplicit<
  X extends Operand,
  D extends Operand,
  A extends Operand,
  B extends Operand,
>(x: X, dt: D, alpha: A, beta: B): Joint<X | D | A | B> {
  const numerator = add(x, multiply(dt, alpha));
  return divide(numerator, add(1, multiply(dt, add(alpha, beta)))) as Joint<X | D | A | B>;
}
