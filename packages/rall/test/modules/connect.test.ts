/** Connecting, deleting and looking at synapses. */
import {
  Branch,
  Cell,
  Compartment,
  conductanceSynapse,
  connect,
  connectByDistance,
  connectivityMatrixConnect,
  connectTable,
  currentSynapse,
  defineSynapse,
  drawNetwork,
  fromJSON,
  fullyConnect,
  integrate,
  Network,
  poissonTrain,
  RandomStream,
  renameSynapse,
  SpikeTrain,
  sparseConnect,
  toJSON,
} from "rall";
import { HH, Leak } from "rall/channels";
import {
  ExpSyn,
  GapJunction,
  IonotropicSynapse,
  TanhConductanceSynapse,
  TestSynapse,
} from "rall/synapses";
import { describe, expect, test } from "vitest";
import { philox } from "../../src/numerics/philox.ts";

function cells(count: number): Network {
  const cell = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0, 0] });
  cell.insert(Leak);
  return new Network(Array.from({ length: count }, () => cell));
}

const cellOf = (net: Network, compartment: number) =>
  net.root.description.cellOf[net.root.description.branchOf[compartment] ?? 0] ?? -1;

function pairs(net: Network, name: string): string[] {
  const { pre, post } = net.synapse(name);
  return Array.from(pre, (from, k) => `${cellOf(net, from)}-${cellOf(net, post[k] ?? 0)}`);
}

describe("random numbers", () => {
  test("are those of Philox 4x32-10 (known answers of the authors' Random123 library)", () => {
    const hex = (words: readonly number[]) =>
      words.map((word) => word.toString(16).padStart(8, "0")).join(" ");
    const most = 0xffffffff;
    expect(hex(philox([0, 0, 0, 0], [0, 0]))).toBe("6627e8d5 e169c58d bc57ac4c 9b00dbd8");
    expect(hex(philox([most, most, most, most], [most, most]))).toBe(
      "408f276d 41c83b0e a20bc7c6 6d5451fd",
    );
    expect(
      hex(philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])),
    ).toBe("d16cfe09 94fdcceb 5001e420 24126ea1");
  });

  test("are uniform, the same for a seed and different for others", () => {
    const stream = new RandomStream(7);
    const numbers = Array.from({ length: 100_000 }, () => stream.uniform());
    const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
    const square = numbers.reduce((sum, x) => sum + x * x, 0) / numbers.length;
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(4 / Math.sqrt(12 * numbers.length));
    expect(Math.abs(square - 1 / 3)).toBeLessThan(4 * Math.sqrt(4 / 45 / numbers.length));
    expect(new RandomStream(7).uniform()).toBe(numbers[0]);
    expect(new RandomStream(8).uniform()).not.toBe(numbers[0]);
    expect(new RandomStream(7 + 2 ** 32).uniform()).not.toBe(numbers[0]);
    expect(() => new RandomStream(-1)).toThrow("The seed is -1");
    expect(() => new RandomStream(0.5)).toThrow("whole number");
  });

  test("make Poisson trains of the rate", () => {
    const { times } = poissonTrain({ rate: 50, tMax: 100_000, start: 1000, seed: 3 });
    expect(Math.abs(times.length - 4950)).toBeLessThan(4 * Math.sqrt(4950));
    expect(times[0]).toBeGreaterThan(1000);
    expect(times.at(-1)).toBeLessThan(100_000);
    expect(poissonTrain({ rate: 0, tMax: 100, seed: 1 }).times.length).toBe(0);
    expect(() => poissonTrain({ rate: -1, tMax: 100, seed: 1 })).toThrow("The rate");
  });
});

