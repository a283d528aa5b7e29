/** @file Physical constants. */

/** A set of constants of physics. */
export interface PhysicalConstants {
  /** Faraday's constant in C/mol. */
  readonly faraday: number;
  /** Gas constant in J/(mol K). */
  readonly gas: number;
}

/** Exact by the definitions of the SI units since 2019 (CODATA 2018), rounded to the digits that are usually given. */
export const physicalConstants: PhysicalConstants = { faraday: 96485.33212, gas: 8.314462618 };

/** 0 deg C in K. */
export const zeroCelsius = 273.15;

/**
 * The digits that Jaxley 0.14 has in its mechanisms of calcium, for results that compare with its own: those of its reversal
 * potential and its change by currents, and Faraday's constant in its pump.
 */
export const jaxleysConstants: PhysicalConstants = { faraday: 96485.3329, gas: 8.314 };
export const jaxleysPumpFaraday = 96485;
