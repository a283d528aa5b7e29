/** @file The tree of a model: compartments and branch points joined by axial conductances. */

import { makeTree, type Tree } from "../numerics/tree.ts";
import type { Description } from "./description.ts";

/**
 * The tree of a model. Its first nodes are the compartments, in their order; then follows one branch point for each
 * branch at whose end others begin, in the order of these branches, then one for each cell in which several branches have
 * no parent, and therefore begin at one point, then one for each border of compartments at which branches begin. Conductances are in 100 uS, which is
 * 1 / (Ohm cm x 1/um), and capacities in 100 uS ms, so that currents are in units of 100 nA: area (um2) times
 * capacitance (uF/cm2) times 1e-7.
 */
export function axialTree(description: Description): Tree {
  const { axial_resistivity, area, capacitance } = description.geometry;
  return branchTree(
    description,
    (load, i) => (load[i] ?? 0) * (axial_resistivity[i] ?? 0),
    (i) => (area[i] ?? 0) * (capacitance[i] ?? 0) * 1e-7,
  );
}

/**
 * The same for any quantity that flows along the branches.
 *
 * @param resistance - of the half of compartment i with the given loads.
 * @param capacityOf - of compartment i.
 */
export function branchTree(
  description: Description,
  resistance: (load: Float64Array, i: number) => number,
  capacityOf: (i: number) => number,
): Tree {
  const { resistive_load_out, resistive_load_in } = description.geometry;
  const { parent, outer, inner } = branchLinks(description);
  const conductance = new Float64Array(parent.length);
  const capacity = new Float64Array(parent.length);
  for (let i = 0; i < description.count; i++) capacity[i] = capacityOf(i);
  for (const [node, above] of parent.entries()) {
    if (above < 0) continue;
    const [upper = -1, lower = -1] = [outer[node], inner[node]];
    const half = upper < 0 ? 0 : resistance(resistive_load_out, upper);
    conductance[node] = 1 / (half + (lower < 0 ? 0 : resistance(resistive_load_in, lower)));
  }
  return makeTree(parent, conductance, capacity);
}

/** What the links of a tree consist of: halves of compartments. */
export interface BranchLinks {
  /** Parent of each node, -1 for roots. */
  readonly parent: Int32Array;
  /** Compartment whose outer half (`resistive_load_out`) is in the link of each node to its parent; -1 if none is. */
  readonly outer: Int32Array;
  /** The same of inner halves. */
  readonly inner: Int32Array;
}

/**
 * The links of a tree. A branch begins at the branch point at the end of its parent, or inside its parent: at the border
 * of two compartments, which then is a branch point too, or else at the middle of the compartment that holds the place, as
 * in NEURON.
 */
export function branchLinks(description: Description): BranchLinks {
  const { parents, ncomp, count, firstCompartment: first } = description;
  const origins = Array.from(parents, (_, branch) => originOf(description, branch));
  let nodes = count;
  const number = (keys: Iterable<number>) =>
    new Map([...new Set(keys)].sort((a, b) => a - b).map((key) => [key, nodes++]));
  const at = (kind: Origin["kind"]) =>
    origins.flatMap((origin) => (origin.kind === kind ? [origin.index] : []));
  const endPoints = number(at("end"));
  const commonStarts = number(sharedStarts(at("start")));
  const borderPoints = number(at("border"));
  const nodeOf = ({ kind, index }: Origin): number | undefined => {
    if (kind === "compartment") return index;
    return { end: endPoints, start: commonStarts, border: borderPoints }[kind].get(index);
  };
  const parent = new Int32Array(nodes).fill(-1);
  const outer = new Int32Array(nodes).fill(-1);
  const inner = new Int32Array(nodes).fill(-1);
  const link = (node: number, above: number) => {
    parent[node] = above;
    if (above < count) outer[node] = above;
    if (node < count) inner[node] = node;
  };
  for (const [branch, origin] of origins.entries()) {
    const start = first[branch] ?? 0;
    const end = start + (ncomp[branch] ?? 0);
    for (let i = start + 1; i < end; i++) {
      const border = borderPoints.get(i);
      if (border !== undefined) link(border, i - 1);
      link(i, border ?? i - 1);
    }
    const point = nodeOf(origin);
    if (point !== undefined) link(start, point);
    // The middle of a compartment is a place without resistance
    if (origin.kind === "compartment") outer[start] = -1;
    const own = endPoints.get(branch);
    if (own !== undefined) link(own, end - 1);
  }
  return { parent, outer, inner };
}

/**
 * Where a branch begins: at the start of a cell, at the end of a branch, in a compartment, or at its border to the one
 * before it; each by its number.
 */
interface Origin {
  readonly kind: "start" | "end" | "compartment" | "border";
  readonly index: number;
}

function originOf(description: Description, branch: number): Origin {
  const { parents, attachedAt, cellOf, ncomp, firstCompartment } = description;
  const above = parents[branch] ?? -1;
  if (above < 0) return { kind: "start", index: cellOf[branch] ?? 0 };
  const place = attachedAt[branch] ?? 1;
  if (place === 1) return { kind: "end", index: above };
  const first = firstCompartment[above] ?? 0;
  const count = ncomp[above] ?? 1;
  const border = Math.round(place * count);
  if (border > 0 && border < count && Math.abs(place * count - border) < 1e-9 * count)
    return { kind: "border", index: first + border };
  return { kind: "compartment", index: first + Math.min(count - 1, Math.floor(place * count)) };
}

/** Those cells in which several branches have no parent, and therefore begin at one point. */
function sharedStarts(cells: readonly number[]): number[] {
  const once = new Set<number>();
  return cells.filter((cell) => once.has(cell) || !once.add(cell));
}
