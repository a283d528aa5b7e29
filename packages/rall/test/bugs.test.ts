/** Bugs of the reference system (numbers of section 11 of its description) that have no better place: each is absent. */
import {
  Branch,
  Cell,
  Compartment,
  defineChannel,
  definePump,
  fromJSON,
  integrate,
  Network,
  parseSwc,
  toJSON,
} from "rall";
import { CaL, CaT, HH, Km, Leak } from "rall/channels";
import { CaPump } from "rall/pumps";
import { expect, test } from "vitest";

test("2: Km and CaT start at their steady states", () => {
  const one = new Compartment();
  one.insert(Km).insert(CaT).set("v", -70).initStates();
  expect(one.get("Km_p")[0]).toBeCloseTo(1 / (1 + Math.exp(3.5)), 12);
  expect(one.get("CaT_u")[0]).toBeCloseTo(1 / (1 + Math.exp((-70 + 2 + 81) / 4)), 12);
});

test("9: a model is saved and copied after a run as before", async () => {
  const one = new Compartment();
  one.insert(HH).set("v", -65).initStates().record();
  const { recordings } = await integrate(one, { tMax: 2 });
  const read = fromJSON(JSON.stringify(toJSON(one)));
  for (const twin of [one.copy(), read]) {
    const again = await integrate(twin, { tMax: 2 });
    expect(again.recordings).toEqual(recordings);
  }
});

test("11: the current of a pump is recorded, on views too, and goes only with the pump", async () => {
  const cell = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0, 0] });
  cell.insert(CaL).insert(CaPump);
  cell.branch(1).record("i_CaPump").record("CaCon_i");
  const { names } = await integrate(cell, { tMax: 1 });
  expect(names.filter((name) => name.startsWith("i_CaPump")).length).toBe(2);
  cell.branch(2).delete(CaPump);
  expect(cell.branch(1).get("CaPump_decay").length).toBe(2);
  cell.delete(CaL);
  expect(cell.root.description.recordings.length).toBe(4);
  cell.delete("CaPump");
  expect(cell.root.description.recordings.length).toBe(0);
  expect(() => cell.record("i_CaPump")).toThrow("i_CaPump");
});

test("12: what does not exist is an error, not nothing", () => {
  const net = new Network([new Compartment()]);
  expect(() => net.group("some")).toThrow("no group");
  expect(() => net.channel("HH")).toThrow("No channel");
  expect(() => net.get("HH_gNa" as string)).toThrow("HH_gNa");
});

test("18: a fine cable at rest stays there", async () => {
  const cable = new Branch(new Compartment(), { ncomp: 200 });
  cable.insert(Leak).set("length", 1).set("axial_resistivity", 100).record();
  const { recordings } = await integrate(cable, { tMax: 10 });
  for (const row of recordings) expect(row.every((v) => Math.abs(v + 70) < 1e-11)).toBe(true);
});

test("20: slopes of nonlinear pumps are exact, also where a concentration is small", async () => {
  const Michaelis = definePump("Michaelis", {
    states: { c: { value: 1e-5, shared: true } },
    ion: "c",
    current: "1e-3 * c / (c + 5e-5)",
  });
  const one = new Compartment();
  one.insert(Michaelis).record("c");
  const step = async (slopes: "exact" | "difference") =>
    (await integrate(one, { slopes, tMax: 0 })).recordings[0]?.[1] ?? Number.NaN;
  const loss = (1e-3 * 1e-5) / 6e-5;
  const derivative = (1e-3 * 5e-5) / 6e-5 ** 2;
  const expected = 1e-5 - loss / (1 / 0.025 + derivative);
  expect(Math.abs((await step("exact")) / expected - 1)).toBeLessThan(1e-12);
  expect(Math.abs((await step("difference")) / expected - 1)).toBeGreaterThan(1e-2);
});

test("21: stimuli of unequal length and time step", async () => {
  const one = new Compartment();
  one.insert(Leak).stimulate([0.1, 0.1]).stimulate(new Float64Array(50).fill(0.1)).record("i");
  const { recordings } = await integrate(one);
  expect([...(recordings[0]?.slice(1, 5) ?? [])]).toEqual([0.2, 0.2, 0.1, 0.1]);
  expect(recordings[0]?.length).toBe(51);
});

test("24: moving what has no coordinates is refused, and views are copied with their module", () => {
  expect(() => new Cell().moveTo(1, 2, 3)).toThrow("computeXyz");
  const cell = parseSwc("1 1 0 0 0 5 -1\n2 3 5 0 0 1 1\n3 3 105 0 0 1 2\n", { ncomp: 2 });
  cell.insert(defineChannel("Own", { current: "1e-4 * (v + 60)" }));
  expect(cell.copy().channels).toEqual(["Own"]);
});
