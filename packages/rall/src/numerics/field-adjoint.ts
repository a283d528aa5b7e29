/**
 * @file One step of something that flows along a tree differentiated, both ways. In the units of the tree, with the sum D of the
 * slopes of the membrane currents (conductance) and the current R at the old values v (right), implicit solvers find the change
 *
 *     M dv = R + L v,   M = C/h + D - L
 *
 * where L couples the nodes by their conductances. M is symmetric, so that one solution of the same system, for the derivatives by
 * the new values, gives all others (Press et al. 2007, Numerical Recipes; Jaxley's custom rule of its solver).
 */
import { reverseExponential, type TreeSums, tangentExponential } from "./exponential-adjoint.ts";
import { exprel } from "./exprel.ts";
import { type FieldMethod, linearSolvers } from "./field.ts";
import { type Held, holdNodes, noneHeld, type Tree } from "./tree.ts";
import { hold, withoutEnd } from "./voltage.ts";

export type { TreeSums } from "./exponential-adjoint.ts";

/** Derivatives by what a step starts from; D and R are independent of the old values and of the capacities. */
export interface FieldAdjoint {
  /** By the old values. */
  readonly values: Float64Array;
  /** By R. */
  readonly right: Float64Array;
  /** By D. */
  readonly slope: Float64Array;
}

/** The same, and derivatives by the values of the nodes that are held, one for each. */
export interface HeldAdjoint extends FieldAdjoint {
  readonly held: Float64Array;
}

/** How what a step starts from moves. */
export interface FieldMoves extends FieldAdjoint, TreeSums {
  /** Nodes that are held, and how their values move; default: none. */
  readonly held?: Held;
}

/**
 * Reverse mode of `stepField`. Branch points start from their balance, whatever their old values.
 *
 * @param bar - derivatives by the new values, one per node.
 * @param sums - derivatives by the tree are added here.
 * @param held - nodes whose values after the step were given.
 */
export function reverseField(
  method: FieldMethod,
  tree: Tree,
  old: Float64Array,
  stepped: Float64Array,
  slope: ArrayLike<number>,
  right: ArrayLike<number>,
  dt: number,
  bar: Float64Array,
  sums: TreeSums,
  held: readonly number[] = [],
): HeldAdjoint {
  switch (method.solver) {
    case "fwd_euler":
      return reverseExplicit(tree, old, stepped, dt, bar, sums, held);
    case "exp_euler":
      return reverseSplit(tree, old, stepped, slope, right, dt, bar, sums, held);
    default:
      return reverseImplicit(method, tree, old, stepped, slope, dt, bar, sums, held);
  }
}

/**
 * Forward mode of `stepField`.
 *
 * @param moves - how old values, R, D, the tree and values that are held move.
 * @returns how the new values move.
 */
export function tangentField(
  method: FieldMethod,
  tree: Tree,
  old: Float64Array,
  stepped: Float64Array,
  slope: ArrayLike<number>,
  right: ArrayLike<number>,
  dt: number,
  moves: FieldMoves,
): Float64Array {
  switch (method.solver) {
    case "fwd_euler":
      return tangentExplicit(tree, old, stepped, dt, moves);
    case "exp_euler":
      return tangentSplit(tree, old, stepped, slope, right, dt, moves);
    default:
      return tangentImplicit(method, tree, old, stepped, slope, dt, moves);
  }
}

/** Length of the implicit step, and how many times its change is made: Crank and Nicolson's rule takes half a step twice. */
function halving({ solver }: FieldMethod, dt: number): { h: number; gain: number } {
  return solver === "bwd_euler" ? { h: dt, gain: 1 } : { h: dt / 2, gain: 2 };
}

