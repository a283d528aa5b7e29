/** @file Distances within cells, and values that follow them. */
import { SelectionError } from "../errors.ts";
import { callback, check, checkArguments, choice } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { branchLinks } from "./axial.ts";
import type { Description, Root } from "./description.ts";
import { viewKind } from "./navigation.ts";
import { centres, distanceBetween } from "./space.ts";

/** How far apart: along the branches, or straight through space. */
export type DistanceKind = "path" | "direct";

/** Compartments of a module: a view. */
interface Selected {
  readonly root: Root;
  readonly compartments: Int32Array;
}

/** A value that follows the distance of a compartment from a place; `set` takes it. */
export interface DistanceRule {
  readonly value: (distance: number) => number;
  readonly from: Selected | undefined;
  readonly kind: DistanceKind;
}

/**
 * A value by distance: `cell.set("HH_gNa", byDistance((um) => 0.1 * Math.exp(-um / 200)))`.
 *
 * @param value - from the distance in um to the value.
 * @param options - `from`: one compartment (default: of each cell the first compartment of the group soma, or, without
 *   one, the first of all); `kind`: `path` (default), along the branches, or `direct`.
 */
export function byDistance(
  value: (distance: number) => number,
  options: { readonly from?: Selected; readonly kind?: DistanceKind } = {},
): DistanceRule {
  check(value, callback, "value");
  checkOptions(options, { from: viewKind, kind: choice("path", "direct") }, "byDistance");
  return { value, from: options.from, kind: options.kind ?? "path" };
}

export function isDistanceRule(value: unknown): value is DistanceRule {
  return (
    typeof value === "object" &&
    value !== null &&
    "value" in value &&
    typeof value.value === "function"
  );
}

/** Values of a rule for compartments. @throws SelectionError if `from` is not one compartment of the same module. */
export function valuesByDistance(
  description: Description,
  compartments: Int32Array,
  { value, from, kind }: DistanceRule,
): Float64Array {
  const distances = new Float64Array(description.count).fill(Number.NaN);
  const { cellOf, branchOf } = description;
  const cell = (i: number) => cellOf[branchOf[i] ?? 0] ?? 0;
  const starts = from === undefined ? somata(description) : [onlyOne(from)];
  for (const start of starts) {
    const own =
      kind === "direct" ? directDistances(description, start) : pathDistances(description, start);
    for (const [i, one] of own.entries())
      if (from !== undefined || cell(i) === cell(start)) distances[i] = one;
  }
  return Float64Array.from(compartments, (i) => value(distances[i] ?? Number.NaN));
}

/**
 * Straight distances in um between the centre of one compartment and those of others.
 *
 * @throws SelectionError for a start of several compartments, ModelError without coordinates.
 */
export function distanceDirect(start: Selected, ends: Selected): Float64Array {
  checkEnds(start, ends);
  const all = directDistances(start.root.description, onlyOne(start));
  return Float64Array.from(ends.compartments, (i) => all[i] ?? Number.NaN);
}

/**
 * Distances in um along the branches, from centre to centre; infinite between cells.
 *
 * @throws SelectionError for a start of several compartments.
 */
export function distancePathwise(start: Selected, ends: Selected): Float64Array {
  checkEnds(start, ends);
  const all = pathDistances(start.root.description, onlyOne(start));
  return Float64Array.from(ends.compartments, (i) => all[i] ?? Number.POSITIVE_INFINITY);
}

function directDistances(description: Description, start: number): Float64Array {
  const places = centres(description);
  return Float64Array.from({ length: description.count }, (_, i) =>
    distanceBetween(places, start, i),
  );
}

/** From each compartment half its length leads to either end, where the next or a branch point is. */
function pathDistances(description: Description, start: number): Float64Array {
  const { count, geometry } = description;
  const { parent, outer, inner } = branchLinks(description);
  const half = (i: number) => (i < 0 ? 0 : (geometry.length[i] ?? 0) / 2);
  const neighbours: (readonly [number, number])[][] = Array.from(parent, () => []);
  for (const [node, above] of parent.entries()) {
    if (above < 0) continue;
    const length = half(outer[node] ?? -1) + half(inner[node] ?? -1);
    neighbours[node]?.push([above, length]);
    neighbours[above]?.push([node, length]);
  }
  const distances = new Float64Array(neighbours.length).fill(Number.POSITIVE_INFINITY);
  distances[start] = 0;
  const waiting = [start];
  // A tree has one way to each place
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const [next, length] of neighbours[node] ?? []) {
      if (distances[next] !== Number.POSITIVE_INFINITY) continue;
      distances[next] = (distances[node] ?? 0) + length;
      waiting.push(next);
    }
  }
  return distances.subarray(0, count);
}

/** The first compartment of the soma of each cell, or of the cell if it has no group of that name. */
export function somata({ groups, cellOf, branchOf, count }: Description): number[] {
  const soma = groups.get("soma");
  const found = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const cell = cellOf[branchOf[i] ?? 0] ?? 0;
    const known = found.get(cell);
    if (known === undefined || (soma?.[i] === 1 && soma[known] !== 1)) found.set(cell, i);
  }
  return [...found.values()];
}

function onlyOne(view: Selected): number {
  const [only, ...others] = view.compartments;
  if (only !== undefined && others.length === 0) return only;
  throw new SelectionError(`A distance begins at one compartment, not at ${others.length + 1}.`, {
    value: others.length + 1,
    remedy: "Select one: cell.branch(0).loc(0.5).",
  });
}

function checkEnds(one: Selected, other: Selected): void {
  checkArguments({ start: [one, viewKind], ends: [other, viewKind] });
  if (one.root === other.root) return;
  throw new SelectionError("Distances are measured within one module.", {
    remedy: "Select both from the same cell or network.",
  });
}
