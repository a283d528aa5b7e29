/** Recorded currents: in each step and cell those of membranes add up to those of stimuli and clamps. */
import {
  Branch,
  Cell,
  Compartment,
  compileStep,
  connect,
  fromJSON,
  integrate,
  Network,
  type SolverName,
  stepCurrent,
  toJSON,
} from "rall";
import { CaL, CaNernstReversal, HH, Leak } from "rall/channels";
import { CaPump } from "rall/pumps";
import { Exp2Syn, GapJunction } from "rall/synapses";
import { compileObjective, meanSquaredError } from "rall/training";
import { describe, expect, test } from "vitest";

const backends = ["reference", "wasm"] as const;
const solvers: readonly SolverName[] = ["bwd_euler", "crank_nicolson", "staggered", "fwd_euler"];
const ncomp = 2;
const branches = 4;
const size = ncomp * branches;

/** A branched cell with unequal compartments, which fires. */
function makeCell(): Cell {
  const cell = new Cell(new Branch(new Compartment(), { ncomp }), { parents: [-1, 0, 0, 1] });
  cell.set("length", 40).set("radius", 1).set("axial_resistivity", 150);
  cell.branch(0).set("radius", 4).set("length", 15);
  cell.branch(2).set("capacitance", 2);
  cell.insert(HH).initStates();
  return cell;
}

/** Relative to the largest current of a compartment in the same step. */
async function worstBalance(
  net: Network | Cell,
  cells: number,
  options: Parameters<typeof integrate>[1],
): Promise<number> {
  net.deleteRecordings();
  for (const key of ["i_membrane", "i", "i_clamp"] as const) net.record(key);
  const { recordings, status } = await integrate(net, { onWarning: false, ...options });
  expect(status.code).toBe("completed");
  let worst = 0;
  for (let k = 0; k < (recordings[0]?.length ?? 0); k++) {
    const at = (row: number) => recordings[row]?.[k] ?? Number.NaN;
    for (let cell = 0; cell < cells; cell++) {
      let [sum, largest] = [0, 0];
      for (let part = 0; part < 3; part++)
        for (let i = 0; i < size; i++) {
          const value = at(size * (cells * part + cell) + i);
          sum += part === 0 ? value : -value;
          largest = Math.max(largest, Math.abs(value));
        }
      if (largest > 0) worst = Math.max(worst, Math.abs(sum) / largest);
      if (Number.isNaN(sum)) worst = Number.NaN;
    }
  }
  return worst;
}

const stimulus = stepCurrent({ delay: 0.2, duration: 2, amplitude: 0.4, tMax: 4, dt: 0.01 });
const ramp = Float64Array.from({ length: 700 }, (_, k) => -65 + 0.1 * Math.min(k, 300));
const run = { dt: 0.01, tMax: 1.5 };

function makeNet(): Network {
  const net = new Network([makeCell(), makeCell(), makeCell()]);
  const place = (cell: number, branch: number, at: number) => net.cell(cell).branch(branch).loc(at);
  place(0, 0, 0.1).stimulate(stimulus);
  place(1, 0, 0.1).clamp("v", ramp, { dt: 0.01 });
  place(1, 3, 0.9).clamp("v", ramp, { dt: 0.01 });
  connect(place(0, 0, 0.1), place(2, 2, 0.9), Exp2Syn).set("Exp2Syn_g", 5e-3);
  connect(place(0, 0, 0.1), place(1, 3, 0.9), Exp2Syn);
  // Links between cells, then junctions that close loops: two free, one held and two held compartments, and within a cell
  for (const [a, b] of [
    [place(0, 1, 0.9), place(1, 1, 0.9)],
    [place(1, 2, 0.9), place(2, 2, 0.1)],
    [place(0, 3, 0.9), place(2, 3, 0.9)],
    [place(0, 3, 0.1), place(1, 0, 0.1)],
    [place(1, 0, 0.1), place(1, 3, 0.9)],
    [place(2, 0, 0.1), place(2, 3, 0.1)],
  ] as const)
    connect(a, b, GapJunction).set("GapJunction_g", 2e-3);
  return net;
}

