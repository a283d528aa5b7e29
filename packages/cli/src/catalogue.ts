/** @file The built-in mechanisms by name. */
import { type Channel, nearestName, type Synapse } from "rall";
import * as channels from "rall/channels";
import * as pumps from "rall/pumps";
import * as synapses from "rall/synapses";
import { UsageError } from "./failure.ts";

export type Mechanism =
  | { readonly kind: "channel" | "pump"; readonly mechanism: Channel }
  | { readonly kind: "synapse"; readonly mechanism: Synapse };

/** All of them, kind by kind. */
export const catalogue: readonly Mechanism[] = [
  ...Object.values(channels).map((mechanism) => ({ kind: "channel", mechanism }) as const),
  ...Object.values(pumps).map((mechanism) => ({ kind: "pump", mechanism }) as const),
  ...Object.values(synapses).map((mechanism) => ({ kind: "synapse", mechanism }) as const),
];

/** @throws UsageError for a name that none has, with the nearest. */
export function mechanismCalled(command: string, name: string): Mechanism {
  const found = catalogue.find(({ mechanism }) => mechanism.name === name);
  if (found !== undefined) return found;
  const names = catalogue.map(({ mechanism }) => mechanism.name);
  const near = nearestName(name, names);
  const known =
    near === undefined ? `There are ${names.join(", ")}.` : `Did you mean ${JSON.stringify(near)}?`;
  throw new UsageError(
    `There is no channel, pump or synapse ${JSON.stringify(name)}. ${known}`,
    command,
  );
}
