/** Misuse of every function of the entry `rall/training`, of what they return, and of an objective's methods. */
import { Branch, Cell, Compartment, RallError } from "rall";
import { HH } from "rall/channels";
import * as training from "rall/training";
import {
  adam,
  compileObjective,
  DataLoader,
  type Fittable,
  meanSquaredError,
  Objective,
  ParameterTransform,
  sigmoid,
} from "rall/training";
import { describe, expect, test } from "vitest";
import {
  type Accepted,
  type Call,
  type Entry,
  made as madeByRall,
  method,
  misuse,
  type Table,
  uncovered,
  uncoveredMethods,
} from "./mutate.ts";

const g = () => [{ key: "g", values: Float64Array.of(0.5) }];
const bowl = Object.freeze<Fittable>({
  parameters: g(),
  value: async (parameters) => (parameters[0]?.values[0] ?? 0) ** 2,
  valueAndGradient: async (parameters) => ({
    value: (parameters[0]?.values[0] ?? 0) ** 2,
    gradient: [{ key: "g", values: Float64Array.of(2 * (parameters[0]?.values[0] ?? 0)) }],
  }),
});
const fittable = () => ({ ...bowl });

const time = Float64Array.of(0, 1, 2, 3, 4);
const context = { time, dt: 1, names: ["v"], states: {} };
const samples = () => [Float64Array.of(-70, 20, 30, -60, -70)];
const target = () => [[-70, 20, 30, -60, -70]];
const where = () => ({ windows: [[0, 4]], rows: ["v"] });
const soft = { threshold: 0, softness: 5 };
const feature = () => ({ targets: [[1]], ...where(), error: "squared" });
const zero = (recordings: readonly Float64Array[]) => ({
  value: 0,
  gradient: recordings.map(({ length }) => new Float64Array(length)),
});

/** What is looked at when there is a run to compare with: the loss is made, then evaluated. */
const evaluated = (make: unknown, ...args: readonly unknown[]): (() => Call) => {
  const use = (...given: readonly unknown[]) => {
    const loss: unknown = typeof make === "function" ? Reflect.apply(make, undefined, given) : make;
    return typeof loss === "function" ? Reflect.apply(loss, undefined, [samples(), context]) : 0;
  };
  Object.defineProperty(use, "length", { value: typeof make === "function" ? make.length : 0 });
  return () => [use, ...args];
};

const optimizer = (make: unknown, options: object, accepts: readonly Accepted[] = []): Entry => ({
  call: () => [make, options],
  accepts,
});
const schedule = (...places: readonly string[]) =>
  places.map(
    (place): Accepted => [place, ["function"], "a schedule; its numbers are checked in each step"],
  );
const own = (place: string): Accepted => [place, ["unknown"], "objects of one's own may have more"];
const anyFunction = (...places: readonly string[]) =>
  places.map((place): Accepted => [place, ["function"], "any function is one"]);
const iterate = () => adam({ learningRate: 0.1 }).start([Float64Array.of(1)]);

const losses: Table = {
  crossEntropy: {
    call: evaluated(training.crossEntropy, { label: 0, window: [0, 4], rows: ["v"], scale: 1 }),
  },
  featureLoss: {
    call: evaluated(
      training.featureLoss,
      (row: Float64Array) => ({ value: 1, gradient: new Float64Array(row.length) }),
      feature(),
    ),
  },
  jaxLoss: {
    call: () => [
      training.jaxLoss,
      {
        DType: { Float64: 1 },
        numpy: { array: () => ({ dataSync: () => [1] }) },
        valueAndGrad: () => () => [{ dataSync: () => [1] }, [{ dataSync: () => [1] }]],
      },
      () => ({ dataSync: () => [1] }),
    ],
    accepts: [
      ["0.DType.Float64", "all", "a type of the array library, which only it knows"],
      ...["0", "0.DType", "0.numpy"].map(own),
      ["0.DType", ["date"], "any object of the array library"],
      ...anyFunction("0.numpy.array", "0.valueAndGrad", "1"),
    ],
  },
  meanSquaredError: {
    call: evaluated(training.meanSquaredError, target(), { ...where(), weights: [1] }),
  },
  phasePlane: {
    call: evaluated(training.phasePlane, target(), { ...where(), voltageBin: 5, rateBin: 20 }),
  },
  softDtw: {
    call: evaluated(training.softDtw, target(), {
      ...{ gamma: 1, divergence: true, stride: 1, band: 4 },
      ...where(),
    }),
  },
  softSpikeCount: { call: evaluated(training.softSpikeCount, { ...feature(), ...soft }) },
  spikeLatency: { call: evaluated(training.spikeLatency, { ...feature(), ...soft }) },
  spikeWidth: { call: evaluated(training.spikeWidth, { ...feature(), ...soft, spikes: 1 }) },
  sumOfSquares: { call: evaluated(training.sumOfSquares, 1) },
  vanRossum: {
    call: evaluated(training.vanRossum, { targets: [[1]], tau: 10, rows: ["v"], ...soft }),
  },
  weightedSum: { call: evaluated(training.weightedSum, [[1, zero]]) },
  windowedMean: { call: evaluated(training.windowedMean, feature()) },
  windowedStandardDeviation: { call: evaluated(training.windowedStandardDeviation, feature()) },
};

