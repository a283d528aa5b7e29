/** @file A tree solved as a full matrix, the oracle for all other ways: Cholesky's decomposition, O(n^3). */
import type { Tree } from "./tree.ts";

/**
 * Solves the symmetric system with `diagonal` and, between each node and its parent, the entry `-link`. The solution
 * stands in `right` afterwards.
 */
export function solveDense(
  { parent }: Pick<Tree, "parent" | "order">,
  diagonal: Float64Array,
  link: Float64Array,
  right: Float64Array,
): void {
  const n = parent.length;
  const matrix = Array.from({ length: n }, () => new Float64Array(n));
  const at = (i: number, j: number) => matrix[i]?.[j] ?? 0;
  const put = (i: number, j: number, value: number) => {
    const row = matrix[i];
    if (row !== undefined) row[j] = value;
  };
  for (const [i, above] of parent.entries()) {
    put(i, i, diagonal[i] ?? 0);
    if (above < 0) continue;
    put(i, above, -(link[i] ?? 0));
    put(above, i, -(link[i] ?? 0));
  }
  for (let j = 0; j < n; j++) {
    let own = at(j, j);
    for (let k = 0; k < j; k++) own -= at(j, k) ** 2;
    put(j, j, Math.sqrt(own));
    for (let i = j + 1; i < n; i++) {
      let sum = at(i, j);
      for (let k = 0; k < j; k++) sum -= at(i, k) * at(j, k);
      put(i, j, sum / at(j, j));
    }
  }
  for (let i = 0; i < n; i++) {
    let sum = right[i] ?? 0;
    for (let k = 0; k < i; k++) sum -= at(i, k) * (right[k] ?? 0);
    right[i] = sum / at(i, i);
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = right[i] ?? 0;
    for (let k = i + 1; k < n; k++) sum -= at(k, i) * (right[k] ?? 0);
    right[i] = sum / at(i, i);
  }
}
