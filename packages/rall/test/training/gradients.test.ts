/** Gradients of random networks by whatever can be trained, against differences of runs, forward mode, and other backends. */
import fc from "fast-check";
import {
  type BackendName,
  Branch,
  Cell,
  Compartment,
  connect,
  integrate,
  type LinearSolverName,
  type Module,
  Network,
  RandomStream,
  type SolverName,
} from "rall";
import { CaT, Fire, HH, Leak } from "rall/channels";
import { CaPump } from "rall/pumps";
import {
  AlphaSyn,
  CurrentSynapse,
  Exp2Syn,
  ExpSyn,
  GapJunction,
  TanhRateSynapse,
} from "rall/synapses";
import {
  compileObjective,
  type Loss,
  type Objective,
  type ObjectiveOptions,
  type Parameter,
} from "rall/training";
import { describe, expect, test } from "vitest";
import { runs } from "../long.ts";
import { difference } from "./difference.ts";
import { randomLoss } from "./random-loss.ts";
import { buildNetwork, type RandomNetwork, randomNetworks } from "./random-networks.ts";

const backends = ["reference", "wasm"] as const;

interface Way {
  readonly solver: SolverName;
  readonly linearSolver: LinearSolverName;
  readonly slopes: "exact" | "difference";
  readonly tabulate: boolean;
}

const ways: fc.Arbitrary<Way> = fc.record({
  solver: fc.constantFrom<SolverName[]>(
    "bwd_euler",
    "crank_nicolson",
    "staggered",
    "fwd_euler",
    "exp_euler",
  ),
  linearSolver: fc.constantFrom<LinearSolverName[]>("hines", "stone", "dense"),
  slopes: fc.constantFrom("exact", "difference"),
  tabulate: fc.boolean(),
});

function objectiveOf(model: RandomNetwork, way: Way, backend: BackendName): Promise<Objective> {
  const isExplicit = way.solver === "fwd_euler";
  // Explicit steps are stable in long compartments only
  const stretch = isExplicit ? 40 : 1;
  const cells = model.cells.map((cell) => ({
    ...cell,
    geometry: cell.geometry.map((part) => ({ ...part, length: part.length * stretch })),
  }));
  const loss = randomLoss(model.seed);
  const options = { loss, dt: isExplicit ? 0.004 : 0.05, surrogate: "none", ...way } as const;
  return compileObjective(buildNetwork({ ...model, cells }), { ...options, backend });
}

/** A move of a parameter vector, each number in proportion to itself. */
function directionOf({ values }: Parameter, stream: RandomStream): Float64Array<ArrayBuffer> {
  return values.map((value) => (value || 1e-3) * (2 * stream.uniform() - 1));
}

/** Parameters with one vector moved. */
function movedBy(parameters: readonly Parameter[], k: number, direction: Float64Array, x: number) {
  const moved = (values: Float64Array) =>
    values.map((value, i) => value + x * (direction[i] ?? Number.NaN));
  return parameters.map(({ key, values }, j) => ({
    key,
    values: j === k ? moved(values) : values,
  }));
}

/** Sum of the products, and of their sizes. */
function product(a: Float64Array, b: Float64Array) {
  const terms = a.map((x, i) => x * (b[i] ?? Number.NaN));
  const sum = (values: Float64Array) => values.reduce((total, x) => total + x, 0);
  return { sum: sum(terms), size: sum(terms.map(Math.abs)) };
}

/** How many parameter vectors there were, and of how many differences told the derivative to less than the tolerance. */
class Tally {
  all = 0;
  resolved = 0;

  get share(): number {
    return this.resolved / this.all;
  }
}

/** What rounding does to a random loss, whose terms are of order 1, and to its derivatives. */
const rounding = { value: 2e-14, slope: 1e-12 };

/** Each parameter vector's gradient against differences in a random direction. */
async function expectAsDifferences(objective: Objective, seed: number, tally: Tally) {
  const { parameters } = objective;
  const { value, gradient } = await objective.valueAndGradient();
  expect(await objective.value()).toBe(value);
  const stream = new RandomStream(seed);
  for (const [k, parameter] of parameters.entries()) {
    const direction = directionOf(parameter, stream);
    const { sum, size } = product(gradient[k]?.values ?? new Float64Array(), direction);
    const along = (x: number) => objective.value(movedBy(parameters, k, direction, x));
    const enough = 3e-7 * size;
    const { slope, error } = await difference(along, rounding.value, [1e-3, 1e-4, 1e-2], enough);
    tally.all++;
    const isResolved = error <= enough;
    if (isResolved) tally.resolved++;
    const bound = isResolved ? 1e-6 * size : 10 * error;
    const what = `${parameter.key}: ${sum} instead of ${slope}`;
    expect(Math.abs(sum - slope), what).toBeLessThanOrEqual(bound + rounding.slope);
  }
}

