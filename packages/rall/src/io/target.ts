/** @file States and currents of compartments and synapses, as recordings and clamps of a model file name them. */
import type { Description, Target } from "../modules/description.ts";
import { hasSynapseState } from "../modules/synapses.ts";
import { isCompartmentCurrent } from "../modules/units.ts";
import type { JsonPart } from "./json.ts";

/** A state of a compartment, or of a synapse by its number among those of its kind. */
export type JsonTarget = { readonly state: string } & (
  | { readonly compartment: number }
  | { readonly synapse: string; readonly number: number }
);

export function targetToJson({ state, synapse, index }: Target): JsonTarget {
  return synapse === undefined ? { state, compartment: index } : { state, synapse, number: index };
}

export function readMoment(part: JsonPart, isOfCurrent: boolean): "end" | undefined {
  if (part.isAbsent) return undefined;
  if (part.string() === "end" && isOfCurrent) return "end";
  throw part.fail('is "end", for currents of mechanisms and synapses, or absent.');
}

export const targetNames = ["state", "compartment", "synapse", "number"];

/** Reads targets in compartments; what the model has is looked up once for all of them. */
export function compartmentTargets(description: Description) {
  const currents = description.currentNames();
  const masks = new Map<string, Uint8Array[]>();
  const quantities = description.quantities();
  // A state that one mechanism moves is there, too, where others only read it
  for (const { channel, present } of description.insertions) {
    for (const { key } of [...channel.states, ...channel.parameters])
      if (quantities.get(key)?.isState === true)
        masks.set(key, [...(masks.get(key) ?? []), present]);
  }
  const isState = (state: string, index: number) =>
    description.diffusing.includes(state) ||
    masks.get(state)?.some((present) => present[index] === 1) === true;
  return (part: JsonPart, isRecorded: boolean): Target => {
    const state = part.at("state").string();
    const index = part.at("compartment").whole(0, description.count - 1);
    const isKnown =
      state === "v" || currents.has(state) || (isRecorded && isCompartmentCurrent(state));
    if (!isKnown && !isState(state, index))
      throw part
        .at("state")
        .fail(`is ${JSON.stringify(state)}, which its compartment does not have.`);
    return { state, synapse: undefined, index };
  };
}

export function synapseTarget(description: Description, part: JsonPart): Target {
  const synapse = part.at("synapse").string();
  const table = description.synapses.find((one) => one.synapse.name === synapse);
  if (table === undefined) throw part.at("synapse").fail("is no synapse of the file.");
  const state = part.at("state").string();
  if (!hasSynapseState(table, state))
    throw part.at("state").fail(`is ${JSON.stringify(state)}, which ${synapse} does not have.`);
  return { state, synapse, index: part.at("number").whole(0, table.pre.length - 1) };
}
