/**
 * @file Channels of cortical and thalamic neurons after Pospischil et al. 2008, Biol. Cybern. 99:427-441, with the
 * constants that Jaxley 0.14 uses (the time constant of CaT is its, not the paper's).
 */
import { defineChannel } from "../channel.ts";

const source = "Pospischil et al. 2008, Biol. Cybern. 99:427-441";
const vt = { value: -60, unit: "mV", shared: true, about: "shift of the spike threshold" } as const;
const eK = { value: -90, unit: "mV", shared: true, about: "potassium reversal potential" } as const;
const eCa = { value: 120, unit: "mV", shared: true, about: "calcium reversal potential" } as const;

/** Fast sodium current. */
export const Na = defineChannel("Na", {
  about: "Fast sodium",
  source,
  parameters: {
    gNa: { value: 50e-3, unit: "S/cm2", about: "maximal conductance" },
    eNa: { value: 50, unit: "mV", shared: true, about: "sodium reversal potential" },
    vt,
  },
  states: {
    m: {
      value: 0.2,
      gate: { alpha: "1.28 * linoid(-(v - vt - 13) / 4)", beta: "1.4 * linoid((v - vt - 40) / 5)" },
    },
    h: {
      value: 0.2,
      gate: {
        alpha: "0.128 * safeExp(-(v - vt - 17) / 18)",
        beta: "4 / (safeExp(-(v - vt - 40) / 5) + 1)",
      },
    },
  },
  current: "gNa * m^3 * h * (v - eNa)",
  currentName: "i_Na",
});

/** Delayed rectifier potassium current. */
export const K = defineChannel("K", {
  about: "Delayed rectifier potassium",
  source,
  parameters: {
    gK: { value: 5e-3, unit: "S/cm2", about: "maximal conductance" },
    eK,
    vt,
  },
  states: {
    n: {
      value: 0.2,
      gate: {
        alpha: "0.16 * linoid(-(v - vt - 15) / 5)",
        beta: "0.5 * safeExp(-(v - vt - 10) / 40)",
      },
    },
  },
  current: "gK * n^4 * (v - eK)",
  currentName: "i_K",
});

/** Slow non-inactivating potassium current (M current). */
export const Km = defineChannel("Km", {
  about: "Slow potassium (M current)",
  source,
  parameters: {
    gKm: { value: 4e-6, unit: "S/cm2", about: "maximal conductance" },
    taumax: { value: 4000, unit: "ms", about: "scale of the time constant" },
    eK,
  },
  states: {
    p: {
      value: 0.2,
      gate: {
        inf: "1 / (1 + safeExp(-0.1 * (v + 35)))",
        tau: "taumax / (3.3 * safeExp(0.05 * (v + 35)) + safeExp(-0.05 * (v + 35)))",
      },
    },
  },
  current: "gKm * p * (v - eK)",
  currentName: "i_K",
});

/** High-threshold calcium current. */
export const CaL = defineChannel("CaL", {
  about: "High-threshold calcium (L type)",
  source,
  parameters: {
    gCaL: { value: 1e-4, unit: "S/cm2", about: "maximal conductance" },
    eCa,
  },
  states: {
    q: {
      value: 0.2,
      gate: {
        alpha: "0.055 * 3.8 * linoid((-27 - v) / 3.8)",
        beta: "0.94 * safeExp((-75 - v) / 17)",
      },
    },
    r: {
      value: 0.2,
      gate: {
        alpha: "0.000457 * safeExp((-13 - v) / 50)",
        beta: "0.0065 / (safeExp((-15 - v) / 28) + 1)",
      },
    },
  },
  current: "gCaL * q^2 * r * (v - eCa)",
  currentName: "i_Ca",
});

/** Low-threshold calcium current, its activation instantaneous. */
export const CaT = defineChannel("CaT", {
  about: "Low-threshold calcium (T type)",
  source,
  parameters: {
    gCaT: { value: 4e-5, unit: "S/cm2", about: "maximal conductance" },
    vx: { value: 2, unit: "mV", about: "shift of the voltage dependence" },
    eCa,
  },
  states: {
    u: {
      value: 0.2,
      gate: {
        inf: "1 / (1 + safeExp((v + vx + 81) / 4))",
        tau: "(30.8 + (211.4 + safeExp((v + vx + 113.2) / 5))) / (3.7 * (1 + safeExp((v + vx + 84) / 3.2)))",
      },
    },
  },
  let: { s: "1 / (1 + safeExp(-(v + vx + 57) / 6.2))" },
  current: "gCaT * s^2 * u * (v - eCa)",
  currentName: "i_Ca",
});
