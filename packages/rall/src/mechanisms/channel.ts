/** @file A channel: an immutable declaration with its equations as expressions, from which all else follows. */
import { ModelError } from "../errors.ts";
import { constant, type Expression } from "../expressions/expression.ts";
import { check, type Kind, text } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { inWords } from "../util/words.ts";
import {
  type ChannelDefinition,
  type EnvironmentName,
  type Equation,
  environment,
  type Inferred,
  type Items,
  type Keyed,
  type keys,
  type NoItems,
  type Renamed,
} from "./definition.ts";
import {
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

export type { Gate, Quantity, State } from "./equations.ts";

const definitionKinds = {
  ...definitionMembers,
  currentName: text,
  current: equation,
  voltage: equation,
  spike: equation,
};

const environmentNames = Object.keys(environment);

/** A channel or pump, as `defineChannel` and its kin make them. */
export const channelKind: Kind = {
  what: "a channel: a built-in one, or one that defineChannel or definePump made",
  accepts: (value) =>
    typeof value === "object" && value !== null && "hasOwnCurrentName" in value && "ion" in value,
  refuse: (value, subject) =>
    new ModelError(
      `${inWords(value)} is no channel${typeof value === "object" && value !== null && "readings" in value ? ", but a synapse" : ""}.`,
      {
        subject,
        value,
        remedy:
          "Insert a built-in channel, or one that defineChannel or definePump made; synapses connect.",
      },
    ),
};

/**
 * A channel. Equations are expressions in local names: those of the channel's parameters and states, and those of the
 * environment (`v` in mV, `dt` in ms, `radius`, `length`, `area`, `volume`, `axial_resistivity`, `capacitance`).
 */
export interface Channel<
  Name extends string = string,
  Parameter extends string = string,
  S extends string = string,
  Current extends string = string,
> {
  readonly name: Name;
  /** The name it was defined under, which inserting under another name does not change. */
  readonly kind: string;
  readonly about: string;
  readonly source: string;
  readonly parameters: readonly Quantity[];
  readonly states: readonly State[];
  /** Current density in mA/cm2. */
  readonly current: Expression;
  readonly currentName: string;
  /** Whether the definition named the current, so that another name for the channel leaves it. */
  readonly hasOwnCurrentName: boolean;
  /** New voltage, for channels that reset or drive it themselves. */
  readonly voltage: Expression | undefined;
  /** 1 in a step with a spike, 0 in others; undefined if the voltage tells. */
  readonly spike: Expression | undefined;
  /** Key of the concentration that a pump moves; its current is then a loss of that in mM/ms. */
  readonly ion: string | undefined;
  readonly [keys]?: {
    readonly parameter: Parameter;
    readonly state: S;
    readonly current: Current;
  };
}

/**
 * Declares a channel. In a module its parameters and states are called `<name>_<local>`, those marked `shared` just
 * `<local>`.
 *
 * @param name - letters, digits and underscores.
 * @throws EquationError for an equation that cannot be read, with its place, and the equation's name as `subject`.
 * @throws ModelError for names that clash or a state with several rules.
 * @throws ValueError for a default that is not finite.
 */
export function defineChannel<
  const Name extends string,
  const P extends Items = NoItems,
  State extends string = never,
  const S extends Items = NoItems,
  const Current extends string = `i_${Name}`,
>(
  name: Name,
  definition: Inferred<
    ChannelDefinition<ChannelEquation<NoInfer<State>, P>>,
    P,
    State,
    S,
    ChannelEquation<NoInfer<State>, P>
  > & { readonly currentName?: Current },
): Channel<Name, Keyed<Name, P> & string, Keyed<Name, S> & string, Current>;
export function defineChannel(name: string, definition: ChannelDefinition): Channel {
  checkName(name, "channel");
  checkOptions(definition, definitionKinds, `The definition of ${name}`);
  checkLocals(name, definition, environmentNames);
  const scope = new Scope(name, definition, environmentNames);
  const states = Object.entries(definition.states ?? {}).map(([local, state]) =>
    defineState(scope, name, local, state),
  );
  const parameters = Object.entries(definition.parameters ?? {}).map(([local, one]) =>
    parameter(name, local, one),
  );
  const { currentName = `i_${name}` } = definition;
  checkKeys(name, [...parameters, ...states], currentName);
  return Object.freeze({
    name,
    kind: name,
    about: definition.about ?? "",
    source: definition.source ?? "",
    parameters,
    states,
    current:
      definition.current === undefined ? constant(0) : scope.read("current", definition.current),
    currentName,
    hasOwnCurrentName: definition.currentName !== undefined,
    voltage:
      definition.voltage === undefined ? undefined : scope.read("voltage", definition.voltage),
    spike: definition.spike === undefined ? undefined : scope.read("spike", definition.spike),
    ion: undefined,
  });
}

/**
 * The same channel under another name, so that a compartment can hold it twice: prefixes of its keys change, shared
 * names do not, nor does a current name that the definition fixed (HH always reports `i_HH`).
 */
export function renameChannel<
  Old extends string,
  P extends string,
  S extends string,
  Current extends string,
  const Name extends string,
>(
  channel: Channel<Old, P, S, Current>,
  name: Name,
): Channel<Name, Renamed<P, Old, Name>, Renamed<S, Old, Name>, RenamedCurrent<Current, Old, Name>>;
export function renameChannel(channel: Channel, name: string): Channel {
  check(channel, channelKind, "channel");
  checkName(name, "channel");
  const parameters = renameQuantities(channel.parameters, name);
  const states = renameQuantities(channel.states, name);
  const currentName = channel.hasOwnCurrentName ? channel.currentName : `i_${name}`;
  checkKeys(name, [...parameters, ...states], currentName);
  return Object.freeze({
    ...channel,
    ...{ name, parameters, states, currentName },
    ion: renameKey(channel, name),
  });
}

/** An equation of a channel with such states and parameters. */
export type ChannelEquation<State extends string, P> = Equation<
  State,
  EnvironmentName,
  keyof P & string
>;

/** A current named after its channel is renamed with it; one that the definition names, if otherwise, is not. */
type RenamedCurrent<Current, Old extends string, Name extends string> = Current extends `i_${Old}`
  ? `i_${Name}` | Current
  : Current;

function renameKey({ ion, states }: Channel, name: string): string | undefined {
  const state = states.find(({ key }) => key === ion);
  return state === undefined || state.shared ? ion : `${name}_${state.local}`;
}
