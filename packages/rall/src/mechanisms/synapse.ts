/** @file A synapse: an immutable declaration with its equations as expressions, as a channel is one. */

import { evaluate } from "../expressions/evaluate.ts";
import type { Expression } from "../expressions/expression.ts";
import type { Equation, ParameterDefinition, StateDefinition } from "./definition.ts";
import {
  bindQuantities,
  checkLocals,
  checkName,
  defineState,
  type Quantity,
  quantity,
  renameQuantities,
  Scope,
  type State,
} from "./equations.ts";

/** Quantities that any equation of a synapse may read: the voltages on both sides in mV, the time step in ms. */
export const synapseEnvironment = ["v_pre", "v_post", "dt"] as const;

export interface SynapseDefinition {
  readonly about?: string;
  /** Where the equations come from. */
  readonly source?: string;
  readonly parameters?: Readonly<Record<string, ParameterDefinition>>;
  readonly states?: Readonly<Record<string, StateDefinition>>;
  /** Names for parts of equations, in order; later ones may use earlier ones. */
  readonly let?: Readonly<Record<string, Equation>>;
  /** Current into the post-synaptic side in nA, outward positive, evaluated with the states after their update. */
  readonly current: Equation;
}

/** A synapse. Equations are expressions in local names, `v_pre`, `v_post` and `dt`. */
export interface Synapse<Name extends string = string> {
  readonly name: Name;
  readonly about: string;
  readonly source: string;
  readonly parameters: readonly Quantity[];
  readonly states: readonly State[];
  /** Current in nA. */
  readonly current: Expression;
  readonly currentName: string;
}

/**
 * Declares a synapse. In a network its parameters and states are called `<name>_<local>`, its current `i_<name>`.
 *
 * @throws {EquationError} for an equation that cannot be read, {ModelError} for names that clash, {ValueError} for a default
 *   that is not finite.
 */
export function defineSynapse<const Name extends string>(
  name: Name,
  definition: SynapseDefinition,
): Synapse<Name> {
  checkName(name, "synapse");
  checkLocals(name, definition, synapseEnvironment);
  const scope = new Scope(name, definition, synapseEnvironment);
  return Object.freeze({
    name,
    about: definition.about ?? "",
    source: definition.source ?? "",
    parameters: Object.entries(definition.parameters ?? {}).map(([local, parameter]) =>
      quantity(name, local, parameter),
    ),
    states: Object.entries(definition.states ?? {}).map(([local, state]) =>
      defineState(scope, name, local, state),
    ),
    current: scope.read("current", definition.current),
    currentName: `i_${name}`,
  });
}

/** The same synapse under another name, so that a network can hold both with values of their own. */
export function renameSynapse<const Name extends string>(
  synapse: Synapse,
  name: Name,
): Synapse<Name> {
  checkName(name, "synapse");
  return Object.freeze({
    ...synapse,
    name,
    parameters: renameQuantities(synapse.parameters, name),
    states: renameQuantities(synapse.states, name),
    currentName: `i_${name}`,
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
  return evaluate(synapse.current, bindings(synapse, point));
}

function bindings(synapse: Synapse, point: SynapsePoint): Record<string, number> {
  return {
    v_pre: point.vPre,
    v_post: point.vPost,
    dt: point.dt ?? 0.025,
    ...bindQuantities(synapse.parameters, point.parameters),
    ...bindQuantities(synapse.states, point.states),
  };
}
