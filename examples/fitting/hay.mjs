/**
 * Channels of a cortical pyramidal cell after Hay et al. 2011 (PLoS Comput. Biol. 7:e1002107), by declaration: what NMODL has in
 * a file each. Rates at 34 degrees Celsius; gbar in S/cm2.
 */
import { defineChannel } from "rall";

const gbar = (value) => ({ value, unit: "S/cm2" });
const potassium = { value: -85, unit: "mV", shared: true };
const calcium = { value: 120, unit: "mV", shared: true };
/** From 21 degrees, where the rates were measured. */
const warm = { qt: "q10(2.3, 34, 21)" };

export const NaTs = defineChannel("NaTs", {
  about: "fast sodium",
  parameters: { gbar: gbar(0.5), eNa: { value: 50, unit: "mV", shared: true } },
  let: warm,
  states: {
    m: {
      value: 0,
      gate: {
        alpha: "qt * 0.182 * 6 / exprel(-(v + 32) / 6)",
        beta: "qt * 0.124 * 6 / exprel((v + 32) / 6)",
      },
    },
    h: {
      value: 1,
      gate: {
        alpha: "qt * 0.015 * 6 / exprel((v + 60) / 6)",
        beta: "qt * 0.015 * 6 / exprel(-(v + 60) / 6)",
      },
    },
  },
  current: "gbar * m^3 * h * (v - eNa)",
});

export const SKv3 = defineChannel("SKv3", {
  about: "fast, non-inactivating potassium (Kv3.1)",
  parameters: { gbar: gbar(0.2), eK: potassium },
  states: {
    m: {
      value: 0,
      gate: { inf: "sigmoid((v - 18.7) / 9.7)", tau: "4 * sigmoid((v + 46.56) / 44.14)" },
    },
  },
  current: "gbar * m * (v - eK)",
});

export const Im = defineChannel("Im", {
  about: "muscarinic potassium",
  parameters: { gbar: gbar(1e-4), eK: potassium },
  let: warm,
  states: {
    m: {
      value: 0,
      gate: {
        alpha: "qt * 3.3e-3 * exp(0.1 * (v + 35))",
        beta: "qt * 3.3e-3 * exp(-0.1 * (v + 35))",
      },
    },
  },
  current: "gbar * m * (v - eK)",
});

export const Ih = defineChannel("Ih", {
  about: "hyperpolarization-activated cation current",
  parameters: { gbar: gbar(2e-4), eH: { value: -45, unit: "mV" } },
  states: {
    m: {
      value: 0,
      gate: {
        alpha: "0.001 * 6.43 * 11.9 / exprel((v + 154.9) / 11.9)",
        beta: "0.001 * 193 * exp(v / 33.1)",
      },
    },
  },
  current: "gbar * m * (v - eH)",
});

export const CaHVA = defineChannel("CaHVA", {
  about: "high-voltage-activated calcium",
  parameters: { gbar: gbar(1e-4), eCa: calcium },
  states: {
    m: {
      value: 0,
      gate: {
        alpha: "0.055 * 3.8 / exprel(-(v + 27) / 3.8)",
        beta: "0.94 * exp(-(v + 75) / 17)",
      },
    },
    h: {
      value: 1,
      gate: {
        alpha: "0.000457 * exp(-(v + 13) / 50)",
        beta: "0.0065 * sigmoid((v + 15) / 28)",
      },
    },
  },
  current: "gbar * m^2 * h * (v - eCa)",
  currentName: "i_Ca",
});

export const CaLVA = defineChannel("CaLVA", {
  about: "low-voltage-activated calcium",
  parameters: { gbar: gbar(1e-3), eCa: calcium },
  let: warm,
  states: {
    m: {
      value: 0,
      gate: { inf: "sigmoid((v + 40) / 6)", tau: "(5 + 20 * sigmoid(-(v + 35) / 5)) / qt" },
    },
    h: {
      value: 1,
      gate: { inf: "sigmoid(-(v + 90) / 6.4)", tau: "(20 + 50 * sigmoid(-(v + 50) / 7)) / qt" },
    },
  },
  current: "gbar * m^2 * h * (v - eCa)",
  currentName: "i_Ca",
});

export const SK = defineChannel("SK", {
  about: "calcium-activated potassium",
  parameters: {
    gbar: gbar(1e-3),
    eK: potassium,
    CaCon_i: { value: 5e-5, unit: "mM", shared: true },
  },
  states: { z: { value: 0, gate: { inf: "1 / (1 + (0.00043 / CaCon_i)^4.8)", tau: "1" } } },
  current: "gbar * z * (v - eK)",
});
