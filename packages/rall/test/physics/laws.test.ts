/** Laws that need no reference: charge, reciprocity, invariances. Numbers of peers stand beside the bounds. */
import { readFileSync } from "node:fs";
import { Branch, Cell, Compartment, integrate, type Module, parseSwc, type View } from "rall";
import { HH, Leak } from "rall/channels";
import { describe, expect, test } from "vitest";

const swc = readFileSync(
  new URL("../../../../examples/morphologies/morph_ca1_n120_250.swc", import.meta.url),
  "utf8",
);
const backends = ["reference", "wasm"] as const;
const solvers = ["bwd_euler", "crank_nicolson"] as const;

function largestDifference(a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined) {
  if (a === undefined || b === undefined || a.length !== b.length)
    throw new Error("lengths differ");
  return Array.from(a).reduce(
    (worst, value, k) => Math.max(worst, Math.abs(value - (b[k] ?? 0))),
    0,
  );
}

describe.each(backends)("on %s", (backend) => {
  describe.each(solvers)("with %s", (solver) => {
    test("reciprocity on a traced cell (NEURON 2.8e-14 mV)", async () => {
      const answer = async (into: number, at: number) => {
        const cell = parseSwc(swc, { ncomp: 3 });
        cell.insert(Leak).set("Leak_gLeak", 1e-4).set("Leak_eLeak", -65).set("v", -65);
        cell.set("axial_resistivity", 120);
        cell.select([into]).stimulate(new Float64Array(800).fill(0.5));
        cell.select([at]).record();
        const { recordings } = await integrate(cell, { backend, solver, tabulate: false });
        return recordings[0];
      };
      for (const [a, b] of [
        [0, 29],
        [4, 17],
        [1, 12],
      ] as const) {
        const [there, back] = [await answer(a, b), await answer(b, a)];
        expect(Math.max(...(there ?? [])) + 65).toBeGreaterThan(0.1);
        expect(largestDifference(there, back)).toBeLessThan(1e-11);
      }
    });

    test("charge: capacities times voltages grow by exactly what is injected (NEURON 3e-15)", async () => {
      const cell = parseSwc(swc, { ncomp: 4 });
      cell.set("axial_resistivity", 90);
      cell.select([7]).stimulate(new Float64Array(400).fill(0.03));
      const { states } = await integrate(cell, { backend, solver, returnStates: true });
      const [area, capacitance] = [cell.get("area"), cell.get("capacitance")];
      const charge = (states?.values.v ?? new Float64Array()).reduce(
        (sum, v, i) => sum + (area[i] ?? 0) * (capacitance[i] ?? 0) * 1e-5 * (v + 70),
        0,
      );
      expect(Math.abs(charge / (0.03 * 10) - 1)).toBeLessThan(1e-11);
    });
  });

  test("with channels, each step balances: capacitive = injected - ionic current, linearised as the scheme does", async () => {
    const cell = new Cell(new Branch(new Compartment(), { ncomp: 3 }), { parents: [-1, 0, 0] });
    cell.insert(HH).set("axial_resistivity", 100).set("v", -65).initStates();
    cell.comp(0);
    cell.select([2]).stimulate(new Float64Array(200).fill(0.4));
    cell.record("v").record("HH_m").record("HH_h").record("HH_n");
    const { recordings, names } = await integrate(cell, { backend, dt: 0.025, tabulate: false });
    const row = (key: string, i: number) =>
      recordings[names.findIndex((name, r) => name.startsWith(key) && r % 9 === i)] ??
      new Float64Array();
    const area = cell.get("area");
    for (let k = 1; k < 200; k += 7) {
      let [capacitive, ionic] = [0, 0];
      for (let i = 0; i < 9; i++) {
        const [before = 0, v = 0] = [row("v", i)[k - 1], row("v", i)[k]];
        const [m = 0, h = 0, n = 0] = ["HH_m", "HH_h", "HH_n"].map((key) => row(key, i)[k]);
        // Currents of HH are linear in the voltage, so that the linearised one is the one at the new voltage
        const density =
          0.12 * m ** 3 * h * (v - 50) + 0.036 * n ** 4 * (v + 77) + 0.0003 * (v + 54.3);
        const a = (area[i] ?? 0) * 1e-8;
        capacitive += a * 1e3 * ((v - before) / 0.025);
        ionic += a * density * 1e6;
      }
      const scale = Math.abs(capacitive) + Math.abs(ionic) + 0.4;
      expect(Math.abs(capacitive - (0.4 - ionic)) / scale, `step ${k}`).toBeLessThan(1e-10);
    }
  });

  describe("invariances", () => {
    const cable = (ncomp: number, length: number): Module => {
      const branch = new Branch(new Compartment(), { ncomp });
      branch.set("length", length).set("radius", 1).set("axial_resistivity", 100).set("v", -65);
      branch.insert(HH).initStates();
      return branch;
    };
    const experiment = async (module: View, into: number, at: number, current = 0.4, delay = 0) => {
      const samples = new Float64Array(800 + delay).fill(current, delay);
      module.select([into]).stimulate(samples);
      module.select([at]).record();
      return (await integrate(module, { backend, tabulate: false })).recordings[0];
    };

    test("a shift of the stimulus shifts the answer", async () => {
      const settle = async (module: Module) => {
        module.select([0]).record("v");
        const { states } = await integrate(module, {
          backend,
          tMax: 300,
          returnStates: true,
          tabulate: false,
        });
        module.deleteRecordings();
        return states;
      };
      const module = cable(6, 50);
      const rest = await settle(module);
      if (rest === undefined) throw new Error();
      module.select([0]).record();
      const run = async (delay: number) => {
        module
          .deleteStimuli()
          .select([0])
          .stimulate(new Float64Array(700 + delay).fill(0.4, delay));
        return (await integrate(module, { backend, initialState: rest, tabulate: false }))
          .recordings[0];
      };
      const [early, late] = [await run(0), await run(120)];
      expect(Math.max(...(early ?? []))).toBeGreaterThan(0);
      expect(largestDifference(early, late?.slice(120))).toBeLessThan(1e-9);
    });

    test("twice the area and twice the current give the same voltages", async () => {
      const wide = new Compartment();
      const narrow = new Compartment();
      for (const [one, radius] of [
        [narrow, 5],
        [wide, 10],
      ] as const)
        one.insert(HH).set("radius", radius).set("length", 20).set("v", -65).initStates();
      const [a, b] = [await experiment(narrow, 0, 0, 0.2), await experiment(wide, 0, 0, 0.4)];
      expect(largestDifference(a, b)).toBeLessThan(1e-9);
    });

    test("branches in another order are the same cell", async () => {
      const build = (parents: number[], lengths: number[]) => {
        const branches = lengths.map((length) => {
          const branch = new Branch(new Compartment(), { ncomp: 2 });
          branch.set("length", length);
          return branch;
        });
        const cell = new Cell(branches, { parents });
        cell.insert(HH).set("axial_resistivity", 150).set("v", -65).initStates();
        return cell;
      };
      const one = build([-1, 0, 0, 1, 1], [10, 20, 30, 40, 50]);
      const other = build([-1, 0, 0, 2, 2], [10, 30, 20, 50, 40]);
      // Branch 3 of the first is branch 4 of the second
      const [a, b] = [await experiment(one, 0, 7), await experiment(other, 0, 9)];
      expect(largestDifference(a, b)).toBeLessThan(1e-9);
    });

    test("two equal daughters are one of twice the membrane and half the resistance", async () => {
      const build = (parents: number[]) => {
        const cell = new Cell(new Branch(new Compartment(), { ncomp: 4 }), { parents });
        cell.insert(HH).set("axial_resistivity", 150).set("v", -65).initStates();
        return cell;
      };
      const two = build([-1, 0, 0]);
      const one = build([-1, 0]);
      const daughter = one.branch(1);
      for (const [key, factor] of [
        ["area", 2],
        ["volume", 2],
        ["resistive_load_in", 0.5],
        ["resistive_load_out", 0.5],
      ] as const)
        daughter.set(
          key,
          daughter.get(key).map((value) => factor * value),
        );
      const [a, b] = [await experiment(two, 0, 6), await experiment(one, 0, 6)];
      expect(Math.max(...(a ?? []))).toBeGreaterThan(0);
      expect(largestDifference(a, b)).toBeLessThan(1e-9);
    });

    test("a cable in pieces is the cable", async () => {
      const pieces = new Cell(
        [3, 5, 1, 7].map((ncomp) => {
          const branch = new Branch(new Compartment(), { ncomp });
          branch.set("length", 25).set("radius", 1);
          return branch;
        }),
        { parents: [-1, 0, 1, 2] },
      );
      pieces.set("axial_resistivity", 100).set("v", -65).insert(HH).initStates();
      const [a, b] = [await experiment(cable(16, 25), 0, 14), await experiment(pieces, 0, 14)];
      expect(largestDifference(a, b)).toBeLessThan(1e-9);
    });
  });
});
