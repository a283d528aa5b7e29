/** Derivatives through clamps, in reverse and in forward mode, against differences: by their samples, parameters, geometry, start states. */
import { Branch, Cell, Compartment, connect, type Module, Network, type SolverName } from "rall";
import { CaL, HH, Leak } from "rall/channels";
import { CaPump } from "rall/pumps";
import { GapJunction } from "rall/synapses";
import { compileObjective, type Loss, type Parameter } from "rall/training";
import { describe, expect, test } from "vitest";
import { runs } from "../long.ts";
import { difference } from "./difference.ts";

const steps = 16;
const dt = 0.01;

const wave = (base: number, height: number) =>
  Float64Array.from({ length: steps }, (_, k) => base + height * Math.sin(k / 3));

/** A forked cell with its voltage held inside. */
function forked(): Cell {
  const cell = new Cell(new Branch(new Compartment(), { ncomp: 3 }), { parents: [-1, 0, 0] });
  cell.set("axial_resistivity", 150).set("length", 40).set("radius", 1.2);
  cell.branch(2).set("radius", 0.7);
  cell.insert(HH).insert(Leak).set("v", -62).initStates();
  return cell;
}

const common = ["HH_gNa", "Leak_gLeak", "axial_resistivity", "capacitance", "radius", "v", "HH_n"];

function voltageClamped(): Module {
  const cell = forked();
  cell.branch(1).comp(0).clamp("v", wave(-50, 20));
  cell.record("v");
  for (const key of common) cell.makeTrainable(key);
  return cell;
}

/** Concentrations alone are looked at: they are small, and would be lost beside voltages. */
function ionClamped(): Module {
  const cell = forked().insert(CaL).insert(CaPump) as Cell;
  cell.set("CaL_gCaL", 0.01).set("CaL_q", 0.5).set("CaL_r", 0.5).set("CaCon_i", 5e-4);
  cell.diffuse("CaCon_i").set("axial_diffusion_CaCon_i", 30);
  cell.branch(0).comp(2).clamp("CaCon_i", wave(1e-3, 5e-4));
  cell.branch(1).comp(1).clamp("v", wave(-40, 20));
  cell.record("CaCon_i");
  const keys = ["radius", "axial_resistivity", "v", "CaL_gCaL", "CaL_q"];
  for (const key of [...keys, "axial_diffusion_CaCon_i", "CaCon_i"]) cell.makeTrainable(key);
  return cell;
}

/** Partners in a loop of junctions, one of which exchanges charge after the step, and one behind it. */
function partnerClamped(): Module {
  const net = new Network([forked(), new Compartment(), new Compartment()]);
  net.cell([1, 2]).insert(Leak).set("v", -66);
  const places = [net.cell(0).branch(1).comp(0), net.cell(1), net.cell(2)] as const;
  for (const [a, b] of [
    [0, 1],
    [1, 2],
    [2, 0],
  ] as const)
    connect(places[a], places[b], GapJunction, { values: { g: 2e-3 * (1 + a) } });
  places[0].clamp("v", wave(-50, 20));
  net.record("v");
  for (const key of ["Leak_gLeak", "axial_resistivity", "capacitance", "radius", "v"])
    net.makeTrainable(key);
  net.synapse("GapJunction").makeTrainable("GapJunction_g");
  return net;
}

/** Weights that differ from sample to sample, so that nothing cancels. */
const loss: Loss = (recordings, { names }) => {
  let value = 0;
  const gradient = recordings.map((row, i) => {
    const scale = names[i] === "v" ? 0.02 : 1e3;
    return row.map((x, k) => {
      const weight = Math.cos(7 * i + 3 * k);
      value += weight * (scale * x) ** 2;
      return 2 * weight * scale * scale * x;
    });
  });
  return { value, gradient };
};

function expectClose(value: number, expected: number, tolerance: number, what: string): void {
  expect(
    Math.abs(value - expected),
    `${what}: ${value} instead of ${expected}`,
  ).toBeLessThanOrEqual(tolerance);
}

