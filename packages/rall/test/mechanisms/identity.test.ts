/** @file A mechanism is its declaration, not its name. */
import {
  Branch,
  Cell,
  Compartment,
  connect,
  defineChannel,
  definePump,
  defineSynapse,
  fromJSON,
  integrate,
  ModelError,
  Network,
  toJSON,
} from "rall";
import * as channels from "rall/channels";
import * as pumps from "rall/pumps";
import * as synapses from "rall/synapses";
import { describe, expect, test } from "vitest";

const leak = (e: number) =>
  defineChannel("Leak", {
    parameters: { g: { value: 1e-3, unit: "S/cm2" } },
    current: `g * (v - ${e})`,
  });

const copied = <M extends Compartment | Cell | Network>(module: M): M =>
  fromJSON(JSON.parse(JSON.stringify(toJSON(module)))) as M;

describe("another declaration under a known name is refused", () => {
  const twoBranches = () =>
    new Cell(new Branch(new Compartment(), { ncomp: 1 }), { parents: [-1, 0] });

  test("where it is inserted", () => {
    const cell = twoBranches();
    cell.branch(0).insert(leak(-60));
    expect(() => cell.branch(1).insert(leak(-20))).toThrow(ModelError);
    expect(() => cell.branch(1).insert(leak(-20))).toThrow(/its current differs/);
    cell.branch(1).insert(leak(-20), { name: "Other" });
    cell.branch(1).insert(leak(-60));
  });

  test.each([
    ["its parameter g", { parameters: { g: { value: 2e-3 } } }],
    ["its state x", { parameters: { g: { value: 1e-3 } }, states: { x: { value: 0 } } }],
    ["its current", { parameters: { g: { value: 1e-3 } }, current: "g" }],
    ["its voltage", { parameters: { g: { value: 1e-3 } }, voltage: "v" }],
    ["its current", { parameters: { g: { value: 1e-3 } }, currentName: "i_other" }],
    ["its spike", { parameters: { g: { value: 1e-3 } }, spike: "select(v > 0, 1, 0)" }],
  ])("for %s", (what, definition) => {
    const cell = twoBranches();
    cell.branch(0).insert(defineChannel("X", { parameters: { g: { value: 1e-3 } } }));
    expect(() => cell.branch(1).insert(defineChannel("X", definition))).toThrow(what);
  });

  test("for a pump in the place of a channel", () => {
    const states = { c: { value: 1, shared: true } };
    const cell = twoBranches();
    cell.branch(0).insert(defineChannel("P", { states, currentName: "i_a" }));
    const pump = definePump("P", { states, ion: "c", current: "0", currentName: "i_a" });
    expect(() => cell.branch(1).insert(pump)).toThrow(/ion/);
  });

  test("where cells are joined", () => {
    const [one, other] = [new Compartment(), new Compartment()];
    one.insert(leak(-60));
    other.insert(leak(-20));
    expect(() => new Network([one, other])).toThrow(/its current differs/);
    const [pumped, carrying] = [new Compartment(), new Compartment()];
    const states = { c: { value: 1, shared: true } };
    pumped.insert(definePump("Pump", { states, ion: "c", current: "0", currentName: "i_a" }));
    carrying.insert(defineChannel("Carrier", { currentName: "i_a" }));
    expect(() => new Network([pumped, carrying])).toThrow(/i_a/);
  });

  test("where synapses are connected", () => {
    const net = new Network([new Compartment(), new Compartment()]);
    const make = (e: number) =>
      defineSynapse("Syn", { parameters: { w: { value: 1e-3 } }, current: `w * (v_post - ${e})` });
    connect(net.cell(0), net.cell(1), make(0));
    connect(net.cell(1), net.cell(0), make(0));
    expect(() => connect(net.cell(0), net.cell(1), make(-80))).toThrow(ModelError);
    expect(net.root.description.synapses[0]?.pre.length).toBe(2);
  });
});

describe("the same declaration counts as the same", () => {
  const all = [...Object.values(channels), ...Object.values(pumps)];

  test.each(all.map((channel) => [channel.name, channel] as const))(
    "%s from a file and from the program",
    (_, channel) => {
      const read = copied(new Compartment().insert(channel) as Compartment);
      expect(
        () => new Network([read, new Compartment().insert(channel) as Compartment]),
      ).not.toThrow();
    },
  );

  test.each(Object.values(synapses).map((synapse) => [synapse.name, synapse] as const))(
    "%s from a file and from the program",
    (_, synapse) => {
      const net = new Network([new Compartment(), new Compartment()]);
      net.insert(channels.Fire);
      connect(net.cell(0), net.cell(1), synapse);
      const read = copied(net);
      connect(read.cell(1), read.cell(0), synapse);
      expect(read.root.description.synapses[0]?.pre.length).toBe(2);
    },
  );

  test("a text that is read twice, with other words about it", () => {
    const make = (about: string) => defineChannel("X", { about, current: "1e-3 * (v + 60)" });
    const cell = new Cell(new Branch(new Compartment()), { parents: [-1, 0] });
    cell.branch(0).insert(make("once"));
    cell.branch(1).insert(make("twice"));
    expect(cell.root.description.insertions).toHaveLength(1);
  });
});

