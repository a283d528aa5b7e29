/** The search for a state at rest: under clamps, and with synapses that spikes arrive at. */
import fc from "fast-check";
import {
  Branch,
  Cell,
  Compartment,
  connect,
  defineChannel,
  findSteadyState,
  integrate,
  ModelError,
  Network,
} from "rall";
import { CaL, HH, Leak } from "rall/channels";
import { CaPump } from "rall/pumps";
import { ExpSyn, GapJunction } from "rall/synapses";
import { describe, expect, test } from "vitest";
import { runs } from "../long.ts";
import { buildRandom, randomModels } from "./random-models.ts";

const backends = ["reference", "wasm"] as const;

function largest(a: Float64Array | undefined, b: readonly Float64Array[]): number {
  return Math.max(...b.map((row, i) => Math.abs((row.at(-1) ?? 0) - (a?.[i] ?? Number.NaN))));
}

describe.each(backends)("on %s", (backend) => {
  test("under a voltage clamp it is where a long run ends", async () => {
    const cable = new Branch(new Compartment(), { ncomp: 10 });
    cable.set("length", 100).set("radius", 0.5).set("axial_resistivity", 100).set("v", -70);
    cable.insert(Leak).set("Leak_gLeak", 1e-3).set("Leak_eLeak", -70);
    cable.comp(0).clamp("v", new Float64Array(2000));
    cable.record("v");
    const { recordings } = await integrate(cable, { backend, dt: 0.1, tMax: 190 });
    const { values } = await findSteadyState(cable, { backend });
    expect(values.v?.[1]).toBeGreaterThan(-60);
    expect(largest(values.v, recordings)).toBeLessThan(1e-7);
  });

  test("synapses that spikes arrive at after a short delay do not stop it", async () => {
    const point = () => new Branch(new Compartment(), { ncomp: 1 });
    const net = new Network(
      [point(), point()].map((branch) => new Cell([branch], { parents: [-1] })),
    );
    net.insert(Leak).set("Leak_gLeak", 1e-3).set("Leak_eLeak", -60).set("v", -70);
    connect(net.cell(0), net.cell(1), ExpSyn, { values: { weight: 1e-3, delay: 1 } });
    const { values } = await findSteadyState(net, { backend });
    expect(values.v?.[0]).toBeCloseTo(-60, 6);
    expect(values.v?.[1]).toBeCloseTo(-60, 6);
  });
});

/** Moves by a rule of its own, with a time constant of 1,000 ms; longer explicit steps than 2,000 ms swing up. */
const Slow = defineChannel("Slow", {
  parameters: { g: { value: 1e-3, unit: "S/cm2" } },
  states: { s: { value: 0, update: "s + dt * (1 / (1 + exp(-(v + 60) / 10)) - s) / 1000" } },
  current: "g * s * (v + 90)",
});

/** Largest difference of the states of two runs' ends, in mV, mM and parts. */
function difference(
  a: Readonly<Record<string, ArrayLike<number>>>,
  b: Readonly<Record<string, ArrayLike<number>>>,
): number {
  return Object.entries(b).reduce(
    (most, [key, column]) =>
      Array.from(column).reduce((worst, value, i) => {
        const other = a[key]?.[i] ?? Number.NaN;
        return Number.isNaN(value) && Number.isNaN(other)
          ? worst
          : Math.max(worst, Math.abs(value - other));
      }, most),
    0,
  );
}

describe.each(backends)("slow states, on %s", (backend) => {
  test.each(["channel", "concentration"] as const)(
    "a time constant of 1,000 ms in a %s",
    async (what) => {
      const one = new Compartment().insert(Leak).insert(what === "channel" ? Slow : HH);
      if (what === "concentration") one.insert(CaL).insert(CaPump).set("CaPump_decay", 1000);
      const { values } = await findSteadyState(one, { backend });
      const run = { backend, dt: 2, tMax: 40_000, returnStates: true } as const;
      const { states } = await integrate(one, run);
      expect(difference(values, states?.values ?? {})).toBeLessThan(1e-9);
    },
  );

  test("tolerance is a distance from rest", async () => {
    const one = new Compartment().insert(Leak).insert(Slow);
    const exact = await findSteadyState(one, { backend });
    const near = await findSteadyState(one, { backend, tolerance: 1e-3 });
    expect(difference(near.values, exact.values)).toBeLessThan(1e-3);
  });

  test("a cell that fires by itself is told", async () => {
    const one = new Compartment().insert(HH).insert(Leak).set("Leak_eLeak", 0);
    one.set("Leak_gLeak", 5e-4);
    await expect(findSteadyState(one, { backend, limit: 50 })).rejects.toThrow(ModelError);
  });
});

