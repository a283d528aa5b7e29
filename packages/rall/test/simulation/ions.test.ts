/** Concentrations: pumps, diffusion, reversal potentials. */
import fc from "fast-check";
import {
  Branch,
  Cell,
  Compartment,
  concentrationChange,
  defineChannel,
  definePump,
  fromJSON,
  ghk,
  integrate,
  Network,
  nernst,
  nernstReversal,
  q10,
  toJSON,
} from "rall";
import { CaL, CaNernstReversal, CaT, HH, Leak } from "rall/channels";
import { evaluate, parse } from "rall/expressions";
import { CaFaradayConcentrationChange, CaPump } from "rall/pumps";
import { describe, expect, test } from "vitest";
import { runs } from "../long.ts";

function cell(ncomp = 3): Cell {
  const one = new Cell(new Branch(new Compartment(), { ncomp }), { parents: [-1, 0, 0] });
  return one.insert(HH).set("axial_resistivity", 100).set("v", -65).set("length", 20) as Cell;
}

const pulse = new Float64Array(400).fill(0.3, 20, 60);

describe.each(["reference", "wasm"] as const)("on %s", (backend) => {
  test("what diffuses stays, and becomes equal in the end", async () => {
    const module = cell().insert(CaPump) as Cell;
    module.set("CaPump_decay", 1e15).set("CaPump_gamma", 0).set("CaCon_i", 0);
    module.branch(0).comp(0).set("CaCon_i", 1);
    module.branch(2).set("radius", 3);
    module.diffuse("CaCon_i").set("axial_diffusion_CaCon_i", 200);
    module.record("CaCon_i");
    const volume = module.get("volume");
    for (const solver of ["bwd_euler", "crank_nicolson", "exp_euler"] as const) {
      const { recordings } = await integrate(module, { backend, solver, dt: 0.1, tMax: 100 });
      const mass = (k: number) =>
        recordings.reduce((sum, row, i) => sum + (row[k] ?? 0) * (volume[i] ?? 0), 0);
      for (const k of [1, 10, 1000]) expect(Math.abs(mass(k) / mass(0) - 1)).toBeLessThan(1e-11);
      const end = recordings.map((row) => row.at(-1) ?? 0);
      for (const one of end) expect(Math.abs(one / (end[0] ?? 1) - 1)).toBeLessThan(1e-3);
    }
  });

  test("Fick's law on a cable: the profile spreads as a Gaussian", async () => {
    const cable = new Branch(new Compartment(), { ncomp: 201 });
    cable.insert(CaPump).set("CaPump_decay", 1e15).set("CaPump_gamma", 0).set("CaCon_i", 0);
    cable.set("length", 0.5).comp(100).set("CaCon_i", 1);
    cable.diffuse("CaCon_i").set("axial_diffusion_CaCon_i", 0.6);
    cable.record("CaCon_i");
    const { recordings } = await integrate(cable, {
      backend,
      solver: "crank_nicolson",
      dt: 0.01,
      tMax: 20,
    });
    const [t, d] = [20, 0.6];
    for (const i of [75, 85, 100, 110, 120]) {
      const x = (i - 100) * 0.5;
      const exact = (0.5 / Math.sqrt(4 * Math.PI * d * t)) * Math.exp((-x * x) / (4 * d * t));
      expect(Math.abs((recordings[i]?.[2000] ?? 0) / exact - 1)).toBeLessThan(0.03);
    }
  });

  test("a clamp of what diffuses holds, and feeds its neighbours", async () => {
    const module = cell().insert(CaPump).set("CaPump_decay", 1e15) as Cell;
    module.diffuse("CaCon_i").set("axial_diffusion_CaCon_i", 10);
    module.branch(0).comp(1).clamp("CaCon_i", new Float64Array(200).fill(0.01));
    module.record("CaCon_i");
    const { recordings } = await integrate(module, { backend });
    expect(recordings[1]?.slice(1).every((value) => value === 0.01)).toBe(true);
    expect(recordings[2]?.[200]).toBeGreaterThan(1e-4);
  });

  test("CaL and CaT drive calcium by the reversal potential that CaNernstReversal keeps (bug 3)", async () => {
    const one = new Compartment();
    one.insert(Leak).insert(CaL).insert(CaNernstReversal).insert(CaPump);
    one.set("CaL_gCaL", 1e-3).set("v", -30).initStates();
    const current = one.stimulate(new Float64Array(400).fill(0.002));
    current
      .record("eCa")
      .record("CaCon_i")
      .record("i_Ca")
      .record("v")
      .record("CaL_q")
      .record("CaL_r");
    const { recordings } = await integrate(one, { backend });
    const [eCa, inside, i, v, q, r] = recordings;
    for (let k = 2; k < 400; k++) {
      // The rule sees the concentration at the start of the step
      const reversal =
        ((8.314 * 279.45) / (2 * 96485.3329)) * 1000 * Math.log(2 / (inside?.[k - 1] ?? 1));
      expect(Math.abs((eCa?.[k] ?? 0) - reversal)).toBeLessThan(1e-9);
      const drive = 1e-3 * (q?.[k] ?? 0) ** 2 * (r?.[k] ?? 0) * ((v?.[k - 1] ?? 0) - reversal);
      expect(Math.abs((i?.[k] ?? 0) - drive)).toBeLessThan(1e-12);
    }
    expect(inside?.[399]).toBeGreaterThan(1e-4);
  });

  test("Faraday's law counts the charge that came in (bug 23: by area over volume)", async () => {
    const Pump = concentrationChange("Sodium", {
      ion: "NaCon_i",
      current: "i_Na",
      valence: 1,
      start: 10,
    });
    const Channel = defineChannel("Inward", { current: "-0.05", currentName: "i_Na" });
    const one = new Compartment();
    one.insert(Channel).insert(Pump).set("area", 500).set("volume", 700).record("NaCon_i");
    const { recordings } = await integrate(one, { backend, tMax: 10 });
    // 0.05 mA/cm2 over 500 um2 are 2.5e-7 mA; per Faraday and 700 um3
    const rate = (0.05 * 500e-8) / (96485.33212 * 700e-12);
    const [row = new Float64Array()] = recordings;
    const steps = row.length - 1;
    expect((row[steps] ?? 0) - 10).toBeCloseTo(rate * steps * 0.025 * 1e-3 * 1e3, 6);
  });

  test("several pumps of one ion add up, and a pump reads the last current of its channel", async () => {
    const Slow = definePump("Slow", {
      parameters: { rate: { value: 0.02 } },
      states: { x: { value: 1, shared: true } },
      ion: "x",
      current: "rate * x",
    });
    const Fast = definePump("Fast", {
      states: { x: { value: 1, shared: true }, i_X: { value: 5, shared: true } },
      ion: "x",
      current: "0.03 * x + 0.001 * i_X",
    });
    const Source = defineChannel("Source", { current: "1e-3 * v", currentName: "i_X" });
    const one = new Compartment();
    one.insert(Slow).insert(Fast).insert(Source).set("v", -10);
    one.record("x").record("i_X").record("i_Fast").record("v");
    const dt = 0.025;
    const { recordings } = await integrate(one, { backend, dt, tMax: 5 });
    const [x, i, loss] = recordings;
    expect(loss?.[0]).toBeCloseTo(0.03 + 0.001 * 5, 12);
    for (let k = 1; k < 100; k++) {
      const before = x?.[k - 1] ?? 0;
      const total = 0.05 * before + 0.001 * (i?.[k - 1] ?? 0);
      expect(x?.[k]).toBeCloseTo(before - total / (1 / dt + 0.05), 12);
      expect(loss?.[k]).toBeCloseTo(0.03 * before + 0.001 * (i?.[k - 1] ?? 0), 12);
    }
  });

  test("a run that is paused goes on with the same bits", async () => {
    const module = calcium();
    module.record("CaCon_i").record("v");
    const options = { backend, tabulate: false } as const;
    const whole = await integrate(module, { ...options, tMax: 9.98 });
    const first = await integrate(module, { ...options, tMax: 4.98, returnStates: true });
    module.deleteStimuli();
    if (first.states === undefined) throw new Error("no states");
    const rest = await integrate(module, { ...options, tMax: 4.98, initialState: first.states });
    for (const [row, series] of whole.recordings.entries())
      expect(rest.recordings[row]).toEqual(series.slice(200));
  });

  test("the calcium cell in files and networks is the same", async () => {
    const module = calcium();
    const twin = fromJSON(JSON.parse(JSON.stringify(toJSON(module.copy().record("CaCon_i")))));
    const net = new Network([module, module]);
    net.cell(1).branch(0).comp(0).stimulate(pulse);
    net.cell(1).record("CaCon_i");
    module.record("CaCon_i");
    const runs = [module, twin, net].map((one) =>
      integrate(one, { backend, tMax: 8, tabulate: false }),
    );
    const [own, read, joined] = await Promise.all(runs);
    expect(read?.recordings).toEqual(own?.recordings);
    for (const [row, series] of (own?.recordings ?? []).entries())
      for (const [k, value] of series.entries())
        expect(Math.abs((joined?.recordings[row]?.[k] ?? 0) / value - 1)).toBeLessThan(1e-9);
  });
});

