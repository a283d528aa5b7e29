/** Gap junctions: part of the tree where they close no loop, an exchange of charge where they do. */
import fc from "fast-check";
import { Branch, Cell, Compartment, connect, integrate, Network } from "rall";
import { HH, Leak } from "rall/channels";
import { GapJunction, IonotropicSynapse } from "rall/synapses";
import { describe, expect, test } from "vitest";
import { runs } from "../long.ts";

function point(v = -65): Compartment {
  const one = new Compartment();
  one.insert(HH).set("radius", 8).set("length", 16).set("v", v).initStates();
  return one;
}

function tree(): Cell {
  const cell = new Cell(new Branch(new Compartment(), { ncomp: 3 }), { parents: [-1, 0, 0, 1] });
  cell.insert(HH).set("axial_resistivity", 120).set("v", -65).initStates();
  cell.branch(2).insert(Leak);
  return cell;
}

const pulse = new Float64Array(800).fill(0.4, 40, 120);

describe.each(["reference", "wasm"] as const)("on %s", (backend) => {
  test("two compartments joined by their axial conductance are a branch of two", async () => {
    const branch = new Branch(new Compartment(), { ncomp: 2 });
    branch.insert(HH).set("axial_resistivity", 150).set("v", -65).initStates();
    // Length over cross-section, in Ohm cm um / um2 = 1e4 Ohm
    const resistance = (150 * 10) / Math.PI / 1e2;
    const one = new Compartment();
    one.insert(HH).set("v", -65).initStates();
    const net = new Network([one, one]);
    connect(net.cell(0), net.cell(1), GapJunction, { values: { g: 1 / resistance } });
    net.cell(0).stimulate(pulse);
    branch.comp(0).stimulate(pulse);
    for (const solver of ["bwd_euler", "crank_nicolson"] as const) {
      const [joined, whole] = await Promise.all(
        [net.record(), branch.record()].map((module) => integrate(module, { backend, solver })),
      );
      for (const [row, series] of (whole?.recordings ?? []).entries()) {
        for (const [k, v] of series.entries())
          expect(Math.abs((joined?.recordings[row]?.[k] ?? 0) - v)).toBeLessThan(1e-9);
      }
    }
  });

  test.each([
    [
      "in a chain, within the implicit solve",
      [
        [0, 1],
        [1, 2],
        [1, 3],
      ],
    ],
    [
      "in loops, by exchange",
      [
        [0, 1],
        [1, 2],
        [2, 3],
        [3, 0],
        [0, 2],
      ],
    ],
  ])("charge is conserved %s", async (_, pairs) => {
    const net = new Network([-80, -65, -40, 10].map((v) => point(v).delete("HH") as Compartment));
    for (const [k, radius] of [4, 8, 16, 3].entries()) net.cell(k).set("radius", radius);
    for (const [a = 0, b = 0] of pairs)
      connect(net.cell(a), net.cell(b), GapJunction, { values: { g: 0.05 } });
    const charge = (voltages: readonly number[]) => {
      const area = net.get("area");
      return voltages.reduce((sum, v, i) => sum + v * (area[i] ?? 0), 0);
    };
    for (const dt of [0.025, 5]) {
      const { recordings } = await integrate(net.record(), { backend, dt, tMax: 200 * dt });
      const at = (k: number) => recordings.map((row) => row[k] ?? Number.NaN);
      const start = charge(at(0));
      const scale = charge(at(0).map(Math.abs));
      for (let k = 0; k <= 200; k++)
        expect(Math.abs(charge(at(k)) - start) / scale).toBeLessThan(1e-12);
      // Everything flows until all are equal, however long the step
      const end = at(200);
      if (dt > 1) for (const v of end) expect(Math.abs(v - (end[0] ?? 0))).toBeLessThan(1e-6);
    }
  });

  test("both directions are the same, and its current is that of the conductance", async () => {
    const runs = [0, 1].map(async (from) => {
      const net = new Network([point(), tree()]);
      const ends = [net.cell(0), net.cell(1).branch(1).comp(1)] as const;
      const [a, b] = from === 0 ? ends : [ends[1], ends[0]];
      const junction = connect(a, b, GapJunction, { values: { g: 0.02 } });
      junction.record("i_GapJunction");
      net.cell(0).stimulate(pulse);
      ends[0].record();
      ends[1].record();
      return integrate(net, { backend });
    });
    const [one, other] = await Promise.all(runs);
    const [i, v, w] = one?.recordings ?? [];
    expect(Math.max(...(w ?? []))).toBeGreaterThan(-60);
    for (const [k, current] of (i ?? []).entries()) {
      const scale = Math.abs(current) + 1e-6;
      expect(Math.abs((other?.recordings[0]?.[k] ?? 0) + current) / scale).toBeLessThan(1e-7);
      for (const row of [1, 2]) {
        const difference = (other?.recordings[row]?.[k] ?? 0) - (one?.recordings[row]?.[k] ?? 0);
        expect(Math.abs(difference)).toBeLessThan(1e-8);
      }
      // Recorded after a step is what flowed at its start
      const [before, after] = [v?.[Math.max(0, k - 1)] ?? 0, w?.[Math.max(0, k - 1)] ?? 0];
      expect(Math.abs(current - 0.02 * (after - before))).toBeLessThan(1e-12);
    }
  });

  test("a clamped compartment pulls its neighbours", async () => {
    const net = new Network([point(), tree(), point()]);
    connect(net.cell(0), net.cell(1).branch(0).comp(1), GapJunction, { values: { g: 0.05 } });
    connect(net.cell(2), net.cell(1).branch(0).comp(1), GapJunction, { values: { g: 0.05 } });
    net.cell(1).branch(0).comp(1).clamp("v", new Float64Array(400).fill(-30));
    net.record();
    const { recordings } = await integrate(net, { backend });
    const [first = new Float64Array()] = recordings;
    const third = recordings.at(-1) ?? new Float64Array();
    expect(first).toEqual(third);
    expect(first[1]).toBeGreaterThan(-65);
  });
});

