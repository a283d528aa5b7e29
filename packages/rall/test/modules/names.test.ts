/** One number, one name: what shares a value, what may not, and what a second name or a second trainable means. */
import {
  Branch,
  Cell,
  Compartment,
  connect,
  type Diagnostic,
  defineChannel,
  defineSynapse,
  fromJSON,
  integrate,
  Network,
  renameChannel,
  toJSON,
  type View,
} from "rall";
import { CaL, CaNernstReversal, HH, K, Km } from "rall/channels";
import { CaPump } from "rall/pumps";
import { Exp2Syn, ExpSyn } from "rall/synapses";
import { compileObjective, meanSquaredError } from "rall/training";
import { describe, expect, test } from "vitest";

const conductance = { value: 0.1, unit: "S/cm2" };
const Na = defineChannel("Na", { parameters: { T_g: conductance }, current: "T_g * v" });
const NaT = defineChannel("Na_T", { parameters: { g: conductance }, current: "g * v" });

function cell() {
  return new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0] });
}

const error = (code: string, ...words: string[]) => ({
  asymmetricMatch: (value: { code?: string; message?: string }) =>
    value.code === code && words.every((word) => value.message?.includes(word)),
});

describe("insert", () => {
  test("keeps what others share and was set, there and only there", () => {
    const one = cell().insert(K);
    one.branch(0).set("eK", -80);
    one.insert(Km);
    expect([...one.get("eK")]).toEqual([-80, -80, -90, -90]);
    const part = cell();
    part.branch(0).insert(K).set("eK", -80);
    part.insert(Km);
    expect([...part.get("eK")]).toEqual([-80, -80, -90, -90]);
  });

  test("states are values, too, in either order", () => {
    const one = cell().insert(CaPump).set("CaCon_i", 2e-4).insert(CaNernstReversal);
    expect(one.get("CaCon_i")[0]).toBe(2e-4);
    one.set("eCa", 120).insert(CaL);
    expect(one.get("eCa")[0]).toBe(120);
    expect(cell().insert(CaL).set("eCa", 111).insert(CaNernstReversal).get("eCa")[0]).toBe(111);
  });

  test.each([
    ["a synapse", ExpSyn, ["ExpSyn is no channel", "synapse"]],
    ["a name", "HH", ["HH"]],
    ["nothing", undefined, ["undefined"]],
    ["an object", {}, ["an object"]],
  ])("refuses %s", (_, thing, words) => {
    const one = cell();
    expect(() => one.insert(thing as typeof HH)).toThrow(error("model", ...words));
    expect(one.channels).toEqual([]);
  });
});

describe("two mechanisms with one key", () => {
  const both = ["Na_T_g", "Na and", "Na_T "];
  test("channels, in either order", () => {
    expect(() => cell().insert(Na).insert(NaT)).toThrow(error("model", "Na_T_g", "Na_T and Na "));
    expect(() => cell().insert(NaT).insert(Na)).toThrow(error("model", ...both));
    const one = cell();
    one.branch(0).insert(NaT);
    expect(() => one.branch(1).insert(Na)).toThrow(error("model", ...both));
    expect(one.channels).toEqual(["Na_T"]);
    one.insert(Na, { name: "NaF" });
  });

  test("by another name", () => {
    expect(() => cell().insert(NaT).insert(NaT, { name: "Na" })).not.toThrow();
    const H = defineChannel("H", { parameters: { H_gNa: conductance }, current: "H_gNa * v" });
    expect(() => cell().insert(H).insert(HH, { name: "H_H" })).toThrow(error("model", "H_H_gNa"));
  });

  test("one shares it, the other does not", () => {
    const Shared = defineChannel("S", {
      parameters: { Na_T_g: { ...conductance, shared: true } },
      current: "Na_T_g * v",
    });
    expect(() => cell().insert(Shared).insert(NaT)).toThrow(error("model", "Na_T_g"));
    cell().insert(Shared).insert(renameChannel(Shared, "S2"));
  });

  test("cells of a network", () => {
    expect(() => new Network([cell().insert(Na), cell().insert(NaT)])).toThrow(
      error("model", "Na_T_g"),
    );
  });

  test("synapses, and a synapse and a channel", () => {
    const net = new Network([cell(), cell()]);
    const [a, b] = [net.cell(0).branch(0).loc(0), net.cell(1).branch(0).loc(0)];
    const one = defineSynapse("A", {
      parameters: { B_g: conductance },
      current: "B_g * v_post",
    });
    const other = defineSynapse("A_B", { parameters: { g: conductance }, current: "g * v_post" });
    connect(a, b, one);
    expect(() => connect(a, b, other)).toThrow(error("model", "A_B_g", "A_B and A "));
    const channel = defineChannel("A_B", { parameters: { g: conductance }, current: "g * v" });
    expect(() => net.insert(channel)).toThrow(error("model", "A_B_g"));
    expect(net.synapses).toEqual(["A"]);
  });

  test("a file", () => {
    const file = JSON.parse(JSON.stringify(toJSON(cell().insert(NaT))));
    const other = JSON.parse(JSON.stringify(toJSON(cell().insert(Na))));
    file.channels.push(...other.channels);
    expect(() => fromJSON(file)).toThrow(error("modelFile", "Na_T_g", "$.channels[1]"));
  });
});

