/** Losses: gradients against central differences, values where they are known, and what is refused. */
import { NameError, RandomStream, ValueError } from "rall";
import {
  crossEntropy,
  featureLoss,
  gaussianPrior,
  type Loss,
  type LossContext,
  l1,
  l2,
  meanSquaredError,
  phasePlane,
  type Regularizer,
  softDtw,
  softSpikeCount,
  spikeLatency,
  spikeWidth,
  sumOfSquares,
  vanRossum,
  weightedSum,
  windowedMean,
  windowedStandardDeviation,
} from "rall/training";
import { describe, expect, test } from "vitest";

const dt = 0.1;
const count = 60;
const context: LossContext = {
  time: Float64Array.from({ length: count }, (_, i) => i * dt),
  dt,
  names: ["soma", "dendrite", "axon"],
  states: {},
};
const windows = [
  [0.3, 2],
  [2.5, 6],
] as const;

/** Wanders about the threshold, so that every term of every loss is at work. */
function randomSeries(seed: number, size = 12): Float64Array[] {
  const random = new RandomStream(seed);
  return context.names.map(() =>
    Float64Array.from(
      { length: count },
      (_, i) => 20 * Math.sin(i / 7 + random.uniform()) + size * (random.uniform() - 0.5),
    ),
  );
}

const series = (...values: Float64Array[]) => values.map((row) => [...row]);
const [target = [], recordings] = [series(...randomSeries(1)), randomSeries(2)];

/** Of the value by every sample of every recording, of fourth order. */
function expectGradient(loss: Loss, at: readonly Float64Array[], step = 1e-3): void {
  const { gradient, value } = loss(at, context);
  expect(gradient.map(({ length }) => length)).toEqual(at.map(({ length }) => length));
  expect(Number.isFinite(value)).toBe(true);
  const largest = Math.max(...gradient.flatMap((row) => [...row].map(Math.abs)));
  expect(largest).toBeGreaterThan(0);
  for (const [row, slopes] of gradient.entries()) {
    for (const [i, slope] of slopes.entries()) {
      const shifted = (by: number) => {
        const moved = at.map((samples) => samples.slice());
        const samples = moved[row];
        if (samples !== undefined) samples[i] = (samples[i] ?? 0) + by;
        return loss(moved, context).value;
      };
      const wide = (shifted(2 * step) - shifted(-2 * step)) / (4 * step);
      const narrow = (shifted(step) - shifted(-step)) / (2 * step);
      const expected = (4 * narrow - wide) / 3;
      expect(Math.abs(slope - expected), `row ${row}, sample ${i}`).toBeLessThan(1e-7 * largest);
    }
  }
}

const targetsOf = (value: number) => context.names.map(() => windows.map(() => value));

const losses: readonly (readonly [name: string, loss: Loss])[] = [
  ["meanSquaredError", meanSquaredError(target)],
  [
    "meanSquaredError of some rows in windows",
    meanSquaredError([target[2] ?? [], target[0] ?? []], {
      rows: ["axon", 0],
      windows,
      weights: [1, 0.3],
    }),
  ],
  ["sumOfSquares", sumOfSquares(1e-3)],
  ["windowedMean", windowedMean({ windows, targets: targetsOf(-5) })],
  ["windowedMean, absolute", windowedMean({ windows, targets: targetsOf(-5), error: "absolute" })],
  ["windowedStandardDeviation", windowedStandardDeviation({ windows, targets: targetsOf(3) })],
  ["softSpikeCount", softSpikeCount({ threshold: 3, targets: [[1], [2], [3]] })],
  ["softSpikeCount in windows", softSpikeCount({ softness: 3, windows, targets: targetsOf(1) })],
  ["spikeLatency", spikeLatency({ threshold: 20, windows, targets: targetsOf(1) })],
  ["spikeWidth", spikeWidth({ windows, targets: targetsOf(0.5), spikes: 2 })],
  ["phasePlane", phasePlane(target, { voltageBin: 8, rateBin: 50 })],
  ["phasePlane in windows", phasePlane(target, { windows, voltageBin: 15, rateBin: 100 })],
  ["softDtw", softDtw(target, { gamma: 30, windows: [[0, 3]] })],
  [
    "softDtw without divergence",
    softDtw(target, { gamma: 30, divergence: false, windows: [[2, 5]] }),
  ],
  ["softDtw, decimated, in a band", softDtw(target, { gamma: 20, stride: 4, band: 1.3, windows })],
  ["softDtw, in a narrow band", softDtw(target, { gamma: 20, band: 0.1 })],
  ["crossEntropy", crossEntropy({ label: 1, scale: 0.2, window: [1, 4] })],
  ["crossEntropy of two", crossEntropy({ label: 1, scale: 0.2, rows: ["axon", "soma"] })],
  ["vanRossum", vanRossum({ targets: [[1.234, 3], [], [0.5]], tau: 2 })],
  [
    "weightedSum",
    weightedSum([
      [0.5, meanSquaredError(target)],
      [2, spikeWidth({ targets: [[1], [1], [1]] })],
    ]),
  ],
];

