/**
 * @file The exponential of the axial operator of a tree differentiated: its rational approximation term by term, each of which
 * takes one more solution of the same shifted tree.
 */
import {
  addTerm,
  type ComplexColumn,
  expandExponential,
  limit,
  linksOf,
  type ShiftedTerm,
  solveShifted,
} from "./exponential.ts";
import type { Tree } from "./tree.ts";

/** Derivatives by the numbers of a tree. */
export interface TreeSums {
  readonly conductance: Float64Array;
  readonly capacity: Float64Array;
}

/**
 * Reverse mode of `exponentialOfTree`.
 *
 * @param bar - derivatives by the result, those of branch points included.
 * @param sums - derivatives by the tree are added here.
 * @returns derivatives by `x`.
 */
export function reverseExponential(
  tree: Tree,
  x: ArrayLike<number>,
  dt: number,
  bar: Float64Array,
  sums: TreeSums,
): Float64Array {
  const { parent, capacity } = tree;
  const own = linksOf(tree);
  const { terms, result } = expandExponential(tree, own, x, dt);
  const by = reverseBalance(tree, own, result, bar, sums).map((value) => value * limit);
  for (const { term, y, z } of terms.reverse()) {
    const q = timesResidue(term, solveShifted(tree, own, dt, term, complex(by)));
    const w = withPole(term, y, z);
    for (const [i, above] of parent.entries()) {
      const [re, im] = [q.re[i] ?? 0, q.im[i] ?? 0];
      const c = capacity[i] ?? 0;
      if (c !== 0) {
        sums.capacity[i] =
          (sums.capacity[i] ?? 0) + 2 * (re * (w.re[i] ?? 0) - im * (w.im[i] ?? 0));
        by[i] = (by[i] ?? 0) + 2 * c * re;
      }
      if (above < 0) continue;
      const [qRe, qIm] = [re - (q.re[above] ?? 0), im - (q.im[above] ?? 0)];
      const [zRe, zIm] = difference(z, i, above);
      sums.conductance[i] = (sums.conductance[i] ?? 0) + 2 * dt * (qRe * zRe - qIm * zIm);
    }
  }
  return by;
}

/**
 * Forward mode of `exponentialOfTree`.
 *
 * @param moves - how `x` and the tree move.
 */
export function tangentExponential(
  tree: Tree,
  x: ArrayLike<number>,
  dt: number,
  moves: TreeSums & { readonly values: Float64Array },
): Float64Array {
  const { parent, capacity } = tree;
  const own = linksOf(tree);
  const { terms, result } = expandExponential(tree, own, x, dt);
  let dot: Float64Array = moves.values.map((value, i) => (capacity[i] === 0 ? 0 : value));
  for (const { term, y, z } of terms) {
    const right = complex(dot.map((value, i) => value * (capacity[i] ?? 0)));
    const w = withPole(term, y, z);
    for (const [i, above] of parent.entries()) {
      if (capacity[i] !== 0) {
        const move = moves.capacity[i] ?? 0;
        addTo(right, i, move * (w.re[i] ?? 0), move * (w.im[i] ?? 0));
      }
      if (above < 0) continue;
      const g = dt * (moves.conductance[i] ?? 0);
      const [re, im] = difference(z, i, above);
      addTo(right, i, g * re, g * im);
      addTo(right, above, -g * re, -g * im);
    }
    dot = addTerm(tree, dot, term, solveShifted(tree, own, dt, term, right));
  }
  const scaled = dot.map((value) => value * limit);
  return tangentBalance(tree, own, result, scaled, moves.conductance);
}

/**
 * Reverse mode of `balanceBranchPoints`: shares the derivatives of branch points, which stand at the mean of their neighbours
 * weighted with the conductances, among these.
 */
export function reverseBalance(
  { parent, conductance, capacity }: Tree,
  own: Float64Array,
  values: Float64Array,
  bar: Float64Array,
  sums: TreeSums,
): Float64Array {
  const by = bar.map((value, i) => (capacity[i] === 0 ? 0 : value));
  const share = (node: number, neighbour: number, link: number) => {
    if (capacity[node] !== 0) return;
    const part = (bar[node] ?? 0) / (own[node] ?? 1);
    by[neighbour] = (by[neighbour] ?? 0) + (conductance[link] ?? 0) * part;
    sums.conductance[link] =
      (sums.conductance[link] ?? 0) + part * ((values[neighbour] ?? 0) - (values[node] ?? 0));
  };
  for (const [i, above] of parent.entries()) {
    if (above < 0) continue;
    share(i, above, i);
    share(above, i, i);
  }
  return by;
}

/** Forward mode of the same. */
export function tangentBalance(
  { parent, conductance, capacity }: Tree,
  own: Float64Array,
  values: Float64Array,
  dots: Float64Array,
  moves: Float64Array,
): Float64Array {
  const dot = dots.map((value, i) => (capacity[i] === 0 ? 0 : value));
  const gather = (node: number, neighbour: number, link: number) => {
    if (capacity[node] !== 0) return;
    const flow =
      (conductance[link] ?? 0) * (dots[neighbour] ?? 0) +
      (moves[link] ?? 0) * ((values[neighbour] ?? 0) - (values[node] ?? 0));
    dot[node] = (dot[node] ?? 0) + flow / (own[node] ?? 1);
  };
  for (const [i, above] of parent.entries()) {
    if (above < 0) continue;
    gather(i, above, i);
    gather(above, i, i);
  }
  return dot;
}

function complex(re: Float64Array): ComplexColumn {
  return { re: re.slice(), im: new Float64Array(re.length) };
}

function timesResidue([, , alpha, beta]: ShiftedTerm, { re, im }: ComplexColumn): ComplexColumn {
  return {
    re: re.map((value, i) => alpha * value - beta * (im[i] ?? 0)),
    im: im.map((value, i) => alpha * value + beta * (re[i] ?? 0)),
  };
}

/** `y + pole z`, by which the right-hand side and the matrix change with a capacity. */
function withPole([a, b]: ShiftedTerm, y: Float64Array, { re, im }: ComplexColumn): ComplexColumn {
  return {
    re: y.map((value, i) => value + a * (re[i] ?? 0) - b * (im[i] ?? 0)),
    im: im.map((value, i) => a * value + b * (re[i] ?? 0)),
  };
}

function difference({ re, im }: ComplexColumn, i: number, j: number): [number, number] {
  return [(re[i] ?? 0) - (re[j] ?? 0), (im[i] ?? 0) - (im[j] ?? 0)];
}

function addTo({ re, im }: ComplexColumn, i: number, byRe: number, byIm: number): void {
  re[i] = (re[i] ?? 0) + byRe;
  im[i] = (im[i] ?? 0) + byIm;
}
