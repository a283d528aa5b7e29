/**
 * @file Geometry of traced neurites: between two traced points a neurite is a truncated cone (frustum). A polyline is a
 * flat array of rows x, y, z, radius, in um.
 */

/** Geometry of compartments, one entry each. Units: um, um2, um3, 1/um. */
export interface CompartmentGeometry {
  /** Mean radius, weighted with the length. */
  readonly radius: Float64Array;
  readonly area: Float64Array;
  readonly volume: Float64Array;
  /** Integral of `1 / (pi r^2)` over the half towards the start of the branch. */
  readonly resistiveLoadIn: Float64Array;
  /** The same over the other half. */
  readonly resistiveLoadOut: Float64Array;
}

/** Lateral area of a frustum of height `h`: `pi (r1 + r2) sqrt(h^2 + (r1 - r2)^2)`. */
export function frustumArea(h: number, r1: number, r2: number): number {
  return Math.PI * (r1 + r2) * Math.hypot(h, r1 - r2);
}

/** Volume of a frustum: `pi h (r1^2 + r1 r2 + r2^2) / 3`. */
export function frustumVolume(h: number, r1: number, r2: number): number {
  return (Math.PI * h * (r1 * r1 + r1 * r2 + r2 * r2)) / 3;
}

/** Resistive load of a frustum, the integral of `1 / (pi r^2)` along it: `h / (pi r1 r2)`. */
export function frustumLoad(h: number, r1: number, r2: number): number {
  return h / (Math.PI * r1 * r2);
}

/**
 * Divides a branch into `ncomp` compartments of equal length along its path. A branch of a single point is a sphere,
 * divided equally: area `4 pi r^2`, volume `4/3 pi r^3`, and per half compartment the load of a cylinder of length
 * `r / ncomp`.
 *
 * @param minRadius - least value of `radius`; area, volume and loads keep the traced radii.
 */
export function compartmentsOfBranch(
  polyline: Float64Array,
  ncomp: number,
  minRadius = 0,
): CompartmentGeometry {
  const geometry = emptyGeometry(ncomp);
  layCompartments(geometry, 0, polyline, ncomp, minRadius);
  return geometry;
}

export function emptyGeometry(count: number): CompartmentGeometry {
  const column = () => new Float64Array(count);
  return {
    radius: column(),
    area: column(),
    volume: column(),
    resistiveLoadIn: column(),
    resistiveLoadOut: column(),
  };
}

/** As `compartmentsOfBranch`, into the columns of many branches from compartment `start` on. */
export function layCompartments(
  geometry: CompartmentGeometry,
  start: number,
  polyline: Float64Array,
  ncomp: number,
  minRadius: number,
): void {
  for (const [k, piece] of splitPolyline(polyline, ncomp).entries()) {
    const i = start + k;
    const single = piece.length === 4 ? (piece[3] ?? 0) : undefined;
    if (single !== undefined) {
      const load = single / ncomp / (Math.PI * single * single);
      geometry.radius[i] = single;
      geometry.area[i] = (4 * Math.PI * single * single) / ncomp;
      geometry.volume[i] = (4 * Math.PI * single ** 3) / 3 / ncomp;
      geometry.resistiveLoadIn[i] = load;
      geometry.resistiveLoadOut[i] = load;
    } else {
      const total = sumFrusta(piece);
      const [inner, outer] = splitPolyline(piece, 2).map((half) => sumFrusta(half).load);
      geometry.radius[i] = total.radius;
      geometry.area[i] = total.area;
      geometry.volume[i] = total.volume;
      geometry.resistiveLoadIn[i] = inner ?? 0;
      geometry.resistiveLoadOut[i] = outer ?? 0;
    }
    geometry.radius[i] = Math.max(geometry.radius[i] ?? 0, minRadius);
  }
}

