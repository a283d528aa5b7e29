/** @file The derivatives of `plan/stagger.ts`: states at the start of a run by those of the model, and by all that they depend on. */
import type { Description } from "../modules/description.ts";
import { barOf, dotOf, ruleAdjoint, ruleTangent } from "../plan/adjoint.ts";
import type { Plan } from "../plan/plan.ts";
import { type Backstep, backsteps, evaluateRows, takeBack, valuesFrom } from "../plan/stagger.ts";
import { ModelVector } from "./model-vector.ts";

const how = { isWanted: (name: string) => name !== "dt", surrogate: undefined };

/** Turns derivatives by the states of the plan into those by the states of the model, and adds those by what they were moved with. */
export function pullStagger(description: Description, plan: Plan, bars: ModelVector): void {
  const values = ModelVector.valuesOf(description);
  const columnOf = (key: string, synapse?: string) => values.column(key, synapse);
  const taken = backsteps(plan).map((step) => {
    const before = step.updates.map(({ key }) => columnOf(key, step.synapse).slice());
    takeBack(step, plan.dt, columnOf);
    return { step, before };
  });
  for (const { step, before } of taken.reverse()) {
    for (const [s, { key }] of step.updates.entries())
      columnOf(key, step.synapse).set(before[s] ?? []);
    pullBackstep(step, valuesFrom(step, plan.dt, columnOf), bars);
  }
}

function pullBackstep(
  step: Backstep,
  value: (name: string) => (row: number) => number,
  bars: ModelVector,
): void {
  const { synapse, updates, sourceOf } = step;
  const moved = new Map(updates.map(({ key }) => [barOf(key), bars.column(key, synapse)]));
  const contributions = ruleAdjoint(updates, undefined, how).map(({ to, value }) => {
    const source = sourceOf(to);
    const isMoved = moved.has(barOf(to));
    return { value, column: bars.column(source.key, source.synapse), place: source.place, isMoved };
  });
  const read = (name: string) => {
    const own = moved.get(name);
    return own === undefined ? value(name) : (row: number) => own[row] ?? 0;
  };
  const roots = contributions.map((one) => one.value);
  evaluateRows(step, roots, read, (row, sums) => {
    for (const [k, { column, place, isMoved }] of contributions.entries())
      column[place(row)] = (isMoved ? 0 : (column[place(row)] ?? 0)) + (sums[k] ?? Number.NaN);
  });
}

/** Turns a direction of the states of the model, and of what they are moved with, into that of the states of the plan. */
export function pushStagger(description: Description, plan: Plan, dots: ModelVector): void {
  const values = ModelVector.valuesOf(description);
  const columnOf = (key: string, synapse?: string) => values.column(key, synapse);
  for (const step of backsteps(plan)) {
    pushBackstep(step, valuesFrom(step, plan.dt, columnOf), dots);
    takeBack(step, plan.dt, columnOf);
  }
}

function pushBackstep(
  step: Backstep,
  value: (name: string) => (row: number) => number,
  dots: ModelVector,
): void {
  const { synapse, updates, sourceOf } = step;
  const columns = updates.map(({ key }) => dots.column(key, synapse));
  const tangents = ruleTangent(
    updates.map((update) => update.value),
    how,
  );
  const prefix = dotOf("");
  const read = (name: string) => {
    if (!name.startsWith(prefix)) return value(name);
    const source = sourceOf(name.slice(prefix.length));
    const column = dots.column(source.key, source.synapse);
    return (row: number) => column[source.place(row)] ?? 0;
  };
  evaluateRows(step, tangents, read, (row, moves) => {
    for (const [s, column] of columns.entries()) column[row] = moves[s] ?? Number.NaN;
  });
}
