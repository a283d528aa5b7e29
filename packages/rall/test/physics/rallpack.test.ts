/** Rallpack 1 to 3 (Bhalla, Bilitch, Bower 1992, Trends Neurosci. 15:453) and the exact Hodgkin-Huxley spike times. */
import { Branch, Cell, Compartment, integrate, type SolverName } from "rall";
import { HH, Leak } from "rall/channels";
import { describe, expect, test } from "vitest";
import { constantsOf, relativeRms, sealedCable, spikeTimes } from "./analytic.ts";

const membrane = { axialResistivity: 100, membraneResistance: 40_000, capacitance: 1 };
const cable = { ...membrane, length: 1000, diameter: 1 };
const passive = <M extends Branch | Cell>(module: M): M => {
  module
    .insert(Leak)
    .set("Leak_gLeak", 1 / 40_000)
    .set("Leak_eLeak", -65);
  module.set("v", -65).set("axial_resistivity", 100).set("capacitance", 1);
  return module;
};

function rallpackCable(ncomp: number): Branch {
  const branch = new Branch(new Compartment(), { ncomp });
  branch.set("length", 1000 / ncomp).set("radius", 0.5);
  return branch;
}

async function cableError(ncomp: number, dt: number, solver: SolverName) {
  const branch = passive(rallpackCable(ncomp));
  branch
    .comp(0)
    .stimulate(new Float64Array(Math.round(250 / dt)).fill(0.1))
    .record();
  branch.comp(ncomp - 1).record();
  const { time, recordings } = await integrate(branch, { dt, solver });
  const errorAt = (row: number, x: number) => {
    const reference = Array.from(time, (t) => sealedCable(cable, x, t, 0.1) - 65);
    return relativeRms(recordings[row] ?? [], reference);
  };
  return { near: errorAt(0, 500 / ncomp), far: errorAt(1, 1000 - 500 / ncomp) };
}

describe("Rallpack 1: a uniform cable", () => {
  test("both ends within 0.1 % at dt 0.05 (NSuite's bound)", async () => {
    const { near, far } = await cableError(1000, 0.05, "bwd_euler");
    expect(near).toBeLessThan(1e-3);
    expect(far).toBeLessThan(1e-3);
  });

  test("first order in time with backward Euler (NEURON 2.5e-4, 1.26e-4, 6.3e-5)", async () => {
    const errors = [];
    for (const dt of [0.05, 0.025, 0.0125])
      errors.push((await cableError(1000, dt, "bwd_euler")).far);
    const [a = 0, b = 0, c = 0] = errors;
    expect(a).toBeLessThan(2.7e-4);
    expect(a / b).toBeGreaterThan(1.9);
    expect(b / c).toBeGreaterThan(1.9);
    expect(Math.max(a / b, b / c)).toBeLessThan(2.1);
  });

  test("second order in time with Crank and Nicolson's rule (NEURON 3.95e-6, 9.8e-7)", async () => {
    const coarse = (await cableError(1000, 0.2, "crank_nicolson")).far;
    const fine = (await cableError(1000, 0.1, "crank_nicolson")).far;
    expect(coarse).toBeLessThan(4.5e-6);
    expect(coarse / fine).toBeGreaterThan(3.5);
  });

  test("second order in space (NEURON 9.27e-4, 2.32e-4, 3.71e-5)", async () => {
    const errors = [];
    for (const ncomp of [10, 20, 50])
      errors.push((await cableError(ncomp, 0.0125, "crank_nicolson")).far);
    const [a = 0, b = 0, c = 0] = errors;
    expect(a).toBeLessThan(1e-3);
    expect(a / b).toBeGreaterThan(3.8);
    expect(b / c).toBeGreaterThan(5.8);
  });

  test("input resistance and attenuation at rest", async () => {
    const branch = passive(rallpackCable(1000));
    branch.comp(0).stimulate(new Float64Array(200).fill(0.1)).record();
    branch.comp(999).record();
    // Steps of 20 ms are long, but the end of the series is the steady state
    const { recordings } = await integrate(branch, { dt: 20, solver: "bwd_euler" });
    const { lambda, resistance } = constantsOf(cable);
    expect((resistance * lambda) / Math.tanh(1000 / lambda)).toBeCloseTo(1671.808449, 5);
    expect(recordings[0]?.at(-1)).toBeCloseTo(sealedCable(cable, 0.5, 1e5, 0.1) - 65, 3);
    expect(recordings[1]?.at(-1)).toBeCloseTo(43.342261, 3);
  });
});

