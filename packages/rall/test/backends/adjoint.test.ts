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
});
