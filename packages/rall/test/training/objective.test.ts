/** Objectives: gradients with closed forms, by everything that a run is given, in bounded memory; and what is refused. */
import {
  Branch,
  Cell,
  Compartment,
  connect,
  defineChannel,
  integrate,
  ModelError,
  type Module,
  NameError,
  Network,
  NumericalError,
  type RallError,
  stepCurrent,
  ValueError,
} from "rall";
import { HH, Leak } from "rall/channels";
import { ExpSyn, IonotropicSynapse } from "rall/synapses";
import {
  compileObjective,
  type Loss,
  meanSquaredError,
  type ObjectiveInputs,
  type ObjectiveOptions,
  type Parameter,
  ParameterTransform,
  sigmoid,
  sumOfSquares,
} from "rall/training";
import { describe, expect, test } from "vitest";
import { constantsOf } from "../physics/analytic.ts";
import { difference } from "./difference.ts";

const backends = ["reference", "wasm"] as const;

/** One sample of one recording. */
function sample(row: number, k: number): Loss {
  return (recordings) => {
    const gradient = recordings.map(({ length }) => new Float64Array(length));
    const series = recordings[row] ?? new Float64Array();
    const at = k < 0 ? series.length + k : k;
    gradient[row]?.set([1], at);
    return { value: series[at] ?? Number.NaN, gradient };
  };
}

function expectClose(value: number | undefined, expected: number, relative: number, what: string) {
  const error = Math.abs((value ?? Number.NaN) - expected);
  expect(error, `${what}: ${value} instead of ${expected}`).toBeLessThanOrEqual(
    relative * Math.abs(expected),
  );
}

function withValue(parameters: readonly Parameter[], k: number, i: number, value: number) {
  return parameters.map(({ key, values }, j) => ({
    key,
    values: values.map((old, at) => (j === k && at === i ? value : old)),
  }));
}

/** A cell that spikes, stimulated and recorded. */
function neuron(): Cell {
  const cell = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0, 0] });
  cell.insert(HH).set("axial_resistivity", 120).set("length", 30).set("v", -65).initStates();
  cell.branch(1).insert(Leak).set("radius", 1.5);
  const current = stepCurrent({ delay: 0.5, duration: 2, amplitude: 0.4, tMax: 4 });
  cell.branch(0).comp(0).stimulate(current).record("v");
  cell.branch(2).comp(1).record("v").record("HH_h");
  return cell;
}

const trained = ["HH_gNa", "radius", "capacitance", "axial_resistivity", "v", "HH_n"];

function trainedNeuron(): Cell {
  const cell = neuron();
  for (const key of trained) cell.branch("all").makeTrainable(key);
  return cell;
}

