/**
 * The built-in synapses.
 *
 * @packageDocumentation
 */
export {
  IonotropicSynapse,
  TanhConductanceSynapse,
  TanhRateSynapse,
  TestSynapse,
} from "./mechanisms/synapses/graded.ts";
