/** @file A synapse: an immutable declaration with its equations as expressions, as a channel is one. */

import { ModelError } from "../errors.ts";
import { evaluate } from "../expressions/evaluate.ts";
import type { Expression } from "../expressions/expression.ts";
import {
  check,
  checkKeys as checkKnown,
  finite,
  type Kind,
  record,
  required,
  text,
} from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { inWords } from "../util/words.ts";
import type {
  AnyEquation,
  Equation,
  Inferred,
  Items,
  Keyed,
  keys,
  NoItems,
  ParameterDefinition,
  Renamed,
  StateDefinition,
} from "./definition.ts";
import {
  bindQuantities,
  checkKeys,
  checkLocals,
  checkName,
  defineState,
  definitionMembers,
  equation,
  parameter,
  type Quantity,
  renameQuantities,
  Scope,
  type State,
} from "./equations.ts";

/** Quantities that any equation of a synapse may read: the voltages on both sides in mV, the time step in ms. */
export const synapseEnvironment = ["v_pre", "v_post", "dt"] as const;

const definitionKinds = {
  ...definitionMembers,
  pre: record(text),
  post: record(text),
  event: record(equation),
  current: equation,
  electrical: text,
};

/** Parameters that every synapse that spikes arrive at has; a definition may give them other defaults and units. */
const eventParameters = {
  weight: { value: 1e-3, unit: "uS", about: "what an arriving spike carries" },
  delay: { value: 1, unit: "ms", about: "time from a spike to its arrival" },
  threshold: { value: 10, unit: "mV", about: "pre-synaptic voltage that is a spike when crossed" },
} as const;

/** A synapse as it is written down. */
export interface SynapseDefinition<E extends AnyEquation = Equation> {
  readonly about?: string;
  /** Where the equations come from. */
  readonly source?: string;
  readonly parameters?: Readonly<Record<string, ParameterDefinition>>;
  readonly states?: Readonly<Record<string, StateDefinition<E>>>;
  /** Local names for states, parameters and geometry of the pre-synaptic compartment: `{ spikes: "Fire_spikes" }`. */
  readonly pre?: Readonly<Record<string, string>>;
  /** The same of the post-synaptic compartment. */
  readonly post?: Readonly<Record<string, string>>;
  /** Names for parts of equations, in order; later ones may use earlier ones. */
  readonly let?: Readonly<Record<string, E>>;
  /**
   * What the arrival of a spike does: new values of states. A synapse that has this also has the parameters `weight`, `delay`
   * (ms) and `threshold` (mV), which need not be declared.
   */
  readonly event?: Readonly<Record<string, E>>;
  /** Current into the post-synaptic side in nA, outward positive, evaluated with the states after their update. */
  readonly current?: E;
  /**
   * Makes it a gap junction: name of the parameter that is its conductance (uS). Its current is that times
   * `v_post - v_pre`, and leaves the pre-synaptic side as it enters the other.
   */
  readonly electrical?: string;
}

/** A quantity of the compartment on one side that a synapse reads. */
export interface SideReading {
  /** Its name in the equations. */
  readonly local: string;
  readonly side: "pre" | "post";
  /** Its name in the compartment. */
  readonly key: string;
}

/** A synapse. Equations are expressions in local names, `v_pre`, `v_post` and `dt`. */
export interface Synapse<
  Name extends string = string,
  Parameter extends string = string,
  S extends string = string,
> {
  readonly name: Name;
  readonly about: string;
  readonly source: string;
  readonly parameters: readonly Quantity[];
  readonly states: readonly State[];
  readonly readings: readonly SideReading[];
  /** New values of states by local name when a spike arrives; undefined if none ever does. */
  readonly event: ReadonlyMap<string, Expression> | undefined;
  /** Current in nA. */
  readonly current: Expression;
  readonly currentName: string;
  /** Key of the conductance of a gap junction. */
  readonly electrical: string | undefined;
  readonly [keys]?: { readonly parameter: Parameter; readonly state: S };
}

/** A synapse, as `defineSynapse` makes them. */
export const synapseKind: Kind = {
  what: "a synapse: a built-in one, or one that defineSynapse made",
  accepts: (value) =>
    typeof value === "object" && value !== null && "readings" in value && "current" in value,
  refuse: (value, subject) =>
    new ModelError(`${inWords(value)} is no synapse.`, {
      subject,
      value,
      remedy: "Take a built-in one, or declare one with defineSynapse.",
    }),
};

