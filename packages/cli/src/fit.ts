/** @file `rall fit`: parameters of a model fitted to a recorded sweep. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { checkWritable, type Diagnostic, type FitPicture, integrate, toJSON } from "rall";
import {
  compileObjective,
  type FitResult,
  fit as minimize,
  type Objective,
  type ObjectiveOptions,
  type Parameter,
  type Window,
} from "rall/training";
import { UsageError } from "./failure.ts";
import { FitProgress } from "./fit-progress.ts";
import type { Interruption } from "./interruption.ts";
import { type Experiment, modelArguments, readExperiment } from "./model.ts";
import { lossCalled, optimizerCalled } from "./optimizer.ts";
import { number, onlyFile, optional, readArguments } from "./options.ts";
import { checkOutputs, modelFormats, Output, output, writeAll } from "./outputs.ts";
import { inWords } from "./remarks.ts";
import { reportFormats } from "./report.ts";
import { sensitivityOf } from "./sensitivity.ts";
import { readSweep } from "./sweep.ts";
import { type Target, targetOf } from "./target.ts";
import { remark } from "./terminal.ts";
import { rowsOf, type Trained, trainModel } from "./trained.ts";
import { fitHelp } from "./usage.ts";

const command = "fit";

const fitArguments = {
  data: { type: "string" },
  train: { type: "string" },
  share: { type: "string", default: "all" },
  start: { type: "string", multiple: true, default: [] as string[] },
  bounds: { type: "string", multiple: true, default: [] as string[] },
  window: { type: "string", multiple: true, default: [] as string[] },
  loss: { type: "string", default: "mse" },
  optimizer: { type: "string", default: "lbfgs" },
  "learning-rate": { type: "string" },
  iterations: { type: "string", default: "100" },
  patience: { type: "string" },
  "multi-start": { type: "string" },
  seed: { type: "string", default: "0" },
  checkpoint: { type: "string" },
  resample: { type: "boolean", default: false },
  out: { type: "string", default: "fitted.json" },
  report: { type: "string" },
  quiet: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

export async function fit(args: readonly string[], interruption: Interruption): Promise<string> {
  const { values, positionals } = readArguments(command, {
    args: [...args],
    allowPositionals: true,
    options: { ...modelArguments, ...fitArguments },
  });
  if (values.help) return fitHelp;
  const file = onlyFile(command, positionals);
  const { data, train, out, report, checkpoint } = values;
  if (data === undefined) throw new UsageError("Fit to what? Give --data sweep.csv.", command);
  if (train === undefined) throw new UsageError("Fit what? Give --train KEY,KEY.", command);
  const outputs = {
    out: new Output("--out", out, modelFormats),
    report: output("--report", report, reportFormats),
    checkpoint: checkpoint === undefined ? undefined : new CheckpointOutput(checkpoint),
  };
  await checkOutputs(command, Object.values(outputs), [data]);
  const whole = (name: string, text: string | undefined, otherwise: number) =>
    text === undefined ? otherwise : number(command, name, text);
  const seed = whole("--seed", values.seed, 0);
  const iterations = whole("--iterations", values.iterations, 100);
  const starts = whole("--multi-start", values["multi-start"], 1);
  const { learningRate } = optional(
    command,
    "learningRate",
    "--learning-rate",
    values["learning-rate"],
  );
  const optimizer = optimizerCalled(command, values.optimizer, { learningRate, seed });
  const windows = values.window.map(readWindow);

  const started = performance.now();
  const sweep = await readSweep(data);
  const experiment = await readExperiment(command, file, values, false);
  const { model, dt, solver } = experiment;
  const isModelFile = extname(file) === ".json";
  const tMax = values.tmax === undefined ? undefined : number(command, "--tmax", values.tmax);
  const target = targetOf(model, sweep, {
    command,
    dt,
    tMax,
    followsStimuli: isModelFile,
    windows,
  });
  // --train says all that is trained, whatever the file did
  model.deleteTrainables();
  const trained = trainModel(command, model, { ...values, train });
  const loss = lossCalled(command, values.loss, target);
  const run = {
    onWarning: false as const,
    ...{ dt, tMax: target.tMax, resample: values.resample },
    ...(solver === undefined ? {} : { solver }),
  };
  const objective = await compileObjective(model, { ...run, loss });
  const start = model.getParameters();

  const progress = new FitProgress(iterations, values.quiet);
  const warnings: Diagnostic[] = [];
  // At once, for a fit may be long
  const onWarning = (warning: Diagnostic) => {
    warnings.push(warning);
    progress.clear();
    remark(`${inWords(file, warning)}\n`);
  };
  const result = await minimize(objective, {
    optimizer,
    iterations,
    ...optional(command, "patience", "--patience", values.patience),
    bounds: trained.map(({ bound }) => bound),
    multiStart: { starts, seed },
    signal: interruption.signal,
    onProgress: () => interruption.arm(),
    onWarning,
    onIteration(point, best) {
      interruption.arm();
      progress.show(point, best);
    },
    ...(checkpoint === undefined
      ? {}
      : {
          checkpointFile: checkpoint,
          identity: await identityOf([file, data], args),
        }),
  }).finally(() => progress.clear());
  const wallTime = performance.now() - started;
  const job: Job = {
    ...{ file, data, experiment, objective },
    ...{ target, trained, start, result, warnings },
  };
  const rows = rowsOf(trained, start, result.parameters);
  await writeAll([
    async () => {
      const fitted = model.copy().writeTrainables(result.parameters).deleteTrainables();
      await outputs.out.write(`${JSON.stringify(toJSON(fitted))}\n`);
    },
    async () => {
      if (outputs.report === undefined) return;
      const picture = await pictureOf(job, { ...run, loss }, interruption.signal);
      await outputs.report.write({ picture, ...texts(job, wallTime), rows });
    },
  ]);
  if (result.status.code === "cancelled" || result.status.code === "failed") process.exitCode ??= 1;
  const done = { ...job, out: outputs.out.written, report: outputs.report?.written };
  const text = values.json
    ? `${JSON.stringify(asData(done, wallTime), undefined, 2)}\n`
    : describe(done, wallTime);
  if (!outputs.out.isStandardOutput && outputs.report?.isStandardOutput !== true) return text;
  remark(text);
  return "";
}

/** A checkpoint, which is one of the files that must be writable before a fit begins. */
class CheckpointOutput {
  readonly option = "--checkpoint";
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  check(): Promise<void> {
    return checkWritable(this.file);
  }
}

