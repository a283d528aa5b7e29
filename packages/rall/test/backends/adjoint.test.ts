/** Derivatives of runs, of every backend: against differences, and the two modes against each other. */
import {
  Branch,
  Cell,
  Compartment,
  connect,
  defineSynapse,
  integrate,
  type ModelOptions,
  type Module,
  Network,
  RandomStream,
  SpikeTrain,
} from "rall";
import {
  AdEx,
  CaL,
  CaNernstReversal,
  CaT,
  Fire,
  HH,
  Izhikevich,
  K,
  Km,
  Leak,
  Na,
  Rate,
} from "rall/channels";
import { CaFaradayConcentrationChange, CaPump } from "rall/pumps";
import * as synapses from "rall/synapses";
import { describe, expect, test } from "vitest";
import { referenceBackend } from "../../src/backends/reference/backend.ts";
import { wasmBackend } from "../../src/backends/wasm/backend.ts";
import type { PlanGradient } from "../../src/plan/gradient.ts";
import { isLong } from "../long.ts";
import {
  differenceOf,
  dot,
  gradientOf,
  Loss,
  largest,
  lossOf,
  type Problem,
  partsOf,
  problemOf,
  randomDirection,
  tangentOf,
} from "./differentiated.ts";

/** Gradients of the engine are compared with those of the oracle in any case; the long run tries the oracle by itself too. */
const backends = isLong ? [referenceBackend, wasmBackend] : [wasmBackend];

/** What only the oracle differentiates by: delays forwards, and currents that pumps see before there are any. */
const isOraclesOwn = (name: string) => name.startsWith("delays") || name === "i_Ca";

const pulse = (steps: number, amplitude: number) =>
  Float64Array.from({ length: steps }, (_, k) => (k < steps / 2 ? amplitude : 0));

interface Accuracy {
  /** Relative to the sizes of the terms of the derivative. */
  readonly tolerance?: number;
  /** Step of the differences, in proportion to the numbers that move. */
  readonly by?: number;
}

/** Each part of the gradient against differences in a random direction. */
async function expectExact(problem: Problem, stream: RandomStream, accuracy: Accuracy) {
  const { tolerance = 1e-6, by = 2e-3 } = accuracy;
  const loss = new Loss(stream, { countsStates: true });
  const gradient = await gradientOf(problem, loss);
  for (const [name, column] of partsOf(gradient)) {
    if (column.length === 0 || name.startsWith("delays")) continue;
    const direction = randomDirection(problem.plan, gradient, stream, (part) => part === name);
    const { sum, size } = dot(gradient, direction);
    const difference = await differenceOf(problem, loss, direction, by);
    // Rounding of voltages, divided by the step
    const error = Math.max(0, Math.abs(sum - difference) - 2e-12 / by);
    expect(error / (size || 1), `${name}: ${sum} ${difference}`).toBeLessThan(tolerance);
  }
}

/** The gradient against that of the oracle, number by number; what one leaves out is 0. */
async function expectAgreement(problem: Problem, loss: Loss, gradient: PlanGradient) {
  if (problem.backend === referenceBackend) return;
  const oracle = partsOf(await gradientOf({ ...problem, backend: referenceBackend }, loss));
  const found = new Map(partsOf(gradient));
  for (const [name, column] of oracle) {
    if (name === "i_Ca" && !found.has(name)) continue;
    const scale = largest(column) || 1;
    for (const [i, value] of column.entries()) {
      const own = found.get(name)?.[i] ?? 0;
      expect(Math.abs(own - value) / scale, `${name} ${i}: ${own} ${value}`).toBeLessThan(1e-8);
    }
  }
}

/** The gradient against the forward mode, in a random direction of all numbers. */
async function expectTransposed(problem: Problem, stream: RandomStream) {
  const loss = new Loss(stream, { countsStates: false });
  const gradient = await gradientOf(problem, loss);
  await expectAgreement(problem, loss, gradient);
  for (let k = 0; k < 3; k++) {
    const direction = randomDirection(
      problem.plan,
      gradient,
      stream,
      (name) => problem.backend === referenceBackend || !isOraclesOwn(name),
    );
    const { sum, size } = dot(gradient, direction);
    const tangent = await tangentOf(problem, loss, direction);
    expect(Math.abs(sum - tangent) / size).toBeLessThan(1e-10);
  }
  return gradient;
}

