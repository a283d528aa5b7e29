/**
 * @file The chain rule from what a user gives to the numbers of a plan and back. A model's values are overwritten by sets, one after
 * the other, and lowered to a plan; `pullBack` turns derivatives by the numbers of the plan into those by the values of the sets,
 * `pushForward` a direction of these into one of the plan. One is the transpose of the other.
 */
import type { Synapse } from "../mechanisms/synapse.ts";
import { type Description, diffusionKey } from "../modules/description.ts";
import type { DataSet } from "../modules/feed.ts";
import { cylinderSlopes, isGeometryKey } from "../modules/geometry.ts";
import { synapseTable } from "../modules/synapses.ts";
import { rowsWithKey } from "../modules/values.ts";
import type { PlanGradient, SynapseGradient, Wanted } from "../plan/gradient.ts";
import type { Plan, States } from "../plan/plan.ts";
import { pullGeometry, pushGeometry } from "./geometry-chain.ts";
import { ModelVector } from "./model-vector.ts";
import { pullStagger, pushStagger } from "./stagger-chain.ts";

/** A plan, and what it was made of. */
export interface Lowering {
  /** With the sets in it. */
  readonly description: Description;
  /** In the order in which they were put in: parameters, then data. */
  readonly sets: readonly DataSet[];
  readonly initialState: States | undefined;
  readonly plan: Plan;
}

/** Derivatives by what was given. */
export interface SetGradient {
  /** For each set one number per place that has the key, in the order of its places; 0 where a later set has overwritten it. */
  readonly sets: readonly Float64Array[];
  /** By the states of `initialState`; undefined if the run starts from those of the model. */
  readonly initialState: Readonly<Record<string, Float64Array>> | undefined;
}

/** A direction in which what was given moves. */
export interface SetDirection {
  /** For each set one number per place that has the key. */
  readonly sets: readonly ArrayLike<number>[];
  /** Of states in `initialState`, by key; default: none moves. */
  readonly initialState?: Readonly<Record<string, ArrayLike<number>>>;
  /** Of the samples of each stimulus and clamp; default: none moves. */
  readonly stimuli?: readonly Float64Array[];
  readonly clamps?: readonly Float64Array[];
}

/** What a plan must be differentiated with respect to, so that derivatives by the values of the sets follow. */
export function wantedBy(description: Description, sets: readonly DataSet[]): Wanted {
  const keys = new Set<string>();
  let [geometry, delays] = [false, false];
  const constants = new Set(description.diffusing.map(diffusionKey));
  const quantities = description.quantities();
  for (const { key, synapse: name } of sets) {
    if (name !== undefined) {
      const { synapse } = synapseTable(description, name);
      const isDelay = key === delayKey(synapse);
      if (isDelay) delays = true;
      else if (synapse.parameters.some((parameter) => parameter.key === key)) keys.add(key);
      if (key === synapse.electrical) geometry = true;
    } else if (isGeometryKey(key)) {
      if (key === "v") continue;
      keys.add(key);
      if (key === "radius" || key === "length")
        for (const derived of cylinderSlopes(1, 1)) keys.add(derived.key);
      if (key !== "celsius") geometry = true;
    } else if (constants.has(key)) geometry = true;
    else if (quantities.get(key)?.isState === false) keys.add(key);
  }
  return { keys, geometry, delays };
}

/** From derivatives by the numbers of a plan to those by the values of its sets. */
export function pullBack(lowering: Lowering, gradient: PlanGradient): SetGradient {
  const { description, plan, sets, initialState } = lowering;
  const bars = ModelVector.zero(description);
  const given = initialState === undefined ? bars : ModelVector.zero(description);
  for (const [key, column] of gradient.columns)
    (isGiven(plan, key) ? given : bars).add(column, key);
  for (const [k, { name, parameters }] of plan.synapses.entries()) {
    const own = gradient.synapses[k];
    for (const [key, column] of own?.columns ?? [])
      (parameters.has(key) ? bars : given).add(column, key, name);
    const delay = delayKey(synapseTable(description, name).synapse);
    if (delay !== undefined) bars.add(own?.delays ?? [], delay, name);
  }
  if (isStaggered(lowering)) pullStagger(description, plan, bars);
  pullGeometry(description, plan, gradient, bars);
  return {
    sets: sets
      .toReversed()
      .map((set) => pullSet(description, set, bars))
      .reverse(),
    initialState:
      initialState &&
      Object.fromEntries(
        Object.keys(initialState.values).map((key) => [
          key,
          given.column(key, kindWithState(plan, key)),
        ]),
      ),
  };
}