describe("recordings", () => {
  test("a place has one row, which takes a second name", async () => {
    const one = cell();
    one.branch(0).loc(0).record().record("v").record("i");
    one.branch(0).loc(0).record("v", { name: "soma" });
    one.branch(0).loc(0).record("v");
    const { names } = await integrate(one, { tMax: 1 });
    expect(names).toEqual(["soma", "i_b0_c0"]);
  });

  test("two places have two names", () => {
    const one = cell();
    one.branch(0).loc(0).record("v", { name: "soma" });
    expect(() => one.branch(1).loc(0).record("v", { name: "soma" })).toThrow(
      error("model", '"soma"'),
    );
    one.record("v", { name: "all" });
    expect(one.root.description.recordings.map(({ name }) => name)).toEqual([
      ...["all_0", "all_1", "all_2", "all_3"],
    ]);
    expect(() => one.record("i", { name: "all" })).toThrow(error("model", '"all_0"'));
    expect(one.root.description.recordings).toHaveLength(4);
  });

  test("spikes: the same, by threshold", () => {
    const one = cell();
    one.branch(0).loc(0).recordSpikes().recordSpikes({ name: "soma" });
    expect(() => one.branch(1).loc(0).recordSpikes({ name: "soma" })).toThrow(
      error("model", '"soma"'),
    );
    one.branch(0).loc(0).recordSpikes({ threshold: -20 });
    expect(one.root.description.spikeRecordings).toEqual([
      { compartment: 0, threshold: 10, name: "soma" },
      { compartment: 0, threshold: -20, name: "spikes_b0_c0" },
    ]);
  });

  test("of synapses follow their numbers", () => {
    const net = new Network([cell(), cell()]);
    const [a, b] = [net.cell(0).branch(0).loc(0), net.cell(1).branch(0).loc(0)];
    for (let k = 0; k < 3; k++) connect(a, b, ExpSyn);
    net.synapse("ExpSyn").record("ExpSyn_g");
    net.edge(0).delete();
    connect(a, b, ExpSyn).record("ExpSyn_g");
    expect(net.root.description.recordings.map(({ name }) => name)).toEqual([
      ...["ExpSyn_g_e0", "ExpSyn_g_e1", "ExpSyn_g_e2"],
    ]);
  });

  test("in a file", () => {
    const one = cell();
    one.branch(0).loc(0).record("v", { name: "a" }).record("i", { name: "b" });
    const file = JSON.parse(JSON.stringify(toJSON(one)));
    file.recordings[1].name = "a";
    expect(() => fromJSON(file)).toThrow(error("modelFile", "$.recordings[1].name", '"a"'));
    file.recordings[1] = { ...file.recordings[0], name: "c" };
    expect(() => fromJSON(file)).toThrow(error("modelFile", "$.recordings[1]", "already"));
  });
});

describe("trainables", () => {
  /** Gradients by all trainables, and what the objective warns of. */
  async function trained(module: View) {
    const codes: string[] = [];
    const loss = meanSquaredError([new Float64Array(41)]);
    const onWarning = ({ code }: Diagnostic) => void codes.push(code);
    module.select([0]).record("v");
    const objective = await compileObjective(module, { loss, tMax: 1, onWarning });
    const { gradient } = await objective.valueAndGradient();
    return {
      gradient: gradient.map(({ values }) => [...values]),
      isWarned: codes.includes("overlapping-trainable"),
    };
  }

  test("of two for one number the last decides; the other has no gradient, and a warning says so", async () => {
    const alone = await trained(cell().insert(HH).makeTrainable("HH_gNa"));
    expect(alone.isWarned).toBe(false);
    const both = await trained(cell().insert(HH).makeTrainable("HH_gNa").makeTrainable("HH_gNa"));
    expect(both).toEqual({ gradient: [[0], ...alone.gradient], isWarned: true });
    // One of two values is left without a place
    const one = cell().insert(HH);
    one.branch("all").makeTrainable("HH_gNa");
    one.branch(1).makeTrainable("HH_gNa");
    const { gradient, isWarned } = await trained(one);
    expect(isWarned).toBe(true);
    expect(gradient[0]?.[1]).toBe(0);
  });

  test("of synapses, too", async () => {
    const net = new Network([cell(), cell()]);
    net.insert(HH);
    const [a, b] = [net.cell(0).branch(0).loc(0), net.cell(1).branch(0).loc(0)];
    connect(a, b, Exp2Syn).makeTrainable("Exp2Syn_tau1");
    net.edge("all").makeTrainable("Exp2Syn_tau2");
    expect((await trained(net)).isWarned).toBe(false);
    net.edge("all").makeTrainable("Exp2Syn_tau1");
    expect((await trained(net)).isWarned).toBe(true);
  });

  test("of a partial overlap the later one decides, and the gradient is of what decides", async () => {
    const one = cell().insert(HH).set("v", -65).initStates();
    one.makeTrainable("HH_gNa", 0.1).branch(0).makeTrainable("HH_gNa", 0.2);
    one.branch(0).loc(0).stimulate(new Float64Array(80).fill(0.05)).record();
    one.branch(1).loc(1).record();
    const objective = await compileObjective(one, {
      loss: meanSquaredError([new Float64Array(81), new Float64Array(81)]),
    });
    expect(objective.parameters.map(({ values }) => values.length)).toEqual([1, 1]);
    const { gradient } = await objective.valueAndGradient();
    for (const k of [0, 1]) {
      const h = 1e-6;
      const moved = async (by: number) =>
        objective.value(
          objective.parameters.map(({ key, values }, j) => ({
            key,
            values: values.map((value) => value + (j === k ? by : 0)),
          })),
        );
      const slope = ((await moved(h)) - (await moved(-h))) / (2 * h);
      expect(slope).not.toBe(0);
      expect((gradient[k]?.values[0] ?? 0) / slope).toBeCloseTo(1, 5);
    }
  });
});
