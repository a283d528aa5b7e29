/** The search for a state at rest: under clamps, and with synapses that spikes arrive at. */
import { Branch, Cell, Compartment, connect, findSteadyState, integrate, Network } from "rall";
import { Leak } from "rall/channels";
import { ExpSyn } from "rall/synapses";
import { describe, expect, test } from "vitest";

const backends = ["reference", "wasm"] as const;

function largest(a: Float64Array | undefined, b: readonly Float64Array[]): number {
  return Math.max(...b.map((row, i) => Math.abs((row.at(-1) ?? 0) - (a?.[i] ?? Number.NaN))));
}

describe.each(backends)("on %s", (backend) => {
  test("under a voltage clamp it is where a long run ends", async () => {
    const cable = new Branch(new Compartment(), { ncomp: 10 });
    cable.set("length", 100).set("radius", 0.5).set("axial_resistivity", 100).set("v", -70);
    cable.insert(Leak).set("Leak_gLeak", 1e-3).set("Leak_eLeak", -70);
    cable.comp(0).clamp("v", new Float64Array(2000));
    cable.record("v");
    const { recordings } = await integrate(cable, { backend, dt: 0.1, tMax: 190 });
    const { values } = await findSteadyState(cable, { backend });
    expect(values.v?.[1]).toBeGreaterThan(-60);
    expect(largest(values.v, recordings)).toBeLessThan(1e-7);
  });

  test("synapses that spikes arrive at after a short delay do not stop it", async () => {
    const point = () => new Branch(new Compartment(), { ncomp: 1 });
    const net = new Network(
      [point(), point()].map((branch) => new Cell([branch], { parents: [-1] })),
    );
    net.insert(Leak).set("Leak_gLeak", 1e-3).set("Leak_eLeak", -60).set("v", -70);
    connect(net.cell(0), net.cell(1), ExpSyn, { values: { weight: 1e-3, delay: 1 } });
    const { values } = await findSteadyState(net, { backend });
    expect(values.v?.[0]).toBeCloseTo(-60, 6);
    expect(values.v?.[1]).toBeCloseTo(-60, 6);
  });
});
