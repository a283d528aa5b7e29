/** @file The tree of a model: compartments and branch points joined by axial conductances. */

import { makeTree, type Tree } from "../numerics/tree.ts";
import type { Description } from "./description.ts";

/**
 * The tree of a model. Its first nodes are the compartments, in their order; then follows one branch point for each
 * branch that has children, in the order of these branches, then one for each cell in which several
 * branches have no parent, and therefore begin at one point. Conductances are in 100 uS, which is
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

export function branchLinks({
  parents,
  ncomp,
  cellOf,
  count,
  firstCompartment: first,
}: Description): BranchLinks {
  const withChildren = [...new Set(parents)].filter((branch) => branch >= 0).sort((a, b) => a - b);
  const branchPoint = new Map(withChildren.map((branch, i) => [branch, count + i]));
  const commonStart = commonStarts(parents, cellOf, count + withChildren.length);
  const nodes = count + withChildren.length + new Set(commonStart.values()).size;
  const parent = new Int32Array(nodes).fill(-1);
  const outer = new Int32Array(nodes).fill(-1);
  const inner = new Int32Array(nodes).fill(-1);
  for (const [branch, above] of parents.entries()) {
    const start = first[branch] ?? 0;
    const end = start + (ncomp[branch] ?? 0);
    for (let i = start + 1; i < end; i++) {
      parent[i] = i - 1;
      outer[i] = i - 1;
      inner[i] = i;
    }
    const point = above < 0 ? commonStart.get(cellOf[branch] ?? 0) : branchPoint.get(above);
    if (point !== undefined) {
      parent[start] = point;
      inner[start] = start;
    }
    const own = branchPoint.get(branch);
    if (own !== undefined) {
      parent[own] = end - 1;
      outer[own] = end - 1;
    }
  }
  return { parent, outer, inner };
}

/** Number of the massless node at which several branches without a parent begin, for each cell that has them. */
function commonStarts(parents: Int32Array, cellOf: Int32Array, next: number): Map<number, number> {
  const roots = new Map<number, number>();
  for (const [branch, above] of parents.entries()) {
    const cell = cellOf[branch] ?? 0;
    if (above < 0) roots.set(cell, (roots.get(cell) ?? 0) + 1);
  }
  const shared = [...roots].filter(([, count]) => count > 1);
  return new Map(shared.map(([cell], i) => [cell, next + i]));
}
