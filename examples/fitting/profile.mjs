/**
 * The profile of a conductance along a dendrite, gNa(x) = a + b exp(-x/c), learnt as three numbers from what electrodes along
 * it see: `node profile.mjs [--iterations N] [--out FILE.svg]`. The engine gives the gradient by the conductance of each
 * compartment; the chain rule from there to a, b and c stands here.
 */
import {
  Branch,
  belowEachOther,
  besideEachOther,
  Cell,
  Compartment,
  distancePathwise,
  drawCurves,
  drawLossHistory,
  drawParameters,
  integrate,
  stepCurrent,
} from "rall";
import { HH } from "rall/channels";
import { compileObjective, fit, lbfgs, meanSquaredError, reparametrized } from "rall/training";
import { finish, options, report } from "./command.mjs";

const { iterations, out } = options(60, "profile.svg");

// A soma with a dendrite of 800 um
const dendrite = new Branch(new Compartment(), { ncomp: 40 });
const cell = new Cell([new Branch(new Compartment()), dendrite], { parents: [-1, 0] });
cell.branch(0).set("length", 20).set("radius", 10);
cell.branch(1).set("length", 20).set("radius", 1);
cell.insert(HH).set("axial_resistivity", 150).set("v", -65).initStates();
cell
  .branch(0)
  .comp(0)
  .stimulate(stepCurrent({ delay: 1, duration: 2, amplitude: 1.5, tMax: 12 }));
cell.branch(0).comp(0).record("v");
for (const at of [0.2, 0.5, 0.9]) cell.branch(1).loc(at).record("v");
const distances = distancePathwise(cell.branch(0).comp(0), cell);

// By compartment, and its derivatives by a, b and c
const profile = ([a, b, c]) => distances.map((x) => a + b * Math.exp(-x / c));
const derivatives = ([, b, c]) =>
  Array.from(distances, (x) => [1, Math.exp(-x / c), (b * x * Math.exp(-x / c)) / c ** 2]);

const keys = ["a", "b", "c"];
const truth = [0.04, 0.1, 150];
const start = [0.08, 0.05, 300];
const bounds = { a: [0.001, 0.3], b: [0.001, 0.3], c: [30, 1000] };
const named = (values) => keys.map((key, k) => ({ key, values: Float64Array.of(values[k]) }));
const numbers = (parameters) => parameters.map(({ values }) => values[0]);

cell.branch("all").comp("all").makeTrainable("HH_gNa");
const run = (values) =>
  integrate(cell, { parameters: [{ key: "HH_gNa", values: profile(values) }] });
const { time, recordings, names } = await run(truth);
const byCompartment = await compileObjective(cell, { loss: meanSquaredError(recordings) });
const objective = reparametrized(byCompartment, {
  parameters: named(start),
  forward: (own) => [{ key: "HH_gNa", values: profile(numbers(own)) }],
  pullBack(own, [{ values: gradient }]) {
    const slopes = derivatives(numbers(own));
    return named(keys.map((_, k) => gradient.reduce((sum, g, i) => sum + g * slopes[i][k], 0)));
  },
});
const result = await fit(objective, {
  optimizer: lbfgs(),
  iterations,
  bounds,
  onIteration: report,
});
const fitted = numbers(result.parameters);
console.log(
  `gNa(x) = ${fitted[0].toPrecision(4)} + ${fitted[1].toPrecision(4)} exp(-x / ${fitted[2].toPrecision(4)} um)`,
);

const [before, after] = [await run(start), await run(fitted)];
const farthest = names.length - 1;
const picture = belowEachOther(
  [
    drawCurves(
      [
        { name: "before", x: distances, y: profile(start), colour: "#e08a3c", style: "dashed" },
        { name: "true", x: distances, y: profile(truth), colour: "#222222", strokeWidth: 2.6 },
        { name: "after", x: distances, y: profile(fitted), colour: "#2a8fd4" },
      ],
      {
        title: "sodium conductance along the dendrite",
        xTitle: "path length (um)",
        yTitle: "gNa (S/cm2)",
        width: 1000,
      },
    ),
    drawCurves(
      [
        {
          name: "before",
          x: time,
          y: before.recordings[farthest],
          colour: "#e08a3c",
          style: "dashed",
        },
        { name: "data", x: time, y: recordings[farthest], colour: "#222222", strokeWidth: 2.6 },
        { name: "after", x: time, y: after.recordings[farthest], colour: "#2a8fd4" },
      ],
      { title: "far out in the dendrite", xTitle: "time (ms)", yTitle: "mV", width: 1000 },
    ),
    besideEachOther([
      [drawLossHistory(result.starts, { width: 500 })],
      [
        drawParameters(
          keys.map((key, k) => ({
            name: key,
            unit: key === "c" ? "um" : "S/cm2",
            start: start[k],
            fitted: fitted[k],
            truth: truth[k],
            bounds: bounds[key],
          })),
          { width: 500 },
        ),
      ],
    ]),
  ],
  "A profile of conductances learnt from four voltages",
);
await finish(result.history[0].loss, result.best.loss, out, picture);
