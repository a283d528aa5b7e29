/** @file The smooth outline of a traced soma. */
import type { Camera, Point } from "./camera.ts";
import { outlineCorners, type Piece } from "./pieces.ts";
import { element, rounded } from "./svg.ts";

/** The smooth outline around pieces, to be drawn below them. */
export function drawAround(pieces: readonly Piece[], camera: Camera, fill: string): string {
  const corners = hull(pieces.flatMap((piece) => outlineCorners(piece, camera)));
  const at = (k: number) => corners[(k + corners.length) % corners.length] ?? [0, 0];
  const curves = corners.map((end, k): string => {
    // A curve of Catmull and Rom through the corners, as one of Bezier
    const [before, start, after] = [at(k - 2), at(k - 1), at(k + 1)];
    const control = (a: Point, b: Point, c: Point, sign: number) =>
      `${rounded(b[0] + (sign * (c[0] - a[0])) / 6)} ${rounded(b[1] + (sign * (c[1] - a[1])) / 6)}`;
    const controls = `${control(before, start, end, 1)} ${control(start, end, after, -1)}`;
    return `C${controls} ${rounded(end[0])} ${rounded(end[1])}`;
  });
  const [x, y] = at(-1);
  return element("path", { d: `M${rounded(x)} ${rounded(y)}${curves.join("")}Z`, fill });
}

/** The convex hull of points, counter-clockwise (Andrew 1979, the monotone chain). */
function hull(points: readonly Point[]): Point[] {
  const sorted = points.toSorted(([ax, ay], [bx, by]) => ax - bx || ay - by);
  const chain = (list: readonly Point[]) => {
    const kept: Point[] = [];
    for (const point of list) {
      while (kept.length > 1 && turn(kept.at(-2), kept.at(-1), point) <= 0) kept.pop();
      kept.push(point);
    }
    return kept.slice(0, -1);
  };
  return [...chain(sorted), ...chain(sorted.toReversed())];
}

function turn(a: Point = [0, 0], b: Point = a, c: Point = a): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}
