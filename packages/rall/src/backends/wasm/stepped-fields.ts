/** @file The fields of a step that the program leaves to others: by all solvers but elimination. */
import { stepField } from "../../numerics/field.ts";
import type { Tree } from "../../numerics/tree.ts";
import { clampedRows } from "../../plan/clamped.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Layout } from "./layout.ts";

/** From a column in the order of the program, values in that of the plan. */
export function gather({ schedule, count }: Plan, column: Float64Array, nodes = count) {
  const { place } = schedule;
  return Float64Array.from({ length: nodes }, (_, i) => column[place[i] ?? 0] ?? Number.NaN);
}

export interface FieldMemory {
  readonly plan: Plan;
  readonly layout: Layout;
  /** The column at an address. */
  readonly places: (address: number) => Float64Array;
  /** Sample of a clamp for this step. */
  readonly sample: (clamp: number) => number;
}

/** Moves voltages and concentrations by the slopes and currents that stand in memory. */
export function stepFields({ plan, layout, places, sample }: FieldMemory): void {
  const { axial, ions, count, dt, schedule } = plan;
  const { place } = schedule;
  const columnOf = (key: string) => places(layout.columns.get(key) ?? 0);
  const step = (
    tree: Tree,
    key: string,
    slope: Float64Array,
    right: Float64Array,
    isPerCapacity: boolean,
  ) => {
    const column = columnOf(key);
    const clamped = clampedRows(plan, key);
    const held = {
      nodes: clamped.map(({ compartment }) => compartment),
      values: clamped.map(({ clamp }) => sample(clamp)),
    };
    const values = gather(plan, column, tree.parent.length);
    const terms = { slope: gather(plan, slope), constant: gather(plan, right) };
    for (let i = 0; i < count; i++) {
      const capacity = isPerCapacity ? (tree.capacity[i] ?? 1) : 1;
      terms.slope[i] = (terms.slope[i] ?? 0) / capacity;
      terms.constant[i] =
        (terms.constant[i] ?? 0) / capacity + (terms.slope[i] ?? 0) * (values[i] ?? 0);
    }
    const stepped = stepField(plan, tree, values, terms, dt, held);
    for (let i = 0; i < stepped.length; i++) column[place[i] ?? 0] = stepped[i] ?? Number.NaN;
  };
  step(axial, "v", places(layout.diagonal), places(layout.right), true);
  for (const [number, { diffusion }] of ions.entries()) {
    const ion = layout.ions[number];
    if (ion === undefined) continue;
    const [slope, right] = [places(ion.slope), places(ion.right)];
    if (diffusion !== undefined) {
      step(diffusion.tree, ion.key, slope, right, false);
      continue;
    }
    const column = columnOf(ion.key);
    for (const at of place.subarray(0, count))
      column[at] = (column[at] ?? 0) + (right[at] ?? 0) / (1 / dt + (slope[at] ?? 0));
  }
}
