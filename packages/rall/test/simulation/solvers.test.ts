/** Every solver: orders, agreement of the linear ones, what is unstable. */
import fc from "fast-check";
import { Branch, Cell, Compartment, integrate, makeTree, Network, solveTree } from "rall";
import { HH, Leak } from "rall/channels";
import { describe, expect, test } from "vitest";
import { solveDense } from "../../src/numerics/dense.ts";
import { exponentialOfTree } from "../../src/numerics/exponential.ts";
import { solveStone } from "../../src/numerics/stone.ts";
import { runs } from "../long.ts";

function spiking(): Cell {
  const cell = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0, 0] });
  cell.insert(HH).set("axial_resistivity", 100).set("length", 40).set("v", -60);
  // Gates off their steady states, so that they move from the start
  return cell.set("HH_m", 0.1).set("HH_h", 0.4).set("HH_n", 0.4) as Cell;
}

describe.each(["reference", "wasm"] as const)("on %s", (backend) => {
  test("the staggered scheme is of second order, the others of first (bug 22)", async () => {
    const end = async (solver: "staggered" | "crank_nicolson" | "bwd_euler", dt: number) => {
      const cell = spiking().record("v");
      const { recordings } = await integrate(cell, {
        backend,
        solver,
        dt,
        tMax: 2.0001,
        tabulate: false,
      });
      return recordings[0]?.[Math.round(2 / dt)] ?? Number.NaN;
    };
    const exact = await end("staggered", 0.00025);
    const order = async (solver: "staggered" | "crank_nicolson" | "bwd_euler") => {
      const [coarse, fine] = [await end(solver, 0.02), await end(solver, 0.01)];
      return Math.log2(Math.abs(coarse - exact) / Math.abs(fine - exact));
    };
    expect(await order("staggered")).toBeGreaterThan(1.9);
    expect(Math.abs((await order("crank_nicolson")) - 1)).toBeLessThan(0.15);
    expect(Math.abs((await order("bwd_euler")) - 1)).toBeLessThan(0.15);
  });

  test("a staggered run that is paused goes on with the same bits", async () => {
    const cell = spiking().record("v");
    const options = { backend, solver: "staggered", tabulate: false } as const;
    const whole = await integrate(cell, { ...options, tMax: 3.98 });
    const first = await integrate(cell, { ...options, tMax: 1.98, returnStates: true });
    if (first.states === undefined) throw new Error("no states");
    const rest = await integrate(cell, { ...options, tMax: 1.98, initialState: first.states });
    for (const [row, series] of whole.recordings.entries())
      expect(rest.recordings[row]).toEqual(series.slice(80));
  });

  test("all linear solvers and names of Jaxley give the same", async () => {
    const run = async (linearSolver: string) => {
      const cell = spiking().record("v");
      return (await integrate(cell, { backend, linearSolver, tMax: 5, tabulate: false }))
        .recordings;
    };
    const expected = await run("hines");
    for (const name of [
      "stone",
      "dense",
      "jaxley.dhs",
      "jaxley.stone",
      "jax.sparse",
      "jaxley.thomas",
    ]) {
      for (const [row, series] of (await run(name)).entries())
        for (const [k, v] of series.entries())
          expect(Math.abs(v - (expected[row]?.[k] ?? 0))).toBeLessThan(1e-8);
    }
  });

  test("explicit solvers work on one compartment and on networks (bug 13)", async () => {
    const point = new Compartment();
    point.insert(HH).set("v", -60).initStates();
    for (const module of [point, new Network([point, spiking(), point])]) {
      const run = async (solver: "fwd_euler" | "exp_euler" | "bwd_euler") =>
        (await integrate(module, { backend, solver, dt: 0.001, tMax: 2 })).recordings[0] ?? [];
      module.record("v");
      const expected = (await run("bwd_euler")).at(-1) ?? 0;
      for (const solver of ["fwd_euler", "exp_euler"] as const)
        expect(Math.abs(((await run(solver)).at(-1) ?? 0) - expected)).toBeLessThan(0.1);
    }
  });

  test("explicit Euler says how short its steps must be", async () => {
    const cable = new Branch(new Compartment(), { ncomp: 20 });
    cable.insert(Leak).set("axial_resistivity", 50).set("length", 5).record("v");
    cable.comp(0).set("v", 0);
    const unstable = await integrate(cable, { backend, solver: "fwd_euler", tMax: 200 });
    expect(unstable.status.code).toBe("nonFinite");
    expect(unstable.status.message).toMatch(/stable up to about dt = 0\.0\d+ ms/);
    const [warning] = unstable.warnings.filter(({ code }) => code === "unstable-step");
    const limit = Number(/about ([\d.]+) ms/.exec(warning?.message ?? "")?.[1]);
    for (const [factor, code] of [
      [0.9, "completed"],
      [1.2, "nonFinite"],
    ] as const) {
      const dt = limit * factor;
      const { status } = await integrate(cable, {
        backend,
        solver: "fwd_euler",
        dt,
        tMax: 6000 * dt,
      });
      expect(status.code, `at ${dt} ms`).toBe(code);
    }
  });

  test("unknown solvers are refused with the list", async () => {
    const one = new Compartment().record("v");
    const run = (options: object) => integrate(one, { backend, tMax: 1, ...options });
    await expect(run({ solver: "bwd_eular" })).rejects.toThrow('Did you mean "bwd_euler"');
    await expect(run({ solver: "rk4" })).rejects.toThrow(
      "bwd_euler, crank_nicolson, staggered, fwd_euler, exp_euler",
    );
    await expect(run({ linearSolver: "lu" })).rejects.toThrow("hines, stone, dense");
  });
});

