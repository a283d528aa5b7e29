/**
 * Twenty conductances of a CA1 pyramidal cell fitted to summary statistics, from random starts:
 * `node pyramidal.mjs [--iterations N] [--out FILE.svg]`. The kind of fit of Jaxley's L5PC example: means, standard deviations
 * and spike counts in windows, at the soma and in the apical dendrite, and steps of normalized length.
 */
import { fileURLToPath } from "node:url";
import { drawFit, integrate, readSwc, stepCurrent } from "rall";
import { Leak } from "rall/channels";
import { CaPump } from "rall/pumps";
import {
  compileObjective,
  fit,
  polyak,
  softSpikeCount,
  weightedSum,
  windowedMean,
  windowedStandardDeviation,
} from "rall/training";
import { finish, options, report } from "./command.mjs";
import { CaHVA, CaLVA, Ih, Im, NaTs, SK, SKv3 } from "./hay.mjs";

const { iterations, out } = options(100, "pyramidal.svg");
const file = fileURLToPath(new URL("../morphologies/morph_ca1_n120.swc", import.meta.url));
const cell = await readSwc(file, { ncomp: 1 });
cell.set("axial_resistivity", 100).set("v", -75);

/** Conductances in S/cm2 of the cell whose statistics are the data, by group and channel. */
const truth = {
  soma: {
    NaTs: 1.2,
    SKv3: 0.4,
    Im: 5e-4,
    CaHVA: 8e-4,
    CaLVA: 3e-3,
    SK: 3e-3,
    Ih: 2e-4,
    Leak: 5e-5,
  },
  apical: {
    NaTs: 0.02,
    SKv3: 0.02,
    Im: 1e-4,
    CaHVA: 1e-4,
    CaLVA: 5e-4,
    SK: 2e-3,
    Ih: 4e-4,
    Leak: 6e-5,
  },
  basal: { NaTs: 0.02, SKv3: 0.01, Ih: 1e-4, Leak: 5e-5 },
};
const channels = { NaTs, SKv3, Im, CaHVA, CaLVA, SK, Ih, Leak };
const keyOf = (channel) => (channel === "Leak" ? "Leak_gLeak" : `${channel}_gbar`);
for (const [group, conductances] of Object.entries(truth)) {
  const view = cell.group(group);
  for (const [channel, value] of Object.entries(conductances)) {
    view.insert(channels[channel]).set(keyOf(channel), value);
  }
  if ("CaHVA" in conductances) view.insert(CaPump).set("CaPump_gamma", 5e-4);
  view.set("Leak_eLeak", -85);
}
cell.initStates();

const soma = cell.group("soma").branch(0).loc(0.5);
soma.stimulate(stepCurrent({ delay: 20, duration: 60, amplitude: 0.6, tMax: 100 })).record("v");
cell.group("apical").branch(0).loc(0.5).record("v");
const data = await integrate(cell);

const windows = [
  [5, 20],
  [20, 50],
  [50, 80],
  [80, 100],
];
/** A statistic of the data: for each recording one number per window, as a loss measures it. */
const measured = (measure) =>
  data.recordings.map((v) =>
    windows.map(([from, to]) =>
      measure(v.filter((_, k) => data.time[k] >= from && data.time[k] < to)),
    ),
  );
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
const upwards = (values) => values.filter((v, k) => k > 0 && v >= 0 && values[k - 1] < 0).length;
const scale = { mean: 4, deviation: 4, count: 0.5 };
const loss = weightedSum([
  [1 / scale.mean ** 2, windowedMean({ windows, targets: measured(mean) })],
  [1 / scale.deviation ** 2, windowedStandardDeviation({ windows, targets: measured(deviation) })],
  [1 / scale.count ** 2, softSpikeCount({ windows, targets: measured(upwards), threshold: 0 })],
]);

const rows = Object.entries(truth).flatMap(([group, conductances]) =>
  Object.entries(conductances).map(([channel, value]) => {
    cell.group(group).makeTrainable(keyOf(channel));
    return {
      name: `${channel} ${group}`,
      unit: "S/cm2",
      truth: value,
      bounds: [value / 5, value * 5],
    };
  }),
);
// As far as the loss is high over the slope, wherever it is steep or flat
const optimizer = polyak();
const objective = await compileObjective(cell, { loss });
// The first start is at twice and half the true values, the others are drawn between the bounds
const start = cell.getParameters().map(({ key, values }, k) => {
  const factor = k % 2 === 0 ? 0.5 : 2;
  return { key, values: values.map((value) => factor * value) };
});
const result = await fit(objective, {
  optimizer,
  iterations,
  bounds: rows.map(({ bounds }) => bounds),
  start,
  multiStart: { starts: 3, seed: 1, distribution: "logUniform" },
  onIteration: report,
});
for (const { status, best } of result.starts)
  console.log(`${status.code}: loss ${best.loss.toPrecision(4)}`);
const began = result.history[0].parameters;
const before = await integrate(cell, { parameters: began });
const after = await integrate(cell, { parameters: result.parameters });
const picture = drawFit(
  {
    time: data.time,
    traces: ["soma", "apical dendrite"].map((name, row) => ({
      name,
      data: data.recordings[row],
      before: before.recordings[row],
      after: after.recordings[row],
    })),
    starts: result.starts,
    parameters: rows.map((row, k) => ({
      ...row,
      start: began[k].values[0],
      fitted: result.parameters[k].values[0],
    })),
  },
  { title: "Twenty conductances of a CA1 pyramidal cell fitted to 24 summary statistics" },
);
await finish(result.history[0].loss, result.best.loss, out, picture);
