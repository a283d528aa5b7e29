/** @file Values and signals that are given to one run instead of being written into the model. */
import type { Clamp, Description, Stimulus } from "./description.ts";
import { setSynapseValues, synapseColumn, synapseTable } from "./synapses.ts";
import { setValues } from "./values.ts";

/** A value of a parameter or start state at some places. */
export interface DataSet {
  readonly key: string;
  /** Kind of synapse that has it; undefined for compartments. */
  readonly synapse: string | undefined;
  /** Numbers of compartments, or of synapses of the kind. */
  readonly places: Int32Array;
  /** One for all, or one for each. */
  readonly value: number | Float64Array;
}

/** What a run is given besides the model. */
export interface Data {
  readonly sets: readonly DataSet[];
  readonly stimuli: readonly Stimulus[];
  readonly clamps: readonly Clamp[];
}

/**
 * The model with data put in: values replace the model's, later ones win; stimuli are added; a clamp replaces one of the same
 * place and state.
 *
 * @throws as `set` for keys and values that do not fit.
 */
export function withData(description: Description, { sets, stimuli, clamps }: Data): Description {
  if (sets.length + stimuli.length + clamps.length === 0) return description;
  const twin = description.derive();
  for (const { key, synapse, places, value } of sets) {
    if (synapse === undefined) setValues(twin, places, key, value);
    else
      setSynapseValues(synapseColumn([synapseTable(twin, synapse)], key), [...places], key, value);
  }
  twin.stimuli = [...description.stimuli, ...stimuli];
  const isSame = (a: Clamp, b: Clamp) =>
    a.state === b.state && a.synapse === b.synapse && a.index === b.index;
  // Of several for one place, the last counts
  const given = clamps.filter(
    (clamp, k) => !clamps.some((later, j) => j > k && isSame(clamp, later)),
  );
  const kept = description.clamps.filter((clamp) => !given.some((one) => isSame(one, clamp)));
  twin.clamps = [...kept, ...given];
  return twin;
}
