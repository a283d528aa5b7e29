/** Gradients of random networks by whatever can be trained, against differences of runs, forward mode, and other backends. */
import fc from "fast-check";
import { type LinearSolverName, RandomStream, type SolverName } from "rall";
import {
  compileObjective,
  type Objective,
  type ObjectiveOptions,
  type Parameter,
  type ValueAndGradient,
} from "rall/training";
import { expect, test } from "vitest";
import { difference } from "./difference.ts";
import { randomLoss } from "./random-loss.ts";
import { buildNetwork, type RandomNetwork, randomNetworks } from "./random-networks.ts";

const backends = ["wasm"] as const;

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

async function objectiveOf(model: RandomNetwork, way: Way, options: Partial<ObjectiveOptions>) {
  const isExplicit = way.solver === "fwd_euler";
  // Explicit steps are stable in long compartments only
  const cells = model.cells.map((cell) => ({
    ...cell,
    geometry: cell.geometry.map((part) => ({
      ...part,
      length: part.length * (isExplicit ? 40 : 1),
    })),
  }));
  const module = buildNetwork({ ...model, cells });
  return compileObjective(module, {
    loss: randomLoss(model.seed),
    dt: isExplicit ? 0.004 : 0.05,
    ...way,
    surrogate: "none",
    ...options,
  });
}

/** A move of one parameter vector, each number in proportion to itself. */
function directionOf(parameter: Parameter, stream: RandomStream): Float64Array {
  return parameter.values.map((value) => (value || 1e-3) * (2 * stream.uniform() - 1));
}

function movedBy(parameters: readonly Parameter[], k: number, direction: Float64Array, x: number) {
  return parameters.map((parameter, j) =>
    j === k
      ? {
          key: parameter.key,
          values: parameter.values.map((value, i) => value + x * (direction[i] ?? 0)),
        }
      : parameter,
  );
}

/** Sum of the products, and of their sizes. */
function product(a: Float64Array, b: Float64Array) {
  let [sum, size] = [0, 0];
  for (const [i, x] of a.entries()) {
    sum += x * (b[i] ?? Number.NaN);
    size += Math.abs(x * (b[i] ?? Number.NaN));
  }
  return { sum, size };
}

/** How many parameter vectors differences could tell anything about. */
interface Count {
  all: number;
  resolved: number;
}

async function expectAsDifferences(
  objective: Objective,
  { gradient }: ValueAndGradient,
  seed: number,
  count: Count,
): Promise<void> {
  const { parameters } = objective;
  const stream = new RandomStream(seed);
  for (const [k, parameter] of parameters.entries()) {
    const direction = directionOf(parameter, stream);
    const { sum, size } = product(gradient[k]?.values ?? new Float64Array(), direction);
    const along = (x: number) => objective.value(movedBy(parameters, k, direction, x));
    const enough = 3e-7 * size;
    const { slope, error } = await difference(along, [1e-3, 1e-4, 1e-2], enough);
    count.all++;
    if (!(error <= enough)) continue;
    count.resolved++;
    const off = Math.abs(sum - slope);
    expect(off, `${parameter.key}: ${sum} instead of ${slope}`).toBeLessThanOrEqual(1e-6 * size);
  }
}

test.each(backends)(
  "random networks: differences agree, on %s",
  async (backend) => {
    const count = { all: 0, resolved: 0 };
    await fc.assert(
      fc.asyncProperty(randomNetworks, ways, async (model, way) => {
        const objective = await objectiveOf(model, way, { backend });
        const result = await objective.valueAndGradient();
        expect(await objective.value()).toBe(result.value);
        await expectAsDifferences(objective, result, model.seed, count);
      }),
      {
        numRuns: Number(process.env.RUNS ?? 60),
        seed: 11,
        endOnFailure: process.env.SHRINK === undefined,
      },
    );
    console.log(count);
    expect(count.resolved / count.all).toBeGreaterThan(0.8);
  },
  120_000,
);
