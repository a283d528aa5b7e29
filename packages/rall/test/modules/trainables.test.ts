import {
  Branch,
  Cell,
  Compartment,
  connect,
  fullyConnect,
  integrate,
  type Module,
  morphDelete,
  Network,
  stepCurrent,
  type View,
} from "rall";
import { HH, Leak } from "rall/channels";
import { ExpSyn, IonotropicSynapse, TanhRateSynapse } from "rall/synapses";
import { describe, expect, test } from "vitest";
import { sumOverGroups } from "../../src/modules/trainable.ts";

const groups = (module: Module, k = 0) =>
  module.trainables[k]?.groups.map((group) => [...group].join(" "));
const values = (module: Module, k = 0) => [...(module.getParameters()[k]?.values ?? [])];

function tree() {
  const branches = [2, 1, 3].map((ncomp) => new Branch(new Compartment(), { ncomp }));
  const cell = new Cell(branches, { parents: [-1, 0, 0] });
  cell.insert(HH).branch([0, 2]).insert(Leak).addToGroup("g");
  return cell.set("radius", [1, 2, 3, 4, 5, 6]);
}

function pair() {
  const net = new Network([tree(), tree(), new Compartment()]);
  fullyConnect(net.cell(0).branch(0).comp(0), net.cell(1).branch(1), IonotropicSynapse);
  connect(net.cell(0).branch(1).comp(0), net.cell(1).branch(0).comp(0), TanhRateSynapse);
  connect(net.cell(1).branch(0).comp(0), net.cell(0).branch(2).comp(2), IonotropicSynapse);
  connect(net.cell(1).branch(0).comp(0), net.cell(0).branch(0).comp(1), ExpSyn);
  return net;
}

describe("what shares a value", () => {
  test("the last step decides", () => {
    const cell = tree();
    const views: readonly (readonly [View, string[]])[] = [
      [cell, ["0 1 2 3 4 5"]],
      [cell.branch("all"), ["0 1", "2", "3 4 5"]],
      [cell.branch("all").comp(0), ["0", "2", "3"]],
      [cell.branch("all").loc(1), ["1", "2", "5"]],
      [cell.group("g"), ["0 1 3 4 5"]],
      [cell.branch("all").group("g"), ["0 1 3 4 5"]],
      [cell.group("g").branch("all"), ["0 1", "3 4 5"]],
      [cell.channel("Leak"), ["0 1 3 4 5"]],
      [cell.select([4, 2, 4]), ["4", "2"]],
      [cell.select(({ get }) => get("radius") > 4), ["4", "5"]],
      [cell.branch("all").scope("global"), ["0 1", "2", "3 4 5"]],
    ];
    for (const [view, expected] of views) {
      cell.deleteTrainables();
      view.makeTrainable("radius");
      expect(groups(cell)).toEqual(expected);
    }
    expect(values(cell)).toEqual([1.5, 3, 5]);
    cell.deleteTrainables().select([4, 2, 4]).makeTrainable("radius");
    expect(values(cell)).toEqual([5, 3]);
  });

  test("iteration gives what it says", () => {
    const cell = tree();
    for (const branch of cell) branch.makeTrainable("capacitance");
    for (const comp of cell.branch(2)) comp.makeTrainable("v");
    expect(cell.trainables.flatMap((_, k) => groups(cell, k))).toEqual([
      "0 1",
      "2",
      "3 4 5",
      "3",
      "4",
      "5",
    ]);
  });

  test("only where the key is", () => {
    const cell = tree();
    cell.makeTrainable("Leak_gLeak");
    expect(groups(cell)).toEqual(["0 1 3 4 5"]);
    cell.deleteTrainables().branch("all").makeTrainable("Leak_gLeak");
    expect(groups(cell)).toEqual(["0 1", "3 4 5"]);
    expect(() => cell.branch(1).makeTrainable("Leak_gLeak")).toThrow("None of the selected");
  });

  test("over the cells and synapses of a network", () => {
    const net = pair();
    net.cell([0, 1]).makeTrainable("HH_gNa");
    net.cell([0, 1]).branch(0).makeTrainable("HH_gNa");
    net.branch(0).makeTrainable("radius");
    net.cell([0, 1]).group("g").makeTrainable("v");
    net.synapse("IonotropicSynapse").makeTrainable("IonotropicSynapse_k_minus");
    net.synapse("IonotropicSynapse").edge([0, 1]).makeTrainable("IonotropicSynapse_s");
    net.edge("all").makeTrainable("ExpSyn_delay", 2).makeTrainable("ExpSyn_weight", [1e-3]);
    net.synapse("IonotropicSynapse").makeTrainable("IonotropicSynapse_gS", [1, 2], {
      share: [0, 1],
    });
    expect(net.trainables.map((_, k) => groups(net, k))).toEqual([
      ["0 1 2 3 4 5", "6 7 8 9 10 11"],
      ["0 1", "6 7"],
      ["0 1", "6 7", "12"],
      ["0 1 3 4 5 6 7 9 10 11"],
      ["0 1"],
      ["0", "1"],
      ["0"],
      ["0"],
      ["0", "1"],
    ]);
    expect(net.trainables[6]?.synapse).toBe("ExpSyn");
  });

  test("any grouping, equal or not (bug 5 of the reference)", async () => {
    const branch = new Branch(new Compartment(), { ncomp: 8 });
    const share = [0, 0, 0, 1, 1, 2, 2, 1];
    branch.makeTrainable("radius", [5, 7, 1], { share }).set("v", -65).record("v");
    expect(groups(branch)).toEqual(["0 1 2", "3 4 7", "5 6"]);
    const trainable = branch.trainables[0];
    if (trainable === undefined) throw new Error("no trainable");
    expect([...sumOverGroups(trainable, [1, 2, 3, 4, 5, 6, 7, 8])]).toEqual([6, 15, 15]);
    branch.writeTrainables(branch.getParameters());
    expect([...branch.get("radius")]).toEqual([5, 5, 5, 7, 7, 1, 1, 7]);
    expect(branch.get("area")[7]).toBe(2 * Math.PI * 7 * 10);
    branch.makeTrainable("length", undefined, { share: [3, 3, 3, 3, 3, 3, 3, -1] });
    expect(groups(branch, 1)).toEqual(["7", "0 1 2 3 4 5 6"]);
  });
});

