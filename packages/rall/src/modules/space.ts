/** @file Where the cells of a module are in space: coordinates of branches and compartments, and moving them about. */
import { ModelError, ValueError } from "../errors.ts";
import { pointAlong } from "../morphology/frustum.ts";
import { type Coordinates, compartmentCentres } from "../morphology/morphology.ts";
import { parentsFirst } from "../numerics/tree.ts";
import { check, numberOrNumbers } from "../util/kinds.ts";
import type { Description } from "./description.ts";

/** Points of a branch as rows of x, y, z, radius: the traced ones, or those that `computeXyz` laid. */
export function pointsOf(description: Description, branch: number): Float64Array | undefined {
  return description.tracedPoints[branch] ?? description.laidPoints[branch];
}

/**
 * Midpoints of all compartments.
 *
 * @throws ModelError for branches without coordinates.
 */
export function centres(description: Description): Coordinates {
  const all = description.parents.map((_, branch) => branch);
  const lost = all.find((branch) => pointsOf(description, branch) === undefined);
  if (lost !== undefined) {
    throw new ModelError(`Branch ${lost} has no coordinates.`, {
      value: lost,
      remedy: "Call computeXyz() first.",
    });
  }
  const points = Array.from(all, (branch) => pointsOf(description, branch) ?? new Float64Array());
  // Whatever lays or moves branches makes a new list of laid points
  return description.memory.remember(description.laidPoints, "centres", () =>
    compartmentCentres({ tracedPoints: points, ncomp: description.ncomp }),
  );
}

/** Distance of two compartments in um. */
export function distanceBetween({ x, y, z }: Coordinates, a: number, b: number): number {
  const along = (axis: Float64Array) => (axis[a] ?? Number.NaN) - (axis[b] ?? Number.NaN);
  return Math.hypot(along(x), along(y), along(z));
}

/**
 * Lays branches without coordinates into the plane: straight, each from the end of its parent, in a sector of the circle
 * as wide as its part of the tips.
 */
export function layBranches(description: Description, branches: Iterable<number>): void {
  const { parents, cellOf } = description;
  const chosen = new Set(branches);
  const children = new Map<string, number[]>();
  const siblings = (branch: number) =>
    (parents[branch] ?? -1) < 0 ? `cell ${cellOf[branch]}` : `branch ${parents[branch]}`;
  for (let branch = 0; branch < parents.length; branch++) {
    const list = children.get(siblings(branch)) ?? [];
    list.push(branch);
    children.set(siblings(branch), list);
  }
  const tips = countTips(parents);
  const laid = description.laidPoints.slice();
  const fan = (list: readonly number[], from: number, to: number): Sector[] => {
    const all = list.reduce((sum, branch) => sum + (tips[branch] ?? 1), 0);
    let before = 0;
    return list.map((branch) => {
      const start = from + ((to - from) * before) / all;
      before += tips[branch] ?? 1;
      return { branch, start, end: from + ((to - from) * before) / all };
    });
  };
  const waiting = Array.from(new Set(cellOf), (cell) => {
    const roots = children.get(`cell ${cell}`) ?? [];
    return roots.length > 1 ? fan(roots, 0, 2 * Math.PI) : fan(roots, -Math.PI / 2, Math.PI / 2);
  }).flat();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { branch, start, end } = next;
    const above = parents[branch] ?? -1;
    const hasPoints = (description.tracedPoints[branch] ?? laid[branch]) !== undefined;
    if (chosen.has(branch) && !hasPoints) {
      const from = description.tracedPoints[above] ?? laid[above];
      const origin = from && pointAlong(from, description.attachedAt[branch] ?? 1);
      laid[branch] = straight(description, branch, origin, (start + end) / 2);
    }
    for (const sector of fan(children.get(`branch ${branch}`) ?? [], start, end))
      waiting.push(sector);
  }
  description.laidPoints = laid;
}

/** A branch and the angles between which it and all beyond it lie. */
interface Sector {
  readonly branch: number;
  readonly start: number;
  readonly end: number;
}

/** Number of tips at and beyond each branch. */
function countTips(parents: Int32Array): Int32Array {
  const tips = new Int32Array(parents.length);
  for (const branch of parentsFirst(parents, "branch").reverse()) {
    tips[branch] = Math.max(1, tips[branch] ?? 0);
    const above = parents[branch] ?? -1;
    if (above >= 0) tips[above] = (tips[above] ?? 0) + (tips[branch] ?? 1);
  }
  return tips;
}

function straight(
  { geometry, firstCompartment }: Description,
  branch: number,
  from: Float64Array | undefined,
  angle: number,
): Float64Array {
  const [start, end] = [firstCompartment[branch] ?? 0, firstCompartment[branch + 1] ?? 0];
  const length = geometry.length.subarray(start, end).reduce((sum, one) => sum + one, 0);
  const [x = 0, y = 0, z = 0] = from ?? [];
  const [first, last] = [geometry.radius[start] ?? 1, geometry.radius[end - 1] ?? 1];
  const to = [x + length * Math.cos(angle), y + length * Math.sin(angle), z];
  return Float64Array.of(x, y, z, first, ...to, last);
}

/** Moves the points of branches by a map of the space. */
export function transformPoints(
  description: Description,
  branches: Iterable<number>,
  map: (x: number, y: number, z: number) => readonly [number, number, number],
): void {
  const laid = description.laidPoints.slice();
  for (const branch of branches) {
    const own = pointsOf(description, branch);
    if (own === undefined) continue;
    const moved = own.slice();
    for (let at = 0; at < moved.length; at += 4)
      moved.set(map(own[at] ?? 0, own[at + 1] ?? 0, own[at + 2] ?? 0), at);
    if (description.tracedPoints[branch] === undefined) laid[branch] = moved;
    else description.tracedPoints[branch] = moved;
  }
  description.laidPoints = laid;
}

/** Turns branches clockwise about the origin. @throws ValueError for an angle or plane that is none. */
export function rotatePoints(
  description: Description,
  branches: Iterable<number>,
  degrees: number,
  plane: "xy" | "xz" | "yz",
): void {
  const axes = { xy: [0, 1], xz: [0, 2], yz: [1, 2] } as const;
  if (!Object.hasOwn(axes, plane) || !Number.isFinite(degrees)) {
    throw new ValueError(`Nothing turns by ${degrees} degrees in ${JSON.stringify(plane)}.`, {
      subject: "rotate",
      value: plane,
      remedy: 'Give degrees and "xy", "xz" or "yz".',
    });
  }
  const [a, b] = axes[plane];
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  transformPoints(description, branches, (...point) => {
    const turned: [number, number, number] = [...point];
    turned[a] = cos * point[a] + sin * point[b];
    turned[b] = cos * point[b] - sin * point[a];
    return turned;
  });
}

/** @throws ValueError for a coordinate that is neither a number nor a list of them. */
export function checkAxes(axes: Readonly<Record<string, unknown>>): void {
  for (const [axis, value] of Object.entries(axes)) check(value, numberOrNumbers, axis);
}

/** @throws ValueError for a coordinate that is not finite. */
export function checkCoordinates(coordinates: Readonly<Record<string, number>>): void {
  for (const [subject, value] of Object.entries(coordinates)) {
    if (Number.isFinite(value)) continue;
    throw new ValueError(`The coordinate ${subject} is ${value}.`, {
      subject,
      value,
      remedy: "Give a finite number, in um.",
    });
  }
}
