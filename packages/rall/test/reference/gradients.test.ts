/** Golden gradients: every case, on every backend, with the slopes of the reference and with exact ones. */
import {
  type DataSet,
  type DataStimulus,
  type Module,
  type SolverName,
  SynapseView,
  stepCurrent,
} from "rall";
import {
  compileObjective,
  sumOfSquares,
  type ValueAndGradient,
  type Window,
  windowedMean,
} from "rall/training";
import { describe, expect, test } from "vitest";
import { buildRunnable, clampMode, outOfScope, samples, target, view } from "./build.ts";
import {
  type GoldenCase,
  type Model,
  type Path,
  readCases,
  type Signal,
  type StimulusStep,
} from "./case.ts";

const backends = ["reference", "wasm"] as const;
const cases = readCases().filter(({ kind }) => kind === "gradient");

interface GradientModel extends Model {
  readonly trainables?: readonly {
    readonly key: string;
    readonly where?: Path;
    readonly init?: number | readonly number[];
  }[];
  readonly data_set?: readonly {
    readonly key: string;
    readonly where?: Path;
    readonly value: number | readonly number[];
  }[];
  readonly stimuli?: readonly (StimulusStep & { readonly differentiate?: boolean })[];
}

interface GoldenLoss {
  readonly loss: "sum_of_squares" | "windowed_mean";
  readonly scale?: number;
  /** In numbers of time points. */
  readonly windows?: readonly (readonly [from: number, to: number])[];
  readonly targets?: readonly (readonly number[])[];
}

interface Golden {
  /** Amplitudes, then data, then trainables. */
  readonly parameters: readonly {
    readonly kind: "stimulus_amplitude" | "data_set" | "trainable";
    readonly key?: string;
    readonly values: readonly number[];
    readonly groups?: readonly (readonly number[])[];
  }[];
  readonly losses: readonly {
    readonly loss: GoldenLoss;
    readonly value: number;
    readonly parameters: readonly { readonly gradient: readonly number[] }[];
  }[];
}

interface Tolerance {
  readonly recordings_relative_to_row_max: number;
  readonly loss_relative: number;
  readonly gradient_relative_to_largest_entry: number;
}

/** A case as a module, and what a run of it is given besides. */
function build(golden: GoldenCase) {
  const model = golden.model as GradientModel;
  const isData = ({ via }: StimulusStep) => via === "data_stimulate";
  const stimuli = (model.stimuli ?? []).filter((step) => !isData(step));
  const module = buildRunnable({ ...golden, model: { ...model, stimuli } });
  for (const { key, where, init } of model.trainables ?? []) {
    const selected = target(module, where);
    if (selected instanceof SynapseView) selected.makeTrainable(key, init);
    else selected.makeTrainable(key, init);
  }
  const dataSet = (model.data_set ?? []).reduce((sets: DataSet[], { key, where, value }) => {
    const selected = target(module, where);
    return selected instanceof SynapseView
      ? selected.dataSet(key, value, sets)
      : selected.dataSet(key, value, sets);
  }, []);
  const inRun = (model.stimuli ?? []).filter(isData);
  const dataStimuli = inRun.reduce(
    (list: DataStimulus[], { current, where }) =>
      view(module, where).dataStimulate(samples(current), list),
    [],
  );
  return { module, dataSet, dataStimuli, amplitudes: amplitudesOf(module, inRun) };
}

/** Those that are differentiated by, with the numbers of their stimuli among all of a run. */
function amplitudesOf(module: Module, inRun: NonNullable<GradientModel["stimuli"]>) {
  let next = module.root.description.stimuli.length;
  return inRun.flatMap(({ current, where, differentiate }) => {
    const numbers = Array.from(view(module, where).compartments, () => next++);
    return differentiate === true ? [{ current, numbers }] : [];
  });
}

function lossOf(
  { loss, scale, windows = [], targets = [] }: GoldenLoss,
  dt: number,
  points: number,
) {
  if (loss === "sum_of_squares") return sumOfSquares(scale);
  // A window may end beyond the run
  const inTime = windows.map(([from, to]): Window => [from * dt, Math.min(to, points) * dt]);
  return windowedMean({ windows: inTime, targets });
}

