import {
  Branch,
  Cell,
  Compartment,
  connect,
  connectivityMatrixConnect,
  defineChannel,
  integrate,
  Network,
} from "rall";
import { HH, Leak } from "rall/channels";
import { IonotropicSynapse, TanhConductanceSynapse, TestSynapse } from "rall/synapses";
import { describe, expect, test } from "vitest";

function twoCells() {
  const tree = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0, 0] });
  tree.insert(HH).set("axial_resistivity", 120).set("v", -65).initStates();
  tree.branch(1).addToGroup("dendrite");
  const point = new Compartment();
  point.insert(Leak).set("radius", 8).set("length", 16).addToGroup("point");
  return { tree, point, net: new Network([tree, point, tree]) };
}

describe("views", () => {
  const { net } = twoCells();
  const numbers = (view: { readonly compartments: Int32Array }) => [...view.compartments];

  test("cells, their branches and compartments count within what is in view", () => {
    expect(numbers(net.cell(1))).toEqual([6]);
    expect(numbers(net.cell([0, 2]).branch(1).comp(0))).toEqual([2, 9]);
    expect(numbers(net.branch(0))).toEqual([0, 1, 6, 7, 8]);
    expect(numbers(net.cell("all").comp(1))).toEqual([1, 3, 5, 8, 10, 12]);
    expect(numbers(net.cell(2).branch(2).loc(1))).toEqual([12]);
    expect(numbers(net.scope("global").branch(4))).toEqual([7, 8]);
    expect([...net].map(numbers)).toEqual([[0, 1, 2, 3, 4, 5], [6], [7, 8, 9, 10, 11, 12]]);
    expect([...net.cell(2)].length).toBe(3);
  });

  test("groups and channels are carried upward", () => {
    expect(numbers(net.group("dendrite"))).toEqual([2, 3, 9, 10]);
    expect(numbers(net.group("dendrite").cell(1))).toEqual([9, 10]);
    expect(numbers(net.channel("Leak"))).toEqual([6]);
    expect(net.cell(1).get("radius")[0]).toBe(8);
  });

  test("what is not there is refused", () => {
    expect(() => net.cell(3)).toThrow("There is no cell 3");
    expect(() => net.cell(1).branch(1)).toThrow("There is no branch 1");
    expect(() => new Compartment().cell(0)).toThrow("no cell");
    expect(() => new Network([])).toThrow("needs a cell");
    expect(() => new Network([net])).toThrow("Cell 0 is a network");
    const other = new Compartment();
    other.insert(defineChannel("HH", { current: "1e-3 * (v + 60)" }));
    expect(() => new Network([other, twoCells().tree])).toThrow(
      "Another channel is called HH already",
    );
  });
});

describe.each(["reference", "wasm"] as const)("on %s", (backend) => {
  test("cells without synapses behave as they do alone", async () => {
    const { tree, point, net } = twoCells();
    const current = new Float64Array(400).fill(0.4);
    net.cell([0, 2]).branch(0).comp(0).stimulate(current);
    net.cell(1).stimulate(current.map((value) => value / 4));
    net.record("v");
    tree.branch(0).comp(0).stimulate(current);
    tree.record("v");
    point.stimulate(current.map((value) => value / 4)).record("v");
    const options = { backend, tabulate: false } as const;
    const [whole, alone, single] = await Promise.all(
      [net, tree, point].map((module) => integrate(module, options)),
    );
    expect(whole?.names.slice(5, 8)).toEqual(["v_n0_b2_c1", "v_n1_b0_c0", "v_n2_b0_c0"]);
    const expected = [
      ...(alone?.recordings ?? []),
      ...(single?.recordings ?? []),
      ...(alone?.recordings ?? []),
    ];
    for (const [row, series] of expected.entries()) {
      for (const [k, v] of series.entries())
        expect(Math.abs((whole?.recordings[row]?.[k] ?? 0) - v)).toBeLessThan(1e-9);
    }
  });

  test("a hundred point neurons", async () => {
    const one = new Compartment();
    one.insert(HH).set("radius", 10).set("length", 20).set("v", -65).initStates();
    const net = new Network(Array.from({ length: 101 }, () => one));
    for (const [k, cell] of [...net].entries()) cell.stimulate(new Float64Array(200).fill(k / 300));
    net.record();
    const { recordings } = await integrate(net, { backend });
    one.stimulate(new Float64Array(200).fill(77 / 300)).record();
    const { recordings: alone } = await integrate(one, { backend });
    for (const [k, v] of (alone[0] ?? []).entries())
      expect(Math.abs((recordings[77]?.[k] ?? 0) - v)).toBeLessThan(1e-9);
  });
});

