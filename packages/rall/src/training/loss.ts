/**
 * @file What a loss is: a number that says how far a run's recordings are from what is wanted, and its derivative by each
 * sample, from which the gradient by parameters is carried backwards through the run.
 */

/** What a loss knows of a run besides its samples. */
export interface LossContext {
  /** Time in ms of each sample; the first, 0, is the initial state. */
  readonly time: Float64Array;
  /** Time step in ms. */
  readonly dt: number;
  /** Name of each row. */
  readonly names: readonly string[];
  /** States after the last step by key, one value per compartment (synapse), NaN where the state is not. */
  readonly states: Readonly<Record<string, Float64Array>>;
}

/** A loss and its derivative by the recordings. */
export interface LossValue {
  readonly value: number;
  /** The derivative by each sample: one series per recording, as long as it. */
  readonly gradient: readonly Float64Array[];
  /** The derivative by final states, by key, where the loss depends on them; default: it does not. */
  readonly byStates?: Readonly<Record<string, Float64Array>>;
}

/**
 * A loss of your own is any such function. `recordings` has one series per recorded row, in the order of the calls of
 * `record`, each with one sample per entry of `time`. A loss keeps no reference to them and does not change them.
 */
export type Loss = (recordings: readonly Float64Array[], context: LossContext) => LossValue;
