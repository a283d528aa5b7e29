/** @file `rall run`: simulate a morphology and write the traces. */
import {
  type BackendName,
  integrate,
  type Result,
  readSwc,
  stepCurrent,
  type TracedCell,
} from "rall";
import * as builtIn from "rall/channels";
import { extent } from "./extent.ts";
import { UsageError } from "./failure.ts";
import { number, onlyFile, optional, readArguments } from "./options.ts";
import { atPlace, splitPlace } from "./place.ts";
import { plot } from "./plot.ts";
import { withProgress } from "./progress.ts";
import { checkFormat, writeTraces } from "./traces.ts";
import { runHelp } from "./usage.ts";

const command = "run";
/** Time in ms that a run goes on after the last stimulus, unless told otherwise. */
const afterStimulus = 10;

interface Stimulus {
  readonly place: string;
  readonly delay: number;
  readonly duration: number;
  readonly amplitude: number;
}

export async function run(args: readonly string[]): Promise<string> {
  const { values, positionals } = readArguments(command, {
    args: [...args],
    allowPositionals: true,
    options: {
      ncomp: { type: "string", default: "4" },
      insert: { type: "string", multiple: true, default: ["HH"] },
      set: { type: "string", multiple: true, default: [] },
      "no-init": { type: "boolean", default: false },
      "max-branch-length": { type: "string" },
      "min-radius": { type: "string" },
      stimulate: { type: "string", multiple: true, default: [] },
      record: { type: "string", multiple: true, default: [] },
      tmax: { type: "string" },
      dt: { type: "string", default: "0.025" },
      backend: { type: "string", default: "wasm" },
      out: { type: "string", default: "traces.csv" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return runHelp;
  const file = onlyFile(command, positionals);
  checkFormat(values.out);
  const dt = number(command, "--dt", values.dt);
  const stimuli = values.stimulate.map(readStimulus);
  const ends = stimuli.map(({ delay, duration }) => delay + duration + afterStimulus);
  if (values.tmax === undefined && ends.length === 0) {
    throw new UsageError("How long? Give --tmax in ms, or a --stimulate.", command);
  }
  const tMax =
    values.tmax === undefined ? Math.max(...ends) : number(command, "--tmax", values.tmax);
  const started = performance.now();
  const cell = await readSwc(file, {
    ncomp: number(command, "--ncomp", values.ncomp),
    ...optional(command, "maxBranchLength", "--max-branch-length", values["max-branch-length"]),
    ...optional(command, "minRadius", "--min-radius", values["min-radius"]),
  });
  const readTime = performance.now() - started;
  for (const text of values.insert) insertChannel(cell, text);
  for (const text of ["axial_resistivity=100", "v=-65", ...values.set]) setValue(cell, text);
  if (!values["no-init"]) cell.initStates({ dt });
  for (const { place, ...step } of stimuli) {
    atPlace(cell, place).stimulate(stepCurrent({ ...step, dt, tMax }));
  }
  const home = cell.groups.includes("soma") ? "soma:0.5" : "0:0.5";
  for (const text of values.record.length === 0 ? ["v"] : values.record) {
    const { what, place } = splitPlace(text, home);
    atPlace(cell, place).record(what);
  }
  const result = await withProgress((observers) =>
    integrate(cell, { dt, tMax, backend: values.backend as BackendName, ...observers }),
  );
  await writeTraces(values.out, result);
  const summary = { file, out: values.out, readTime, cell, result };
  if (result.status.code !== "completed") process.exitCode = 1;
  return values.json ? `${JSON.stringify(asData(summary), undefined, 2)}\n` : describe(summary);
}

interface Run {
  readonly file: string;
  readonly out: string;
  readonly readTime: number;
  readonly cell: TracedCell;
  readonly result: Result;
}

function readStimulus(text: string): Stimulus {
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

function insertChannel(cell: TracedCell, text: string): void {
  const { what, place } = splitPlace(text, "all");
  const channel = Object.values(builtIn).find(({ name }) => name === what);
  if (channel === undefined) {
    const known = Object.keys(builtIn).join(", ");
    throw new UsageError(
      `There is no channel ${JSON.stringify(what)}; there are ${known}.`,
      command,
    );
  }
  atPlace(cell, place).insert(channel);
}

function setValue(cell: TracedCell, text: string): void {
  const { what, place } = splitPlace(text, "all");
  const [key = "", value = ""] = what.split("=");
  atPlace(cell, place).set(key, number(command, `--set ${key}`, value));
}

function asData({ file, out, cell, result }: Run) {
  const rows = result.names.map((name, row) => {
    const series = result.recordings[row] ?? new Float64Array();
    const { low, high } = extent(series);
    return { name, least: low, largest: high, last: series.at(-1) };
  });
  return {
    file,
    out,
    status: result.status,
    statistics: result.statistics,
    recordings: rows,
    diagnostics: cell.diagnostics,
  };
}

function describe({ file, out, readTime, cell, result }: Run): string {
  const { statistics, status, time, names, recordings } = result;
  const { compartments, steps, planTime, compileTime, runTime, backend } = statistics;
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  const plots = names
    .slice(0, 4)
    .map((name, row) => plot(time, recordings[row] ?? [], { title: name }));
  const hidden = names.length - plots.length;
  const remarks = cell.diagnostics.map(({ severity, message, line }) => {
    return `${severity}: ${file}${line === undefined ? "" : `:${line}`}: ${message}`;
  });
  return `${[
    ...plots,
    ...(hidden > 0 ? [`... and ${hidden} more recordings in ${out}`] : []),
    "",
    `${file}: ${cell.branchNumbers.length} branches, ${compartments} compartments, channels ${cell.channels.join(", ")}`,
    `${status.code === "completed" ? "Simulated" : `STOPPED (${status.message}) after`} ` +
      `${Number((time.at(-1) ?? 0).toPrecision(6))} ms in ${steps} steps on ${backend}: read ${ms(readTime)}, ` +
      `lowered ${ms(planTime)}, compiled ${ms(compileTime)}, ran ${ms(runTime)}`,
    `Wrote ${out}: ${names.length === 1 ? "1 recording" : `${names.length} recordings`} of ${time.length} samples`,
    ...remarks,
  ].join("\n")}\n`;
}
