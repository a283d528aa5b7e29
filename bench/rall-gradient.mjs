/**
 * Gradients of Rall on one core: `node rall-gradient.mjs CASE RUNS [STEPS]`. The loss is the sum of the squares of the recorded voltage;
 * radius, length and HH_gNa of every compartment are trainable. Prints CPU seconds as the scripts in peers/ do.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Branch, Compartment, integrate, readSwc, stepCurrent } from "rall";
import { HH } from "rall/channels";
import { compileObjective, sumOfSquares } from "rall/training";

const read = (name) => readFileSync(new URL(name, import.meta.url), "utf8");
const model = JSON.parse(read("model.json"));
const [name, rounds, given] = process.argv.slice(2);
const example = model.cases[name];
const steps = Number(given ?? model.steps);
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const cell =
  example.kind === "swc"
    ? await readSwc(
        fileURLToPath(new URL(`../examples/morphologies/${example.file}`, import.meta.url)),
        { ncomp: example.ncomp },
      )
    : new Branch(new Compartment(), { ncomp: example.ncomp });
if (example.kind === "cylinder")
  cell.set("radius", example.radius).set("length", example.length / example.ncomp);
cell.insert(HH).set("axial_resistivity", model.axial_resistivity).set("v", model.v);
for (const [key, value] of Object.entries(model.channel)) cell.set(`HH_${key}`, value);
cell.initStates();
const place = example.kind === "swc" ? cell.group("soma").branch(0).comp(0) : cell.comp(0);
const { delay, duration } = model.stimulus;
const tMax = (steps - 1.5) * model.dt;
place.stimulate(stepCurrent({ delay, duration, amplitude: example.amplitude, tMax })).record("v");
const all = example.kind === "swc" ? cell.branch("all").comp("all") : cell.comp("all");
for (const key of ["radius", "length", "HH_gNa"]) all.makeTrainable(key);

const objective = await compileObjective(cell, { dt: model.dt, loss: sumOfSquares() });
const { parameters } = objective;
const started = cpu();
const { statistics } = await objective.valueAndGradient(parameters);
const first = cpu() - started;
const forward = () => integrate(cell, { dt: model.dt, parameters });
const gradient = () => objective.valueAndGradient(parameters);
const [forwards, gradients] = [[], []];
// The compiler of Node works while the program runs; count when it is done with it
for (const start = cpu(); cpu() - start < 2; ) await forward();
for (const start = cpu(); cpu() - start < 2; ) await gradient();
const inner = steps > 20_000 ? 1 : 5;
let result;
for (let round = 0; round < Number(rounds); round++) {
  for (const [run, times] of [
    [forward, forwards],
    [gradient, gradients],
  ]) {
    const before = cpu();
    for (let k = 0; k < inner; k++) result = await run();
    times.push((cpu() - before) / inner);
  }
}
console.log(
  `RESULT ${JSON.stringify({
    case: name,
    steps,
    parameters: parameters.reduce((sum, { values }) => sum + values.length, 0),
    value: result.value,
    gradient: result.gradient.map(({ values }) => Math.hypot(...values)),
    compile: statistics.compileTime / 1e3,
    first,
    forward: median(forwards),
    run: median(gradients),
    ratio: median(gradients) / median(forwards),
    checkpoints: statistics.checkpointLengths,
    kept: statistics.memory / 1e6,
    memory: process.resourceUsage().maxRSS / 1024,
  })}`,
);