describe.each(backends)("on %s", (backend) => {
  test.each(["bwd_euler", "crank_nicolson"] as const)(
    "a passive compartment: the derivatives of the scheme itself (%s)",
    async (solver) => {
      const [radius, length, g, c, current, dt, steps] = [10, 20, 1e-4, 1.1, 0.01, 0.1, 200];
      const cell = new Compartment();
      cell.insert(Leak).set("radius", radius).set("length", length).set("capacitance", c);
      cell.set("Leak_gLeak", g).set("Leak_eLeak", -65).set("v", -64);
      cell.stimulate(new Float64Array(steps).fill(current)).record("v");
      const keys = ["radius", "length", "capacitance", "Leak_gLeak", "Leak_eLeak", "v"] as const;
      for (const key of keys) cell.makeTrainable(key);
      const objective = await compileObjective(cell, { loss: sample(0, -1), dt, solver, backend });
      // v_n = E + (v_0 - E) q^n + R (1 - q^n), with the input resistance R = I / (g A)
      const area = 2 * Math.PI * radius * length;
      const resistance = (100 * current) / (g * area);
      const a = (1000 * dt * g) / c;
      const isHalved = solver === "crank_nicolson";
      const q = isHalved ? (1 - a / 2) / (1 + a / 2) : 1 / (1 + a);
      const byA = isHalved ? -1 / (1 + a / 2) ** 2 : -q * q;
      for (const n of [1, 7, steps]) {
        const inputs = { loss: sample(0, n) };
        const { value, gradient } = await objective.valueAndGradient(undefined, inputs);
        const kept = q ** n;
        const byQ = (1 - resistance) * n * q ** (n - 1);
        const byArea = (-resistance / area) * (1 - kept);
        expectClose(value, -65 + kept + resistance * (1 - kept), 1e-13, "v");
        const expected = {
          radius: byArea * 2 * Math.PI * length,
          length: byArea * 2 * Math.PI * radius,
          capacitance: byQ * byA * (-a / c),
          Leak_gLeak: (-resistance / g) * (1 - kept) + byQ * byA * (a / g),
          Leak_eLeak: 1 - kept,
          v: kept,
        };
        for (const [k, key] of keys.entries())
          expectClose(gradient[k]?.values[0], expected[key], 1e-12, `${key} after ${n}`);
      }
    },
  );

  test("the input resistance of a cable, by its axial and membrane resistivity", async () => {
    const cable = { length: 1000, diameter: 1, axialResistivity: 100, membraneResistance: 40000 };
    const n = 200;
    const module = new Branch(new Compartment(), { ncomp: n });
    module
      .insert(Leak)
      .set("radius", 0.5)
      .set("length", cable.length / n);
    module.set("axial_resistivity", cable.axialResistivity).set("v", 0);
    module.set("Leak_gLeak", 1 / cable.membraneResistance).set("Leak_eLeak", 0);
    module.comp(0).stimulate(new Float64Array(40).fill(0.1)).record("v");
    module.makeTrainable("axial_resistivity").makeTrainable("Leak_gLeak");
    // Steps of many time constants: after 40 of them nothing of the start is left
    const options = { loss: sample(0, -1), dt: 1e4, tabulate: false, backend } as const;
    const objective = await compileObjective(module, options);
    const { value, gradient } = await objective.valueAndGradient();
    /** Of the ladder of n compartments, by its difference equation. */
    const ladder = (ra: number, rm: number) => {
      const [membrane, axial] = [(100 * rm) / (Math.PI * 5), (ra * 5 * 4) / (100 * Math.PI)];
      const theta = 2 * Math.asinh(Math.sqrt(axial / membrane) / 2);
      const next = Math.cosh(theta * (n - 1.5)) / Math.cosh(theta * (n - 0.5));
      return 1 / (1 / membrane + (1 - next) / axial);
    };
    const { lambda, resistance } = constantsOf({ ...cable, capacitance: 1 });
    const continuous = (ra: number, rm: number) => {
      const scale = Math.sqrt(((ra / 100) * rm) / 40000);
      const size = (cable.length / lambda) * Math.sqrt(((ra / 100) * 40000) / rm);
      return (resistance * lambda * scale) / Math.tanh(size);
    };
    const slopes = async (of: (ra: number, rm: number) => number) => {
      const byRa = await difference(async (x) => of(100 * (1 + x), 40000), 0, [1e-3], 0);
      const byRm = await difference(async (x) => of(100, 40000 * (1 + x)), 0, [1e-3], 0);
      return [byRa.slope / 100, byRm.slope / 40000] as const;
    };
    const [byRa, byG] = gradient.map(({ values }) => values[0] ?? Number.NaN);
    const own = [(byRa ?? 0) / 0.1, -((byG ?? 0) / 0.1) / 40000 ** 2];
    expectClose(value / 0.1, ladder(100, 40000), 1e-10, "input resistance");
    const [exact, limit] = [await slopes(ladder), await slopes(continuous)];
    for (const [k, what] of ["dR/dRa", "dR/dRm"].entries()) {
      expectClose(own[k], exact[k] ?? Number.NaN, 1e-8, what);
      // What n compartments differ from a cable
      expectClose(own[k], limit[k] ?? Number.NaN, 1e-2, `${what} of a cable`);
    }
  });

  test("checkpoints and memory change nothing", async () => {
    const cell = trainedNeuron();
    const run = async (options: Partial<ObjectiveOptions>) => {
      const objective = await compileObjective(cell, { loss: sumOfSquares(), backend, ...options });
      return objective.valueAndGradient();
    };
    const whole = await run({});
    const { steps } = whole.statistics;
    expect(whole.statistics.checkpointLengths).toEqual([steps]);
    const byLengths = [[13, 13], [6, 6, 6], [4, 3, 5, 6], [steps], [1, steps], [steps, 1], [1000]];
    for (const checkpointLengths of byLengths) {
      const { value, gradient, byStimuli, statistics } = await run({ checkpointLengths });
      expect(statistics.checkpointLengths).toEqual(checkpointLengths);
      expect(value).toBe(whole.value);
      expect(gradient).toEqual(whole.gradient);
      expect(byStimuli).toEqual(whole.byStimuli);
    }
    const memory = [0.5, 0.2, 0.1].map((part) => part * whole.statistics.memory);
    let levels = 1;
    for (const memoryLimit of memory) {
      const { value, gradient, statistics } = await run({ memoryLimit });
      expect(statistics.memory).toBeLessThanOrEqual(memoryLimit);
      expect(statistics.checkpointLengths.length).toBeGreaterThanOrEqual(levels);
      levels = statistics.checkpointLengths.length;
      expect(value).toBe(whole.value);
      expect(gradient).toEqual(whole.gradient);
    }
    expect(levels).toBeGreaterThan(1);
  });

  test("no step is run beyond the end", async () => {
    const cell = trainedNeuron();
    const steps = 150;
    const held = Float64Array.from({ length: steps }, (_, k) => -65 + k / 10);
    cell.branch(2).comp(0).clamp("v", held);
    const tMax = steps * 0.025 - 0.0125;
    for (const checkpointLengths of [
      [13, 13],
      [7, 7, 7],
    ]) {
      const objective = await compileObjective(cell, {
        loss: sumOfSquares(),
        ...{ tMax, checkpointLengths, backend },
      });
      const { recordings, byClamps, byStimuli, statistics } = await objective.valueAndGradient();
      expect(statistics.steps).toBe(steps);
      expect(recordings.map(({ length }) => length)).toEqual([steps + 1, steps + 1, steps + 1]);
      expect(byClamps[0]?.length).toBe(steps);
      expect(byStimuli[0]?.length).toBe(steps);
      const run = await integrate(cell, { tMax, backend });
      expect(run.recordings).toEqual(recordings);
    }
  });

  test("value is the value", async () => {
    for (const tabulate of [true, false, "auto"] as const) {
      const options = { loss: sumOfSquares(), backend, tabulate } as const;
      const objective = await compileObjective(trainedNeuron(), options);
      const parameters = objective.parameters.map(({ key, values }) => ({
        key,
        values: values.map((value) => value * 1.01),
      }));
      const { value } = await objective.valueAndGradient(parameters);
      expect(await objective.value(parameters)).toBe(value);
      expect(await objective.value()).not.toBe(value);
    }
  });

  test("right where rates are 0/0: at -40 and -55 mV", async () => {
    const keys = ["HH_gNa", "HH_gK", "v", "HH_m"] as const;
    const loss: Loss = ([v = new Float64Array(), i = new Float64Array()]) => ({
      // Held voltages would hide what currents do
      value: v.reduce((sum, x) => sum + 1e-4 * (x + 50) ** 2, 0) + i.reduce((s, x) => s + x * x, 0),
      gradient: [v.map((x) => 2e-4 * (x + 50)), i.map((x) => 2 * x)],
    });
    for (const tabulate of [true, false]) {
      for (const v of [-40, -55]) {
        for (const isHeld of [false, true]) {
          const at = async (voltage: number) => {
            const cell = new Compartment();
            cell.insert(HH).set("v", voltage).set("HH_m", 0.3).record("v").record("i_HH");
            if (isHeld) cell.clamp("v", new Float64Array(40).fill(voltage));
            for (const key of keys) cell.makeTrainable(key);
            const objective = await compileObjective(cell, { loss, tMax: 0.99, tabulate, backend });
            return { objective, ...(await objective.valueAndGradient()) };
          };
          const [here, below, above] = [await at(v), await at(v - 1e-6), await at(v + 1e-6)];
          const { parameters } = here.objective;
          for (const [k, { key, values }] of here.gradient.entries()) {
            const slope = values[0] ?? Number.NaN;
            const both = [below, above].map(({ gradient }) => gradient[k]?.values[0] ?? 0);
            const what = `${key} at ${v}, ${tabulate}, ${isHeld}`;
            expectClose(slope, ((both[0] ?? 0) + (both[1] ?? 0)) / 2, 1e-9, what);
            const value = parameters[k]?.values[0] ?? 0;
            const f = (x: number) =>
              here.objective.value(withValue(parameters, k, 0, value * (1 + x)));
            const scale = Math.abs(slope * value);
            const found = await difference(f, 1e-14, [1e-3, 1e-4, 1e-2], 1e-8 * scale);
            expectClose(slope, found.slope / value, 1e-7, what);
          }
        }
      }
    }
  });

  test("by everything that a run is given", async () => {
    const cell = neuron();
    const { states } = await integrate(cell, { returnStates: true, tMax: 1.5, backend });
    if (states === undefined) throw new Error("no states");
    const end: Loss = (recordings, context) => {
      const { value, gradient } = sumOfSquares(1e-3)(recordings, context);
      const { v = new Float64Array(), HH_m = new Float64Array() } = context.states;
      const byStates = { v: v.map((x) => 2 * x), HH_m: HH_m.map(() => 500) };
      const own = [...v].reduce((sum, x) => sum + x * x, 0);
      return { value: value + own + HH_m.reduce((sum, x) => sum + 500 * x, 0), gradient, byStates };
    };
    const held = Float64Array.from({ length: 80 }, (_, k) => -70 + k / 4);
    const numbers = {
      gNa: 0.11,
      radius: [1.2, 1.4],
      pulse: new Float64Array(60).fill(0.2),
      held,
      v: states.values.v ?? new Float64Array(),
      m: states.values.HH_m ?? new Float64Array(),
    };
    const inputsOf = (own: typeof numbers): ObjectiveInputs => ({
      initialState: { ...states, values: { ...states.values, v: own.v, HH_m: own.m } },
      dataSet: cell.branch(1).dataSet("radius", own.radius, cell.dataSet("HH_gNa", own.gNa)),
      dataStimuli: cell.branch(1).comp(1).dataStimulate(own.pulse),
      dataClamps: cell.branch(2).comp(0).dataClamp("v", own.held),
    });
    const objective = await compileObjective(cell, { loss: end, tMax: 1.99, backend });
    const result = await objective.valueAndGradient([], inputsOf(numbers));
    const { byDataSet, byStimuli, byClamps, byInitialState } = result;
    expect(result.gradient).toEqual([]);
    expect(byStimuli.map(({ length }) => length)).toEqual([80, 80]);
    // After its samples a stimulus is 0, and nothing to differentiate by
    expect(byStimuli[1]?.slice(60).every((bar) => bar === 0)).toBe(true);
    const moved = (column: Float64Array, i: number, x: number) =>
      column.with(i, (column[i] ?? 0) + x);
    const checks: [string, number | undefined, number, (x: number) => typeof numbers][] = [
      ["gNa", byDataSet[0]?.[0], 0.1, (x) => ({ ...numbers, gNa: 0.11 + x })],
      ["radius 0", byDataSet[1]?.[0], 1, (x) => ({ ...numbers, radius: [1.2 + x, 1.4] })],
      ["radius 1", byDataSet[1]?.[1], 1, (x) => ({ ...numbers, radius: [1.2, 1.4 + x] })],
      ...[0, 30, 59].map((k): (typeof checks)[number] => [
        `stimulus ${k}`,
        byStimuli[1]?.[k],
        1,
        (x) => ({ ...numbers, pulse: moved(numbers.pulse, k, x) }),
      ]),
      ...[0, 40, 79].map((k): (typeof checks)[number] => [
        `clamp ${k}`,
        byClamps[0]?.[k],
        10,
        (x) => ({ ...numbers, held: moved(held, k, x) }),
      ]),
      ...[0, 3, 5].map((i): (typeof checks)[number] => [
        `v ${i}`,
        byInitialState?.v?.[i],
        10,
        (x) => ({ ...numbers, v: moved(numbers.v, i, x) }),
      ]),
      [
        "HH_m 2",
        byInitialState?.HH_m?.[2],
        0.1,
        (x) => ({ ...numbers, m: moved(numbers.m, 2, x) }),
      ],
    ];
    for (const [what, slope, size, change] of checks) {
      const f = (x: number) => objective.value([], inputsOf(change(x * size)));
      const enough = 1e-8 * Math.abs(slope ?? 0) * size;
      const found = await difference(f, 1e-14 * result.value, [1e-3, 1e-2, 1e-4], enough);
      expectClose(slope, found.slope / size, 1e-6, what);
    }
  });

  test("overlapping trainables and unequal groups: the later ones count", async () => {
    const cell = neuron();
    cell.makeTrainable("HH_gNa", 0.1);
    cell.branch("all").makeTrainable("HH_gNa", [0.11, 0.12, 0.13]);
    cell.branch(1).comp(1).makeTrainable("HH_gNa", 0.14);
    cell.makeTrainable("radius", [1, 1.5], { share: [0, 0, 0, 1, 0, 0] });
    const options = { loss: sumOfSquares(1e-3), backend, tMax: 2 } as const;
    const { gradient } = await (await compileObjective(cell, options)).valueAndGradient();
    const each = neuron();
    each.set("HH_gNa", [0.11, 0.11, 0.12, 0.14, 0.13, 0.13]).set("radius", [1, 1, 1, 1.5, 1, 1]);
    each.select([...each.compartments]).makeTrainable("HH_gNa");
    each.select([...each.compartments]).makeTrainable("radius");
    const [g, r] = (await (await compileObjective(each, options)).valueAndGradient()).gradient;
    const sum = (values: Float64Array | undefined, ...at: number[]) =>
      at.reduce((total, i) => total + (values?.[i] ?? Number.NaN), 0);
    const expected = [
      [0],
      [sum(g?.values, 0, 1), sum(g?.values, 2), sum(g?.values, 4, 5)],
      [sum(g?.values, 3)],
      [sum(r?.values, 0, 1, 2, 4, 5), sum(r?.values, 3)],
    ];
    for (const [k, values] of expected.entries()) {
      expect(gradient[k]?.values.length).toBe(values.length);
      for (const [i, value] of values.entries())
        expectClose(gradient[k]?.values[i], value, 1e-12, `${k} ${i}`);
    }
  });

  test("progress goes up to all there is to do", async () => {
    for (const checkpointLengths of [[200], [13, 13], [200, 1], [6, 6, 6], [3, 2, 4, 9]]) {
      const options = { loss: sumOfSquares(), backend, checkpointLengths } as const;
      const objective = await compileObjective(trainedNeuron(), options);
      const seen: [number, number][] = [];
      const onProgress = (done: number, all: number) => void seen.push([done, all]);
      await objective.valueAndGradient(undefined, { onProgress });
      for (const [k, [done, all]] of seen.entries()) {
        expect(done).toBeGreaterThan(seen[k - 1]?.[0] ?? 0);
        expect(all).toBe(seen[0]?.[1]);
      }
      expect(seen.at(-1)?.[0]).toBe(seen[0]?.[1]);
    }
  });

  test("a signal ends it, before or within", async () => {
    const objective = await compileObjective(trainedNeuron(), { loss: sumOfSquares(), backend });
    const reason = new Error("enough");
    for (const run of ["value", "valueAndGradient"] as const) {
      const early = AbortSignal.abort(reason);
      await expect(objective[run](undefined, { signal: early })).rejects.toBe(reason);
      const controller = new AbortController();
      const onProgress = () => controller.abort(reason);
      const inputs = { signal: controller.signal, onProgress };
      const long = await compileObjective(trainedNeuron(), {
        loss: sumOfSquares(),
        ...{ tMax: 100, backend },
      });
      await expect(long[run](undefined, inputs)).rejects.toBe(reason);
    }
    // It can be asked again
    expect(await objective.value()).toBe((await objective.valueAndGradient()).value);
  });
});