function reverseImplicit(
  method: FieldMethod,
  tree: Tree,
  old: Float64Array,
  stepped: Float64Array,
  slope: ArrayLike<number>,
  dt: number,
  bar: Float64Array,
  sums: TreeSums,
  held: readonly number[],
): HeldAdjoint {
  const { capacity } = tree;
  const { h, gain } = halving(method, dt);
  const isMassive = (i: number) => capacity[i] !== 0;
  const lambda = bar.map((value, i) => (isMassive(i) ? gain * value : value));
  solve(method, tree, slope, h, lambda, { nodes: held, values: new Float64Array(held.length) });
  const middle = middleOf(tree, old, stepped, 1 / gain);
  addLinks(tree, lambda, middle, sums.conductance);
  for (const [i, value] of lambda.entries())
    if (isMassive(i))
      sums.capacity[i] = (sums.capacity[i] ?? 0) - (value * ((middle[i] ?? 0) - (old[i] ?? 0))) / h;
  // (bar v' + L lambda), in which L cancels with that of the system
  const values = lambda.map((value, i) =>
    isMassive(i)
      ? ((capacity[i] ?? 0) / h + (slope[i] ?? 0)) * value - (gain - 1) * (bar[i] ?? 0)
      : 0,
  );
  // What is held acts on its neighbours alone, by its value in the middle
  const onNeighbours = new Float64Array(held.length === 0 ? 0 : bar.length);
  if (held.length > 0) addFlows(tree, tree.conductance, lambda, onNeighbours);
  const byHeld = Float64Array.from(held, (i) => (bar[i] ?? 0) + (onNeighbours[i] ?? 0) / gain);
  for (const i of held) values[i] = (1 - 1 / gain) * (onNeighbours[i] ?? 0);
  return {
    values,
    right: lambda.map((value, i) => (isMassive(i) ? value : 0)),
    slope: lambda.map((value, i) =>
      isMassive(i) ? -value * ((middle[i] ?? 0) - (old[i] ?? 0)) : 0,
    ),
    held: byHeld,
  };
}

function tangentImplicit(
  method: FieldMethod,
  tree: Tree,
  old: Float64Array,
  stepped: Float64Array,
  slope: ArrayLike<number>,
  dt: number,
  moves: FieldMoves,
): Float64Array {
  const { capacity } = tree;
  const { h, gain } = halving(method, dt);
  const middle = middleOf(tree, old, stepped, 1 / gain);
  const change = capacity.map((c, i) => {
    if (c === 0) return 0;
    const byMatrix = (moves.capacity[i] ?? 0) / h + (moves.slope[i] ?? 0);
    return (moves.right[i] ?? 0) - byMatrix * ((middle[i] ?? 0) - (old[i] ?? 0));
  });
  const values = moves.values.map((value, i) => (capacity[i] === 0 ? 0 : value));
  addFlows(tree, tree.conductance, values, change);
  addFlows(tree, moves.conductance, middle, change);
  const { nodes, values: targets } = moves.held ?? noneHeld;
  const given = nodes.map((i, k) => ((targets[k] ?? 0) - (values[i] ?? 0)) / gain);
  solve(method, tree, slope, h, change, { nodes, values: given });
  const moved = values.map((value, i) =>
    capacity[i] === 0 ? (change[i] ?? 0) : value + gain * (change[i] ?? 0),
  );
  return hold(moved, { nodes, values: targets });
}

function reverseExplicit(
  tree: Tree,
  old: Float64Array,
  stepped: Float64Array,
  dt: number,
  given: Float64Array,
  sums: TreeSums,
  held: readonly number[],
): HeldAdjoint {
  const { capacity } = tree;
  const bar = given.slice();
  for (const i of held) bar[i] = 0;
  const lambda = bar.map((value, i) => {
    const c = capacity[i] ?? 0;
    return c === 0 ? 0 : (dt * value) / c;
  });
  balance(tree, bar, lambda);
  addLinks(tree, lambda, middleOf(tree, old, stepped, 0), sums.conductance);
  const values = bar.slice();
  addFlows(tree, tree.conductance, lambda, values);
  for (const [i, c] of capacity.entries())
    if (c !== 0)
      sums.capacity[i] =
        (sums.capacity[i] ?? 0) - ((lambda[i] ?? 0) * ((stepped[i] ?? 0) - (old[i] ?? 0))) / dt;
  const ofCompartments = (value: number, i: number) => (capacity[i] === 0 ? 0 : value);
  return {
    values: values.map(ofCompartments),
    right: lambda.map(ofCompartments),
    slope: new Float64Array(bar.length),
    held: Float64Array.from(held, (i) => given[i] ?? 0),
  };
}

