/** @file States as a vector, and the search for a steady one. */
import { ModelError, ValueError } from "../errors.ts";
import { viewKind } from "../modules/navigation.ts";
import type { View } from "../modules/view.ts";
import type { States } from "../plan/plan.ts";
import { check, checkArguments, having, number, numbers, record, required } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { announce } from "./announce.ts";
import { type ModelOptions, modelOptionFields } from "./compile.ts";
import { warnOfNumbers } from "./plausibility.ts";
import { openSearch, type SearchLoop } from "./search-loop.ts";

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

const statesKind = having({ values: required(record(numbers)) }, "states that a run returned");

/** The dynamic states of a model, found from states that it returned. */
export function stateVector(module: View, states: States): StateVector {
  checkArguments({ module: [module, viewKind], states: [states, statesKind] });
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
    flatten(given) {
      check(given, statesKind, "states");
      const { values } = given;
      return Float64Array.from(entries, ({ key, index }) => values[key]?.[index] ?? Number.NaN);
    },
    unflatten(vector, like) {
      checkArguments({ vector: [vector, numbers], like: [like, statesKind] });
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
  /**
   * Largest distance from rest, in the units of the states; default 1e-9. It is met when no state moves farther in a time that is
   * as long as the slowest time constant that counts.
   */
  readonly tolerance?: number;
  /**
   * Time in ms after which the search ends; default 100,000. States with time constants of up to a tenth of it are
   * waited for.
   */
  readonly limit?: number;
}

/** Steps of one length in a row, at first. */
const fewest = 8;
/** Steps after which a search that does not lengthen them is given up. */
const most = 100_000;

/**
 * States at which nothing moves any more, under the first samples of the module's clamps and without its stimuli: backward Euler
 * with steps that double as long as the states move less and less, from the states of the module. No spikes are sent: what synapses
 * received before decays.
 *
 * @throws ModelError if the model does not come to rest, as a cell that fires by itself.
 */
export async function findSteadyState(
  module: View,
  options: SteadyStateOptions = {},
): Promise<States> {
  const { solver: _, ...fields } = modelOptionFields;
  checkOptions(options, { ...fields, tolerance: number, limit: number }, "findSteadyState");
  const { tolerance = 1e-9, limit = 1e5, onWarning, ...rest } = options;
  announce(warnOfNumbers(module.root.description), onWarning);
  const { dt: shortest = 0.025 } = rest;
  let { initialState } = rest;
  let [dt, count, time, done] = [shortest, fewest, 0, 0];
  while (time < limit && done < most) {
    const own = { ...rest, dt, resample: true, onWarning: false } as const;
    const start = initialState === undefined ? {} : { initialState };
    const loop = await openSearch(module, { ...own, ...start });
    const { distance, first, last } = await walk(loop, stateVector(module, loop.states()), count);
    done += count;
    // Gates move before voltages: together they may swing up in steps that each of them alone could take
    const shrinks = last < first || distance <= tolerance;
    if (!Number.isFinite(distance) || (!shrinks && dt > shortest)) {
      dt /= 2;
      count *= 2;
      continue;
    }
    if (distance <= tolerance && dt * count >= limit / 10) return loop.states();
    initialState = loop.states();
    time += dt * count;
    dt *= 2;
  }
  throw new ModelError(`The model does not come to rest within ${limit} ms.`, {
    subject: "limit",
    value: limit,
    remedy: "A cell that fires by itself never does; otherwise raise limit or tolerance.",
  });
}

/** Steps in a row: largest changes in the first and the last one, and the larger of the last and of the way from start to end. */
async function walk(loop: SearchLoop, { flatten }: StateVector, count: number) {
  const start = flatten(loop.states());
  let before = start;
  let [first, last] = [Number.NaN, Number.NaN];
  for (let k = 0; k < count; k++) {
    await loop.step();
    // What lies between is not looked at
    if (k > 0 && k < count - 2) continue;
    const now = flatten(loop.states());
    if (k === 0) first = furthest(before, now);
    if (k === count - 1) last = furthest(before, now);
    before = now;
  }
  return { first, last, distance: Math.max(last, furthest(start, before)) };
}

/** Largest difference of two states; NaN if one is not finite. */
function furthest(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}
