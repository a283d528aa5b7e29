/** @file Synapses whose conductance or current follows the pre-synaptic voltage at every moment. */
import { defineSynapse } from "../synapse.ts";

/** Conductance with a state that opens with the pre-synaptic voltage, as between neurons of the stomatogastric ganglion. */
export const IonotropicSynapse = defineSynapse("IonotropicSynapse", {
  about: "graded synapse with one kinetic state",
  source:
    "Abbott, Marder 1998, in Koch, Segev (eds), Methods in Neuronal Modeling, MIT Press, chapter 10",
  parameters: {
    gS: { value: 1e-4, unit: "uS", about: "maximal conductance" },
    e_syn: { value: 0, unit: "mV", about: "reversal potential" },
    k_minus: { value: 0.025, unit: "1/ms", about: "rate of unbinding" },
    v_th: { value: -35, unit: "mV", about: "pre-synaptic voltage of half activation" },
    delta: { value: 10, unit: "mV", about: "inverse slope of the activation" },
  },
  let: { opening: "1 / (1 + exp((v_th - v_pre) / delta))" },
  states: {
    s: {
      value: 0.2,
      about: "activation",
      gate: { inf: "opening", tau: "(1 - opening) / k_minus" },
    },
  },
  current: "gS * s * (v_post - e_syn)",
});

/** Current that follows the tanh of the pre-synaptic voltage, for networks of rate units. */
export const TanhRateSynapse = defineSynapse("TanhRateSynapse", {
  about: "current that follows the pre-synaptic voltage",
  parameters: {
    gS: { value: 1e-4, unit: "", about: "strength in nA" },
    x_offset: { value: -70, unit: "mV" },
    slope: { value: 1, unit: "1/mV" },
  },
  current: "-gS * tanh((v_pre - x_offset) * slope)",
});

/** Conductance that follows the tanh of the pre-synaptic voltage. */
export const TanhConductanceSynapse = defineSynapse("TanhConductanceSynapse", {
  about: "conductance that follows the pre-synaptic voltage",
  parameters: {
    gS: { value: 1e-4, unit: "uS", about: "maximal conductance" },
    e_syn: { value: 0, unit: "mV", about: "reversal potential" },
    x_offset: { value: -70, unit: "mV" },
    slope: { value: 1, unit: "1/mV" },
  },
  current: "gS * tanh((v_pre - x_offset) * slope) * (v_post - e_syn)",
});

/** The ionotropic synapse with fixed kinetics and reversal at 0 mV, for tests. */
export const TestSynapse = defineSynapse("TestSynapse", {
  about: "graded synapse of fixed kinetics, for tests",
  parameters: { gC: { value: 1e-4, unit: "uS", about: "maximal conductance" } },
  let: { opening: "1 / (1 + exp((-35 - v_pre) / 10))" },
  states: {
    c: { value: 0.2, about: "activation", gate: { inf: "opening", tau: "(1 - opening) / 0.025" } },
  },
  current: "gC * c * v_post",
});
