/** Views and data hold numbers of places; when these are numbered anew, or belong to another module, that is said. */
import {
  Branch,
  Cell,
  Compartment,
  compileStep,
  connect,
  distancePathwise,
  findSteadyState,
  integrate,
  morphDelete,
  Network,
  SpikeTrain,
  View,
} from "rall";
import { HH } from "rall/channels";
import { ExpSyn, IonotropicSynapse } from "rall/synapses";
import { compileObjective, meanSquaredError } from "rall/training";
import { describe, expect, test } from "vitest";

function cell() {
  const one = new Cell(new Branch(new Compartment(), { ncomp: 4 }), { parents: [-1, 0, 0] });
  return one.insert(HH).set("v", -65).initStates();
}

function network() {
  const net = new Network([cell(), cell()]);
  const [a, b] = [net.cell(0).branch(0).loc(0), net.cell(1).branch(0).loc(0)];
  connect(a, b, ExpSyn);
  connect(b, a, ExpSyn);
  connect(a, b, IonotropicSynapse);
  return net;
}

const backends = ["wasm", "reference"] as const;
const pulse = new Float64Array(40).fill(0.1);

/** Every property and method of a view, called with arguments that would be right. */
const uses: Readonly<Record<string, (view: View) => unknown>> = {
  compartments: (view) => view.compartments,
  branchNumbers: (view) => view.branchNumbers,
  cellNumbers: (view) => view.cellNumbers,
  groups: (view) => view.groups,
  places: (view) => view.places,
  channels: (view) => view.channels,
  synapses: (view) => view.synapses,
  root: (view) => view.root,
  cell: (view) => view.cell(0),
  branch: (view) => view.branch(0),
  comp: (view) => view.comp(0),
  loc: (view) => view.loc(0.5),
  select: (view) => view.select([0]),
  group: (view) => view.group("all"),
  channel: (view) => view.channel("HH"),
  scope: (view) => view.scope("global"),
  cells: (view) => [...view.cells()],
  branches: (view) => [...view.branches()],
  comps: (view) => [...view.comps()],
  iterator: (view) => [...view],
  synapse: (view) => view.synapse("ExpSyn"),
  edge: (view) => view.edge(0),
  set: (view) => view.set("HH_gNa", 0.1),
  dataSet: (view) => view.dataSet("HH_gNa", 0.1),
  get: (view) => view.get("HH_gNa"),
  unitOf: (view) => view.unitOf("HH_gNa"),
  insert: (view) => view.insert(HH, { name: "HH_2" }),
  delete: (view) => view.delete(HH),
  addToGroup: (view) => view.addToGroup("some"),
  record: (view) => view.record("v"),
  recordSpikes: (view) => view.recordSpikes(),
  deleteRecordings: (view) => view.deleteRecordings(),
  stimulate: (view) => view.stimulate(pulse),
  dataStimulate: (view) => view.dataStimulate(pulse),
  deleteStimuli: (view) => view.deleteStimuli(),
  clamp: (view) => view.clamp("v", pulse),
  dataClamp: (view) => view.dataClamp("v", pulse),
  deleteClamps: (view) => view.deleteClamps(),
  makeTrainable: (view) => view.makeTrainable("HH_gNa"),
  deleteTrainables: (view) => view.deleteTrainables(),
  initStates: (view) => view.initStates(),
  setNcomp: (view) => view.setNcomp(2),
  computeXyz: (view) => view.computeXyz(),
  computeCompartmentCenters: (view) => view.computeCompartmentCenters(),
  move: (view) => view.move(1),
  moveTo: (view) => view.moveTo(1),
  rotate: (view) => view.rotate(90),
  copyNodePropertyToEdges: (view) => view.copyNodePropertyToEdges("v"),
  show: (view) => view.show(),
};

/** Names of what a class and those above it have, in public. */
function membersOf(type: abstract new (...args: never[]) => object): string[] {
  const names = new Set<string>();
  for (let at: object | null = type.prototype; at !== null && at !== Object.prototype; ) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
    at = Object.getPrototypeOf(at);
  }
  // What subclasses are built with
  for (const name of ["constructor", "view", "follow", "isWhole", "sharedBy"]) names.delete(name);
  return [...names];
}

