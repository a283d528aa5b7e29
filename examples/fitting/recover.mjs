/**
 * Known conductances of a CA1 pyramidal cell, recovered from the voltage of its soma alone:
 * `node recover.mjs [--iterations N] [--out FILE.svg]`. They begin at half of what they are.
 */
import { fileURLToPath } from "node:url";
import { drawFit, integrate, readSwc, stepCurrent } from "rall";
import { HH } from "rall/channels";
import { adam, compileObjective, fit, meanSquaredError } from "rall/training";
import { finish, options, report } from "./command.mjs";

const { iterations, out } = options(100, "recover.svg");
const file = fileURLToPath(new URL("../morphologies/morph_ca1_n120.swc", import.meta.url));

const cell = await readSwc(file, { ncomp: 2 });
cell.insert(HH).set("axial_resistivity", 100).set("v", -65).initStates();
const soma = cell.group("soma").branch(0).loc(0.5);
soma.stimulate(stepCurrent({ delay: 1, duration: 10, amplitude: 2, tMax: 15 })).record("v");
const { time, recordings } = await integrate(cell);

const truth = { HH_gNa: 0.12, HH_gK: 0.036, HH_gLeak: 0.0003 };
const bounds = { HH_gNa: [0.01, 0.5], HH_gK: [0.003, 0.15], HH_gLeak: [3e-5, 1.5e-3] };
for (const [key, value] of Object.entries(truth)) cell.makeTrainable(key, 0.5 * value);
const start = cell.getParameters();
const before = await integrate(cell, { parameters: start });

const loss = meanSquaredError(recordings);
const objective = await compileObjective(cell, { loss });
const optimizer = adam({ learningRate: 0.1 });
const result = await fit(objective, { optimizer, iterations, bounds, onIteration: report });
for (const { key, values } of result.parameters) {
  const off = 100 * (values[0] / truth[key] - 1);
  console.log(`${key}: ${values[0].toPrecision(5)} S/cm2, ${off.toFixed(2)} % off`);
}

// Where the loss would have changed most: the gradient at the start with a conductance for each compartment
const after = await integrate(cell, { parameters: result.parameters });
const twin = cell.copy().deleteTrainables();
for (const { key, values } of start) twin.branch("all").comp("all").makeTrainable(key, values[0]);
const { gradient } = await (await compileObjective(twin, { loss })).valueAndGradient();
const sensitivity = cell.compartments.reduce((sums, compartment) => {
  const slopes = gradient.map(({ values }, k) =>
    Math.abs(values[compartment] * start[k].values[0]),
  );
  sums.push(slopes.reduce((a, b) => a + b));
  return sums;
}, []);

const picture = drawFit(
  {
    time,
    traces: [
      {
        name: "soma",
        data: recordings[0],
        before: before.recordings[0],
        after: after.recordings[0],
      },
    ],
    starts: result.starts,
    parameters: result.parameters.map(({ key, values }, k) => ({
      name: key,
      unit: "S/cm2",
      start: start[k].values[0],
      fitted: values[0],
      bounds: bounds[key],
      truth: truth[key],
    })),
    sensitivity: { view: cell, values: sensitivity, title: "sensitivity of the loss at the start" },
  },
  { title: "Conductances of a CA1 pyramidal cell recovered from the voltage of its soma" },
);
await finish(result.history[0].loss, result.best.loss, out, picture);
