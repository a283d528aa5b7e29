/** Each warning where it is right, silence where nothing is wrong, and the ways in which warnings reach people. */
import {
  Branch,
  Cell,
  Compartment,
  compileStep,
  connect,
  type Diagnostic,
  defineChannel,
  findSteadyState,
  fromJSON,
  type IntegrateOptions,
  integrate,
  Network,
  poissonTrain,
  SpikeTrain,
  stepCurrent,
  toJSON,
  type View,
} from "rall";
import { HH, K, Leak } from "rall/channels";
import { ExpSyn, TanhRateSynapse } from "rall/synapses";
import { compileObjective, meanSquaredError } from "rall/training";
import { afterEach, describe, expect, test, vi } from "vitest";

/** A cell of three branches at rest, recorded in its middle. */
function tree(): Cell {
  const cell = new Cell(new Branch(new Compartment(), { ncomp: 4 }), { parents: [-1, 0, 0] });
  cell.set("radius", 2).set("length", 25).insert(HH).set("v", -65).initStates();
  cell.branch(0).loc(0.5).record();
  return cell;
}

function soma(): Compartment {
  const one = new Compartment();
  one.set("radius", 10).set("length", 20).insert(HH).set("v", -65).initStates();
  one.record();
  return one;
}

const pulse = (amplitude: number) => stepCurrent({ delay: 1, duration: 2, amplitude, tMax: 12 });

async function warningsOf(model: View, options: IntegrateOptions = {}): Promise<Diagnostic[]> {
  const heard: Diagnostic[] = [];
  const { warnings } = await integrate(model, { ...options, onWarning: (one) => heard.push(one) });
  expect(heard, "the function hears what the result holds").toEqual(warnings);
  return heard;
}

const codesOf = async (model: View, options?: IntegrateOptions) =>
  (await warningsOf(model, options)).map(({ code }) => code);

describe("how warnings reach people", () => {
  const spy = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  afterEach(() => spy.mockClear());

  const wrong = () => {
    const cell = tree();
    cell.stimulate(pulse(0.01));
    return cell;
  };

  test("by default one line each on the console", async () => {
    await integrate(wrong());
    expect(spy.mock.calls).toEqual([[expect.stringMatching(/^rall: .*12 compartments.*\]$/)]]);
  });

  test("not at all, or by a function; the result has them always", async () => {
    expect((await integrate(wrong(), { onWarning: false })).warnings).toHaveLength(1);
    expect(await codesOf(wrong())).toEqual(["repeated-stimulus"]);
    expect(spy).not.toHaveBeenCalled();
  });

  test("from objectives with the first evaluation, from step loops and the search for rest", async () => {
    const cell = wrong();
    cell.set("celsius", 36).makeTrainable("HH_gNa");
    const objective = await compileObjective(cell, {
      loss: (rows) => ({ value: 0, gradient: rows.map(({ length }) => new Float64Array(length)) }),
    });
    await objective.valueAndGradient();
    expect(spy).toHaveBeenCalledTimes(2);
    await objective.valueAndGradient();
    await objective.value();
    expect(spy).toHaveBeenCalledTimes(2);
    await compileStep(cell);
    expect(spy).toHaveBeenCalledTimes(3);
    await findSteadyState(cell);
    expect(spy).toHaveBeenCalledTimes(4);
    const quiet = await compileObjective(cell, { loss: meanSquaredError([]), onWarning: false });
    await quiet.valueAndGradient().catch(() => undefined);
    await compileStep(cell, { onWarning: false });
    await findSteadyState(cell, { onWarning: false });
    expect(spy).toHaveBeenCalledTimes(4);
  });

  test("a run that stops being finite says so aloud", async () => {
    const one = soma();
    one.insert(defineChannel("Short", { current: "1e-9 * log(-60 - v)" })).stimulate(pulse(1));
    const { status, warnings } = await integrate(one);
    expect(status.code).toBe("nonFinite");
    expect(warnings).toEqual([
      { severity: "warning", code: "non-finite", message: status.message },
    ]);
    expect(spy.mock.calls.flat().join()).toContain("[non-finite]");
  });
});

