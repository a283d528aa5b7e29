/**
 * CPU time of the engine on a CA1 pyramidal cell: 155 branches of 8 compartments, Hodgkin-Huxley everywhere, 4,000 steps.
 * Run `npm run build` first, then `node bench/engine.mjs`. Each line is a whole call of `integrate`; the first one compiles.
 */
import { fileURLToPath } from "node:url";
import { integrate, readSwc, stepCurrent } from "rall";
import { HH } from "rall/channels";

const file = fileURLToPath(new URL("../examples/morphologies/morph_ca1_n120.swc", import.meta.url));
const cell = await readSwc(file, { ncomp: 8 });
cell.insert(HH).set("axial_resistivity", 100).set("v", -65).initStates();
const soma = cell.group("soma").branch(0).comp(0);
soma.stimulate(stepCurrent({ delay: 1, duration: 90, amplitude: 1.5, tMax: 99.99 })).record("v");
for (let round = 0; round < 7; round++) {
  const before = process.cpuUsage();
  const { statistics } = await integrate(cell, { dt: 0.025 });
  const { user, system } = process.cpuUsage(before);
  const each = ((user + system) * 1000) / (statistics.compartments * statistics.steps);
  console.log(
    `${statistics.compartments} compartments, ${statistics.steps} steps: ${each.toFixed(1)} ns of CPU time per compartment and step`,
  );
}
