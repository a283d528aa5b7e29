/** @file `rall run`: simulate a morphology or a model file and write the traces. */
import { type BackendName, drawRaster, drawTraces, integrate, type Result, type View } from "rall";
import { extent } from "./extent.ts";
import { UsageError } from "./failure.ts";
import { type Experiment, modelArguments, readExperiment } from "./model.ts";
import { onlyFile, optional, readArguments } from "./options.ts";
import { plot } from "./plot.ts";
import { withProgress } from "./progress.ts";
import { checkEnding, checkFormat, spikesToCsv, writeTraces, writeWhole } from "./traces.ts";
import { runHelp } from "./usage.ts";

const command = "run";

export async function run(args: readonly string[], signal: AbortSignal): Promise<string> {
  const { values, positionals } = readArguments(command, {
    args: [...args],
    allowPositionals: true,
    options: {
      ...modelArguments,
      "record-interval": { type: "string" },
      exact: { type: "boolean", default: false },
      resample: { type: "boolean", default: false },
      backend: { type: "string", default: "wasm" },
      out: { type: "string", default: "traces.csv" },
      plot: { type: "string" },
      spikes: { type: "string" },
      raster: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return runHelp;
  const file = onlyFile(command, positionals);
  checkFormat(values.out);
  checkEnding(command, "--plot", values.plot, ".svg");
  checkEnding(command, "--raster", values.raster, ".svg");
  checkEnding(command, "--spikes", values.spikes, ".csv");
  const started = performance.now();
  const experiment = await readExperiment(command, file, values, true);
  const readTime = performance.now() - started;
  const { model, dt, tMax } = experiment;
  if (model.root.description.spikeRecordings.length === 0) {
    const needed = ["spikes", "raster"].find((name) => values[name as "spikes"] !== undefined);
    if (needed !== undefined)
      throw new UsageError(`--${needed} needs spikes: --record spikes@PLACE.`, command);
  }
  const result = await withProgress((onProgress) =>
    integrate(model, {
      dt,
      ...(tMax === undefined ? {} : { tMax }),
      ...(values.exact ? { duration: "exact" } : {}),
      ...optional(command, "recordInterval", "--record-interval", values["record-interval"]),
      resample: values.resample,
      backend: values.backend as BackendName,
      signal,
      onProgress,
    }),
  );
  await writeTraces(values.out, result);
  const { plot: traces, raster, spikes } = values;
  if (spikes !== undefined) await writeWhole(spikes, spikesToCsv(result));
  if (traces !== undefined) await writeWhole(traces, drawTraces(result, { title: file }));
  if (raster !== undefined) {
    const end = result.time.at(-1) ?? 0;
    await writeWhole(raster, drawRaster(result.spikes, { title: file, tMax: end }));
  }
  const drawn = [traces, raster].filter((name) => name !== undefined);
  const summary = { ...experiment, file, out: values.out, spikes, drawn, readTime, result };
  if (result.status.code !== "completed") process.exitCode = 1;
  return values.json ? `${JSON.stringify(asData(summary), undefined, 2)}\n` : describe(summary);
}

interface Run extends Experiment {
  readonly file: string;
  readonly out: string;
  readonly spikes: string | undefined;
  readonly drawn: readonly string[];
  readonly readTime: number;
  readonly result: Result;
}

function asData({ file, out, diagnostics, result }: Run) {
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
    spikes: result.spikes.map(({ name, times }) => ({ name, times_ms: [...times] })),
    diagnostics: [...diagnostics, ...result.warnings],
  };
}

function describe(summary: Run): string {
  const { file, out, spikes, drawn, readTime, model, diagnostics, result } = summary;
  const { statistics, status, time, names, recordings, warnings } = result;
  const { compartments, steps, planTime, compileTime, runTime, backend } = statistics;
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  const plots = names
    .slice(0, 4)
    .map((name, row) => plot(time, recordings[row] ?? [], { title: name }));
  const hidden = names.length - plots.length;
  const remarks = [...diagnostics, ...warnings].map(({ severity, message, line }) => {
    return `${severity}: ${file}${line === undefined ? "" : `:${line}`}: ${message}`;
  });
  return `${[
    ...plots,
    ...(hidden > 0 ? [`... and ${hidden} more recordings in ${out}`] : []),
    "",
    `${file}: ${contents(model)}, ${compartments} compartments, channels ${model.channels.join(", ")}`,
    `${status.code === "completed" ? "Simulated" : `STOPPED (${status.message}) after`} ` +
      `${Number((time.at(-1) ?? 0).toPrecision(6))} ms in ${steps} steps on ${backend}: read ${ms(readTime)}, ` +
      `lowered ${ms(planTime)}, compiled ${ms(compileTime)}, ran ${ms(runTime)}`,
    `Wrote ${out}: ${names.length === 1 ? "1 recording" : `${names.length} recordings`} of ${time.length} samples`,
    ...(result.spikes.length === 0
      ? []
      : [`${countSpikes(result)} spikes${spikes === undefined ? "" : `, written to ${spikes}`}`]),
    ...drawn.map((name) => `Drew ${name}`),
    ...remarks,
  ].join("\n")}\n`;
}

/** What a model has, in words. */
function contents(model: View): string {
  const { kind, synapses } = model.root.description;
  const branches = `${model.branchNumbers.length} branches`;
  if (kind !== "network") return branches;
  const connections = synapses.reduce((sum, { pre }) => sum + pre.length, 0);
  return `${model.cellNumbers.length} cells, ${branches}, ${connections} synapses`;
}

function countSpikes({ spikes }: Result): number {
  return spikes.reduce((sum, { times }) => sum + times.length, 0);
}