describe("which cells are connected", () => {
  test("all to all, with or without themselves, wherever on the cells (bug 8)", () => {
    const net = cells(5);
    const from = net.cell([0, 1, 2]);
    const to = net.cell([2, 3, 4]);
    fullyConnect(from, to, TestSynapse);
    const all = [0, 1, 2].flatMap((i) => [2, 3, 4].map((j) => `${i}-${j}`));
    expect(pairs(net, "TestSynapse")).toEqual(all);
    expect([...net.synapse("TestSynapse").post]).toEqual([12, 18, 24, 12, 18, 24, 12, 18, 24]);
    const Random = renameSynapse(TestSynapse, "Random");
    fullyConnect(net.cell([0, 1]), net.cell("all"), Random, {
      postCompartments: "random",
      seed: 4,
      autapses: false,
    });
    const expected = [0, 1].flatMap((i) =>
      [0, 1, 2, 3, 4].flatMap((j) => (i === j ? [] : `${i}-${j}`)),
    );
    expect(pairs(net, "Random")).toEqual(expected);
    const places = Array.from(net.synapse("Random").post, (compartment) => compartment % 6);
    expect(new Set(places).size).toBeGreaterThan(2);
  });

  test("by a matrix, also at random compartments (bug 8)", () => {
    const net = cells(6);
    const diagonal = Array.from({ length: 6 }, (_, i) =>
      Array.from({ length: 6 }, (_, j) => i === j),
    );
    connectivityMatrixConnect(net.cell("all"), net.cell("all"), TestSynapse, diagonal, {
      postCompartments: "random",
      seed: 1,
    });
    expect(pairs(net, "TestSynapse")).toEqual([0, 1, 2, 3, 4, 5].map((i) => `${i}-${i}`));
  });

  test("with a probability: each pair at most once, 1 is all, the number is right", () => {
    const net = cells(60);
    const all = net.cell("all");
    const sparse = sparseConnect(all, all, TestSynapse, 0.1, { seed: 12 });
    const found = pairs(net, "TestSynapse");
    expect(new Set(found).size).toBe(found.length);
    expect(Math.abs(found.length - 360)).toBeLessThan(4 * Math.sqrt(324));
    expect(sparse.edges.length).toBe(found.length);
    const twin = cells(60);
    sparseConnect(twin.cell("all"), twin.cell("all"), TestSynapse, 0.1, { seed: 12 });
    expect(pairs(twin, "TestSynapse")).toEqual(found);
    const other = cells(60);
    sparseConnect(other.cell("all"), other.cell("all"), TestSynapse, 0.1, { seed: 13 });
    expect(pairs(other, "TestSynapse")).not.toEqual(found);
    sparseConnect(all, all, GapJunction, 1, { seed: 1, autapses: false });
    expect(net.synapse("GapJunction").edges.length).toBe(60 * 59);
    sparseConnect(all, all, ExpSyn, 0, { seed: 1 });
    expect(net.synapses).not.toContain("IonotropicSynapse");
    const Twice = renameSynapse(TestSynapse, "Twice");
    sparseConnect(all, all, Twice, 0.5, { seed: 2, duplicates: true });
    const drawn = pairs(net, "Twice");
    expect(new Set(drawn).size).toBeLessThan(drawn.length);
  });

  test("by distance, with values that follow it", () => {
    const net = cells(20);
    net.arrangeInLayers([10, 10], { withinLayerOffset: 100, betweenLayerOffset: 250 });
    const { x, y } = net.computeCompartmentCenters();
    const near = connectByDistance(
      net.cell("all"),
      net.cell("all"),
      ExpSyn,
      (distance) => (distance < 300 ? 1 : 0),
      {
        seed: 1,
        values: { weight: 0.002, delay: ({ distance }) => 0.5 + distance / 200 },
      },
    );
    const [pre, post, delay] = [near.pre, near.post, near.get("ExpSyn_delay")];
    expect(pre.length).toBeGreaterThan(50);
    expect(pre.length).toBeLessThan(400);
    for (const [k, from] of pre.entries()) {
      const to = post[k] ?? 0;
      const distance = Math.hypot((x[from] ?? 0) - (x[to] ?? 0), (y[from] ?? 0) - (y[to] ?? 0));
      expect(distance).toBeLessThan(300);
      expect(delay[k]).toBeCloseTo(0.5 + distance / 200, 12);
    }
    expect(new Set(near.get("ExpSyn_weight"))).toEqual(new Set([0.002]));
  });

  test("by a table of rows", () => {
    const net = cells(3);
    const made = connectTable(net, ExpSyn, [
      { pre: 0, post: 7, weight: 0.01, delay: 2 },
      { pre: { cell: 1 }, post: { cell: 2, branch: 1, loc: 1 }, weight: 0.02 },
    ]);
    expect([...made.pre]).toEqual([0, 6]);
    expect([...made.post]).toEqual([7, 15]);
    expect([...made.get("ExpSyn_delay")]).toEqual([2, 1]);
    expect(() => connectTable(net, ExpSyn, [{ pre: 0, post: 99 }])).toThrow("Row 0 of the table");
    expect(() => connectTable(net, ExpSyn, [{ pre: 0, post: 1, ["wait" as string]: 1 }])).toThrow(
      'no "wait"',
    );
  });

  test("one to many, and trains to compartments", () => {
    const net = cells(4);
    connect(new SpikeTrain([3]), net.cell([1, 2, 3]).branch(2).comp(1), ExpSyn);
    expect([...net.synapse("ExpSyn").post]).toEqual([11, 17, 23]);
    expect([...net.synapse("ExpSyn").pre]).toEqual([-1, -1, -1]);
    const trains = [1, 2].map((time) => new SpikeTrain([time]));
    const made = fullyConnect(trains, net.cell([0, 1]), ExpSyn, {
      values: { weight: [1, 2, 3, 4] },
    });
    expect([...made.pre]).toEqual([-2, -2, -3, -3]);
    expect([...made.get("ExpSyn_weight")]).toEqual([1, 2, 3, 4]);
  });
});

