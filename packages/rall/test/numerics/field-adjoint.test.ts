/** Derivatives of one step along a tree, for every solver: against differences, and the two modes against each other. */
import fc from "fast-check";
import { makeTree, type Tree } from "rall";
import { describe, expect, test } from "vitest";
import { type FieldMethod, stepField } from "../../src/numerics/field.ts";
import { reverseField, tangentField } from "../../src/numerics/field-adjoint.ts";

/** All that a step starts from. */
interface Start {
  readonly conductance: Float64Array;
  readonly capacity: Float64Array;
  readonly values: Float64Array;
  readonly slope: Float64Array;
  readonly right: Float64Array;
}

interface Problem extends Start {
  readonly parent: readonly number[];
}

const methods: FieldMethod[] = [
  ...(["bwd_euler", "crank_nicolson", "staggered"] as const).flatMap((solver) =>
    (["hines", "stone", "dense"] as const).map((linearSolver) => ({ solver, linearSolver })),
  ),
  { solver: "fwd_euler", linearSolver: "hines" },
  { solver: "exp_euler", linearSolver: "hines" },
];
const dt = 0.05;

const column = (length: number, low: number, high: number) =>
  fc
    .array(fc.integer({ min: 0, max: 1e6 }), { minLength: length, maxLength: length })
    .map((all) => Float64Array.from(all, (n) => low + ((high - low) * n) / 1e6));

/** Trees in which every third node is massless unless its parent is. */
const problems: fc.Arbitrary<Problem> = fc
  .array(fc.nat(), { minLength: 1, maxLength: 12 })
  .chain((picks) => {
    const parent = [-1, ...picks.map((pick, i) => pick % (i + 1))];
    const isMassless: boolean[] = [];
    for (const [i, above] of parent.entries())
      isMassless.push(i > 0 && i % 3 === 2 && isMassless[above] !== true);
    const length = parent.length;
    // The children of a massless node have capacity
    for (const [i, above] of parent.entries())
      if (isMassless[above] === true) isMassless[i] = false;
    return fc
      .tuple(
        column(length, 0.1, 4),
        column(length, 0.5, 3),
        column(length, -90, 30),
        column(length, -1, 30),
        column(length, -200, 200),
      )
      .map(([conductance, capacity, values, slope, right]) => ({
        parent,
        conductance: conductance.map((g, i) => (i === 0 ? 0 : g)),
        capacity: capacity.map((c, i) => (isMassless[i] === true ? 0 : c)),
        values,
        slope: slope.map((s, i) => (isMassless[i] === true ? 0 : s)),
        right: right.map((r, i) => (isMassless[i] === true ? 0 : r)),
      }));
  });

const directions = (length: number) => column(5 * length, -1, 1);

function treeOf({ parent }: Problem, { conductance, capacity }: Start): Tree {
  return makeTree(parent, conductance, capacity);
}

function step(method: FieldMethod, problem: Problem, start: Start): Float64Array {
  const { capacity, values, slope, right } = start;
  const terms = { slope: slope.slice(), constant: right.slice() };
  for (const [i, c] of capacity.entries()) {
    const perTime = c === 0 ? 0 : (slope[i] ?? 0) / c;
    terms.slope[i] = perTime;
    terms.constant[i] = c === 0 ? 0 : (right[i] ?? 0) / c + perTime * (values[i] ?? 0);
  }
  return stepField(method, treeOf(problem, start), values, terms, dt);
}

/** A direction in the space of starts; roots have no link and massless nodes neither capacity nor membrane. */
function direct({ parent, capacity }: Problem, all: Float64Array): Start {
  const n = capacity.length;
  const part = (k: number) => all.slice(k * n, (k + 1) * n);
  const ofCompartments = (values: Float64Array) =>
    values.map((value, i) => (capacity[i] === 0 ? 0 : value));
  return {
    conductance: part(0).map((value, i) => ((parent[i] ?? -1) < 0 ? 0 : value)),
    capacity: ofCompartments(part(1)),
    values: part(2),
    slope: ofCompartments(part(3)),
    right: ofCompartments(part(4)),
  };
}

const keys = ["conductance", "capacity", "values", "slope", "right"] as const;

function moved(start: Start, direction: Start, by: number): Start {
  const add = (key: (typeof keys)[number]) =>
    start[key].map((value, i) => value + by * (direction[key][i] ?? 0));
  return {
    conductance: add("conductance"),
    capacity: add("capacity"),
    values: add("values"),
    slope: add("slope"),
    right: add("right"),
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

describe.each(methods)("$solver, $linearSolver", (method) => {
  const tangentOf = (problem: Problem, direction: Start) => {
    const { values, slope, right } = problem;
    const stepped = step(method, problem, problem);
    const tree = treeOf(problem, problem);
    return tangentField(method, tree, values, stepped, slope, right, dt, direction);
  };

  test("the forward mode is the limit of differences", () => {
    const one = problems.chain((problem) =>
      fc.tuple(fc.constant(problem), directions(problem.parent.length)),
    );
    fc.assert(
      fc.property(one, ([problem, all]) => {
        const direction = direct(problem, all);
        const tangent = tangentOf(problem, direction);
        const difference = (by: number) => {
          const [up, down] = [by, -by].map((h) =>
            step(method, problem, moved(problem, direction, h)),
          );
          return tangent.map((_, i) => ((up?.[i] ?? 0) - (down?.[i] ?? 0)) / (2 * by));
        };
        const [coarse, fine] = [difference(2e-3), difference(1e-3)];
        const size = 1 + Math.max(...tangent.map(Math.abs));
        for (const [i, value] of tangent.entries()) {
          const limit = (4 * (fine[i] ?? 0) - (coarse[i] ?? 0)) / 3;
          expect(Math.abs(value - limit) / size).toBeLessThan(1e-7);
        }
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  test("the reverse mode is the transpose of the forward mode", () => {
    const one = problems.chain((problem) => {
      const n = problem.parent.length;
      return fc.tuple(fc.constant(problem), directions(n), column(n, -1, 1));
    });
    fc.assert(
      fc.property(one, ([problem, all, bar]) => {
        const direction = direct(problem, all);
        const tangent = tangentOf(problem, direction);
        const { values, slope, right, parent } = problem;
        const stepped = step(method, problem, problem);
        const tree = treeOf(problem, problem);
        const sums = {
          conductance: new Float64Array(parent.length),
          capacity: new Float64Array(parent.length),
        };
        const by = reverseField(method, tree, values, stepped, slope, right, dt, bar, sums);
        const bars = { ...by, ...sums };
        const forward = dot(bar, tangent);
        const reverse = keys.reduce((sum, key) => sum + dot(bars[key], direction[key]), 0);
        const size = keys.reduce(
          (sum, key) => sum + dot(bars[key].map(Math.abs), direction[key].map(Math.abs)),
          1,
        );
        expect(Math.abs(forward - reverse) / size).toBeLessThan(1e-11);
      }),
      { numRuns: 100, seed: 2 },
    );
  });
});

test("above the cut-off of exponential Euler nothing moves with the slope", () => {
  const method = { solver: "exp_euler", linearSolver: "hines" } as const;
  const one = (value: number) => Float64Array.of(value);
  const tree = makeTree([-1], [0], [1]);
  const sums = { conductance: one(0), capacity: one(0) };
  const by = reverseField(method, tree, one(-60), one(0), [-900], [2], dt, one(1), sums);
  expect(by.slope[0]).toBeCloseTo(0, 20);
  expect(by.right[0]).toBeCloseTo((dt * Math.expm1(20)) / 20, 6);
});