/** The derivative by the amplitude of steps, from that by their samples. */
function byAmplitude(signal: Signal, byStimuli: readonly (Float64Array | undefined)[]): number {
  const shape = stepCurrent({
    delay: signal.i_delay,
    duration: signal.i_dur,
    amplitude: 1,
    dt: signal.dt,
    tMax: signal.t_max,
  });
  return byStimuli.reduce(
    (sum, bars) =>
      (bars ?? new Float64Array()).reduce((own, bar, k) => own + bar * (shape[k] ?? 0), sum),
    0,
  );
}

/** Compares numbers with golden ones, relative to the largest of these. */
function expectAll(
  values: ArrayLike<number>,
  golden: readonly number[],
  tolerance: number,
  what: string,
): void {
  expect(values.length, `number of values of ${what}`).toBe(golden.length);
  const scale = Math.max(...golden.map(Math.abs));
  for (const [k, expected] of golden.entries()) {
    const error = Math.abs((values[k] ?? Number.NaN) - expected);
    expect(error, `${what} ${k}: ${values[k]} instead of ${expected}`).toBeLessThanOrEqual(
      tolerance * scale,
    );
  }
}

describe.each(backends)("on %s", (backend) => {
  for (const golden of cases) {
    test(golden.name, async ({ skip }) => {
      const reason = outOfScope(golden);
      if (reason !== undefined) skip(reason);
      const model = golden.model;
      const { parameters, losses } = golden.gradients as Golden;
      const tolerance = golden.tolerance as unknown as Tolerance;
      const spread = golden.spread as { readonly exact_slope_gradient?: number };
      const { module, dataSet, dataStimuli, amplitudes } = build(golden);
      const trainables = parameters.filter(({ kind }) => kind === "trainable");
      for (const [k, { key, groups }] of trainables.entries()) {
        expect(module.trainables[k]?.key).toBe(key);
        expect(module.trainables[k]?.groups.map((group) => [...group])).toEqual(groups);
      }

      /** In the order of the case. */
      const gradientOf = ({ byStimuli, byDataSet, gradient }: ValueAndGradient) => [
        ...amplitudes.map(({ current, numbers }) => [
          byAmplitude(
            current,
            numbers.map((number) => byStimuli[number]),
          ),
        ]),
        ...byDataSet,
        ...gradient.map(({ values }) => values),
      ];
      const compare = async (
        slopes: "difference" | "exact",
        tabulate: boolean,
        bound: Tolerance,
      ) => {
        const objective = await compileObjective(module, {
          loss: sumOfSquares(),
          dt: model.dt,
          solver: (model.solver ?? "bwd_euler") as SolverName,
          clamps: clampMode(model),
          linearSolver: model.voltage_solver ?? "hines",
          ...(model.t_max === null ? {} : { tMax: model.t_max }),
          ...(model.checkpoint_lengths === null
            ? {}
            : { checkpointLengths: model.checkpoint_lengths }),
          backend,
          slopes,
          tabulate,
          surrogate: "none",
        });
        for (const { loss, value, parameters: expected } of losses) {
          const own = lossOf(loss, model.dt, golden.time_points as number);
          const inputs = { dataSet, dataStimuli, loss: own };
          const result = await objective.valueAndGradient(objective.parameters, inputs);
          expect(result.time.length).toBe(golden.time_points);
          expect(result.recordings.length).toBe((golden.recordings as number[][]).length);
          for (const [r, row] of (golden.recordings as number[][]).entries()) {
            const own = result.recordings[r]?.filter((_, k) => k % (golden.every as number) === 0);
            const what = `row ${r}`;
            expectAll(own ?? [], row, bound.recordings_relative_to_row_max, what);
          }
          expectAll([result.value], [value], bound.loss_relative, `the loss ${loss.loss}`);
          const gradient = gradientOf(result);
          expect(gradient.length).toBe(parameters.length);
          for (const [p, { gradient: golden }] of expected.entries()) {
            const what = `${loss.loss} by ${parameters[p]?.key ?? "amplitude"}`;
            const own = gradient[p] ?? [];
            expectAll(own, golden, bound.gradient_relative_to_largest_entry, what);
          }
        }
      };

      await compare("difference", false, tolerance);
      if (backend === "wasm") await compare("difference", true, tolerance);
      // differences.md: the reference's slopes of synapses move both voltages, the exact ones only the post-synaptic
      const { exact_slope_gradient: slopeError } = spread;
      if (module.synapses.length > 0 || slopeError === undefined) return;
      const loosened = Object.entries(tolerance).map(([key, bound]) => [
        key,
        Math.max(bound, 2 * slopeError),
      ]);
      await compare("exact", false, Object.fromEntries(loosened));
    });
  }
});
