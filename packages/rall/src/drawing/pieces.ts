/** @file The stretches of branches that compartments cover, and their shapes in a picture. */
import type { Description } from "../modules/description.ts";
import { concatenate } from "../modules/geometry.ts";
import { pointsOf } from "../modules/space.ts";
import type { View } from "../modules/view.ts";
import { pathLengths } from "../morphology/frustum.ts";
import type { Camera, Point } from "./camera.ts";
import { sphereOf, spherePoints } from "./sphere.ts";
import { element, linePath, rounded } from "./svg.ts";

export const pieceTypes = ["line", "comp", "morph"] as const;
export type PieceType = (typeof pieceTypes)[number];

export interface Piece {
  readonly compartment: number;
  readonly points: readonly Point[];
  readonly radii: readonly number[];
  readonly middle: Point;
}

/** What is drawn of a module. */
export interface Pieces {
  readonly neurites: readonly Piece[];
  /** Pieces of the traced soma of each cell. */
  readonly somata: readonly (readonly Piece[])[];
}

/** The stretch of its branch that each compartment of the view covers; of a soma that is a sphere, a slice. */
export function piecesOf(
  description: Description,
  view: View,
  axes: readonly [number, number],
  type: PieceType,
): Pieces {
  const { cellOf, firstCompartment, ncomp, tracedPoints } = description;
  const chosen = new Set(view.compartments);
  const mask = type === "morph" ? description.groups.get("soma") : undefined;
  const neurites: Piece[][] = [];
  const somata = new Map<number, number[]>();
  for (const branch of view.branchNumbers) {
    const first = firstCompartment[branch] ?? 0;
    const points = pointsOf(description, branch) ?? new Float64Array(4);
    if (mask?.[first] === 1 && tracedPoints[branch] !== undefined) {
      const cell = cellOf[branch] ?? 0;
      const known = somata.get(cell);
      if (known === undefined) somata.set(cell, [branch]);
      else known.push(branch);
    } else neurites.push(divide(compartmentsOf(branch), withLength(points), axes));
  }
  function compartmentsOf(branch: number): number[] {
    const first = firstCompartment[branch] ?? 0;
    return Array.from({ length: ncomp[branch] ?? 1 }, (_, c) => first + c);
  }
  const isChosen = ({ compartment }: Piece) => chosen.has(compartment);
  return {
    neurites: neurites.flat().filter(isChosen),
    somata: Array.from(somata.values(), (branches) => {
      const points = branches.map((branch) => pointsOf(description, branch) ?? new Float64Array());
      const sphere = sphereOf(concatenate(points));
      const pieces =
        sphere === undefined
          ? branches.flatMap((branch, k) =>
              divide(compartmentsOf(branch), withLength(points[k] ?? new Float64Array(4)), axes),
            )
          : divide(branches.flatMap(compartmentsOf), spherePoints(sphere), axes);
      return pieces.filter(isChosen);
    }),
  };
}

/** What is one point is drawn as long as it is wide. */
function withLength(points: Float64Array): Float64Array {
  if (points.length !== 4) return points;
  const [x = 0, y = 0, z = 0, r = 1] = points;
  return Float64Array.of(x - r, y, z, r, x + r, y, z, r);
}

/** Points divided into equal lengths, one for each of the compartments. */
function divide(
  compartments: readonly number[],
  points: Float64Array,
  [a, b]: readonly [number, number],
): Piece[] {
  const count = compartments.length;
  const lengths = pathLengths(points);
  const all = lengths.at(-1) ?? 0;
  let k = 0;
  // Places are asked for in ascending order, but for the middles
  const at = (s: number) => {
    while (k > 0 && (lengths[k] ?? 0) > s) k--;
    while (k < lengths.length - 2 && (lengths[k + 1] ?? 0) < s) k++;
    const span = (lengths[k + 1] ?? 0) - (lengths[k] ?? 0);
    const part = span > 0 ? (s - (lengths[k] ?? 0)) / span : 0;
    const between = (c: number) => {
      const from = points[4 * k + c] ?? 0;
      return from + ((points[4 * k + 4 + c] ?? from) - from) * part;
    };
    return { place: [between(a), between(b)] as const, radius: between(3) };
  };
  let next = 0;
  return compartments.map((compartment, c): Piece => {
    const [start, end] = [(all * c) / count, (all * (c + 1)) / count];
    const found = [at(start)];
    while (next < lengths.length && (lengths[next] ?? 0) <= start) next++;
    for (; next < lengths.length && (lengths[next] ?? 0) < end; next++)
      found.push(at(lengths[next] ?? 0));
    found.push(at(end));
    return {
      compartment,
      points: found.map(({ place }) => place),
      radii: found.map(({ radius }) => radius),
      middle: at((start + end) / 2).place,
    };
  });
}

/** Least half width of a branch in pixels. */
const thinnest = 0.4;

/** A compartment as a shape: its outline, a straight stroke, or a thin line. */
export function drawPiece(
  { points, radii }: Pick<Piece, "points" | "radii">,
  type: PieceType,
  camera: Camera,
  fill: string,
): string {
  const path = points.map((point) => camera.at(point));
  const line = { fill: "none", stroke: fill, "stroke-linejoin": "round" };
  if (type === "line") return element("path", { d: linePath(path), ...line, "stroke-width": 1.2 });
  if (type === "comp") {
    const ends = [path[0], path.at(-1)].flatMap((point) => (point === undefined ? [] : [point]));
    const width = (radii.reduce((sum, r) => sum + r, 0) / radii.length) * 2 * camera.scale;
    return element("path", { d: linePath(ends), ...line, "stroke-width": Math.max(0.8, width) });
  }
  const corners = outlineCorners({ points, radii }, camera);
  const d = `M${corners.map(([x, y]) => `${rounded(x)} ${rounded(y)}`).join("L")}Z`;
  // A thin stroke closes the gaps between compartments
  const stroke = { stroke: fill, "stroke-width": 0.5, "stroke-linejoin": "round" };
  return element("path", { d, fill, ...stroke });
}

/**
 * Both sides of a piece, in pixels, the second one backwards; corners are cut in the middle of their angle.
 */
export function outlineCorners(
  { points, radii }: Pick<Piece, "points" | "radii">,
  camera: Camera,
): Point[] {
  const path = points.map((point) => camera.at(point));
  const directions = path.slice(1).map(([x, y], k): Point => {
    const [fromX, fromY] = path[k] ?? [x, y];
    const length = Math.hypot(x - fromX, y - fromY);
    return length > 0 ? [(x - fromX) / length, (y - fromY) / length] : [0, 0];
  });
  const normals = path.map((_, k): Point => {
    const [before, after] = [directions[k - 1], directions[k]];
    const x = (before?.[0] ?? 0) + (after?.[0] ?? 0);
    const y = (before?.[1] ?? 0) + (after?.[1] ?? 0);
    const length = Math.hypot(x, y);
    if (length > 1e-6) return [-y / length, x / length];
    const [ownX, ownY] = after ?? before ?? [1, 0];
    return ownX === 0 && ownY === 0 ? [0, 1] : [-ownY, ownX];
  });
  const side = (sign: number) =>
    path.map(([x, y], k): Point => {
      const off = sign * Math.max(thinnest, (radii[k] ?? 0) * camera.scale);
      const [nx, ny] = normals[k] ?? [0, 1];
      return [x + nx * off, y + ny * off];
    });
  return [...side(1), ...side(-1).reverse()];
}