describe("a stimulus in several compartments", () => {
  test("is told with its total", async () => {
    const cell = tree();
    cell.branch(0).stimulate(pulse(-0.1));
    const [{ message, code } = { message: "", code: "" }] = await warningsOf(cell);
    expect(code).toBe("repeated-stimulus");
    expect(message).toContain("The same 0.1 nA go into 4 compartments, 0.4 nA in all");
  });

  test("of a cell of a network, in data of a run and in a model file", async () => {
    const net = new Network([tree(), tree()]);
    net.record();
    const dataStimuli = net.cell(1).branch(2).dataStimulate(pulse(0.02));
    const [warning] = await warningsOf(net, { dataStimuli });
    expect(warning?.message).toContain("4 compartments of cell 1, 0.08 nA");
    net.cell(1).branch(2).stimulate(pulse(0.02));
    expect(await codesOf(fromJSON(toJSON(net)))).toEqual(["repeated-stimulus"]);
  });

  test("is no matter in one place of each cell, in series of their own, in separate calls or of 0", async () => {
    const net = new Network([tree(), tree(), tree()]);
    net.cell([0, 1, 2]).branch(0).loc(0).stimulate(pulse(0.1));
    net.cell(0).branch(0).loc(0).record();
    expect(await codesOf(net)).toEqual([]);
    const cell = tree();
    cell.branch(1).stimulate([0.01, 0.02, 0.03, 0.04].map(pulse));
    cell.branch(0).loc(0).stimulate(pulse(0.05));
    cell.branch(2).loc(0).stimulate(pulse(0.05));
    cell.stimulate(pulse(0));
    expect(await codesOf(cell)).toEqual([]);
  });
});

describe("numbers that no neuron has", () => {
  test("picoamperes for nanoamperes: both readings, and the voltage", async () => {
    const one = soma();
    one.stimulate(pulse(500));
    const warnings = await warningsOf(one);
    expect(warnings.map(({ code }) => code)).toEqual(["large-current", "large-voltage"]);
    expect(warnings[0]?.message).toMatch(/500 nA.*if 500 pA is meant, give 0\.5/);
    expect(warnings[1]?.message).toMatch(/reaches [\d.]{4,} mV/);
  });

  test("a squid's axon takes its microamperes", async () => {
    const axon = new Branch(new Compartment(), { ncomp: 10 });
    axon.set("radius", 238).set("length", 2000).insert(HH).set("v", -65).initStates();
    axon.loc(0).stimulate(pulse(2000));
    axon.loc(1).record();
    expect(await codesOf(axon)).toEqual([]);
  });

  test("milli- for plain siemens", async () => {
    const one = soma();
    one.stimulate(pulse(0.1)).set("HH_gNa", 120);
    const [warning] = await warningsOf(one);
    expect(warning?.code).toBe("large-conductance");
    expect(warning?.message).toMatch(/HH_gNa is 120 S\/cm2.*120 mS\/cm2 is meant, set 0\.12/);
    const leaky = soma();
    leaky.stimulate(pulse(0.1)).insert(Leak).set("Leak_gLeak", 0.3);
    expect((await warningsOf(leaky))[0]?.message).toContain("set 0.0003");
  });

  test("nano- for microsiemens", async () => {
    const net = new Network([soma(), soma()]);
    connect(new SpikeTrain([2]), net.cell(1), ExpSyn, { values: { weight: 5 } });
    net.cell(1).record();
    const [warning] = await warningsOf(net, { tMax: 10 });
    expect(warning?.message).toMatch(/ExpSyn_weight is 5 uS.*5 nS is meant, set 0\.005/);
  });

  test("a node of Ranvier, a fast leak and a strong synapse are fine", async () => {
    const net = new Network([soma(), soma()]);
    net.stimulate(pulse(0.1));
    net.cell(0).set("HH_gNa", 8).set("HH_gK", 2);
    net.insert(Leak).set("Leak_gLeak", 0.01);
    connect(new SpikeTrain([2]), net.cell(1), ExpSyn, { values: { weight: 0.3 } });
    net.record();
    expect(await codesOf(net)).toEqual([]);
  });

  test("a voltage beyond 200 mV where nothing is recorded, at the end", async () => {
    const cell = tree();
    cell.branch(2).loc(1).set("v", 4000);
    const warnings = await warningsOf(cell, { tMax: 0.02 });
    expect(warnings.some(({ code }) => code === "large-voltage")).toBe(true);
    expect(warnings.at(-1)?.message).toContain("compartment 11");
  });
});

