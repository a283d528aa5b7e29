/** @file What a model is to be fitted to: columns of a sweep, matched with recordings, in the model's units and time step. */
import { type Module, ValueError, type View } from "rall";
import type { Window } from "rall/training";
import { extent } from "./extent.ts";
import { UsageError } from "./failure.ts";
import { atPlace, splitPlace } from "./place.ts";
import { type Column, isSampledAt, resample, type Sweep, toUnit } from "./sweep.ts";

export interface Target {
  /** Numbers of recordings of the model. */
  readonly rows: readonly number[];
  readonly names: readonly string[];
  readonly units: readonly string[];
  /** For each of these rows one value per sample of the run, NaN where the sweep has none. */
  readonly series: readonly Float64Array[];
  /** Where the series are known and wanted, in ms. */
  readonly windows: readonly Window[];
  readonly tMax: number;
  /** What was assumed or changed, in words. */
  readonly remarks: readonly string[];
}

export interface TargetOptions {
  readonly command: string;
  readonly dt: number;
  /** Duration in ms that was asked for. */
  readonly tMax: number | undefined;
  /** Whether stimuli say how long the run is, as those of a model file do. */
  readonly followsStimuli: boolean;
  readonly windows: readonly Window[];
}

/** @throws ValueError for data that do not fit the model, by file and column; UsageError for windows outside the data. */
export function targetOf(model: Module, sweep: Sweep, options: TargetOptions): Target {
  const { file, time, columns } = sweep;
  const { dt } = options;
  const remarks: string[] = [];
  const rows = matchColumns(options.command, model, sweep, remarks);
  const { recordings } = model;
  const units = rows.map((row) => recordings[row]?.unit ?? "");
  const scaled = columns.map((column, k) => scaleColumn(column, units[k] ?? "", file, remarks));
  const [begin, end] = [time[0] ?? 0, time.at(-1) ?? 0];
  if (end <= dt) {
    throw new ValueError(`The data end at ${short(end)} ms.`, {
      file,
      value: end,
      remedy: "Give times in ms, from the begin of the run, or their unit: time (s).",
    });
  }
  const stop = endOfRun(model, sweep, options, remarks);
  const steps = Math.floor(stop / dt + 1e-6);
  if (begin > 0) remarks.push(`the data begin at ${short(begin)} ms; nothing before counts`);
  if (!isSampledAt(time, dt)) {
    const interval = (end - begin) / (time.length - 1);
    remarks.push(
      `sampled every ${short(interval)} ms, interpolated linearly to every ${short(dt)} ms`,
    );
  }
  const known: Window = [Math.max(begin, 0), steps * dt + dt];
  for (const [from, to] of options.windows) {
    if (from >= known[0] && to <= known[1] && from < to) continue;
    throw new UsageError(
      `The window ${from}:${to} is not within the data, which go from ${short(begin)} to ${short(stop)} ms.`,
      options.command,
    );
  }
  return {
    rows,
    units,
    names: columns.map(({ name }) => name),
    series: scaled.map((values) => resample(time, values, dt, steps + 1)),
    windows: options.windows.length > 0 ? options.windows : [known],
    // Between two steps, so that rounding cannot make one more or less
    tMax: (steps - 0.5) * dt,
    remarks,
  };
}

/** For each column the number of its recording, which is made if the column says where. */
function matchColumns(
  command: string,
  model: Module,
  { file, columns }: Sweep,
  remarks: string[],
): number[] {
  const named = columns.map(({ name }) => rowCalled(command, model, name));
  const { recordings } = model;
  const labels = recordings.map(({ label }) => label);
  if (named.every((row) => row === undefined) && columns.length === labels.length) {
    for (const [row, { name }] of columns.entries())
      if (columns.length > 1) remarks.push(`${name} was taken for ${labels[row]}`);
    return [...columns.keys()];
  }
  return named.map((row, k) => {
    if (row !== undefined) return row;
    const { name } = columns[k] ?? { name: "" };
    throw new ValueError(
      `The column ${JSON.stringify(name)} belongs to no recording: there are ${columns.length} columns for ${labels.length} recordings.`,
      {
        file,
        location: { line: 1 },
        subject: name,
        value: name,
        remedy: `Name columns by place, as v@soma:0.5, or by recording: ${labels.join(", ")}.`,
      },
    );
  });
}