function calcium(): Cell {
  const module = cell(2);
  module.branch([0, 1]).insert(CaL);
  module.insert(CaT).insert(CaPump).insert(CaNernstReversal);
  module.diffuse("CaCon_i").set("axial_diffusion_CaCon_i", 2).initStates();
  module.branch(0).comp(0).stimulate(pulse);
  return module;
}

test("random ions: the backends agree, with every solver", async () => {
  const mechanisms = [
    HH,
    Leak,
    CaL,
    CaT,
    CaPump,
    CaFaradayConcentrationChange,
    CaNernstReversal,
  ] as const;
  const insertion = fc.record({
    which: fc.nat(6),
    where: fc.subarray([0, 1, 2], { minLength: 1 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(insertion, { minLength: 2, maxLength: 8 }),
      fc.boolean(),
      fc.constantFrom("bwd_euler", "crank_nicolson", "staggered", "fwd_euler", "exp_euler"),
      fc.constantFrom("hines", "stone", "dense"),
      async (insertions, diffuses, solver, linearSolver) => {
        const module = new Cell(new Branch(new Compartment(), { ncomp: 2 }), {
          parents: [-1, 0, 0],
        });
        module.set("axial_resistivity", 300).set("length", 40).set("v", -65);
        const done = new Set<string>();
        for (const { which, where } of insertions) {
          const mechanism = mechanisms[which] ?? Leak;
          for (const branch of where) {
            if (done.has(`${which} ${branch}`)) continue;
            done.add(`${which} ${branch}`);
            module.branch(branch).insert(mechanism);
          }
        }
        const { root } = module;
        if (diffuses && root.description.quantities().get("CaCon_i")?.isState === true)
          module.diffuse("CaCon_i");
        module.initStates();
        module
          .branch(0)
          .comp(0)
          .stimulate(pulse.map((value) => value / 5));
        module.record("v");
        for (const state of ["CaCon_i", "eCa", "i_Ca"]) {
          const known = root.description.quantities().get(state)?.isState === true;
          if (known || root.description.currentNames().has(state)) module.record(state);
        }
        const options = {
          solver,
          linearSolver,
          tMax: 4,
          tabulate: false,
          returnStates: true,
        } as const;
        const reference = await integrate(module, { ...options, backend: "reference" });
        const wasm = await integrate(module, { ...options, backend: "wasm" });
        for (const [row, series] of reference.recordings.entries()) {
          const scale = Math.max(...series.map(Math.abs), 1e-9);
          for (const [k, value] of series.entries())
            expect(Math.abs((wasm.recordings[row]?.[k] ?? 0) - value) / scale).toBeLessThan(1e-8);
        }
        const keys = (states: typeof wasm.states) => Object.keys(states?.values ?? {}).sort();
        expect(keys(wasm.states)).toEqual(keys(reference.states));
      },
    ),
    { numRuns: runs(20, 100) },
  );
});

test("formulas of ions, as numbers and as text", () => {
  expect(nernst(5e-5, 2, 2, 310)).toBeCloseTo(141.53, 1);
  const text = (code: string) => evaluate(parse(code, {}));
  expect(text("nernst(140, 5, 1, 310)")).toBeCloseTo(-89.02, 1);
  expect(q10(3, 26.3, 6.3)).toBe(9);
  expect(text("q10(2.3, 37, 37)")).toBe(1);
  // GHK: 0 at Nernst's potential, continuous at 0 mV, and there the flux of free diffusion
  const reversal = nernst(1e-4, 2, 2, 310);
  expect(Math.abs(ghk(reversal, 1e-4, 2, 2, 310))).toBeLessThan(1e-9);
  expect(ghk(0, 1, 3, 1, 300)).toBeCloseTo(-2 * 96485.33212 * 1e-3, 6);
  expect(Math.abs(ghk(1e-7, 1, 3, 1, 300) - ghk(-1e-7, 1, 3, 1, 300))).toBeLessThan(1e-2);
});

test("temperature is a property of compartments", async () => {
  const Warm = defineChannel("Warm", {
    states: { n: { value: 1, derivative: "-n * q10(3, celsius, 6.3) / 10" } },
  });
  const branch = new Branch(new Compartment(), { ncomp: 2 });
  branch.insert(Warm).comp(1).set("celsius", 16.3);
  branch.record("Warm_n");
  const { recordings } = await integrate(branch, { tMax: 10 });
  const ratio = Math.log(recordings[1]?.at(-1) ?? 1) / Math.log(recordings[0]?.at(-1) ?? 1);
  expect(ratio).toBeCloseTo(3, 9);
});

test("what cannot be is refused by name", () => {
  const module = cell();
  expect(() => module.diffuse("CaCon_i")).toThrow('no state "CaCon_i" that could diffuse');
  module.insert(CaPump);
  expect(() => module.diffuse("CaCon_j")).toThrow('Did you mean "CaCon_i"');
  expect(() => module.deleteDiffusion("CaCon_i")).toThrow("could diffuse");
  expect(() => module.set("axial_diffusion_CaCon_i", 1)).toThrow("axial_diffusion_CaCon_i");
  module.diffuse("CaCon_i");
  expect(() => module.set("axial_diffusion_CaCon_i", 0)).toThrow("cannot be 0");
  expect(() => new Network([module, cell().insert(CaPump) as Cell])).toThrow(
    "diffuses in some parts",
  );
  module.deleteDiffusion("CaCon_i");
  expect(() => definePump("P", { states: {}, ion: "c", current: "0" })).toThrow(
    "none of its states",
  );
  expect(() =>
    definePump("P", { states: { c: { value: 1, update: "c" } }, ion: "c", current: "0" }),
  ).toThrow("rule of its own");
  expect(() =>
    concentrationChange("Na", { ion: "c", current: "i_Na", valence: 1, start: 1 }),
  ).toThrow("The current i_Na of Na");
  const ion = { key: "a", value: 1 };
  const definition = { reversal: "e", inside: ion, outside: { key: "b", value: 1 } };
  expect(() => nernstReversal("N", { ...definition, valence: 0 })).toThrow("valence");
  expect(() =>
    concentrationChange("C", { ion: "c", current: "i_c", valence: 0.5, start: 1 }),
  ).toThrow("valence");
});
