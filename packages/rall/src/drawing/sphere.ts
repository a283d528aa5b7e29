/** @file Somata of one or three points, which stand for a sphere. */

/** A sphere that some points of one radius stand for. */
export interface Sphere {
  /** Row of x, y, z, radius. */
  readonly centre: readonly [number, number, number, number];
  /** From the centre to the pole where the first compartment begins, in um. */
  readonly axis: readonly [number, number, number];
}

/**
 * The sphere that the points of a soma stand for, if they do: they have one radius and lie no further apart than its diameter
 * (one point; or three, the convention of NeuroMorpho.Org).
 *
 * @param rows - x, y, z, radius of each point.
 */
export function sphereOf(rows: Float64Array): Sphere | undefined {
  const [x = 0, y = 0, z = 0, r = 0] = rows;
  let [from, to, span] = [[x, y, z], [x, y, z], 0];
  for (let at = 0; at < rows.length; at += 4) {
    if (Math.abs((rows[at + 3] ?? 0) - r) > 1e-3 * r) return undefined;
    for (let other = 0; other < at; other += 4) {
      const distance = Math.hypot(
        ...[0, 1, 2].map((c) => (rows[at + c] ?? 0) - (rows[other + c] ?? 0)),
      );
      if (distance > 2.01 * r) return undefined;
      if (distance > span) {
        [from, to] = [[...rows.subarray(other, other + 3)], [...rows.subarray(at, at + 3)]];
        span = distance;
      }
    }
  }
  const middle = (c: number) => ((from[c] ?? 0) + (to[c] ?? 0)) / 2;
  const half = (c: number) => (((from[c] ?? 0) - (to[c] ?? 0)) * r) / (span || 1);
  return {
    centre: [middle(0), middle(1), middle(2), r],
    axis: span > 0 ? [half(0), half(1), half(2)] : [-r, 0, 0],
  };
}

/** Points along a sphere of which a profile is drawn. */
const slices = 32;

/** A sphere as points of a branch from pole to pole, denser towards the poles, where the profile is steep. */
export function spherePoints({ centre: [x, y, z, r], axis: [dx, dy, dz] }: Sphere): Float64Array {
  const points = new Float64Array(4 * (slices + 1));
  for (let k = 0; k <= slices; k++) {
    const along = Math.cos((Math.PI * k) / slices);
    const radius = r * Math.sin((Math.PI * k) / slices);
    points.set([x + dx * along, y + dy * along, z + dz * along, radius], 4 * k);
  }
  return points;
}
