/**
 * `(exp(x) - 1) / x` with its limit 1 at x = 0, or its derivative of the given order, which is the integral of
 * `t^order exp(t x)` over t from 0 to 1. Accurate everywhere: near 0 by its series, for negative arguments after Kummer's
 * transformation (Abramowitz, Stegun 13.1.27), which makes all terms positive, elsewhere by upward recurrence.
 */
export function exprel(x: number, order = 0): number {
  if (order === 0) return x === 0 ? 1 : x === Number.POSITIVE_INFINITY ? x : Math.expm1(x) / x;
  if (Math.abs(x) <= order + 2) return series(x, order);
  let value = exprel(x);
  const exponential = Math.exp(x);
  for (let n = 1; n <= order; n++) value = (exponential - n * value) / x;
  return value;
}

function series(x: number, order: number): number {
  const isNegative = x < 0;
  let term = 1 / (order + 1);
  let sum = term;
  for (let k = 1; Math.abs(term) > sum * 1e-18; k++) {
    term *= isNegative ? -x / (order + 1 + k) : (x * (order + k)) / (k * (order + 1 + k));
    sum += term;
  }
  return isNegative ? Math.exp(x) * sum : sum;
}
