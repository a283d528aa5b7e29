/**
 * A network of spiking neurons trained to tell points inside a circle from those outside, by the strengths of its synapses:
 * `node classify.mjs [--iterations N] [--out FILE.svg]`. After tutorial 7 of Jaxley.
 */
import {
  besideEachOther,
  Compartment,
  datapointToStepCurrents,
  drawCurves,
  drawNetwork,
  fullyConnect,
  integrate,
  Network,
  RandomStream,
} from "rall";
import { HH, Leak } from "rall/channels";
import { IonotropicSynapse } from "rall/synapses";
import { adam, compileObjective, crossEntropy, DataLoader, fit } from "rall/training";
import { finish, options, report } from "./command.mjs";

const { iterations, out } = options(300, "classify.svg");
const [dt, tMax, hidden] = [0.05, 20, 20];
const random = new RandomStream(4);

// Points in a square, and whether they lie inside a circle of half its area
const radius = Math.sqrt(0.5 / Math.PI);
const points = Array.from({ length: 160 }, () => [random.uniform(), random.uniform()]);
const labels = points.map(([x, y]) => (Math.hypot(x - 0.5, y - 0.5) < radius ? 0 : 1));

// Four neurons see x, y and their opposites; two tell the class
const neuron = new Compartment();
neuron.insert(HH).set("radius", 10).set("length", 20).set("v", -65).initStates();
const readout = new Compartment();
readout.insert(Leak).set("radius", 10).set("length", 20).set("v", -70);
// The readouts do not spike
const net = new Network([...Array.from({ length: 4 + hidden }, () => neuron), readout, readout]);
const layer = (first, count) => net.cell(Array.from({ length: count }, (_, k) => first + k));
const [inputs, middle, outputs] = [layer(0, 4), layer(4, hidden), layer(4 + hidden, 2)];
fullyConnect(inputs, middle, IonotropicSynapse);
fullyConnect(middle, outputs, IonotropicSynapse);
const synapses = net.synapse("IonotropicSynapse");
const count = synapses.get("IonotropicSynapse_gS").length;
synapses.set("IonotropicSynapse_k_minus", 0.5).set("IonotropicSynapse_s", 0);
synapses.set(
  "IonotropicSynapse_e_syn",
  Array.from({ length: count }, () => (random.uniform() < 0.5 ? 0 : -85)),
);
outputs.record("v");
net.arrangeInLayers([4, hidden, 2]);
const strengths = Array.from({ length: count }, () => 1e-3 + 4e-3 * random.uniform());
synapses.edge("all").makeTrainable("IonotropicSynapse_gS", strengths);

const stimuliOf = ([x, y]) => {
  const amplitudes = [x, y, 1 - x, 1 - y].map((value) => 0.6 * value);
  const step = { amplitudes, delay: 1, duration: 16, dt, tMax };
  return inputs.dataStimulate(datapointToStepCurrents(step));
};
const items = points.map((point, k) => ({
  dataStimuli: stimuliOf(point),
  loss: crossEntropy({ label: labels[k], window: [4, 18], scale: 1 }),
}));

/** How many points the network tells right, and what it says of each. */
async function classify(parameters) {
  const answers = [];
  for (const { dataStimuli } of items) {
    const { recordings, time } = await integrate(net, { dt, dataStimuli, parameters });
    const sums = recordings.map((v) =>
      v.reduce((sum, x, k) => (time[k] >= 4 && time[k] < 18 ? sum + x : sum), 0),
    );
    answers.push(sums[0] > sums[1] ? 0 : 1);
  }
  const right = answers.filter((answer, k) => answer === labels[k]).length;
  return { answers, right: (100 * right) / points.length };
}

const objective = await compileObjective(net, { dt, loss: items[0].loss });
const before = await classify(net.getParameters());
const loader = new DataLoader(items, { batchSize: 16, seed: 1 });
const result = await fit(objective, {
  optimizer: adam({ learningRate: 0.05 }),
  iterations,
  bounds: { IonotropicSynapse_gS: [0, 0.02] },
  inputs: (k) => loader.batch(k),
  onIteration: report,
});
// Losses of batches cannot be compared; what counts is where the fit ended
const after = await classify(result.final);
console.log(`right: ${before.right.toFixed(0)} % before, ${after.right.toFixed(0)} % after`);

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const losses = result.history.map(({ loss }) => loss);
const epochs = losses.flatMap((_, k) =>
  k % loader.length === 0 ? [mean(losses.slice(k, k + loader.length))] : [],
);
const map = (title, { answers, right }) => {
  const groups = [
    ["inside", 0, 0, "#0072b2"],
    ["outside", 1, 1, "#e69f00"],
    ["inside, taken for outside", 0, 1, "#d55e00"],
    ["outside, taken for inside", 1, 0, "#cc79a7"],
  ];
  const curves = groups.map(([name, label, answer, colour]) => {
    const own = points.filter((_, k) => labels[k] === label && answers[k] === answer);
    return { name, colour, style: "points", x: own.map(([x]) => x), y: own.map(([, y]) => y) };
  });
  const circle = Array.from({ length: 101 }, (_, k) => (2 * Math.PI * k) / 100);
  const border = {
    name: "",
    colour: "#b0b0b0",
    x: circle.map((angle) => 0.5 + radius * Math.cos(angle)),
    y: circle.map((angle) => 0.5 + radius * Math.sin(angle)),
  };
  return drawCurves([...curves, border], {
    title: `${title}: ${right.toFixed(0)} % right`,
    width: 560,
    height: 478,
  });
};
const picture = besideEachOther([
  [map("before", before), map("after", after)],
  [
    drawCurves(
      [
        { name: "each batch", colour: "#9ccfee", x: losses.map((_, k) => k), y: losses },
        { name: "mean of an epoch", x: epochs.map((_, k) => (k + 0.5) * loader.length), y: epochs },
      ],
      { title: "cross entropy", xTitle: "iteration", logarithmic: true, width: 480 },
    ),
    drawNetwork(net, { title: "the network", detail: "point", width: 480 }),
  ],
]);
await finish(mean(losses.slice(0, 10)), mean(losses.slice(-10)), out, picture);
