/** Every number that a model holds or records has the unit that its declaration says. */
import { Compartment, connect, integrate, Network } from "rall";
import { CaNernstReversal, HH, Leak } from "rall/channels";
import { CaPump } from "rall/pumps";
import { ExpSyn } from "rall/synapses";
import { expect, test } from "vitest";

function network() {
  const point = new Compartment();
  point.insert(HH).insert(Leak).insert(CaPump).insert(CaNernstReversal);
  const net = new Network([point, point]);
  connect(net.cell(0), net.cell(1), ExpSyn);
  return net;
}

test("units by key: geometry, parameters, states, currents, synapses", () => {
  const net = network();
  const units = {
    v: "mV",
    radius: "um",
    axial_resistivity: "Ohm cm",
    HH_gNa: "S/cm2",
    HH_m: "",
    i: "nA",
    i_HH: "mA/cm2",
    CaCon_i: "mM",
    eCa: "mV",
    ExpSyn_weight: "uS",
    ExpSyn_g: "uS",
    i_ExpSyn: "nA",
  };
  for (const [key, unit] of Object.entries(units)) expect(net.unitOf(key), key).toBe(unit);
  expect(() => net.unitOf("HH_gNA")).toThrow("HH_gNa");
});

test.each(["wasm", "reference"] as const)(
  "a run says the unit of each row (%s)",
  async (backend) => {
    const net = network();
    net.cell(0).record("v").record("HH_m").record("i_Leak").record("i").recordSpikes();
    net.synapse("ExpSyn").record("ExpSyn_g").record("i_ExpSyn");
    const { names, units, spikes } = await integrate(net, { tMax: 0.1, backend });
    expect(units).toEqual(["mV", "", "mA/cm2", "nA", "uS", "nA"]);
    expect(names.length).toBe(units.length);
    expect(spikes.map(({ compartment }) => compartment)).toEqual([0]);
  },
);
