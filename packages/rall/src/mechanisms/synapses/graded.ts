/** @file Synapses whose conductance or current follows the pre-synaptic voltage at every moment. */
import { check, text } from "../../util/kinds.ts";
import { defineSynapse } from "../synapse.ts";

/** Conductance with a state that opens with the pre-synaptic voltage, as between neurons of the stomatogastric ganglion. */
export const IonotropicSynapse = defineSynapse("IonotropicSynapse", {
  about: "graded synapse with one kinetic state",
  source:
    "Abbott, Marder 1998, in Koch, Segev (eds), Methods in Neuronal Modeling, MIT Press, chapter 10",
  parameters: {
    gS: { value: 1e-4, unit: "uS", about: "maximal conductance" },
    e_syn: { value: 0, unit: "mV", about: "reversal potential" },
    k_minus: { value: 0.025, unit: "1/ms", domain: "positive", about: "rate of unbinding" },
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

/** How a synapse answers to `x = (v_pre - v_th) / delta`, as text. */
const sigmoid = "1 / (1 + exp(-x))";

const activation = {
  v_th: { value: -35, unit: "mV", about: "pre-synaptic voltage of half activation" },
  delta: { value: 10, unit: "mV", about: "inverse slope of the activation" },
} as const;
const drive = "(v_pre - v_th) / delta";
const strength = { value: 1e-4, unit: "uS", about: "maximal conductance" } as const;
const reversal = { value: 0, unit: "mV", about: "reversal potential" } as const;
const family = "Jaxley, branch 1.0.0";

/**
 * A current that follows the pre-synaptic voltage by a nonlinearity of your own.
 *
 * @param nonlinearity - equation in `x`, which is `(v_pre - v_th) / delta`: `"max(x, 0)"`, `"tanh(x)"`.
 * @throws EquationError for an equation that cannot be read.
 */
export function currentSynapse<const Name extends string>(name: Name, nonlinearity: string) {
  check(nonlinearity, text, "nonlinearity");
  return defineSynapse(name, {
    about: "current that follows the pre-synaptic voltage",
    source: family,
    parameters: { gS: { value: 1e-4, unit: "nA", about: "strength" }, ...activation },
    let: { x: drive, opening: nonlinearity },
    current: "-gS * opening",
  });
}

/** A conductance that follows the pre-synaptic voltage by a nonlinearity of your own; see `currentSynapse`. */
export function conductanceSynapse<const Name extends string>(name: Name, nonlinearity: string) {
  check(nonlinearity, text, "nonlinearity");
  return defineSynapse(name, {
    about: "conductance that follows the pre-synaptic voltage",
    source: family,
    parameters: { gS: strength, e_syn: reversal, ...activation },
    let: { x: drive, opening: nonlinearity },
    current: "gS * opening * (v_post - e_syn)",
  });
}

/** A conductance that approaches a nonlinear function of the pre-synaptic voltage; see `currentSynapse`. */
export function dynamicSynapse<const Name extends string>(name: Name, nonlinearity: string) {
  check(nonlinearity, text, "nonlinearity");
  return defineSynapse(name, {
    about: "conductance that follows the pre-synaptic voltage with a time constant",
    source: family,
    parameters: {
      gS: strength,
      e_syn: reversal,
      tau: { value: 5, unit: "ms", about: "time constant" },
      ...activation,
    },
    let: { x: drive, opening: nonlinearity },
    states: { s: { value: 0, about: "activation", gate: { inf: "opening", tau: "tau" } } },
    current: "gS * s * (v_post - e_syn)",
  });
}

/** Current that follows the sigmoid of the pre-synaptic voltage. */
export const CurrentSynapse = currentSynapse("CurrentSynapse", sigmoid);

/** Conductance that follows the sigmoid of the pre-synaptic voltage. */
export const ConductanceSynapse = conductanceSynapse("ConductanceSynapse", sigmoid);

/** Conductance that approaches the sigmoid of the pre-synaptic voltage with a fixed time constant. */
export const DynamicSynapse = dynamicSynapse("DynamicSynapse", sigmoid);

/**
 * Two filters in a row behind a pre-synaptic voltage that is 1 in a step with a spike and 0 in others, as a voltage clamp
 * can make it. For spikes of neurons take `AlphaSyn` or `Exp2Syn`.
 */
export const AlphaSynapse = defineSynapse("AlphaSynapse", {
  about: "rise and decay after spikes given as a pre-synaptic voltage of 0 and 1",
  source: family,
  parameters: {
    gS: strength,
    e_syn: reversal,
    tau_rise: { value: 10, unit: "ms", about: "rise" },
    tau_decay: { value: 10, unit: "ms", about: "decay" },
  },
  states: {
    r: { value: 0, about: "rise", gate: { inf: "v_pre / dt", tau: "tau_rise" } },
    s: { value: 0, about: "activity", gate: { inf: "r", tau: "tau_decay" } },
  },
  current: "gS * s * (v_post - e_syn)",
});
