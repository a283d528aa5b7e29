/** How long a run is, and when its samples lie. */
import {
  Compartment,
  compileStep,
  connect,
  defineChannel,
  integrate,
  Network,
  SpikeTrain,
  stepCurrent,
  ValueError,
} from "rall";
import { HH } from "rall/channels";
import { ExpSyn } from "rall/synapses";
import { compileObjective, meanSquaredError } from "rall/training";
import { describe, expect, test } from "vitest";

function soma(): Compartment {
  const one = new Compartment();
  one.set("length", 20).set("radius", 10).insert(HH).set("v", -65).initStates();
  one.record();
  return one;
}

describe("times", () => {
  test("of samples are the numbers that one writes", async () => {
    const { time } = await integrate(soma(), { tMax: 60 });
    expect(time.at(-1)).toBe(60);
    expect([...time.subarray(2390, 2392)]).toEqual([59.75, 59.775]);
    const one = soma();
    one.stimulate(stepCurrent({ delay: 1, duration: 2, amplitude: 0.1, tMax: 60 }));
    expect((await integrate(one)).time.at(-1)).toBe(60.025);
    const tenths = await integrate(soma(), { tMax: 30, dt: 0.1, recordInterval: 0.3 });
    expect([...tenths.time.subarray(0, 4)]).toEqual([0, 0.3, 0.6, 0.9]);
  });

  test("of spikes, of step loops and of failures are those of samples", async () => {
    const one = soma();
    one.stimulate(stepCurrent({ delay: 1, duration: 40, amplitude: 0.3, tMax: 60 })).recordSpikes();
    const { spikes, time } = await integrate(one);
    const times = spikes[0]?.times ?? new Float64Array();
    expect(times.length).toBeGreaterThan(2);
    for (const at of times) expect(time).toContain(at);
    const loop = await compileStep(one);
    for (let k = 0; k < 43; k++) await loop.step();
    expect(loop.time).toBe(1.075);
    await loop.init();
    expect(loop.time, "time begins anew").toBe(0);
    one.insert(defineChannel("Short", { current: "1e-9 * log(-60 - v)" }));
    const { status } = await integrate(one);
    if (status.code !== "nonFinite") throw new Error(status.code);
    expect(time).toContain(status.time);
    expect(status.message).toContain(`at ${status.time} ms`);
  });
});

describe("an exact duration", () => {
  test.each([
    [60, 0.025, 2400],
    [10, 0.1, 100],
    [1, 1 / 3, 3],
    [50, 5, 10],
    [0, 0.025, 0],
  ])("of %f ms in steps of %f ms ends there", async (tMax, dt, steps) => {
    const one = soma();
    one.stimulate(stepCurrent({ delay: 0, duration: 1, amplitude: 0.01, tMax, dt }));
    const { time, recordings, statistics } = await integrate(one, { tMax, dt, duration: "exact" });
    expect(time.at(-1)).toBe(tMax);
    expect(statistics.steps).toBe(steps);
    expect(recordings[0]).toHaveLength(steps + 1);
  });

  test("is the begin of a run in Jaxley's way", async () => {
    const [exact, usual] = [
      await integrate(soma(), { tMax: 5, dt: 0.1, duration: "exact" }),
      await integrate(soma(), { tMax: 5.05, dt: 0.1 }),
    ];
    expect(usual.time.length).toBe(exact.time.length + 1);
    expect(exact.recordings[0]).toEqual(usual.recordings[0]?.subarray(0, exact.time.length));
  });

  test("of an objective", async () => {
    const one = soma();
    one.makeTrainable("HH_gNa");
    const { time } = await integrate(one, { tMax: 5, duration: "exact" });
    const objective = await compileObjective(one, {
      tMax: 5,
      duration: "exact",
      loss: meanSquaredError([new Float64Array(time.length).fill(-65)]),
    });
    expect((await objective.valueAndGradient()).time).toEqual(time);
  });

  test("is refused where it makes no sense", async () => {
    const one = soma();
    one.stimulate(new Float64Array(10));
    const refused = (options: object) => expect(integrate(one, options)).rejects;
    await refused({ tMax: 1.01, duration: "exact" }).toThrow(/as 1 ms/);
    await refused({ duration: "exact" }).toThrow(/needs tMax/);
    await refused({ tMax: 1, duration: "jax" }).toThrow(ValueError);
    await refused({ tMax: -1, duration: "exact" }).toThrow(ValueError);
  });
});

test("clamps alone: the shortest says how long", async () => {
  const one = soma();
  const net = new Network([one, one]);
  net.cell(0).clamp("v", new Float64Array(30).fill(-60));
  net.cell(1).clamp("v", new Float64Array(20).fill(-60));
  net.record();
  expect((await integrate(net)).time).toHaveLength(21);
  connect(new SpikeTrain([0.1]), net.cell(0), ExpSyn);
  expect((await integrate(net)).time).toHaveLength(21);
});