describe.each(backends)("loops of gap junctions, on %s", (backend) => {
  test.each([false, true])("the currents balance, whatever dt (a clamp: %s)", async (isHeld) => {
    const net = new Network(Array.from({ length: 4 }, () => new Compartment()));
    net.insert(Leak).set("Leak_gLeak", 1e-4);
    const rest = [-80, -70, -60, -50];
    for (const [i, e] of rest.entries()) net.cell(i).set("Leak_eLeak", e).set("v", -70);
    const links = [
      [0, 1, 1e-3],
      [1, 2, 5e-3],
      [2, 3, 2e-3],
      [3, 0, 4e-3],
      [0, 2, 1e-2],
    ] as const;
    for (const [a, b, g] of links)
      connect(net.cell(a), net.cell(b), GapJunction, { values: { g } });
    if (isHeld) net.cell(0).clamp("v", [-20]);
    for (const dt of [0.025, 0.1]) {
      const { v = new Float64Array() } = (await findSteadyState(net, { backend, dt })).values;
      const at = (i: number) => v[i] ?? Number.NaN;
      // S/cm2 times um2 is 0.01 uS
      const leak = 1e-4 * 0.01 * (net.get("area")[0] ?? Number.NaN);
      for (const [i, e] of rest.entries()) {
        if (isHeld && i === 0) continue;
        const out = links.reduce(
          (sum, [a, b, g]) => {
            if (a === i) return sum + g * (at(a) - at(b));
            return b === i ? sum + g * (at(b) - at(a)) : sum;
          },
          leak * (at(i) - e),
        );
        expect(Math.abs(out / leak), `${dt}, ${i}`).toBeLessThan(1e-9);
      }
      if (isHeld) expect(v[0]).toBe(-20);
    }
  });
});

test("random models end where a long run ends, with and without clamps", async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(randomModels, fc.boolean(), async (model, isHeld) => {
      const cell = buildRandom({ ...model, clamped: false });
      cell.deleteStimuli();
      const place = (model.where + 1) % cell.compartments.length;
      const hold = (samples: number) => {
        cell.deleteClamps();
        if (isHeld) cell.select([place]).clamp("v", new Float64Array(samples).fill(model.v + 5));
      };
      cell.deleteRecordings();
      cell.record("v");
      const dt = 0.25;
      const run = async (steps: number, start: object) => {
        hold(steps);
        const tMax = (steps - 0.5) * dt;
        const own = { dt, tMax, returnStates: true, onWarning: false, ...start } as const;
        const { states, recordings } = await integrate(cell, own);
        if (states === undefined) throw new Error("no states");
        return { states, recordings };
      };
      const early = await run(20_000, {});
      const late = await run(20_000, { initialState: early.states });
      // One that fires by itself has no rest to compare, even if its period divides the time of a run
      const isMoving = late.recordings.some((row) =>
        row.some((v) => Math.abs(v - (row[0] ?? 0)) > 1e-10),
      );
      if (isMoving || !(difference(early.states.values, late.states.values) < 1e-10)) return;
      hold(1);
      const found = await findSteadyState(cell, { onWarning: false });
      const dynamic = Object.entries(late.states.values).filter(([key]) => !key.startsWith("i_"));
      expect(difference(found.values, Object.fromEntries(dynamic))).toBeLessThan(1e-9);
      compared++;
    }),
    { numRuns: runs(15, 200), seed: 7, endOnFailure: true },
  );
  expect(compared).toBeGreaterThan(runs(9, 100));
});