describe("synapses", () => {
  test("bad connections are refused", () => {
    const { net, tree } = twoCells();
    const other = twoCells().net;
    const at = (module: Network, cell: number) => module.cell(cell).branch(0).comp(0);
    expect(() => connect(at(net, 0), at(other, 1), TestSynapse)).toThrow("different networks");
    expect(() => connect(tree.comp(0), tree.comp(1), TestSynapse)).toThrow(
      "A cell has no synapses",
    );
    expect(() => connect(net.cell(0), at(net, 1), TestSynapse)).toThrow("6 compartments cannot");
    expect(() => connectivityMatrixConnect(net, net, TestSynapse, [[1, 0]])).toThrow(
      "does not fit",
    );
    const odd = [0, 1, 2].map(() => [0, 1, 2]);
    expect(() => connectivityMatrixConnect(net, net, TestSynapse, odd)).toThrow("holds 2 in row 0");
    expect(() => net.synapse("TestSynapse")).toThrow("Connect cells first");
    connect(at(net, 0), at(net, 1), TestSynapse);
    expect(() => net.synapse("TestSynapze")).toThrow('Did you mean "TestSynapse"?');
    expect(() => net.synapse("TestSynapse").edge(1)).toThrow("no synapse 1");
    expect(() => net.synapse("TestSynapse").set("TestSynapse_gS", 1)).toThrow("TestSynapse_gC");
    expect(() => net.synapse("TestSynapse").set("TestSynapse_gC", Number.NaN)).toThrow("NaN");
    expect(() => net.synapse("TestSynapse").record("v")).toThrow("no state");
  });

  test("random networks agree between backends", async () => {
    let state = 12345;
    const random = (count: number) => {
      state = (state * 48271) % 2147483647;
      return state % count;
    };
    for (let round = 0; round < 15; round++) {
      const { tree, point } = twoCells();
      const net = new Network(
        Array.from({ length: 2 + random(5) }, () => (random(2) ? tree : point)),
      );
      const { length } = net.compartments;
      const kinds = [IonotropicSynapse, TestSynapse, TanhConductanceSynapse];
      for (let k = 0; k < 1 + random(9); k++) {
        const synapse = kinds[random(3)] ?? TestSynapse;
        connect(net.select([random(length)]), net.select([random(length)]), synapse);
      }
      for (const { synapse } of net.root.description.synapses) {
        const key = synapse.parameters[0]?.key ?? "";
        const view = net.synapse(synapse.name);
        view
          .set(
            key,
            view.edges.map(() => (1 + random(30)) * 1e-4),
          )
          .record(synapse.currentName);
      }
      net.select([random(length)]).stimulate(new Float64Array(200).fill(0.5));
      net.record("v");
      const [reference, wasm] = await Promise.all(
        (["reference", "wasm"] as const).map((backend) =>
          integrate(net, { backend, returnStates: true }),
        ),
      );
      for (const [row, series] of (reference?.recordings ?? []).entries()) {
        const scale = Math.max(...series.map(Math.abs), 1e-9);
        for (const [k, value] of series.entries())
          expect(Math.abs((wasm?.recordings[row]?.[k] ?? 0) - value) / scale).toBeLessThan(1e-9);
      }
      expect(Object.keys(wasm?.states?.values ?? {}).sort()).toEqual(
        Object.keys(reference?.states?.values ?? {}).sort(),
      );
    }
  });
});

test("a copy is independent", () => {
  const { net } = twoCells();
  const twin = net.copy();
  twin.cell(0).set("HH_gNa", 0.5);
  expect(net.cell(0).get("HH_gNa")[0]).toBe(0.12);
  expect(twin.cell(2).compartments).toEqual(net.cell(2).compartments);
});