function tangentExplicit(
  tree: Tree,
  old: Float64Array,
  stepped: Float64Array,
  dt: number,
  moves: FieldMoves,
): Float64Array {
  const { capacity } = tree;
  const balanced = middleOf(tree, old, stepped, 0);
  const values = moves.values.map((value, i) => (capacity[i] === 0 ? 0 : value));
  const flows = new Float64Array(values.length);
  addFlows(tree, moves.conductance, balanced, flows);
  balance(tree, flows, values);
  const change = flows.map((flow, i) => flow + (moves.right[i] ?? 0));
  addFlows(tree, tree.conductance, values, change);
  const moved = values.map((value, i) => {
    const c = capacity[i] ?? 0;
    if (c === 0) return value;
    const slower = ((moves.capacity[i] ?? 0) * ((stepped[i] ?? 0) - (old[i] ?? 0))) / c;
    return value + (dt * (change[i] ?? 0)) / c - slower;
  });
  return hold(moved, moves.held ?? noneHeld);
}

/** Exponential Euler: the membrane, `v + R f`, then the exponential of the tree. */
function reverseSplit(
  tree: Tree,
  old: Float64Array,
  stepped: Float64Array,
  slope: ArrayLike<number>,
  right: ArrayLike<number>,
  dt: number,
  bar: Float64Array,
  sums: TreeSums,
  held: readonly number[],
): HeldAdjoint {
  const membrane = membraneOf(tree, slope, dt, held);
  const x = heldAt(
    old.map((value, i) => value + (right[i] ?? 0) * (membrane[i]?.factor ?? 0)),
    stepped,
    held,
  );
  const own = { ...sums, capacity: new Float64Array(bar.length) };
  const values = reverseExponential(withoutEnd(tree, held), x, dt, bar, own);
  const byHeld = Float64Array.from(held, (i) => values[i] ?? 0);
  for (const i of held) {
    values[i] = 0;
    own.capacity[i] = 0;
  }
  for (const [i, { byCapacity }] of membrane.entries())
    sums.capacity[i] =
      (sums.capacity[i] ?? 0) +
      (own.capacity[i] ?? 0) +
      (values[i] ?? 0) * (right[i] ?? 0) * byCapacity;
  return {
    values,
    right: values.map((value, i) => value * (membrane[i]?.factor ?? 0)),
    slope: values.map((value, i) => value * (right[i] ?? 0) * (membrane[i]?.bySlope ?? 0)),
    held: byHeld,
  };
}

function tangentSplit(
  tree: Tree,
  old: Float64Array,
  stepped: Float64Array,
  slope: ArrayLike<number>,
  right: ArrayLike<number>,
  dt: number,
  moves: FieldMoves,
): Float64Array {
  const { held = noneHeld } = moves;
  const membrane = membraneOf(tree, slope, dt, held.nodes);
  const x = heldAt(
    old.map((value, i) => value + (right[i] ?? 0) * (membrane[i]?.factor ?? 0)),
    stepped,
    held.nodes,
  );
  const values = moves.values.map((value, i) => {
    const { factor = 0, bySlope = 0, byCapacity = 0 } = membrane[i] ?? {};
    const factorMoves = bySlope * (moves.slope[i] ?? 0) + byCapacity * (moves.capacity[i] ?? 0);
    return value + factor * (moves.right[i] ?? 0) + (right[i] ?? 0) * factorMoves;
  });
  const capacity = moves.capacity.slice();
  for (const i of held.nodes) capacity[i] = 0;
  const before = { conductance: moves.conductance, capacity, values: hold(values, held) };
  return hold(tangentExponential(withoutEnd(tree, held.nodes), x, dt, before), held);
}

