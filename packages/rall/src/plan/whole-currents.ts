/**
 * @file The currents of a compartment as a whole: what its membrane carries out of it, and what a voltage clamp puts into it. They are
 * the terms of the balance that the solver has solved, so that they add up to it: in each compartment
 * `i_membrane = i + i_clamp + what flows in along the branches`.
 */
import { clampedRows, exchangeCapacity } from "./clamped.ts";
import { exchangeFactors, perMicrosiemens } from "./junctions.ts";
import type { Plan } from "./plan.ts";
import type { WholeCurrents } from "./recorded.ts";

/** What a step of the voltage began with and came to. Voltages in mV by nodes of `plan.axial`, the rest by compartments. */
export interface SteppedVoltage {
  readonly before: Float64Array;
  /** Slopes and currents at the old voltages, stimuli included, in units of the tree. */
  readonly slope: ArrayLike<number>;
  readonly right: ArrayLike<number>;
  /** After the solution for the tree. */
  readonly solved: Float64Array;
  /** At the end of the step: after junctions that close loops, and after clamps that are written over the solution. */
  readonly after: ArrayLike<number>;
  /** nA */
  readonly stimuli: ArrayLike<number>;
}

/** The currents of a step by any solver but `exp_euler`, whose solution is no balance of currents at one moment. */
export function wholeCurrents(plan: Plan, step: SteppedVoltage): WholeCurrents {
  const { count, axial, dt, clamps } = plan;
  const flowing = flowingVoltages(plan, step);
  const { branches, junctions } = inflows(plan, flowing);
  // What is not held takes up what flows in, whichever way: through channels and synapses, junctions or its capacity
  const injected = (i: number) => perMicrosiemens * at(step.stimuli, i);
  const membrane = Float64Array.from({ length: count }, (_, i) => at(branches, i) + injected(i));
  const clamp = new Float64Array(count);
  const supply = (i: number, current: number) => {
    membrane[i] = at(membrane, i) + current;
    clamp[i] = at(clamp, i) + current;
  };
  for (const { compartment: i } of clampedRows(plan, "v")) {
    const change = at(step.solved, i) - at(step.before, i);
    const capacitive = (at(axial.capacity, i) * change) / dt;
    const late = at(step.slope, i) * (at(flowing, i) - at(step.before, i));
    const ionic = injected(i) - at(step.right, i) + late;
    supply(i, capacitive + ionic - at(junctions, i) - at(membrane, i));
  }
  const v = exchange(plan, step.solved, supply);
  if (plan.clampMode === "overwritten") {
    const written = clamps.filter(({ state, synapse }) => state === "v" && synapse === undefined);
    for (const i of new Set(written.map(({ index }) => index)))
      supply(i, (at(axial.capacity, i) * (at(step.after, i) - at(v, i))) / dt);
  }
  const inNanoamperes = (column: Float64Array) => column.map((value) => value / perMicrosiemens);
  return { i_clamp: inNanoamperes(clamp), i_membrane: inNanoamperes(membrane) };
}

/** The voltages of compartments at which the currents of a step flow: those that the solver takes. */
function flowingVoltages({ solver }: Plan, { before, solved }: SteppedVoltage): Float64Array {
  if (solver === "fwd_euler") return before;
  if (solver === "bwd_euler") return solved;
  return solved.map((value, i) => (value + at(before, i)) / 2);
}

/**
 * What flows into each node along the branches, and by gap junctions. Voltages of massless nodes follow from those around; taken as
 * differences from one of these, they lose nothing in rounding, and what flows into one flows out of it.
 */
function inflows({ axial, junctionLinks }: Plan, v: Float64Array) {
  const { parent, conductance, capacity } = axial;
  const column = () => new Float64Array(parent.length);
  const [branches, junctions] = [column(), column()];
  const [base, weight, mean] = [column(), column(), column()];
  const isMassless = (node: number) => at(capacity, node) === 0;
  const weigh = (massless: number, node: number, g: number) => {
    if (weight[massless] === 0) base[massless] = at(v, node);
    weight[massless] = at(weight, massless) + g;
    mean[massless] = at(mean, massless) + g * (at(v, node) - at(base, massless));
  };
  for (const [i, above] of parent.entries()) {
    if (above < 0) continue;
    if (isMassless(i)) weigh(i, above, at(conductance, i));
    if (isMassless(above)) weigh(above, i, at(conductance, i));
  }
  const difference = (from: number, to: number) => {
    if (!isMassless(from))
      return isMassless(to) ? -fromMassless(to, from) : at(v, from) - at(v, to);
    return fromMassless(from, to);
  };
  const fromMassless = (massless: number, node: number) =>
    at(mean, massless) / at(weight, massless) - (at(v, node) - at(base, massless));
  const links = new Set(junctionLinks);
  for (const [i, above] of parent.entries()) {
    if (above < 0) continue;
    const current = at(conductance, i) * difference(above, i);
    const sums = links.has(i) ? junctions : branches;
    sums[i] = at(sums, i) + current;
    sums[above] = at(sums, above) - current;
  }
  return { branches, junctions };
}

function at(values: ArrayLike<number>, i: number): number {
  return values[i] ?? Number.NaN;
}

/**
 * Goes through the junctions that close loops as the backends do. What a free compartment gets from one, its capacity takes up, and both
 * are currents of its membrane; what a clamped one gives, its clamp supplies.
 *
 * @returns the voltages after them.
 */
function exchange(
  plan: Plan,
  solved: Float64Array,
  supply: (compartment: number, current: number) => void,
): Float64Array {
  const v = solved.slice();
  if (plan.exchanges.length === 0) return v;
  const capacity = exchangeCapacity(plan);
  for (const { a, b, conductance } of plan.exchanges) {
    const [ofA, ofB] = [capacity[a] ?? Number.NaN, capacity[b] ?? Number.NaN];
    const difference = (v[b] ?? Number.NaN) - (v[a] ?? Number.NaN);
    const [first, second] = exchangeFactors(conductance, capacity, a, b, plan.dt);
    const moved = Number.isFinite(ofA) ? ofA * first : ofB * second;
    const areBothHeld = !Number.isFinite(ofA) && !Number.isFinite(ofB);
    const current = areBothHeld ? conductance * difference : (moved * difference) / plan.dt;
    if (!Number.isFinite(ofA)) supply(a, -current);
    if (!Number.isFinite(ofB)) supply(b, current);
    v[a] = (v[a] ?? Number.NaN) + first * difference;
    v[b] = (v[b] ?? Number.NaN) - second * difference;
  }
  return v;
}