describe("what is refused", () => {
  const net = cells(3);
  const all = net.cell("all");
  test.each([
    [
      "views of two networks",
      () => fullyConnect(all, cells(2), TestSynapse),
      "selection",
      "different networks",
    ],
    [
      "a cell",
      () => {
        const cell = new Cell();
        connect(cell, cell, TestSynapse);
      },
      "model",
      "A cell has no synapses",
    ],
    [
      "unequal numbers",
      () => connect(net.cell(0), net.cell([0, 1]), TestSynapse),
      "value",
      "6 compartments cannot",
    ],
    [
      "a matrix of another shape",
      () => connectivityMatrixConnect(all, all, TestSynapse, [[1, 0, 1]]),
      "value",
      "does not fit",
    ],
    [
      "a synapse that is none",
      () => fullyConnect(all, all, undefined as never),
      "model",
      "undefined is no synapse",
    ],
    ["a channel", () => fullyConnect(all, all, Leak as never), "model", "Leak is no synapse"],
    [
      "a cell that is none",
      () => new Network([undefined as never]),
      "model",
      "Cell 0 is undefined",
    ],
    [
      "an edge out of range",
      () => {
        const one = cells(2);
        fullyConnect(one.cell(0), one.cell(1), ExpSyn);
        one.edge(1);
      },
      "selection",
      "There is no synapse 1",
    ],
    [
      "a probability above 1",
      () => sparseConnect(all, all, TestSynapse, 1.5, { seed: 1 }),
      "value",
      "A probability cannot be 1.5",
    ],
    [
      "no probability",
      () => sparseConnect(all, all, TestSynapse, Number.NaN, { seed: 1 }),
      "value",
      "NaN",
    ],
    [
      "a random place without a seed",
      () => fullyConnect(all, all, TestSynapse, { postCompartments: "random" }),
      "value",
      "needs a seed",
    ],
    [
      "a random choice without a seed",
      () => sparseConnect(all, all, TestSynapse, 0.5, {} as never),
      "value",
      "needs a seed",
    ],
    [
      "an unknown place",
      () => fullyConnect(all, all, TestSynapse, { postCompartments: "soma" as never }),
      "value",
      '"soma"',
    ],
    [
      "an unknown option",
      () => fullyConnect(all, all, TestSynapse, { weight: 1 } as never),
      "name",
      'no option "weight"',
    ],
    [
      "an unknown value",
      () => fullyConnect(all, all, TestSynapse, { values: { ["gS" as string]: 1 } }),
      "name",
      'TestSynapse has no "gS"',
    ],
    [
      "a negative conductance",
      () => fullyConnect(all, all, TestSynapse, { values: { gC: -1 } }),
      "value",
      "cannot be -1",
    ],
    [
      "values of a wrong number",
      () => fullyConnect(all, all, TestSynapse, { values: { gC: [1, 2] } }),
      "value",
      "2 values for 9",
    ],
    [
      "distances without coordinates",
      () => connectByDistance(all, all, TestSynapse, () => 1, { seed: 1 }),
      "model",
      "computeXyz",
    ],
    [
      "layers of other cells",
      () => cells(3).arrangeInLayers([2, 2]),
      "value",
      "2, 2 cells do not fit 3",
    ],
    ["a place that is none", () => cells(1).computeXyz().moveTo(Number.NaN), "value", "coordinate"],
    ["a place without coordinates", () => cells(1).moveTo(1), "model", "computeXyz"],
    [
      "a plane that is none",
      () =>
        cells(1)
          .computeXyz()
          .rotate(90, "yx" as never),
      "value",
      "yx",
    ],
    ["a synapse that is none", () => net.synapse("ExpSin"), "name", "Connect cells first"],
    ["an edge that is none", () => net.edge(0), "selection", "no synapse in view"],
    ["a picture of a cell", () => drawNetwork(new Cell()), "model", "no network"],
  ] as const)("%s", (_, action, code, message) => {
    let caught: unknown;
    try {
      action();
    } catch (error) {
      caught = error;
    }
    expect(caught).toHaveProperty("code", code);
    expect((caught as Error).message).toContain(message);
    expect(net.synapses, "nothing is half connected").toEqual([]);
  });

  test("declarations that make no sense", () => {
    expect(() => defineSynapse("A", {})).toThrow("A has no current");
    expect(() => defineSynapse("A", { electrical: "g" })).toThrow("has no parameter g");
    expect(() =>
      defineSynapse("A", { electrical: "g", parameters: { g: { value: 1 } }, current: "g" }),
    ).toThrow("is a gap junction");
    expect(() => defineSynapse("A", { event: { s: "s + weight" }, current: "0" })).toThrow(
      "no state s",
    );
    expect(() => defineSynapse("A", { pre: { v_pre: "HH_m" }, current: "0" })).toThrow("v_pre");
    expect(() => currentSynapse("A", "exp(y)")).toThrow("opening");
    const named = new Network([new Compartment().insert(HH) as Compartment]);
    const Taken = renameSynapse(TestSynapse, "HH");
    expect(() => connect(named.cell(0), named.cell(0), Taken)).toThrow("A channel is called HH");
    connect(named.cell(0), named.cell(0), renameSynapse(TestSynapse, "Leak"));
    expect(() => named.insert(Leak)).toThrow("A synapse is called Leak");
  });
});

