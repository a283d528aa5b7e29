/** @file Mechanisms of one module whose keys would mean the same number by mistake. */
import { ModelError } from "../errors.ts";
import type { Quantity } from "../mechanisms/equations.ts";

/** A channel, pump or synapse. */
interface Mechanism {
  readonly name: string;
  readonly parameters: readonly Quantity[];
  readonly states: readonly Quantity[];
}

/**
 * Keys are made of names (`Na` with `T_g`, `Na_T` with `g`), so that two mechanisms may come to the same one; only what both share
 * may be the same number.
 *
 * @throws {ModelError} naming both mechanisms.
 */
export function checkClash(mechanism: Mechanism, others: Iterable<Mechanism>): void {
  const own = new Map(quantitiesOf(mechanism).map((quantity) => [quantity.key, quantity]));
  for (const other of others) {
    if (other.name === mechanism.name) continue;
    for (const { key, shared } of quantitiesOf(other)) {
      const same = own.get(key);
      if (same === undefined || (same.shared && shared)) continue;
      throw new ModelError(
        `${mechanism.name} and ${other.name} both have ${key}, and not as a shared quantity of both.`,
        {
          subject: key,
          remedy: "Insert one of them under another name, or declare it as shared in both.",
        },
      );
    }
  }
}

function quantitiesOf({ parameters, states }: Mechanism): Quantity[] {
  return [...parameters, ...states];
}