/** The same loss without final states, of whose moves forward mode tells nothing. */
function ofRecordings(loss: Loss): Loss {
  return (recordings, context) => {
    const { value, gradient } = loss(recordings, { ...context, states: {} });
    return { value, gradient };
  };
}

/** The gradient against a direction's forward mode, and against the other backend's gradient. */
async function expectSame(make: (backend: BackendName) => Promise<Objective>, seed: number) {
  const objectives = await Promise.all(backends.map(make));
  const gradients: (readonly Parameter[])[] = [];
  for (const [b, objective] of objectives.entries()) {
    const { parameters } = objective;
    gradients.push((await objective.valueAndGradient()).gradient);
    const stream = new RandomStream(seed);
    const direction = parameters.map((parameter) => ({
      key: parameter.key,
      values: directionOf(parameter, stream),
    }));
    const inputs = { loss: ofRecordings(randomLoss(seed)) };
    const reverse = await objective.valueAndGradient(parameters, inputs);
    const forward = await objective.jvp(parameters, direction, inputs);
    const products = reverse.gradient.map(({ values }, k) =>
      product(values, direction[k]?.values ?? new Float64Array()),
    );
    const [sum, size] = [
      products.reduce((total, one) => total + one.sum, 0),
      products.reduce((total, one) => total + one.size, 0),
    ];
    expect(forward.value).toBe(reverse.value);
    const off = Math.abs(forward.tangent - sum);
    expect(off, `${backends[b]}: modes`).toBeLessThanOrEqual(1e-10 * size + rounding.value);
  }
  const [reference = [], wasm = []] = gradients;
  for (const [k, { key, values }] of reference.entries()) {
    const own = objectives[0]?.parameters[k]?.values ?? new Float64Array();
    // By relative moves, of which the loss is made to change by the order of 1
    const moved = (by: Float64Array | undefined) => (by ?? own).map((x, i) => x * (own[i] || 1e-3));
    const [expected, other] = [moved(values), moved(wasm[k]?.values)];
    const scale = Math.max(...expected.map(Math.abs));
    for (const [i, x] of expected.entries()) {
      const off = Math.abs((other[i] ?? Number.NaN) - x);
      expect(off, `backends: ${key} ${i}`).toBeLessThanOrEqual(1e-9 * scale + rounding.slope);
    }
  }
}

describe("random networks", () => {
  test("differences agree", async () => {
    const tally = new Tally();
    await fc.assert(
      fc.asyncProperty(randomNetworks, ways, async (model, way) => {
        await expectAsDifferences(await objectiveOf(model, way, "wasm"), model.seed, tally);
      }),
      { numRuns: runs(8, 60), seed: 11, endOnFailure: true },
    );
    expect(tally.share).toBeGreaterThan(0.7);
  });

  test("backends agree, and both modes", async () => {
    await fc.assert(
      fc.asyncProperty(randomNetworks, ways, async (model, way) => {
        await expectSame((backend) => objectiveOf(model, way, backend), model.seed);
      }),
      { numRuns: runs(6, 40), seed: 12, endOnFailure: true },
    );
  });
});

function tree(ncomp = 2): Cell {
  const cell = new Cell(new Branch(new Compartment(), { ncomp }), { parents: [-1, 0, 0] });
  cell.insert(HH).set("axial_resistivity", 120).set("v", -65).initStates();
  return cell;
}

function point(v = -65): Compartment {
  const one = new Compartment();
  one.insert(HH).set("radius", 8).set("length", 16).set("v", v).initStates();
  return one;
}

/** Both checks of a module, from a loss of all samples and final states. */
async function expectRight(
  module: Module,
  options: Partial<ObjectiveOptions>,
  tally = new Tally(),
): Promise<void> {
  const make = (backend: BackendName) =>
    compileObjective(module, { loss: randomLoss(1), surrogate: "none", ...options, backend });
  await expectAsDifferences(await make("wasm"), 2, tally);
  await expectSame(make, 3);
}

const pulse = (steps: number, amplitude: number) =>
  Float64Array.from({ length: steps }, (_, k) => (k > 10 && k < steps / 2 ? amplitude : 0));

