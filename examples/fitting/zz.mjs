import { fileURLToPath } from "node:url";
import { readFileSync } from "node:fs";
const src = readFileSync(new URL("./pyramidal.mjs", import.meta.url), "utf8");
import { integrate, readSwc, stepCurrent } from "rall";
import { Leak } from "rall/channels";
import { CaPump } from "rall/pumps";
import { CaHVA, CaLVA, Ih, Im, NaTs, SK, SKv3 } from "./hay.mjs";
const channels = { NaTs, SKv3, Im, CaHVA, CaLVA, SK, Ih, Leak };
const keyOf = (channel) => (channel === "Leak" ? "Leak_gLeak" : `${channel}_gbar`);
const base = {
  soma: { NaTs: 1.2, SKv3: 0.4, Im: 1e-4, CaHVA: 8e-4, CaLVA: 3e-3, SK: 0.003, Ih: 2e-4, Leak: 5e-5 },
  apical: { NaTs: 0.06, SKv3: 0.02, Im: 1e-4, CaHVA: 1e-4, CaLVA: 5e-4, SK: 2e-3, Ih: 4e-4, Leak: 6e-5 },
  basal: { NaTs: 0.02, SKv3: 0.01, Ih: 1e-4, Leak: 5e-5 },
};
const tweaks = {};
for (const amp of [1, 1.5, 2]) for (const sk of [0.003, 0.03]) for (const cal of [5e-4, 3e-3]) for (const ap of [0.02, 0.06]) tweaks[`amp ${amp} sk ${sk} lva ${cal} apNa ${ap}`] = { amp, "soma.SK": sk, "soma.CaLVA": cal, "apical.NaTs": ap };
for (const [name, tweak] of Object.entries(tweaks)) {
  const truth = structuredClone(base); let amp = 1.5;
  for (const [k, v] of Object.entries(tweak)) { if (k === "amp") amp = v; else { const [g, c] = k.split("."); truth[g][c] = v; } }
  const cell = await readSwc(fileURLToPath(new URL("../morphologies/morph_ca1_n120.swc", import.meta.url)), { ncomp: 1 });
  cell.set("axial_resistivity", 100).set("v", -75);
  for (const [group, conductances] of Object.entries(truth)) {
    const view = cell.group(group);
    for (const [channel, value] of Object.entries(conductances)) view.insert(channels[channel]).set(keyOf(channel), value);
    if ("CaHVA" in conductances) view.insert(CaPump).set("CaPump_gamma", 5e-4);
    view.set("Leak_eLeak", -85);
  }
  cell.initStates();
  cell.group("soma").branch(0).loc(0.5).stimulate(stepCurrent({ delay: 20, duration: 60, amplitude: amp, tMax: 100 })).record("v").record("SK_z").record("CaCon_i").record("i_SK").record("i_SKv3").record("i_Im");
  const { recordings: [v, z, ca, isk, ikv, im] } = await integrate(cell);
  const spikes = v.filter((x, k) => k > 0 && x >= 0 && v[k - 1] < 0).length;
  console.log(name, spikes, [0, 19, 25, 30, 40, 60, 79, 99].map((t) => v[t * 40].toFixed(1)).join(" "), "z", z[60 * 40].toFixed(3), "ca", ca[60 * 40].toExponential(2), isk[2400].toExponential(1), ikv[2400].toExponential(1), im[2400].toExponential(1));
}
