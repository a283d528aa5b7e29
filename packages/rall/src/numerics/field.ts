/** @file One step of something that flows along a tree (voltage, or a diffusing concentration), by any solver. */
import { solveDense } from "./dense.ts";
import { exponentialOfTree } from "./exponential.ts";
import { solveStone } from "./stone.ts";
import { solveTree, type Tree } from "./tree.ts";
import {
  type MembraneTerms,
  stepVoltageExplicit,
  stepVoltageExponential,
  stepVoltageImplicit,
} from "./voltage.ts";

export const linearSolvers = { hines: solveTree, stone: solveStone, dense: solveDense } as const;

export interface FieldMethod {
  readonly solver: "bwd_euler" | "crank_nicolson" | "staggered" | "fwd_euler" | "exp_euler";
  readonly linearSolver: keyof typeof linearSolvers;
}

/** Values of all nodes after `dt`; nodes without capacity are at the balance of the currents there. */
export function stepField(
  { solver, linearSolver }: FieldMethod,
  tree: Tree,
  values: Float64Array,
  terms: MembraneTerms,
  dt: number,
): Float64Array {
  const solve = linearSolvers[linearSolver];
  switch (solver) {
    case "bwd_euler":
      return stepVoltageImplicit(tree, values, terms, dt, solve);
    case "fwd_euler":
      return stepVoltageExplicit(tree, values, terms, dt);
    case "exp_euler":
      return stepVoltageExponential(tree, values, terms, dt, exponentialOfTree);
    default: {
      const half = stepVoltageImplicit(tree, values, terms, dt / 2, solve);
      // Massless nodes keep the value at which their currents balance
      return half.map((value, i) =>
        tree.capacity[i] === 0 ? value : 2 * value - (values[i] ?? 0),
      );
    }
  }
}
