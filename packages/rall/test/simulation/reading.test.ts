/** @file What mechanisms and synapses read of one another, case by case; `oracle.test.ts` tries them at random. */
import {
  Branch,
  Cell,
  type Channel,
  Compartment,
  connect,
  defineChannel,
  defineSynapse,
  integrate,
  type Module,
  Network,
} from "rall";
import { CaL, HH, Leak } from "rall/channels";
import { CaPump } from "rall/pumps";
import { describe, expect, test } from "vitest";
import { wasmBackend } from "../../src/backends/wasm/backend.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { setUp } from "../../src/simulation/compile.ts";

/** Runs a module on both backends, with tables and without, and compares all recordings and states. */
async function expectSame(
  module: Module,
  tMax: number,
  solver: "bwd_euler" | "staggered" = "bwd_euler",
): Promise<void> {
  const options = { tMax, solver, returnStates: true } as const;
  const expected = await integrate(module, { ...options, backend: "reference" });
  expect(expected.status.code).toBe("completed");
  for (const tabulate of [false, true]) {
    const found = await integrate(module, { ...options, backend: "wasm", tabulate });
    expect(found.status.code).toBe("completed");
    for (const [row, series] of expected.recordings.entries())
      for (const [k, value] of series.entries()) {
        const own = found.recordings[row]?.[k] ?? Number.NaN;
        expect(Math.abs(own - value), `${expected.names[row]} ${k}`).toBeLessThan(
          1e-9 * Math.max(1, Math.abs(value)),
        );
      }
    for (const [key, values] of Object.entries(expected.states?.values ?? {}))
      expect([...(found.states?.values[key] ?? [])].map(Number.isNaN)).toEqual(
        [...values].map(Number.isNaN),
      );
  }
}

function cable(): Cell {
  const cell = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0, 0] });
  return cell.set("length", 30).set("radius", 2).set("v", -65);
}

const pulse = (amplitude: number) =>
  Float64Array.from({ length: 400 }, (_, k) => (k > 20 && k < 120 ? amplitude : 0));

const Follower = defineChannel("Follower", {
  parameters: { g: { value: 2e-4 } },
  states: {
    i_HH: { value: 0, shared: true },
    x: { value: 0, derivative: "(100 * i_HH - x) / 2" },
  },
  current: "g * x * (v + 80)",
});

describe("a mechanism that reads the current of another", () => {
  for (const order of ["before", "after"])
    for (const place of ["everywhere", "in part"])
      test(`${order} it, ${place}`, async () => {
        const cell = cable();
        const where: Module | Cell = cell;
        const put = (channel: Channel) =>
          channel === Follower && place === "in part"
            ? cell.branch([0, 2]).insert(channel)
            : where.insert(channel);
        for (const channel of order === "before" ? [Follower, HH] : [HH, Follower]) put(channel);
        cell.initStates();
        cell.branch(0).comp(0).stimulate(pulse(0.3));
        cell.record("v").record("i_HH");
        cell.branch(2).record("Follower_x");
        await expectSame(cell, 8);
      });

  test("reads that of the step before", async () => {
    const Source = defineChannel("Source", {
      states: { n: { value: 0, update: "n + 1" } },
      current: "1e-9 * n",
    });
    const Reader = defineChannel("Reader", {
      states: {
        i_Source: { value: 0, shared: true },
        seen: { value: -1, update: "1e9 * i_Source" },
      },
    });
    for (const backend of ["wasm", "reference"] as const)
      for (const channels of [
        [Source, Reader],
        [Reader, Source],
      ]) {
        const one = new Compartment();
        for (const channel of channels) one.insert(channel);
        one.record("Reader_seen");
        const { recordings } = await integrate(one, { backend, tMax: 0.1 });
        expect([...(recordings[0] ?? [])].slice(0, 5).map((x) => Math.round(x))).toEqual([
          -1, 0, 1, 2, 3,
        ]);
      }
  });

  test("a gate that follows the calcium of a pool and its current", async () => {
    const SK = defineChannel("SK", {
      parameters: { g: { value: 1e-3 } },
      states: {
        i_Ca: { value: 0, shared: true },
        CaCon_i: { value: 5e-5, shared: true },
        n: { value: 0, derivative: "(min(1, abs(i_Ca) * 1e3 + CaCon_i) - n) / 4" },
      },
      current: "g * n * (v + 90)",
    });
    const cell = cable().insert(SK) as Cell;
    cell.branch([0, 1]).insert(CaL).insert(CaPump);
    cell.insert(Leak).initStates();
    cell.branch(0).comp(0).stimulate(pulse(0.5));
    cell.record("v").record("SK_n");
    await expectSame(cell, 8);
  });
});

