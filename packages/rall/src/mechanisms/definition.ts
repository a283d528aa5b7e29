/** @file How a user writes a channel down. Types of the keys that it has follow from the declaration. */
import type { Expression, Operand } from "../expressions/expression.ts";
import type { Domain } from "./domain.ts";

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

/** Names that a module gives to something else, in equations or without: no key and no current can have them. */
const taken = new Set([
  ...Object.keys(environment),
  ...["resistive_load_in", "resistive_load_out", "i", "i_clamp", "i_membrane"],
]);

/** Whether a name is taken by what every module has. */
export function isReserved(name: string): boolean {
  return taken.has(name) || name.startsWith("axial_diffusion_");
}

/** Name of a quantity of the environment. */
export type EnvironmentName = keyof typeof environment;

/** The names that an equation written as a function receives, each with the expression that stands for it. */
export type Names<Name extends string = string> = Readonly<Record<Name, Expression>>;

/**
 * An equation: text in the expression language, or a function of the mechanism's states, its environment (`v`, `dt`, the
 * geometry) and its parameters that builds an expression. The names that such a function may use are checked by its type.
 */
export type Equation<
  State extends string = string,
  Environment extends string = string,
  Parameter extends string = string,
> =
  | string
  | ((
      states: Names<State>,
      environment: Names<Environment>,
      parameters: Names<Parameter>,
    ) => Operand);

/** An equation whatever names it uses. */
export type AnyEquation =
  | string
  | ((states: never, environment: never, parameters: never) => Operand);

/** A parameter as it is written down. */
export interface ParameterDefinition {
  /** Default value. */
  readonly value: number;
  readonly unit?: string;
  /** One value per compartment for all mechanisms that name it (`eK`); its key has no prefix. */
  readonly shared?: boolean;
  readonly about?: string;
  /** Which values it may have; default: by its unit, conductances from 0 up, times and concentrations not negative. */
  readonly domain?: Domain;
}

/** Opening and closing rate in 1/ms, or steady state and time constant in ms. */
export type GateDefinition<E extends AnyEquation = Equation> =
  | { readonly alpha: E; readonly beta: E }
  | { readonly inf: E; readonly tau: E };

/**
 * A state and how it moves: by exactly one of `gate`, `derivative` (per ms; integrated exactly, with all else held, where it is linear in the
 * state) or `update` (the new value). Without any of them it stays as it is set.
 */
export interface StateDefinition<E extends AnyEquation = Equation> {
  /** Start value, until `initStates` or `set` gives another. */
  readonly value: number;
  readonly unit?: string;
  readonly shared?: boolean;
  readonly about?: string;
  /** Which values it may be set to; a run may leave them. Default: by its unit, as for parameters. */
  readonly domain?: Domain;
  readonly gate?: GateDefinition<E>;
  readonly derivative?: E;
  readonly update?: E;
  /** What `initStates` sets; by default a gate's steady state, and nothing for other states. */
  readonly initial?: E;
}

/** A channel as it is written down. */
export interface ChannelDefinition<E extends AnyEquation = Equation> {
  readonly about?: string;
  /** Where the equations come from. */
  readonly source?: string;
  readonly parameters?: Readonly<Record<string, ParameterDefinition>>;
  readonly states?: Readonly<Record<string, StateDefinition<E>>>;
  /** Names for parts of equations, in order; later ones may use earlier ones. */
  readonly let?: Readonly<Record<string, E>>;
  /** Current density in mA/cm2, outward positive, evaluated with the states after their update. Default 0. */
  readonly current?: E;
  /** Name under which the current is recorded; channels that share one add up. Default `i_<name>`. */
  readonly currentName?: string;
  /** New voltage (mV) before the currents are evaluated: for resets and simplified neurons. */
  readonly voltage?: E;
  /**
   * 1 in a step with a spike, 0 in others. Spike recordings and event synapses of the compartment go by it instead of by
   * a crossing of the voltage, which a reset may hide.
   */
  readonly spike?: E;
}

/** Type-level record of the keys of a mechanism; never present at run time. */
export declare const keys: unique symbol;

/** Parameters or states by name, as far as their keys depend on them. */
export type Items = Readonly<Record<string, object>>;

/** No parameters, or no states. */
export type NoItems = Readonly<Record<never, never>>;

/**
 * Keys of the parameters or states of a mechanism `Name`: `<Name>_<local>`, or just `<local>` where it is shared. Where it is
 * used, `& string` has editors and declarations show the keys themselves.
 */
export type Keyed<Name extends string, I, Local = keyof I> = Local extends keyof I & string
  ? I[Local] extends { readonly shared: true }
    ? Local
    : `${Name}_${Local}`
  : never;

/** The keys of a mechanism `Name` that takes the name `Other`. */
export type Renamed<
  Key extends string,
  Name extends string,
  Other extends string,
> = Key extends `${Name}_${infer Local}` ? `${Other}_${Local}` : Key;

/**
 * A definition as it is inferred from what is written: parameters `P` and states `S` by name, of which `State` are the
 * names alone, known before the functions among the equations are looked at.
 */
export type Inferred<
  Whole,
  P extends Items,
  State extends string,
  S extends Items,
  E extends AnyEquation,
> = Omit<Whole, "parameters" | "states"> & {
  readonly parameters?: P & Readonly<Record<keyof P & string, ParameterDefinition>>;
  readonly states?: Readonly<Record<State, StateDefinition<E>>> & S;
};
