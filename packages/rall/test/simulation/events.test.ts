/** Spikes: detection, delays, arrival, recording; against NEURON's ring test and closed forms of two small circuits. */
import fc from "fast-check";
import {
  Branch,
  Cell,
  Compartment,
  connect,
  defineSynapse,
  fullyConnect,
  integrate,
  Network,
  poissonTrain,
  renameSynapse,
  SpikeTrain,
  stepCurrent,
} from "rall";
import { AdEx, Fire, HH, Izhikevich, Leak } from "rall/channels";
import { AlphaSyn, Exp2Syn, ExpSyn, SpikeSynapse } from "rall/synapses";
import { describe, expect, test } from "vitest";
import { runs } from "../long.ts";

/** A compartment of 100 Mohm and 0.01 nF at rest at -65 mV. */
function membrane() {
  const one = new Compartment();
  one.insert(Leak).set("Leak_gLeak", 1e-3).set("Leak_eLeak", -65).set("v", -65);
  // 1000 um2 at 1 uF/cm2
  return one.set("radius", 5).set("length", 100 / Math.PI);
}

/** NEURON's ring of 20 cells: soma and dendrite of 7 segments, which its d_lambda rule gives. */
function ring() {
  const soma = new Branch(new Compartment());
  soma
    .insert(HH)
    .set("length", 12.6157)
    .set("radius", 12.6157 / 2);
  soma.set("HH_eK", -77).set("HH_eLeak", -54.3).set("HH_gLeak", 3e-4).set("HH_gK", 0.036);
  const dendrite = new Branch(new Compartment(), { ncomp: 7 });
  dendrite.insert(Leak).set("Leak_gLeak", 1e-3).set("Leak_eLeak", -65);
  dendrite.set("length", 200 / 7).set("radius", 0.5);
  const cell = new Cell([soma, dendrite], { parents: [-1, 0] });
  cell.set("axial_resistivity", 100).set("v", -65).initStates();
  const net = new Network(Array.from({ length: 20 }, () => cell));
  const next = Array.from({ length: 20 }, (_, k) => (k + 1) % 20);
  const post = next.map((k) => net.cell(k).branch(1).loc(0.8).compartments[0] ?? 0);
  const values = { tau: 2, weight: 0.01, delay: 1 };
  connect(net.branch(0), net.select(post), ExpSyn, { values });
  net
    .cell(0)
    .branch(0)
    .stimulate(stepCurrent({ delay: 0, duration: 1, amplitude: 1, tMax: 100 }));
  net.branch(0).recordSpikes();
  return net;
}