describe("names that are taken", () => {
  test.each(["v", "radius", "dt", "celsius", "i", "i_clamp", "i_membrane", "axial_diffusion_x"])(
    "no current is called %s",
    (currentName) => {
      expect(() => defineChannel("X", { currentName })).toThrow(ModelError);
    },
  );

  test.each([
    ["axial", "resistivity"],
    ["resistive", "load_in"],
    ["axial", "diffusion_CaCon_i"],
    ["i", "clamp"],
  ])("no channel %s has a quantity %s", (name, local) => {
    expect(() => defineChannel(name, { parameters: { [local]: { value: 1 } } })).toThrow(
      ModelError,
    );
    expect(() =>
      defineSynapse(name, { parameters: { [local]: { value: 1 } }, current: "0" }),
    ).toThrow(ModelError);
  });

  test("no current has the name of a quantity of its mechanism", () => {
    const parameters = { g: { value: 1 } };
    expect(() => defineChannel("X", { parameters, currentName: "X_g" })).toThrow(ModelError);
    const shared = { i_X: { value: 0, shared: true } };
    expect(() => defineChannel("X", { states: shared })).toThrow(ModelError);
    // Nor after another name was given
    const Fine = defineChannel("Y", { states: shared });
    expect(() => new Compartment().insert(Fine, { name: "X" })).toThrow(ModelError);
  });

  test("no channel reads a current of a synapse, which is one of connections", () => {
    const net = new Network([new Compartment(), new Compartment()]);
    connect(net.cell(0), net.cell(1), synapses.IonotropicSynapse);
    const states = { i_IonotropicSynapse: { value: 0, shared: true } };
    expect(() => net.insert(defineChannel("X", { states }))).toThrow(ModelError);
  });
});

describe.each(["wasm", "reference"] as const)("on %s", (backend) => {
  test("an own state called spike is not that which tells spikes", async () => {
    const Telling = defineChannel("Telling", {
      states: { spike: { value: 0.5, update: "spike + 1" } },
      spike: "select(v > -66, 1, 0)",
      current: "1e-4 * (v + 60)",
    });
    const one = new Compartment();
    one.insert(Telling).record("Telling_spike").recordSpikes();
    const { recordings, spikes, states } = await integrate(one, {
      backend,
      tMax: 0.1,
      returnStates: true,
    });
    expect([...(recordings[0] ?? [])]).toEqual([0.5, 1.5, 2.5, 3.5, 4.5, 5.5]);
    expect(spikes[0]?.times.length).toBe(0);
    expect(Object.keys(states?.values ?? {}).sort()).toEqual(["Telling_spike", "i_Telling", "v"]);
  });

  test("what one has as a parameter and another as a state is one number, whoever came first", async () => {
    const Reads = defineChannel("Reads", {
      parameters: { eX: { value: -70, shared: true } },
      current: "1e-4 * (v - eX)",
    });
    const Moves = defineChannel("Moves", {
      states: { eX: { value: -50, shared: true, update: "eX + 1" } },
    });
    const run = async (order: "first" | "last", value: number | undefined) => {
      const cell = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1] });
      if (order === "first") cell.branch(0).comp(0).insert(Moves);
      cell.insert(Reads);
      if (value !== undefined) cell.set("eX", value);
      if (order === "last") cell.branch(0).comp(0).insert(Moves);
      cell.branch(0).comp(0).record("eX");
      cell.branch(0).record("i_Reads");
      return (await integrate(cell, { backend, tMax: 0.05 })).recordings.map((row) => [...row]);
    };
    for (const order of ["first", "last"] as const) {
      const [moved = [], here = [], there = []] = await run(order, -40);
      expect(moved).toEqual([-40, -39, -38, -37]);
      expect(here[0]).toBeCloseTo(1e-4 * (-70 + 40), 12);
      expect(there[0]).toBeCloseTo(1e-4 * (-70 + 40), 12);
      expect((await run(order, undefined))[0]?.[0]).toBe(order === "first" ? -50 : -70);
    }
  });
});
