/** @file `rall run`: simulate a morphology or a model file and write the traces. */
import {
  type BackendName,
  csvPieces,
  drawRaster,
  drawTraces,
  integrate,
  jsonPieces,
  type Result,
  resultToNpz,
  spikesToCsv,
  type View,
} from "rall";
import { extent } from "./extent.ts";
import { UsageError } from "./failure.ts";
import type { Interruption } from "./interruption.ts";
import { type Experiment, modelArguments, readExperiment } from "./model.ts";
import { onlyFile, optional, readArguments } from "./options.ts";
import { checkOutputs, type Formats, output, pictureFormats, writeAll } from "./outputs.ts";
import { isNetwork, pictureWidth, titleOf } from "./picture.ts";
import { plot } from "./plot.ts";
import { withProgress } from "./progress.ts";
import { counted, inWords } from "./remarks.ts";
import { remark } from "./terminal.ts";
import { runHelp } from "./usage.ts";

const command = "run";

const traceFormats: Formats<Result> = {
  ".csv": csvPieces,
  ".json": jsonPieces,
  ".npz": resultToNpz,
};
const spikeFormats: Formats<Result> = { ".csv": spikesToCsv };

export async function run(args: readonly string[], interruption: Interruption): Promise<string> {
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
      width: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return runHelp;
  const file = onlyFile(command, positionals);
  const outputs = {
    out: output("--out", values.out, traceFormats),
    spikes: output("--spikes", values.spikes, spikeFormats),
    plot: output("--plot", values.plot, pictureFormats),
    raster: output("--raster", values.raster, pictureFormats),
  };
  await checkOutputs(command, Object.values(outputs), [file]);
  const look = { title: titleOf(file), ...pictureWidth(command, values.width) };
  const started = performance.now();
  const experiment = await readExperiment(command, file, values, true);
  const readTime = performance.now() - started;
  const { model, dt, tMax, solver } = experiment;
  if (model.root.description.spikeRecordings.length === 0) {
    const needed = outputs.spikes ?? outputs.raster;
    if (needed !== undefined)
      throw new UsageError(`${needed.option} needs spikes: --record spikes@PLACE.`, command);
  }
  const result = await withProgress((onProgress) =>
    integrate(model, {
      dt,
      ...(tMax === undefined ? {} : { tMax }),
      ...(values.exact ? { duration: "exact" } : {}),
      ...(solver === undefined ? {} : { solver }),
      ...optional(command, "recordInterval", "--record-interval", values["record-interval"]),
      resample: values.resample,
      backend: values.backend as BackendName,
      signal: interruption.signal,
      // Said below, when the bar of progress is gone
      onWarning: false,
      onProgress(done, all) {
        interruption.arm();
        onProgress(done, all);
      },
    }),
  );
  for (const warning of result.warnings) remark(`${inWords(file, warning)}\n`);
  const spikes = result.spikes.map((row) => ({ ...row, name: row.label }));
  const shown = { ...result, names: result.labels };
  await writeAll([
    async () => outputs.out?.write(result),
    async () => outputs.spikes?.write(result),
    async () => outputs.plot?.write(drawTraces(shown, look)),
    async () =>
      outputs.raster?.write(
        drawRaster(spikes, {
          ...look,
          tMax: result.time.at(-1) ?? 0,
          ...(isNetwork(model) ? { network: model } : {}),
        }),
      ),
  ]);
  if (result.status.code !== "completed") process.exitCode ??= 1;
  const drawn = [outputs.plot, outputs.raster].flatMap((one) => one?.written ?? []);
  const [out, spikesFile] = [outputs.out?.written, outputs.spikes?.written];
  const summary = { ...experiment, file, out, spikes: spikesFile, drawn, readTime, result };
  const text = values.json
    ? `${JSON.stringify(asData(summary), undefined, 2)}\n`
    : describe(summary);
  if (!Object.values(outputs).some((one) => one?.isStandardOutput)) return text;
  remark(text);
  return "";
}

interface Run extends Experiment {
  readonly file: string;
  /** Files that were written. */
  readonly out: string | undefined;
  readonly spikes: string | undefined;
  readonly drawn: readonly string[];
  readonly readTime: number;
  readonly result: Result;
}

function asData({ file, out, diagnostics, result }: Run) {
  const rows = result.names.map((name, row) => {
    const series = result.recordings[row] ?? new Float64Array();
    const { low, high } = extent(series);
    const [label, unit] = [result.labels[row], result.units[row]];
    return { name, label, unit, least: low, largest: high, last: series.at(-1) };
  });
  return {
    file,
    out,
    status: result.status,
    statistics: result.statistics,
    recordings: rows,
    spikes: result.spikes.map(({ name, label, times }) => ({ name, label, times_ms: [...times] })),
    diagnostics: [...diagnostics, ...result.warnings],
  };
}

function describe(summary: Run): string {
  const { file, out, spikes, drawn, readTime, model, diagnostics, result } = summary;
  const { statistics, status, time, labels, units, recordings } = result;
  const { compartments, steps, planTime, compileTime, runTime, backend } = statistics;
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  const plots = labels
    .slice(0, 4)
    .map((title, row) => plot(time, recordings[row] ?? [], { title, unit: units[row] ?? "" }));
  const hidden = labels.length - plots.length;
  return `${[
    ...plots,
    ...(hidden > 0 ? [`... and ${counted(hidden, "more recording")}`] : []),
    "",
    `${file}: ${contents(model)}, ${counted(compartments, "compartment")}, channels ${model.channels.join(", ") || "none"}`,
    `${status.code === "completed" ? "Simulated" : `STOPPED (${status.message}) after`} ` +
      `${Number((time.at(-1) ?? 0).toPrecision(6))} ms in ${steps} steps on ${backend}: read ${ms(readTime)}, ` +
      `lowered ${ms(planTime)}, compiled ${ms(compileTime)}, ran ${ms(runTime)}`,
    ...(out === undefined
      ? []
      : [`Wrote ${out}: ${counted(labels.length, "recording")} of ${time.length} samples`]),
    ...(result.spikes.length === 0
      ? []
      : [
          `${counted(countSpikes(result), "spike")}${spikes === undefined ? "" : `, written to ${spikes}`}`,
        ]),
    ...drawn.map((name) => `Drew ${name}`),
    ...diagnostics.map((one) => inWords(file, one)),
  ].join("\n")}\n`;
}

/** What a model has, in words. */
function contents(model: View): string {
  const { kind, synapses } = model.root.description;
  const branches = counted(model.branchNumbers.length, "branch", "branches");
  if (kind !== "network") return branches;
  const connections = synapses.reduce((sum, { pre }) => sum + pre.length, 0);
  return `${counted(model.cellNumbers.length, "cell")}, ${branches}, ${counted(connections, "synapse")}`;
}

function countSpikes({ spikes }: Result): number {
  return spikes.reduce((sum, { times }) => sum + times.length, 0);
}