const ways: ModelOptions[] = [
  ...(["bwd_euler", "crank_nicolson", "staggered"] as const).flatMap((solver) =>
    (["hines", "stone", "dense"] as const).map((linearSolver) => ({ solver, linearSolver })),
  ),
  { solver: "fwd_euler" },
  { solver: "exp_euler" },
];
const solvers = ["bwd_euler", "crank_nicolson", "fwd_euler", "exp_euler"] as const;

describe.each(backends)("on $name", (backend) => {
  const check = async (
    module: Module,
    steps: number,
    options: Parameters<typeof problemOf>[4] = {},
    accuracy: Accuracy = {},
  ) => {
    const stream = new RandomStream(7);
    const problem = problemOf(backend, module, steps, stream, options);
    await expectExact(problem, stream, accuracy);
    await expectTransposed(problem, stream);
  };

  test.each(ways)("a branched cell: $solver, $linearSolver", async (way) => {
    const cell = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0, 0] });
    cell.insert(HH).set("axial_resistivity", 100).set("v", -60).set("length", 40);
    cell.branch(1).insert(Leak).set("radius", 2);
    cell.branch(0).comp(0).stimulate(pulse(20, 0.5)).record("v").record("i");
    cell.branch(2).comp(1).record("v").record("HH_m").record("i_HH");
    await check(cell, 20, way);
  });

  const point = (v: number) => new Compartment().set("v", v) as Compartment;

  /** Calcium comes in by CaL and CaT, sets its reversal potential, and is pumped out by two pumps. */
  const calcium = () => {
    const cell = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0, 0] });
    cell.set("axial_resistivity", 100).set("v", -55).set("length", 30);
    for (const channel of [Na, K, Km, CaL, CaT, CaNernstReversal]) cell.insert(channel);
    cell.insert(CaPump).set("CaL_gCaL", 2e-3).set("CaCon_i", 2e-4);
    cell.branch(1).insert(CaFaradayConcentrationChange);
    cell.branch(0).comp(0).stimulate(pulse(20, 0.5)).record("v").record("CaCon_i").record("eCa");
    cell.branch(1).comp(1).record("CaCon_i").record("i_Ca").record("i_CaPump");
    return cell;
  };

  test.each(solvers)("calcium: %s", async (solver) => {
    await check(calcium(), 20, { solver, dt: solver === "fwd_euler" ? 0.005 : 0.025 });
  });

  test.each(ways)("calcium that diffuses: $solver, $linearSolver", async (way) => {
    const cell = calcium();
    cell.branch(2).delete(CaPump).delete(CaNernstReversal);
    cell.diffuse("CaCon_i").set("axial_diffusion_CaCon_i", 2);
    await check(cell, 20, { ...way, dt: way.solver === "fwd_euler" ? 0.005 : 0.025 });
  });

  /** Two cells and a point. @param steps - of the stimulus. */
  const pair = (steps = 20) => {
    const cell = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0] });
    cell.insert(HH).set("v", -50).set("length", 30);
    const net = new Network([cell, cell, point(-60).insert(HH) as Compartment]);
    net.cell(0).branch(0).comp(0).stimulate(pulse(steps, 0.5));
    net.cell(0).branch(0).comp(0).record("v");
    net.cell(1).branch(1).comp(1).record("v").record("HH_m");
    net.cell(2).record("v");
    return net;
  };

  const graded = [
    synapses.IonotropicSynapse,
    synapses.TanhRateSynapse,
    synapses.TanhConductanceSynapse,
    synapses.TestSynapse,
    synapses.CurrentSynapse,
    synapses.ConductanceSynapse,
    synapses.DynamicSynapse,
    synapses.AlphaSynapse,
  ] as const;
  /** Several of two kinds, among them one from a compartment to itself. */
  const connected = (synapse: (typeof graded)[number]) => {
    const net = pair();
    const [a, b, c] = [net.cell(0).branch(1).comp(0), net.cell(1).branch(0).comp(1), net.cell(2)];
    for (const [pre, post] of [
      [a, b],
      [b, c],
      [a, c],
      [c, c],
    ] as const) {
      connect(pre, post, synapse);
      connect(post, pre, synapses.IonotropicSynapse, { values: { e_syn: -10 } });
    }
    // Its states grow with the voltage over the time step
    const strength = synapse === synapses.AlphaSynapse ? 1e-5 : 0.01;
    for (const { key } of synapse.parameters) {
      if (/_(gS|gC)$/.test(key)) net.synapse(synapse.name).set(key, strength);
      if (key.endsWith("_e_syn")) net.synapse(synapse.name).set(key, -10);
      if (key.endsWith("_slope")) net.synapse(synapse.name).set(key, 0.05);
    }
    return net;
  };

  test.each(graded)("graded synapses: $name", async (synapse) => {
    const net = connected(synapse);
    net.synapse(synapse.name).record(`i_${synapse.name}`);
    for (const { key } of synapse.states) net.synapse(synapse.name).record(key);
    await check(net, 20);
  });

  test("synapses that read quantities of their compartments", async () => {
    const Modulated = defineSynapse("Modulated", {
      pre: { n: "HH_n", g: "HH_gK" },
      post: { reach: "length", open: "HH_h" },
      parameters: { k: { value: 1e-3 } },
      states: { x: { value: 0.1, derivative: "(n - x) / 2" } },
      current: "k * (x + g) * reach * open * (v_post + 20)",
    });
    const net = pair();
    connect(net.cell(0).branch(0).comp(1), net.cell(2), Modulated);
    connect(net.cell(1).branch(1).comp(1), net.cell(0).branch(0).comp(0), Modulated);
    net.synapse("Modulated").record("i_Modulated").record("Modulated_x");
    await check(net, 20);
  });

  const spiking = (steps = 40) => {
    const net = pair(steps);
    const [a, b, c] = [net.cell(0).branch(0).comp(0), net.cell(1).branch(0).comp(1), net.cell(2)];
    const train = new SpikeTrain([0, 0.1, 0.1, 0.2, 0.33]);
    for (const synapse of [synapses.ExpSyn, synapses.Exp2Syn, synapses.AlphaSyn]) {
      const event = { weight: 0.01, e: -10, delay: 0.1, threshold: -40 };
      connect(train, a, synapse, { values: event });
      connect(a, b, synapse, { values: event });
      connect(a, c, synapse, { values: { ...event, delay: 0.05 } });
      connect(c, a, synapse, { values: event });
      net.synapse(synapse.name).record(`i_${synapse.name}`);
    }
    net.synapse("ExpSyn").record("ExpSyn_g");
    return net;
  };

  test("event synapses whose spikes stay where they are", async () => {
    await check(spiking(), 40, {}, { by: 5e-5 });
  });

  const surrogates = (["sigmoid", "arctan", "exponential"] as const).map((kind) => ({
    kind,
    slope: 0.5,
  }));

  test.each(surrogates)("spikes with a slope: $kind", async (surrogate) => {
    const stream = new RandomStream(3);
    const net = spiking();
    const gradient = await expectTransposed(
      problemOf(backend, net, 40, stream, { surrogate }),
      stream,
    );
    expect(largest(gradient.synapses[0]?.delays ?? new Float64Array())).toBeGreaterThan(0);
  });

  test("the derivative by a delay is the central difference of the loss by the arrival", async () => {
    const net = new Network([point(-65).insert(Leak) as Compartment]);
    net.cell(0).record("v");
    connect(new SpikeTrain([0.1]), net.cell(0), synapses.AlphaSyn, {
      values: { weight: 1e-7, delay: 0.3 },
    });
    const dt = 0.025;
    const by = async (steps: number) => {
      net.synapse("AlphaSyn").set("AlphaSyn_delay", 0.3 + steps * dt);
      const surrogate = { kind: "sigmoid", slope: 1 } as const;
      return problemOf(backend, net, 60, new RandomStream(1), { surrogate, dt });
    };
    const loss = new Loss(new RandomStream(2), { countsStates: true });
    const difference = (await lossOf(await by(1), loss)) - (await lossOf(await by(-1), loss));
    const gradient = await gradientOf(await by(0), loss);
    const expected = difference / (2 * dt);
    expect((gradient.synapses[0]?.delays?.[0] ?? 0) / expected).toBeCloseTo(1, 4);
  });

  const pointNeurons = () => {
    const net = new Network([
      point(-52).insert(Leak).insert(Fire) as Compartment,
      point(-50).insert(Izhikevich) as Compartment,
      point(-49).insert(AdEx) as Compartment,
      point(5).insert(Rate) as Compartment,
    ]);
    for (const [k, amplitude] of [0.1, 0.5, 0.3, 0.02].entries())
      net.cell(k).stimulate(pulse(60, amplitude));
    net.record("v");
    net.cell(0).record("Fire_spikes");
    net.cell(1).record("Izhikevich_u");
    net.cell(2).record("AdEx_w");
    connect(net.cell(0), net.cell(1), synapses.SpikeSynapse).set("SpikeSynapse_gS", -0.01);
    connect(net.cell(3), net.cell(0), synapses.TanhRateSynapse, {
      values: { gS: 0.01, x_offset: 2, slope: 0.1 },
    });
    for (const [a, b] of [
      [0, 2],
      [1, 3],
      [2, 0],
    ] as const)
      connect(net.cell(a), net.cell(b), synapses.ExpSyn, {
        values: { weight: 0.001, delay: 0.05 },
      });
    return net.recordSpikes() as Network;
  };

  test.each(solvers)("point neurons whose spikes stay where they are: %s", async (solver) => {
    await check(pointNeurons(), 60, { solver }, { by: 5e-5 });
  });

  test.each(surrogates)("point neurons with a slope: $kind", async (surrogate) => {
    const stream = new RandomStream(5);
    await expectTransposed(problemOf(backend, pointNeurons(), 60, stream, { surrogate }), stream);
  });

  const joined = () => {
    const net = pair();
    const cells = [
      net.cell(0).branch(0).comp(0),
      net.cell(1).branch(1).comp(1),
      net.cell(2),
    ] as const;
    const [a, b, c] = cells;
    // The last closes a loop
    for (const [one, other] of [
      [a, b],
      [b, c],
      [c, a],
    ] as const)
      connect(one, other, synapses.GapJunction, { values: { g: 0.02 } });
    connect(net.cell(0).branch(1).comp(0), c, synapses.GapJunction, { values: { g: 0.01 } });
    net.synapse("GapJunction").record("i_GapJunction");
    return net;
  };

  test.each(ways)("gap junctions in trees and loops: $solver, $linearSolver", async (way) => {
    await check(joined(), 20, way);
  });

  test("clamps of voltages, gates, concentrations and synapses", async () => {
    const cell = calcium();
    const noise = (from: number, to: number) => {
      const stream = new RandomStream(9);
      return Float64Array.from({ length: 20 }, () => from + (to - from) * stream.uniform());
    };
    cell.branch(2).comp(1).clamp("v", noise(-70, -50)).clamp("CaCon_i", noise(1e-4, 1e-3));
    cell.branch(1).comp(0).clamp("K_n", noise(0.1, 0.3)).clamp("CaCon_i", noise(1e-4, 1e-3));
    const net = new Network([cell, cell]);
    connect(
      net.cell(0).branch(0).comp(0),
      net.cell(1).branch(0).comp(0),
      synapses.IonotropicSynapse,
    );
    connect(
      net.cell(1).branch(2).comp(1),
      net.cell(0).branch(2).comp(0),
      synapses.IonotropicSynapse,
    );
    const clamped = net.synapse("IonotropicSynapse").set("IonotropicSynapse_gS", 0.01).edge(0);
    clamped.clamp("IonotropicSynapse_s", noise(0.1, 0.6)).record("i_IonotropicSynapse");
    await check(net, 20);
    net.diffuse("CaCon_i");
    await check(net, 20);
  });

  test("gap junctions between clamped compartments", async () => {
    const net = joined();
    net.cell(2).clamp("v", pulse(20, -30));
    await check(net, 20);
  });

  test.each([
    ["branched cells", () => pair()],
    ["calcium", calcium],
    ["graded synapses", () => connected(synapses.TanhRateSynapse)],
    ["conductances", () => connected(synapses.TanhConductanceSynapse)],
    ["gap junctions", joined],
    ["events", () => spiking(20)],
  ])("slopes by differences: %s", async (_, make) => {
    // The derivative of a difference over 0.001 mV has its rounding
    await check(make(), 20, { slopes: "difference" }, { tolerance: 1e-4, by: 4e-3 });
  });

  test("a run that goes on from given states, currents among them", async () => {
    const cell = calcium();
    const net = new Network([cell, cell]);
    connect(
      net.cell(0).branch(0).comp(0),
      net.cell(1).branch(0).comp(0),
      synapses.IonotropicSynapse,
    );
    net.synapse("IonotropicSynapse").record("i_IonotropicSynapse");
    const { states } = await integrate(net, {
      backend: "reference",
      tMax: 0.4,
      returnStates: true,
    });
    if (states === undefined) throw new Error("no states");
    await check(net, 10, { initialState: states });
  });

  test("it does not matter how much is taped at once", async () => {
    const stream = new RandomStream(11);
    const surrogate = { kind: "sigmoid", slope: 0.5 } as const;
    const problem = problemOf(backend, spiking(), 40, stream, { surrogate });
    const loss = new Loss(stream, { countsStates: true });
    const whole = partsOf(await gradientOf(problem, loss));
    for (const parts of [
      [20, 20],
      [1, 38, 1],
      [7, 7, 7, 7, 7, 5],
    ])
      expect(partsOf(await gradientOf(problem, loss, parts))).toEqual(whole);
  });
});
