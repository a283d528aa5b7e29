/**
 * Three conductances of a CA1 cell recovered from the voltage of its soma, from half their values, by Adam within bounds:
 * `node rall-recovery.mjs [ITERATIONS]`. The same in peers/jaxley_recovery.py; model and settings stand in recovery.json.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { integrate, readSwc, stepCurrent } from "rall";
import { HH } from "rall/channels";
import { adam, compileObjective, fit, meanSquaredError } from "rall/training";

const settings = JSON.parse(readFileSync(new URL("recovery.json", import.meta.url), "utf8"));
const { file, ncomp, dt, truth, bounds, learningRate, stimulus } = settings;
const iterations = Number(process.argv[2] ?? settings.iterations);
const path = fileURLToPath(new URL(`../examples/morphologies/${file}`, import.meta.url));
const cell = await readSwc(path, { ncomp });
cell.insert(HH).set("axial_resistivity", settings.axial_resistivity).set("v", settings.v);
for (const [key, value] of Object.entries(truth)) cell.set(key, value);
cell.initStates();
const { delay, duration, amplitude, tMax } = stimulus;
const soma = cell.group("soma").branch(0).comp(0);
soma.stimulate(stepCurrent({ delay, duration, amplitude, tMax, dt })).record("v");
const { recordings } = await integrate(cell, { dt });
for (const [key, value] of Object.entries(truth)) cell.makeTrainable(key, settings.start * value);
const objective = await compileObjective(cell, { dt, loss: meanSquaredError(recordings) });
const losses = [];
const { parameters } = await fit(objective, {
  optimizer: adam({ learningRate }),
  iterations,
  bounds,
  onIteration: ({ loss }) => {
    losses.push(loss);
  },
});
const fitted = Object.fromEntries(parameters.map(({ key, values }) => [key, values[0]]));
const off = Object.entries(truth).map(([key, value]) => Math.abs(fitted[key] / value - 1));
console.log(
  `RESULT ${JSON.stringify({
    iterations,
    losses,
    fitted,
    off: Math.max(...off),
    memory: process.resourceUsage().maxRSS / 1024,
  })}`,
);