describe.each(backends)("on %s", (backend) => {
  test.each(solvers)("membranes balance stimuli and clamps by %s", async (solver) => {
    // Explicit steps have to be short
    const steps = solver === "fwd_euler" ? { dt: 5e-4, tMax: 0.15, resample: true } : run;
    for (const clamps of ["solved", "overwritten"] as const) {
      const options = { ...steps, backend, solver, clamps };
      const cell = makeCell();
      cell.branch(0).loc(0.1).stimulate(stimulus);
      expect(await worstBalance(cell, 1, options)).toBeLessThan(1e-12);
      cell.branch(3).loc(0.9).clamp("v", ramp, { dt: 0.01 });
      cell.branch(0).loc(0.1).clamp("v", ramp, { dt: 0.01 });
      expect(await worstBalance(cell, 1, options)).toBeLessThan(1e-12);
      expect(await worstBalance(makeNet(), 3, options)).toBeLessThan(1e-12);
    }
  });

  test("linear solvers, pumps and diffusing calcium keep the balance", async () => {
    const cell = makeCell();
    cell.insert(CaL).insert(CaPump).insert(CaNernstReversal).initStates();
    cell.diffuse("CaCon_i").set("axial_diffusion_CaCon_i", 2);
    cell.branch(0).loc(0.1).stimulate(stimulus);
    cell.branch(2).loc(0.9).clamp("v", ramp, { dt: 0.01 });
    for (const linearSolver of ["hines", "stone", "dense"] as const)
      expect(await worstBalance(cell, 1, { ...run, backend, linearSolver })).toBeLessThan(1e-12);
  });

  test("they are capacitive and ionic, with those of the clamp where the voltage is held", async () => {
    const cell = makeCell();
    cell.branch(0).loc(0.1).stimulate(stimulus);
    cell.branch(3).loc(0.9).clamp("v", ramp, { dt: 0.01 });
    cell.record("v").record("i_membrane").record("i_HH", { at: "end" });
    const { recordings } = await integrate(cell, { ...run, backend });
    const [area, capacitance] = [cell.get("area"), cell.get("capacitance")];
    let largest = 0;
    for (let i = 0; i < size; i++)
      for (let k = 1; k < (recordings[0]?.length ?? 0); k++) {
        const at = (part: number, sample = k) =>
          recordings[size * part + i]?.[sample] ?? Number.NaN;
        // um2 uF/cm2 mV/ms, and um2 mA/cm2, to nA
        const capacitive = 1e-5 * (area[i] ?? 0) * (capacitance[i] ?? 0) * (at(0) - at(0, k - 1));
        const ionic = 1e-2 * (area[i] ?? 0) * at(2);
        const off = Math.abs(capacitive / run.dt + ionic - at(1));
        largest = Math.max(largest, Number.isNaN(off) ? Infinity : off);
      }
    // Of some nA; the thick link of the soma rounds most
    expect(largest).toBeLessThan(1e-10);
  });

  test("steps under control tell what a run tells, and spikes stay what they are", async () => {
    const cell = makeCell();
    cell.branch(0).loc(0.1).stimulate(stimulus).recordSpikes();
    // Tables, which a short loop does without, round otherwise
    const how = { backend, tabulate: false, onWarning: false } as const;
    const options = { ...run, tMax: 3, ...how };
    const bare = await integrate(cell, { ...options, returnStates: true });
    expect(bare.spikes[0]?.times.length).toBeGreaterThan(0);
    cell.branch(3).loc(0.9).record("i_HH", { at: "end" });
    expect((await integrate(cell, options)).spikes).toEqual(bare.spikes);
    cell.branch(2).loc(0.9).clamp("v", ramp, { dt: run.dt }).record("i_clamp").record("i_membrane");
    const { recordings } = await integrate(cell, options);
    const loop = await compileStep(cell, { dt: run.dt, ...how });
    for (let k = 0; k <= 100; k++) {
      expect(Array.from(loop.readings)).toEqual(recordings.map((row) => row[k]));
      await loop.step({ stimuli: [stimulus[k] ?? 0], clamps: [ramp[k] ?? 0] });
    }
  });

  test("exp_euler refuses them", async () => {
    const cell = makeCell().record("i_clamp");
    const refused = integrate(cell, { ...run, backend, solver: "exp_euler" });
    await expect(refused).rejects.toThrow("exp_euler cannot tell i_clamp");
  });

  test("the clamp current of a cable is that of its input conductance, to second order", async () => {
    const [length, radius, resistivity, leak] = [1000, 0.5, 100, 1e-4];
    const errors = [];
    for (const count of [25, 50, 100]) {
      const dx = length / count;
      const branch = new Branch(new Compartment(), { ncomp: count });
      branch.set("length", dx).set("radius", radius).set("axial_resistivity", resistivity);
      branch.set("v", -70).insert(Leak).set("Leak_gLeak", leak).set("Leak_eLeak", -70);
      branch.comp(0).clamp("v", new Float64Array(200)).record("i_clamp");
      const { recordings } = await integrate(branch, { backend, dt: 20, tMax: 1990 });
      const lambda = Math.sqrt((radius * 1e-4) / (2 * resistivity * leak)) * 1e4;
      // S of a cable without end: the leak of one length constant; then of both sides of the middle of the first compartment
      const endless = leak * 2 * Math.PI * radius * lambda * 1e-8;
      const sides = [dx / 2, length - dx / 2];
      const conductance = sides.reduce((sum, side) => sum + endless * Math.tanh(side / lambda), 0);
      const expected = 70 * conductance * 1e6;
      errors.push(Math.abs((recordings[0]?.at(-1) ?? Number.NaN) / expected - 1));
    }
    const [coarse = 0, middle = 0, fine = 1] = errors;
    expect(coarse / middle).toBeGreaterThan(3.8);
    expect(middle / fine).toBeGreaterThan(3.8);
    expect(fine).toBeLessThan(1e-4);
  });

  test.each(["bwd_euler", "fwd_euler"] as const)(
    "in one compartment C dv/dt and the current at the end balance the stimulus by %s",
    async (solver) => {
      const point = new Compartment().insert(HH).initStates();
      point.stimulate(stepCurrent({ delay: 1, duration: 20, amplitude: 0.3, tMax: 20, dt: 0.025 }));
      point.record("v").record("i_HH").record("i_HH", { at: "end" }).record("i");
      point.record("i_membrane").record("i_clamp");
      const result = await integrate(point, { dt: 0.025, tMax: 20, backend, solver });
      const [v = [], before = [], end = [], i = [], membrane = [], clamp = []] = result.recordings;
      expect(result.units.slice(4)).toEqual(["nA", "nA"]);
      expect(result.names).toEqual(["v", "i_HH", "i_HH_end", "i", "i_membrane", "i_clamp"]);
      expect(result.labels[2]).toBe("i_HH end");
      expect([membrane[0], clamp[0]]).toEqual([0, 0]);
      const [area] = point.get("area");
      let [largest, late] = [0, 0];
      for (let k = 1; k < v.length; k++) {
        // uF/cm2 um2 mV/ms to nA; mA/cm2 um2 to nA
        const at = (series: ArrayLike<number>) => series[k] ?? Number.NaN;
        const capacitive = 1e-2 * (area ?? 0) * 1e-3 * ((at(v) - (v[k - 1] ?? Number.NaN)) / 0.025);
        const ionic = (current: number) => 1e-2 * (area ?? 0) * current;
        const own = solver === "fwd_euler" ? at(before) : at(end);
        const scale = Math.max(Math.abs(capacitive), Math.abs(ionic(own)), Math.abs(at(i)));
        largest = Math.max(largest, Math.abs(capacitive + ionic(own) - at(i)) / scale);
        late = Math.max(late, Math.abs(ionic(at(before)) - ionic(at(end))));
        expect(at(clamp)).toBe(0);
        expect(Math.abs(at(membrane) - at(i))).toBeLessThan(1e-12 * scale);
      }
      expect(largest).toBeLessThan(1e-12);
      expect(late).toBeGreaterThan(0.01);
    },
  );

  test("currents at the end are those at the voltages of the same sample, of synapses too", async () => {
    const net = new Network([makeCell(), makeCell()]);
    const [pre, post] = [net.cell(0).branch(0).loc(0.1), net.cell(1).branch(0).loc(0.1)];
    pre.stimulate(stimulus);
    const edge = connect(pre, post, Exp2Syn).set("Exp2Syn_g", 5e-3);
    edge.record("i_Exp2Syn").record("i_Exp2Syn", { at: "end" });
    edge.record("Exp2Syn_g");
    post.record("v");
    const options = { ...run, backend, onWarning: false } as const;
    const { recordings, names } = await integrate(net, options);
    expect(names[1]).toBe("i_Exp2Syn_end_e0");
    const [early = [], end = [], g = [], v = []] = recordings;
    expect(Math.max(...Array.from(end, Math.abs))).toBeGreaterThan(1e-3);
    const [reversal = Number.NaN] = edge.get("Exp2Syn_e");
    for (const [k, current] of Array.from(end).entries()) {
      const at = (series: ArrayLike<number>, sample = k) => series[sample] ?? Number.NaN;
      expect(current).toBeCloseTo(at(g) * (at(v) - reversal), 12);
      if (k > 0) expect(at(early)).toBeCloseTo(at(g) * (at(v, k - 1) - reversal), 12);
    }
    const others = (at: number) => recordings.filter((_, row) => row !== at);
    net.deleteRecordings();
    edge.record("i_Exp2Syn").record("Exp2Syn_g");
    post.record("v");
    // Looking at the end changes nothing
    expect((await integrate(net, options)).recordings).toEqual(others(1));
  });
});

