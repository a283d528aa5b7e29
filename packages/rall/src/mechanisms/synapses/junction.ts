/** @file Electrical synapses. */
import { defineSynapse } from "../synapse.ts";

/** A gap junction: a conductance between the insides of two compartments, the same in both directions. */
export const GapJunction = defineSynapse("GapJunction", {
  about: "electrical synapse, the same in both directions",
  parameters: { g: { value: 1e-3, unit: "uS", about: "conductance" } },
  electrical: "g",
});
