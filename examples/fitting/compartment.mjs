/** A compartment fitted to a recorded trace: `node compartment.mjs [--iterations N] [--out FILE.svg]`. */
import { readFileSync } from "node:fs";
import { Compartment, drawFit, integrate, stepCurrent } from "rall";
import { HH } from "rall/channels";
import { compileObjective, fit, lbfgs, meanSquaredError } from "rall/training";
import { finish, options, report } from "./command.mjs";

const { iterations, out } = options(80, "compartment.svg");

// One sample every 0.05 ms; a line of text before the header says where the trace comes from
const lines = readFileSync(new URL("recording.csv", import.meta.url), "utf8")
  .trim()
  .split("\n");
const samples = lines.slice(2).map((line) => line.split(",").map(Number));
const recording = Float64Array.from(samples, ([, v]) => v);
const dt = 0.05;
const tMax = (recording.length - 2) * dt;

const cell = new Compartment();
cell.insert(HH).set("radius", 12).set("length", 24).set("v", recording[0]).initStates();
cell.stimulate(stepCurrent({ delay: 5, duration: 30, amplitude: 0.25, dt, tMax })).record("v");
for (const key of ["HH_gNa", "HH_gK", "HH_gLeak", "HH_eNa", "HH_eK", "HH_eLeak"])
  cell.makeTrainable(key);
cell.makeTrainable("capacitance");

const start = cell.getParameters();
const before = await integrate(cell, { dt });
const objective = await compileObjective(cell, { dt, loss: meanSquaredError([recording]) });
const bounds = {
  HH_gNa: [0.02, 0.6],
  HH_gK: [0.005, 0.2],
  HH_gLeak: [3e-5, 3e-3],
  HH_eNa: [30, 80],
  HH_eK: [-100, -60],
  HH_eLeak: [-80, -40],
  capacitance: [0.5, 3],
};
const result = await fit(objective, {
  optimizer: lbfgs(),
  iterations,
  bounds,
  onIteration: report,
});
console.log(
  `off by ${Math.sqrt(result.best.loss).toFixed(2)} mV; the noise of the recording is 0.5 mV`,
);

const after = await integrate(cell, { dt, parameters: result.parameters });
const picture = drawFit(
  {
    time: after.time,
    traces: [
      { name: "soma", data: recording, before: before.recordings[0], after: after.recordings[0] },
    ],
    starts: result.starts,
    parameters: result.parameters.map(({ key, values }, k) => ({
      name: key,
      start: start[k].values[0],
      fitted: values[0],
      bounds: bounds[key],
    })),
  },
  { title: "A compartment fitted to a recorded trace" },
);
await finish(result.history[0].loss, result.best.loss, out, picture);
