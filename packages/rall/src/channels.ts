/**
 * The built-in channels.
 *
 * @module rall/channels
 */
export { CaNernstReversal } from "./mechanisms/channels/calcium.ts";
export { HH } from "./mechanisms/channels/hh.ts";
export { Leak } from "./mechanisms/channels/leak.ts";
export { CaL, CaT, K, Km, Na } from "./mechanisms/channels/pospischil.ts";
export { AdEx, Fire, Izhikevich, Rate } from "./mechanisms/channels/simplified.ts";
