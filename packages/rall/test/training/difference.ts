/** @file Derivatives by central differences, with an estimate of how far they can be trusted. */

export interface Difference {
  readonly slope: number;
  /** What two extrapolations from different steps and the rounding of `f` let expect. */
  readonly error: number;
}

/** Moves so small that what is seen of them is rounding. */
const tiny = [-2e-13, -1e-13, 1e-13, 2e-13];

/**
 * The derivative of `f` at 0, extrapolated from steps of h, 2 h and 4 h (Richardson 1911, Phil. Trans. R. Soc. A 210:307-357).
 *
 * @param steps - values of h, tried one after the other until the error is below `enough`.
 * @returns the one with the least error.
 */
export async function difference(
  f: (x: number) => Promise<number>,
  steps: readonly number[],
  enough: number,
): Promise<Difference> {
  const base = await f(0);
  let rounding = 0;
  for (const x of tiny) rounding = Math.max(rounding, Math.abs((await f(x)) - base));
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
