/** @file What a run gives back. */
import type { RecordedPlace } from "../modules/place.ts";
import type { RecordedSpikes } from "../modules/recorded.ts";
import type { Diagnostic } from "../morphology/diagnostic.ts";
import type { States } from "../plan/plan.ts";

/** Where the numbers of a run stopped being finite. */
export interface NonFinite {
  readonly code: "nonFinite";
  readonly message: string;
  /** Number of the step, from 0. */
  readonly step: number;
  /** Time at the end of that step in ms. */
  readonly time: number;
  /** The first state or current that stopped being finite. */
  readonly state: string;
  /** Mechanism whose equation gave it; undefined if it came from the solution of a field, as a voltage that grows without bound. */
  readonly mechanism: string | undefined;
  /** Number of the compartment, or, of a state of a synapse, of the synapse among those of its kind. */
  readonly compartment: number;
  readonly value: number;
}

/** How a run ended; what was recorded before an early end is kept. */
export type Status =
  | { readonly code: "completed"; readonly message: string }
  | { readonly code: "cancelled"; readonly message: string }
  | NonFinite;

/** What a run took. */
export interface Statistics {
  readonly backend: string;
  readonly compartments: number;
  readonly steps: number;
  /** Wall time in ms of lowering the model, of compiling (0 if nothing was new) and of running. */
  readonly planTime: number;
  readonly compileTime: number;
  readonly runTime: number;
}

/** When a compartment spiked. */
export interface SpikeTimes extends RecordedSpikes {
  /** Number of the compartment. */
  readonly compartment: number;
  /** Times in ms, ascending: ends of the steps in which the threshold was crossed. */
  readonly times: Float64Array;
}

/** What a run gives. */
export interface Result {
  /** Time step in ms. */
  readonly dt: number;
  /** Time in ms of each sample; the first, 0, is the initial state. */
  readonly time: Float64Array;
  /** One series per recorded row, in the order of the calls of `record`. */
  readonly recordings: readonly Float64Array[];
  /** Name of each row. */
  readonly names: readonly string[];
  /** Its name for people: by place (`v soma(0.5)`, `v apical 100(0.9)`) unless it was given one. */
  readonly labels: readonly string[];
  /** Unit of each row, as in declarations: `mV`, `mA/cm2`; empty for numbers without one (gates). */
  readonly units: readonly string[];
  /** Where each row was recorded. */
  readonly places: readonly RecordedPlace[];
  /** Times of the spikes of each compartment on which `recordSpikes` was called, in the order of the calls. */
  readonly spikes: readonly SpikeTimes[];
  /** The states after the last step, if `returnStates` was set; as `initialState` they continue the run exactly. */
  readonly states: States | undefined;
  readonly status: Status;
  /** What is probably not meant: gates that were never started, a current of 500 nA (`docs/warnings.md`). */
  readonly warnings: readonly Diagnostic[];
  readonly statistics: Statistics;
}
