/** @file Derivatives by columns as those by the numbers of a plan, and directions of these numbers as moves of columns. */
import type { IonGradient, PlanGradient, SynapseGradient, Wanted } from "../../plan/gradient.ts";
import { isEliminated, type Plan } from "../../plan/plan.ts";
import { addAt, type Columns, columnOf, givenColumns, names } from "./columns.ts";

/** From um2 to the weights of currents: mA/cm2 over um2 in units of 100 nA. */
const perArea = 1e-4;

/**
 * A column of zeros for all that moves, all that is given, and the rest by which is differentiated.
 *
 * @param columns - all that moves.
 */
export function zeroColumns(plan: Plan, columns: Columns, steps: number): Columns {
  const { count, tree, ions, exchanges, stimuli, clamps, events, synapses } = plan;
  const zeros: Columns = new Map();
  const put = (name: string, length: number) => zeros.set(name, new Float64Array(length));
  for (const [name, { length }] of columns) put(name, length);
  for (const field of ["v", ...ions.map(({ key }) => key)]) {
    put(names.weight(field), count);
    put(names.capacity(field), tree.parent.length);
    put(names.conductance(field), tree.parent.length);
  }
  put(names.old, columnOf(columns, "v").length);
  put(names.exchanges, exchanges.length);
  for (const number of stimuli.keys()) put(names.stimulus(number), steps);
  for (const number of clamps.keys()) put(names.clamp(number), steps);
  for (const source of events.sources.keys()) put(names.spikes(source), steps + 1);
  for (const [kind, { pre }] of synapses.entries()) put(names.delays(kind), pre.length);
  return zeros;
}

/** @param bars - derivatives by all columns at the start. */
export function toGradient(plan: Plan, wanted: Wanted, bars: Columns): PlanGradient {
  const { count, ions, synapses, stimuli, clamps } = plan;
  const column = (name: string, length?: number) => columnOf(bars, name).slice(0, length);
  const columns = new Map([["v", column("v", count)]]);
  for (const key of startKeys(plan))
    columns.set(
      key,
      column(key).map((value, i) => (plan.presence.get(key)?.[i] === 0 ? 0 : value)),
    );
  for (const key of wantedKeys(plan, wanted)) columns.set(key, column(key));
  return {
    columns,
    area: column(names.weight("v")).map((sum) => sum * perArea),
    capacity: column(names.capacity("v"), count),
    conductance: ofAxial(plan, column(names.conductance("v"))),
    exchanges: column(names.exchanges),
    ions: ions.map(({ key, diffusion }): IonGradient => {
      if (diffusion === undefined)
        return { key, volume: new Float64Array(), conductance: new Float64Array() };
      const weights = column(names.weight(key));
      const volume = column(names.capacity(key), count).map((sum, i) => sum + (weights[i] ?? 0));
      return { key, volume, conductance: ofAxial(plan, column(names.conductance(key))) };
    }),
    synapses: synapses.map(({ states, parameters, arrivals }, kind): SynapseGradient => {
      const own = new Map(Array.from(states.keys(), (key) => [key, column(key)]));
      for (const key of parameters.keys())
        if (wanted.keys.has(key)) own.set(key, column(names.parameter(kind, key)));
      const hasDelays = arrivals !== undefined && wanted.delays;
      return { columns: own, delays: hasDelays ? column(names.delays(kind)) : undefined };
    }),
    stimuli: stimuli.map((_, number) => column(names.stimulus(number))),
    clamps: clamps.map((_, number) => column(names.clamp(number))),
  };
}

/** How all columns move at the start, in place of the zeros in `dots`. */
export function fromDirection(plan: Plan, direction: PlanGradient, dots: Columns): void {
  const put = (name: string, values: ArrayLike<number> = []) => columnOf(dots, name).set(values);
  for (const [key, values] of direction.columns) put(key, values);
  put(
    names.weight("v"),
    direction.area.map((value) => value * perArea),
  );
  put(names.capacity("v"), direction.capacity);
  put(names.conductance("v"), ofTree(plan, direction.conductance));
  put(names.exchanges, direction.exchanges);
  for (const { key, volume, conductance } of direction.ions) {
    put(names.weight(key), volume);
    put(names.capacity(key), volume);
    put(names.conductance(key), ofTree(plan, conductance));
  }
  for (const [kind, { columns, delays }] of direction.synapses.entries()) {
    const states = plan.synapses[kind]?.states;
    for (const [key, values] of columns)
      put(states?.has(key) === true ? key : names.parameter(kind, key), values);
    put(names.delays(kind), delays);
  }
  for (const [number, values] of direction.stimuli.entries()) put(names.stimulus(number), values);
  for (const [number, values] of direction.clamps.entries()) put(names.clamp(number), values);
}

/** Keys of start values, currents that are given among them. */
function startKeys({ states, currents, firstCurrents }: Plan): string[] {
  return [...states.keys(), ...(currents ?? firstCurrents).keys()];
}

function wantedKeys(plan: Plan, { keys }: Wanted): string[] {
  const given = givenColumns({ ...plan, synapses: [] });
  return [...keys].filter((key) => given.has(key));
}

/** Derivatives by the links of the tree as it is, from those by the links of the tree as it is solved. */
function ofAxial(plan: Plan, conductance: Float64Array): Float64Array {
  const { axial, schedule } = plan;
  const length = axial.parent.length;
  if (!isEliminated(plan)) return conductance.slice(0, length);
  const links = new Float64Array(length);
  for (const [node, link] of schedule.edge.entries())
    if (link >= 0) addAt(links, link, (schedule.factor[node] ?? 1) * (conductance[node] ?? 0));
  return links;
}

/** The transpose of the same: how the links of the tree as it is solved move. */
function ofTree(plan: Plan, links: Float64Array): Float64Array {
  const { schedule } = plan;
  if (!isEliminated(plan)) return links;
  return Float64Array.from(schedule.edge, (link, node) =>
    link < 0 ? 0 : (schedule.factor[node] ?? 1) * (links[link] ?? 0),
  );
}
