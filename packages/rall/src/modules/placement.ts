/** @file What is placed on compartments: recordings, stimuli and clamps. */
import { ModelError, NameError, SelectionError, ValueError } from "../errors.ts";
import { check, either, list, numbers, text } from "../util/kinds.ts";
import { nearestName } from "../util/suggest.ts";
import type {
  Clamp,
  Description,
  RecordingRow,
  SpikeRecording,
  Stimulus,
  Target,
} from "./description.ts";
import { recordingName } from "./synapses.ts";
import { compartmentCurrents, isCompartmentCurrent } from "./units.ts";

/** One series of samples for all selected compartments, or one for each. */
export type Samples = ArrayLike<number> | readonly ArrayLike<number>[];

/** For which time step samples are. */
export interface SampleOptions {
  /**
   * Time step in ms that the samples are for; a run with another one refuses them, or resamples them on request. Default:
   * what `stepCurrent` says of its series; other series are taken as one sample per step of any run.
   */
  readonly dt?: number;
}

/** Voltage in mV that counts as a spike when it is crossed upwards, unless told otherwise: that of NEURON. */
export const defaultThreshold = 10;

/** What counts as a spike, and the name of the row. */
export interface SpikeOptions {
  /**
   * Voltage in mV that counts as a spike when it is crossed upwards; default 10. A compartment with a channel that itself
   * says when it spikes (`Fire`, `Izhikevich`, `AdEx`) goes by that instead.
   */
  readonly threshold?: number;
  /** Name of the row, numbered for several compartments; by default `spikes` and the place. */
  readonly name?: string;
}

const samplesKind = either(numbers, list(numbers, "a list of them"));

/** The time step that a series says it was made for. */
function stepOf(samples: object, { dt }: SampleOptions): number | undefined {
  const own = dt ?? ("dt" in samples && typeof samples.dt === "number" ? samples.dt : undefined);
  if (own === undefined || (Number.isFinite(own) && own > 0)) return own;
  throw new ValueError(`The time step of a series is ${own}.`, {
    subject: "dt",
    value: own,
    remedy: "Give a time step above 0, in ms.",
  });
}

/** What a recording is called, and when in a step a current is taken. */
export interface RecordOptions {
  /** Name of the row, numbered for several compartments; by default the state and its place. */
  readonly name?: string | undefined;
  /**
   * For currents of mechanisms and synapses: `end`, at the voltage and the states at the end of the step. Default: as the step took
   * it, at the new gates and the old voltage.
   */
  readonly at?: "end" | undefined;
}

/** The keys of `RecordOptions`. */
export const recordOptionKinds = { name: text, at: text };

/** Whether a target is the current of a mechanism or of a synapse. */
export function isCurrent(description: Description, { state, synapse }: Target): boolean {
  return synapse === undefined
    ? description.currentNames().has(state)
    : description.synapses.some(
        (one) => one.synapse.name === synapse && one.synapse.currentName === state,
      );
}

/** @throws ValueError for a moment that is not known, or of what has no other. */
export function checkMoment(description: Description, target: Target, at: unknown): void {
  if (at === undefined || (at === "end" && isCurrent(description, target))) return;
  const { state } = target;
  throw at === "end"
    ? new ValueError(`${state} is recorded at "end", but it is no current of a mechanism.`, {
        subject: "at",
        value: state,
        remedy: "Leave out at: v, states, i, i_clamp and i_membrane are those of the step.",
      })
    : new ValueError(`A recording of ${state} is at ${JSON.stringify(at)}.`, {
        subject: "at",
        value: at,
        remedy: 'Give "end", or leave it out.',
      });
}

/** Adds a recording of `state` in each compartment, as `addNamed` does. */
export function addRecordings(
  description: Description,
  compartments: Int32Array,
  state: string,
  { name, at }: RecordOptions,
): void {
  checkMoment(description, { state, synapse: undefined, index: 0 }, at);
  const rows = compartmentsWithState(description, compartments, state, "recorded");
  const added = Array.from(rows, (compartment, i): RecordingRow => {
    const suffix = rows.length > 1 ? `_${i}` : "";
    const row = { state, synapse: undefined, index: compartment, at };
    return {
      ...row,
      name: name === undefined ? defaultName(description, row) : `${name}${suffix}`,
    };
  });
  addRows(description, added, name !== undefined);
}

