/** @file Eigenvalues and eigenvectors of small symmetric matrices. */

/**
 * Jacobi's method, cyclic by rows (Golub and Van Loan 2013, section 8.5): rotations make the off-diagonal vanish, to rounding.
 *
 * @param matrix - n rows of n numbers, symmetric.
 * @returns the eigenvalues and, in the same order, the eigenvectors, each of length 1.
 */
export function symmetricEigen(matrix: readonly (readonly number[])[]): {
  readonly values: number[];
  readonly vectors: Float64Array[];
} {
  const n = matrix.length;
  const a = matrix.map((row) => Float64Array.from(row));
  const vectors = a.map((_, i) => new Float64Array(n).fill(1, i, i + 1));
  const at = (i: number, j: number) => a[i]?.[j] ?? 0;
  const sweeps = 50;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    let isDiagonal = true;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const off = at(p, q);
        if (Math.abs(off) <= 1e-300 + 1e-17 * Math.sqrt(Math.abs(at(p, p) * at(q, q)))) continue;
        isDiagonal = false;
        const tau = (at(q, q) - at(p, p)) / (2 * off);
        const t = (tau < 0 ? -1 : 1) / (Math.abs(tau) + Math.hypot(1, tau));
        const cosine = 1 / Math.hypot(1, t);
        const sine = t * cosine;
        for (const row of a) rotate(row, p, row, q, cosine, sine);
        const [rowP, rowQ, vectorP, vectorQ] = [a[p], a[q], vectors[p], vectors[q]];
        if (!rowP || !rowQ || !vectorP || !vectorQ) continue;
        for (let k = 0; k < n; k++) {
          rotate(rowP, k, rowQ, k, cosine, sine);
          rotate(vectorP, k, vectorQ, k, cosine, sine);
        }
        rowP[q] = 0;
        rowQ[p] = 0;
      }
    }
    if (isDiagonal) break;
  }
  return { values: a.map((row, i) => row[i] ?? 0), vectors };
}

/** Turns a pair of numbers by an angle. */
function rotate(
  a: Float64Array,
  i: number,
  b: Float64Array,
  j: number,
  cosine: number,
  sine: number,
): void {
  const [x, y] = [a[i] ?? 0, b[j] ?? 0];
  a[i] = cosine * x - sine * y;
  b[j] = sine * x + cosine * y;
}