/** What a function among the equations of a synapse may use; spikes bring parameters of their own. */
type SynapseEquation<State extends string, P, Side extends string> = Equation<
  State,
  (typeof synapseEnvironment)[number] | Side,
  (keyof P & string) | keyof typeof eventParameters
>;

type EventKey<Name extends string, Event> = [Event] extends [never]
  ? never
  : `${Name}_${keyof typeof eventParameters}`;

/**
 * Declares a synapse. In a network its parameters and states are called `<name>_<local>`, its current `i_<name>`.
 *
 * @throws EquationError for an equation that cannot be read, ModelError for names that clash, ValueError for a default
 *   that is not finite.
 */
export function defineSynapse<
  const Name extends string,
  const P extends Items = NoItems,
  State extends string = never,
  const S extends Items = NoItems,
  Pre extends string = never,
  Post extends string = never,
  Event extends string = never,
>(
  name: Name,
  definition: Omit<
    Inferred<
      SynapseDefinition<SynapseEquation<NoInfer<State>, P, NoInfer<Pre | Post>>>,
      P,
      State,
      S,
      SynapseEquation<NoInfer<State>, P, NoInfer<Pre | Post>>
    >,
    "pre" | "post" | "event"
  > & {
    readonly pre?: Readonly<Record<Pre, string>>;
    readonly post?: Readonly<Record<Post, string>>;
    readonly event?: Readonly<
      Record<Event, SynapseEquation<NoInfer<State>, P, NoInfer<Pre | Post>>>
    >;
  },
): Synapse<Name, (Keyed<Name, P> & string) | EventKey<Name, Event>, Keyed<Name, S> & string>;
export function defineSynapse(name: string, definition: SynapseDefinition): Synapse {
  checkName(name, "synapse");
  checkOptions(definition, definitionKinds, `The definition of ${name}`);
  const readings = (["pre", "post"] as const).flatMap((side) =>
    Object.entries(definition[side] ?? {}).map(([local, key]) => ({ local, side, key })),
  );
  const seen = new Set<string>(synapseEnvironment);
  for (const { local } of readings) {
    checkName(local, `quantity of ${name}`);
    if (seen.has(local)) {
      throw new ModelError(`${name} has two meanings for ${local}.`, {
        subject: local,
        remedy: "Choose another name for one of them.",
      });
    }
    seen.add(local);
  }
  const whole = {
    ...definition,
    parameters: {
      ...(definition.event === undefined ? {} : eventParameters),
      ...definition.parameters,
    },
  };
  const environment = [...seen];
  checkLocals(name, whole, environment);
  checkElectrical(name, definition);
  const scope = new Scope(name, whole, environment);
  const states = Object.entries(definition.states ?? {}).map(([local, state]) =>
    defineState(scope, name, local, state),
  );
  const event = Object.entries(definition.event ?? {}).map(([local, equation]) => {
    if (!states.some((state) => state.local === local)) {
      throw new ModelError(`${name} has no state ${local} that a spike could change.`, {
        subject: local,
        remedy: `Its states are: ${states.map((state) => state.local).join(", ") || "none"}.`,
      });
    }
    return [local, scope.read(`event, ${local}`, equation)] as const;
  });
  // A spike cannot arrive before it was sent, whatever a definition says
  const isDelay = (local: string) => definition.event !== undefined && local === "delay";
  const { electrical } = definition;
  const current =
    electrical === undefined ? definition.current : `${electrical} * (v_post - v_pre)`;
  const parameters = Object.entries(whole.parameters).map(([local, one]) =>
    parameter(name, local, isDelay(local) ? { ...one, domain: "delay" } : one),
  );
  checkKeys(name, [...parameters, ...states], `i_${name}`);
  return Object.freeze({
    name,
    about: definition.about ?? "",
    source: definition.source ?? "",
    parameters,
    states,
    readings,
    event: definition.event === undefined ? undefined : new Map(event),
    current: scope.read("current", current ?? "0"),
    currentName: `i_${name}`,
    electrical: electrical === undefined ? undefined : `${name}_${electrical}`,
  });
}

