/** @file A pump: a mechanism that changes the concentration of an ion instead of the voltage. */
import { ModelError } from "../errors.ts";
import { check, having, required, text } from "../util/kinds.ts";
import { type Channel, type ChannelEquation, defineChannel } from "./channel.ts";
import type {
  AnyEquation,
  ChannelDefinition,
  Equation,
  Inferred,
  Items,
  Keyed,
  NoItems,
} from "./definition.ts";
import { checkName } from "./equations.ts";

const pumpKind = having({ ion: required(text) }, "a definition with the name of an ion");

/** A pump as it is written down. */
export interface PumpDefinition<E extends AnyEquation = Equation>
  extends Omit<ChannelDefinition<E>, "current" | "voltage" | "spike"> {
  /** Local name of the state that is the concentration. */
  readonly ion: string;
  /**
   * Loss of concentration in mM/ms, evaluated with the states after their update. A state named as a membrane current
   * (`i_Ca`) holds that current (mA/cm2) as it was at the end of the step before.
   */
  readonly current: E;
}

/**
 * Declares a pump. It is inserted like a channel; its concentration moves implicitly, and along the cell if it diffuses.
 *
 * @throws ModelError if `ion` is no state of the definition; otherwise as `defineChannel`.
 */
export function definePump<
  const Name extends string,
  const P extends Items = NoItems,
  State extends string = never,
  const S extends Items = NoItems,
  const Current extends string = `i_${Name}`,
>(
  name: Name,
  definition: Inferred<
    PumpDefinition<ChannelEquation<NoInfer<State>, P>>,
    P,
    State,
    S,
    ChannelEquation<NoInfer<State>, P>
  > & { readonly currentName?: Current },
): Channel<Name, Keyed<Name, P> & string, Keyed<Name, S> & string, Current>;
export function definePump(name: string, definition: PumpDefinition): Channel {
  checkName(name, "pump");
  check(definition, pumpKind, `The definition of ${name}`);
  const { ion, ...rest } = definition;
  const channel: Channel = defineChannel(name, rest);
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
  return Object.freeze({ ...channel, ion: state.key });
}
