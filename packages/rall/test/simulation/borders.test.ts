/** @file Borders of rules that no other test comes near. */
import {
  Compartment,
  compileStep,
  connect,
  findSteadyState,
  integrate,
  Network,
  SpikeTrain,
  type States,
  ValueError,
} from "rall";
import { Leak } from "rall/channels";
import { ExpSyn } from "rall/synapses";
import { describe, expect, test } from "vitest";

const passive = () => new Compartment().insert(Leak).set("v", -70) as Compartment;

describe.each(["wasm", "reference"] as const)("on %s", (backend) => {
  test.each([0, 0.025, 0.05])(
    "a spike with a delay of %s ms is not lost where a run is divided",
    async (delay) => {
      const net = new Network([passive(), passive()]);
      net.cell(0).set("v", -65).stimulate(new Float64Array(24).fill(0.12));
      connect(net.cell(0), net.cell(1), ExpSyn, {
        values: { weight: 1e-3, delay, threshold: -40 },
      });
      net.record("v").recordSpikes({ threshold: -40 });
      const options = { backend, tabulate: false } as const;
      const whole = await integrate(net, options);
      const spike = Math.round((whole.spikes[0]?.times[0] ?? Number.NaN) / 0.025);
      expect(spike).toBeGreaterThan(3);
      for (let at = spike - 2; at <= spike + 4; at++) {
        const first = await integrate(net, {
          ...options,
          tMax: (at - 0.5) * 0.025,
          returnStates: true,
        });
        const states: States | undefined = first.states;
        const rest = net.copy() as Network;
        rest.deleteStimuli();
        rest.cell(0).stimulate(new Float64Array(24 - at).fill(0.12));
        const second = await integrate(rest, {
          ...options,
          ...(states && { initialState: states }),
        });
        for (const [row, series] of whole.recordings.entries())
          expect([...(second.recordings[row] ?? [])], `divided after ${at}`).toEqual([
            ...series.subarray(at),
          ]);
      }
    },
  );

  test("a train may have 255 spikes in one step, and no more", async () => {
    const run = (count: number) => {
      const net = new Network([passive(), passive()]);
      const train = new SpikeTrain([0.1, ...new Array<number>(count).fill(1)]);
      connect(train, net.cell(0), ExpSyn, { values: { weight: 1e-6, delay: 0 } });
      net.synapse("ExpSyn").record("i_ExpSyn");
      return integrate(net, { backend, tMax: 2 });
    };
    const { recordings } = await run(255);
    expect(Math.min(...(recordings[0] ?? []))).toBeLessThan(-0.01);
    await expect(run(256)).rejects.toThrow(ValueError);
  });

  test("clamps alone last as long as the shortest", async () => {
    const net = new Network([passive(), passive()]);
    net.cell(0).clamp("v", new Float64Array(30).fill(-60));
    net.cell(1).clamp("v", new Float64Array(20).fill(-50));
    net.record("v");
    const { recordings } = await integrate(net, { backend });
    expect(recordings.map((row) => row.length)).toEqual([21, 21]);
  });

  test("a steady state is one of the rate, not of the change in a step", async () => {
    const one = passive();
    // A step of 0.025 ms changes it by 0.00025 mV, at a rate of 0.01 mV/ms
    one.set("v", -69.9).record("v");
    const states = await findSteadyState(one, { backend, tolerance: 1e-3 });
    const dt = 1e-3;
    const loop = await compileStep(one, { backend, dt, initialState: states });
    const [before = Number.NaN] = loop.readings;
    const [after = Number.NaN] = await loop.step();
    expect(Math.abs(after - before) / dt).toBeLessThan(1.05e-3);
  });
});