describe("initial values", () => {
  test("the mean, one for all or one for each", () => {
    const cell = tree();
    for (const [initial, expected] of [
      [undefined, [1.5, 3, 5]],
      [2, [2, 2, 2]],
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
    ] as const) {
      cell.deleteTrainables().branch("all").makeTrainable("radius", initial);
      expect(values(cell)).toEqual(expected);
    }
    cell.branch("all").makeTrainable("HH_gNa");
    expect(values(cell, 1)).toEqual([0.12, 0.12, 0.12]);
    expect(() => cell.branch("all").makeTrainable("radius", [1, 2])).toThrow(
      "radius was given 2 initial values for 3 parameters",
    );
  });

  test("what `set` refuses is refused", () => {
    const cell = tree();
    expect(() => cell.makeTrainable("radius", 0)).toThrow("radius of compartment 0 cannot be 0");
    expect(() => cell.makeTrainable("HH_gNa", -1)).toThrow("cannot be -1");
    expect(() => cell.makeTrainable("v", Number.NaN)).toThrow("cannot be NaN");
    expect(() => cell.makeTrainable("HH_gNaa" as string)).toThrow('Did you mean "HH_gNa"?');
    expect(() => cell.makeTrainable("radius", 1, { share: [0, 1] })).toThrow(
      "share has 2 numbers for 6 compartments",
    );
    expect(() => cell.makeTrainable("radius", 1, { share: [0, 1, 2, 3, 4, 0.5] })).toThrow("0.5");
    expect(() => cell.makeTrainable("radius", 1, { shared: [] } as object)).toThrow("shared");
    const net = pair();
    const synapses = net.synapse("IonotropicSynapse");
    expect(() => synapses.makeTrainable("gS")).toThrow("has no");
    expect(() => synapses.makeTrainable("IonotropicSynapse_gS", -1)).toThrow("cannot be -1");
    expect(() => net.edge("all").makeTrainable("ExpSyn_delay", -1)).toThrow("before it was sent");
    expect(() => synapses.makeTrainable("IonotropicSynapse_gS", 1, { share: [0] })).toThrow(
      "share has 1 numbers for 2 synapses",
    );
    expect(cell.trainables.length + net.trainables.length).toBe(0);
  });
});

