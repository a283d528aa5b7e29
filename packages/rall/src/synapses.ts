/**
 * The built-in synapses.
 *
 * @module rall/synapses
 */
export { AlphaSyn, Exp2Syn, ExpSyn, SpikeSynapse } from "./mechanisms/synapses/events.ts";
export {
  AlphaSynapse,
  ConductanceSynapse,
  CurrentSynapse,
  DynamicSynapse,
  IonotropicSynapse,
  TanhConductanceSynapse,
  TanhRateSynapse,
  TestSynapse,
} from "./mechanisms/synapses/graded.ts";
export { GapJunction } from "./mechanisms/synapses/junction.ts";
