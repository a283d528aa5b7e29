/** @file Simplified neurons: mechanisms that change the voltage themselves and carry no current. */
import { defineChannel } from "../channel.ts";

/** Reset of a leaky integrate-and-fire neuron; use it together with `Leak`. */
export const Fire = defineChannel("Fire", {
  about: "Threshold and reset of an integrate-and-fire neuron (insert it with Leak)",
  parameters: {
    vth: { value: -50, unit: "mV", about: "threshold, exclusive" },
    vreset: { value: -70, unit: "mV", about: "voltage after a spike" },
  },
  states: {
    spikes: { value: 0, about: "1 in a step with a spike", update: "select(v > vth, 1, 0)" },
  },
  voltage: "select(v > vth, vreset, v)",
  spike: "select(v > vth, 1, 0)",
  currentName: "Fire_fire",
});

/** Simple model of Izhikevich. */
export const Izhikevich = defineChannel("Izhikevich", {
  about: "Izhikevich's simple model of spiking neurons",
  source: "Izhikevich 2003, IEEE Trans. Neural Netw. 14:1569-1572",
  parameters: {
    a: { value: 0.02, unit: "1/ms", domain: "positive", about: "rate of the recovery" },
    b: { value: 0.2, unit: "1/ms", about: "sensitivity of the recovery to the voltage" },
    c: { value: -65, unit: "mV", about: "voltage after a spike" },
    d: { value: 8, unit: "mV/ms", about: "jump of the recovery at a spike" },
  },
  states: {
    u: {
      value: 0,
      unit: "mV/ms",
      about: "recovery",
      update: "select(driven >= 30, recovered + d, recovered)",
      initial: "b * v",
    },
  },
  let: {
    recovered: "exponentialEuler(u, dt, b * v, 1 / a)",
    driven: "v + dt * (0.04 * v^2 + 5 * v + 140 - recovered)",
  },
  voltage: "select(driven >= 30, c, driven)",
  spike: "select(driven >= 30, 1, 0)",
  currentName: "Izhikevich_izhikevich",
});

/** Rate unit: the voltage relaxes to zero and is driven by currents. */
export const Rate = defineChannel("Rate", {
  about: "Rate unit, whose voltage decays to 0",
  parameters: { tau: { value: 1, unit: "ms", about: "time constant" } },
  voltage: "exponentialEuler(v, dt, 0, tau)",
  currentName: "Rate_rate",
});

/** Adaptive exponential integrate-and-fire neuron. */
export const AdEx = defineChannel("AdEx", {
  about: "Adaptive exponential integrate-and-fire neuron",
  source: "Brette, Gerstner 2005, J. Neurophysiol. 94:3637-3642",
  parameters: {
    g_L: { value: 10, unit: "nS", about: "leak conductance" },
    E_L: { value: -70, unit: "mV", about: "leak reversal potential" },
    v_T: { value: -50, unit: "mV", about: "threshold of the exponential" },
    delta_T: { value: 2, unit: "mV", domain: "positive", about: "slope factor" },
    v_threshold: { value: 0, unit: "mV", about: "voltage that counts as a spike, inclusive" },
    v_reset: { value: -58, unit: "mV", about: "voltage after a spike" },
    tau_w: { value: 30, unit: "ms", about: "time constant of the adaptation" },
    a: { value: 2, unit: "nS", about: "adaptation below threshold" },
    b: { value: 0, unit: "pA", about: "jump of the adaptation at a spike" },
  },
  states: {
    w: {
      value: 0,
      unit: "pA",
      about: "adaptation",
      update: "select(driven >= v_threshold, adapted + b, adapted)",
    },
    spikes: {
      value: 0,
      about: "1 in a step with a spike",
      update: "select(driven >= v_threshold, 1, 0)",
    },
  },
  let: {
    adapted: "exponentialEuler(w, dt, a * (v - E_L), tau_w)",
    upstroke: "g_L * delta_T * exp(min((v - v_T) / delta_T, 10))",
    driven: "v + dt * (upstroke - g_L * (v - E_L) - adapted) / capacitance",
  },
  voltage: "select(driven >= v_threshold, v_reset, driven)",
  spike: "select(driven >= v_threshold, 1, 0)",
});
