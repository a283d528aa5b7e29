/** @file States that stand half a step before the voltage, so that each step of both is centred on the other. */
import { Tape } from "../expressions/evaluate.ts";
import type { Geometry } from "../modules/geometry.ts";
import type { PlannedMechanism } from "./mechanism.ts";
import type { PlannedSynapse } from "./synapse.ts";

/** The parts of a plan that it takes. */
interface Staggered {
  readonly dt: number;
  readonly geometry: Geometry;
  readonly mechanisms: readonly PlannedMechanism[];
  readonly synapses: readonly PlannedSynapse[];
  readonly parameters: ReadonlyMap<string, Float64Array>;
  readonly states: ReadonlyMap<string, Float64Array>;
  readonly firstCurrents: ReadonlyMap<string, Float64Array>;
}

/**
 * Takes all states that move by rates back by half a step, at the voltages of the start: after their first whole step they are
 * half a step ahead of these, in the middle of the first step of the voltage (as with NEURON's `secondorder = 2`).
 */
export function stagger(plan: Staggered): void {
  const { mechanisms, synapses, geometry, parameters, states } = plan;
  const dt = -plan.dt / 2;
  const columnOf = (name: string): ArrayLike<number> =>
    (geometry as Readonly<Record<string, Float64Array>>)[name] ??
    parameters.get(name) ??
    states.get(name) ??
    plan.firstCurrents.get(name) ??
    [];
  for (const { present, updates } of mechanisms) {
    const moving = updates.filter(({ isRate }) => isRate);
    const tape = new Tape(moving.map(({ value }) => value));
    const sources = tape.inputs.map((name) => (name === "dt" ? undefined : columnOf(name)));
    for (const [i, isThere] of present.entries()) {
      if (isThere !== 1) continue;
      const values = tape.run(
        sources.map((column) => (column === undefined ? dt : (column[i] ?? Number.NaN))),
      );
      for (const [s, { key }] of moving.entries()) write(states.get(key), i, values[s]);
    }
  }
  for (const synapse of synapses) {
    const moving = synapse.updates.filter(({ isRate }) => isRate);
    const tape = new Tape(moving.map(({ value }) => value));
    const read = (name: string, edge: number): number => {
      if (name === "dt") return dt;
      const side = name === "v_pre" ? "pre" : name === "v_post" ? "post" : undefined;
      const reading = side === undefined ? synapse.readings.get(name) : { side, key: "v" };
      if (reading !== undefined)
        return (
          columnOf(reading.key)[synapse[reading.side as "pre" | "post"][edge] ?? 0] ?? Number.NaN
        );
      return (synapse.parameters.get(name) ?? synapse.states.get(name))?.[edge] ?? Number.NaN;
    };
    for (let edge = 0; edge < synapse.pre.length; edge++) {
      const values = tape.run(tape.inputs.map((name) => read(name, edge)));
      for (const [s, { key }] of moving.entries()) write(synapse.states.get(key), edge, values[s]);
    }
  }
}

function write(column: Float64Array | undefined, i: number, value: number | undefined): void {
  if (column !== undefined) column[i] = value ?? Number.NaN;
}
