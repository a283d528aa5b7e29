/** Data for one run, steps under the user's control, states as vectors, steady states. */
import {
  Branch,
  Cell,
  Compartment,
  compileStep,
  connect,
  findSteadyState,
  integrate,
  Network,
  stateVector,
} from "rall";
import { HH, Leak } from "rall/channels";
import { CaPump } from "rall/pumps";
import { ExpSyn, IonotropicSynapse } from "rall/synapses";
import { describe, expect, test } from "vitest";

function network(): Network {
  const tree = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0, 0] });
  tree.insert(HH).insert(CaPump).set("axial_resistivity", 100).set("v", -65).initStates();
  const net = new Network([tree, tree]);
  const at = (cell: number) => net.cell(cell).branch(0).comp(0);
  connect(at(0), at(1), IonotropicSynapse);
  connect(at(0), at(1), ExpSyn, { values: { weight: 1e-3, tau: 2 } });
  return net;
}

const pulse = new Float64Array(300).fill(0.2, 10, 60);

describe.each(["reference", "wasm"] as const)("on %s", (backend) => {
  test("data for a run are as if they were set, and leave the model alone", async () => {
    const make = () => network().record("v");
    const fixed = make();
    fixed.cell(1).set("HH_gNa", 0.2);
    fixed.branch(1).set("radius", 2);
    fixed.synapse("IonotropicSynapse").set("IonotropicSynapse_gS", 1e-3);
    fixed.cell(0).branch(0).comp(0).stimulate(pulse).stimulate(pulse);
    fixed.cell(1).branch(2).comp(0).clamp("v", new Float64Array(300).fill(-50));
    const fed = make();
    fed.cell(0).branch(0).comp(0).stimulate(pulse);
    fed.cell(1).branch(2).comp(0).clamp("v", new Float64Array(300).fill(0));
    let dataSet = fed.cell(1).dataSet("HH_gNa", 0.2);
    dataSet = fed.branch(1).dataSet("radius", [2, 2, 2, 2], dataSet);
    dataSet = fed.synapse("IonotropicSynapse").dataSet("IonotropicSynapse_gS", 1e-3, dataSet);
    const dataStimuli = fed.cell(0).branch(0).comp(0).dataStimulate(pulse);
    const dataClamps = fed
      .cell(1)
      .branch(2)
      .comp(0)
      .dataClamp("v", new Float64Array(300).fill(-50));
    const given = { dataSet, dataStimuli, dataClamps };
    const [one, other] = await Promise.all([
      integrate(fixed, { backend }),
      integrate(fed, { backend, ...given, checkpointLengths: [20, 20] }),
    ]);
    expect(other?.recordings).toEqual(one?.recordings);
    expect(fed.cell(1).get("HH_gNa")[0]).toBe(0.12);
    expect(fed.root.description.stimuli.length).toBe(1);
    const plain = await integrate(fed, { backend });
    expect(plain.recordings).not.toEqual(other?.recordings);
    expect(() => fed.dataSet("HH_gNo" as string, 1)).toThrow("HH_gNa");
    expect(() => fed.dataSet("radius", [1, 2])).toThrow("2 values for 12");
    expect(() => fed.synapse("ExpSyn").dataSet("ExpSyn_delay", -1)).toThrow("cannot be -1");
    expect(() => fed.dataClamp("HH_x", [1])).toThrow("HH_x");
    expect(() => fed.dataStimulate([Number.NaN])).toThrow("NaN");
  });

  test("step by step is the same as integrate, spikes and clamps included", async () => {
    const net = network();
    net.cell(0).branch(0).comp(0).stimulate(pulse);
    net.cell(1).stimulate(pulse.map((value) => value / 10));
    net.cell(1).branch(1).comp(1).clamp("HH_n", new Float64Array(300).fill(0.3));
    net.record("v").record("CaCon_i");
    const whole = await integrate(net, { backend, tabulate: false });
    const loop = await compileStep(net, { backend });
    expect([...loop.readings]).toEqual(whole.recordings.map((row) => row[0]));
    const inputs = (k: number) => {
      const { stimuli } = net.root.description;
      return { stimuli: stimuli.map(({ samples }) => samples[k] ?? 0) };
    };
    for (let k = 0; k < 300; k++) {
      const readings = await loop.step(inputs(k));
      expect([...readings]).toEqual(whole.recordings.map((row) => row[k + 1]));
    }
    expect(loop.time).toBeCloseTo(7.5, 9);
    expect(loop.names).toEqual(whole.names);
    const states = loop.states();
    await loop.init();
    for (let k = 0; k < 150; k++) await loop.step(inputs(k));
    const middle = loop.states();
    for (let k = 150; k < 170; k++) await loop.step(inputs(k));
    const expected = [...loop.readings];
    await loop.init(middle);
    for (let k = 150; k < 170; k++) await loop.step(inputs(k));
    expect([...loop.readings]).toEqual(expected);
    expect(states.values.v).not.toEqual(middle.values.v);
  });

  test("a closed loop: a dynamic clamp by current", async () => {
    const one = new Compartment();
    one.insert(Leak).set("v", -70).set("radius", 10).set("length", 20).stimulate([0]).record("v");
    const loop = await compileStep(one, { backend });
    let [v = 0] = loop.readings;
    for (let k = 0; k < 20_000; k++) [v = 0] = await loop.step({ stimuli: [0.01 * (-50 - v)] });
    // Leak of 1e-4 S/cm2 over 1256.6 um2 and a feedback of 0.01 uS
    const leak = 1e-4 * 400 * Math.PI * 1e-8 * 1e6;
    expect(v).toBeCloseTo((leak * -70 + 0.01 * -50) / (leak + 0.01), 6);
  });

  test("inputs that do not fit are refused", async () => {
    const net = network().record("v");
    net.cell(0).branch(0).comp(0).stimulate(pulse);
    const loop = await compileStep(net, { backend });
    await expect(loop.step({ stimuli: [1, 2] })).rejects.toThrow("2 stimuli; the module has 1");
    await expect(loop.step({ stimuli: [Number.NaN] })).rejects.toThrow("NaN among its stimuli");
    await expect(loop.step({ clamps: [1] })).rejects.toThrow("1 clamps; the module has 0");
    await expect(compileStep(net, { solver: "euler" } as never)).rejects.toThrow("solver");
    await expect(compileStep(net, { tMax: 1 } as never)).rejects.toThrow('no option "tMax"');
  });

  test("states become a vector and back", async () => {
    const net = network();
    const { states } = await integrate(net, { backend, tMax: 2, returnStates: true });
    if (states === undefined) throw new Error("no states");
    const vector = stateVector(net, states);
    const flat = vector.flatten(states);
    expect(vector.entries.length).toBe(flat.length);
    expect(new Set(vector.entries.map(({ key }) => key))).toEqual(
      new Set(["v", "HH_m", "HH_h", "HH_n", "CaCon_i", "i_Ca", "IonotropicSynapse_s", "ExpSyn_g"]),
    );
    const moved = vector.unflatten(
      flat.map((value) => value * 1.001),
      states,
    );
    expect(moved.values.v?.[3]).toBe((states.values.v?.[3] ?? 0) * 1.001);
    expect(vector.flatten(vector.unflatten(flat, states))).toEqual(flat);
    const again = await integrate(net, {
      backend,
      tMax: 1,
      initialState: moved,
      returnStates: true,
    });
    expect(again.status.code).toBe("completed");
    expect(() => vector.unflatten([1, 2], states)).toThrow("vector of 2");
  });

  test("a steady state is one, and a cell that fires by itself has none", async () => {
    const cell = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0, 0] });
    cell.insert(HH).set("axial_resistivity", 100).set("v", -60);
    cell.branch(1).insert(Leak).set("Leak_eLeak", -80);
    const steady = await findSteadyState(cell, { backend });
    const { states } = await integrate(cell, {
      backend,
      tMax: 50,
      initialState: steady,
      returnStates: true,
    });
    for (const [i, v] of (states?.values.v ?? []).entries())
      expect(Math.abs(v - (steady.values.v?.[i] ?? 0))).toBeLessThan(1e-6);
    await expect(findSteadyState(cell, { backend, limit: 1 })).rejects.toThrow(
      "does not come to rest",
    );
    await expect(findSteadyState(cell, { tolerence: 1 } as never)).rejects.toThrow("tolerence");
  });
});