test.each(losses)("the gradient of %s", (_, loss) => {
  expectGradient(loss, recordings);
  expectGradient(loss, randomSeries(3, 30));
});

test("losses leave recordings alone and give the same again", () => {
  const before = series(...recordings);
  for (const [, loss] of losses) {
    expect(loss(recordings, context)).toEqual(loss(recordings, context));
  }
  expect(series(...recordings)).toEqual(before);
});

test("a run that is not finite has no finite loss", () => {
  const broken = recordings.map((row) => row.slice().fill(Number.NaN, 20, 30));
  for (const [name, loss] of losses) expect(loss(broken, context).value, name).toBeNaN();
});

describe("values", () => {
  /** Spikes of 1 ms at given times, from -65 to 40 mV. */
  const spiking = (...starts: number[]) =>
    context.time.map((t) =>
      starts.some((start) => t > start - 1e-9 && t < start + 1 - 1e-9) ? 40 : -65,
    );
  const one = { ...context, names: ["soma"], states: {} };

  test("the mean squared error is that of numpy", () => {
    const { value } = meanSquaredError([new Float64Array(count).fill(1)])(
      [new Float64Array(count).fill(3)],
      one,
    );
    expect(value).toBeCloseTo(4, 14);
  });

  test("windows count samples with rounding in mind", () => {
    // 0.3 / 0.1 is 2.9999999999999996, and 3 * 0.1 is 0.30000000000000004
    const means: number[] = [];
    const probe = featureLoss(
      (samples) => {
        means.push(samples.length);
        return { value: 0, gradient: samples };
      },
      {
        targets: [[0, 0, 0]],
        windows: [
          [0.3, 0.7],
          [0, 6],
          [5.9, 6],
        ],
      },
    );
    probe([spiking()], one);
    expect(means).toEqual([4, 60, 1]);
  });

  test("features of spikes are what they say when the threshold is sharp", () => {
    const trace = [spiking(1.5, 4)];
    const measured = (make: (options: { targets: number[][]; softness: number }) => Loss) =>
      Math.sqrt(make({ targets: [[0]], softness: 1 })(trace, one).value);
    expect(measured(softSpikeCount)).toBeCloseTo(2, 12);
    expect(measured(spikeLatency)).toBeCloseTo(1.5, 12);
    expect(measured(spikeWidth)).toBeCloseTo(2, 12);
    expect(measured((options) => spikeWidth({ ...options, spikes: 2 }))).toBeCloseTo(1, 12);
    const silent = spikeLatency({ targets: [[0]], softness: 1 })([spiking()], one);
    expect(Math.sqrt(silent.value)).toBeCloseTo(6, 12);
  });

  test("the gradient of the count lifts a peak that fell short", () => {
    const trace = spiking().map((v, i) => v + 60 * Math.exp(-(((i - 30) / 5) ** 2)));
    const { gradient } = softSpikeCount({ targets: [[1]] })([trace], one);
    expect(gradient[0]?.[30]).toBeLessThan(0);
  });

  test("van Rossum: one spike too many costs 1/2, a shifted one 1 - exp(-shift/tau)", () => {
    const distance = (targets: number[], ...starts: number[]) =>
      vanRossum({ targets: [targets], tau: 2, softness: 0.1 })([spiking(...starts)], one).value;
    expect(distance([1.5, 4], 1.5, 4)).toBeCloseTo(0, 12);
    expect(distance([1.5], 1.5, 4)).toBeCloseTo(0.5, 12);
    expect(distance([4, 1.5], 1.5)).toBeCloseTo(0.5, 12);
    expect(distance([2.25], 1.5)).toBeCloseTo(1 - Math.exp(-0.75 / 2), 12);
  });

  test("soft warping goes over all alignments, and the hard one is its limit", () => {
    const [x, y] = [
      [0, 1, 5],
      [1, 2, 4],
    ] as const;
    const small = { time: Float64Array.of(0, 1, 2), dt: 1, names: ["soma"], states: {} };
    const alignments = (i: number, j: number): number[] => {
      const cost = ((x[i] ?? 0) - (y[j] ?? 0)) ** 2;
      if (i === 2 && j === 2) return [cost];
      const next = [
        [i + 1, j + 1],
        [i + 1, j],
        [i, j + 1],
      ] as const;
      return next
        .filter(([k, l]) => k < 3 && l < 3)
        .flatMap(([k, l]) => alignments(k, l).map((rest) => cost + rest));
    };
    const all = alignments(0, 0);
    expect(all.length).toBe(13);
    const warped = (gamma: number, divergence = false) =>
      softDtw([y], { gamma, divergence })([Float64Array.from(x)], small).value;
    for (const gamma of [0.3, 2, 100]) {
      const expected = -gamma * Math.log(all.reduce((sum, c) => sum + Math.exp(-c / gamma), 0));
      expect(warped(gamma)).toBeCloseTo(expected, 11);
    }
    expect(warped(1e-6)).toBeCloseTo(Math.min(...all), 4);
    expect(warped(5, true)).toBeGreaterThan(0);
    const same = softDtw([[...x]], { gamma: 5 })([Float64Array.from(x)], small);
    expect(same.value).toBeCloseTo(0, 12);
    expect([...(same.gradient[0] ?? [])].every((slope) => Math.abs(slope) < 1e-12)).toBe(true);
    const straight = softDtw([y], { divergence: false, band: 0 })([Float64Array.from(x)], small);
    expect(straight.value).toBeCloseTo(1 + 1 + 1, 12);
  });

  test("the phase plane does not mind when a spike comes", () => {
    const loss = phasePlane([spiking(1.5)], { voltageBin: 10, rateBin: 100 });
    expect(loss([spiking(1.5)], one).value).toBeLessThan(1e-30);
    expect(loss([spiking(3)], one).value).toBeLessThan(1e-20);
    expect(loss([spiking(1.5, 4)], one).value).toBeGreaterThan(1e-3);
  });

  test("cross entropy of equal readouts is log 3, also of very large ones", () => {
    const equal = recordings.map((row) => row.slice().fill(1e6));
    expect(crossEntropy({ label: 0 })(equal, context).value).toBeCloseTo(Math.log(3), 12);
  });
});

