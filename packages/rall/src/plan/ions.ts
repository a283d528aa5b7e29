/** @file Concentrations: which are pumped, which diffuse, and along which tree. */

import { branchTree } from "../modules/axial.ts";
import { type Description, diffusionKey } from "../modules/description.ts";
import type { Tree } from "../numerics/tree.ts";
import { type Schedule, scheduledTree } from "./schedule.ts";

/** A concentration that pumps or diffusion move. */
export interface PlannedIon {
  readonly key: string;
  /** How it diffuses: conductances in um3/ms, capacities the volumes in um3; undefined if it does not. */
  readonly diffusion: { readonly tree: Tree; readonly scheduled: Tree } | undefined;
}

/** Concentrations of a model, those that diffuse with the tree that the voltage is solved on. */
export function planIons(
  description: Description,
  schedule: Schedule,
  joined: Tree,
  pumped: Iterable<string>,
): PlannedIon[] {
  const { diffusing } = description;
  return [...new Set([...pumped, ...diffusing])].map((key) => {
    if (!diffusing.includes(key)) return { key, diffusion: undefined };
    const tree = diffusionTree(description, key, joined);
    return { key, diffusion: { tree, scheduled: scheduledTree(schedule, tree) } };
  });
}

/**
 * The tree along which a state diffuses: as for the voltage, with loads over diffusion constants in the place of resistances
 * and volumes in that of capacities. Gap junctions let no ions through.
 */
function diffusionTree(description: Description, state: string, joined: Tree): Tree {
  const { geometry, count } = description;
  const constants = description.columns.get(diffusionKey(state)) ?? new Float64Array(count);
  const own = branchTree(
    description,
    (load, i) => (load[i] ?? 0) / (constants[i] ?? 1),
    (i) => geometry.volume[i] ?? 0,
  );
  // Links of junctions may have turned parents round
  const conductance = Float64Array.from(joined.parent, (above, node) =>
    above < 0 ? 0 : linkOf(own, node, above),
  );
  return { parent: joined.parent, order: joined.order, conductance, capacity: own.capacity };
}

function linkOf({ parent, conductance }: Tree, a: number, b: number): number {
  if (parent[a] === b) return conductance[a] ?? 0;
  return parent[b] === a ? (conductance[b] ?? 0) : 0;
}
