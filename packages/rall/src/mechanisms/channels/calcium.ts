/** @file What calcium does in a cell: it is pumped out, comes in with the current, and sets its own reversal potential. */
import { jaxleysConstants, jaxleysPumpFaraday } from "../../numerics/constants.ts";
import { concentrationChange, nernstReversal } from "../ions.ts";
import { definePump } from "../pump.ts";

const current = { value: 1e-8, unit: "mA/cm2", shared: true, about: "calcium current" } as const;
const inside = {
  value: 5e-5,
  unit: "mM",
  shared: true,
  about: "concentration inside",
} as const;

/**
 * Calcium that enters a thin shell with the current and leaves it with a time constant. Faraday's constant has Jaxley's digits
 * (96485 C/mol), so that results compare with its own.
 */
export const CaPump = definePump("CaPump", {
  about: "Calcium in a shell below the membrane, with buffering and decay",
  source:
    "Destexhe, Mainen, Sejnowski 1994, Neural Comput. 6:14-18; Hay et al. 2011, PLoS Comput. Biol. 7:e1002107",
  parameters: {
    gamma: {
      value: 0.05,
      unit: "",
      domain: "nonNegative",
      about: "part of the calcium that is not buffered",
    },
    decay: { value: 80, unit: "ms", domain: "positive", about: "time constant of the removal" },
    depth: { value: 0.1, unit: "um", domain: "positive", about: "depth of the shell" },
    minCaCon_i: { value: 1e-4, unit: "mM", about: "concentration to which it decays" },
  },
  states: { i_Ca: current, CaCon_i: inside },
  ion: "CaCon_i",
  current: `1e4 * i_Ca * gamma / (2 * ${jaxleysPumpFaraday} * depth) + (CaCon_i - minCaCon_i) / decay`,
});

/**
 * Calcium that enters with the current and spreads at once over the compartment, taken as a cylinder (2 / radius). Faraday's constant
 * has Jaxley's digits (96485.3329 C/mol); `concentrationChange` makes it with those of CODATA 2018.
 */
export const CaFaradayConcentrationChange = concentrationChange("CaFaradayConcentrationChange", {
  ion: "CaCon_i",
  current: "i_Ca",
  valence: 2,
  start: 5e-5,
  surface: "radius",
  constants: jaxleysConstants,
  currentName: "i_CaCurrent",
});

/**
 * Reversal potential of calcium (`eCa`) from its concentrations; CaL and CaT use it. Gas constant and Faraday's constant have Jaxley's
 * digits (8.314 and 96485.3329); `nernstReversal` makes it with those of CODATA 2018.
 */
export const CaNernstReversal = nernstReversal("CaNernstReversal", {
  reversal: "eCa",
  inside: { key: "CaCon_i", value: 5e-5 },
  outside: { key: "CaCon_e", value: 2 },
  valence: 2,
  constants: jaxleysConstants,
  currentName: "i_Ca",
});
