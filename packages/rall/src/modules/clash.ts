/** @file Mechanisms of one module whose names would mean the same number by mistake. */
import { ModelError } from "../errors.ts";
import type { Channel } from "../mechanisms/channel.ts";
import type { Quantity } from "../mechanisms/equations.ts";
import type { Synapse } from "../mechanisms/synapse.ts";

type Mechanism = Channel | Synapse;

/**
 * Keys are made of names (`Na` with `T_g`, `Na_T` with `g`), so that two mechanisms may come to the same one; only what channels share
 * may be the same number. A channel that has a current of another as a shared state reads it.
 *
 * @throws ModelError naming both mechanisms.
 */
export function checkClash(mechanism: Mechanism, others: Iterable<Mechanism>): void {
  const own = new Map(quantitiesOf(mechanism).map((quantity) => [quantity.key, quantity]));
  for (const other of others) {
    if (other.name === mechanism.name) continue;
    const areChannels = isChannel(mechanism) && isChannel(other);
    for (const { key, shared } of quantitiesOf(other)) {
      const same = own.get(key);
      if (same === undefined || (areChannels && same.shared && shared)) continue;
      throw clash(mechanism, other, key, "have");
    }
    if (areChannels) checkCurrents(mechanism, other);
    else
      for (const [one, two] of [
        [mechanism, other],
        [other, mechanism],
      ] as const) {
        const { currentName } = one;
        const isTaken = quantitiesOf(two).some(({ key }) => key === currentName);
        if (isTaken || currentName === two.currentName)
          throw clash(mechanism, other, currentName, "use");
      }
  }
}

/** A current of the membrane and the loss of a concentration cannot add up. */
function checkCurrents(one: Channel, other: Channel): void {
  const { currentName } = one;
  if (currentName !== other.currentName || (one.ion === undefined) === (other.ion === undefined))
    return;
  throw new ModelError(
    `The current ${currentName} of ${one.name} has the name of that of ${other.name}, and one of them is that of a pump.`,
    { subject: currentName, remedy: "Give it another: currentName in its definition." },
  );
}

function clash(one: Mechanism, other: Mechanism, key: string, verb: "have" | "use"): ModelError {
  return new ModelError(
    `${one.name} and ${other.name} both ${verb} ${key}, and not as a shared quantity of two channels.`,
    {
      subject: key,
      remedy: "Insert one of them under another name, or declare it as shared in both.",
    },
  );
}

function isChannel(mechanism: Mechanism): mechanism is Channel {
  return !("readings" in mechanism);
}

function quantitiesOf({ parameters, states }: Mechanism): Quantity[] {
  return [...parameters, ...states];
}