/** Adds recordings, as `addNamed` does. @param isNamed - whether the user has given the names. */
export function addRows(
  description: Description,
  rows: readonly RecordingRow[],
  isNamed: boolean,
): void {
  const known = description.memory.remember(description.recordings, "named", () =>
    namesOf(description.recordings, targetKey),
  );
  addNamed(description.recordings, known, rows, targetKey, isNamed);
}

/** Which rows there are, by place and by name. */
interface Known {
  readonly at: Map<string, number>;
  readonly names: Set<string>;
}

function namesOf<Row extends { readonly name: string }>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): Known {
  return {
    at: new Map(rows.map((row, k) => [keyOf(row), k])),
    names: new Set(rows.map(({ name }) => name)),
  };
}

/**
 * Adds rows, all or none. A place that has one already is not recorded twice: if the user gives a name, the row takes it.
 *
 * @throws ModelError for a name that another row has: of two rows of one name, one would be lost in a file.
 */
function addNamed<Row extends { readonly name: string }>(
  rows: Row[],
  known: Known,
  added: readonly Row[],
  keyOf: (row: Row) => string,
  isNamed: boolean,
): void {
  const fresh = added.filter((row) => isNamed || !known.at.has(keyOf(row)));
  for (const row of fresh) {
    const at = known.at.get(keyOf(row));
    if (!known.names.has(row.name) || (at !== undefined && rows[at]?.name === row.name)) continue;
    throw new ModelError(`Another recording is called ${JSON.stringify(row.name)} already.`, {
      subject: row.name,
      remedy: "Give it a name of its own.",
    });
  }
  for (const row of fresh) {
    const at = known.at.get(keyOf(row));
    const former = at === undefined ? undefined : rows[at];
    if (former !== undefined) known.names.delete(former.name);
    known.names.add(row.name);
    known.at.set(keyOf(row), at ?? rows.length);
    rows[at ?? rows.length] = row;
  }
}

/** What tells targets apart. */
function targetKey({ state, synapse, index, at }: Target & Pick<RecordingRow, "at">): string {
  return `${synapse ?? ""} ${state} ${index} ${at ?? ""}`;
}

/**
 * Records the spikes of each compartment.
 *
 * @throws ValueError for a threshold that is not finite.
 */
export function addSpikeRecordings(
  description: Description,
  compartments: Int32Array,
  { threshold = defaultThreshold, name }: SpikeOptions,
): void {
  if (!Number.isFinite(threshold)) {
    throw new ValueError(`The threshold of a spike is ${threshold}.`, {
      subject: "threshold",
      value: threshold,
      remedy: "Give a voltage in mV.",
    });
  }
  const added = Array.from(compartments, (compartment, i): SpikeRecording => {
    const suffix = compartments.length > 1 ? `_${i}` : "";
    const label =
      name === undefined ? defaultSpikeName(description, compartment) : `${name}${suffix}`;
    return { compartment, threshold, name: label };
  });
  const keyOf = (row: SpikeRecording) => `${row.compartment} ${row.threshold}`;
  const rows = description.spikeRecordings;
  const known = description.memory.remember(rows, "named", () => namesOf(rows, keyOf));
  addNamed(rows, known, added, keyOf, name !== undefined);
}

/**
 * Series for each of `count` places.
 *
 * @throws ValueError if the number of series does not fit or a sample is not finite.
 */
function samplesFor(count: number, samples: Samples, what: string): Float64Array[] {
  const isNested = samples.length > 0 && typeof samples[0] !== "number";
  if (!isNested) {
    const shared = checkedSamples(samples as ArrayLike<number>, what);
    return Array.from({ length: count }, () => shared);
  }
  if (samples.length !== count) {
    throw new ValueError(`${samples.length} series of a ${what} do not fit ${count} places.`, {
      subject: what,
      value: samples.length,
      remedy: "Give one series for all, or one for each place in view.",
    });
  }
  return Array.from(samples as ArrayLike<ArrayLike<number>>, (series) =>
    checkedSamples(series, what),
  );
}

/**
 * The chosen compartments in which the state exists.
 *
 * @throws NameError for a state that nothing here has.
 */