/** A fit that was made. */
interface Job {
  readonly file: string;
  readonly data: string;
  readonly experiment: Experiment;
  readonly objective: Objective;
  readonly target: Target;
  readonly trained: readonly Trained[];
  readonly start: readonly Parameter[];
  readonly result: FitResult;
  /** What was said while it went on. */
  readonly warnings: readonly Diagnostic[];
}

/** The files that were written of it. */
interface Written {
  readonly out: string | undefined;
  readonly report: string | undefined;
}

function readWindow(text: string): Window {
  const [from = "", to = "", ...rest] = text.split(":");
  if (rest.length > 0 || to === "")
    throw new UsageError(`--window is FROM:TO in ms, not ${JSON.stringify(text)}.`, command);
  return [number(command, "--window", from), number(command, "--window", to)];
}

/** Options that leave a fit the same, so that a checkpoint fits whatever they are. */
const without = [
  "--out",
  "--report",
  "--iterations",
  "--checkpoint",
  "--patience",
  "--multi-start",
];

/** What a fit is, as a number: the content of its files and its options. */
async function identityOf(files: readonly string[], args: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) hash.update(await readFile(file));
  const options = args.filter((arg, k) => {
    const [name = ""] = arg.split("=");
    return (
      !without.includes(name) &&
      !without.includes(args[k - 1] ?? "") &&
      !/^--(quiet|json)$/.test(arg)
    );
  });
  return hash.update(JSON.stringify(options)).digest("hex").slice(0, 16);
}