describe("what is refused", () => {
  const run = (loss: Loss) => () => loss(recordings, context);

  test("targets that do not fit, by the name of their row", () => {
    const short = [target[0] ?? [], [1, 2, 3], target[2] ?? []];
    const holed = target.map((row, k) => (k === 2 ? row.with(7, Number.NaN) : row));
    for (const make of [meanSquaredError, phasePlane, softDtw]) {
      expect(run(make(short))).toThrow("The target of dendrite has 3 samples, its recording 60.");
      expect(run(make(holed))).toThrow("The target of axon is NaN at sample 7.");
      expect(run(make(holed, { windows: [[1, 6]] }))).not.toThrow();
      expect(run(make(target.slice(1)))).toThrow("2 targets for 3 rows: soma, dendrite, axon.");
    }
    const windowed = { windows, rows: ["axon"] };
    expect(run(windowedMean({ ...windowed, targets: [[1]] }))).toThrow(
      "axon has 1 targets for 2 windows",
    );
    expect(run(windowedMean({ ...windowed, targets: [[1, Number.NaN]] }))).toThrow(
      "A target of axon is NaN",
    );
    expect(run(vanRossum({ targets: [[], [8], []] }))).toThrow("A spike that dendrite is to have");
    expect(run(meanSquaredError(target, { weights: [1] }))).toThrow("1 weights for 3 rows");
  });

  test("windows outside the run, and without samples", () => {
    for (const bad of [
      [-1, 2],
      [3, 7],
      [2, 1],
      [Number.NaN, 2],
    ] as const) {
      expect(run(meanSquaredError(target, { windows: [bad] }))).toThrow("is not within the run");
      expect(run(crossEntropy({ label: 0, window: bad }))).toThrow(ValueError);
    }
    expect(run(spikeWidth({ windows: [[1.01, 1.05]], targets: [[1]] }))).toThrow("no sample");
    expect(run(meanSquaredError(target, { windows: [] }))).toThrow("no windows");
    expect(run(phasePlane(target, { windows: [[1, 1.2]] }))).toThrow("A window of soma has 2");
  });

  test("rows that do not exist", () => {
    const of = (row: string | number) => run(spikeWidth({ rows: [row], targets: [[1]] }));
    expect(of("dendrit")).toThrow(NameError);
    expect(of("dendrit")).toThrow('Did you mean "dendrite"?');
    expect(of(3)).toThrow("There is no recording 3.");
    expect(of(0.5)).toThrow(ValueError);
    const twins = { ...context, names: ["soma", "soma", "axon"] };
    expect(() => spikeWidth({ rows: ["soma"], targets: [[1]] })(recordings, twins)).toThrow(
      "Several recordings",
    );
    expect(run(crossEntropy({ label: 3 }))).toThrow("The label is 3 among 3 rows");
    const other = { ...context, time: context.time.slice(1) };
    expect(() => meanSquaredError(target)(recordings, other)).toThrow("soma has 60 samples at 59");
  });

  test("options out of range or unknown", () => {
    const targets = [[1]];
    const bad: (() => unknown)[] = [
      () => sumOfSquares(Number.NaN),
      () => softSpikeCount({ targets, softness: 0 }),
      () => spikeLatency({ targets, threshold: Number.NaN }),
      () => spikeWidth({ targets, spikes: 0 }),
      () => vanRossum({ targets, tau: 0 }),
      () => softDtw(target, { gamma: 0 }),
      () => softDtw(target, { stride: 1.5 }),
      () => softDtw(target, { band: -1 }),
      () => phasePlane(target, { rateBin: 0 }),
      () => crossEntropy({ label: 0, scale: Number.NaN }),
      () => weightedSum([[Number.NaN, sumOfSquares()]]),
      () => meanSquaredError(target, { weights: [Number.NaN] }),
      () => windowedMean({ targets, error: "cubed" as "squared" }),
      () => l2(Number.NaN),
      () => gaussianPrior({ radius: { mean: 1, standardDeviation: 0 } }),
    ];
    for (const make of bad) expect(make).toThrow(ValueError);
    const misspelt = { targets, treshold: 3 };
    expect(() => softSpikeCount(misspelt)).toThrow('Did you mean "threshold"?');
    const partial: Loss = () => ({ value: 0, gradient: [] });
    expect(run(weightedSum([[1, partial]]))).toThrow("no gradient for soma");
  });
});

