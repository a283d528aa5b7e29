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
  const { parents, ncomp, cellOf, geometry, count } = description;
  const first = description.firstCompartment;
  const withChildren = [...new Set(parents)].filter((branch) => branch >= 0).sort((a, b) => a - b);
  const branchPoint = new Map(withChildren.map((branch, i) => [branch, count + i]));
  const commonStart = commonStarts(parents, cellOf, count + withChildren.length);
  const nodes = count + withChildren.length + new Set(commonStart.values()).size;
  const parent = new Int32Array(nodes).fill(-1);
  const conductance = new Float64Array(nodes);
  const capacity = new Float64Array(nodes);
  for (let i = 0; i < count; i++) capacity[i] = capacityOf(i);
  for (const [branch, above] of parents.entries()) {
    const start = first[branch] ?? 0;
    const end = start + (ncomp[branch] ?? 0);
    for (let i = start + 1; i < end; i++) {
      parent[i] = i - 1;
      const upper = resistance(geometry.resistive_load_out, i - 1);
      conductance[i] = 1 / (upper + resistance(geometry.resistive_load_in, i));
    }
    const point = above < 0 ? commonStart.get(cellOf[branch] ?? 0) : branchPoint.get(above);
    if (point !== undefined) {
      parent[start] = point;
      conductance[start] = 1 / resistance(geometry.resistive_load_in, start);
    }
    const own = branchPoint.get(branch);
    if (own !== undefined) {
      parent[own] = end - 1;
      conductance[own] = 1 / resistance(geometry.resistive_load_out, end - 1);
    }
  }
  return makeTree(parent, conductance, capacity);
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