test("gradients of what nothing depends on are 0, and given states leave those of the model without effect", async () => {
  const cell = new Network([neuron(), neuron()]);
  cell.cell(0).branch(0).comp(0).record("v");
  cell.cell(1).makeTrainable("HH_gNa").makeTrainable("radius");
  cell.cell(0).makeTrainable("v").makeTrainable("HH_gK");
  const { states } = await integrate(cell, { returnStates: true, tMax: 1 });
  if (states === undefined) throw new Error("no states");
  const objective = await compileObjective(cell, { loss: sumOfSquares(), tMax: 1 });
  const { gradient } = await objective.valueAndGradient(undefined, { initialState: states });
  expect(gradient.slice(0, 3).map(({ values }) => values[0])).toEqual([0, 0, 0]);
  expect(gradient[3]?.values[0]).not.toBe(0);
});

async function refusal(action: () => unknown): Promise<RallError> {
  try {
    await action();
  } catch (error) {
    return error as RallError;
  }
  throw new Error("nothing was refused");
}

describe("refused", () => {
  const evaluate = async (
    module: Module,
    options: Partial<ObjectiveOptions>,
    inputs: ObjectiveInputs = {},
    parameters?: readonly Parameter[],
  ) => {
    const objective = await compileObjective(module, { loss: sumOfSquares(), ...options });
    return objective.valueAndGradient(parameters, inputs);
  };
  const zeros: Loss = (recordings) => ({
    value: 1,
    gradient: recordings.map(({ length }) => new Float64Array(length)),
  });
  const wrong = (change: object): Loss => {
    return (recordings, context) => ({ ...zeros(recordings, context), ...change });
  };
  const rows = (length = 162) => [0, 1, 2].map(() => new Float64Array(length));

  test.each<[string, Loss, string]>([
    ["NaN", wrong({ value: Number.NaN }), "returned NaN as its value"],
    ["no number", wrong({ value: "3" }), "returned 3 as its value"],
    ["nothing", (() => undefined) as unknown as Loss, "returned undefined as its value"],
    ["no gradient", wrong({ gradient: undefined }), "returned undefined as its gradient"],
    ["too few series", wrong({ gradient: rows().slice(1) }), "2 series"],
    ["a missing series", wrong({ gradient: [rows()[0], undefined, rows()[0]] }), "no derivatives"],
    ["a short series", wrong({ gradient: rows(12) }), "12 derivatives by recording 0 (v_b0_c0)"],
    [
      "a NaN derivative",
      wrong({ gradient: rows().map((row) => row.fill(Number.NaN, 7, 8)) }),
      "recording 0 (v_b0_c0) is NaN at 7",
    ],
    ["an unknown state", wrong({ byStates: { HH_q: new Float64Array(6) } }), "HH_q"],
    ["a short state", wrong({ byStates: { v: new Float64Array(2) } }), "2 derivatives by"],
    [
      "an infinite state",
      wrong({ byStates: { v: new Float64Array(6).fill(Number.POSITIVE_INFINITY) } }),
      "final state v is Infinity at 0",
    ],
  ])("a loss that returns %s", async (_, loss, message) => {
    const error = await refusal(() => evaluate(trainedNeuron(), { loss }));
    expect(error).toBeInstanceOf(ValueError);
    expect(error.message).toContain(message);
    expect(error.details.remedy).toBeTruthy();
  });

  const odd = (options: object) => compileObjective(neuron(), { loss: zeros, ...options });
  test.each<[string, () => unknown, typeof ValueError | typeof NameError, string]>([
    ["no loss", () => odd({ loss: 3 }), ValueError, "loss is 3"],
    ["an unknown option", () => odd({ checkpointLenghts: [3] }), NameError, "checkpointLengths"],
    [
      "an unknown input",
      () => evaluate(neuron(), {}, { dataset: [] } as object),
      NameError,
      "dataSet",
    ],
    ["a surrogate", () => odd({ surrogate: "sigmoids" }), NameError, "sigmoids"],
    [
      "a surrogate's slope",
      () => odd({ surrogate: { kind: "arctan", slope: 0 } }),
      ValueError,
      "0",
    ],
    ["no memory", () => odd({ memoryLimit: 0 }), ValueError, "memoryLimit"],
    [
      "too little memory",
      () => evaluate(trainedNeuron(), { memoryLimit: 2e3 }),
      ValueError,
      "memory limit of 0.002",
    ],
    [
      "short checkpoint lengths",
      () => evaluate(trainedNeuron(), { checkpointLengths: [10, 10] }),
      ValueError,
      "10 x 10 are 100 steps, and the run has 161",
    ],
    ["no lengths", () => evaluate(neuron(), { checkpointLengths: [] }), ValueError, "nothing"],
    ["a length of 1.5", () => evaluate(neuron(), { checkpointLengths: [1.5] }), ValueError, "1.5"],
    [
      "parameters of another model",
      () => evaluate(neuron(), {}, {}, [{ key: "HH_gK", values: Float64Array.of(1) }]),
      ValueError,
      "HH_gK (1)",
    ],
    [
      "too few values",
      () => evaluate(trainedNeuron(), {}, {}, neuron().getParameters()),
      ValueError,
      "HH_gNa (3)",
    ],
    [
      "a value out of its domain",
      () => {
        const cell = neuron().makeTrainable("radius") as Cell;
        return evaluate(cell, {}, {}, [{ key: "radius", values: Float64Array.of(-1) }]);
      },
      ValueError,
      "radius of compartment 0",
    ],
    [
      "a start out of a transform's range",
      () => {
        const transform = new ParameterTransform([{ key: "radius", transform: sigmoid(2, 3) }]);
        return transform.inverse(
          neuron()
            .makeTrainable("radius")
            .root.description.trainables.map(({ key, initial }) => ({ key, values: initial })),
        );
      },
      ValueError,
      "not between 2 and 3",
    ],
    [
      "a target of another length",
      () => evaluate(neuron(), { loss: meanSquaredError(rows(3)) }),
      ValueError,
      "162",
    ],
  ])("%s", async (_, action, kind, message) => {
    const error = await refusal(action);
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toContain(message);
    expect(error.details.remedy ?? error.details.suggestion).toBeTruthy();
  });

  test("a trainable that nothing reads, and nothing trainable", async () => {
    const Idle = defineChannel("Idle", {
      parameters: { g: { value: 1e-4, unit: "S/cm2" }, unused: { value: 1 } },
      current: "g * (v + 70)",
    });
    const net = new Network([neuron(), neuron()]);
    connect(net.cell(0).branch(0).comp(0), net.cell(1).branch(0).comp(0), ExpSyn);
    connect(net.cell(0).branch(0).comp(0), net.cell(1).branch(0).comp(0), IonotropicSynapse);
    net.insert(Idle).record("v");
    const error = async (key: string, make: () => unknown) => {
      make();
      const found = await refusal(() => evaluate(net, { tMax: 1 }));
      expect(found, key).toBeInstanceOf(ModelError);
      expect(found.message).toContain(`reads ${key}`);
      net.deleteTrainables();
    };
    await error("celsius", () => net.makeTrainable("celsius"));
    await error("volume", () => net.makeTrainable("volume"));
    await error("Idle_unused", () => net.cell(0).makeTrainable("Idle_unused"));
    await error("ExpSyn_threshold", () => net.synapse("ExpSyn").makeTrainable("ExpSyn_threshold"));
    // What is deleted is no longer trainable
    net.makeTrainable("Idle_g").synapse("IonotropicSynapse").makeTrainable("IonotropicSynapse_gS");
    net.delete(Idle).synapse("IonotropicSynapse").delete();
    expect(net.getParameters()).toEqual([]);
    const none = await refusal(() => evaluate(net, { tMax: 1 }));
    expect(none).toBeInstanceOf(ModelError);
    expect(none.message).toContain("Nothing is trainable");
    // But a value it has
    expect(await (await compileObjective(net, { loss: zeros, tMax: 1 })).value()).toBe(1);
  });

  test.each(backends)("a derivative that is not finite, named, on %s", async (backend) => {
    const Root = defineChannel("Root", {
      parameters: { g: { value: 1e-4, unit: "S/cm2" } },
      states: { x: { value: 0, derivative: "-x" } },
      current: "g * sqrt(x) * (v + 90)",
    });
    const cell = new Compartment();
    cell.insert(Leak).insert(Root).record("v").makeTrainable("Root_x");
    const error = await refusal(() => evaluate(cell, { tMax: 1, backend, loss: sample(0, 20) }));
    expect(error).toBeInstanceOf(NumericalError);
    expect(error.details.subject).toBe("Root_x");
    // Infinity times 0 in the last step already
    expect(error.message).toContain("Root_x stopped being finite at step 39 (0.975 ms)");
    cell.deleteTrainables().makeTrainable("Root_x", 0.1);
    await evaluate(cell, { tMax: 1, backend });
    // Held at 0 in one step; on the way back the derivative would leave by the clamp
    cell.clamp("Root_x", new Float64Array(40).fill(0.1).with(15, 0));
    const held = await refusal(() => evaluate(cell, { tMax: 0.99, backend }));
    expect(held).toBeInstanceOf(NumericalError);
    expect(held.message).toContain("Root_x");
    const Start = defineChannel("Start", {
      states: { x: { value: 0, update: "x + dt" } },
      current: "1e-4 * sqrt(x) * (v + 90)",
    });
    const one = new Compartment();
    one.insert(Start).record("v").makeTrainable("Start_x");
    const first = await refusal(() => evaluate(one, { tMax: 1, backend }));
    expect(first).toBeInstanceOf(NumericalError);
    expect(first.details.subject).toBe("Start_x");
  });

  test.each(backends)("a state that is not finite, named, on %s", async (backend) => {
    const cell = new Compartment();
    cell.insert(HH).record("v").makeTrainable("HH_gNa");
    cell.stimulate(new Float64Array(40).fill(1e307, 10));
    for (const run of ["value", "valueAndGradient"] as const) {
      const objective = await compileObjective(cell, { loss: zeros, backend });
      const error = await refusal(() => objective[run]());
      expect(error).toBeInstanceOf(NumericalError);
      expect(error.message).toMatch(/step 1\d/);
    }
  });

  test("a loss of final states, forwards", async () => {
    const cell = neuron().makeTrainable("HH_gNa") as Cell;
    const byStates = { v: new Float64Array(6).fill(1) };
    const objective = await compileObjective(cell, { loss: wrong({ byStates }) });
    const { parameters } = objective;
    const error = await refusal(() => objective.jvp(parameters, parameters));
    expect(error).toBeInstanceOf(ValueError);
    expect(error.message).toContain("final state v");
    const direction = [{ key: "HH_gK", values: Float64Array.of(1) }];
    expect((await refusal(() => objective.jvp(parameters, direction))).message).toContain("HH_gK");
  });
});
