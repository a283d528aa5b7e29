/** @file Traced points of a neuron: what an SWC file holds, as columns. */

/** Points in ascending order of their ids. Coordinates and radii in um. */
export interface TracedPoints {
  /** Whole numbers up to 2^53. */
  readonly id: Float64Array;
  readonly type: Int32Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
  readonly radius: Float64Array;
  /** Position of the parent in these columns, -1 for roots, of which there are several where trees are to be attached. */
  readonly parent: Int32Array;
  /** Line of the file, for messages. */
  readonly line: Int32Array;
}

/** Distance of two points in um. */
export function distance({ x, y, z }: TracedPoints, a: number, b: number): number {
  return Math.hypot(
    (x[a] ?? 0) - (x[b] ?? 0),
    (y[a] ?? 0) - (y[b] ?? 0),
    (z[a] ?? 0) - (z[b] ?? 0),
  );
}
