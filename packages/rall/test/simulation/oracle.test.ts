/** @file The backends agree on models in which everything reads everything. */
import fc from "fast-check";
import { integrate, type ModelOptions, RandomStream } from "rall";
import { expect, test } from "vitest";
import { referenceBackend } from "../../src/backends/reference/backend.ts";
import { wasmBackend } from "../../src/backends/wasm/backend.ts";
import type { PlanGradient } from "../../src/plan/gradient.ts";
import type { Plan } from "../../src/plan/plan.ts";
import {
  dot,
  gradientOf,
  Loss,
  largest,
  numbersOf,
  type Problem,
  partsOf,
  problemOf,
  randomDirection,
  tangentOf,
} from "../backends/differentiated.ts";
import { runs } from "../long.ts";
import { buildMechanisms, mechanismSteps } from "./random-mechanisms.ts";

/** How many models are tried; by hand any number of others: RALL_MODELS=5000 RALL_SEED=7. */
const count = (quick: number) => Number(process.env.RALL_MODELS ?? runs(quick, 250));
const seed = Number(process.env.RALL_SEED ?? 14);
const tolerance = 1e-9;

const ways = fc.record({
  solver: fc.constantFrom("bwd_euler", "crank_nicolson", "staggered", "fwd_euler", "exp_euler"),
  linearSolver: fc.constantFrom("hines", "hines", "stone", "dense"),
  slopes: fc.constantFrom("exact", "exact", "difference"),
  tabulate: fc.boolean(),
} as const);

function scaleOf(series: Float64Array): number {
  return largest(series.filter(Number.isFinite)) || 1e-6;
}

/** Largest difference of two gradients, each part relative to its size. */
function distance(plan: Plan, expected: PlanGradient, found: PlanGradient): number {
  const own = new Map(partsOf(found));
  const sizes = new Map(partsOf(numbersOf(plan, expected)));
  const sizeOf = (name: string) => largest(sizes.get(name) ?? new Float64Array()) || 1;
  const all = partsOf(expected).map(([name, column]) => largest(column) * sizeOf(name));
  const most = Math.max(...all);
  let worst = 0;
  for (const [name, column] of partsOf(expected)) {
    if (plan.currentNames.includes(name) && !own.has(name)) continue;
    // What is a millionth of the others may be a difference of them
    const scale = Math.max(largest(column), (1e-6 * most) / sizeOf(name), 1e-300);
    for (const [i, value] of column.entries()) {
      const error = Math.abs((own.get(name)?.[i] ?? 0) - value) / scale;
      worst = error <= worst ? worst : error;
    }
  }
  return worst;
}

/** How far the gradient moves when the start voltages move by a few of their last bits. */
async function shake(oracle: Problem, loss: Loss, gradient: PlanGradient): Promise<number> {
  const { plan } = oracle;
  const v = plan.geometry.v.map((value) => value * (1 + 2e-15));
  const shaken = { ...oracle, plan: { ...plan, geometry: { ...plan.geometry, v } } };
  return distance(plan, gradient, await gradientOf(shaken, loss));
}

test("random mechanisms that read one another: forwards", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), ways, async (number, way) => {
      const { module, about } = buildMechanisms(number);
      const options: ModelOptions = { dt: 0.05, ...way };
      const [expected, found] = await Promise.all(
        (["reference", "wasm"] as const).map((backend) =>
          integrate(module, { ...options, backend, returnStates: true }),
        ),
      );
      expect(expected?.status.code, about).toBe("completed");
      expect(found?.status.code, about).toBe("completed");
      const { recordings } = module.root.description;
      const scales = new Map<string, number>();
      for (const [row, series] of (expected?.recordings ?? []).entries()) {
        const state = recordings[row]?.state ?? "";
        scales.set(state, Math.max(scaleOf(series), scales.get(state) ?? 0));
      }
      for (const [row, series] of (expected?.recordings ?? []).entries()) {
        const own = found?.recordings[row] ?? new Float64Array();
        const scale = scales.get(recordings[row]?.state ?? "") ?? 1;
        for (const [k, value] of series.entries()) {
          const error = Math.abs((own[k] ?? Number.NaN) - value) / scale;
          expect(error, `${expected?.names[row]} ${k}: ${own[k]} ${value}\n${about}`).toBeLessThan(
            tolerance,
          );
        }
      }
      for (const [key, values] of Object.entries(expected?.states?.values ?? {})) {
        const scale = scaleOf(values);
        for (const [i, value] of values.entries()) {
          const own = found?.states?.values[key]?.[i] ?? Number.NaN;
          if (Number.isNaN(value)) expect(own, `${key} ${i}`).toBeNaN();
          else
            expect(Math.abs(own - value) / scale, `${key} ${i}\n${about}`).toBeLessThan(tolerance);
        }
      }
    }),
    { numRuns: count(20), seed, endOnFailure: true },
  );
});

test("random mechanisms that read one another: derivatives", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), ways, async (number, way) => {
      const { module, about } = buildMechanisms(number, 4);
      const stream = new RandomStream(number);
      const { tabulate, ...options } = way;
      const problem = problemOf(wasmBackend, module, mechanismSteps, stream, {
        dt: 0.05,
        ...options,
      });
      const own = { ...problem, plan: { ...problem.plan, tabulates: tabulate } };
      const oracle = { ...problem, backend: referenceBackend };
      const loss = new Loss(stream, { countsStates: true });
      const gradient = await gradientOf(own, loss);
      const expected = await gradientOf(oracle, loss);
      const error = distance(problem.plan, expected, gradient);
      // Where last bits of voltages move the oracle itself as much, there is nothing to compare
      const least = error < tolerance ? tolerance : await shake(oracle, loss, expected);
      expect(error, about).toBeLessThan(Math.max(tolerance, least));
      if (least > tolerance) return;
      const isMoved = (name: string) =>
        !name.startsWith("delays") && !problem.plan.currentNames.includes(name);
      const direction = randomDirection(problem.plan, expected, stream, isMoved);
      const recorded = new Loss(new RandomStream(number), { countsStates: false });
      const { sum, size } = dot(await gradientOf(oracle, recorded), direction);
      const moves = await tangentOf(own, recorded, direction);
      expect(Math.abs(sum - moves) / (size || 1), `${sum} ${moves}\n${about}`).toBeLessThan(
        tolerance,
      );
    }),
    { numRuns: count(20), seed, endOnFailure: true },
  );
});
