/** Misuse of every method of modules, views, synapse views, loops of steps and random streams. */
import {
  Branch,
  Cell,
  Compartment,
  compileStep,
  connect,
  Network,
  RandomStream,
  StepLoop,
  SynapseView,
  type View,
} from "rall";
import { HH } from "rall/channels";
import { CaPump } from "rall/pumps";
import { IonotropicSynapse } from "rall/synapses";
import { describe, expect, test } from "vitest";
import {
  type Accepted,
  type Entry,
  made,
  method,
  methodsOf,
  misuse,
  type Table,
  uncoveredMethods,
} from "./mutate.ts";

const cell = () => {
  const built = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0] });
  return built.insert(HH).computeXyz().addToGroup("all");
};
const network = () => {
  const built = new Network([cell(), cell()]).computeXyz();
  const at = (k: number): View => built.cell(k).branch(0).comp(0);
  connect(at(0), at(1), IonotropicSynapse);
  connect(at(1), at(0), IonotropicSynapse);
  return built;
};
const synapses = () => network().synapse("IonotropicSynapse");
const loop = () => {
  const built = cell();
  built.branch(0).comp(0).record("v").stimulate([0, 0, 0]);
  built.branch(0).comp(1).clamp("v", [0, 0, 0]);
  return compileStep(built, { backend: "reference", onWarning: false });
};

const leftOut = (place: string): Accepted[] => [[place, ["undefined"], "may be left out"]];
const numbersOf = { dt: 0.025 };

const table: Table = {
  addToGroup: { call: method(cell, "addToGroup", "soma") },
  arrangeInLayers: {
    call: method(network, "arrangeInLayers", [1, 1], {
      ...{ withinLayerOffset: 1, betweenLayerOffset: 1, verticalLayers: true },
    }),
  },
  branch: { call: method(cell, "branch", 0) },
  branches: { call: method(cell, "branches") },
  cell: { call: method(network, "cell", 0) },
  cells: { call: method(network, "cells") },
  channel: { call: method(cell, "channel", "HH") },
  clamp: { call: method(cell, "clamp", "v", [1, 2], numbersOf) },
  comp: { call: method(cell, "comp", 0) },
  comps: { call: method(cell, "comps") },
  computeCompartmentCenters: { call: method(cell, "computeCompartmentCenters") },
  computeXyz: { call: method(cell, "computeXyz") },
  copy: { call: method(cell, "copy") },
  copyNodePropertyToEdges: {
    call: method(network, "copyNodePropertyToEdges", "radius", "pre"),
  },
  dataClamp: { call: method(cell, "dataClamp", "v", [1, 2], [], numbersOf) },
  dataSet: { call: method(cell, "dataSet", "radius", 1, []) },
  dataStimulate: { call: method(cell, "dataStimulate", [1, 2], [], numbersOf) },
  delete: { call: method(cell, "delete", HH) },
  deleteClamps: { call: method(cell, "deleteClamps", "v"), accepts: leftOut("0") },
  deleteDiffusion: {
    call: method(() => cell().insert(CaPump).diffuse("CaCon_i"), "deleteDiffusion", "CaCon_i"),
  },
  deleteRecordings: { call: method(cell, "deleteRecordings") },
  deleteStimuli: { call: method(cell, "deleteStimuli") },
  deleteTrainables: { call: method(cell, "deleteTrainables") },
  diffuse: { call: method(() => cell().insert(CaPump), "diffuse", "CaCon_i") },
  edge: { call: method(network, "edge", 0) },
  getParameters: { call: method(cell, "getParameters") },
  get: { call: method(cell, "get", "radius") },
  group: { call: method(cell, "group", "all") },
  initStates: { call: method(cell, "initStates", numbersOf) },
  insert: { call: method(() => new Compartment(), "insert", HH, { name: "Own" }) },
  loc: { call: method(cell, "loc", 0.5) },
  makeTrainable: {
    call: method(cell, "makeTrainable", "HH_gNa", 0.1, { share: [0, 0, 0, 0] }),
    accepts: leftOut("1"),
  },
  move: { call: method(cell, "move", 1, 2, 3) },
  moveTo: { call: method(cell, "moveTo", 1, 2, 3) },
  record: { call: method(cell, "record", "v", { name: "own" }) },
  recordSpikes: { call: method(cell, "recordSpikes", { threshold: 1, name: "own" }) },
  rotate: { call: method(cell, "rotate", 10, "xy") },
  scope: { call: method(cell, "scope", "local") },
  select: { call: method(cell, "select", [0, 1]) },
  set: { call: method(cell, "set", "radius", 1, { allowNegative: false }) },
  setNcomp: {
    call: method(() => cell().branch(0), "setNcomp", 4, { minRadius: 0.1 }),
  },
  show: { call: method(cell, "show", { keys: ["radius"], rows: 3 }) },
  showTrainables: { call: method(cell, "showTrainables") },
  stimulate: { call: method(cell, "stimulate", [1, 2], numbersOf) },
  synapse: { call: method(network, "synapse", "IonotropicSynapse") },
  unitOf: { call: method(cell, "unitOf", "radius") },
  writeTrainables: {
    call: method(
      () => cell().makeTrainable("radius", 1),
      "writeTrainables",
      ...[[made({ key: "radius", values: Float64Array.of(1) }, 1)]],
    ),
    accepts: [["0.0", ["unknown"], "parameters may have more"]],
  },
};

