/** @file `rall run`: simulate a morphology or a model file and write the traces. */
import { type BackendName, integrate, type Result, type View } from "rall";
import { extent } from "./extent.ts";
import { UsageError } from "./failure.ts";
import { writeFigure } from "./figure.ts";
import { type Experiment, modelArguments, readExperiment } from "./model.ts";
import { onlyFile, optional, readArguments } from "./options.ts";
import { plot } from "./plot.ts";
import { withProgress } from "./progress.ts";
import { checkFormat, writeTraces } from "./traces.ts";
import { runHelp } from "./usage.ts";

const command = "run";

export async function run(args: readonly string[], signal: AbortSignal): Promise<string> {
  const { values, positionals } = readArguments(command, {
    args: [...args],
    allowPositionals: true,
    options: {
      ...modelArguments,
      "record-interval": { type: "string" },
      resample: { type: "boolean", default: false },
      backend: { type: "string", default: "wasm" },
      out: { type: "string", default: "traces.csv" },
      plot: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return runHelp;
  const file = onlyFile(command, positionals);
  checkFormat(values.out);
  if (values.plot !== undefined && !values.plot.endsWith(".svg")) {
    throw new UsageError(`${values.plot}: --plot writes SVG; let the name end in .svg.`, command);
  }
  const started = performance.now();
  const experiment = await readExperiment(command, file, values, true);
  const readTime = performance.now() - started;
  const { model, dt, tMax } = experiment;
  const result = await withProgress((onProgress) =>
    integrate(model, {
      dt,
      ...(tMax === undefined ? {} : { tMax }),
      ...optional(command, "recordInterval", "--record-interval", values["record-interval"]),
      resample: values.resample,
      backend: values.backend as BackendName,
      signal,
      onProgress,
    }),
  );
  await writeTraces(values.out, result);
  if (values.plot !== undefined) await writeFigure(values.plot, file, result);
  const summary = { ...experiment, file, out: values.out, plot: values.plot, readTime, result };
  if (result.status.code !== "completed") process.exitCode = 1;
  return values.json ? `${JSON.stringify(asData(summary), undefined, 2)}\n` : describe(summary);
}

interface Run extends Experiment {
  readonly file: string;
  readonly out: string;
  readonly plot: string | undefined;
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
    diagnostics: [...diagnostics, ...result.warnings],
  };
}

function describe({ file, out, plot: figure, readTime, model, diagnostics, result }: Run): string {
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
    `${file}: ${count(model)} branches, ${compartments} compartments, channels ${model.channels.join(", ")}`,
    `${status.code === "completed" ? "Simulated" : `STOPPED (${status.message}) after`} ` +
      `${Number((time.at(-1) ?? 0).toPrecision(6))} ms in ${steps} steps on ${backend}: read ${ms(readTime)}, ` +
      `lowered ${ms(planTime)}, compiled ${ms(compileTime)}, ran ${ms(runTime)}`,
    `Wrote ${out}: ${names.length === 1 ? "1 recording" : `${names.length} recordings`} of ${time.length} samples`,
    ...(figure === undefined ? [] : [`Drew ${figure}`]),
    ...remarks,
  ].join("\n")}\n`;
}

function count(model: View): number {
  return model.branchNumbers.length;
}
