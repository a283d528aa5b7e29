/**
 * The built-in pumps: mechanisms that move concentrations.
 *
 * @packageDocumentation
 */
export { CaFaradayConcentrationChange, CaPump } from "./mechanisms/channels/calcium.ts";