/** Trees of compartments with massless nodes where branches meet, as models have them. */
const systems = fc
  .record({
    parents: fc.array(fc.nat(), { minLength: 0, maxLength: 30 }),
    spread: fc.double({ min: 0, max: 3, noNaN: true }),
    numbers: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 93, maxLength: 93 }),
  })
  .map(({ parents, spread, numbers }) => {
    const parent = [-1, ...parents.map((above, k) => above % (k + 1))];
    const at = (k: number) => numbers[k % numbers.length] ?? 0.5;
    return {
      parent,
      link: parent.map((above, k) => (above < 0 ? 0 : 10 ** (spread * (at(k) - 0.5)))),
      capacity: parent.map((_, k) => 0.1 + at(31 + k)),
      right: parent.map((_, k) => at(62 + k) - 0.5),
    };
  });

test("scans, elimination and the full matrix agree on random trees and cables to 1e-12", () => {
  fc.assert(
    fc.property(systems, fc.boolean(), ({ parent, link, capacity, right }, isCable) => {
      const above = isCable ? parent.map((_, k) => k - 1) : parent;
      const g = link.map((one, k) => (k === 0 ? 0 : one === 0 ? 1 : one));
      const tree = makeTree(above, g, capacity);
      const solve = (solver: typeof solveTree) => {
        const diagonal = Float64Array.from(capacity);
        for (const [k, p] of above.entries()) {
          if (p < 0) continue;
          diagonal[k] = (diagonal[k] ?? 0) + (g[k] ?? 0);
          diagonal[p] = (diagonal[p] ?? 0) + (g[k] ?? 0);
        }
        const x = Float64Array.from(right);
        solver(tree, diagonal, Float64Array.from(g), x);
        return x;
      };
      const expected = solve(solveDense);
      const scale = Math.max(...expected.map(Math.abs));
      for (const solver of [solveTree, solveStone]) {
        for (const [k, x] of solve(solver).entries())
          expect(Math.abs(x - (expected[k] ?? 0)) / scale).toBeLessThan(1e-12);
      }
    }),
    { numRuns: runs(100, 500) },
  );
});

test("the exponential of a tree is that of its matrix to 1e-10", () => {
  fc.assert(
    fc.property(systems, ({ parent, link, capacity, right }) => {
      const tree = makeTree(parent, link, capacity);
      const n = parent.length;
      const matrix = Array.from({ length: n }, () => new Float64Array(n));
      const add = (i: number, j: number, x: number) => {
        const row = matrix[i];
        if (row !== undefined) row[j] = (row[j] ?? 0) + x;
      };
      for (const [k, p] of parent.entries()) {
        if (p < 0) continue;
        for (const [a, b] of [
          [k, p],
          [p, k],
        ] as const) {
          add(a, a, -(link[k] ?? 0) / (capacity[a] ?? 1));
          add(a, b, (link[k] ?? 0) / (capacity[a] ?? 1));
        }
      }
      const dt = 0.025;
      const expected = denseExponential(matrix, dt);
      for (const [i, x] of exponentialOfTree(tree, right, dt).entries()) {
        const exact = right.reduce((sum, value, j) => sum + (expected[i]?.[j] ?? 0) * value, 0);
        expect(Math.abs(x - exact)).toBeLessThan(1e-10);
      }
    }),
    { numRuns: runs(30, 100) },
  );
});

/** By scaling, Taylor's series and squaring. */
function denseExponential(matrix: readonly Float64Array[], dt: number): Float64Array[] {
  const n = matrix.length;
  const norm = Math.max(...matrix.map((row) => row.reduce((sum, x) => sum + Math.abs(x), 0))) * dt;
  const squarings = Math.max(0, Math.ceil(Math.log2(norm / 0.1)));
  const product = (a: readonly Float64Array[], b: readonly Float64Array[]) =>
    a.map((row) =>
      Float64Array.from({ length: n }, (_, j) =>
        row.reduce((sum, x, k) => sum + x * (b[k]?.[j] ?? 0), 0),
      ),
    );
  const scaled = matrix.map((row) => row.map((x) => (x * dt) / 2 ** squarings));
  let term = matrix.map((_, i) => Float64Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
  let sum = term;
  for (let k = 1; k < 14; k++) {
    term = product(term, scaled).map((row) => row.map((x) => x / k));
    sum = sum.map((row, i) => row.map((x, j) => x + (term[i]?.[j] ?? 0)));
  }
  for (let k = 0; k < squarings; k++) sum = product(sum, sum);
  return sum;
}
