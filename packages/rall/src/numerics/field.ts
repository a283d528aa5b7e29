/** @file One step of something that flows along a tree (voltage, or a diffusing concentration), by any solver. */
import { solveDense } from "./dense.ts";
import { exponentialOfTree } from "./exponential.ts";
import { solveStone } from "./stone.ts";
import { type Held, noneHeld, solveTree, type Tree } from "./tree.ts";
import {
  hold,
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

/**
 * Values of all nodes after `dt`; nodes without capacity are at the balance of the currents there.
 *
 * @param held - nodes whose values after the step are given; Crank and Nicolson's rule takes them halfway in the middle of the step.
 */
export function stepField(
  { solver, linearSolver }: FieldMethod,
  tree: Tree,
  values: Float64Array,
  terms: MembraneTerms,
  dt: number,
  held: Held = noneHeld,
): Float64Array {
  const solve = linearSolvers[linearSolver];
  switch (solver) {
    case "bwd_euler":
      return stepVoltageImplicit(tree, values, terms, dt, solve, held);
    case "fwd_euler":
      return stepVoltageExplicit(tree, values, terms, dt, held);
    case "exp_euler":
      return stepVoltageExponential(tree, values, terms, dt, exponentialOfTree, held);
    default: {
      const { nodes } = held;
      const middle = nodes.map((i, k) => ((values[i] ?? 0) + (held.values[k] ?? 0)) / 2);
      const halfway = { nodes, values: middle };
      const half = stepVoltageImplicit(tree, values, terms, dt / 2, solve, halfway);
      // Massless nodes keep the value at which their currents balance
      const whole = half.map((value, i) =>
        tree.capacity[i] === 0 ? value : 2 * value - (values[i] ?? 0),
      );
      return hold(whole, held);
    }
  }
}