/** The recording that a column is of: by name, or by place as options (`v@soma:0.5`) or files (`v soma(0.5)`) say it. */
function rowCalled(command: string, model: Module, name: string): number | undefined {
  const { description } = model.root;
  const byName = model.recordings.findIndex((row) => row.name === name || row.label === name);
  if (byName >= 0) return byName;
  const request = name.includes("@") ? splitPlace(name, "all") : fromLabel(name);
  if (request === undefined) return undefined;
  const { what, place } = request;
  const view: View = atPlace(command, model, place);
  const [compartment, ...others] = view.compartments;
  if (others.length > 0) {
    throw new ValueError(`${name} is ${others.length + 1} compartments.`, {
      subject: name,
      value: place,
      remedy: "Name one place, with its position along the branch: v@soma:0.5.",
    });
  }
  const known = description.recordings.findIndex(
    (row) => row.synapse === undefined && row.state === what && row.index === compartment,
  );
  if (known >= 0) return known;
  view.record(what);
  return description.recordings.length - 1;
}

/** What `v cell 3 apical 100(0.9)` is as an option: `v@3/100:0.9`. */
function fromLabel(label: string): { what: string; place: string } | undefined {
  const found = /^(\w+) (?:cell (\d+) )?(\w+)(?: (\d+))?\(([\d.]+)\)$/.exec(label);
  if (found === null) return undefined;
  const [, what = "", cell, group = "", branch, location] = found;
  const place = `${cell === undefined ? "" : `${cell}/`}${branch ?? group}:${location}`;
  return { what, place };
}

function scaleColumn(
  { name, unit, values }: Column,
  wanted: string,
  file: string,
  remarks: string[],
): Float64Array {
  const fail = (message: string, remedy: string, value: unknown) =>
    new ValueError(message, { file, location: { line: 1 }, subject: name, value, remedy });
  if (unit === undefined || unit === "") {
    const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    if (wanted === "mV" && largest < 1) {
      throw fail(
        `${name} is never further than ${short(largest)} from 0, and has no unit.`,
        `Say the unit in the header: "${name} (V)" for volts, "${name} (mV)" if it is right.`,
        largest,
      );
    }
    if (wanted !== "" && wanted !== "1") remarks.push(`${name} was taken to be in ${wanted}`);
    return values;
  }
  const factor = toUnit(unit, wanted === "" ? "1" : wanted);
  if (factor === undefined) {
    throw fail(
      `${name} is in ${unit}, but what is recorded is in ${wanted || "1"}.`,
      "Give the same quantity; V, mV and uV are told apart, and so are other prefixes.",
      unit,
    );
  }
  return factor === 1 ? values : values.map((value) => factor * value);
}

/** Until when the run and the data go together. */
function endOfRun(
  model: Module,
  { file, time }: Sweep,
  { command, dt, tMax, followsStimuli }: TargetOptions,
  remarks: string[],
): number {
  const end = time.at(-1) ?? 0;
  const { stimuli } = model.root.description;
  const { high: most } = extent(stimuli.map(({ samples }) => samples.length));
  const stimulated = stimuli.length > 0 && followsStimuli ? most * dt : undefined;
  const wanted = tMax ?? stimulated ?? end;
  // Series of stimuli have up to two samples more than steps
  if (end < wanted - 2.5 * dt) {
    throw tMax === undefined
      ? new ValueError(
          `The data end at ${short(end)} ms, the stimuli of the model at ${short(wanted)} ms.`,
          { file, value: end, remedy: `Give --tmax ${short(end)} to fit what there are data for.` },
        )
      : new UsageError(
          `${file}: the data end at ${short(end)} ms, before --tmax ${short(wanted)}.`,
          command,
        );
  }
  if (end > wanted + 1.5 * dt) {
    remarks.push(`the data go on until ${short(end)} ms; fitted until ${short(wanted)} ms`);
  }
  return Math.min(end, wanted);
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
