/** Rall on one core: `node rall.mjs CASE RUNS|once`. Prints CPU seconds as the scripts in peers/ do. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Branch, Compartment, integrate, readSwc, stepCurrent } from "rall";
import { CaL, CaNernstReversal, CaT, HH } from "rall/channels";
import { CaPump } from "rall/pumps";
import { buildNetwork, connectNetwork } from "./network.mjs";

const read = (name) => readFileSync(new URL(name, import.meta.url), "utf8");
const model = JSON.parse(read("model.json"));
const [name, mode] = process.argv.slice(2);
const example = model.cases[name];
const steps = example.steps ?? model.steps;
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const started = cpu();
const cell =
  example.kind === "swc"
    ? await readSwc(
        fileURLToPath(new URL(`../examples/morphologies/${example.file}`, import.meta.url)),
        { ncomp: example.ncomp },
      )
    : example.kind === "network"
      ? buildNetwork(example)
      : new Branch(new Compartment(), { ncomp: example.ncomp });
if (example.kind === "cylinder") {
  cell.set("radius", example.radius).set("length", example.length / example.ncomp);
}
cell.insert(HH).set("axial_resistivity", model.axial_resistivity).set("v", model.v);
for (const [key, value] of Object.entries(model.channel)) cell.set(`HH_${key}`, value);
if (example.calcium) {
  cell.insert(CaL).insert(CaT).insert(CaPump).insert(CaNernstReversal).diffuse("CaCon_i");
  cell.set("axial_diffusion_CaCon_i", 2);
}
cell.initStates();
if (example.kind === "network") connectNetwork(cell, example, model);
const place =
  example.kind === "swc"
    ? cell.group("soma").branch(0).comp(0)
    : example.kind === "network"
      ? cell.select([0])
      : example.ncomp > 1
        ? cell.comp(0)
        : cell;
const { delay, duration } = model.stimulus;
const { amplitude } = example;
place.stimulate(stepCurrent({ delay, duration, amplitude, tMax: (steps - 2) * model.dt }));
place.record("v");
const built = cpu();
// One step compiles and fills the tables
await integrate(cell, { dt: model.dt, tMax: 0, tabulate: true });
const compiled = cpu();
const run = () => integrate(cell, { dt: model.dt });
let result = await run();
const first = cpu() - compiled;
const runs = [];
if (mode === "once") {
  const rows = Array.from(result.time, (t, k) => `${t},${result.recordings[0][k]}`);
  writeFileSync(process.argv[4] ?? "/dev/null", rows.join("\n"));
} else {
  const inner = Math.max(1, Math.min(200, Math.floor(0.1 / first)));
  // The compiler of Node works while the program runs; count when it is done with it
  for (const start = cpu(); cpu() - start < 2.5; ) result = await run();
  for (let round = 0; round < Number(mode); round++) {
    const before = cpu();
    for (let k = 0; k < inner; k++) result = await run();
    runs.push((cpu() - before) / inner);
  }
}
const v = result.recordings[0];
const version = JSON.parse(read("../packages/rall/package.json")).version;
console.log(
  `RESULT ${JSON.stringify({
    case: name,
    compartments: result.statistics.compartments,
    steps: result.statistics.steps,
    build: built - started,
    compile: compiled - built,
    first,
    runs,
    spikes: v.filter((value, k) => k > 0 && v[k - 1] < 0 && value >= 0).length,
    version,
    memory: process.resourceUsage().maxRSS / 1024,
  })}`,
);