describe("synapses in view", () => {
  function mixed() {
    const net = cells(4);
    const at = (cell: number) => net.cell(cell).branch(0).comp(0);
    connect(at(0), at(1), TestSynapse);
    connect(at(1), at(2), ExpSyn);
    connect(at(2), at(3), TestSynapse);
    connect(at(1), at(0), ExpSyn);
    connect(at(0), at(1), IonotropicSynapse);
    return net;
  }

  test("those between compartments in view, by kind or all together", () => {
    const net = mixed();
    expect(net.synapses).toEqual(["TestSynapse", "ExpSyn", "IonotropicSynapse"]);
    expect([...net.edge("all").edges]).toEqual([0, 1, 2, 3, 4]);
    expect([...net.edge([1, 2]).pre].map((one) => cellOf(net, one))).toEqual([1, 2]);
    expect(net.edge([1, 2]).kinds).toEqual(["ExpSyn", "TestSynapse"]);
    expect([...net.cell([0, 1]).edge("all").edges]).toEqual([0, 3, 4]);
    expect([...net.cell([0, 1]).synapse("ExpSyn").edges]).toEqual([3]);
    expect([...net.synapse("ExpSyn").edge(1).edges]).toEqual([3]);
    expect(() => net.cell(0).edge("all")).toThrow("no synapse in view");
    expect(() => net.edge(5)).toThrow("There is no synapse 5");
    net.edge("all").set("ExpSyn_weight", [0.1, 0.2]);
    expect([...net.synapse("ExpSyn").get("ExpSyn_weight")]).toEqual([0.1, 0.2]);
    expect(() => net.edge(0).set("ExpSyn_weight", 1)).toThrow('TestSynapse has no "ExpSyn_weight"');
    expect(net.edge("all").show()).toContain("IonotropicSynapse");
  });

  test("recordings and clamps belong to their own synapse or compartment (bugs 6 and 7)", async () => {
    const net = mixed();
    net.synapse("ExpSyn").edge(1).clamp("ExpSyn_g", new Float64Array(50).fill(0.5));
    net.edge("all").record("ExpSyn_g");
    net.edge(2).record("TestSynapse_c");
    net.cell([1, 2]).record("v");
    const { names, recordings } = await integrate(net);
    expect(names.slice(0, 4)).toEqual([
      "ExpSyn_g_e0",
      "ExpSyn_g_e1",
      "TestSynapse_c_e1",
      "v_n1_b0_c0",
    ]);
    expect(recordings[0]?.every((g) => g === 0)).toBe(true);
    expect(recordings[1]?.[49]).toBe(0.5);
    net.cell(1).deleteRecordings();
    const rows = () => net.root.description.recordings.map(({ name }) => name);
    expect(rows().slice(0, 4)).toEqual([
      "ExpSyn_g_e0",
      "ExpSyn_g_e1",
      "TestSynapse_c_e1",
      "v_n2_b0_c0",
    ]);
    net.cell([1, 2]).deleteRecordings();
    expect(rows()).toEqual(["ExpSyn_g_e1", "TestSynapse_c_e1"]);
    net.cell([2, 3]).deleteClamps();
    expect(net.root.description.clamps.length).toBe(1);
    net.delete("Leak");
    expect(rows()).toEqual(["ExpSyn_g_e1", "TestSynapse_c_e1"]);
    net.deleteRecordings().deleteClamps();
    expect([...rows(), ...net.root.description.clamps]).toEqual([]);
  });

  test("deleting takes recordings along and numbers the rest anew", () => {
    const net = mixed();
    net.edge("all").record("ExpSyn_g");
    net.synapse("TestSynapse").record("TestSynapse_c");
    net.edge([0, 1]).delete();
    expect([...net.edge("all").edges]).toEqual([0, 1, 2]);
    expect(pairs(net, "TestSynapse")).toEqual(["2-3"]);
    expect(pairs(net, "ExpSyn")).toEqual(["1-0"]);
    const { recordings } = net.root.description;
    expect(recordings.map(({ state, index }) => [state, index])).toEqual([
      ["ExpSyn_g", 0],
      ["TestSynapse_c", 0],
    ]);
    net.synapse("IonotropicSynapse").delete();
    expect(net.synapses).toEqual(["TestSynapse", "ExpSyn"]);
    connect(net.cell(3).branch(0).comp(0), net.cell(0).branch(0).comp(0), ExpSyn);
    expect([...net.edge("all").edges]).toEqual([0, 1, 2]);
  });

  test("properties of compartments are copied to both sides", () => {
    const net = mixed();
    net.cell(1).set("Leak_gLeak", 5e-4);
    net.copyNodePropertyToEdges("Leak_gLeak").copyNodePropertyToEdges("length", "post");
    expect([...net.edge("all").get("pre_Leak_gLeak")]).toEqual([1e-4, 1e-4]);
    expect([...net.synapse("ExpSyn").get("pre_Leak_gLeak")]).toEqual([5e-4, 5e-4]);
    expect([...net.synapse("ExpSyn").get("post_length")]).toEqual([10, 10]);
    expect(() => net.synapse("ExpSyn").get("pre_length")).toThrow("pre_length");
    expect(() => net.copyNodePropertyToEdges("Leak_gLeek" as string)).toThrow(
      'Did you mean "Leak_gLeak"',
    );
  });

  test("cells are moved, turned and laid out", () => {
    const net = cells(2).computeXyz();
    net.cell(1).move(10, 20, 30);
    const at = (view: {
      computeCompartmentCenters(): { x: Float64Array; y: Float64Array; z: Float64Array };
    }) => {
      const { x, y, z } = view.computeCompartmentCenters();
      return [x[0], y[0], z[0]].map((one) => Number((one ?? 0).toFixed(9)));
    };
    // The first compartment is 10 um long and points along x
    expect(at(net.cell(0))).toEqual([5, 0, 0]);
    expect(at(net.cell(1))).toEqual([15, 20, 30]);
    net.cell(1).moveTo(0, 0, 0).rotate(90);
    expect(at(net.cell(1))).toEqual([0, -5, 0]);
    net.moveTo([1, 2], [3, 4]);
    expect(at(net.cell(0))).toEqual([6, 3, 0]);
    expect(at(net.cell(1))).toEqual([2, -1, 0]);
    const { x, y } = net.cell(0).branch([1, 2]).computeCompartmentCenters();
    expect(y[0]).not.toBeCloseTo(y[2] ?? 0);
    expect(x[1]).toBeGreaterThan(x[0] ?? 0);
    expect(at(net.copy().cell(0))).toEqual([6, 3, 0]);
  });
});

