/**
 * The built-in synapses.
 *
 * @packageDocumentation
 */
export { AlphaSyn, Exp2Syn, ExpSyn, SpikeSynapse } from "./mechanisms/synapses/events.ts";
export {
  AlphaSynapse,
  ConductanceSynapse,
  CurrentSynapse,
  conductanceSynapse,
  currentSynapse,
  DynamicSynapse,
  dynamicSynapse,
  IonotropicSynapse,
  TanhConductanceSynapse,
  TanhRateSynapse,
  TestSynapse,
} from "./mechanisms/synapses/graded.ts";
export { GapJunction } from "./mechanisms/synapses/junction.ts";
