/** Sizes without sense are refused before memory is asked for, in programs as in files. */
import {
  Branch,
  Cell,
  Compartment,
  compileStep,
  connect,
  fullyConnect,
  integrate,
  Network,
  poissonTrain,
  range,
  SpikeTrain,
  stepCurrent,
} from "rall";
import { ExpSyn } from "rall/synapses";
import { cmaEs, compileObjective, meanSquaredError, softDtw } from "rall/training";
import { describe, expect, test } from "vitest";
import { limits } from "../../src/util/limits.ts";

const one = () => new Compartment().record();
const branch = () => new Branch(new Compartment(), { ncomp: 1000 });
const train = () => {
  const net = new Network([new Compartment()]).record();
  connect(new SpikeTrain([1]), net.cell(0), ExpSyn, { values: { delay: 1e12 } });
  return net;
};
const step = { delay: 0, duration: 1, amplitude: 1 };

describe("refused at once", () => {
  test.each<[string, () => unknown, string]>([
    ["ncomp", () => new Branch(new Compartment(), { ncomp: 1e9 }), "1000000000 compartments"],
    ["setNcomp", () => new Branch().setNcomp(1e9), "1000000000 compartments"],
    ["a network", () => new Network(new Array(10_001).fill(branch())), "10001000"],
    ["a cell", () => new Cell(branch(), { parents: [-1, ...new Int32Array(10_000)] }), "10001000"],
    ["tMax", () => integrate(one(), { tMax: 1e9 }), "steps"],
    ["dt", () => integrate(one(), { tMax: 1, dt: 1e-12 }), "steps"],
    ["rows and samples", () => integrate(branch().record(), { tMax: 1e5 }), "recordInterval"],
    [
      "an objective's recordings",
      async () => {
        const model = branch().record().makeTrainable("radius");
        const loss = meanSquaredError([]);
        return (await compileObjective(model, { loss, tMax: 1e5 })).value();
      },
      "numbers in the recordings",
    ],
    ["a step of current", () => stepCurrent({ ...step, tMax: 1e12 }), "samples"],
    ["a short dt", () => stepCurrent({ ...step, dt: 1e-12, tMax: 10 }), "samples"],
    [
      "resampling",
      () =>
        integrate(one().stimulate(stepCurrent({ ...step, tMax: 10 })), {
          dt: 1e-9,
          resample: true,
          tMax: 1e-6,
        }),
      "samples",
    ],
    ["a Poisson train", () => poissonTrain({ rate: 1e12, tMax: 1e3, seed: 1 }), "spikes"],
    ["a delay", () => integrate(train(), { tMax: 1 }), "delay"],
    ["a delay of a step loop", () => compileStep(train()), "delay"],
    [
      "all pairs",
      () => {
        const net = new Network(Array.from({ length: 5000 }, () => new Compartment()));
        return fullyConnect(net, net, ExpSyn);
      },
      "25000000 pairs",
    ],
    [
      "an alignment",
      () => {
        const samples = new Float64Array(100_000);
        const context = { time: samples, dt: 0.025, names: ["v"], states: {} };
        return softDtw([samples])([samples], context);
      },
      "band",
    ],
    [
      "a generation",
      () => cmaEs({ populationSize: 1e9 }).start([new Float64Array(1)]),
      "populationSize",
    ],
  ])("%s", async (_, action, words) => {
    const failure = await (async () => action())().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: "value" });
    expect(String(failure)).toContain(words);
  });

  test("a range may end anywhere", () => {
    expect(branch().comp(range(0, 1e12, 400)).compartments).toEqual(Int32Array.of(0, 400, 800));
    expect(() => range(0, 10, 1e-12)).toThrow(expect.objectContaining({ code: "selection" }));
  });
});

test("what is large and makes sense passes", async () => {
  expect(new Branch(new Compartment(), { ncomp: 200_000 }).compartments).toHaveLength(200_000);
  const { time } = await integrate(one(), { tMax: 1e4, recordInterval: 1e3 });
  expect(time).toHaveLength(11);
  expect(limits.compartments).toBeGreaterThanOrEqual(limits.branch);
});