/** Takes the derivatives at the places of a set; earlier values there did not matter. */
function pullSet(description: Description, set: DataSet, bars: ModelVector): Float64Array {
  const rows = rowsOf(description, set);
  const { radius, length } = description.geometry;
  if (makesCylinders(set)) {
    const [byRadius, byLength] = [bars.column("radius"), bars.column("length")];
    for (const i of rows) {
      // Derived values that no later set has overwritten follow from the radius and length at the end
      for (const slope of cylinderSlopes(radius[i] ?? 0, length[i] ?? 0)) {
        const derived = bars.column(slope.key);
        const bar = derived[i] ?? 0;
        byRadius[i] = (byRadius[i] ?? 0) + bar * slope.byRadius;
        byLength[i] = (byLength[i] ?? 0) + bar * slope.byLength;
        derived[i] = 0;
      }
    }
  }
  const column = bars.column(set.key, set.synapse);
  const taken = new Float64Array(rows.length);
  // Of a place that stands there twice the last one counts
  for (let k = rows.length - 1; k >= 0; k--) {
    const row = rows[k] ?? 0;
    taken[k] = column[row] ?? 0;
    column[row] = 0;
  }
  return taken;
}

/** From a direction of the values of the sets to that of the numbers of the plan; the columns are of what `wantedBy` asks for. */
export function pushForward(lowering: Lowering, direction: SetDirection): PlanGradient {
  const { description, plan, sets, initialState } = lowering;
  const dots = ModelVector.zero(description);
  for (const [k, set] of sets.entries()) pushSet(description, set, direction.sets[k] ?? [], dots);
  if (isStaggered(lowering)) pushStagger(description, plan, dots);
  const given = initialState === undefined ? dots : ModelVector.zero(description);
  if (initialState !== undefined) {
    for (const [key, column] of Object.entries(direction.initialState ?? {})) {
      const present = plan.presence.get(key);
      const moves = Float64Array.from(column, (dot, i) => (present?.[i] === 0 ? 0 : dot));
      given.add(moves, key, kindWithState(plan, key));
    }
  }
  const { keys } = wantedBy(description, sets);
  const wanted = [...plan.parameters.keys(), ...Object.keys(plan.geometry)].filter((key) =>
    keys.has(key),
  );
  const columns = ["v", ...plan.states.keys(), ...plan.currentNames, ...wanted].map(
    (key) => [key, (isGiven(plan, key) ? given : dots).column(key)] as const,
  );
  const synapses = plan.synapses.map(({ name, states, parameters }): SynapseGradient => {
    const delay = delayKey(synapseTable(description, name).synapse);
    const ofParameters = [...parameters.keys()].filter((key) => keys.has(key));
    return {
      columns: new Map([
        ...Array.from(states.keys(), (key) => [key, given.column(key, name)] as const),
        ...ofParameters.map((key) => [key, dots.column(key, name)] as const),
      ]),
      delays: delay === undefined ? undefined : dots.column(delay, name),
    };
  });
  const still = ({ samples }: { readonly samples: Float64Array }) =>
    new Float64Array(samples.length);
  return {
    columns: new Map(columns),
    ...pushGeometry(description, plan, dots),
    synapses,
    stimuli: direction.stimuli ?? plan.stimuli.map(still),
    clamps: direction.clamps ?? plan.clamps.map(still),
  };
}

function pushSet(
  description: Description,
  set: DataSet,
  direction: ArrayLike<number>,
  dots: ModelVector,
): void {
  const rows = rowsOf(description, set);
  const column = dots.column(set.key, set.synapse);
  for (const [k, row] of rows.entries()) column[row] = direction[k] ?? 0;
  if (!makesCylinders(set)) return;
  const { radius, length } = description.geometry;
  const [ofRadius, ofLength] = [dots.column("radius"), dots.column("length")];
  for (const i of rows) {
    for (const { key, byRadius, byLength } of cylinderSlopes(radius[i] ?? 0, length[i] ?? 0))
      dots.column(key)[i] = byRadius * (ofRadius[i] ?? 0) + byLength * (ofLength[i] ?? 0);
  }
}

/** Places that a set writes to. */
function rowsOf(description: Description, { key, synapse, places }: DataSet): Int32Array {
  return synapse === undefined ? rowsWithKey(description, places, key) : places;
}

function makesCylinders({ key, synapse }: DataSet): boolean {
  return synapse === undefined && (key === "radius" || key === "length");
}

/** Whether the plan's start values of a key of compartments are those of `initialState`, if there is one. */
function isGiven({ states, currents, currentNames }: Plan, key: string): boolean {
  return key === "v" || states.has(key) || (currents !== undefined && currentNames.includes(key));
}

function isStaggered({ plan, initialState }: Lowering): boolean {
  return plan.solver === "staggered" && initialState === undefined;
}

function kindWithState({ synapses }: Plan, key: string): string | undefined {
  return synapses.find(({ states, currentName }) => states.has(key) || currentName === key)?.name;
}

/** Key of the delay of a synapse that spikes arrive at. */
function delayKey({ event, parameters }: Synapse): string | undefined {
  return event && parameters.find(({ local }) => local === "delay")?.key;
}