test("both backends tell the same currents", async () => {
  const net = makeNet();
  for (const key of ["v", "i_membrane", "i_clamp"] as const) net.record(key);
  net.record("i_HH", { at: "end" });
  const options = { ...run, onWarning: false } as const;
  const fast = await integrate(net, options);
  const slow = await integrate(net, { ...options, backend: "reference" });
  for (const [row, series] of fast.recordings.entries())
    for (const [k, value] of series.entries())
      expect(Math.abs(value - (slow.recordings[row]?.[k] ?? Number.NaN))).toBeLessThan(1e-8);
});

test("they travel in model files, and what they are not is refused", async () => {
  const cell = makeCell();
  cell.branch(0).loc(0.1).record("i_clamp").record("i_membrane").record("i_HH", { at: "end" });
  cell.branch(0).loc(0.1).record("i_HH");
  const copy = fromJSON(JSON.stringify(toJSON(cell)));
  expect(copy.root.description.recordings).toEqual(cell.root.description.recordings);
  const units = copy.recordings.map(({ unit }) => unit);
  expect(units).toEqual(["nA", "nA", "mA/cm2", "mA/cm2"]);
  expect(() => cell.record("v", { at: "end" })).toThrow("no current of a mechanism");
  expect(() => cell.record("i_clamp", { at: "end" })).toThrow("no current of a mechanism");
  expect(() => cell.record("i_HH", { at: "start" as "end" })).toThrow('at "start"');
  expect(() => cell.clamp("i_clamp" as "v", [0])).toThrow("no state");
  const file = JSON.stringify(toJSON(cell)).replace('"state":"i_HH"', '"state":"v"');
  expect(() => fromJSON(file)).toThrow("at");
});

test("a loss of them is refused, for no gradient goes through", async () => {
  for (const make of [
    (cell: Cell) => cell.branch(0).loc(0.1).record("i_clamp"),
    (cell: Cell) => cell.branch(0).loc(0.1).record("i_HH", { at: "end" }),
  ]) {
    const cell = makeCell();
    cell.makeTrainable("HH_gNa");
    make(cell);
    const objective = compileObjective(cell, { loss: meanSquaredError([[0]]) });
    await expect(objective).rejects.toThrow("no gradient");
  }
});