describe("a view after setNcomp", () => {
  test.each(Object.entries(uses))("%s", (_, use) => {
    const one = cell().addToGroup("all").computeXyz();
    const view = one.branch(2).loc(0.9);
    one.branch(0).setNcomp(2);
    expect(() => use(view)).toThrow(
      expect.objectContaining({ code: "selection", message: expect.stringContaining("anew") }),
    );
  });

  test("all members of views are tried", () => {
    expect(membersOf(View).sort()).toEqual(
      Object.keys(uses)
        .filter((name) => name !== "iterator")
        .sort(),
    );
  });

  test("elsewhere, too", () => {
    const one = cell();
    const view = one.branch(2);
    one.branch(0).setNcomp(2);
    const stale = expect.objectContaining({ code: "selection" });
    expect(() => distancePathwise(view, one)).toThrow(stale);
    expect(() => morphDelete(view)).toThrow(stale);
  });

  test("the one that it was called on follows, modules always do", () => {
    const one = cell();
    const root = one.branch(0);
    expect(root.loc(0).setNcomp(2).set("radius", 3).compartments).toHaveLength(2);
    expect(() => root.compartments).toThrow();
    expect(one.get("radius")).toEqual(Float64Array.of(3, 3, ...new Array(8).fill(1)));
    for (const branch of one.branches()) branch.setNcomp(3);
    expect(one.get("radius")).toEqual(Float64Array.of(3, 3, 3, ...new Array(6).fill(1)));
    for (const part of new Network([one, one]).cells())
      for (const branch of part.branches()) expect(branch.compartments).toHaveLength(3);
  });

  test("cells of a network are divided on the way", () => {
    const net = new Network([cell(), cell()]);
    for (const one of net.cells()) one.branch(1).setNcomp(1);
    expect([...net.branches()].map(({ compartments }) => compartments.length)).toEqual([
      ...[4, 1, 4],
      ...[4, 1, 4],
    ]);
  });

  test("inserting and setting leave views alone", () => {
    const one = cell();
    const view = one.branch(2);
    one.insert(HH, { name: "HH_2" }).set("v", -60);
    expect(view.get("v")).toEqual(new Float64Array(4).fill(-60));
  });
});

describe("synapses after others were deleted", () => {
  test.each<[string, (view: ReturnType<Network["edge"]>) => unknown]>([
    ["kinds of edges", (view) => view.edges],
    ["pre", (view) => view.pre],
    ["post", (view) => view.post],
    ["edge", (view) => view.edge(0)],
    ["set", (view) => view.set("ExpSyn_tau", 1)],
    ["get", (view) => view.get("ExpSyn_tau")],
    ["dataSet", (view) => view.dataSet("ExpSyn_tau", 1)],
    ["makeTrainable", (view) => view.makeTrainable("ExpSyn_tau")],
    ["record", (view) => view.record("ExpSyn_g")],
    ["clamp", (view) => view.clamp("ExpSyn_g", pulse)],
    ["show", (view) => view.show()],
    ["delete", (view) => view.delete()],
  ])("%s", (_, use) => {
    const net = network();
    const view = net.synapse("ExpSyn").edge(1);
    net.edge(0).delete();
    expect(() => use(view)).toThrow(
      expect.objectContaining({ code: "selection", message: expect.stringContaining("deleted") }),
    );
    expect(net.edge("all").edges).toHaveLength(2);
  });

  test("a refused connection leaves all as it was", () => {
    const net = network();
    const view = net.synapse("ExpSyn");
    const before = JSON.stringify(net.root.description);
    const target = net.cell(0).branch(0).loc(0);
    const train = new SpikeTrain([1, 2]);
    for (const values of [{ delay: -1 }, { weight: Number.NaN }, { wieght: 1 }, { tau: [1, 2] }])
      expect(() => connect(train, target, ExpSyn, { values })).toThrow();
    expect(JSON.stringify(net.root.description)).toBe(before);
    expect(view.get("ExpSyn_tau")).toHaveLength(2);
  });
});

describe.each(backends)("data that do not fit, on %s", (backend) => {
  const stranger = cell();
  const net = network();
  const old = {
    dataStimuli: cell().branch(2).loc(0).dataStimulate(pulse),
    dataClamps: cell().branch(2).loc(0).dataClamp("v", pulse),
    dataSet: cell().dataSet("radius", 2),
  };
  test.each([
    ["stimuli of another module", { dataStimuli: old.dataStimuli }],
    ["clamps of another module", { dataClamps: old.dataClamps }],
    ["values of another module", { dataSet: old.dataSet }],
    ["those of a copy", { dataSet: stranger.copy().dataSet("radius", 2) }],
    ["made by hand", { dataStimuli: [{ compartment: 0, samples: pulse, dt: undefined }] }],
  ])("%s", async (_, data) => {
    const given = data as typeof old;
    const refused = expect.objectContaining({ code: "selection" });
    const options = { backend, tMax: 1, ...given };
    stranger.deleteRecordings().record().makeTrainable("HH_gNa").deleteTrainables();
    await expect(integrate(stranger, options)).rejects.toThrow(refused);
    await expect(compileStep(stranger, { backend, ...given })).rejects.toThrow(refused);
    await expect(findSteadyState(stranger, { backend, ...given })).rejects.toThrow(refused);
    const loss = meanSquaredError([new Float64Array(42)]);
    const objective = await compileObjective(stranger, { backend, loss, tMax: 1 });
    await expect(objective.value(undefined, given)).rejects.toThrow(refused);
  });

  test("after setNcomp", async () => {
    const one = cell();
    const dataStimuli = one.branch(2).loc(0).dataStimulate(pulse);
    one.branch(1).setNcomp(1).record();
    await expect(integrate(one, { backend, dataStimuli })).rejects.toThrow("do not fit");
  });

  test("of synapses, after others were deleted", async () => {
    const dataSet = net.synapse("ExpSyn").edge(1).dataSet("ExpSyn_tau", 3);
    net.cell(1).branch(0).loc(0).record();
    await integrate(net, { backend, dataSet, tMax: 1 });
    net.edge(0).delete();
    await expect(integrate(net, { backend, dataSet, tMax: 1 })).rejects.toThrow("do not fit");
  });
});
