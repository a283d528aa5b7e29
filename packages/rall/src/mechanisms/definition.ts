/** @file How a user writes a channel down. Types of the keys that it has follow from the declaration. */
import type { Expression, Operand } from "../expressions/expression.ts";

/** Quantities that any equation may read besides the channel's own. */
export const environment = {
  v: "mV",
  dt: "ms",
  radius: "um",
  length: "um",
  area: "um2",
  volume: "um3",
  axial_resistivity: "Ohm cm",
  capacitance: "uF/cm2",
  celsius: "deg C",
} as const;

export type EnvironmentName = keyof typeof environment;

/** The names that an equation written as a function receives. */
export type Names = Readonly<Record<string, Expression>>;

/**
 * An equation: text in the expression language, or a function of the channel's states, its environment (`v`, `dt`, the
 * geometry) and its parameters that builds an expression.
 */
export type Equation = string | ((states: Names, environment: Names, parameters: Names) => Operand);

export interface ParameterDefinition {
  /** Default value. */
  readonly value: number;
  readonly unit?: string;
  /** One value per compartment for all mechanisms that name it (`eK`); its key has no prefix. */
  readonly shared?: boolean;
  readonly about?: string;
}

/** Opening and closing rate in 1/ms, or steady state and time constant in ms. */
export type GateDefinition =
  | { readonly alpha: Equation; readonly beta: Equation }
  | { readonly inf: Equation; readonly tau: Equation };

/**
 * A state and how it moves: by exactly one of `gate`, `derivative` (per ms; integrated exactly where it is linear in the
 * state) or `update` (the new value). Without any of them it stays as it is set.
 */
export interface StateDefinition {
  /** Start value, until `initStates` or `set` gives another. */
  readonly value: number;
  readonly unit?: string;
  readonly shared?: boolean;
  readonly about?: string;
  readonly gate?: GateDefinition;
  readonly derivative?: Equation;
  readonly update?: Equation;
  /** What `initStates` sets; by default a gate's steady state, and nothing for other states. */
  readonly initial?: Equation;
}

export interface ChannelDefinition {
  readonly about?: string;
  /** Where the equations come from. */
  readonly source?: string;
  readonly parameters?: Readonly<Record<string, ParameterDefinition>>;
  readonly states?: Readonly<Record<string, StateDefinition>>;
  /** Names for parts of equations, in order; later ones may use earlier ones. */
  readonly let?: Readonly<Record<string, Equation>>;
  /** Current density in mA/cm2, outward positive, evaluated with the states after their update. Default 0. */
  readonly current?: Equation;
  /** Name under which the current is recorded; channels that share one add up. Default `i_<name>`. */
  readonly currentName?: string;
  /** New voltage (mV) before the currents are evaluated: for resets and simplified neurons. */
  readonly voltage?: Equation;
  /**
   * 1 in a step with a spike, 0 in others. Spike recordings and event synapses of the compartment go by it instead of by
   * a crossing of the voltage, which a reset may hide.
   */
  readonly spike?: Equation;
}

type Keyed<Name extends string, Items> = {
  [Local in keyof Items & string]: Items[Local] extends { readonly shared: true }
    ? Local
    : `${Name}_${Local}`;
}[keyof Items & string];

/** Keys of the parameters of a channel `Name` declared by `Definition`. */
export type ParameterKey<Name extends string, Definition> = Definition extends {
  readonly parameters: infer Items;
}
  ? Keyed<Name, Items>
  : never;

/** Keys of the states of a channel `Name` declared by `Definition`. */
export type StateKey<Name extends string, Definition> = Definition extends {
  readonly states: infer Items;
}
  ? Keyed<Name, Items>
  : never;