test("a model file holds a network: kinds, connections, trains, recordings, places", async () => {
  const net = cells(5);
  net.arrangeInLayers([2, 3]);
  const Rectified = conductanceSynapse("Rectified", "max(x, 0)");
  const Reading = defineSynapse("Reading", {
    pre: { g: "Leak_gLeak" },
    states: { s: { value: 0.1, gate: { inf: "g * 1e3", tau: "5" } } },
    current: "1e-3 * s * (v_post - 10)",
  });
  sparseConnect(net.cell("all"), net.cell("all"), Rectified, 0.4, { seed: 2 });
  fullyConnect(net.cell([0, 1]), net.cell([2, 3]), Reading);
  connect(net.cell(0).branch(0).comp(0), net.cell(4).branch(1).comp(1), GapJunction);
  connect(new SpikeTrain([1, 2.5]), net.cell(3).branch(0), ExpSyn, {
    values: { weight: [0.1, 0.2] },
  });
  net
    .edge("all")
    .record("i_Rectified")
    .record("ExpSyn_g")
    .clamp("Reading_s", new Float64Array(200).fill(0.3));
  net.record("v").recordSpikes({ threshold: -60 });
  const file = JSON.parse(JSON.stringify(toJSON(net)));
  const twin = fromJSON(file);
  expect(JSON.stringify(toJSON(twin))).toBe(JSON.stringify(file));
  const [one, other] = await Promise.all([net, twin].map((module) => integrate(module)));
  expect(other?.recordings).toEqual(one?.recordings);
  expect(other?.spikes).toEqual(one?.spikes);
  expect(twin.computeCompartmentCenters()).toEqual(net.computeCompartmentCenters());

  const wrong = (path: readonly (string | number)[], value: unknown) => {
    const copy = structuredClone(file);
    const last = path.at(-1) ?? "";
    const place = path.slice(0, -1).reduce((part, name) => part[name], copy);
    place[last] = value;
    return () => fromJSON(copy);
  };
  expect(wrong(["synapses", 0, "post", 0], 999)).toThrow("$.synapses[0].post");
  expect(wrong(["synapses", 0, "pre", 0], -1)).toThrow("$.synapses[0].pre");
  expect(wrong(["synapses", 0, "edges", 0], 1)).toThrow(
    "numbers its connections".replace("numbers", "number"),
  );
  expect(wrong(["synapses", 0, "current"], "x +")).toThrow("$.synapses[0]");
  expect(wrong(["synapses", 0, "name"], "Leak")).toThrow("earlier mechanism");
  expect(wrong(["synapses", 0, "values", "Other"], [1])).toThrow("$.synapses[0].values.Other");
  expect(wrong(["spikeTrains", 0], [3, 1])).toThrow("times ascend");
  expect(wrong(["recordings", 0, "synapse"], "Nothing")).toThrow("no synapse of the file");
  expect(wrong(["recordings", 0, "number"], 4000)).toThrow("$.recordings[0].number");
  expect(wrong(["kind"], "cell")).toThrow();
});