const optimizers: Table = {
  adam: optimizer(
    training.adam,
    { learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, nesterov: true },
    schedule("0.learningRate"),
  ),
  adamW: optimizer(
    training.adamW,
    {
      ...{ learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, nesterov: true },
      weightDecay: 1e-4,
    },
    schedule("0.learningRate"),
  ),
  clipByGlobalNorm: { call: () => [training.clipByGlobalNorm, 1, adam({ learningRate: 1 })] },
  clipByValue: { call: () => [training.clipByValue, 1, adam({ learningRate: 1 })] },
  cmaEs: optimizer(training.cmaEs, {
    ...{ standardDeviation: 0.3, populationSize: 4, seed: 1, tolerance: 1e-9 },
  }),
  descent: optimizer(
    training.descent,
    { kind: "own", learningRate: 0.1, memories: 1, move: () => () => 0 },
    [...schedule("0.learningRate"), ...anyFunction("0.move")],
  ),
  iterateFromJSON: { call: () => [training.iterateFromJSON, training.iterateToJSON(iterate())] },
  iterateToJSON: {
    call: () => [training.iterateToJSON, iterate()],
    accepts: [
      own("0"),
      own("0.state"),
      ["0.state.*", "all", "the optimizer that goes on checks it"],
    ],
  },
  lbfgs: optimizer(training.lbfgs, { history: 5, initialStep: 1, maxTrials: 10, tolerance: 0 }),
  polyak: optimizer(
    training.polyak,
    { learningRate: 1, beta: 2, optimum: 0 },
    schedule("0.learningRate"),
  ),
  rmsProp: optimizer(
    training.rmsProp,
    {
      ...{ learningRate: 0.1, decay: 0.9, epsilon: 1e-8, centered: true, momentum: 0.1 },
      nesterov: true,
    },
    schedule("0.learningRate"),
  ),
  sgd: optimizer(
    training.sgd,
    { learningRate: 0.1, momentum: 0.1, nesterov: true },
    schedule("0.learningRate"),
  ),
  typeOptimizer: {
    call: () => [training.typeOptimizer, { g: adam({ learningRate: 1 }) }, g()],
    accepts: [own("1.0"), ["1.0.values", "all", "only keys count"]],
  },
  constant: { call: () => [training.constant, 1] },
  cosineDecay: { call: () => [training.cosineDecay, { initial: 1, final: 0, steps: 10 }] },
  exponentialDecay: {
    call: () => [
      training.exponentialDecay,
      { initial: 1, factor: 0.5, steps: 10, staircase: true },
    ],
  },
  linearWarmup: { call: () => [training.linearWarmup, { initial: 0, final: 1, steps: 10 }] },
  piecewise: { call: () => [training.piecewise, [[0, 0.1]]] },
};

const transforms: Table = {
  affine: { call: () => [training.affine, 2, 1] },
  chain: { call: () => [training.chain, sigmoid(0, 1), sigmoid(0, 1)] },
  customTransform: {
    call: () => [
      training.customTransform,
      { forward: (x: number) => x, inverse: (y: number) => y, derivative: () => 1 },
    ],
    accepts: [own("0"), ...anyFunction("0.forward", "0.inverse", "0.derivative")],
  },
  logistic: { call: () => [training.logistic, 0, 1] },
  masked: {
    call: () => [training.masked, [true], sigmoid(0, 1)],
    accepts: [["0.0", ["number"], "0 and 1 are as good"]],
  },
  negativeSoftplus: { call: () => [training.negativeSoftplus, 1] },
  sigmoid: { call: () => [training.sigmoid, 0, 1] },
  softplus: { call: () => [training.softplus, 0] },
  ParameterTransform: {
    call: () => [ParameterTransform, [{ key: "g", transform: sigmoid(0, 1) }]],
  },
};