describe.each(["reference", "wasm"] as const)("on %s", (backend) => {
  test("NEURON's ring test: all 33 spikes in their steps (peers V11)", async () => {
    const { spikes } = await integrate(ring(), { backend, tMax: 100 });
    const found = spikes
      .flatMap(({ times }, cell) => Array.from(times, (time) => ({ time, cell })))
      .sort((a, b) => a.time - b.time);
    expect(found.length).toBe(33);
    for (const [k, { time, cell }] of found.entries()) {
      expect(cell).toBe(k % 20);
      expect(Math.abs(time - (0.475 + 3.05 * k))).toBeLessThan(1e-9);
    }
  });

  test.each([
    [0.1, [-8.9804044, -12.0945699, -22.5193909, -54.7565963, -64.7897746]],
    [10, [-0.1068152, -0.1757355, -0.4733437, -7.6090422, -57.0948216]],
  ])("an exponential synapse of %d uS on an RC circuit (peers V7)", async (g0, expected) => {
    const net = new Network([membrane()]);
    connect(new SpikeTrain([0]), net.cell(0), ExpSyn, { values: { tau: 1, weight: g0, delay: 0 } });
    net.record("v");
    const dt = 0.0025;
    const { recordings } = await integrate(net, { backend, dt, tMax: 10 });
    for (const [k, t] of [0.5, 1, 2, 5, 10].entries()) {
      const v = recordings[0]?.[Math.round(t / dt)] ?? Number.NaN;
      expect(Math.abs(v / (expected[k] ?? 0) - 1)).toBeLessThan(0.01);
    }
  });

  test("double-exponential synapses pass spikes on after their delays (peers V7)", async () => {
    const net = new Network(Array.from({ length: 102 }, membrane));
    const targets = net.cell(Array.from({ length: 101 }, (_, k) => k + 1));
    const delays = targets.cellNumbers.map((k) => k);
    const golden = (1 + Math.sqrt(5)) / 2;
    const delay = Array.from(delays, (k) => 3.3 + ((k * golden) % 1));
    const kinetics = { tau1: 0.5, tau2: 4, weight: 0.1, threshold: -10 };
    connect(new SpikeTrain([0]), net.cell(0), Exp2Syn, { values: { ...kinetics, delay: 0 } });
    fullyConnect(net.cell(0), targets, Exp2Syn, { values: { ...kinetics, delay } });
    net.recordSpikes({ threshold: -10 });
    // Backward Euler at this step is 0.0475 ms late, as NEURON is to the last digit, before delays are rounded to steps
    const solver = "crank_nicolson";
    const { spikes } = await integrate(net, { backend, solver, dt: 0.01, tMax: 8 });
    const first = 0.5562716;
    expect(Math.abs((spikes[0]?.times[0] ?? 0) - first)).toBeLessThan(0.05);
    for (const [k, later] of delay.entries())
      expect(Math.abs((spikes[k + 1]?.times[0] ?? 0) - (2 * first + later))).toBeLessThan(0.05);
  });

  test("conductances after one spike follow their closed forms, and the weight is their peak", async () => {
    const net = new Network([membrane()]);
    const at = 1.5;
    const train = new SpikeTrain([1]);
    const values = { weight: 1e-3, delay: 0.5 };
    connect(train, net.cell(0), ExpSyn, { values: { ...values, tau: 2 } }).record("ExpSyn_g");
    connect(train, net.cell(0), AlphaSyn, { values: { ...values, tau: 3 } }).record("AlphaSyn_g");
    connect(train, net.cell(0), Exp2Syn, { values }).record("Exp2Syn_g");
    const { recordings, time } = await integrate(net, { backend, tMax: 20 });
    const [exp, alpha, double] = recordings;
    const peak = { alpha: 0, double: 0 };
    for (const [k, t] of time.entries()) {
      // A sample holds what the step before it used
      const since = t - 0.025 - at;
      const expected = since < -1e-9 ? 0 : 1;
      expect(Math.abs((exp?.[k] ?? 0) - expected * 1e-3 * Math.exp(-since / 2))).toBeLessThan(
        1e-15,
      );
      const form = expected * 1e-3 * (since / 3) * Math.exp(1 - since / 3);
      expect(Math.abs((alpha?.[k] ?? 0) - form)).toBeLessThan(1e-15);
      peak.alpha = Math.max(peak.alpha, alpha?.[k] ?? 0);
      peak.double = Math.max(peak.double, double?.[k] ?? 0);
    }
    expect(peak.alpha).toBeCloseTo(1e-3, 9);
    expect(peak.double).toBeCloseTo(1e-3, 6);
  });

  test("a given train arrives spike by spike, two in a step twice, at the start of the run too", async () => {
    const net = new Network([membrane(), membrane()]);
    const train = new SpikeTrain([3, 0, 1, 1.004, 9.99]);
    connect(train, net.cell(0), ExpSyn, { values: { tau: 1e15, delay: 0, weight: 1, e: -65 } });
    connect(train, net.cell(1), ExpSyn, { values: { tau: 1e15, delay: 0.25, weight: 1, e: -65 } });
    net.synapse("ExpSyn").record("ExpSyn_g");
    const { recordings, time } = await integrate(net, { backend, tMax: 10 });
    const arrived = (delay: number, t: number) =>
      [0, 1, 1, 3, 10].filter((spike) => spike + delay <= t - 0.025 + 1e-9).length;
    for (const [k, t] of time.entries()) {
      expect(recordings[0]?.[k]).toBeCloseTo(arrived(0, t), 4);
      expect(recordings[1]?.[k]).toBeCloseTo(arrived(0.25, t), 4);
    }
  });

  test.each([
    ["Fire", () => membrane().insert(Fire).set("Fire_vth", -50).set("Leak_eLeak", -45)],
    [
      "Izhikevich",
      () => new Compartment().insert(Izhikevich).set("v", -65).set("Izhikevich_u", -13),
    ],
    ["AdEx", () => new Compartment().insert(AdEx).set("v", -70)],
  ] as const)(
    "synapses see the spikes of %s, although it resets its voltage",
    async (name, make) => {
      const net = new Network([make() as Compartment, membrane()]);
      connect(net.cell(0), net.cell(1), ExpSyn, { values: { tau: 1e15, weight: 1e-4, delay: 2 } });
      const current = name === "AdEx" ? 260 : name === "Izhikevich" ? 10 : 0;
      // Their equations take the current per area as the drive of the voltage
      const area = net.cell(0).get("area")[0] ?? 1;
      net.cell(0).stimulate(new Float64Array(8001).fill((current * area) / 1e5));
      net.cell(0).record("v").recordSpikes();
      net.synapse("ExpSyn").record("ExpSyn_g");
      const { recordings, spikes, time } = await integrate(net, { backend, tMax: 200 });
      const times = spikes[0]?.times ?? new Float64Array();
      expect(times.length).toBeGreaterThan(2);
      const [v = new Float64Array(), g] = recordings;
      for (const spike of times) {
        const k = Math.round(spike / 0.025);
        expect((v[k] ?? 0) - (v[k - 1] ?? 0), `a reset at ${spike} ms`).toBeLessThan(-5);
      }
      for (const [k, t] of time.entries()) {
        const count = times.filter((spike) => spike + 2 <= t - 0.025 + 1e-9).length;
        expect((g?.[k] ?? 0) / 1e-4).toBeCloseTo(count, 4);
      }
    },
  );

  test("a synapse that reads the pre-synaptic state sees the spike in its own step", async () => {
    const cell = membrane().insert(Fire).set("Leak_eLeak", -40);
    const net = new Network([cell as Compartment, membrane()]);
    connect(net.cell(0), net.cell(1), SpikeSynapse, { values: { s_decay: 0.5 } });
    net.cell(0).record("Fire_spikes");
    net.synapse("SpikeSynapse").record("SpikeSynapse_s");
    const { recordings } = await integrate(net, { backend, tMax: 50 });
    const [spikes = new Float64Array(), s = new Float64Array()] = recordings;
    expect(spikes.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(1);
    let activity = 0;
    for (const [k, spike] of spikes.entries()) {
      if (k === 0) continue;
      activity = spike > 0 ? 1 : activity * Math.exp(-0.5 * 0.025);
      expect(Math.abs((s[k] ?? 0) - activity)).toBeLessThan(1e-12);
    }
  });

  test("states, parameters and geometry of both sides can be read", async () => {
    const Modulated = defineSynapse("Modulated", {
      pre: { n: "HH_n", g: "HH_gK" },
      post: { reach: "length", open: "HH_h" },
      parameters: { k: { value: 1e-4 } },
      current: "k * n * g * reach * open",
    });
    const one = new Compartment();
    one.insert(HH).set("v", -65).initStates();
    const net = new Network([one, one]);
    net.cell(0).set("HH_gK", 0.05);
    net.cell(1).set("length", 30);
    connect(net.cell(0), net.cell(1), Modulated).record("i_Modulated");
    net.cell(0).record("HH_n");
    net.cell(1).record("HH_h");
    const { recordings } = await integrate(net, { backend, tMax: 2 });
    const [i, n, h] = recordings;
    for (let k = 0; k < 80; k++) {
      const expected = 1e-4 * (n?.[k] ?? 0) * 0.05 * 30 * (h?.[k] ?? 0);
      expect(Math.abs((i?.[k] ?? 0) - expected)).toBeLessThan(1e-15);
    }
  });

  test("what is above its threshold at the start has spiked before", async () => {
    const net = new Network([membrane().set("v", 20) as Compartment]);
    net.recordSpikes({ threshold: 0 });
    const { spikes } = await integrate(net, { backend, tMax: 5 });
    expect(spikes[0]?.times.length).toBe(0);
  });

  test("spikes on their way survive a pause: the bits are the same", async () => {
    const make = () => {
      const net = ring();
      const train = poissonTrain({ rate: 200, tMax: 12, seed: 5 });
      connect(train, net.cell(7).branch(0), ExpSyn, { values: { delay: 3, weight: 0.02 } });
      net.record("v");
      return net;
    };
    const whole = await integrate(make(), { backend, tMax: 29.98, tabulate: false });
    const net = make();
    const before = await integrate(net, {
      ...{ backend, tMax: 14.98, tabulate: false },
      returnStates: true,
    });
    expect(before.states?.sent?.length ?? 0).toBeGreaterThan(0);
    net.deleteStimuli();
    const { states } = before;
    if (states === undefined) throw new Error("no states");
    // What the train still has to give was given; the second part starts with an empty one
    const later = make();
    later.deleteStimuli();
    later.root.description.spikeTrains[0] = new Float64Array();
    const after = await integrate(later, {
      ...{ backend, tMax: 14.98, tabulate: false },
      initialState: states,
    });
    for (const [row, series] of whole.recordings.entries()) {
      expect(before.recordings[row]).toEqual(series.slice(0, 601));
      expect(after.recordings[row]).toEqual(series.slice(600));
    }
    const joined = whole.spikes.map((_, row) => [
      ...(before.spikes[row]?.times ?? []),
      ...Array.from(after.spikes[row]?.times ?? [], (time) => time + 15),
    ]);
    for (const [row, { times }] of whole.spikes.entries()) {
      expect(joined[row]?.length).toBe(times.length);
      for (const [k, time] of times.entries()) expect(joined[row]?.[k]).toBeCloseTo(time, 9);
    }
  });

  test("two runs give the same bits", async () => {
    const [one, other] = [ring(), ring()].map((net) => net.record("v"));
    if (one === undefined || other === undefined) throw new Error("no network");
    const first = await integrate(one, { backend, tMax: 30 });
    const again = await integrate(one, { backend, tMax: 30 });
    const twin = await integrate(other, { backend, tMax: 30 });
    expect(again.recordings).toEqual(first.recordings);
    expect(twin.recordings).toEqual(first.recordings);
    expect(twin.spikes).toEqual(first.spikes);
  });

  test("what cannot be is refused by name", async () => {
    const net = new Network([membrane(), membrane()]);
    const run = () => integrate(net, { backend, tMax: 1 });
    const synapses = connect(net.cell(0), net.cell(1), ExpSyn);
    net.record("v");
    expect(() => synapses.set("ExpSyn_delay", -1)).toThrow("cannot arrive before it was sent");
    synapses.set("ExpSyn_delay", 0.01);
    await expect(run()).rejects.toThrow("less than half a step");
    synapses.set("ExpSyn_delay", 1e9);
    await expect(run()).rejects.toThrow("is too long");
    synapses.set("ExpSyn_delay", 1);
    const again = connect(net.cell(0), net.cell(1), SpikeSynapse);
    await expect(run()).rejects.toThrow("SpikeSynapse reads Fire_spikes of n0_b0_c0");
    again.delete();
    expect(() => new SpikeTrain([1, -1])).toThrow("cannot be at -1 ms");
    expect(() => connect(new SpikeTrain([1]), net.cell(0), SpikeSynapse)).toThrow(
      "no synapse at which spikes arrive",
    );
    const Watching = defineSynapse("Watching", {
      states: { g: { value: 0 } },
      event: { g: "g + v_pre" },
      current: "g",
    });
    expect(() => connect(new SpikeTrain([1]), net.cell(0), Watching)).toThrow(
      "reads its pre-synaptic compartment",
    );
    expect(() => net.recordSpikes({ threshold: Number.NaN })).toThrow(
      "threshold of a spike is NaN",
    );
    const dense = new SpikeTrain(new Float64Array(300).fill(0.5));
    connect(dense, net.cell(0), ExpSyn);
    await expect(run()).rejects.toThrow("more than 255 spikes");
  });
});

test("random networks of spiking cells: the backends agree", async () => {
  const kinds = [ExpSyn, Exp2Syn, AlphaSyn, renameSynapse(ExpSyn, "Other")];
  const connection = fc.record({
    pre: fc.nat(4),
    post: fc.nat(4),
    kind: fc.nat(3),
    delay: fc.integer({ min: 0, max: 300 }),
    weight: fc.double({ min: 1e-4, max: 0.02, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(connection, { minLength: 1, maxLength: 12 }),
      fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { maxLength: 30 }),
      async (connections, times) => {
        const one = new Compartment();
        one.insert(HH).set("radius", 8).set("length", 16).set("v", -65).initStates();
        const tree = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0, 0] });
        tree.insert(HH).set("axial_resistivity", 100).set("v", -65).initStates();
        const net = new Network([one, tree, one, tree, one]);
        const train = new SpikeTrain(times);
        connect(train, net.cell(0), ExpSyn, { values: { weight: 0.05, tau: 2 } });
        for (const { pre, post, kind, delay, weight } of connections) {
          const values = { delay: delay * 0.025, weight, threshold: -20 };
          const [from, to] = [net.cell(pre).branch(0).comp(0), net.cell(post).branch(0).comp(0)];
          connect(from, to, kinds[kind] ?? ExpSyn, { values });
        }
        net.record("v").recordSpikes({ threshold: -20 });
        const options = { tMax: 25, tabulate: false, returnStates: true } as const;
        const reference = await integrate(net, { ...options, backend: "reference" });
        const wasm = await integrate(net, { ...options, backend: "wasm" });
        expect(wasm.spikes).toEqual(reference.spikes);
        for (const [row, series] of reference.recordings.entries()) {
          for (const [k, v] of series.entries())
            expect(Math.abs((wasm.recordings[row]?.[k] ?? 0) - v)).toBeLessThan(1e-7);
        }
        const order = (sent: NonNullable<typeof wasm.states>["sent"] = []) =>
          [...sent].sort((a, b) => a.source - b.source || a.age - b.age);
        expect(order(wasm.states?.sent)).toEqual(order(reference.states?.sent));
      },
    ),
    { numRuns: runs(4, 20) },
  );
});
