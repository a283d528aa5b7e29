/** Derivatives of runs, of every backend: against differences, and the two modes against each other. */
import {
  Branch,
  Cell,
  Compartment,
  connect,
  defineSynapse,
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
import {
  differenceOf,
  dot,
  gradientOf,
  Loss,
  largest,
  type Problem,
  partsOf,
  problemOf,
  randomDirection,
  tangentOf,
} from "./differentiated.ts";

const backends = [referenceBackend];

const pulse = (steps: number, amplitude: number) =>
  Float64Array.from({ length: steps }, (_, k) => (k < steps / 2 ? amplitude : 0));

/** Each part of the gradient against differences in a random direction. */
async function expectExact(problem: Problem, stream: RandomStream, tolerance = 1e-6) {
  const loss = new Loss(stream, { countsStates: true });
  const gradient = await gradientOf(problem, loss);
  for (const [name, column] of partsOf(gradient)) {
    if (column.length === 0 || name.startsWith("delays")) continue;
    const direction = randomDirection(problem.plan, gradient, stream, (part) => part === name);
    const { sum, size } = dot(gradient, direction);
    const difference = await differenceOf(problem, loss, direction, 2e-3);
    const scale = Math.max(size, 1e-3);
    expect(Math.abs(sum - difference) / scale, `${name}: ${sum} ${difference}`).toBeLessThan(
      tolerance,
    );
  }
  return gradient;
}

/** The gradient against the forward mode, in a random direction of all numbers. */
async function expectTransposed(problem: Problem, stream: RandomStream) {
  const loss = new Loss(stream, { countsStates: false });
  const gradient = await gradientOf(problem, loss);
  for (let k = 0; k < 3; k++) {
    const direction = randomDirection(problem.plan, gradient, stream);
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
    tolerance?: number,
  ) => {
    const stream = new RandomStream(7);
    const problem = problemOf(backend, module, steps, stream, options);
    await expectExact(problem, stream, tolerance);
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
    await check(calcium(), 20, { solver });
  });

  test.each(ways)("calcium that diffuses: $solver, $linearSolver", async (way) => {
    const cell = calcium();
    cell.branch(2).delete(CaPump).delete(CaNernstReversal);
    cell.diffuse("CaCon_i").set("axial_diffusion_CaCon_i", 2);
    await check(cell, 20, way);
  });

  const pair = () => {
    const cell = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0] });
    cell.insert(HH).set("v", -50).set("length", 30);
    const net = new Network([cell, cell, point(-60).insert(HH) as Compartment]);
    net.cell(0).branch(0).comp(0).stimulate(pulse(20, 0.5));
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
      connect(post, pre, synapses.IonotropicSynapse);
    }
    const edges = net.synapses(synapse);
    for (const { key } of synapse.parameters) {
      if (/_(gS|gC)$/.test(key)) edges.set(key, 0.01);
      if (key.endsWith("_slope")) edges.set(key, 0.05);
    }
    return net;
  };

  test.each(graded)("graded synapses: $name", async (synapse) => {
    const net = connected(synapse);
    net.synapses(synapse).record(`i_${synapse.name}`);
    for (const { key } of synapse.states) net.synapses(synapse).record(key);
    await check(net, 20);
  });
});
