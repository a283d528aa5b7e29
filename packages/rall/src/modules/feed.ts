/** @file Values and signals that are given to one run instead of being written into the model. */
import { SelectionError, ValueError } from "../errors.ts";
import {
  check,
  checkArguments,
  either,
  having,
  list,
  numberOrNumbers,
  numbers,
} from "../util/kinds.ts";
import type {
  Clamp,
  DataClamp,
  DataStimulus,
  Description,
  Numbering,
  Trainable,
} from "./description.ts";
import { setSynapseValues, synapseColumn, synapseTable } from "./synapses.ts";
import { type Parameter, parameterList, placesOf, spreadOverPlaces } from "./trainable.ts";
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
  /** What the numbers count, in the module that it was made for. */
  readonly numbering: Numbering;
}

/** What a run is given besides the model. */
export interface Data {
  readonly sets: readonly DataSet[];
  readonly stimuli: readonly DataStimulus[];
  readonly clamps: readonly DataClamp[];
}

const samples = either(numberOrNumbers, list(numbers));
const previousData = list(having({}, "what the same function gave"));

/** @throws ValueError for a value or series that is neither numbers nor lists of them, or former data that are no list of data. */
export function checkData(value: unknown, previous: unknown): void {
  checkArguments({ value: [value, samples], previous: [previous, previousData] });
}

/**
 * The model with data put in: values replace the model's, later ones win; stimuli are added; a clamp replaces one of the same
 * place and state.
 *
 * @throws SelectionError for data of another module, or made before compartments or synapses were numbered anew; as `set` for
 * keys and values that do not fit.
 */
export function withData(description: Description, { sets, stimuli, clamps }: Data): Description {
  if (sets.length + stimuli.length + clamps.length === 0) return description;
  for (const { numbering, synapse } of [...sets, ...clamps])
    checkNumbering(description, numbering, synapse);
  for (const { numbering } of stimuli) checkNumbering(description, numbering, undefined);
  const twin = description.derive();
  for (const set of sets) applySet(twin, set);
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

function checkNumbering(
  { places, connections }: Description,
  numbering: Numbering,
  synapse: string | undefined,
): void {
  if (numbering === (synapse === undefined ? places : connections)) return;
  throw new SelectionError("The data of the run do not fit its module.", {
    subject: synapse ?? "compartments",
    remedy:
      "Make them with dataSet, dataStimulate or dataClamp of views of this module, and anew after setNcomp or the deletion of synapses.",
  });
}

/** Writes a value into the model. @throws as `set`. */
function applySet(description: Description, { key, synapse, places, value }: DataSet): void {
  if (synapse === undefined) {
    setValues(description, places, key, value);
    return;
  }
  const column = synapseColumn([synapseTable(description, synapse)], key);
  setSynapseValues(column, [...places], key, value);
}

/** Writes all values into the model, later ones over earlier ones, or none if one of them does not fit. @throws as `set`. */
export function writeSets(description: Description, sets: readonly DataSet[]): void {
  withData(description, { sets, stimuli: [], clamps: [] });
  for (const set of sets) applySet(description, set);
}

/**
 * Adds a trainable. Where it overlaps with an earlier one, the later one decides, as in a run the later value.
 *
 * @throws ValueError for an initial value that the key cannot have.
 */
export function addTrainable(description: Description, trainable: Trainable): void {
  const sets = [setOf(description, trainable, trainable.initial)];
  withData(description, { sets, stimuli: [], clamps: [] });
  description.trainables = [...description.trainables, trainable];
}

/**
 * Values for the trainables of a model, as data.
 *
 * @throws ValueError unless there is one vector for each trainable, in their order, with one number for each group.
 */
export function parameterSets(
  description: Description,
  parameters: readonly Parameter[],
): DataSet[] {
  check(parameters, parameterList, "parameters");
  const { trainables } = description;
  const shape = (key: string, values?: ArrayLike<number>) => `${key} (${values?.length ?? 0})`;
  const expected = trainables.map(({ key, initial }) => shape(key, initial)).join(", ");
  const given = parameters.map(({ key, values }) => shape(key, values)).join(", ");
  if (given !== expected) {
    throw new ValueError(
      `The trainables are ${expected || "none"}, but there are parameters for ${given || "none"}.`,
      {
        subject: "parameters",
        value: given,
        remedy:
          expected === ""
            ? "Call makeTrainable on what is to be fitted."
            : "Give what getParameters returns, with other values.",
      },
    );
  }
  return trainables.map((trainable, k) =>
    setOf(description, trainable, parameters[k]?.values ?? []),
  );
}

function setOf(
  { places, connections }: Description,
  trainable: Trainable,
  values: ArrayLike<number>,
): DataSet {
  const { key, synapse } = trainable;
  return {
    key,
    synapse,
    places: placesOf(trainable),
    value: spreadOverPlaces(trainable, values),
    numbering: synapse === undefined ? places : connections,
  };
}