export function compartmentsWithState(
  description: Description,
  compartments: Int32Array,
  state: string,
  action: string,
): Int32Array {
  if (state === "v" || (isCompartmentCurrent(state) && action === "recorded")) return compartments;
  const quantity = description.quantities().get(state);
  const currents = description.currentNames();
  if (quantity?.isState !== true && !currents.has(state)) {
    throw unknownState(description, state, action);
  }
  // A current is 0 where none of its channels is, which is an answer, too
  if (currents.has(state)) return compartments;
  const present = description.presence(state);
  const rows = compartments.filter((i) => present[i] === 1);
  if (rows.length > 0) return rows;
  throw new SelectionError(`None of the selected compartments has ${state}.`, {
    subject: state,
    remedy: "Insert its channel there, or select other compartments.",
  });
}

function unknownState(description: Description, state: string, action: string): NameError {
  const states = [...description.quantities()].flatMap(([key, { isState }]) =>
    isState ? [key] : [],
  );
  const known = [
    "v",
    ...(action === "recorded" ? compartmentCurrents : []),
    ...states,
    ...description.currentNames(),
  ];
  const suggestion = nearestName(state, known);
  return new NameError(`There is no state ${JSON.stringify(state)} that could be ${action}.`, {
    subject: state,
    ...(suggestion === undefined ? { remedy: `There are: ${known.join(", ")}.` } : { suggestion }),
  });
}

function checkedSamples(samples: ArrayLike<number>, what: string): Float64Array {
  const series = Float64Array.from(samples);
  const wrong = series.findIndex((sample) => !Number.isFinite(sample));
  if (series.length === 0 || wrong >= 0) {
    const problem =
      series.length === 0
        ? `A ${what} has no samples.`
        : `Sample ${wrong} of a ${what} is ${series[wrong]}.`;
    throw new ValueError(problem, {
      subject: what,
      remedy: "Give one finite number per time step.",
    });
  }
  return series;
}

/** Stimuli of the compartments. */
export function stimuliFor(
  compartments: Int32Array,
  current: Samples,
  options: SampleOptions,
): Stimulus[] {
  check(current, samplesKind, "current");
  const dt = stepOf(current, options);
  const series = samplesFor(compartments.length, current, "stimulus");
  return Array.from(compartments).flatMap((compartment, i): Stimulus[] => {
    const samples = series[i];
    return samples === undefined ? [] : [{ compartment, samples, dt }];
  });
}

/** Clamps of targets to their series. */
export function clampsFor(
  targets: readonly Target[],
  values: Samples,
  options: SampleOptions,
): Clamp[] {
  check(values, samplesKind, "values");
  const dt = stepOf(values, options);
  const series = samplesFor(targets.length, values, "clamp");
  return targets.flatMap((target, i): Clamp[] => {
    const samples = series[i];
    return samples === undefined ? [] : [{ ...target, samples, dt }];
  });
}

/** Clamps each target to its series; a clamp that is there already is replaced. */
export function addClamps(
  description: Description,
  targets: readonly Target[],
  values: Samples,
  options: SampleOptions,
): void {
  const replaced = new Set(targets.map(targetKey));
  const added = clampsFor(targets, values, options);
  const others = description.clamps.filter((clamp) => !replaced.has(targetKey(clamp)));
  description.clamps = [...others, ...added];
}

/** Name of a row that was given none: the state and the numbers of its place. */
export function defaultName(
  description: Description,
  target: Target & Pick<RecordingRow, "at">,
): string {
  const { state, synapse, index, at } = target;
  if (synapse !== undefined) return recordingName(target);
  return `${state}${at === undefined ? "" : `_${at}`}${placeName(description, index)}`;
}

export function defaultSpikeName(description: Description, compartment: number): string {
  return `spikes${placeName(description, compartment)}`;
}

/** Where a compartment is, as far as the module has levels. */
export function placeName(description: Description, compartment: number): string {
  if (description.kind === "compartment") return "";
  if (description.kind === "branch") return `_c${compartment}`;
  const branch = description.branchOf[compartment] ?? 0;
  if (description.kind === "network") {
    const cell = description.cellOf[branch] ?? 0;
    const within = branch - description.cellOf.indexOf(cell);
    return `_n${cell}_b${within}_c${compartment - (description.firstCompartment[branch] ?? 0)}`;
  }
  return `_b${branch}_c${compartment - (description.firstCompartment[branch] ?? 0)}`;
}
