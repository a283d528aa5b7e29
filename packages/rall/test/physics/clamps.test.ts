/** Clamps as rows of the system: what neighbours settle at, whatever the time step, and how derivatives pass through. */
import {
  Branch,
  Compartment,
  integrate,
  type LinearSolverName,
  type Module,
  type SolverName,
} from "rall";
import { Leak } from "rall/channels";
import { describe, expect, test } from "vitest";

const backends = ["reference", "wasm"] as const;
const length = 1000;
/** S/cm2, Ohm cm, um. */
const [leak, resistivity, radius] = [1e-4, 100, 0.5];

/** A passive cable at -70 mV, clamped to 0 at its start. */
function cable(ncomp: number, samples: number): Branch {
  const branch = new Branch(new Compartment(), { ncomp });
  branch.set("length", length / ncomp).set("radius", radius);
  branch.set("axial_resistivity", resistivity).set("v", -70);
  branch.insert(Leak).set("Leak_gLeak", leak).set("Leak_eLeak", -70);
  branch.comp(0).clamp("v", new Float64Array(samples));
  return branch;
}

/** Voltage at a distance in um from the clamped end of a cable that is sealed at the other: `cosh` over `cosh`. */
function exact(x: number, sealed: number): number {
  // um; Ohm cm and S/cm2 to um
  const lambda = Math.sqrt((radius * 1e-4) / (2 * resistivity * leak)) * 1e4;
  return -70 + (70 * Math.cosh((sealed - x) / lambda)) / Math.cosh(sealed / lambda);
}

async function settled(
  module: Module,
  options: {
    readonly backend: "wasm" | "reference";
    readonly dt: number;
    readonly steps: number;
    readonly solver?: SolverName;
    readonly linearSolver?: LinearSolverName;
    readonly clamps?: "solved" | "overwritten";
  },
): Promise<Float64Array> {
  const { steps, ...rest } = options;
  module.deleteRecordings();
  module.record("v");
  const { recordings } = await integrate(module, { ...rest, tMax: (steps - 0.5) * rest.dt });
  return Float64Array.from(recordings, (row) => row.at(-1) ?? Number.NaN);
}

function furthest(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

describe.each(backends)("on %s", (backend) => {
  test("a clamped cable settles at the same voltages for any time step and solver", async () => {
    const steps = 400;
    const make = () => {
      const cell = cable(8, steps);
      // Quick to settle, so that few steps do
      cell.set("Leak_gLeak", 2e-3).set("Leak_eLeak", -50);
      return cell;
    };
    const first = await settled(make(), { backend, dt: 0.5, steps });
    expect(first[0]).toBe(0);
    for (const [solver, linearSolver, dt] of [
      ["bwd_euler", "hines", 0.1],
      ["bwd_euler", "stone", 0.3],
      ["bwd_euler", "dense", 2],
      ["crank_nicolson", "hines", 0.1],
      ["crank_nicolson", "stone", 0.1],
      ["staggered", "hines", 0.1],
      ["staggered", "dense", 0.15],
      ["fwd_euler", "hines", 0.05],
    ] as const) {
      const other = await settled(make(), { backend, solver, linearSolver, dt, steps });
      expect(furthest(first, other), `${solver}, ${linearSolver}, ${dt}`).toBeLessThan(1e-9);
    }
    // Lie's splitting has an error of first order at rest too
    const errors = [];
    for (const dt of [0.1, 0.05])
      errors.push(
        furthest(first, await settled(make(), { backend, solver: "exp_euler", dt, steps })),
      );
    expect((errors[0] ?? 0) / (errors[1] ?? 1)).toBeGreaterThan(1.9);
    expect(errors[1]).toBeLessThan(1);
  });

  test("the neighbour of the clamp in cables of 10, 50 and 200 compartments (NEURON, formula)", async () => {
    for (const [ncomp, neighbour] of [
      [10, -12.07],
      [50, -2.64],
      [200, -0.67],
    ] as const)
      for (const dt of [0.1, 0.025]) {
        const v = await settled(cable(ncomp, 2000), { backend, dt: 20 * dt, steps: 300 });
        expect(Math.abs((v[1] ?? 0) - neighbour)).toBeLessThan(0.02);
      }
  });

  test("the profile of a clamped cable is a hyperbolic cosine, of second order in dx", async () => {
    const errors = [];
    for (const ncomp of [25, 50, 100]) {
      const v = await settled(cable(ncomp, 200), { backend, dt: 20, steps: 100 });
      const dx = length / ncomp;
      // The clamp holds the middle of the first compartment
      errors.push(
        Math.max(
          ...Array.from(v, (value, i) => Math.abs(value - exactInCompartments(i, dx, ncomp))),
        ),
      );
    }
    const [coarse = 0, middle = 0, fine = 1] = errors;
    expect(coarse / middle).toBeGreaterThan(3.8);
    expect(middle / fine).toBeGreaterThan(3.8);
    expect(fine).toBeLessThan(2e-3);
  });
});

/** Sealed half a compartment behind the last middle; the clamp holds the middle of the first. */
function exactInCompartments(i: number, dx: number, ncomp: number): number {
  return exact(i * dx, (ncomp - 0.5) * dx);
}
