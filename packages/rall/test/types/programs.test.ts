/**
 * Programs as editors and the compiler see them: keys complete, misspelt ones are refused, no legal program is, and those of
 * the documents pass under strict options.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { blocks } from "../blocks.ts";
import { Editor } from "./language-service.ts";

const prelude = `
import { Cell, Compartment, connect, connectTable, currentSynapse, defineChannel, definePump, defineSynapse } from "rall";
import { fullyConnect, Network, renameChannel, renameSynapse, sparseConnect, type Channel, type Synapse } from "rall";
import type { SynapseView, View } from "rall";
import * as channels from "rall/channels";
import { HH, K, Leak } from "rall/channels";
import { CaPump } from "rall/pumps";
import * as synapses from "rall/synapses";
import { Exp2Syn, ExpSyn } from "rall/synapses";
declare const cell: Cell;
declare const net: Network;
declare const text: string;
declare const current: Float64Array;
const Own = defineChannel("Own", {
  parameters: { g: { value: 1e-3 }, eX: { value: 0, shared: true } },
  states: { m: { value: 0, gate: { inf: "0.5", tau: "1" } } },
  current: "g * m * (v - eX)",
  currentName: "i_X",
});
`;

/** Programs; a line that ends in \`// wrong\` is refused, all others are not. */
const programs = {
  legal: `
cell.insert(HH).set("HH_gNa", 0.1).set("v", -65).record().record("v").record("HH_m").record("i_HH").record("i");
cell.insert(HH, { name: "HH_2" });
cell.set("HH_2_gNa", 0.1).record("HH_2_m").clamp("HH_2_m", current);
cell.insert(HH, { name: "HH_2" }).set("HH_2_gNa", 0.1).record("HH_2_m").record("i_HH");
cell.insert(K, { name: "K2" }).set("K2_gK", 0.1).set("eK", -80).record("i_K");
cell.insert(HH).set("HH_2_gNa", 0.1).record("HH_2_m");
const Twin = renameChannel(HH, "Twin");
cell.insert(Twin).set("Twin_gNa", 0.1).record("Twin_h");
const Na = defineChannel("Na", { parameters: { gbar: { value: 1 }, q: { value: 2 } }, states: { x: { value: 0 } } });
cell.insert(Na);
cell.set("Na_gbar", 0.1).set("Na_q", 1).record("Na_x").clamp("Na_x", current).makeTrainable("Na_gbar");
cell.insert(Na).set("Na_gbar", 0.1).record("Na_x").record("i_Na");
const Case = defineChannel("HH", { parameters: { gNA: { value: 1 } } });
cell.insert(Case).set("HH_gNA", 1);
cell.insert(Own);
cell.set("Own_g", 1).set("eX", 0).record("Own_m").record("i_X").get("Own_g").fill(0);
cell.insert(Own).insert(CaPump).set("Own_g", 1).set("CaPump_decay", 80).record("CaCon_i").record("i_X").set("eX", 1);
cell.set(text, 1).record(text).clamp(text, current).makeTrainable(text).get(text);
cell.set(\`HH_\${text}\`, 1).record(\`HH_\${text}\`);
cell.insert(HH).set(\`HH_\${text}\`, 1).record(\`Own_\${text}\`);
for (const key of ["HH_gNa", "HH_gK", "radius"] as const) cell.set(key, 1).get(key);
for (const key of ["HH_gNa", "HH_gK"]) cell.insert(HH).set(key, 1);
const any: Channel = Own;
cell.insert(any).set("Any_thing", 1).set("v", 1).set("HH_gNa", 1);
cell.insert(any, { name: text }).set("HH_2_x", 1);
for (const channel of Object.values(channels)) cell.insert(channel).record("v");
const kept: Cell = cell.insert(HH).insert(Own);
const seen: View = cell.insert(HH).group("soma").set("HH_gNa", 1);
const wrapped = <Key extends string>(key: Key) => cell.insert(Own).set(key as string, 1);
cell.group("soma").set("Own_g", 1).channel("Own").group(text).group("my group");
connect(net.cell(0), net.cell(1), ExpSyn, { values: { weight: 1, tau: 2, ExpSyn_e: 0, delay: [1, 2] } })
  .set("ExpSyn_tau", 1).set(text, 1).record("ExpSyn_g").record("i_ExpSyn").set("pre_radius", 1).get("post_v");
const Mine = defineSynapse("Mine", {
  parameters: { w: { value: 1 } },
  states: { s: { value: 0, derivative: "-s" } },
  event: { s: "s + w" },
  current: "s * v_post",
});
fullyConnect(net, net, Mine, { values: { w: 1, weight: 2, threshold: 0 } }).set("Mine_w", 2).record("Mine_s");
net.synapse("Mine").set("Mine_w", 1).record("Mine_s").edge(0).set("Mine_w", 2);
net.synapse("ExpSyn").set("ExpSyn_weight", 1).set("ExpSyn_own", 1).clamp("ExpSyn_g", current);
const named: Readonly<Record<string, number>> = {};
sparseConnect(net, net, Exp2Syn, 0.5, { seed: 1, values: named });
connect(net, net, ExpSyn, { values: { [text]: 1 } });
const anySynapse: Synapse = Mine;
connect(net, net, anySynapse, { values: { what: 1 } }).set("what_ever", 1).get("Mine_w");
const view: SynapseView = connect(net, net, renameSynapse(ExpSyn, "Fast"), { values: { weight: 1 } }).set("Fast_tau", 1);
connect(net, net, currentSynapse("Rect", "max(x, 0)"), { values: { gS: 1 } }).set("Rect_gS", 1);
connectTable(net, ExpSyn, [{ pre: 0, post: { cell: 1, loc: 0.5 }, weight: 0.1 }]);
for (const synapse of Object.values(synapses)) connect(net, net, synapse, { values: {} });
export function put<N extends string>(one: View, channel: Channel<N>): View {
  return one.insert(channel).set("v", 1).record("v").set("HH_gNa", 1);
}
export const putAny = <C extends Channel>(one: Cell, channel: C) => one.insert(channel).get("v");
const list: Cell[] = [new Cell(), new Cell().insert(HH), cell.insert(Own)];
let changed = new Cell();
changed = changed.insert(HH).insert(Own).set("Own_g", 1);
const either = list.length > 2 ? HH : Own;
cell.insert(either).set("HH_gNa", 1).set("Own_g", 1).set("HH_2_x", 1);
for (const name of ["gNa", "gK"] as const) cell.insert(HH).set(\`HH_\${name}\`, 1);
const views: SynapseView[] = [connect(net, net, ExpSyn), connect(net, net, Mine)];
export { any, changed, kept, list, seen, view, views, wrapped };
`,
  wrong: `
cell.set("HH_gNA", 1); // wrong
cell.set("HH_gNaa", 1); // wrong
cell.get("Km_gkm"); // wrong
cell.makeTrainable("Leak_gLaek"); // wrong
cell.dataSet("CaPump_dacay", 1); // wrong
cell.group("soma").set("HH_gNA", 1); // wrong
cell.insert(HH).set("HH_gNA", 1); // wrong
cell.insert(HH).record("HH_x"); // wrong
cell.insert(HH).record("HH_gNa"); // wrong
cell.insert(HH).clamp("HH_gNa", current); // wrong
cell.insert(Own).set("Own_x", 1); // wrong
cell.insert(Own).insert(HH).insert(K).record("Own_g"); // wrong
cell.insert(HH, { name: "HH_2" }).set("HH_gna", 1); // wrong
cell.insert(HH, { name: "Other" }).set("Other_x", 1); // wrong
connect(net, net, ExpSyn, { values: { wieght: 1 } }); // wrong
fullyConnect(net, net, Exp2Syn, { values: { tau: 1 } }); // wrong
connectTable(net, ExpSyn, [{ pre: 0, post: 1, wieght: 0.1 }]); // wrong
connect(net, net, ExpSyn).set("ExpSyn_wight", 1); // wrong
connect(net, net, ExpSyn).record("ExpSyn_tau"); // wrong
net.synapse("ExpSyn").set("ExpSyn_wight", 1); // wrong
net.synapse("ExpSyn").makeTrainable("Exp2Syn_tau_1"); // wrong
`,
  equations: `
defineChannel("A", {
  parameters: { g: { value: 1 }, eA: { value: 0, shared: true } },
  states: {
    m: { value: 0, gate: { alpha: ({ m }) => m, beta: (states, { v }, { g }) => (v === g ? 1 : states.m) } },
    c: { value: 1, shared: true, update: ({ m, c }, { dt }) => (m === dt ? c : 0) },
    n: { value: 0, gate: { inf: ({ k }) => k, tau: "1" } }, // wrong
    o: { value: 0, derivative: (states) => states.oo }, // wrong
    p: { value: 0, initial: (_, { V }) => V }, // wrong
  },
  let: { half: (_, { celsius }) => celsius },
  current: ({ m }, { v }, { g, eA }) => (m === v ? g : eA),
  voltage: (_, __, parameters) => parameters.gg, // wrong
});
definePump("P", {
  parameters: { rate: { value: 1 } },
  states: { c: { value: 1 }, d: { value: 2, update: ({ c }) => c } },
  ion: "c",
  current: ({ c, e }, _, { rate }) => (c === rate ? e : c), // wrong
});
defineSynapse("S", {
  parameters: { e: { value: 0 } },
  pre: { spikes: "Fire_spikes" },
  states: { s: { value: 0, update: ({ s }, { spikes, v_post }) => (spikes === v_post ? s : 0) } },
  event: { s: ({ s }, _, { weight, wight }) => (weight === wight ? s : 0) }, // wrong
  current: ({ s }, { v_post, v }, { e }) => (v === v_post ? s : e), // wrong
});
defineChannel("B", { parametres: { g: { value: 1 } } }); // wrong
defineChannel("C", { parameters: { g: { valeu: 1 } } }); // wrong
defineChannel(text, { states: { [text]: { value: 0 } }, current: (states) => states["any"] ?? 0 });
defineChannel("D", { currents: "1" }); // wrong
`,
  completed: `
cell.set("/*set*/");
cell.get("/*get*/");
cell.makeTrainable("/*makeTrainable*/");
cell.dataSet("/*dataSet*/");
cell.record("/*record*/");
cell.clamp("/*clamp*/");
cell.dataClamp("/*dataClamp*/");
cell.group("/*group*/");
cell.channel("/*channel*/");
cell.insert(Own).insert(HH, { name: "HH_2" }).set("/*own set*/");
cell.insert(Own).record("/*own record*/");
net.synapse("/*synapse*/");
net.synapse("ExpSyn").set("/*synapse set*/");
net.synapse("ExpSyn").record("/*synapse record*/");
connect(net, net, ExpSyn, { values: { /*values*/ } });
sparseConnect(net, net, Exp2Syn, 0.5, { seed: 1, values: { /*sparse values*/ } });
connect(net, net, Exp2Syn).set("/*connected set*/");
connect(net, net, Exp2Syn).clamp("/*connected clamp*/");
defineChannel("E", {
  parameters: { g: { value: 1 } },
  states: { m: { value: 0, gate: { alpha: "1", beta: "1" } } },
  let: { open: (states) => states./*states*/m },
  current: (_, environment, parameters) => (environment./*environment*/v === parameters./*parameters*/g ? 1 : 0),
});
`,
};