const synapseTable: Table = {
  clamp: { call: method(synapses, "clamp", "IonotropicSynapse_s", [1, 1], numbersOf) },
  dataSet: { call: method(synapses, "dataSet", "IonotropicSynapse_gS", 1, []) },
  delete: { call: method(synapses, "delete") },
  edge: { call: method(synapses, "edge", 0) },
  get: { call: method(synapses, "get", "IonotropicSynapse_gS") },
  makeTrainable: {
    call: method(synapses, "makeTrainable", "IonotropicSynapse_gS", 1, { share: [0, 0] }),
    accepts: leftOut("1"),
  },
  record: { call: method(synapses, "record", "IonotropicSynapse_s") },
  set: { call: method(synapses, "set", "IonotropicSynapse_gS", 1, { allowNegative: true }) },
  show: { call: method(synapses, "show", { keys: ["IonotropicSynapse_gS"], rows: 3 }) },
};

const loopTable: Table = {
  init: {
    call: async () => {
      const running = await loop();
      const { values, ...rest } = running.states();
      const given = made({ ...rest, values: made({ ...values }, 1) }, 2);
      return [running.init.bind(running), given];
    },
    accepts: [...leftOut("0"), ["0", ["unknown"], "states may have more"]],
  },
  states: { call: method(loop, "states") },
  step: { call: method(loop, "step", { stimuli: [0], clamps: [0] }) },
};

const random = () => new RandomStream(1);
const randomTable: Table = {
  below: { call: method(random, "below", 5) },
  uniform: { call: method(random, "uniform") },
};

test("each method is misused", () => {
  const methods = new Set([Compartment, Branch, Cell, Network].flatMap(methodsOf));
  // Protected: for subclasses alone
  for (const name of ["follow", "sharedBy", "view"]) methods.delete(name);
  expect([...methods].filter((name) => !(name in table))).toEqual([]);
  expect(Object.keys(table).filter((name) => !methods.has(name))).toEqual([]);
  expect(uncoveredMethods(SynapseView, synapseTable)).toEqual([]);
  expect(uncoveredMethods(StepLoop, loopTable)).toEqual([]);
  expect(uncoveredMethods(RandomStream, randomTable)).toEqual([]);
});

const named = (title: string, entries: Table) =>
  Object.entries(entries).map(([name, entry]): [string, Entry] => [`${title}.${name}`, entry]);

describe("misuse gives typed errors", () => {
  test.each([
    ...named("View", table),
    ...named("SynapseView", synapseTable),
    ...named("StepLoop", loopTable),
    ...named("RandomStream", randomTable),
  ])("%s", async (name, entry) => {
    expect(await misuse(name, entry)).toEqual([]);
  });
});
