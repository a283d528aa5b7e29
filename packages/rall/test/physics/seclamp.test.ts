/** Voltage clamps in time against NEURON's SEClamp, whose values `make_seclamp.py` stored. */
import { readFileSync } from "node:fs";
import { Branch, Cell, Compartment, integrate, type Module, parseSwc, type View } from "rall";
import { HH, Leak } from "rall/channels";
import { describe, expect, test } from "vitest";

interface Stored {
  readonly dt: number;
  /** ms, mV. */
  readonly durations: readonly number[];
  readonly levels: readonly number[];
  /** Numbers of steps. */
  readonly moments: readonly number[];
  /** mV. */
  readonly cable: readonly (readonly number[])[];
  readonly nseg1: readonly (readonly number[])[];
  readonly nseg3: readonly (readonly number[])[];
}

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
const stored = JSON.parse(read("seclamp.json")) as Stored;
const { dt, moments } = stored;
const held = stored.durations.flatMap((duration, k) =>
  new Array<number>(Math.round(duration / dt)).fill(stored.levels[k] ?? Number.NaN),
);

async function voltages(
  cell: Module,
  clamped: View,
  backend: "wasm" | "reference",
): Promise<number[][]> {
  cell.set("v", -65);
  cell.initStates({ dt });
  clamped.clamp("v", held);
  const { recordings } = await integrate(cell, { dt, backend });
  return recordings.map((row) => moments.map((k) => row[k] ?? Number.NaN));
}

/** mV. */
function furthest(found: readonly number[][], expected: readonly (readonly number[])[]): number {
  expect(found.length).toBe(expected.length);
  const all = expected.flatMap((row, i) =>
    row.map((value, k) => Math.abs(value - (found[i]?.[k] ?? Number.NaN))),
  );
  return all.some(Number.isNaN) ? Number.NaN : Math.max(...all);
}

describe.each(["wasm", "reference"] as const)("on %s", (backend) => {
  test("a cable, active and passive", async () => {
    const active = new Branch(new Compartment(), { ncomp: 5 });
    const passive = new Branch(new Compartment(), { ncomp: 4 });
    const cell = new Cell([active, passive], { parents: [-1, 0] });
    cell.set("axial_resistivity", 120);
    cell.branch(0).insert(HH).set("length", 40).set("radius", 1);
    cell.branch(1).insert(Leak).set("length", 60).set("radius", 0.5);
    cell.branch(1).set("Leak_gLeak", 2e-4).set("Leak_eLeak", -60);
    cell.record("v");
    const found = await voltages(cell, cell.branch(0).comp(1), backend);
    expect(furthest(found, stored.cable)).toBeLessThan(1e-6);
  });

  test.each([1, 3] as const)("an SWC cell, %s compartments per section", async (ncomp) => {
    const cell = parseSwc(read("seclamp.swc"), { convention: "neuron", ncomp });
    cell.set("axial_resistivity", 100).insert(HH);
    cell.loc(0.5).record("v");
    const found = await voltages(cell, cell.branch(0).loc(0.5), backend);
    const expected = ncomp === 1 ? stored.nseg1 : stored.nseg3;
    expect(furthest(found, expected)).toBeLessThan(1e-6);
  });

  test("sample k acts in step k: the voltage after it is the sample", async () => {
    const cell = new Compartment().insert(Leak).set("v", -65);
    cell.clamp("v", held).record("v");
    const { recordings } = await integrate(cell, { dt, backend });
    expect(Array.from(recordings[0] ?? [])).toEqual([-65, ...held]);
    // NEURON's second level begins after 80 steps of 0.025 ms: it is there at the end of the 81st
    const before = moments.indexOf(80);
    expect(stored.cable[1]?.slice(before, before + 2).map(Math.round)).toEqual([-65, -20]);
  });
});
