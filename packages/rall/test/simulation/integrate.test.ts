import {
  Branch,
  Cell,
  Compartment,
  integrate,
  makeTree,
  NameError,
  solveTree,
  stepCurrent,
  stepVoltageImplicit,
} from "rall";
import { Fire, HH, Leak } from "rall/channels";
import { describe, expect, test } from "vitest";

const backends = ["reference", "wasm"] as const;

function spiking() {
  const cell = new Cell(new Branch(new Compartment(), { ncomp: 3 }), { parents: [-1, 0, 0] });
  cell.insert(HH).set("axial_resistivity", 100).set("v", -65).initStates();
  cell
    .branch(0)
    .comp(0)
    .record()
    .stimulate(stepCurrent({ delay: 1, duration: 2, amplitude: 0.3, tMax: 20 }));
  return cell;
}

describe.each(backends)("on %s", (backend) => {
  test("an RC circuit follows backward Euler's closed form to rounding", async () => {
    const one = new Compartment();
    one
      .insert(Leak)
      .set("radius", 10)
      .set("length", 20)
      .set("v", -65)
      .set("Leak_eLeak", -65)
      .set("Leak_gLeak", 1e-4);
    one.record().stimulate(new Float64Array(500).fill(0.01));
    const { recordings } = await integrate(one, { dt: 0.1, backend });
    const conductance = 1e-4 * 400 * Math.PI * 1e-8 * 1e6; // uS
    const tau = 10;
    for (const [n, v] of (recordings[0] ?? []).entries()) {
      expect(Math.abs(v - (-65 + (0.01 / conductance) * (1 - (1 + 0.1 / tau) ** -n)))).toBeLessThan(
        1e-12,
      );
    }
  });

  test("without a membrane, charge is conserved to rounding on a tree", async () => {
    const cell = new Cell(
      [2, 3, 1, 4].map((ncomp) => new Branch(new Compartment(), { ncomp })),
      { parents: [-1, 0, 0, 1] },
    );
    cell.set("radius", [3, 2, 1, 1.5, 0.5, 1, 0.4, 0.3, 0.8, 2]).set("axial_resistivity", 80);
    cell.branch(3).comp(3).stimulate(new Float64Array(400).fill(0.02)).record();
    const { states } = await integrate(cell, { dt: 0.025, backend, returnStates: true });
    const v = states?.values.v ?? new Float64Array();
    const capacity = cell
      .get("area")
      .map((area, i) => area * (cell.get("capacitance")[i] ?? 0) * 1e-8);
    const charge = v.reduce((sum, value, i) => sum + (capacity[i] ?? 0) * (value + 70), 0);
    expect(Math.abs(charge / (0.02 * 1e-3 * 10) - 1)).toBeLessThan(1e-12);
  });

  test.each([false, true])(
    "a run in parts is the run in one piece, bit for bit; tables: %s",
    async (tabulate) => {
      const cell = spiking();
      cell.record("i_HH").branch(1).comp(2).record("HH_n");
      const whole = await integrate(cell, { tMax: 20, backend, tabulate });
      const head = await integrate(cell, { tMax: 7, backend, tabulate, returnStates: true });
      const done = head.statistics.steps;
      cell
        .deleteStimuli()
        .branch(0)
        .comp(0)
        .stimulate(stepCurrent({ delay: 1, duration: 2, amplitude: 0.3, tMax: 20 }).slice(done));
      if (head.states === undefined) throw new Error();
      const tail = await integrate(cell, { tMax: 5, backend, tabulate, initialState: head.states });
      for (const [row, series] of tail.recordings.entries()) {
        expect([...series]).toEqual([
          ...(whole.recordings[row] ?? []).slice(done, done + series.length),
        ]);
      }
    },
  );

  test("a cable in one branch and in two is the same cable", async () => {
    const build = (parents: number[], ncomp: number) => {
      const cell = new Cell(new Branch(new Compartment(), { ncomp }), { parents });
      cell.insert(HH).set("axial_resistivity", 150).set("v", -65).initStates();
      cell.select([0]).stimulate(new Float64Array(300).fill(0.1));
      cell.select([7]).record();
      return cell;
    };
    const one = await integrate(build([-1], 8), { backend });
    const two = await integrate(build([-1, 0], 4), { backend });
    const worst = Math.max(
      ...(one.recordings[0] ?? []).map((v, k) => Math.abs(v - (two.recordings[0]?.[k] ?? 0))),
    );
    expect(worst).toBeLessThan(1e-9);
  });

  test("states that stop being finite end the run and are named", async () => {
    const cell = spiking();
    cell.branch(2).comp(1).set("HH_gNa", 1e200).set("HH_m", 1e200);
    const { status, time, recordings } = await integrate(cell, { backend });
    expect(status.code).toBe("nonFinite");
    if (status.code !== "nonFinite") return;
    expect(status.message).toMatch(/compartment \d+ became .* at 0\.\d+ ms/);
    expect(time.length).toBe(status.step + 1);
    expect(recordings[0]?.length).toBe(status.step + 1);
    expect(recordings[0]?.every(Number.isFinite)).toBe(true);
  });

  test("cancelling keeps what was computed, and progress is told", async () => {
    const cell = spiking();
    const controller = new AbortController();
    const seen: number[] = [];
    const run = await integrate(cell, {
      tMax: 50,
      backend,
      signal: controller.signal,
      onProgress: (done, all) => {
        seen.push(done / all);
        if (done > 500) controller.abort();
      },
    });
    expect(run.status.code).toBe("cancelled");
    expect(run.time.length).toBe(run.statistics.steps + 1);
    expect(run.statistics.steps).toBeGreaterThan(500);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  test("a signal from outside arrives while a run goes on", async () => {
    const cell = spiking();
    const { status } = await integrate(cell, {
      tMax: 1e5,
      backend,
      signal: AbortSignal.timeout(100),
    });
    expect(status.code).toBe("cancelled");
  });

  test("the injected current can be recorded", async () => {
    const one = new Compartment();
    one.insert(Leak).record("i").stimulate([0.1, 0.2, 0.3]).stimulate([1]);
    const { recordings } = await integrate(one, { backend });
    expect([...(recordings[0] ?? [])]).toEqual([0, 1.1, 0.2, 0.3]);
  });

  test("a reset holds within the step, beside channels in other places", async () => {
    const branch = new Branch(new Compartment(), { ncomp: 3 });
    branch.insert(Leak).comp(1).insert(Fire);
    branch.set("v", [-70, -40, -70]).record("Fire_spikes");
    branch.set("axial_resistivity", 1e9).record("v");
    const { recordings } = await integrate(branch, { tMax: 0.05, backend });
    expect([...(recordings[0] ?? [])].slice(0, 3)).toEqual([0, 1, 0]);
    expect(recordings[2]?.[1]).toBeCloseTo(-70, 3);
  });
});

describe("options", () => {
  test("a program serves a channel that moved to other compartments", async () => {
    const build = (branch: number) => {
      const cell = new Cell(new Branch(new Compartment(), { ncomp: 3 }), { parents: [-1, 0, 0] });
      cell.insert(Leak).set("v", -65).branch(branch).insert(HH);
      cell.initStates().branch(0).comp(0).stimulate(new Float64Array(400).fill(0.3)).record();
      return cell;
    };
    const moved = build(1);
    await integrate(moved, { tabulate: true });
    moved.delete(HH).branch(2).insert(HH).initStates();
    const [there, fresh] = [
      await integrate(moved, { tabulate: true }),
      await integrate(build(2), { tabulate: true }),
    ];
    expect(there.recordings).toEqual(fresh.recordings);
  });

  test("programs are compiled once for all values", async () => {
    const cell = spiking();
    const first = await integrate(cell, { tabulate: true });
    cell.set("HH_gNa", 0.3).branch(1).set("radius", 2);
    cell.set("v", -60).deleteStimuli().branch(1).comp(1).stimulate(new Float64Array(50).fill(0.2));
    const second = await integrate(cell, { dt: 0.05, tabulate: true });
    expect(first.statistics.compileTime).toBeGreaterThan(0);
    expect(second.statistics.compileTime).toBe(0);
    cell.branch(1).set("HH_gNa", 0.2);
    const varying = await integrate(cell, { tabulate: true });
    cell.branch(1).set("HH_gNa", 0.1);
    const varyingOtherwise = await integrate(cell, { tabulate: true });
    cell.set("HH_gNa", 0.3);
    const uniformAgain = await integrate(cell, { dt: 0.05, tabulate: true });
    expect(varying.statistics.compileTime).toBeGreaterThan(0);
    expect(varyingOtherwise.statistics.compileTime).toBe(0);
    expect(uniformAgain.statistics.compileTime).toBe(0);
    expect(uniformAgain.recordings).toEqual(second.recordings);
  });

  test.each([
    [{ bakend: "wasm" }, "name", 'no option "bakend". Did you mean "backend"?'],
    [{ backend: "webgpu" }, "name", 'no backend "webgpu"'],
    [{ solver: "rk4" }, "name", "Known: bwd_euler"],
    [{ dt: 0 }, "value", "dt is 0"],
    [{ dt: Number.NaN }, "value", "dt is NaN"],
    [{ tMax: -1 }, "value", "tMax is -1"],
    [{ initialState: { values: {}, branchPoints: [] } }, "name", "lacks v"],
    [{ initialState: { values: { x: [1] }, branchPoints: [] } }, "name", "no state x"],
    [{ initialState: { values: { v: [1] }, branchPoints: [] } }, "value", "1 values of v for 9"],
  ])("%j is refused", async (options, code, message) => {
    const run = integrate(spiking(), options as object);
    await expect(run).rejects.toThrow(message);
    await expect(run).rejects.toHaveProperty("code", code);
  });

  test("a run needs a recording, a duration, and clamps that last", async () => {
    const cell = spiking();
    cell.clamp("v", [1, 2, 3]);
    await expect(integrate(cell)).rejects.toThrow("has 3 samples for 801 steps");
    cell.deleteClamps().deleteStimuli();
    await expect(integrate(cell)).rejects.toThrow("Nothing says how long");
    await expect(integrate(cell.deleteRecordings() as Cell, { tMax: 1 })).rejects.toThrow(
      "Nothing is recorded",
    );
    expect(() => stepCurrent({ delay: 1, duration: -1, amplitude: 1, tMax: 3 })).toThrow(
      "duration of a step is -1",
    );
    expect(() => stepCurrent({ delay: 1, duration: 1, amplitude: 1, tmax: 3 } as never)).toThrow(
      NameError,
    );
  });
});

describe("solvers on trees", () => {
  test("the solution of a random tree fulfils its equations", () => {
    const parent = [3, 0, 0, -1, 3, 4, 4, 2];
    const link = Float64Array.of(2, 1, 0.5, 0, 3, 0.2, 1.5, 0.7);
    const diagonal = Float64Array.from(parent, (_, i) => 9 + i);
    const right = Float64Array.from(parent, (_, i) => Math.sin(i + 1));
    const tree = makeTree(parent, link, new Float64Array(8).fill(1));
    const x = right.slice();
    solveTree(tree, diagonal.slice(), link, x);
    const residual = Float64Array.from(
      right,
      (value, i) => (diagonal[i] ?? 0) * (x[i] ?? 0) - value,
    );
    for (const [i, above] of parent.entries()) {
      if (above < 0) continue;
      residual[i] = (residual[i] ?? 0) - (link[i] ?? 0) * (x[above] ?? 0);
      residual[above] = (residual[above] ?? 0) - (link[i] ?? 0) * (x[i] ?? 0);
    }
    for (const value of residual) expect(Math.abs(value)).toBeLessThan(1e-14);
    expect(() => makeTree([1, 0], [1, 1], [1, 1])).toThrow("cycle");
  });

  test("at rest nothing moves", () => {
    const tree = makeTree([-1, 0, 1, 1], [0, 1, 2, 3], [1, 0, 1, 1]);
    const zero = { slope: new Float64Array(4), constant: new Float64Array(4) };
    expect([...stepVoltageImplicit(tree, [-65, 0, -65, -65], zero, 1)]).toEqual([
      -65, -65, -65, -65,
    ]);
  });
});