let editor: Editor;
beforeAll(() => {
  editor = new Editor({
    ...Object.fromEntries(Object.entries(programs).map(([name, text]) => [name, prelude + text])),
    ...Object.fromEntries(blocks.map(({ file, code }) => [file, code])),
  });
});

test.each(["legal", "wrong", "equations"] as const)("the program %s", (name) => {
  const text = prelude + programs[name];
  const expected = text
    .split("\n")
    .flatMap((line, k) => (line.endsWith("// wrong") ? [k + 1] : []));
  const problems = editor.problems(name);
  const lines = new Set(problems.map((problem) => Number.parseInt(problem, 10)));
  expect(
    [...lines].sort((a, b) => a - b),
    problems.join("\n"),
  ).toEqual(expected);
});

test.each(blocks)("$page, example $number, under strict options", ({ file }) => {
  expect(editor.problems(file)).toEqual([]);
});

test("what is refused says why", () => {
  const problems = editor.problems("wrong").join("\n");
  expect(problems).toContain("HH_gNA is misspelt: HH_gNa");
  expect(problems).toContain("HH_x is no key of HH");
  expect(problems).toContain("Did you mean to write 'weight'?");
});

test("editors show keys, not how they are made", () => {
  expect(editor.hint("legal", "Own = ")).toBe(
    'const Own: Channel<"Own", "eX" | "Own_g", "Own_m", "i_X">',
  );
});

