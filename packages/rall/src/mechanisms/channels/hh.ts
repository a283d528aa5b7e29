import { defineChannel } from "../channel.ts";

/** Squid axon: fast sodium, delayed rectifier potassium and leak, at 6.3 degrees Celsius. */
export const HH = defineChannel("HH", {
  about: "Hodgkin-Huxley sodium, potassium and leak",
  source: "Hodgkin, Huxley 1952, J. Physiol. 117:500-544; rates as in NEURON's hh at 6.3 C",
  parameters: {
    gNa: { value: 0.12, unit: "S/cm2", about: "maximal sodium conductance" },
    gK: { value: 0.036, unit: "S/cm2", about: "maximal potassium conductance" },
    gLeak: { value: 0.0003, unit: "S/cm2", about: "leak conductance" },
    eNa: { value: 50, unit: "mV", about: "sodium reversal potential" },
    eK: { value: -77, unit: "mV", about: "potassium reversal potential" },
    eLeak: { value: -54.3, unit: "mV", about: "leak reversal potential" },
  },
  states: {
    m: {
      value: 0.2,
      gate: { alpha: "linoid(-(v + 40) / 10)", beta: "4 * safeExp(-(v + 65) / 18)" },
    },
    h: {
      value: 0.2,
      gate: { alpha: "0.07 * safeExp(-(v + 65) / 20)", beta: "1 / (safeExp(-(v + 35) / 10) + 1)" },
    },
    n: {
      value: 0.2,
      gate: { alpha: "0.1 * linoid(-(v + 55) / 10)", beta: "0.125 * safeExp(-(v + 65) / 80)" },
    },
  },
  current: "gNa * m^3 * h * (v - eNa) + gK * n^4 * (v - eK) + gLeak * (v - eLeak)",
  currentName: "i_HH",
});
