/** @file Everything that moves in a run. */
import type { Plan } from "../../plan/plan.ts";
import { noWholeCurrents, recordsWholeCurrents } from "../../plan/recorded.ts";
import { type Columns, givenColumns } from "./columns.ts";

/** Of a source of spikes: how many it sent at which step's start, and whether it is above its threshold. */
export interface Sender {
  readonly spikes: Map<number, number>;
  isAbove: boolean;
}

export interface Moving {
  /** Number of the step, or of steps that are done. */
  step: number;
  /** What is given stands here too. Columns are replaced, never written to, so that a copy of the map keeps them as they were. */
  readonly columns: Columns;
  readonly sources: readonly Sender[];
}

/** The start of a plan, as far as nothing has been evaluated. */
export function startOf(plan: Plan, nodes: number): Moving {
  const { count, geometry, branchPoints, currentNames, firstCurrents, states, synapses } = plan;
  const columns = givenColumns(plan);
  const v = new Float64Array(nodes);
  v.set(geometry.v);
  v.set(branchPoints.subarray(0, nodes - count), count);
  columns.set("v", v);
  for (const name of currentNames)
    columns.set(name, firstCurrents.get(name) ?? new Float64Array(count));
  for (const [key, column] of [...states, ...(plan.currents ?? [])]) columns.set(key, column);
  for (const synapse of synapses)
    for (const [key, column] of synapse.states) columns.set(key, column);
  // Given columns are the caller's, who may change them
  for (const [name, column] of columns) columns.set(name, column.slice());
  columns.set("i", new Float64Array(count));
  if (recordsWholeCurrents(plan.recordings))
    for (const [key, column] of Object.entries(noWholeCurrents(count))) columns.set(key, column);
  const sources = plan.events.sources.map((): Sender => ({ spikes: new Map(), isAbove: false }));
  for (const { source, age, count: number } of plan.events.sent)
    sources[source]?.spikes.set(-Math.round(age / plan.dt), number);
  return { step: 0, columns, sources };
}

export function copyMoving({ step, columns, sources }: Moving): Moving {
  return { step, columns: new Map(columns), sources: copySenders(sources) };
}

export function copySenders(sources: readonly Sender[]): Sender[] {
  return sources.map(({ spikes, isAbove }) => ({ spikes: new Map(spikes), isAbove }));
}
