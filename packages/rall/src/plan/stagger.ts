/** @file States that stand half a step before the voltage, so that each step of both is centred on the other. */
import { Tape } from "../expressions/evaluate.ts";
import type { Expression } from "../expressions/expression.ts";
import { type Geometry, isGeometryKey } from "../modules/geometry.ts";
import type { PlannedMechanism, Update } from "./mechanism.ts";
import { type PlannedSynapse, voltageSides } from "./synapse.ts";

/** The parts of a plan that it takes. */
export interface Staggered {
  readonly dt: number;
  readonly geometry: Geometry;
  readonly mechanisms: readonly PlannedMechanism[];
  readonly synapses: readonly PlannedSynapse[];
  readonly parameters: ReadonlyMap<string, Float64Array>;
  readonly states: ReadonlyMap<string, Float64Array>;
  readonly firstCurrents: ReadonlyMap<string, Float64Array>;
  readonly currentNames: readonly string[];
}

/** Column of a key; `synapse` is the kind that has it, undefined for compartments. */
export type ColumnOf = (key: string, synapse?: string) => Float64Array | undefined;

/** Where a number that rows of a backstep read stands. */
export interface Source {
  readonly key: string;
  readonly synapse: string | undefined;
  /** Compartment or connection at which a row finds it. */
  readonly place: (row: number) => number;
}

/** The states of a mechanism or a kind of synapse that are taken back together. */
export interface Backstep {
  /** Kind of synapse; undefined for a mechanism. */
  readonly synapse: string | undefined;
  readonly updates: readonly Update[];
  /** Compartments, or connections, where the states are. */
  readonly rows: readonly number[];
  readonly sourceOf: (name: string) => Source;
}

/**
 * Takes all states that move by rates back by half a step, at the voltages of the start: after their first whole step they are
 * half a step ahead of these, in the middle of the first step of the voltage (as with NEURON's `secondorder = 2`).
 */
export function stagger(plan: Staggered): void {
  const { synapses, geometry, parameters, states, firstCurrents, currentNames } = plan;
  // A current is 0 before there is any, but where a mechanism that reads it has a value
  const none = new Float64Array(geometry.v.length);
  const first = (key: string) =>
    firstCurrents.get(key) ?? (currentNames.includes(key) ? none : undefined);
  const columnOf: ColumnOf = (key, synapse) => {
    if (synapse === undefined) {
      const column = isGeometryKey(key) ? geometry[key] : undefined;
      return column ?? parameters.get(key) ?? states.get(key) ?? first(key);
    }
    const table = synapses.find(({ name }) => name === synapse);
    return table?.parameters.get(key) ?? table?.states.get(key);
  };
  for (const step of backsteps(plan)) takeBack(step, plan.dt, columnOf);
}

/** What `stagger` does one after the other. */
export function backsteps({
  mechanisms,
  synapses,
}: Pick<Staggered, "mechanisms" | "synapses">): Backstep[] {
  const moving = (updates: readonly Update[]) => updates.filter(({ isRate }) => isRate);
  const own = (row: number) => row;
  return [
    ...mechanisms.map(
      ({ present, updates }): Backstep => ({
        synapse: undefined,
        updates: moving(updates),
        rows: Array.from(present.keys()).filter((i) => present[i] === 1),
        sourceOf: (key) => ({ key, synapse: undefined, place: own }),
      }),
    ),
    ...synapses.map(
      ({ name: synapse, updates, pre, post, readings }): Backstep => ({
        synapse,
        updates: moving(updates),
        rows: Array.from(pre.keys()),
        sourceOf(name) {
          const side = voltageSides.get(name);
          const reading = side === undefined ? readings.get(name) : { side, key: "v" };
          if (reading === undefined) return { key: name, synapse, place: own };
          const compartments = reading.side === "pre" ? pre : post;
          const place = (row: number) => compartments[row] ?? 0;
          return { key: reading.key, synapse: undefined, place };
        },
      }),
    ),
  ].filter(({ updates }) => updates.length > 0);
}

/** One backstep, with a whole time step of `dt`. */
export function takeBack(step: Backstep, dt: number, columnOf: ColumnOf): void {
  const values = step.updates.map(({ value }) => value);
  const columns = step.updates.map(({ key }) => columnOf(key, step.synapse));
  evaluateRows(step, values, valuesFrom(step, dt, columnOf), (row, moved) => {
    for (const [s, column] of columns.entries())
      if (column !== undefined) column[row] = moved[s] ?? Number.NaN;
  });
}

/** How rows read the inputs of a backstep: `-dt / 2` for the time step. */
export function valuesFrom({ sourceOf }: Backstep, dt: number, columnOf: ColumnOf) {
  return (name: string): ((row: number) => number) => {
    if (name === "dt") return () => -dt / 2;
    const { key, synapse, place } = sourceOf(name);
    const column = columnOf(key, synapse);
    return (row) => column?.[place(row)] ?? Number.NaN;
  };
}

/** Evaluates expressions at each row, whose inputs `read` finds, and hands the values to `write`. */
export function evaluateRows(
  { rows }: Backstep,
  roots: readonly Expression[],
  read: (name: string) => (row: number) => number,
  write: (row: number, values: readonly number[]) => void,
): void {
  const tape = new Tape(roots);
  const inputs = tape.inputs.map(read);
  for (const row of rows) write(row, tape.run(inputs.map((at) => at(row))));
}