describe("a temperature that nothing reads", () => {
  test("is told, by name of what ignores it", async () => {
    const one = soma();
    one.stimulate(pulse(0.1)).set("celsius", 36);
    const [warning] = await warningsOf(one);
    expect(warning?.code).toBe("unread-celsius");
    expect(warning?.message).toContain("HH run as");
  });

  test("is fine where an equation or a synapse reads it, or where it is not set", async () => {
    const warm = defineChannel("Warm", {
      states: { n: { value: 0.3, gate: { inf: "0.3", tau: "2 / q10(3, celsius, 20)" } } },
      current: "1e-5 * n * (v + 70)",
    });
    const one = soma();
    one.insert(warm).stimulate(pulse(0.1)).set("celsius", 36);
    expect(await codesOf(one)).toEqual([]);
    const usual = soma();
    usual.stimulate(pulse(0.1)).set("celsius", 6.3);
    expect(await codesOf(usual)).toEqual([]);
    const bare = new Compartment();
    bare.set("celsius", 36).stimulate(pulse(0.01)).record();
    expect(await codesOf(bare)).toEqual([]);
  });
});

describe("where gates start", () => {
  test("initStates before set(v) is told, with both voltages", async () => {
    const one = soma();
    one.set("v", -50).stimulate(pulse(0.1));
    const [warning] = await warningsOf(one);
    expect(warning?.code).toBe("states-before-voltage");
    expect(warning?.message).toMatch(/HH_[mhn], HH_[mhn], HH_[mhn]/);
    expect(warning?.message).toContain("at rest for -65 mV, but v starts at -50 mV");
    expect(await codesOf(fromJSON(toJSON(one)))).toEqual(["states-before-voltage"]);
    one.initStates();
    expect(await codesOf(one)).toEqual([]);
  });

  test("other starts are the user's, and so are those of another run", async () => {
    const one = soma();
    one.stimulate(pulse(0.1)).set("HH_n", 0.5).set("v", -50);
    expect(await codesOf(one)).toEqual([]);
    const { states } = await integrate(one, { returnStates: true, onWarning: false });
    if (states === undefined) throw new Error("no states");
    one.set("v", -30);
    expect(await codesOf(one, { initialState: states })).toEqual([]);
  });

  test("defaults that were never started are told for each channel", async () => {
    const one = new Compartment();
    one.insert(HH).set("v", -40).stimulate(pulse(0.001)).record();
    expect(await codesOf(one)).toEqual(["default-states"]);
    const two = soma();
    two.insert(K).stimulate(pulse(0.1));
    expect((await warningsOf(two))[0]?.message).toContain("K_n");
  });
});

test("the current of stimuli recorded under a voltage clamp is told, elsewhere it is not", async () => {
  const cell = tree();
  cell.branch(1).loc(0).record("i");
  cell.branch(0).loc(0).clamp("v", new Float64Array(200).fill(-60));
  expect(await codesOf(cell)).toEqual([]);
  cell.branch(0).loc(0).record("i");
  expect(await codesOf(cell)).toEqual(["clamp-current"]);
});

describe("a run without input", () => {
  test("in which nothing happens is told", async () => {
    const [warning] = await warningsOf(tree(), { tMax: 50, duration: "exact" });
    expect(warning?.code).toBe("no-input");
    expect(warning?.message).toContain("in 50 ms");
    const idle = tree();
    idle.stimulate(new Float64Array(800));
    expect(await codesOf(idle)).toEqual(["no-input"]);
  });

  test("is fine where something happens, where it is short, and where it goes on from another", async () => {
    expect(await codesOf(tree(), { tMax: 5 })).toEqual([]);
    const pacemaker = soma();
    pacemaker.set("HH_gLeak", 3e-3).set("HH_eLeak", -40);
    expect(await codesOf(pacemaker, { tMax: 50 })).toEqual([]);
    const displaced = tree();
    displaced.set("v", -60).initStates();
    expect(await codesOf(displaced, { tMax: 50 })).toEqual([]);
    const { states } = await integrate(tree(), { tMax: 1, returnStates: true });
    if (states === undefined) throw new Error("no states");
    expect(await codesOf(tree(), { tMax: 50, initialState: states })).toEqual([]);
  });

  test("clamps and spike trains are input", async () => {
    const held = tree();
    held.branch(0).loc(0).clamp("v", new Float64Array(4000).fill(-65));
    expect(await codesOf(held, { tMax: 50 })).not.toContain("no-input");
    const net = new Network([soma()]);
    connect(poissonTrain({ rate: 1, tMax: 50, seed: 3 }), net.cell(0), ExpSyn);
    net.record();
    expect(await codesOf(net, { tMax: 50 })).toEqual([]);
    const rates = new Network([soma(), soma()]);
    connect(rates.cell(0), rates.cell(1), TanhRateSynapse);
    rates.cell(0).record();
    expect(await codesOf(rates, { tMax: 50 })).toEqual(["no-input"]);
  });
});
