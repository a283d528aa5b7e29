/**
 * @file One step of the cable equation on a tree,
 * `C_i dv_i/dt = sum_j G_ij (v_j - v_i) + C_i (constant_i - slope_i v_i)`, whose membrane term is linear in v. Branch
 * points (capacity 0) have no membrane term.
 */
import { checkArguments, finite, having, numbers, required } from "../util/kinds.ts";
import { exprel } from "./exprel.ts";
import {
  type Held,
  holdNodes,
  noneHeld,
  solveTree,
  type Tree,
  type TreeSolver,
  treeKind,
} from "./tree.ts";

/** Linearised membrane currents divided by the capacitance; one entry per node, of which branch points ignore theirs. */
export interface MembraneTerms {
  /** 1/ms */
  readonly slope: ArrayLike<number>;
  /** mV/ms */
  readonly constant: ArrayLike<number>;
}

const termsKind = having(
  { slope: required(numbers), constant: required(numbers) },
  "terms { slope, constant }",
);

function checkStep(tree: unknown, v: unknown, terms: unknown, dt: unknown): void {
  checkArguments({
    tree: [tree, treeKind],
    v: [v, numbers],
    terms: [terms, termsKind],
    dt: [dt, finite],
  });
}

/**
 * Backward Euler: the voltages after `dt` (ms), those of branch points included. What is solved for is the change of the
 * voltage, so that the rounding of large axial conductances does not act as a leak.
 *
 * @param v - voltages in mV, one per node; entries of branch points are not read.
 * @param held - nodes whose voltages after the step are given.
 */
export function stepVoltageImplicit(
  tree: Tree,
  v: ArrayLike<number>,
  terms: MembraneTerms,
  dt: number,
  solve: TreeSolver = solveTree,
  held: Held = noneHeld,
): Float64Array {
  checkStep(tree, v, terms, dt);
  const { parent, conductance, capacity } = tree;
  const old = balanceBranchPoints(tree, v);
  const change = netCurrents(tree, old, terms);
  const diagonal = capacity.map((c, i) =>
    c === 0 ? 0 : (c / dt) * (1 + dt * (terms.slope[i] ?? 0)),
  );
  for (const [i, above] of parent.entries()) {
    if (above < 0) continue;
    diagonal[i] = (diagonal[i] ?? 0) + (conductance[i] ?? 0);
    diagonal[above] = (diagonal[above] ?? 0) + (conductance[i] ?? 0);
  }
  const { nodes, values } = held;
  const given = { nodes, values: nodes.map((i, k) => (values[k] ?? 0) - (old[i] ?? 0)) };
  solve(tree, diagonal, holdNodes(tree, diagonal, change, given), change);
  return hold(
    old.map((voltage, i) => voltage + (change[i] ?? 0)),
    held,
  );
}

/** Writes given values, so that they are exact. */
export function hold(v: Float64Array, { nodes, values }: Held): Float64Array {
  for (const [k, node] of nodes.entries()) v[node] = values[k] ?? Number.NaN;
  return v;
}

/**
 * Exponential Euler: the membrane of each compartment exactly for its linear terms, then the axial currents by the exponential
 * of their operator (Lie's splitting), which also branch points follow. A held node goes to its value first and stays there, as
 * if its capacity had no end.
 *
 * @param spread - `exponentialOfTree`.
 */
export function stepVoltageExponential(
  tree: Tree,
  v: ArrayLike<number>,
  { slope, constant }: MembraneTerms,
  dt: number,
  spread: (tree: Tree, v: Float64Array, dt: number) => Float64Array,
  held: Held = noneHeld,
): Float64Array {
  const membrane = Float64Array.from(v, (voltage, i) => {
    const a = slope[i] ?? 0;
    // An exponent above 20 is cut off as in the reference system; exprel is finite at a = 0
    const exponent = Math.min(-dt * a, 20);
    return voltage + dt * ((constant[i] ?? 0) - a * voltage) * exprel(exponent);
  });
  return hold(spread(withoutEnd(tree, held.nodes), hold(membrane, held), dt), held);
}

/** Much above any capacity and yet far from overflow when squared: what it meets is lost in rounding. */
const endlessCapacity = 1e30;

/** A tree in which some nodes stay where they are. */
export function withoutEnd(tree: Tree, nodes: readonly number[]): Tree {
  if (nodes.length === 0) return tree;
  const capacity = tree.capacity.slice();
  for (const node of nodes) capacity[node] = endlessCapacity;
  return { ...tree, capacity };
}

/**
 * Forward Euler: `v + dt f(v)`, with branch points at the balance of their neighbours' old voltages. Neighbours of a held node see its
 * voltage a step later, as they see all voltages.
 */
export function stepVoltageExplicit(
  tree: Tree,
  v: ArrayLike<number>,
  terms: MembraneTerms,
  dt: number,
  held: Held = noneHeld,
): Float64Array {
  checkStep(tree, v, terms, dt);
  const balanced = balanceBranchPoints(tree, v);
  const slope = voltageVectorfield(tree, balanced, terms);
  return hold(
    balanced.map((voltage, i) => voltage + dt * (slope[i] ?? 0)),
    held,
  );
}

/** The time derivative of all voltages in mV/ms; 0 at branch points, which first go to their balance. */
export function voltageVectorfield(
  tree: Tree,
  v: ArrayLike<number>,
  terms: MembraneTerms,
): Float64Array {
  checkStep(tree, v, terms, 0);
  const current = netCurrents(tree, balanceBranchPoints(tree, v), terms);
  return current.map((flow, i) => (tree.capacity[i] === 0 ? 0 : flow / (tree.capacity[i] ?? 1)));
}

/** Current into each node, axial and through the membrane. */
function netCurrents(
  { parent, conductance, capacity }: Tree,
  v: Float64Array,
  { slope, constant }: MembraneTerms,
): Float64Array {
  const current = capacity.map((c, i) =>
    c === 0 ? 0 : c * ((constant[i] ?? 0) - (slope[i] ?? 0) * (v[i] ?? 0)),
  );
  for (const [i, above] of parent.entries()) {
    if (above < 0) continue;
    const flow = (conductance[i] ?? 0) * ((v[above] ?? 0) - (v[i] ?? 0));
    current[i] = (current[i] ?? 0) + flow;
    current[above] = (current[above] ?? 0) - flow;
  }
  return current;
}

/** Voltages with those of branch points replaced by the mean of their neighbours, weighted with the conductances. */
export function balanceBranchPoints(tree: Tree, v: ArrayLike<number>): Float64Array {
  const { parent, conductance, capacity } = tree;
  const balanced = Float64Array.from(v);
  const weight = new Float64Array(balanced.length);
  const sum = new Float64Array(balanced.length);
  const weigh = (node: number, neighbour: number, g: number) => {
    if (capacity[node] !== 0) return;
    weight[node] = (weight[node] ?? 0) + g;
    sum[node] = (sum[node] ?? 0) + g * (v[neighbour] ?? 0);
  };
  for (let i = 0; i < balanced.length; i++) {
    const above = parent[i] ?? -1;
    if (above < 0) continue;
    weigh(i, above, conductance[i] ?? 0);
    weigh(above, i, conductance[i] ?? 0);
  }
  return balanced.map((voltage, i) =>
    (weight[i] ?? 0) > 0 ? (sum[i] ?? 0) / (weight[i] ?? 1) : voltage,
  );
}