/** Nodes that are held go to their values before anything spreads. */
function heldAt(x: Float64Array, stepped: Float64Array, nodes: readonly number[]): Float64Array {
  return hold(x, { nodes, values: nodes.map((i) => stepped[i] ?? Number.NaN) });
}

/** The factor `dt/C exprel(-dt D/C)` of R in each node, and its derivatives by D and C. */
function membraneOf(
  { capacity }: Tree,
  slope: ArrayLike<number>,
  dt: number,
  held: readonly number[],
) {
  const isHeld = new Set(held);
  return Array.from(capacity, (c, i) => {
    if (c === 0 || isHeld.has(i)) return { factor: 0, bySlope: 0, byCapacity: 0 };
    const exponent = (-dt * (slope[i] ?? 0)) / c;
    // Above 20 it is cut off and does not move
    const value = exprel(Math.min(exponent, 20));
    const change = exponent > 20 ? 0 : exprel(exponent, 1);
    return {
      factor: (dt / c) * value,
      bySlope: -((dt / c) ** 2) * change,
      byCapacity: (-dt / (c * c)) * (value + exponent * change),
    };
  });
}

/** Values after a part of the change, at which the currents along links are taken; branch points are at their balance. */
function middleOf({ capacity }: Tree, old: Float64Array, stepped: Float64Array, part: number) {
  return stepped.map((value, i) => {
    const before = old[i] ?? 0;
    return capacity[i] === 0 ? value : before + (value - before) * part;
  });
}

/** Solves `M x = right` in place, with the values of some nodes given. */
function solve(
  { linearSolver }: FieldMethod,
  tree: Tree,
  slope: ArrayLike<number>,
  h: number,
  right: Float64Array,
  held: Held,
): void {
  const { parent, conductance, capacity } = tree;
  const diagonal = capacity.map((c, i) => (c === 0 ? 0 : c / h + (slope[i] ?? 0)));
  for (const [i, above] of parent.entries()) {
    if (above < 0) continue;
    diagonal[i] = (diagonal[i] ?? 0) + (conductance[i] ?? 0);
    diagonal[above] = (diagonal[above] ?? 0) + (conductance[i] ?? 0);
  }
  linearSolvers[linearSolver](tree, diagonal, holdNodes(tree, diagonal, right, held), right);
}

/** Adds what flows into each node: `L values` for the given conductances. */
function addFlows(
  { parent }: Tree,
  conductance: Float64Array,
  values: Float64Array,
  flows: Float64Array,
): void {
  for (const [i, above] of parent.entries()) {
    if (above < 0) continue;
    const flow = (conductance[i] ?? 0) * ((values[above] ?? 0) - (values[i] ?? 0));
    flows[i] = (flows[i] ?? 0) + flow;
    flows[above] = (flows[above] ?? 0) - flow;
  }
}

/** Derivatives by the conductances of links whose currents enter the balances of their ends. */
function addLinks(
  { parent }: Tree,
  lambda: Float64Array,
  values: Float64Array,
  sums: Float64Array,
): void {
  for (const [i, above] of parent.entries()) {
    if (above < 0) continue;
    const across = (values[above] ?? 0) - (values[i] ?? 0);
    sums[i] = (sums[i] ?? 0) + ((lambda[i] ?? 0) - (lambda[above] ?? 0)) * across;
  }
}

/** Puts branch points where the currents along their links and a given one balance. */
function balance(
  { parent, conductance, capacity }: Tree,
  given: Float64Array,
  values: Float64Array,
): void {
  const links = new Float64Array(values.length);
  const sum = given.slice();
  const join = (node: number, neighbour: number, g: number) => {
    links[node] = (links[node] ?? 0) + g;
    sum[node] = (sum[node] ?? 0) + g * (values[neighbour] ?? 0);
  };
  for (const [i, above] of parent.entries()) {
    if (above < 0) continue;
    join(i, above, conductance[i] ?? 0);
    join(above, i, conductance[i] ?? 0);
  }
  for (const [i, g] of links.entries())
    if (capacity[i] === 0 && g > 0) values[i] = (sum[i] ?? 0) / g;
}