function checkElectrical(name: string, definition: SynapseDefinition): void {
  const { electrical, current, event, states, parameters } = definition;
  if (electrical === undefined) {
    if (current !== undefined) return;
    throw new ModelError(`${name} has no current.`, {
      subject: name,
      remedy: 'Give one, in nA: { current: "g * (v_post - e)" }.',
    });
  }
  const problem =
    parameters?.[electrical] === undefined
      ? `has no parameter ${electrical}, which should be its conductance`
      : current !== undefined || event !== undefined || states !== undefined
        ? "is a gap junction, which has neither states, nor events, nor a current of its own"
        : undefined;
  if (problem !== undefined) throw new ModelError(`${name} ${problem}.`, { subject: name });
}

/** The same synapse under another name, so that a network can hold both with values of their own. */
export function renameSynapse<
  Old extends string,
  P extends string,
  S extends string,
  const Name extends string,
>(
  synapse: Synapse<Old, P, S>,
  name: Name,
): Synapse<Name, Renamed<P, Old, Name>, Renamed<S, Old, Name>>;
export function renameSynapse(synapse: Synapse, name: string): Synapse {
  check(synapse, synapseKind, "synapse");
  checkName(name, "synapse");
  const parameters = renameQuantities(synapse.parameters, name);
  const states = renameQuantities(synapse.states, name);
  const currentName = `i_${name}`;
  checkKeys(name, [...parameters, ...states], currentName);
  return Object.freeze({
    ...synapse,
    ...{ name, parameters, states, currentName },
    electrical: synapse.electrical && name + synapse.electrical.slice(synapse.name.length),
  });
}

/** Where and when a synapse is evaluated. Absent parameters and states take their defaults. */
export interface SynapsePoint {
  /** Voltages of both sides in mV. */
  readonly vPre: number;
  readonly vPost: number;
  /** Time step in ms, default 0.025. */
  readonly dt?: number;
  /** By key, as in a network (`IonotropicSynapse_gS`). */
  readonly parameters?: Readonly<Record<string, number>>;
  readonly states?: Readonly<Record<string, number>>;
  /** Quantities of the compartments that the synapse reads, by their local names. */
  readonly readings?: Readonly<Record<string, number>>;
}

/** States of a synapse after a spike arrived, by key; states that it leaves alone are absent. */
export function receiveSpike(synapse: Synapse, point: SynapsePoint): Record<string, number> {
  const at = bindings(synapse, point);
  const keyed = synapse.states.flatMap(({ key, local }) => {
    const value = synapse.event?.get(local);
    return value === undefined ? [] : [[key, evaluate(value, at)] as const];
  });
  return Object.fromEntries(keyed);
}

/** States of a synapse after one step, by key. */
export function updateSynapse(synapse: Synapse, point: SynapsePoint): Record<string, number> {
  const at = bindings(synapse, point);
  const updated = synapse.states.map(({ key, local, update }) => {
    return [key, update === undefined ? (at[local] ?? Number.NaN) : evaluate(update, at)] as const;
  });
  return Object.fromEntries(updated);
}

/** Current of a synapse into its post-synaptic side in nA, outward positive. */
export function synapticCurrent(synapse: Synapse, point: SynapsePoint): number {
  const at = bindings(synapse, point);
  return evaluate(synapse.current, at);
}

const pointKinds = {
  ...{ vPre: required(finite), vPost: required(finite), dt: finite },
  ...{ parameters: record(finite), states: record(finite), readings: record(finite) },
};

function bindings(synapse: Synapse, point: SynapsePoint): Record<string, number> {
  check(synapse, synapseKind, "synapse");
  checkOptions(point, pointKinds, `A point of ${synapse.name}`);
  const { parameters = {}, states = {}, readings = {} } = point;
  const keysOf = (items: readonly Quantity[]) => items.map(({ key }) => key);
  checkKnown(parameters, keysOf(synapse.parameters), synapse.name);
  checkKnown(states, keysOf(synapse.states), synapse.name);
  const locals = synapse.readings.map(({ local }) => local);
  checkKnown(readings, locals, synapse.name);
  return {
    v_pre: point.vPre,
    v_post: point.vPost,
    dt: point.dt ?? 0.025,
    ...readings,
    ...bindQuantities(synapse.parameters, parameters),
    ...bindQuantities(synapse.states, states),
  };
}