describe("completions", () => {
  const channelKeys = ["HH_gNa", "HH_m", "eCa", "CaPump_decay", "radius", "v", "axial_resistivity"];
  const states = ["v", "HH_m", "CaL_q", "CaCon_i"];
  test.each([
    ["set", channelKeys],
    ["get", channelKeys],
    ["makeTrainable", channelKeys],
    ["dataSet", channelKeys],
    ["record", [...states, "i", "i_HH", "i_Ca"]],
    ["clamp", states],
    ["dataClamp", states],
    ["group", ["soma", "axon", "basal", "apical"]],
    ["channel", ["HH", "CaPump"]],
    ["own set", [...channelKeys, "Own_g", "Own_m", "eX", "HH_2_gNa"]],
    ["own record", [...states, "Own_m", "i_X"]],
    ["synapse", ["ExpSyn", "GapJunction"]],
    ["synapse set", ["ExpSyn_weight", "ExpSyn_tau", "Exp2Syn_delay", "GapJunction_g"]],
    ["synapse record", ["ExpSyn_g", "i_ExpSyn"]],
    ["values", ["weight", "delay", "threshold", "tau", "e", "g"]],
    ["sparse values", ["weight", "delay", "tau1", "tau2", "g"]],
    ["connected set", ["Exp2Syn_weight", "Exp2Syn_tau1", "Exp2Syn_g"]],
    ["connected clamp", ["Exp2Syn_a", "Exp2Syn_g"]],
    ["states", ["m"]],
    ["environment", ["v", "dt", "radius", "celsius"]],
    ["parameters", ["g"]],
  ])("in %s", (place, names) => {
    expect(editor.completions("completed", `/*${place}*/`)).toEqual(expect.arrayContaining(names));
  });

  test("are of the kind of synapse that was connected, no others", () => {
    const names = editor.completions("completed", "/*connected set*/");
    expect(names).not.toContain("ExpSyn_weight");
    expect(editor.completions("completed", "/*connected clamp*/")).not.toContain("Exp2Syn_tau1");
  });
});
