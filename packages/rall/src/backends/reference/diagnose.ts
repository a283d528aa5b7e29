/**
 * @file Which equation stopped being finite first: a step, whatever backend ran it, once more with the oracle, phase by phase.
 */
import { Tape } from "../../expressions/evaluate.ts";
import type { Plan, States } from "../../plan/plan.ts";
import { type Columns, columnOf, names } from "./columns.ts";
import { ReferenceKernel } from "./kernel.ts";
import type { Phase, PhaseEquation } from "./phase.ts";
import { readerOf } from "./places.ts";

/** The first number of a step that is not finite. */
export interface Culprit {
  /** Mechanism or kind of synapse whose equation gave it; undefined if none did, but the solution of a field. */
  readonly mechanism: string | undefined;
  /** State, or current. */
  readonly key: string;
  /** Whether it is the slope of that current. */
  readonly isSlope: boolean;
  /** Number of the compartment, or of the connection among those of its kind. */
  readonly index: number;
  readonly value: number;
  /** What it was made of, by name. */
  readonly inputs: ReadonlyMap<string, number>;
}

/**
 * Runs the step of number `step` from given states.
 *
 * @returns undefined if everything stays finite here.
 */
export function findCulprit(plan: Plan, states: States, step: number): Culprit | undefined {
  return new Replay(planAt(plan, states), step).find();
}

class Replay extends ReferenceKernel {
  constructor(plan: Plan, step: number) {
    super(plan);
    const { columns, sources } = this.now;
    this.now = {
      ...{ step, columns },
      sources: sources.map(({ spikes, isAbove }) => ({
        isAbove,
        spikes: new Map(Array.from(spikes, ([at, count]) => [at + step, count])),
      })),
    };
  }

  find(): Culprit | undefined {
    for (const phase of this.stepPhases) {
      const before: Columns = new Map(this.now.columns);
      phase.run(this.now);
      const changed = [...this.now.columns].filter(([name, column]) => before.get(name) !== column);
      const bad = changed.filter(([, column]) => !column.every(Number.isFinite));
      if (bad.length > 0) return this.#inEquations(phase, before) ?? this.#inField(bad, before);
    }
    return undefined;
  }

  #inEquations({ equations = [] }: Phase, before: Columns): Culprit | undefined {
    for (const equation of equations) {
      const { mechanism, key, isSlope, expression, rows, placeOf } = equation;
      const tape = new Tape([expression]);
      const readers = tape.inputs.map(readerOf(placeOf, before, this.plan.dt));
      for (const index of rows) {
        if (!this.#isUsed(equation, index)) continue;
        const inputs = readers.map((read) => read(index));
        const [value = Number.NaN] = tape.run(inputs);
        if (Number.isFinite(value)) continue;
        const named = tape.inputs.map((name, k): [string, number] => [
          placeOf(name)?.key ?? name,
          inputs[k] ?? Number.NaN,
        ]);
        return { mechanism, key, isSlope, index, value, inputs: new Map(named) };
      }
    }
    return undefined;
  }

  /** Whether a row was evaluated: spikes arrive at some connections only. */
  #isUsed({ key }: PhaseEquation, index: number): boolean {
    const isState = !this.plan.currentNames.includes(key) && !this.#isSynapticCurrent(key);
    return !isState || !Number.isFinite(columnOf(this.now.columns, key)[index] ?? Number.NaN);
  }

  #isSynapticCurrent(key: string): boolean {
    return this.plan.synapses.some(({ currentName }) => currentName === key);
  }

  #inField(
    bad: readonly (readonly [string, Float64Array])[],
    before: Columns,
  ): Culprit | undefined {
    const { count, geometry } = this.plan;
    // A field has columns of its own besides that of its key
    const [key, column] = bad.find(([name]) => !name.includes(" ")) ?? bad[0] ?? [];
    if (key === undefined || column === undefined) return undefined;
    const found = column.findIndex((value) => !Number.isFinite(value));
    const index = Math.min(found, count - 1);
    const inputs = new Map([[key, before.get(key)?.[index] ?? Number.NaN]]);
    if (key === "v") {
      for (const name of ["area", "capacitance", "axial_resistivity"] as const)
        inputs.set(name, geometry[name][index] ?? Number.NaN);
      const slope = before.get(names.slope("v"))?.[index];
      if (slope !== undefined) inputs.set("slope of all currents (100 uS)", slope);
    }
    return {
      ...{ mechanism: undefined, key, isSlope: false, index, inputs },
      value: column[found] ?? Number.NaN,
    };
  }
}

/** The plan with states in the place of its start. */
function planAt(plan: Plan, { values, branchPoints, branchPointIons, sent = [] }: States): Plan {
  const { count, states, synapses, events, currentNames, geometry } = plan;
  // Where a state does not exist it is NaN among states, and has its default in a plan
  const column = (key: string, otherwise: Float64Array) =>
    values[key]?.map((value, i) => (Number.isNaN(value) ? (otherwise[i] ?? 0) : value)) ??
    otherwise;
  return {
    ...plan,
    geometry: { ...geometry, v: column("v", geometry.v) },
    branchPoints,
    joints: new Map(
      Array.from(plan.joints, ([key, joint]) => [key, branchPointIons?.[key] ?? joint]),
    ),
    states: new Map(Array.from(states, ([key, start]) => [key, column(key, start)])),
    currents: new Map(currentNames.map((name) => [name, column(name, new Float64Array(count))])),
    synapses: synapses.map((synapse) => ({
      ...synapse,
      states: new Map(Array.from(synapse.states, ([key, start]) => [key, column(key, start)])),
      before: values[synapse.currentName],
    })),
    events: { ...events, sent },
  };
}