describe("writing and deleting", () => {
  test("later ones win, all or none", () => {
    const cell = tree();
    cell.makeTrainable("radius").branch(1).makeTrainable("radius").makeTrainable("v");
    const written = [[2], [9], [-60]].map((list, k) => ({
      key: ["radius", "radius", "v"][k] ?? "",
      values: Float64Array.from(list),
    }));
    cell.writeTrainables(written);
    expect([...cell.get("radius")]).toEqual([2, 2, 9, 2, 2, 2]);
    expect([...cell.get("v")]).toEqual([-70, -70, -60, -70, -70, -70]);
    expect(values(cell)).toEqual([3.5]);
    expect(() =>
      cell.writeTrainables([...written.slice(0, 2), { key: "v", values: Float64Array.of(NaN) }]),
    ).toThrow("cannot be NaN");
    expect(() => cell.writeTrainables(written.slice(1))).toThrow(
      "The trainables are radius (1), radius (1), v (1), but there are parameters for radius (1), v (1).",
    );
  });

  test("of a view: each that has a place there", () => {
    const cell = tree();
    cell.makeTrainable("v").branch("all").makeTrainable("radius").branch(0).makeTrainable("length");
    cell.branch(1).makeTrainable("length");
    expect(cell.copy().trainables.length).toBe(4);
    cell.branch(1).deleteTrainables();
    expect(cell.trainables.map(({ key }) => key)).toEqual(["length"]);
    expect(cell.deleteTrainables().getParameters()).toEqual([]);
    expect(() => cell.writeTrainables([{ key: "v", values: Float64Array.of(1) }])).toThrow(
      "The trainables are none",
    );
  });

  test("what is taken out of the model takes its places with it", () => {
    const cell = tree();
    cell.branch("all").makeTrainable("Leak_gLeak", [1, 2]).makeTrainable("HH_gNa");
    cell.branch(0).delete(Leak);
    expect([groups(cell, 0), values(cell, 0)]).toEqual([["3 4 5"], [2]]);
    cell.delete(Leak);
    expect(cell.trainables.map(({ key }) => key)).toEqual(["HH_gNa"]);
    expect(() => cell.branch(1).setNcomp(2)).toThrow("trainables");
    expect(() => morphDelete(cell.branch(1))).toThrow("1 trainables");
    const net = pair();
    net.synapse("IonotropicSynapse").edge("all").makeTrainable("IonotropicSynapse_gS", [1, 2]);
    net.edge("all").makeTrainable("ExpSyn_weight");
    net.edge(0).delete();
    expect([groups(net, 0), values(net, 0)]).toEqual([["0"], [2]]);
    expect(new Network([cell]).trainables).toEqual([]);
  });

  test("as a table", () => {
    const net = pair();
    net.cell([0, 1]).branch("all").makeTrainable("radius");
    net.synapse("IonotropicSynapse").makeTrainable("IonotropicSynapse_gS");
    net.makeTrainable("HH_gNa");
    expect(net.showTrainables()).toMatchInlineSnapshot(`
      "           trainable  values                              of     min     max   unit
                    radius       6                 12 compartments     1.5       5     um
      IonotropicSynapse_gS       1  2 synapses (IonotropicSynapse)  0.0001  0.0001     uS
                    HH_gNa       1                 12 compartments    0.12    0.12  S/cm2"
    `);
  });
});

describe("runs with parameters", () => {
  test.each(["reference", "wasm"] as const)(
    "equal runs of a model that has them: %s",
    async (backend) => {
      const make = () => {
        const net = pair();
        net.cell([0, 1]).set("axial_resistivity", 200).set("v", -65).initStates();
        net
          .cell(0)
          .branch(0)
          .comp(0)
          .stimulate(stepCurrent({ delay: 0.5, duration: 1, amplitude: 0.5, tMax: 3 }));
        net.record("v");
        return net;
      };
      const net = make();
      net.makeTrainable("radius").cell([0, 1]).branch("all").makeTrainable("HH_gNa");
      net.cell(1).makeTrainable("v").makeTrainable("HH_n");
      net.synapse("IonotropicSynapse").edge("all").makeTrainable("IonotropicSynapse_gS");
      net.edge("all").makeTrainable("ExpSyn_weight");
      const before = (await integrate(net, { backend })).recordings;
      const parameters = net.getParameters().map(({ key, values }) => ({
        key,
        values: values.map((value, k) => value * (1.1 + 0.1 * k)),
      }));
      const own = (await integrate(net, { backend, parameters })).recordings;
      expect(own).not.toEqual(before);
      expect((await integrate(net, { backend })).recordings).toEqual(before);
      const dataSet = net.cell(0).dataSet("radius", 3);
      const both = (await integrate(net, { backend, parameters, dataSet })).recordings;
      net.writeTrainables(parameters);
      expect((await integrate(net, { backend })).recordings).toEqual(own);
      net.cell(0).set("radius", 3);
      expect((await integrate(net, { backend })).recordings).toEqual(both);
      const fresh = make();
      fresh.set("radius", parameters[0]?.values[0] ?? 0);
      for (const [k, branch] of [
        ...fresh.cell(0).branches(),
        ...fresh.cell(1).branches(),
      ].entries())
        branch.set("HH_gNa", parameters[1]?.values[k] ?? 0);
      fresh.cell(1).set("v", parameters[2]?.values[0] ?? 0);
      fresh.cell(1).set("HH_n", parameters[3]?.values[0] ?? 0);
      fresh.synapse("IonotropicSynapse").set("IonotropicSynapse_gS", parameters[4]?.values ?? []);
      fresh.edge("all").set("ExpSyn_weight", parameters[5]?.values ?? []);
      expect((await integrate(fresh, { backend })).recordings).toEqual(own);
    },
  );

  test("that do not fit are refused", async () => {
    const cell = tree();
    cell.makeTrainable("radius").record("v");
    const run = (parameters: readonly { key: string; values: Float64Array }[]) =>
      integrate(cell, { parameters, tMax: 1 });
    await expect(run([])).rejects.toThrow("The trainables are radius (1)");
    await expect(run([{ key: "radius", values: new Float64Array(2) }])).rejects.toThrow(
      "radius (2)",
    );
    await expect(run([{ key: "radius", values: new Float64Array(1) }])).rejects.toThrow(
      "radius of compartment 0 cannot be 0",
    );
  });
});