const others: Table = {
  DataLoader: {
    call: () => [
      DataLoader,
      [{ a: 1 }, { a: 2 }],
      { batchSize: 1, shuffle: true, seed: 1, dropLast: true },
    ],
    accepts: [["0.0*", "all", "items may be anything"]],
  },
  gaussianPrior: {
    call: () => [training.gaussianPrior, { g: { mean: 1, standardDeviation: 1 } }],
    accepts: [],
  },
  l1: {
    call: () => [training.l1, { g: 1 }],
    accepts: [["0", ["number", "unknown"], "a strength"]],
  },
  l2: {
    call: () => [training.l2, { g: 1 }],
    accepts: [["0", ["number", "unknown"], "a strength"]],
  },
  weightedObjectives: {
    call: () => [training.weightedObjectives, [[1, bowl]]],
  },
  reparametrized: {
    call: () => [
      training.reparametrized,
      fittable(),
      { parameters: g(), forward: () => g(), pullBack: () => g() },
    ],
    accepts: [
      ...["0", "0.parameters.0", "1.parameters.0"].map(own),
      ...anyFunction("0.value", "0.valueAndGradient", "1.forward", "1.pullBack"),
    ],
  },
  fit: {
    call: () => [
      training.fit,
      fittable(),
      {
        ...{ optimizer: adam({ learningRate: 0.1 }), iterations: 1, lossTolerance: 0 },
        ...{ gradientTolerance: 0, patience: 1, start: g(), bounds: { g: [0, 1] } },
        transform: new ParameterTransform([{ key: "g", transform: sigmoid(0, 1) }]),
        multiStart: { starts: 1, seed: 0, distribution: "uniform" },
        regularizer: () => ({ value: 0, gradient: [Float64Array.of(0)] }),
        inputs: () => ({}),
        ...{ onIteration: () => undefined, onProgress: () => undefined },
        signal: new AbortController().signal,
        identity: "own",
        onWarning: false,
      },
    ],
    accepts: [
      ...["0", "0.parameters.0", "1.start.0"].map(own),
      ...anyFunction("0.value", "1.onIteration", "1.onProgress", "1.onWarning", "1.inputs"),
    ],
  },
  compileObjective: {
    call: () => [compileObjective, cell(), objectiveOptions()],
    accepts: [...anyFunction("1.loss", "1.onWarning")],
  },
};

const cell = () => {
  const made = new Cell(new Branch(new Compartment()));
  made.insert(HH).record("v").makeTrainable("HH_gNa");
  return made;
};
const objectiveOptions = () => ({
  ...{ dt: 0.025, tMax: 0.1, duration: "exact", backend: "reference", onWarning: false },
  ...{ solver: "bwd_euler", linearSolver: "hines", clamps: "solved", slopes: "exact" },
  ...{ tabulate: false, resample: false, surrogate: { kind: "sigmoid", slope: 1 } },
  ...{ memoryLimit: 1e6, checkpointLengths: [4], loss: zero },
  ...{ dataSet: madeByRall(cell().dataSet("radius", 1)) },
});

const table: Table = { ...losses, ...optimizers, ...transforms, ...others };

test("every export has an entry", () =>
  expect(uncovered(training, table, ["Objective"])).toEqual([]));

test("a checkpoint is a path or keeps a text", async () => {
  const write = async () => undefined;
  for (const checkpointFile of [
    5,
    {},
    [],
    null,
    { read: "text", write },
    { read: write },
  ] as never[])
    await expect(
      training.fit(bowl, { optimizer: adam({ learningRate: 0.1 }), iterations: 1, checkpointFile }),
    ).rejects.toThrow(RallError);
});

test.each(Object.entries(table))("%s", async (name, entry) => {
  expect(await misuse(name, entry)).toEqual([]);
});