/** How far parameters move, one after the other and by different amounts. */
function directionOf({ key, values }: Parameter, isMoved: boolean): Parameter {
  const move = (value: number, i: number) => Math.abs(value) * (1 + 0.3 * Math.sin(5 * i));
  return { key, values: Float64Array.from(values, isMoved ? move : () => 0) };
}

async function check(
  module: Module,
  options: {
    readonly backend: "wasm" | "reference";
    readonly solver: SolverName;
    readonly clamps?: "solved" | "overwritten";
  },
): Promise<void> {
  const objective = await compileObjective(module, { ...options, dt, loss, onWarning: false });
  const { parameters } = objective;
  const { gradient, byClamps } = await objective.valueAndGradient(parameters);
  const value = await objective.value(parameters);
  for (const [j, { key }] of parameters.entries()) {
    const direction = parameters.map((one, k) => directionOf(one, k === j));
    const along = (x: number) =>
      objective.value(
        parameters.map(({ key, values }, k) => ({
          key,
          values: Float64Array.from(values, (v, i) => v + x * (direction[k]?.values[i] ?? 0)),
        })),
      );
    const slope = Array.from(gradient[j]?.values ?? []).reduce(
      (sum, one, i) => sum + one * (direction[j]?.values[i] ?? 0),
      0,
    );
    const what = `${key}, ${Object.values(options).join(", ")}`;
    const { tangent } = await objective.jvp(parameters, direction);
    expectClose(tangent, slope, 1e-9 * Math.abs(slope) + 1e-12 * Math.abs(value), what);
    const rounding = 1e-15 * Math.abs(value);
    const found = await difference(along, rounding, [1e-3, 1e-4], 1e-8 * Math.abs(slope));
    expectClose(found.slope, slope, 1e-6 * Math.abs(slope) + 10 * found.error, what);
    expect(found.error, `${what}: the difference`).toBeLessThan(1e-4 * Math.abs(slope));
  }
  const { clamps } = module.root.description;
  // Concentrations see the voltage of the last sample after the end
  for (const [number, { state, samples, index }] of clamps.entries())
    for (const k of [0, steps >> 1, steps - 4]) {
      const at = (x: number) => {
        const moved = Float64Array.from(samples, (s, i) => (i === k ? s + x : s));
        const inputs = { dataClamps: module.select([index]).dataClamp(state, moved) };
        return objective.value(parameters, inputs);
      };
      const slope = byClamps[number]?.[k] ?? Number.NaN;
      const size = state === "v" ? 0.1 : 1e-5;
      const rounding = 1e-15 * Math.abs(value);
      const enough = 1e-8 * Math.abs(slope);
      const found = await difference(at, rounding, [size, size / 10], enough);
      const what = `clamp of ${state}, sample ${k}, ${Object.values(options).join(", ")}`;
      expectClose(found.slope, slope, 1e-6 * Math.abs(slope) + 10 * found.error, what);
      expect(found.error, `${what}: the difference`).toBeLessThan(1e-4 * Math.abs(slope));
    }
}

const solvers = ["bwd_euler", "exp_euler", "staggered", "crank_nicolson", "fwd_euler"] as const;

describe.each(["wasm", "reference"] as const)("on %s", (backend) => {
  // The oracle is slow: some are left to the long run
  const count = backend === "wasm" ? solvers.length : runs(2, solvers.length);
  describe.each(solvers.slice(0, count))("%s", (solver) => {
    test("a voltage", () => check(voltageClamped(), { backend, solver }));
    test("an ion that diffuses", () => check(ionClamped(), { backend, solver }));
    test("a partner of gap junctions", () => check(partnerClamped(), { backend, solver }));
  });
  test("written after the step", async () => {
    for (const make of [voltageClamped, ionClamped, partnerClamped])
      await check(make(), { backend, solver: "bwd_euler", clamps: "overwritten" });
  });
});
