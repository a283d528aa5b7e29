/** @file A pump: a mechanism that changes the concentration of an ion instead of the voltage. */
import { ModelError } from "../errors.ts";
import { type Channel, defineChannel } from "./channel.ts";
import type { ChannelDefinition, Equation, ParameterKey, StateKey } from "./definition.ts";

export interface PumpDefinition extends Omit<ChannelDefinition, "current" | "voltage" | "spike"> {
  /** Local name of the state that is the concentration. */
  readonly ion: string;
  /**
   * Loss of concentration in mM/ms, evaluated with the states after their update. A state named as a membrane current
   * (`i_Ca`) holds that current (mA/cm2) as it was at the end of the step before.
   */
  readonly current: Equation;
}

/**
 * Declares a pump. It is inserted like a channel; its concentration moves implicitly, and along the cell if it diffuses.
 *
 * @throws {ModelError} if `ion` is no state of the definition; otherwise as `defineChannel`.
 */
export function definePump<const Name extends string, const Definition extends PumpDefinition>(
  name: Name,
  definition: Definition,
): Channel<Name, ParameterKey<Name, Definition>, StateKey<Name, Definition>> {
  const { ion, ...rest } = definition;
  const channel = defineChannel(name, rest as ChannelDefinition);
  const state = channel.states.find(({ local }) => local === ion);
  if (state === undefined || state.update !== undefined) {
    throw new ModelError(
      state === undefined
        ? `The ion ${ion} of ${name} is none of its states.`
        : `The ion ${ion} of ${name} has a rule of its own.`,
      {
        subject: ion,
        remedy: "Declare it as a state without a rule; the pump's current moves it.",
      },
    );
  }
  return Object.freeze({ ...channel, ion: state.key }) as Channel<
    Name,
    ParameterKey<Name, Definition>,
    StateKey<Name, Definition>
  >;
}