test("synapses read currents of both sides: their rules the former ones, their currents the new", async () => {
  const Reading = defineSynapse("Reading", {
    pre: { ica: "i_Ca" },
    post: { ihh: "i_HH" },
    parameters: { w: { value: 1e-3 } },
    states: { s: { value: 0, derivative: "(1e4 * abs(ica) - s) / 3" } },
    current: "w * (s + 100 * abs(ihh) + 1e3 * abs(ica)) * (v_post - 10)",
  });
  const [pre, post] = [new Compartment(), new Compartment()];
  pre.insert(CaL).insert(Leak);
  post.insert(HH);
  const net = new Network([pre, post]);
  net.set("v", -65).initStates();
  net.cell(0).stimulate(pulse(0.05));
  connect(net.cell(0), net.cell(1), Reading);
  net.record("v");
  net.synapse("Reading").record("Reading_s").record("i_Reading");
  await expectSame(net, 8);
  await expectSame(net, 2, "staggered");
});

test("a mechanism everywhere whose rules read what a later one moves in part", async () => {
  const Everywhere = defineChannel("Everywhere", {
    states: { y: { value: 1, shared: true }, x: { value: 0, update: "x / 2 + y" } },
  });
  const Part = defineChannel("Part", {
    states: { y: { value: 1, shared: true, update: "y / 2" } },
  });
  for (const backend of ["wasm", "reference"] as const) {
    const branch = new Branch(new Compartment(), { ncomp: 2 });
    branch.insert(Everywhere);
    branch.comp(1).insert(Part).record("Everywhere_x");
    branch.record("v");
    const { recordings } = await integrate(branch, { backend, tMax: 0.1 });
    // The rules of the earlier one see y before it moves: 1, 1/2, 1/4, ...
    expect([...(recordings[0] ?? [])].slice(0, 5)).toEqual([0, 1, 1, 0.75, 0.5]);
  }
});

describe("where a channel is absent", () => {
  const Undefined = defineChannel("Undefined", {
    parameters: { p: { value: 0 } },
    states: { x: { value: 0.5, update: "x * exp(-dt)" } },
    current: "1e-5 * x * log(p) * (v + 65 + 1 / p)",
  });

  test("what its equations would give is not read", async () => {
    const cell = cable().insert(Leak) as Cell;
    cell.branch(1).comp(0).insert(Undefined).set("Undefined_p", 2).record("Undefined_x");
    cell.branch(0).comp(0).stimulate(pulse(0.1));
    cell.record("v");
    await expectSame(cell, 4);
    for (const mode of ["backwards", "forwards"] as const) {
      const setup = setUp(cell, {});
      const plan = makePlan(setup.description, {
        ...setup,
        tabulates: false,
        returnStates: true,
      });
      const kernel = await wasmBackend.differentiate(plan, setup.description.memory, {
        ...{ mode, surrogate: undefined, tapeLength: 5, steps: 5 },
        wanted: { keys: new Set(["Undefined_p"]), geometry: true, delays: false },
      });
      if (mode === "forwards") continue;
      await kernel.tape(5);
      kernel.startBackwards({});
      await kernel.reverse(5, new Float64Array(5 * plan.recordings.length).fill(1));
      expect(kernel.nonFiniteDerivative()).toBeUndefined();
    }
  });

  test("nor between branches, where there is no membrane", async () => {
    const Bounded = defineChannel("Bounded", {
      parameters: { low: { value: -1e9 } },
      current: "1e-5 * log(v - low)",
    });
    // The voltage between the branches lies below what the first compartment can stand
    const cell = cable().insert(Bounded) as Cell;
    cell.insert(Leak).branch(0).set("v", -40);
    cell.branch(0).comp(0).set("Bounded_low", -42);
    cell.branch(0).comp(0).clamp("v", new Float64Array(400).fill(-40));
    cell.record("v");
    await expectSame(cell, 4);
  });
});
