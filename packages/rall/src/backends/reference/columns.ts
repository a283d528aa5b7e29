/** @file All numbers of a run as columns by name: what moves, what is given, and the derivatives by either. */
import type { Plan } from "../../plan/plan.ts";

export type Columns = Map<string, Float64Array>;

/** Names of columns that are no keys of the model. No key has a blank. */
export const names = {
  /** Voltages at the start of a step, which all mechanisms see. */
  old: "v old",
  exchanges: "exchanges",
  /** Values that the balance of a field began with: of `v`, after resets. */
  before: (field: string) => `before ${field}`,
  /** Slopes and currents at the old values in the balance of a field: of `v` in units of the tree, or of a concentration. */
  slope: (field: string) => `slope ${field}`,
  right: (field: string) => `right ${field}`,
  /** Concentrations of all nodes, branch points included. */
  nodes: (field: string) => `nodes ${field}`,
  /** With what the currents of a field are multiplied: areas, volumes. */
  weight: (field: string) => `weight ${field}`,
  capacity: (field: string) => `capacity ${field}`,
  conductance: (field: string) => `conductance ${field}`,
  /** Parameter of a kind of synapse, by its number. */
  parameter: (kind: number, key: string) => `synapse ${kind} ${key}`,
  delays: (kind: number) => `delays ${kind}`,
  stimulus: (number: number) => `stimulus ${number}`,
  clamp: (number: number) => `clamp ${number}`,
  /** Number of spikes of a source, by the step at whose start they were sent. */
  spikes: (source: number) => `spikes ${source}`,
} as const;

export function columnOf(columns: ReadonlyMap<string, Float64Array>, name: string): Float64Array {
  const column = columns.get(name);
  if (column === undefined) throw new TypeError(`the plan has no column ${name}`);
  return column;
}

export function copyColumns(columns: Columns): Columns {
  return new Map(Array.from(columns, ([name, column]) => [name, column.slice()]));
}

export function addAt(column: Float64Array, index: number, value: number): void {
  column[index] = (column[index] ?? 0) + value;
}

/** What does not move: parameters and geometry. */
export function givenColumns({ geometry, parameters, synapses }: Plan): Columns {
  const given: Columns = new Map(Object.entries(geometry));
  given.delete("v");
  for (const [key, column] of parameters) if (!given.has(key)) given.set(key, column);
  for (const [kind, synapse] of synapses.entries())
    for (const [key, column] of synapse.parameters) given.set(names.parameter(kind, key), column);
  return given;
}
