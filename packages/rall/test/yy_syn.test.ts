import { Compartment, Network, connect, stepCurrent } from "rall";
import { HH } from "rall/channels";
import { IonotropicSynapse, TanhRateSynapse, TanhConductanceSynapse } from "rall/synapses";
import { compileObjective, sumOfSquares } from "rall/training";
import { expect, test } from "vitest";
for (const slopes of ["exact", "difference"] as const)
for (const syn of [IonotropicSynapse, TanhRateSynapse, TanhConductanceSynapse])
for (const n of [1,2,3])
test(`${slopes} ${syn.name} ${n}`, async () => {
  const c = new Compartment(); c.insert(HH).set("v", -65).initStates();
  const net = new Network([c, c, c]);
  connect(net.cell(0), net.cell(1), syn);
  if (n > 1) connect(net.cell(0), net.cell(2), syn);
  if (n > 2) connect(net.cell(2), net.cell(1), syn);
  net.synapse(syn.name).set(`${syn.name}_gS`, syn === TanhConductanceSynapse ? 1e-4 : 0.003);
  net.cell(0).stimulate(stepCurrent({ delay: 0.5, duration: 2, amplitude: 0.05, tMax: 4 }));
  net.cell(1).record("v");
  net.synapse(syn.name).edge("all").makeTrainable(`${syn.name}_gS`);
  net.cell(0).makeTrainable("HH_gNa");
  const o = await compileObjective(net, { loss: sumOfSquares(1e-3), slopes, tabulate: false });
  const { gradient } = await o.valueAndGradient();
  const p0 = o.parameters;
  for (const [k, { values }] of p0.entries()) for (let i = 0; i < values.length; i++) {
    const at = (h: number) => o.value(p0.map((p, j) => ({ key: p.key, values: p.values.map((v, l) => j === k && l === i ? v * (1 + h) : v) })));
    const fd = async (h: number) => (await at(h) - await at(-h)) / (2 * h * values[i]!);
    const r = (4 * await fd(1e-4) - await fd(2e-4)) / 3;
    console.log(slopes, syn.name, n, p0[k]!.key, i, gradient[k]!.values[i], r, Math.abs(gradient[k]!.values[i]! - r)/Math.abs(r));
  }
});