describe("what is made", () => {
  const objective = () =>
    compileObjective(cell(), { loss: zero, tMax: 0.1, backend: "reference", onWarning: false });
  const parameters = () => cell().getParameters();
  const inputs = () => ({
    ...{ loss: zero, onProgress: () => undefined, onWarning: false },
    signal: new AbortController().signal,
  });
  const accepts = [own("0.0"), ...anyFunction("1.onProgress", "1.onWarning")];
  const methods: Table = {
    value: { call: method(objective, "value", parameters(), inputs()), accepts },
    valueAndGradient: {
      call: method(objective, "valueAndGradient", parameters(), inputs()),
      accepts,
    },
    jvp: {
      call: method(objective, "jvp", parameters(), parameters(), inputs()),
      accepts: [own("0.0"), own("1.0"), ...anyFunction("2.onProgress", "2.onWarning")],
    },
    dispose: { call: method(objective, "dispose") },
  };
  test("every method of an objective has an entry", () =>
    expect(uncoveredMethods(Objective, methods)).toEqual([]));
  test.each(Object.entries(methods))("objective.%s", async (name, entry) => {
    expect(await misuse(name, entry)).toEqual([]);
  });

  const loader = () => new DataLoader([1, 2], { batchSize: 1 });
  const transform = () => new ParameterTransform([{ key: "g", transform: sigmoid(0, 1) }]);
  const evaluation = () => ({ value: 1, gradient: [Float64Array.of(1)] });
  const options = { learningRate: 0.1 };
  const steps = [
    ...[training.adam(options), training.sgd(options), training.polyak(options)],
    ...[training.lbfgs(), training.clipByValue(1, training.rmsProp(options))],
    training.typeOptimizer({ g: training.adamW(options) }, g()),
  ];
  const at = [own("0"), own("0.state")];
  const worst: Accepted = ["1.value", ["NaN"], "a candidate that is not finite is the worst"];
  const bySlope: Accepted = ["1.value", ["NaN"], "it goes by the gradient alone"];
  const cma = training.cmaEs({ populationSize: 4 });
  const begun = cma.start([Float64Array.of(1, 2)]);
  const made: Readonly<Record<string, Entry>> = {
    "loader.batch": { call: method(loader, "batch", 0) },
    "loader.epoch": { call: method(loader, "epoch", 0) },
    ...Object.fromEntries(
      (["forward", "inverse", "derivative"] as const).map((name) => [
        `transform.${name}`,
        { call: method(transform, name, g()), accepts: [own("0.0")] },
      ]),
    ),
    ...Object.fromEntries(
      [training.l1(1), training.l2({ g: 1 }), training.gaussianPrior({})].map((one, k) => [
        `regularizer ${k}`,
        { call: () => [one, g()] as const, accepts: [own("0.0")] },
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(losses).flatMap(([name]) => {
        const known: Readonly<Record<string, unknown>> = {
          meanSquaredError: meanSquaredError(target()),
          sumOfSquares: training.sumOfSquares(),
          weightedSum: training.weightedSum([[1, zero]]),
          windowedMean: training.windowedMean({ targets: [[1]] }),
        };
        const loss = known[name];
        if (loss === undefined) return [];
        const accepts = [own("1"), ["1.states*", "all", "it does not look at states"] as const];
        return [
          [`${name} evaluated`, { call: () => [loss, samples(), context] as const, accepts }],
        ];
      }),
    ),
    ...Object.fromEntries(
      steps.flatMap((one) => [
        [`${one.kind}.start`, { call: () => [one.start, [Float64Array.of(1)]] as const }],
        [
          `${one.kind}.step`,
          {
            call: () => [one.step, one.start([Float64Array.of(1)]), evaluation()] as const,
            accepts: [
              ...[...at, own("1")],
              ...(["polyak", "lbfgs"].includes(one.kind) ? [] : [bySlope]),
              ...(one.kind === "typeOptimizer" ? [own("0.state.states.0")] : []),
            ],
          },
        ],
      ]),
    ),
    "cmaEs.start": { call: () => [cma.start, [Float64Array.of(1, 2)]] },
    "cmaEs.step": {
      call: () => [cma.step, begun, { value: 1 }],
      accepts: [...at, own("1"), own("0.state.best"), worst],
    },
    "cmaEs.ask": { call: () => [cma.ask, begun], accepts: [...at, own("0.state.best")] },
    "cmaEs.tell": {
      call: () => [cma.tell, begun, [1]],
      accepts: [...at, own("0.state.best"), ["1.0", ["NaN"], "the worst"]],
    },
  };
  test.each(Object.entries(made))("%s", async (name, entry) => {
    expect(await misuse(name, entry)).toEqual([]);
  });
});