test("event synapses whose spikes stay in their steps", async () => {
  const kinds = [ExpSyn, Exp2Syn, AlphaSyn] as const;
  const connection = fc.record({
    pre: fc.nat(2),
    post: fc.nat(2),
    kind: fc.constantFrom(...kinds),
    delay: fc.integer({ min: 0, max: 30 }),
    weight: fc.integer({ min: 1, max: 20 }).map((n) => n * 5e-4),
  });
  const tally = new Tally();
  let spikes = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(connection, { minLength: 2, maxLength: 6 }), async (connections) => {
      const net = new Network([point(), tree(), point(-68)]);
      for (const { pre, post, kind, delay, weight } of connections) {
        const values = { delay: delay * 0.05, weight, threshold: -20, e: -5 };
        const [from, to] = [pre, post].map((n) => net.cell(n).branch(0).comp(0));
        if (from !== undefined && to !== undefined) connect(from, to, kind, { values });
      }
      net.cell(0).stimulate(pulse(160, 0.5));
      net.cell(1).branch(0).comp(0).stimulate(pulse(160, 0.3));
      net.record("v").makeTrainable("HH_gNa").makeTrainable("radius");
      for (const kind of net.synapses) {
        const own = kinds.find(({ name }) => name === kind);
        // Conductances that may move both ways
        for (const { key } of own?.states ?? []) net.synapse(kind).set(key, 1e-3);
        const keys = [...(own?.parameters ?? []), ...(own?.states ?? [])].map(({ key }) => key);
        // Delays and thresholds move spikes from step to step or not at all
        for (const key of keys.filter((one) => !/_(delay|threshold)$/.test(one)))
          net.synapse(kind).edge("all").makeTrainable(key);
      }
      await expectRight(net, { dt: 0.05 }, tally);
      net.recordSpikes({ threshold: -20 });
      const run = await integrate(net, { dt: 0.05 });
      spikes += run.spikes.reduce((sum, { times }) => sum + times.length, 0);
    }),
    { numRuns: runs(2, 10), seed: 4, endOnFailure: true },
  );
  expect(spikes).toBeGreaterThan(6);
  expect(tally.share).toBeGreaterThan(0.7);
});

describe("what random networks have shown", () => {
  test.each([
    [
      [
        [0, 1],
        [1, 2],
        [2, 3],
      ],
    ],
    [
      [
        [0, 1],
        [1, 2],
        [2, 0],
        [0, 3],
        [3, 1],
      ],
    ],
  ])("gap junctions in trees and loops: %j", async (pairs) => {
    const net = new Network([point(), tree(), point(-60), tree(1)]);
    const place = (n = 0) => net.cell(n).branch(0).comp(0);
    for (const [a, b] of pairs) connect(place(a), place(b), GapJunction, { values: { g: 5e-3 } });
    net.cell(0).stimulate(pulse(60, 0.4)).record("v");
    net.synapse("GapJunction").edge("all").makeTrainable("GapJunction_g").record("i_GapJunction");
    net.makeTrainable("radius").makeTrainable("capacitance");
    for (const solver of ["bwd_euler", "crank_nicolson"] as const)
      await expectRight(net, { solver, dt: 0.05 });
  });

  test("concentrations and voltages where a junction that lets nothing through is a link", async () => {
    const net = new Network([tree(4), tree(1), tree(2)]);
    net.insert(CaPump).cell(1).insert(CaT);
    net.set("CaCon_i", 2e-4).diffuse("CaCon_i").set("axial_diffusion_CaCon_i", 2);
    const end = (n: number) => net.cell(n).branch(2).comp(0);
    connect(end(0), end(1), GapJunction, { values: { g: 0 } });
    connect(end(1), net.cell(2).branch(0).comp(1), GapJunction, { values: { g: 1e-3 } });
    net.record("v").record("CaCon_i");
    net.cell(1).makeTrainable("CaPump_decay").makeTrainable("axial_diffusion_CaCon_i");
    net.synapse("GapJunction").edge("all").makeTrainable("GapJunction_g");
    const dense = await compileObjective(net, {
      loss: randomLoss(1),
      linearSolver: "dense",
      tMax: 2,
    });
    const hines = await compileObjective(net, { loss: randomLoss(1), tMax: 2 });
    const [a, b] = [await dense.valueAndGradient(), await hines.valueAndGradient()];
    for (const [k, { key, values }] of a.gradient.entries())
      for (const [i, x] of values.entries())
        expect((b.gradient[k]?.values[i] ?? 0) / x, `${key} ${i}`).toBeCloseTo(1, 9);
  });

  test("synapses whose slope is by a voltage that their current does not read", async () => {
    const net = new Network([point(), point(), point()]);
    connect(net.cell(0), net.cell(1), TanhRateSynapse, { values: { gS: 0.01, slope: 0.05 } });
    connect(net.cell(1), net.cell(2), CurrentSynapse, { values: { gS: 0.01 } });
    net.cell(0).stimulate(pulse(80, 0.4));
    net.record("v").makeTrainable("HH_gNa");
    net.synapse("TanhRateSynapse").makeTrainable("TanhRateSynapse_slope");
    net.synapse("CurrentSynapse").makeTrainable("CurrentSynapse_gS");
    await expectRight(net, { slopes: "difference" });
  });

  test("currents of synapses at the start of a model in which rules move voltages", async () => {
    const one = new Compartment();
    one.insert(Leak).insert(Fire).set("v", -55);
    const net = new Network([one, one]);
    connect(net.cell(0), net.cell(1), CurrentSynapse, { values: { gS: 0.01 } });
    net.cell(0).stimulate(pulse(60, 0.05)).record("v");
    net.synapse("CurrentSynapse").record("i_CurrentSynapse");
    for (const key of ["gS", "v_th", "delta"])
      net.synapse("CurrentSynapse").makeTrainable(`CurrentSynapse_${key}`);
    await expectRight(net, {});
  });
});
