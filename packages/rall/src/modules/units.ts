/** @file The unit of each number that a model holds or a run records. */
import type { Description } from "./description.ts";
import { geometryKeys, isGeometryKey } from "./geometry.ts";

/** Currents of a compartment as a whole, in nA. */
export const compartmentCurrents: readonly string[] = ["i", "i_clamp", "i_membrane"];

/** Whether a key is recorded in any compartment, whatever is inserted there. */
export function isCompartmentCurrent(key: string): boolean {
  return compartmentCurrents.includes(key);
}

/**
 * Unit of a parameter, state or current, of compartments or of synapses; empty for numbers without one (gates), undefined
 * for what the model does not have.
 */
export function unitOf(description: Description, key: string): string | undefined {
  if (isGeometryKey(key)) return geometryKeys[key].unit;
  if (isCompartmentCurrent(key)) return "nA";
  const own = description.quantities().get(key)?.quantity.unit;
  if (own !== undefined) return own;
  const channel = description.insertions.find((one) => one.channel.currentName === key)?.channel;
  // What a pump calls its current is the loss of a concentration
  if (channel !== undefined) return channel.ion === undefined ? "mA/cm2" : "mM/ms";
  for (const { synapse } of description.synapses) {
    if (synapse.currentName === key) return "nA";
    const known = [...synapse.parameters, ...synapse.states].find((one) => one.key === key);
    if (known !== undefined) return known.unit;
  }
  return undefined;
}
