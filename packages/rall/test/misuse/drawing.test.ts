/** Misuse of every function that draws. */
import * as rall from "rall";
import {
  Branch,
  Cell,
  Compartment,
  connect,
  drawConnectivity,
  drawCurves,
  drawFit,
  drawGates,
  drawLossHistory,
  drawMorphology,
  drawNetwork,
  drawParameters,
  drawProfile,
  drawRaster,
  drawTraces,
  Network,
} from "rall";
import { HH } from "rall/channels";
import { ExpSyn } from "rall/synapses";
import { expect, test } from "vitest";
import { type Accepted, misuse, type Table, uncovered } from "./mutate.ts";

const cell = () => {
  const made = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0] });
  made.insert(HH).computeXyz();
  made.branch(0).addToGroup("soma");
  return made;
};
const network = () => {
  const made = new Network([cell(), cell()]);
  connect(made.cell(0).branch(0).comp(0), made.cell(1).branch(0).comp(0), ExpSyn);
  return made;
};
const common = { title: "title", width: 600 };
const colours = { limits: [0, 1], colours: "linear", barTitle: "bar" };
const populations = () => ({ first: [0], second: [1] });
const fitted = () => [
  { name: "g", unit: "S/cm2", start: 0.1, fitted: 0.2, bounds: [0, 1], truth: 0.2 },
];
const starts = () => [{ history: [{ loss: 2 }, { loss: 1 }] }];

/** Numbers that are nowhere, which pictures leave out. */
const gaps = (...places: readonly string[]) =>
  places.map((place): Accepted => [place, ["NaN"], "what is not finite leaves a gap"]);
const more: (place: string) => Accepted = (place) => [
  place,
  ["unknown"],
  "results have more members",
];

const table: Table = {
  belowEachOther: { call: () => [rall.belowEachOther, ["<svg/>"], "title"] },
  besideEachOther: { call: () => [rall.besideEachOther, [["<svg/>"]]] },
  drawConnectivity: {
    call: () => [
      drawConnectivity,
      network(),
      {
        ...common,
        ...colours,
        ...{ by: "cells", synapse: "ExpSyn", value: "ExpSyn_g", populations: populations() },
      },
    ],
  },
  drawCurves: {
    call: () => [
      drawCurves,
      [{ name: "a", x: [0, 1], y: [1, 2], value: 1, colour: "red", style: "line", strokeWidth: 1 }],
      {
        ...{ ...common, height: 200, xTitle: "x", yTitle: "y", valueTitle: "v" },
        logarithmic: false,
      },
    ],
    accepts: gaps("0.0.x.0", "0.0.y.0", "0.0.value"),
  },
  drawFit: {
    call: () => [
      drawFit,
      {
        time: [0, 1],
        traces: [{ name: "v", unit: "mV", data: [0, 1], before: [0, 1], after: [1, 1] }],
        starts: starts(),
        parameters: fitted(),
        sensitivity: { view: new Compartment(), values: [1], title: "title" },
      },
      common,
    ],
    accepts: [
      ...gaps("0.time.0", "0.traces.0.data.0", "0.traces.0.before.0", "0.traces.0.after.0"),
      ...gaps("0.sensitivity.values.0"),
      more("0.starts.0"),
    ],
  },
  drawGates: {
    call: () => [drawGates, HH, { ...common, from: -90, to: 40, parameters: { HH_gNa: 0.1 } }],
  },
  drawLossHistory: {
    call: () => [drawLossHistory, starts(), common],
    accepts: [...gaps("0.0.history.0.loss"), more("0.0"), more("0.0.history.0")],
  },
  drawMorphology: {
    call: () => [
      drawMorphology,
      cell(),
      { ...common, ...colours, type: "morph", plane: "xy", colourBy: [1, 2, 3, 4], marks: true },
    ],
    accepts: gaps("1.colourBy.0"),
  },
  drawNetwork: {
    call: () => [
      drawNetwork,
      network(),
      { ...common, detail: "full", plane: "xy", populations: populations() },
    ],
  },
  drawParameters: { call: () => [drawParameters, fitted(), common] },
  drawProfile: {
    call: () => {
      const view = cell();
      const from = view.branch(0).comp(0);
      return [drawProfile, view, "v", { ...common, from, valueTitle: "v", left: ["soma"] }];
    },
  },
  drawRaster: {
    call: () => [
      drawRaster,
      [{ name: "a", times: [1, 2], compartment: 0 }],
      { ...common, tMax: 5, network: network(), populations: populations(), rate: true, bin: 1 },
    ],
    accepts: [more("0.0")],
  },
  drawTraces: {
    call: () => [
      drawTraces,
      { time: [0, 1], recordings: [[0, 1]], names: ["v"], units: ["mV"] },
      common,
    ],
    accepts: [...gaps("0.time.0", "0.recordings.0.0"), more("0")],
  },
};

test("every function that draws has an entry", () => {
  const drawing = Object.entries(rall).filter(([name]) => /^draw[A-Z]|EachOther$/.test(name));
  expect(uncovered(Object.fromEntries(drawing), table)).toEqual([]);
});

test.each(Object.entries(table))("%s", async (name, entry) => {
  expect(await misuse(name, entry)).toEqual([]);
});
