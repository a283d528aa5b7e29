/**
 * @file A tree solved by scans over its unbranched pieces: a recurrence along a piece becomes a product of matrices of 2 by 2,
 * and all partial products take only log2(n) rounds of independent work (Stone 1973, J. ACM 20:27-38): the form for machines
 * that do many things at once. On one core it costs more than elimination node by node.
 */
import type { Tree } from "./tree.ts";

/**
 * Solves the symmetric system with `diagonal` and, between each node and its parent, the entry `-link`. The solution
 * stands in `right` afterwards; `diagonal` is overwritten.
 */
export function solveStone(
  tree: Pick<Tree, "parent" | "order">,
  diagonal: Float64Array,
  link: Float64Array,
  right: Float64Array,
): void {
  const pieces = piecesOf(tree);
  for (const piece of pieces) eliminate(piece, tree.parent, diagonal, link, right);
  for (const piece of pieces.reverse()) substitute(piece, tree.parent, diagonal, link, right);
}

/** Nodes from a far end to where another piece is met, each the parent of the one before; far pieces first. */
function piecesOf({ parent, order }: Pick<Tree, "parent" | "order">): Int32Array[] {
  const children = new Int32Array(parent.length);
  for (const above of parent) if (above >= 0) children[above] = (children[above] ?? 0) + 1;
  const pieces: Int32Array[] = [];
  const isTaken = new Uint8Array(parent.length);
  for (let k = order.length - 1; k >= 0; k--) {
    let node = order[k] ?? 0;
    if (isTaken[node] === 1) continue;
    const piece: number[] = [];
    while (node >= 0 && isTaken[node] !== 1 && (piece.length === 0 || children[node] === 1)) {
      piece.push(node);
      isTaken[node] = 1;
      node = parent[node] ?? -1;
    }
    pieces.push(Int32Array.from(piece));
  }
  return pieces;
}

/**
 * Diagonals after elimination obey `d' = d - l^2 / d''` of the node before. In terms of what is left of a diagonal without the
 * link onwards, `s = d' - l`, this is a Moebius transformation with coefficients that are all positive, so that products lose
 * no digits: `s' = ((c + l) s + c l) / (s + l)` with the excess c of a row over its links.
 */
function eliminate(
  piece: Int32Array,
  parent: Int32Array,
  diagonal: Float64Array,
  link: Float64Array,
  right: Float64Array,
): void {
  const count = piece.length;
  const onwards = (k: number) => link[piece[k] ?? 0] ?? 0;
  const excess = (k: number) =>
    (diagonal[piece[k] ?? 0] ?? 0) - onwards(k) - (k === 0 ? 0 : onwards(k - 1));
  // Matrices row by row; entry 0 makes the first s from nothing
  let products = Array.from({ length: count }, (_, k): Matrix => {
    const c = excess(k);
    if (k === 0) return [0, c, 0, 1];
    const l = onwards(k - 1);
    return [c + l, c * l, 1, l];
  });
  for (let reach = 1; reach < count; reach *= 2) {
    products = products.map((own, k) => {
      const before = products[k - reach];
      return before === undefined ? own : normalized(multiply(own, before));
    });
  }
  for (const [k, [, numerator, , denominator]] of products.entries())
    diagonal[piece[k] ?? 0] = numerator / denominator + onwards(k);
  // Right-hand sides: r' = r + (l / d'') r'' is an affine recurrence
  scan(
    piece,
    (k) => [
      k === 0 ? 0 : onwards(k - 1) / (diagonal[piece[k - 1] ?? 0] ?? 1),
      right[piece[k] ?? 0] ?? 0,
    ],
    right,
  );
  const last = piece[count - 1] ?? 0;
  const above = parent[last] ?? -1;
  if (above < 0) return;
  const factor = (link[last] ?? 0) / (diagonal[last] ?? 1);
  diagonal[above] = (diagonal[above] ?? 0) - factor * (link[last] ?? 0);
  right[above] = (right[above] ?? 0) + factor * (right[last] ?? 0);
}

/** Solutions `x = (r + l x_parent) / d`, from the end of a piece near the root. */
function substitute(
  piece: Int32Array,
  parent: Int32Array,
  diagonal: Float64Array,
  link: Float64Array,
  right: Float64Array,
): void {
  const reversed = piece.slice().reverse();
  const above = parent[reversed[0] ?? 0] ?? -1;
  scan(
    reversed,
    (k) => {
      const node = reversed[k] ?? 0;
      const d = diagonal[node] ?? 1;
      const l = link[node] ?? 0;
      if (k > 0) return [l / d, (right[node] ?? 0) / d];
      return [0, ((right[node] ?? 0) + (above < 0 ? 0 : l * (right[above] ?? 0))) / d];
    },
    right,
  );
}

/** Values of `x_k = a_k x_(k-1) + b_k` along nodes, by doubling. */
function scan(
  nodes: Int32Array,
  coefficients: (k: number) => readonly [number, number],
  values: Float64Array,
): void {
  let steps = Array.from(nodes, (_, k) => coefficients(k));
  for (let reach = 1; reach < nodes.length; reach *= 2) {
    steps = steps.map(([a, b], k) => {
      const before = steps[k - reach];
      return before === undefined ? [a, b] : [a * before[0], b + a * before[1]];
    });
  }
  for (const [k, [, b]] of steps.entries()) values[nodes[k] ?? 0] = b;
}

type Matrix = readonly [number, number, number, number];

function multiply([a, b, c, d]: Matrix, [e, f, g, h]: Matrix): Matrix {
  return [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h];
}

/** Only ratios matter; products would grow without end. */
function normalized([a, b, c, d]: Matrix): Matrix {
  const largest = Math.max(a, b, c, d);
  return [a / largest, b / largest, c / largest, d / largest];
}
