// The pictures of the documents, made by the programs that they show: `npm run pictures` writes docs/pictures.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  Compartment,
  connect,
  drawConnectivity,
  drawGates,
  drawMorphology,
  drawProfile,
  drawRaster,
  drawTraces,
  integrate,
  Network,
  poissonTrain,
  range,
  readSwc,
  sparseConnect,
  stepCurrent,
} from "rall";
import { HH } from "rall/channels";
import { ExpSyn } from "rall/synapses";

const folder = fileURLToPath(new URL("../docs/pictures", import.meta.url));
const file = fileURLToPath(new URL("../examples/morphologies/morph_ca1_n120.swc", import.meta.url));
mkdirSync(folder, { recursive: true });

function save(name, svg) {
  writeFileSync(`${folder}/${name}.svg`, svg);
  console.log(`docs/pictures/${name}.svg  ${Math.ceil(svg.length / 1024)} KiB`);
}

// A CA1 pyramidal cell that fires: its voltages in space and in time
const cell = await readSwc(file, { ncomp: 1 });
cell.insert(HH).set("axial_resistivity", 100).set("v", -65).initStates();
const soma = cell.group("soma").branch(0).loc(0.5);
soma.stimulate(stepCurrent({ delay: 5, duration: 40, amplitude: 1.5, tMax: 60 }));
cell.record("v");
const dt = 0.025;
const { time, recordings, labels, units } = await integrate(cell, { dt });
const moment = 7;
const voltages = recordings.map((row) => row[Math.round(moment / dt)]);
const look = { colourBy: voltages, limits: [-80, 40], barTitle: "v (mV)" };
save("cell", drawMorphology(cell, { ...look, title: `${moment} ms`, width: 460 }));
const profile = { title: `${moment} ms`, valueTitle: "v (mV)" };
save("profile", drawProfile(cell, voltages, profile));
const places = [soma.compartments[0], cell.group("apical").compartments.at(-1)];
const chosen = (rows) => places.map((place) => rows[place]);
const shown = { names: chosen(labels), units: chosen(units), recordings: chosen(recordings) };
save("traces", drawTraces({ time, ...shown }, { width: 720 }));
save("gates", drawGates(HH));

// A network of 100 cells in two populations, driven at random
const neuron = new Compartment();
neuron.insert(HH).set("v", -65).initStates();
const net = new Network(Array(100).fill(neuron));
const excitatory = net.cell(range(0, 80)).addToGroup("excitatory");
const inhibitory = net.cell(range(80, 100)).addToGroup("inhibitory");
sparseConnect(excitatory, net, ExpSyn, 0.08, { seed: 1, values: { weight: 6e-5, tau: 2 } });
sparseConnect(inhibitory, net, ExpSyn, 0.2, { seed: 2, values: { weight: 2e-4, tau: 6, e: -75 } });
save("connectivity", drawConnectivity(net, { width: 520 }));
const tMax = 300;
for (let k = 0; k < 100; k++) {
  const train = poissonTrain({ rate: 60, tMax, seed: 10 + k });
  connect(train, net.cell(k), ExpSyn, { values: { weight: 3e-4, tau: 2 } });
}
net.recordSpikes();
const { spikes } = await integrate(net, { dt, tMax });
save("raster", drawRaster(spikes, { network: net, tMax, bin: 5, width: 720 }));
