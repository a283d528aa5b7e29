/** @file Synapses that answer to spikes, which arrive after a delay. */
import { defineSynapse } from "../synapse.ts";

const reversal = { value: 0, unit: "mV", about: "reversal potential" } as const;

/** Conductance that jumps by the weight when a spike arrives and decays exponentially. */
export const ExpSyn = defineSynapse("ExpSyn", {
  about: "conductance that jumps with each spike and decays",
  source: "Carnevale, Hines 2006, The NEURON Book, chapter 10",
  parameters: { tau: { value: 0.1, unit: "ms", about: "decay" }, e: reversal },
  states: { g: { value: 0, unit: "uS", about: "conductance", derivative: "-g / tau" } },
  event: { g: "g + weight" },
  current: "g * (v_post - e)",
});

/**
 * Conductance that rises and decays exponentially; the weight is its peak. With equal time constants it is the alpha function; which of
 * the two is larger does not matter.
 *
 * A step of the conductance has `dt exp(-dt / tau2) exprel(dt (1 / tau2 - 1 / tau1))` of the slope: the difference of two exponentials
 * over that of their rates, without dividing by it. The peak, at `tau2 / exprel(log(tau2 / tau1))`, is
 * `tau2 exp(-1 / exprel(log(tau1 / tau2)))` times the slope that a spike brings.
 */
export const Exp2Syn = defineSynapse("Exp2Syn", {
  about: "conductance that rises and decays with two time constants",
  source: "Carnevale, Hines 2006, The NEURON Book, chapter 10",
  parameters: {
    tau1: { value: 0.5, unit: "ms", about: "rise" },
    tau2: { value: 2, unit: "ms", about: "decay" },
    e: reversal,
  },
  states: {
    a: { value: 0, unit: "uS/ms", about: "slope of the rise", derivative: "-a / tau1" },
    g: {
      value: 0,
      unit: "uS",
      about: "conductance",
      update: "g * exp(-dt / tau2) + dt * a * exp(-dt / tau2) * exprel(dt / tau2 - dt / tau1)",
    },
  },
  event: { a: "a + weight * exp(1 / exprel(log(tau1 / tau2))) / tau2" },
  current: "g * (v_post - e)",
});

/** Conductance `weight (t / tau) exp(1 - t / tau)` after a spike: the weight is its peak, at `tau`. */
export const AlphaSyn = defineSynapse("AlphaSyn", {
  about: "conductance that follows the alpha function after each spike",
  source: "Rall 1967, J. Neurophysiol. 30:1138-1168",
  parameters: { tau: { value: 1, unit: "ms", about: "time to the peak" }, e: reversal },
  states: {
    a: { value: 0, unit: "uS/ms", about: "slope of the rise", derivative: "-a / tau" },
    // Exact for a pair of equal time constants in series
    g: { value: 0, unit: "uS", about: "conductance", update: "(g + dt * a) * exp(-dt / tau)" },
  },
  event: { a: "a + weight * exp(1) / tau" },
  current: "g * (v_post - e)",
});

/** Activity that is 1 after a spike of an integrate-and-fire neuron (`Fire`) and decays; it is seen in the step of the spike. */
export const SpikeSynapse = defineSynapse("SpikeSynapse", {
  about: "current after the spikes of Fire; positive strengths inhibit",
  source: "Jaxley, branch 1.0.0; here the decay is exact",
  parameters: {
    gS: { value: 1e-4, unit: "nA", about: "current right after a spike, outward" },
    s_decay: { value: 10, unit: "1/ms", domain: "nonNegative", about: "rate of the decay" },
  },
  pre: { spikes: "Fire_spikes" },
  states: {
    s: { value: 0, about: "activity", update: "select(spikes > 0, 1, s * exp(-s_decay * dt))" },
  },
  current: "gS * s",
});
