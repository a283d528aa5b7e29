/** @file Formulas of ions and temperature. Each works on numbers and on expressions. */
import { physicalConstants } from "../numerics/constants.ts";
import type { Operand } from "./expression.ts";
import {
  divide,
  exprel,
  type Joint,
  lessEqual,
  log,
  max,
  multiply,
  negate,
  power,
  select,
  subtract,
} from "./math.ts";

const { gas, faraday } = physicalConstants;

/** Reversal potential in mV without an ion on one side: that of NEURON 9 (`nernst` in eion.cpp), for either sign of its charge. */
export const extremeReversal = 1e6;
/** Below it a concentration counts as this in a logarithm whose value is not used, so that derivatives stay finite. */
export const leastConcentration = 1e-100;

/**
 * Nernst's potential in mV of an ion of charge `valence` at `kelvin`; concentrations in the same unit. Without an ion inside it is 1e6,
 * without one outside -1e6, as in NEURON.
 */
export function nernst<O extends Operand>(inside: O, outside: O, valence: O, kelvin: O): Joint<O> {
  const scale = divide(multiply((1000 * gas) / faraday, kelvin), valence);
  const ratio = divide(max(outside, leastConcentration), max(inside, leastConcentration));
  const without = select(lessEqual(outside, 0), -extremeReversal, multiply(scale, log(ratio)));
  return select(lessEqual(inside, 0), extremeReversal, without) as Joint<O>;
}

/**
 * Current density in mA/cm2, outward positive, that an ion of charge `valence` carries through a membrane of permeability 1
 * cm/s: the equation of Goldman, Hodgkin and Katz (Hille 2001, eq. 14.5). Voltage in mV, concentrations in mM.
 */
export function ghk<O extends Operand>(
  v: O,
  inside: O,
  outside: O,
  valence: O,
  kelvin: O,
): Joint<O> {
  const u = divide(multiply(multiply(valence, v), faraday / (1000 * gas)), kelvin);
  // u / (1 - exp(-u)) and u exp(-u) / (1 - exp(-u)), which are finite at 0
  const outward = divide(inside, exprel(negate(u)));
  const inward = divide(outside, exprel(u));
  return multiply(multiply(valence, faraday * 1e-3), subtract(outward, inward)) as Joint<O>;
}

/** Factor by which a rate at `celsius` is larger than at `reference` (both deg C) if it grows by `base` per 10 degrees. */
export function q10<O extends Operand>(base: O, celsius: O, reference: O): Joint<O> {
  return power(base, divide(subtract(celsius, reference), 10)) as Joint<O>;
}
