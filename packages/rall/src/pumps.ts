/**
 * The built-in pumps: mechanisms that move concentrations.
 *
 * @module rall/pumps
 */
export { CaFaradayConcentrationChange, CaPump } from "./mechanisms/channels/calcium.ts";
