/** @file A run: from a module to its recordings. */
import type { Kernel } from "../backends/backend.ts";
import { ModelError } from "../errors.ts";
import { recordedRows, recordedSpikes } from "../modules/recorded.ts";
import type { View } from "../modules/view.ts";
import { sampleClock, sampleTimes } from "../numerics/sample-times.ts";
import type { Plan } from "../plan/plan.ts";
import { Pacer } from "../platform/pause.ts";
import { abortSignal, callback, flag, list, positive, whole } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { announce } from "./announce.ts";
import { compileKernel, type ModelOptions, modelOptionFields, setUp } from "./compile.ts";
import { DepletionWatch } from "./depletion.ts";
import {
  checkRecorded,
  countSteps,
  type DurationOptions,
  durationFields,
  stepsBetween,
} from "./duration.ts";
import { firstNonFinite, locateFailure } from "./failure.ts";
import { warnOfOutcome } from "./outcome.ts";
import type { Result, Status } from "./result.ts";
import { warnOfRun } from "./warnings.ts";

/** How a run is made: the model's options, how long it is, what is given to it alone, and who watches it. */
export interface IntegrateOptions extends ModelOptions, DurationOptions {
  /** Accepted as in Jaxley; a forward run needs no checkpoints (`compileObjective` does). */
  readonly checkpointLengths?: readonly number[];
  /** Time in ms between two samples that are kept, a multiple of `dt`; default `dt`. */
  readonly recordInterval?: number;
  /** Whether to return the final states; default false. */
  readonly returnStates?: boolean;
  /** Called between chunks of steps with the number of steps done and of all. */
  readonly onProgress?: (done: number, all: number) => void;
  /** Stops the run between two chunks; what was recorded until then is returned. */
  readonly signal?: AbortSignal;
}

const optionFields = {
  ...modelOptionFields,
  ...durationFields,
  checkpointLengths: list(whole),
  recordInterval: positive,
  returnStates: flag,
  onProgress: callback,
  signal: abortSignal,
};

/**
 * Evaluations per mechanism, compartments times steps, from which on tables are used. Filling them takes as long as some
 * 10,000 evaluations save, but they are kept for later runs of the same module.
 */
const worthTabulating = 2_000;

/**
 * Simulates a module (of a view, the whole module).
 *
 * A step goes as in the reference system: channels in order of insertion advance their states with the voltage at the
 * start of the step; currents are linearised in the voltage; stimulus sample k is injected; clamps of other states are
 * written; the cable equation is solved implicitly on the tree; voltage clamps are written.
 *
 * @throws ModelError if nothing is recorded, NameError for unknown options or backends, ValueError for a time step,
 *   duration or clamp that does not fit. A state that stops being finite does not throw: see `status`, and the warning.
 */
