/** @file The model that a command is about: an SWC file with channels and values from the command line, or a model file. */
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { type Diagnostic, fromJSON, type Module, RallError, stepCurrent, type View } from "rall";
import * as builtIn from "rall/channels";
import { UsageError } from "./failure.ts";
import { type MorphologyValues, morphologyArguments, readMorphology } from "./morphology.ts";
import { number } from "./options.ts";
import { atPlace, splitPlace } from "./place.ts";

/** Options of `parseArgs` for a model and an experiment on it. */
export const modelArguments = {
  ...morphologyArguments,
  insert: { type: "string", multiple: true },
  set: { type: "string", multiple: true, default: [] as string[] },
  "no-init": { type: "boolean", default: false },
  stimulate: { type: "string", multiple: true, default: [] as string[] },
  record: { type: "string", multiple: true, default: [] as string[] },
  tmax: { type: "string" },
  dt: { type: "string", default: "0.025" },
} as const;

export interface ModelValues extends MorphologyValues {
  readonly insert?: string[] | undefined;
  readonly set: string[];
  readonly "no-init": boolean;
  readonly stimulate: string[];
  readonly record: string[];
  readonly tmax?: string | undefined;
  readonly dt: string;
}

export interface Experiment {
  readonly model: Module;
  readonly diagnostics: readonly Diagnostic[];
  readonly dt: number;
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
  const stimuli = values.stimulate.map((text) => readStimulus(command, text));
  const isModel = extname(file) === ".json";
  const ends = stimuli.map(({ delay, duration }) => delay + duration + afterStimulus);
  if (values.tmax === undefined && ends.length === 0 && needsDuration && !isModel) {
    throw new UsageError("How long? Give --tmax in ms, or a --stimulate.", command);
  }
  const latest = ends.length > 0 ? Math.max(...ends) : undefined;
  const tMax = values.tmax === undefined ? latest : number(command, "--tmax", values.tmax);
  const { model, diagnostics } = isModel
    ? await readModelFile(command, file, values)
    : await readMorphology(command, file, values);
  for (const text of values.insert ?? (isModel ? [] : ["HH"])) insertChannel(command, model, text);
  const defaults = isModel ? [] : ["axial_resistivity=100", "v=-65"];
  for (const text of [...defaults, ...values.set]) setValue(command, model, text);
  if (!values["no-init"] && !isModel) model.initStates({ dt });
  for (const { place, ...step } of stimuli) {
    const end = tMax ?? step.delay + step.duration;
    atPlace(model, place).stimulate(stepCurrent({ ...step, dt, tMax: end }));
  }
  const { kind } = model.root.description;
  const soma = model.groups.includes("soma") ? "soma:0.5" : "0:0.5";
  const home = kind === "network" ? `0/${soma}` : soma;
  const { recordings, spikeRecordings } = model.root.description;
  const hasOwn = recordings.length > 0 || spikeRecordings.length > 0;
  const records = values.record.length === 0 && !hasOwn ? ["v"] : values.record;
  for (const text of records) {
    const { what, place } = splitPlace(text, home);
    if (what === "spikes") atPlace(model, place).recordSpikes();
    else atPlace(model, place).record(what);
  }
  return { model, diagnostics, dt, tMax };
}

async function readModelFile(command: string, file: string, values: ModelValues) {
  for (const name of Object.keys(morphologyArguments) as (keyof MorphologyValues)[]) {
    if (values[name] === undefined) continue;
    throw new UsageError(`--${name} is for SWC files; a model file has its compartments.`, command);
  }
  const text = await readFile(file, "utf8");
  try {
    return { model: fromJSON(text) as Module, diagnostics: [] };
  } catch (error) {
    if (error instanceof RallError) error.message = `${file}: ${error.message}`;
    throw error;
  }
}

interface Stimulus {
  readonly place: string;
  readonly delay: number;
  readonly duration: number;
  readonly amplitude: number;
}

function readStimulus(command: string, text: string): Stimulus {
  const [place = "", ...settings] = text.split(",");
  const given = new Map(settings.map((setting) => setting.split("=") as [string, string]));
  for (const name of given.keys()) {
    if (name === "delay" || name === "duration" || name === "amplitude") continue;
    throw new UsageError(
      `A stimulus has delay, duration and amplitude, but no ${JSON.stringify(name)}.`,
      command,
    );
  }
  const value = (name: string) => {
    const found = given.get(name);
    if (found === undefined) {
      throw new UsageError(`The stimulus ${JSON.stringify(text)} lacks ${name}=...`, command);
    }
    return number(command, `${name} of --stimulate`, found);
  };
  return {
    place,
    delay: value("delay"),
    duration: value("duration"),
    amplitude: value("amplitude"),
  };
}

function insertChannel(command: string, model: View, text: string): void {
  const { what, place } = splitPlace(text, "all");
  const channel = Object.values(builtIn).find(({ name }) => name === what);
  if (channel === undefined) {
    const known = Object.keys(builtIn).join(", ");
    throw new UsageError(
      `There is no channel ${JSON.stringify(what)}; there are ${known}.`,
      command,
    );
  }
  atPlace(model, place).insert(channel);
}

function setValue(command: string, model: View, text: string): void {
  const { what, place } = splitPlace(text, "all");
  const [key = "", value = ""] = what.split("=");
  atPlace(model, place).set(key, number(command, `--set ${key}`, value));
}