test("a junction stiffer than all else stays stable in a loop", async () => {
  const net = new Network([point(), point(), point()]);
  for (const [a, b] of [
    [0, 1],
    [1, 2],
    [2, 0],
  ] as const)
    connect(net.cell(a), net.cell(b), GapJunction, { values: { g: 100 } });
  net.cell(0).stimulate(pulse);
  const { recordings, status } = await integrate(net.record());
  expect(status.code).toBe("completed");
  for (let k = 0; k < 800; k++)
    expect(Math.abs((recordings[0]?.[k] ?? 0) - (recordings[2]?.[k] ?? 0))).toBeLessThan(0.5);
});

test("random junctions: the backends agree", async () => {
  const pair = fc.record({
    a: fc.nat(40),
    b: fc.nat(40),
    g: fc.double({ min: 1e-4, max: 0.2, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(pair, { minLength: 1, maxLength: 10 }),
      fc.boolean(),
      fc.constantFrom("bwd_euler" as const, "crank_nicolson" as const),
      async (pairs, hasSynapse, solver) => {
        const net = new Network([tree(), point(), tree(), point(), tree(), point()]);
        const { length } = net.compartments;
        for (const { a, b, g } of pairs) {
          const [from, to] = [a % length, b % length].map((k) => net.select([k]));
          if (from !== undefined && to !== undefined)
            connect(from, to, GapJunction, { values: { g } });
        }
        if (hasSynapse) connect(net.select([0]), net.select([20]), IonotropicSynapse);
        net.cell(0).branch(0).comp(0).stimulate(pulse);
        net.cell(3).stimulate(pulse);
        net.record();
        const run = (backend: "reference" | "wasm") =>
          integrate(net, { backend, solver, tMax: 4, tabulate: false });
        const [reference, wasm] = await Promise.all([run("reference"), run("wasm")]);
        for (const [row, series] of reference.recordings.entries()) {
          for (const [k, v] of series.entries())
            expect(Math.abs((wasm.recordings[row]?.[k] ?? 0) - v)).toBeLessThan(1e-8);
        }
      },
    ),
    { numRuns: runs(12, 60) },
  );
});