describe("regularizers", () => {
  const parameters = [
    { key: "HH_gNa", values: Float64Array.of(0.12, -0.4) },
    { key: "radius", values: Float64Array.of(1.5) },
  ];
  const regularizers: readonly (readonly [string, Regularizer, number])[] = [
    ["l2", l2(2), 2 * (0.12 ** 2 + 0.4 ** 2 + 1.5 ** 2)],
    ["l2 of some", l2({ radius: 3 }), 3 * 1.5 ** 2],
    ["l1", l1(0.5), 0.5 * (0.12 + 0.4 + 1.5)],
    ["prior", gaussianPrior({ radius: { mean: 1, standardDeviation: 0.2 } }), 0.5 * 2.5 ** 2],
  ];

  test.each(regularizers)("%s", (_, regularizer, expected) => {
    const { value, gradient } = regularizer(parameters);
    expect(value).toBeCloseTo(expected, 13);
    for (const [k, { values }] of parameters.entries()) {
      for (const i of values.keys()) {
        const at = (by: number) =>
          regularizer(
            parameters.map((parameter, j) =>
              j === k
                ? { ...parameter, values: values.map((x, l) => (l === i ? x + by : x)) }
                : parameter,
            ),
          ).value;
        expect(gradient[k]?.[i]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 7);
      }
    }
  });

  test("a key that no parameter has", () => {
    expect(() => l1({ raduis: 1 })(parameters)).toThrow('Did you mean "radius"?');
  });
});