test("the slope of a synapse is that with respect to the post-synaptic voltage (bug 4)", async () => {
  // The pre-synaptic voltage stays where the activation changes fastest: around the synapse's offset
  const one = new Compartment();
  one.insert(Leak).set("v", -70);
  const net = new Network([one, one]);
  connect(net.cell(0), net.cell(1), TanhConductanceSynapse);
  net
    .cell(0)
    .stimulate(new Float64Array(20_001).fill(1e-6))
    .clamp("v", new Float64Array(20_001).fill(-69.9));
  net.cell(1).record();
  for (const backend of ["reference", "wasm"] as const) {
    const end = async (dt: number, slopes: "exact" | "difference") => {
      const { recordings } = await integrate(net, { backend, dt, tMax: 5, slopes });
      return recordings[0]?.[Math.round(5 / dt)] ?? Number.NaN;
    };
    const limit = await end(0.0005, "exact");
    const [exact, difference] = [await end(0.025, "exact"), await end(0.025, "difference")];
    expect(Math.abs(exact - limit)).toBeLessThan(0.05);
    expect(Math.abs(difference - limit)).toBeGreaterThan(10 * Math.abs(exact - limit));
  }
});

test("a thousand distinct cells, and a hundred thousand synapses, are connected and run", async () => {
  const point = new Compartment();
  point.insert(HH).set("v", -65).initStates();
  const net = new Network(Array.from({ length: 1000 }, () => point));
  const random = new RandomStream(1);
  const side = () => Array.from({ length: 100_000 }, () => random.below(1000));
  connect(net.select(side()), net.select(side()), ExpSyn, { values: { weight: 1e-6 } });
  net.cell(0).stimulate(new Float64Array(4).fill(0.1)).record();
  const { status } = await integrate(net);
  expect(status.code).toBe("completed");
  expect(net.synapse("ExpSyn").edges.length).toBe(100_000);
});