/** Runs the model before and after, and asks where the loss was sensitive; before the model is changed. */
async function pictureOf(
  job: Job,
  options: ObjectiveOptions,
  signal: AbortSignal,
): Promise<FitPicture> {
  const { experiment, target, trained, start, result } = job;
  const { model } = experiment;
  const { loss: _, ...run } = options;
  const traces = async (parameters: readonly Parameter[]) => {
    const { time, recordings } = await integrate(model, { ...run, parameters });
    // A run that broke is shown as far as it went
    const length = target.series[0]?.length ?? 0;
    const whole = recordings.map((row) =>
      Float64Array.from({ length }, (_, k) => row[k] ?? Number.NaN),
    );
    return { time, recordings: whole };
  };
  const [before, after] = [await traces(start), await traces(result.parameters)];
  const values = signal.aborted ? undefined : await sensitivityOf(model, options);
  return {
    time: Float64Array.from(target.series[0] ?? [], (_, k) => k * experiment.dt),
    traces: target.rows.map((row, k) => ({
      name: target.names[k] ?? "",
      unit: target.units[k] ?? "",
      data: target.series[k] ?? [],
      before: before.recordings[row] ?? [],
      after: after.recordings[row] ?? [],
    })),
    starts: result.starts,
    parameters: rowsOf(trained, start, result.parameters),
    ...(values === undefined
      ? {}
      : { sensitivity: { view: model, values, title: "sensitivity of the loss at the start" } }),
  };
}

function texts({ file, data, result, target, trained, start }: Job, wallTime: number) {
  const { best, status, starts, history } = result;
  const first = starts[0]?.history[0]?.loss ?? Number.NaN;
  const rows = rowsOf(trained, start, result.parameters);
  const atBound = rows.filter(({ fitted, bounds: [lower, upper] }) => {
    const margin = 0.01 * (upper - lower);
    return lower > 0 && upper > 20 * lower
      ? fitted < 1.05 * lower || fitted > upper - margin
      : fitted < lower + margin || fitted > upper - margin;
  });
  return {
    title: `${file} fitted to ${data}`,
    summary:
      `loss ${short(first)} -> ${short(best.loss)}, the best in iteration ${best.iteration + 1} of ${history.length}` +
      `${starts.length > 1 ? ` of start ${best.start} of ${starts.length}` : ""}, ` +
      `${(wallTime / 1000).toFixed(1)} s; ${status.code}: ${status.message}`,
    remarks: [
      ...target.remarks,
      ...trained.flatMap(({ label, bound: [lower, upper], isDefault }) =>
        isDefault
          ? [`${label} was kept between ${short(lower)} and ${short(upper)}; --bounds gives others`]
          : [],
      ),
      ...trained.flatMap(({ label, isLevelled }) =>
        isLevelled
          ? [`${label} differed from place to place; --share says who shares a value now`]
          : [],
      ),
      ...atBound.map(({ name }) => `${name} ended at its bound`),
    ],
  };
}

function describe(job: Job & Written, wallTime: number): string {
  const { out, report, trained, start, result, experiment } = job;
  const { title, summary, remarks } = texts(job, wallTime);
  const rows = rowsOf(trained, start, result.parameters);
  const width = Math.max(...rows.map(({ name }) => name.length));
  const shown = rows.slice(0, 30).map(({ name, unit, start: from, fitted }) => {
    return `  ${name.padEnd(width)}  ${short(from).padStart(10)} -> ${short(fitted).padEnd(10)} ${unit}`;
  });
  return `${[
    `${title}: ${summary}`,
    ...shown.map((line) => line.trimEnd()),
    ...(rows.length > shown.length ? [`  and ${rows.length - shown.length} more`] : []),
    ...(out === undefined ? [] : [`Wrote ${out}`]),
    ...(report === undefined ? [] : [`Drew ${report}`]),
    ...remarks.map((remark) => `note: ${remark}`),
    ...experiment.diagnostics.map((one) => inWords(job.file, one)),
  ].join("\n")}\n`;
}

function asData(job: Job & Written, wallTime: number) {
  const { file, data, out, report, trained, start, result } = job;
  const { status, best, history, starts } = result;
  return {
    file,
    data,
    out,
    report,
    status: { code: status.code, message: status.message },
    loss: best.loss,
    iteration: best.iteration,
    start: best.start,
    wallTime_ms: wallTime,
    parameters: rowsOf(trained, start, result.parameters),
    history: history.map(({ loss }) => loss),
    starts: starts.map((one) => ({ status: one.status.code, loss: one.best?.loss })),
    remarks: texts(job, wallTime).remarks,
    warnings: job.warnings,
  };
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
