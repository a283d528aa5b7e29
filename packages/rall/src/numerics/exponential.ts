/**
 * @file The exponential of the axial operator of a tree, without a matrix: the best rational approximation of exp on the
 * negative axis (order 16, error 2e-15) is a product of terms that each take one solution of a shifted tree, O(n).
 * Poles and residues: Pusa 2016, Nucl. Sci. Eng. 182:297-318, table of order 16 in incomplete partial fractions.
 */
import type { Tree } from "./tree.ts";
import { balanceBranchPoints } from "./voltage.ts";

/** Real and imaginary part of a pole, then of its residue. */
export const shiftedTerms = [
  [3.509103608414918, 8.436198985884374, 5.46493057687021e3, -3.797983575308356e4],
  [5.948152268951177, 3.587457362018322, 9.045112476907548e1, -1.115537522430261e3],
  [-5.264971343442647, 16.22022147316793, 2.344818070467641e2, -4.228020157070496e2],
  [1.419375897185666, 10.92536348449672, 9.453304067358312e1, -2.951294291446048e2],
  [6.416177699099435, 1.194122393370139, 7.283792954673409e2, -1.205646080220011e5],
  [4.993174737717997, 5.996881713603942, 3.648229059594851e1, -1.155509621409682e2],
  [-1.413928462488886, 13.49772569889275, 2.547321630156819e1, -2.639500283021502e1],
  [-10.84391707869699, 19.27744616718165, 2.394538338734709e1, -5.650522971778156],
] as const;
/** The value of the approximation far out, by which all terms are multiplied. */
export const limit = 2.124853710495224e-16;

export type ShiftedTerm = (typeof shiftedTerms)[number];

/** A complex number for each node. */
export interface ComplexColumn {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * `exp(dt C^-1 L) x`, where L couples the nodes of a tree by its conductances and C holds their capacities. Branch points
 * (capacity 0) follow their neighbours; their entries of `x` are not read.
 *
 * @returns values of the compartments; those of branch points are at their balance.
 */
export function exponentialOfTree(tree: Tree, x: ArrayLike<number>, dt: number): Float64Array {
  return expandExponential(tree, linksOf(tree), x, dt).result;
}

/**
 * The same term by term: the values before each and its solution.
 *
 * @param own - `linksOf(tree)`.
 */
export function expandExponential(tree: Tree, own: Float64Array, x: ArrayLike<number>, dt: number) {
  const { capacity } = tree;
  // What is equal everywhere stays as it is: taken off, it costs no digits
  const offset = x[capacity.findIndex((c) => c > 0)] ?? 0;
  let y: Float64Array = Float64Array.from(capacity, (c, i) => (c === 0 ? 0 : (x[i] ?? 0) - offset));
  const terms = shiftedTerms.map((term) => {
    const before = y;
    const right = y.map((value, i) => value * (capacity[i] ?? 0));
    const z = solveShifted(tree, own, dt, term, { re: right, im: new Float64Array(y.length) });
    y = addTerm(tree, y, term, z);
    return { term, y: before, z };
  });
  const values = y.map((value) => value * limit + offset);
  return { terms, result: balanceBranchPoints(tree, values) };
}

/** Sum of the conductances at each node. */
export function linksOf({ parent, conductance }: Tree): Float64Array {
  const own = new Float64Array(parent.length);
  for (const [i, above] of parent.entries()) {
    if (above < 0) continue;
    own[i] = (own[i] ?? 0) + (conductance[i] ?? 0);
    own[above] = (own[above] ?? 0) + (conductance[i] ?? 0);
  }
  return own;
}

/** `y + 2 Re(residue z)` in the compartments. */
export function addTerm(
  { capacity }: Tree,
  y: Float64Array,
  [, , alpha, beta]: ShiftedTerm,
  z: ComplexColumn,
): Float64Array {
  return y.map((value, i) =>
    capacity[i] === 0 ? 0 : value + 2 * (alpha * (z.re[i] ?? 0) - beta * (z.im[i] ?? 0)),
  );
}

/**
 * Solves `(dt L - pole C) z = right`, from the far ends to the root and back. For `right = C y` that is
 * `(dt C^-1 L - pole) z = y`. The solution takes the place of `right`.
 *
 * @param own - `linksOf(tree)`.
 */
export function solveShifted(
  { parent, order, conductance, capacity }: Tree,
  own: Float64Array,
  dt: number,
  [poleRe, poleIm]: ShiftedTerm,
  { re, im }: ComplexColumn,
): ComplexColumn {
  const dRe = Float64Array.from(own, (g, i) => -dt * g - poleRe * (capacity[i] ?? 0));
  const dIm = Float64Array.from(own, (_, i) => -poleIm * (capacity[i] ?? 0));
  for (let k = order.length - 1; k >= 0; k--) {
    const node = order[k] ?? 0;
    const above = parent[node] ?? -1;
    if (above < 0) continue;
    const g = dt * (conductance[node] ?? 0);
    const [a, b] = [dRe[node] ?? 0, dIm[node] ?? 0];
    const size = a * a + b * b;
    // g / diagonal
    const [fRe, fIm] = [(g * a) / size, (-g * b) / size];
    dRe[above] = (dRe[above] ?? 0) - g * fRe;
    dIm[above] = (dIm[above] ?? 0) - g * fIm;
    const [rRe, rIm] = [re[node] ?? 0, im[node] ?? 0];
    re[above] = (re[above] ?? 0) - (fRe * rRe - fIm * rIm);
    im[above] = (im[above] ?? 0) - (fRe * rIm + fIm * rRe);
  }
  for (const node of order) {
    const above = parent[node] ?? -1;
    const g = above < 0 ? 0 : dt * (conductance[node] ?? 0);
    const rRe = (re[node] ?? 0) - g * (above < 0 ? 0 : (re[above] ?? 0));
    const rIm = (im[node] ?? 0) - g * (above < 0 ? 0 : (im[above] ?? 0));
    const [a, b] = [dRe[node] ?? 0, dIm[node] ?? 0];
    const size = a * a + b * b;
    re[node] = (rRe * a + rIm * b) / size;
    im[node] = (rIm * a - rRe * b) / size;
  }
  return { re, im };
}