export async function integrate(module: View, options: IntegrateOptions = {}): Promise<Result> {
  checkOptions(options, optionFields, "integrate");
  const { returnStates = false, signal, onProgress } = options;
  const setup = setUp(module, options);
  const { description, backend, dt, signals } = setup;
  const { recordings, spikeRecordings } = description;
  if (recordings.length === 0 && spikeRecordings.length === 0 && !returnStates) {
    throw new ModelError("Nothing is recorded.", {
      remedy:
        'Call record("v") or recordSpikes() on the compartments to look at, or set returnStates.',
    });
  }
  const stride = stepsBetween(options.recordInterval, dt);
  const steps = countSteps(signals, dt, options);
  checkRecorded(recordings.length, Math.floor(steps / stride) + 1);
  const { tabulate = "auto" } = options;
  const isLong = steps * description.count >= worthTabulating;
  const tabulates = tabulate === "auto" ? isLong : tabulate;
  const { plan, kernel, planTime } = await compileKernel(setup, { tabulates, returnStates });
  const { onWarning } = options;
  const said = new Set<string>();
  const before = warnOfRun(setup, plan);
  // Before the run, which may be long
  announce(before, onWarning, said);
  const compiled = performance.now();
  const watch = new DepletionWatch(description);
  const run = await runKernel(kernel, plan, steps, stride, { signal, onProgress, watch });
  const runTime = performance.now() - compiled;
  const states = kernel.states();
  kernel.release();
  const outcome = warnOfOutcome({
    plan,
    status: run.status,
    end: run.done * dt,
    recordings: run.recordings,
    voltages: states.values.v ?? new Float64Array(),
    isFresh: setup.initialState === undefined,
  });
  const after = [...watch.warnings, ...outcome];
  announce(after, onWarning, said);
  const rows = recordedRows(description);
  return {
    dt,
    time: sampleTimes(Math.floor(run.done / stride) + 1, dt, stride),
    recordings: run.recordings,
    names: plan.recordings.map(({ name }) => name),
    labels: rows.map(({ label }) => label),
    units: rows.map(({ unit }) => unit),
    places: rows.map(({ place }) => place),
    spikes: recordedSpikes(description).map((row, k) => ({
      ...row,
      compartment: row.place.compartment,
      times: run.spikeTimes[k] ?? new Float64Array(),
    })),
    states: returnStates ? states : undefined,
    status: run.status,
    warnings: [...before, ...after],
    statistics: {
      backend,
      compartments: plan.count,
      steps: run.done,
      planTime,
      compileTime: kernel.compileTime,
      runTime,
    },
  };
}

interface Observers {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((done: number, all: number) => void) | undefined;
  readonly watch: DepletionWatch;
}

async function runKernel(
  kernel: Kernel,
  plan: Plan,
  steps: number,
  stride: number,
  { signal, onProgress, watch }: Observers,
) {
  const recordings = plan.recordings.map(() => new Float64Array(Math.floor(steps / stride) + 1));
  const keep = (block: Float64Array, from: number, length: number) => {
    for (const [row, series] of recordings.entries()) {
      if (stride === 1) series.set(block.subarray(row * length, (row + 1) * length), from);
      else {
        for (let k = Math.ceil(from / stride) * stride; k < from + length; k += stride)
          series[k / stride] = block[row * length + k - from] ?? Number.NaN;
      }
    }
  };
  const spikes = plan.events.recorded.map((): number[] => []);
  const timeOf = sampleClock(plan.dt);
  const keepSpikes = (sent: ReturnType<Kernel["spikes"]>, before: number) => {
    for (const [row, steps] of sent.entries())
      for (const step of steps) spikes[row]?.push(timeOf(before + step + 1));
  };
  keep(kernel.recordStart(), 0, 1);
  watch.look(kernel, 0);
  let done = 0;
  let status: Status = { code: "completed", message: `${steps} steps` };
  const pacer = new Pacer();
  while (done < steps) {
    await pacer.breathe();
    if (signal?.aborted === true) {
      status = { code: "cancelled", message: `cancelled after ${done} of ${steps} steps` };
      break;
    }
    const length = Math.min(kernel.chunk, steps - done);
    kernel.mark();
    const block = await kernel.advance(length);
    const sent = kernel.spikes();
    if (!kernel.isFinite() && firstNonFinite(plan, kernel.states()) !== undefined) {
      kernel.restore();
      const failure = await locateFailure(kernel, plan, done, (block, step) => {
        keep(block, step + 1, 1);
        keepSpikes(kernel.spikes(), step);
      });
      status = failure;
      done = failure.step;
      break;
    }
    keep(block, done + 1, length);
    keepSpikes(sent, done);
    done += length;
    watch.look(kernel, done * plan.dt);
    onProgress?.(done, steps);
  }
  const kept =
    done === steps
      ? recordings
      : recordings.map((series) => series.slice(0, Math.floor(done / stride) + 1));
  const spikeTimes = spikes.map((times) => Float64Array.from(times));
  return { recordings: kept, spikeTimes, done, status };
}