/** Path length from the first point to each point. */
export function pathLengths(polyline: Float64Array): Float64Array {
  const lengths = new Float64Array(polyline.length / 4);
  for (let k = 1; k < lengths.length; k++) {
    const at = 4 * k;
    const step = Math.hypot(
      (polyline[at] ?? 0) - (polyline[at - 4] ?? 0),
      (polyline[at + 1] ?? 0) - (polyline[at - 3] ?? 0),
      (polyline[at + 2] ?? 0) - (polyline[at - 2] ?? 0),
    );
    lengths[k] = (lengths[k - 1] ?? 0) + step;
  }
  return lengths;
}

/**
 * Cuts a polyline into pieces of equal path length, with interpolated ends. Points that lie at one place stay together, at
 * the end of a piece or the start of the first. A single point is in all pieces.
 */
export function splitPolyline(polyline: Float64Array, pieces: number): Float64Array[] {
  if (pieces === 1) return [polyline];
  if (polyline.length === 4) return Array.from({ length: pieces }, () => polyline);
  const lengths = pathLengths(polyline);
  const count = lengths.length;
  const total = lengths[count - 1] ?? 0;
  if (total === 0) {
    const last = polyline.slice(-4);
    const empty = Float64Array.of(...last, ...last);
    return Array.from({ length: pieces }, (_, piece) => (piece === 0 ? polyline : empty));
  }
  const result: Float64Array[] = [];
  /** Points before this one belong to earlier pieces. */
  let from = 0;
  let start = new Float64Array();
  for (let piece = 1; piece <= pieces; piece++) {
    const end = piece === pieces ? total : (total * piece) / pieces;
    let to = from;
    while (to < count && (lengths[to] ?? 0) <= end) to++;
    const isTraced = to > 0 && lengths[to - 1] === end;
    const stop = isTraced ? new Float64Array() : between(polyline, lengths, end, to - 1);
    const points = new Float64Array(start.length + 4 * (to - from) + stop.length);
    points.set(start);
    points.set(polyline.subarray(4 * from, 4 * to), start.length);
    points.set(stop, points.length - stop.length);
    result.push(points);
    start = points.slice(-4);
    from = to;
  }
  return result;
}

/** The row at a relative place along the path. */
export function pointAlong(polyline: Float64Array, place: number): Float64Array {
  const lengths = pathLengths(polyline);
  const at = (lengths.at(-1) ?? 0) * place;
  let k = 0;
  while (k < lengths.length - 1 && (lengths[k + 1] ?? 0) <= at) k++;
  return between(polyline, lengths, at, k);
}

/** The row at path length `at`, which lies between point `k` and the next. */
function between(
  polyline: Float64Array,
  lengths: Float64Array,
  at: number,
  k: number,
): Float64Array {
  const step = (lengths[k + 1] ?? 0) - (lengths[k] ?? 0);
  const fraction = step > 0 ? (at - (lengths[k] ?? 0)) / step : 0;
  const along = (c: number) => {
    const a = polyline[4 * k + c] ?? 0;
    return a + fraction * ((polyline[4 * k + 4 + c] ?? a) - a);
  };
  return Float64Array.of(along(0), along(1), along(2), along(3));
}

function sumFrusta(polyline: Float64Array) {
  const lengths = pathLengths(polyline);
  const total = lengths.at(-1) ?? 0;
  let [weighted, area, volume, load] = [0, 0, 0, 0];
  for (let k = 1; k < lengths.length; k++) {
    const h = (lengths[k] ?? 0) - (lengths[k - 1] ?? 0);
    const r1 = polyline[4 * k - 1] ?? 0;
    const r2 = polyline[4 * k + 3] ?? 0;
    weighted += ((r1 + r2) / 2) * h;
    area += frustumArea(h, r1, r2);
    volume += frustumVolume(h, r1, r2);
    load += frustumLoad(h, r1, r2);
  }
  return { radius: total > 0 ? weighted / total : (polyline[3] ?? 0), area, volume, load };
}
