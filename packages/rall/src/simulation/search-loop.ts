/**
 * @file Steps of a search for rest: no spikes, and gap junctions that close loops are solved with the tree, so that where the steps
 * end does not depend on their length.
 */
import { axialTree } from "../modules/axial.ts";
import type { View } from "../modules/view.ts";
import { joinJunctions, perMicrosiemens } from "../plan/junctions.ts";
import type { States } from "../plan/plan.ts";
import { type ModelOptions, setUp } from "./compile.ts";
import { openLoop } from "./step.ts";

export interface SearchLoop {
  step(): Promise<unknown>;
  states(): States;
}

/**
 * Without their loops, voltages after a step are linear in the currents through the junctions that close them. One step
 * for each tells how, at first; then the currents are those that the voltages after the step drive (Woodbury's formula).
 */
export async function openSearch(module: View, options: ModelOptions): Promise<SearchLoop> {
  const { description } = setUp(module, options);
  const closing = joinJunctions(description, axialTree(description)).exchanges;
  // Steps grow beyond the delays of spikes, which there are none of at rest
  if (closing.length === 0) return openLoop(module, options, { hasEvents: false });
  const { dataStimuli = [] } = options;
  const numbering = module.root.description.places;
  const ends = closing.flatMap(({ a, b }) => [a, b]);
  const silence = { samples: Float64Array.of(0), dt: undefined, numbering };
  const own = ends.map((compartment) => ({ ...silence, compartment }));
  const loop = await openLoop(
    module,
    { ...options, dataStimuli: [...dataStimuli, ...own] },
    { hasEvents: false, hasExchanges: false },
  );
  const silent = description.stimuli.map(() => 0);
  /** A step with currents in nA from b to a. @returns how far b is above a after it. */
  const run = async (start: States, flows: readonly number[]) => {
    await loop.init(start);
    await loop.step({ stimuli: [...silent, ...flows.flatMap((flow) => [flow, -flow])] });
    const { v = new Float64Array() } = loop.states().values;
    return closing.map(({ a, b }) => (v[b] ?? Number.NaN) - (v[a] ?? Number.NaN));
  };
  const none = closing.map(() => 0);
  /** Rows in MOhm: how a current through one moves what drives another, and their own resistances. */
  const respond = async (start: States) => {
    const base = await run(start, none);
    const columns: number[][] = [];
    for (const j of closing.keys()) columns.push(await run(start, none.with(j, probe)));
    return base.map((still, i) =>
      closing.map(({ conductance }, j) => {
        const moved = (still - (columns[j]?.[i] ?? Number.NaN)) / probe;
        return moved + (i === j ? perMicrosiemens / conductance : 0);
      }),
    );
  };
  // At rest, where it counts, these are those of every step
  const first = loop.states();
  const rows = await respond(first);
  await loop.init(first);
  const step = async () => {
    const start = loop.states();
    await run(start, solve(rows, await run(start, none)));
  };
  return { step, states: () => loop.states() };
}

/** nA; small, so that nothing fires. */
const probe = 1e-4;

/** Gauss's elimination; resistances are positive definite and need no pivots. */
function solve(matrix: readonly (readonly number[])[], given: readonly number[]): number[] {
  const rows = matrix.map((row) => [...row]);
  const right = [...given];
  for (const [k, pivot] of rows.entries())
    for (let i = k + 1; i < rows.length; i++) {
      const row = rows[i] ?? [];
      const factor = (row[k] ?? 0) / (pivot[k] ?? 0);
      for (let j = k; j < rows.length; j++) row[j] = (row[j] ?? 0) - factor * (pivot[j] ?? 0);
      right[i] = (right[i] ?? 0) - factor * (right[k] ?? 0);
    }
  for (let k = rows.length - 1; k >= 0; k--) {
    const row = rows[k] ?? [];
    let sum = right[k] ?? 0;
    for (let j = k + 1; j < rows.length; j++) sum -= (row[j] ?? 0) * (right[j] ?? 0);
    right[k] = sum / (row[k] ?? 0);
  }
  return right;
}