describe("Rallpack 2: a binary tree that equals a cylinder", () => {
  const cylinder = { ...membrane, length: 320, diameter: 16 };
  const tree = () => {
    const branches: Branch[] = [];
    const parents: number[] = [];
    for (let level = 0, above = -1; level < 10; level++) {
      const first = branches.length;
      for (let j = 0; j < 2 ** level; j++) {
        const branch = new Branch(new Compartment());
        branch.set("length", 32 * 2 ** (-level / 3)).set("radius", 8 * 2 ** ((-2 * level) / 3));
        branches.push(branch);
        parents.push(level === 0 ? -1 : above + (j >> 1));
      }
      above = first;
    }
    return passive(new Cell(branches, { parents }));
  };

  test.each([
    ["bwd_euler", 5e-5, 5e-5],
    ["crank_nicolson", 5e-6, 2e-6],
  ] as const)(
    "%s (NEURON 4.7e-5; 3.9e-6 at the root, 1.1e-6 at a tip)",
    async (solver, root, tip) => {
      const cell = tree();
      cell.branch(0).stimulate(new Float64Array(5000).fill(0.1)).record();
      cell.branch(1022).record();
      const { time, recordings } = await integrate(cell, { dt: 0.05, solver });
      const error = (row: number, x: number) =>
        relativeRms(
          recordings[row] ?? [],
          Array.from(time, (t) => sealedCable(cylinder, x, t, 0.1) - 65),
        );
      expect(error(0, 16)).toBeLessThan(root);
      expect(error(1, 304)).toBeLessThan(tip);
    },
  );

  test("a current into a tip, seen at the root, is a current into the root, seen at the tip", async () => {
    const answer = async (into: number, at: number) => {
      const cell = tree();
      cell.branch(into).stimulate(new Float64Array(2000).fill(0.1));
      cell.branch(at).record();
      return (await integrate(cell, { dt: 0.05 })).recordings[0];
    };
    const [there, back] = [await answer(0, 777), await answer(777, 0)];
    expect(Math.max(...(there ?? []).map((v, k) => Math.abs(v - (back?.[k] ?? 0))))).toBeLessThan(
      1e-10,
    );
  });
});

describe("Rallpack 3: an axon", () => {
  /** Converged with NEURON (Crank and Nicolson, dt to 0.001 ms, 1,000 compartments). */
  const near = { count: 18, first: 1.3063, last: 248.519 };
  const far = { count: 17, first: 4.0708, last: 236.678 };

  async function axon(dt: number, solver: SolverName) {
    const branch = passive(rallpackCable(1000));
    branch.insert(HH).set("HH_gLeak", 0).initStates();
    branch
      .comp(0)
      .stimulate(new Float64Array(Math.round(250 / dt)).fill(0.1))
      .record();
    branch.comp(999).record();
    const { time, recordings } = await integrate(branch, { dt, solver });
    return [0, 1].map((row) => spikeTimes(time, recordings[row] ?? new Float64Array()));
  }

  test("first order with backward Euler (NEURON 1.285 ms at 0.025, 0.634 at 0.0125)", async () => {
    const late = [];
    for (const dt of [0.025, 0.0125]) {
      const [start = [], end = []] = await axon(dt, "bwd_euler");
      expect([start.length, end.length]).toEqual([near.count, far.count]);
      late.push((start.at(-1) ?? 0) - near.last);
    }
    const [coarse = 0, fine = 0] = late;
    expect(Math.abs(coarse)).toBeLessThan(2 * 1.285);
    expect(coarse / fine).toBeGreaterThan(1.85);
    expect(coarse / fine).toBeLessThan(2.2);
  });

  test("second order with Crank and Nicolson's rule (NEURON 0.176 ms at 0.05, 0.044 at 0.025)", async () => {
    const late = [];
    for (const dt of [0.05, 0.025]) {
      const [start = [], end = []] = await axon(dt, "crank_nicolson");
      expect([start.length, end.length]).toEqual([near.count, far.count]);
      expect(Math.abs((start[0] ?? 0) - near.first)).toBeLessThan(0.02);
      expect(Math.abs((end[0] ?? 0) - far.first)).toBeLessThan(0.03);
      expect(Math.abs((end.at(-1) ?? 0) - far.last)).toBeLessThan(0.4);
      late.push((start.at(-1) ?? 0) - near.last);
    }
    const [coarse = 0, fine = 0] = late;
    expect(Math.abs(coarse)).toBeLessThan(2 * 0.176);
    expect(coarse / fine).toBeGreaterThan(3.2);
    expect(coarse / fine).toBeLessThan(5);
  });
});

describe("exact Hodgkin-Huxley spike times", () => {
  /** Upward crossings of 0 mV by an integrator of order 8 (DOP853, tolerance 1e-12): 0.2 nA from 1 to 91 ms. */
  const exact = [
    2.444072, 15.32532, 27.810442, 40.272965, 52.733337, 65.193502, 77.653648, 90.113793,
  ];

  async function delayOfLast(dt: number, solver: SolverName): Promise<number> {
    const one = new Compartment();
    one.insert(HH).set("radius", 10).set("length", 20).set("v", -65).initStates();
    const samples = new Float64Array(Math.round(100 / dt)).fill(
      0.2,
      Math.round(1 / dt),
      Math.round(91 / dt),
    );
    one.stimulate(samples).record();
    const { time, recordings } = await integrate(one, { dt, solver });
    const spikes = spikeTimes(time, recordings[0] ?? new Float64Array());
    expect(spikes.length).toBe(exact.length);
    return (spikes.at(-1) ?? 0) - (exact.at(-1) ?? 0);
  }

  test.each([
    ["bwd_euler", [0.9401, 0.4572, 0.2257, 0.1121], 2],
    ["crank_nicolson", [0.0558, 0.014, 0.0035, 0.00087], 4],
  ] as const)("%s has the errors of NEURON and their order", async (solver, expected, ratio) => {
    const errors = [];
    for (const dt of [0.05, 0.025, 0.0125, 0.00625]) errors.push(await delayOfLast(dt, solver));
    for (const [k, error] of errors.entries()) {
      expect(Math.abs(error - (expected[k] ?? 0))).toBeLessThan(0.02 * (expected[k] ?? 0) + 1e-4);
      if (k > 0) expect((errors[k - 1] ?? 0) / error).toBeCloseTo(ratio, 0);
    }
  });
});
