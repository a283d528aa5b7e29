/** @file The model that a command is about: an SWC file with channels and values from the command line, or a model file. */
import { extname } from "node:path";
import {
  type Diagnostic,
  fromJSON,
  type Module,
  Network,
  RallError,
  readText,
  type SolverName,
  type View,
} from "rall";
import { UsageError } from "./failure.ts";
import { readInsertion } from "./insert.ts";
import { type MorphologyValues, morphologyArguments, readMorphology } from "./morphology.ts";
import { number } from "./options.ts";
import { atPlace, placeInWords, splitPlace } from "./place.ts";
import { readClamp, readStimulus, type TimedInput } from "./signals.ts";

/** Options of `parseArgs` for a model and an experiment on it. */
export const modelArguments = {
  ...morphologyArguments,
  insert: { type: "string", multiple: true },
  set: { type: "string", multiple: true, default: [] as string[] },
  "no-init": { type: "boolean", default: false },
  stimulate: { type: "string", multiple: true, default: [] as string[] },
  clamp: { type: "string", multiple: true, default: [] as string[] },
  record: { type: "string", multiple: true, default: [] as string[] },
  tmax: { type: "string" },
  dt: { type: "string", default: "0.025" },
  solver: { type: "string" },
} as const;

export interface ModelValues extends MorphologyValues {
  readonly insert?: string[] | undefined;
  readonly set: string[];
  readonly "no-init": boolean;
  readonly stimulate: string[];
  readonly clamp: string[];
  readonly record: string[];
  readonly tmax?: string | undefined;
  readonly dt: string;
  readonly solver?: string | undefined;
}

export interface Experiment {
  readonly model: Module;
  readonly diagnostics: readonly Diagnostic[];
  readonly dt: number;
  /** Undefined for the default; a name that there is not is for the simulation to refuse. */
  readonly solver: SolverName | undefined;
  /** Undefined if the stimuli of a model file decide. */
  readonly tMax: number | undefined;
}

/** Time in ms that a run goes on after the last stimulus, unless told otherwise. */
const afterStimulus = 10;

/** Reads a file and puts on it what the command line asks for. */
export async function readExperiment(
  command: string,
  file: string,
  values: ModelValues,
  needsDuration: boolean,
): Promise<Experiment> {
  const dt = number(command, "--dt", values.dt);
  const inputs = [
    ...values.stimulate.map((text) => readStimulus(command, text)),
    ...values.clamp.map((text) => readClamp(command, text)),
  ];
  const isModel = extname(file) === ".json";
  const inserted = values.insert ?? (isModel ? [] : ["HH"]);
  const insertions = inserted.map((text) => readInsertion(command, text));
  const { model: read, diagnostics } = isModel
    ? { model: await readModel(command, file, values), diagnostics: [] }
    : await readMorphology(command, file, values);
  const needsNetwork = insertions.some(({ kind }) => kind === "synapse");
  const model = needsNetwork ? asNetwork(command, file, read) : read;
  for (const insertion of insertions) insertion.apply(model);
  const defaults = isModel ? [] : ["axial_resistivity=100", "v=-65"];
  for (const text of [...defaults, ...values.set]) setValue(command, model, text);
  if (!values["no-init"] && !isModel) model.initStates({ dt });
  const tMax =
    values.tmax === undefined
      ? durationOf(model, inputs, dt)
      : number(command, "--tmax", values.tmax);
  if (tMax === undefined && needsDuration && !ownSteps(model, dt))
    throw new UsageError("How long? Give --tmax in ms, or a --stimulate.", command);
  const end = tMax ?? ownSteps(model, dt) * dt;
  for (const input of inputs) input.apply(model, dt, end);
  record(command, model, values.record);
  return { model, diagnostics, dt, solver: values.solver as SolverName | undefined, tMax };
}

/** A synapse is one of a network, if only of one cell. */
function asNetwork(command: string, file: string, model: Module): Module {
  const { kind, stimuli, clamps, recordings, spikeRecordings } = model.root.description;
  if (kind === "network") return model;
  const placed = stimuli.length + clamps.length + recordings.length + spikeRecordings.length;
  if (placed === 0) return new Network([model]);
  throw new UsageError(
    `${file} has stimuli, clamps or recordings already, which a cell leaves behind when a synapse makes a network of it; ` +
      "convert the morphology with the synapse.",
    command,
  );
}

/** Steps of a model file by its own stimuli, or else its clamps; 0 if it has none. */
function ownSteps(model: Module, dt: number): number {
  const { stimuli, clamps } = model.root.description;
  const steps = (stimuli.length > 0 ? stimuli : clamps).map((series) =>
    Math.round((series.samples.length * (series.dt ?? dt)) / dt),
  );
  const choose = stimuli.length > 0 ? Math.max : Math.min;
  return steps.reduce((one, other) => choose(one, other), steps[0] ?? 0);
}

/** How long a run is by what goes on in it: as long as the file says, and until some time after what is added to that. */
function durationOf(model: Module, inputs: readonly TimedInput[], dt: number): number | undefined {
  if (inputs.length === 0) return undefined;
  const latest = Math.max(...inputs.map(({ end }) => end)) + afterStimulus;
  const own = ownSteps(model, dt);
  // Between two steps, so that rounding cannot make one more or less
  return own * dt > latest ? (own - 0.5) * dt : latest;
}

/** Records what was asked for; if neither that nor the file says anything, the voltage of the soma. */
function record(command: string, model: Module, records: readonly string[]): void {
  const { kind, recordings, spikeRecordings } = model.root.description;
  const soma = model.groups.includes("soma") ? "soma:0.5" : "0:0.5";
  const home = kind === "network" ? `0/${soma}` : soma;
  const hasOwn = recordings.length > 0 || spikeRecordings.length > 0;
  for (const text of records.length === 0 && !hasOwn ? ["v"] : records) {
    const { what, place } = splitPlace(text, home);
    const words = placeInWords(command, model, place);
    const view = atPlace(command, model, place);
    const name = words === undefined ? {} : { name: `${what} ${words}` };
    if (what === "spikes") view.recordSpikes(name);
    else view.record(what, name);
  }
}

/** The model of a model file. @throws UsageError for options of a morphology, RallError that names the file. */
export async function readModel(
  command: string,
  file: string,
  values: MorphologyValues,
): Promise<Module> {
  for (const name of Object.keys(morphologyArguments) as (keyof MorphologyValues)[]) {
    if (values[name] === undefined) continue;
    throw new UsageError(`--${name} is for SWC files; a model file has its compartments.`, command);
  }
  const { text } = await readText(file);
  try {
    return fromJSON(text) as Module;
  } catch (error) {
    if (error instanceof RallError) error.message = `${file}: ${error.message}`;
    throw error;
  }
}

function setValue(command: string, model: View, text: string): void {
  const { what, place } = splitPlace(text, "all");
  const [key = "", value = ""] = what.split("=");
  atPlace(command, model, place).set(key, number(command, `--set ${key}`, value));
}
