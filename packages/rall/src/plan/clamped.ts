/**
 * @file Clamps as rows of the systems that they belong to: a voltage or a diffusing concentration that is clamped is known when its
 * neighbours are solved for. (Other states have no neighbours; they are written after they have moved.)
 */
import type { Clamp } from "../modules/description.ts";
import type { Tree } from "../numerics/tree.ts";
import type { PlannedIon } from "./ions.ts";

/** `solved`: clamped voltages and diffusing concentrations are given to the solution; `overwritten`: written after it, as Jaxley does. */
export type ClampMode = "solved" | "overwritten";

export interface ClampedRow {
  readonly compartment: number;
  /** Number of the clamp in the plan. */
  readonly clamp: number;
}

/** The parts of a plan that say it. */
interface Clamped {
  readonly clamps: readonly Clamp[];
  readonly clampMode: ClampMode;
  readonly ions: readonly PlannedIon[];
}

/** Compartments in which a field (`v`, or a concentration that diffuses) is held by a clamp, each once. */
export function clampedRows({ clamps, clampMode, ions }: Clamped, field: string): ClampedRow[] {
  const ion = ions.find(({ key }) => key === field);
  const isField = field === "v" || ion?.diffusion !== undefined;
  if (clampMode === "overwritten" || !isField) return [];
  const rows = new Map<number, number>();
  for (const [number, { state, synapse, index }] of clamps.entries())
    if (state === field && synapse === undefined) rows.set(index, number);
  return Array.from(rows, ([compartment, clamp]) => ({ compartment, clamp }));
}

/** Capacities as a gap junction that is no link of the tree meets them: a clamped compartment takes up any charge. */
export function exchangeCapacity(plan: Clamped & { readonly tree: Tree }): Float64Array {
  const capacity = plan.tree.capacity.slice();
  for (const { compartment } of clampedRows(plan, "v")) capacity[compartment] = Infinity;
  return capacity;
}
