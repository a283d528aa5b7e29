/** @file All parameters as one vector, for methods that see them together. */

/** One after the other. */
export function flatten(vectors: readonly Float64Array[]): number[] {
  return vectors.flatMap((vector) => Array.from(vector));
}

/** The same numbers in vectors of the lengths of others. */
export function unflatten(
  numbers: readonly number[],
  like: readonly Float64Array[],
): Float64Array[] {
  let end = 0;
  return like.map(({ length }) => {
    end += length;
    return Float64Array.from(numbers.slice(end - length, end));
  });
}

/** Inner product. */
export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
}

/** `a + factor b`. */
export function along(a: readonly number[], factor: number, b: readonly number[]): number[] {
  return a.map((x, i) => x + factor * (b[i] ?? 0));
}
