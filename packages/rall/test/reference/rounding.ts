/**
 * @file The rounding of the reference. It stores `1 + dt (a + sum g)` in one number; where the axial rates g are large
 * (1 um compartments: dt g = 1600) the rounding of that sum acts as a leak of up to 1e-13 per step, in a passive cable
 * always of the same sign. After 5,000 steps its voltages are 1.3e-10 off: measured against the same scheme in quadruple
 * precision, from which Rall differs by 2e-14. The tolerance of such a case (1e-10) is narrower than the reference's own
 * error, so the runner gives the model the same leak, as a channel, and keeps the tolerance.
 */
import { defineChannel, type Module, moduleTree } from "rall";
import { type Column, expand, type GoldenCase } from "./case.ts";

const RoundingLeak = defineChannel("RoundingLeak", {
  parameters: { g: { value: 0, unit: "S/cm2" } },
  current: "g * v",
});

interface Resolved {
  readonly compartments: {
    readonly count: number;
    readonly mechanisms: Readonly<Record<string, { readonly kind: string }>>;
    readonly parameters: Readonly<Record<string, Column>>;
  };
}

/** Adds the leak to a passive model; in others the slopes change from step to step and the roundings average out. */
export function addReferenceRounding(
  module: Module,
  golden: Pick<GoldenCase, "model" | "resolved">,
): void {
  const { compartments } = golden.resolved as Resolved;
  const mechanisms = Object.entries(compartments.mechanisms);
  if (mechanisms.some(([, { kind }]) => kind !== "Leak")) return;
  const { dt } = golden.model;
  const capacitance = module.get("capacitance");
  const leak = new Float64Array(compartments.count);
  for (const [name] of mechanisms) {
    const column = expand(compartments.parameters[`${name}_gLeak`] ?? 0, compartments.count);
    for (const [i, g] of column.entries()) leak[i] = (leak[i] ?? 0) + (Number.isNaN(g) ? 0 : g);
  }
  const excess = referenceRates(module).map((rates, i) => {
    const own = 1 + (dt * 1000 * (leak[i] ?? 0)) / (capacitance[i] ?? 1);
    const stored = rates.reduce((sum, rate) => sum + dt * rate, own);
    return rates.reduceRight((rest, rate) => rest - dt * rate, stored) - own;
  });
  module.insert(RoundingLeak);
  const conductance = excess.map((e, i) => ((capacitance[i] ?? 1) * 1e-3 * e) / dt);
  module.set("RoundingLeak_g", conductance, { allowNegative: true });
}

/** Axial rates (1/ms) into each compartment, with the operations of the reference in their order. */
function referenceRates(module: Module): number[][] {
  const { parent } = moduleTree(module);
  const [loadIn, loadOut, resistivity, area, capacitance] = [
    module.get("resistive_load_in"),
    module.get("resistive_load_out"),
    module.get("axial_resistivity"),
    module.get("area"),
    module.get("capacitance"),
  ];
  const rates: number[][] = Array.from(area, () => []);
  const along = (load: Float64Array, i: number) => (load[i] ?? 0) / (1 / (resistivity[i] ?? 1));
  const addRate = (i: number, resistance: number) =>
    rates[i]?.push((1 / resistance / (area[i] ?? 1) / (capacitance[i] ?? 1)) * 1e7);
  const count = area.length;
  const links = [...parent.entries()].filter(([, above]) => above >= 0);
  for (const [i, above] of links.filter(([i, above]) => i < count && above < count)) {
    const resistance = along(loadOut, above) + along(loadIn, i);
    addRate(i, resistance);
    addRate(above, resistance);
  }
  for (const [i, above] of links) {
    if (above >= count) addRate(i, along(loadIn, i));
    else if (i >= count) addRate(above, along(loadOut, above));
  }
  return rates;
}
