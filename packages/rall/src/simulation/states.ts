/** @file States as a vector, and the search for a steady one. */
import { ModelError, ValueError } from "../errors.ts";
import type { View } from "../modules/view.ts";
import type { States } from "../plan/plan.ts";
import { checkOptions } from "../util/options.ts";
import { announce } from "./announce.ts";
import { type ModelOptions, modelOptionKeys } from "./compile.ts";
import { warnOfNumbers } from "./plausibility.ts";
import { openLoop } from "./step.ts";

/** How the states of a model lie in a vector: those that determine the future, without currents. */
export interface StateVector {
  /** Key and place of each entry: a compartment, or a synapse among those of its kind. */
  readonly entries: readonly { readonly key: string; readonly index: number }[];
  flatten(states: States): Float64Array;
  /**
   * States whose entries are those of the vector; all else is as in `like`.
   *
   * @throws ValueError for a vector of another length.
   */
  unflatten(vector: ArrayLike<number>, like: States): States;
}

/** The dynamic states of a model, found from states that it returned. */
export function stateVector(module: View, states: States): StateVector {
  const { description } = module.root;
  const currents = new Set([
    ...description.currentNames(),
    ...description.synapses.map(({ synapse }) => synapse.currentName),
  ]);
  const entries = Object.entries(states.values).flatMap(([key, values]) =>
    currents.has(key)
      ? []
      : Array.from(values).flatMap((value, index) => (Number.isNaN(value) ? [] : [{ key, index }])),
  );
  return {
    entries,
    flatten: ({ values }) =>
      Float64Array.from(entries, ({ key, index }) => values[key]?.[index] ?? Number.NaN),
    unflatten(vector, like) {
      if (vector.length !== entries.length) {
        throw new ValueError(
          `A vector of ${vector.length} does not fit ${entries.length} states.`,
          {
            subject: "vector",
            value: vector.length,
          },
        );
      }
      const values = Object.fromEntries(
        Object.entries(like.values).map(([key, column]) => [key, column.slice()]),
      );
      for (const [k, { key, index }] of entries.entries()) {
        const column = values[key];
        if (column !== undefined) column[index] = vector[k] ?? Number.NaN;
      }
      return { ...like, values };
    },
  };
}

/** How a steady state is sought. */
export interface SteadyStateOptions extends Omit<ModelOptions, "solver"> {
  /** Largest rate of change, in units of the states per ms, that counts as rest; default 1e-9. */
  readonly tolerance?: number;
  /** Time in ms after which the search ends; default 100,000. */
  readonly limit?: number;
}

/** Steps in a row at one length before it is doubled. */
const patience = 8;

/**
 * States at which nothing moves any more, under the module's clamps and without its stimuli: backward Euler with ever longer
 * steps, from the states of the module. No spikes are sent: what synapses received before decays.
 *
 * @throws ModelError if the model does not come to rest, as a cell that fires by itself.
 */
export async function findSteadyState(
  module: View,
  options: SteadyStateOptions = {},
): Promise<States> {
  const keys = modelOptionKeys.filter((key) => key !== "solver");
  checkOptions(options, [...keys, "tolerance", "limit"], "findSteadyState");
  const { tolerance = 1e-9, limit = 1e5, onWarning, ...rest } = options;
  announce(warnOfNumbers(module.root.description), onWarning);
  let time = 0;
  let initialState = rest.initialState;
  for (let dt = rest.dt ?? 0.025; time < limit; dt *= 2) {
    const own = { ...rest, dt, resample: true, onWarning: false } as const;
    const start = initialState === undefined ? {} : { initialState };
    // Steps grow beyond the delays of spikes, which there are none of at rest
    const loop = await openLoop(module, { ...own, ...start }, false);
    const vector = stateVector(module, loop.states());
    let before = vector.flatten(loop.states());
    for (let k = 0; k < patience; k++) {
      await loop.step();
      const now = vector.flatten(loop.states());
      const rate = now.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (before[i] ?? 0)) / dt),
        0,
      );
      if (!Number.isFinite(rate)) break;
      if (rate <= tolerance) return loop.states();
      before = now;
    }
    time += patience * dt;
    const states = loop.states();
    if (Object.values(states.values).some((column) => column.some(Number.isFinite)))
      initialState = states;
  }
  throw new ModelError(`The model does not come to rest within ${limit} ms.`, {
    subject: "limit",
    value: limit,
    remedy: "A cell that fires by itself never does; otherwise raise limit or tolerance.",
  });
}
