/** @file Derivatives by central differences, with an estimate of how far they can be trusted. */

export interface Difference {
  readonly slope: number;
  /** How far two extrapolations from different steps are apart, and what rounding can do. */
  readonly error: number;
}

/**
 * The derivative of `f` at 0, extrapolated from steps of h, 2 h and 4 h (Richardson 1911, Phil. Trans. R. Soc. A 210:307-357).
 *
 * @param rounding - of a value of `f`.
 * @param steps - values of h, tried one after the other until the error is below `enough`.
 * @returns the one with the least error.
 */
export async function difference(
  f: (x: number) => Promise<number>,
  rounding: number,
  steps: readonly number[],
  enough: number,
): Promise<Difference> {
  let best: Difference = { slope: Number.NaN, error: Number.POSITIVE_INFINITY };
  for (const h of steps) {
    const central = async (x: number) => ((await f(x)) - (await f(-x))) / (2 * x);
    const [fine, middle, coarse] = [await central(h), await central(2 * h), await central(4 * h)];
    const [near, far] = [(4 * fine - middle) / 3, (4 * middle - coarse) / 3];
    const error = Math.abs(near - far) + rounding / h;
    if (error < best.error) best = { slope: (16 * near - far) / 15, error };
    if (error < enough) break;
  }
  return best;
}
