/** Misuse of every function of the entry `rall`; pictures have a test of their own, and `modules.test.ts` has the methods. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as rall from "rall";
import {
  Branch,
  Cell,
  Compartment,
  defineChannel,
  defineSynapse,
  fromJSON,
  integrate,
  makeTree,
  Network,
  parseSwc,
  RallError,
  SpikeTrain,
  stepCurrent,
  toGraph,
  toJSON,
  type View,
} from "rall";
import { HH } from "rall/channels";
import { ExpSyn, IonotropicSynapse } from "rall/synapses";
import { describe, expect, test } from "vitest";
import { type Accepted, type Entry, misuse, made as own, type Table, uncovered } from "./mutate.ts";

/** Functions that draw: `drawing.test.ts` has them. */
const drawing = Object.keys(rall).filter((name) => /^draw[A-Z]|EachOther$/.test(name));

/** Constructed by Rall alone; exported to be recognized. */
const constructedByRall = Object.entries(rall).flatMap(([name, one]) =>
  typeof one === "function" && (one === RallError || one.prototype instanceof RallError)
    ? [name]
    : [],
);

/** Abstract, or made by other functions of Rall (`@internal` constructors). */
const madeElsewhere = ["Module", "View", "SynapseView", "StepLoop"];

const swc = "1 1 0 0 0 5 -1\n2 3 6 0 0 1 1\n3 3 60 0 0 1 2\n";
const folder = mkdtempSync(join(tmpdir(), "rall-misuse-"));
const file = join(folder, "cell.swc");
writeFileSync(file, swc);

const cell = () => {
  const made = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0] });
  made.insert(HH).computeXyz();
  const place = made.branch(0).comp(0);
  place.record("v").recordSpikes();
  return made;
};
const driven = () => {
  const made = cell();
  made.branch(0).comp(0).stimulate([0.1, 0.1, 0]);
  made.branch(1).comp(0).clamp("HH_m", [0.1, 0.1, 0.1, 0.1]);
  made.branch(1).makeTrainable("HH_gNa");
  return made;
};
const network = () => {
  const made = new Network([cell(), cell(), cell()]);
  made.computeXyz();
  return made;
};
const definition = () => ({
  about: "a leak",
  source: "own",
  parameters: {
    g: { value: 1e-4, unit: "S/cm2", about: "g", domain: "conductance", shared: false },
  },
  let: { twice: "2 * g" },
  states: {
    n: {
      value: 0.1,
      unit: "",
      about: "n",
      domain: "any",
      shared: false,
      gate: { inf: "0.5", tau: "5" },
    },
    m: { value: 0.1, derivative: "-m", initial: "0.2" },
    k: { value: 0.1, update: "k" },
    h: { value: 0.1, gate: { alpha: "1", beta: "2" } },
  },
  current: "twice * n * (v + 70)",
  currentName: "i_own",
});
const ion = () => ({
  reversal: "eX",
  inside: { key: "Xi", value: 1e-4 },
  outside: { key: "Xo", value: 2 },
  valence: 2,
  currentName: "i_x",
  constants: { gas: 8.3, faraday: 96485 },
});
const point = () => ({
  v: -65,
  dt: 0.025,
  parameters: { HH_gNa: 0.1 },
  states: { HH_m: 0.1 },
  compartment: { radius: 1 },
});
const sides = () => ({
  vPre: -65,
  vPost: -65,
  dt: 0.025,
  parameters: { IonotropicSynapse_gS: 0.1 },
  states: { IonotropicSynapse_s: 0.1 },
  readings: {},
});
const modelOptions = (made: View) => ({
  dt: 0.025,
  solver: "bwd_euler",
  linearSolver: "hines",
  backend: "reference",
  clamps: "solved",
  slopes: "exact",
  tabulate: false,
  parameters: made instanceof Cell ? made.getParameters() : [],
  dataSet: made.dataSet("radius", 1),
  dataStimuli: made.dataStimulate([0, 0.1]),
  dataClamps: made.dataClamp("HH_h", [0.1, 0.1, 0.1, 0.1, 0.1]),
  resample: true,
  onWarning: false,
});
const result = async () => {
  const made = cell();
  return integrate(made, { tMax: 0.1, returnStates: true, backend: "reference", onWarning: false });
};
const results = result();
const states = async () => (await results).states;

const written = async () => {
  const { states: _, statistics: __, warnings: ___, ...rest } = await results;
  return own(rest, 1);
};
/** A result has more than is written. */
const parts: readonly Accepted[] = [
  ["0", ["unknown"], "results have members that are not written"],
  ["0.dt", ["NaN"], "numbers are written as they are"],
];
const anyText: readonly Accepted[] = [["*", "all", "shows whatever it is given as text"]];
const tree = () => own(makeTree([-1, 0], [0, 1], [1, 1]), 1);

const operands: readonly Accepted[] = [["*", ["NaN"], "arithmetic of numbers goes on with NaN"]];
const callbackMay: readonly Accepted[] = [["1.onProgress", ["function"], "any function is one"]];
const onWarning: Accepted = ["1.onWarning", ["function"], "a function of each warning"];
const connectOptions = () => ({
  values: { gS: 0.1 },
  postCompartments: "random",
  seed: 1,
  autapses: true,
});
const pair = () => {
  const made = network();
  return [made, made.cell([0, 1]), made.cell([1, 2])] as const;
};

const table: Table = {
  Compartment: { call: () => [rall.Compartment] },
  Branch: { call: () => [Branch, new Compartment(), { ncomp: 2 }] },
  Cell: {
    call: () => [
      Cell,
      [new Branch(), new Branch()],
      {
        parents: [-1, 0],
        attachedAt: [1, 0.5],
        xyzr: [
          [
            [0, 0, 0, 1],
            [1, 0, 0, 1],
          ],
          [
            [1, 0, 0, 1],
            [2, 0, 0, 1],
          ],
        ],
      },
    ],
  },
  Network: { call: () => [Network, [cell(), cell()]] },
  TracedCell: { call: () => [rall.TracedCell, own(parseSwc(swc).morphology)] },
  RandomStream: { call: () => [rall.RandomStream, 1] },
  SpikeTrain: { call: () => [SpikeTrain, [1, 2]] },
  nernst: { call: () => [rall.nernst, 1, 2, 1, 300], accepts: operands },
  ghk: { call: () => [rall.ghk, -65, 1, 2, 1, 300], accepts: operands },
  q10: { call: () => [rall.q10, 3, 30, 20], accepts: operands },
  exponentialEuler: { call: () => [rall.exponentialEuler, 0, 0.1, 1, 5], accepts: operands },
  solveGateExponential: {
    call: () => [rall.solveGateExponential, 0, 0.1, 1, 5],
    accepts: operands,
  },
  solveGateImplicit: { call: () => [rall.solveGateImplicit, 0, 0.1, 1, 5], accepts: operands },
  solveInfGateExponential: {
    call: () => [rall.solveInfGateExponential, 0, 0.1, 1, 5],
    accepts: operands,
  },
  safeExp: { call: () => [rall.safeExp, 1, 20], accepts: operands },
  toGraph: { call: () => [toGraph, cell()] },
  fromGraph: { call: () => [rall.fromGraph, toGraph(cell())] },
  toJSON: { call: () => [toJSON, driven()] },
  fromJSON: {
    call: () => [
      fromJSON,
      JSON.parse(JSON.stringify(toJSON(driven()))),
      { limits: { numbers: 1e6 } },
    ],
  },
  parseSwc: { call: () => [parseSwc, swc, swcOptions()] },
  parseSwcCells: { call: () => [rall.parseSwcCells, swc, noTrees()] },
  readSwc: { call: () => [rall.readSwc, file, swcOptions()] },
  readSwcCells: { call: () => [rall.readSwcCells, file, noTrees()] },
  defineChannel: { call: () => [defineChannel, "Own", definition()] },
  renameChannel: { call: () => [rall.renameChannel, HH, "Other"] },
  evaluateIn: { call: () => [rall.evaluateIn, HH, point(), [own(HH.current)]] },
  initialStates: { call: () => [rall.initialStates, HH, point()] },
  membraneCurrent: { call: () => [rall.membraneCurrent, HH, point()] },
  updateStates: { call: () => [rall.updateStates, HH, point()] },
  nernstReversal: { call: () => [rall.nernstReversal, "X", ion()] },
  concentrationChange: {
    call: () => [
      rall.concentrationChange,
      "X",
      {
        ...{ ion: "Xi", current: "i_X", valence: 2, start: 1, surface: "area" },
        ...{ currentName: "i_x", constants: { gas: 8.3, faraday: 96485 } },
      },
    ],
  },
  definePump: {
    call: () => [
      rall.definePump,
      "Pump",
      {
        ...{ about: "a", source: "s", parameters: { g: { value: 1 } }, let: { x: "g" } },
        ...{ states: { c: { value: 1 } }, ion: "c", current: "x * c", currentName: "i_p" },
      },
    ],
  },
  defineSynapse: {
    call: () => [
      defineSynapse,
      "Own",
      {
        ...{ about: "a", source: "s", parameters: { g: { value: 1 } }, let: { x: "g" } },
        ...{ states: { s: { value: 1, derivative: "-s" } }, event: { s: "s + weight" } },
        ...{ pre: { a: "radius" }, post: { b: "radius" }, current: "x * s * (v_post - a * b)" },
      },
    ],
  },
  renameSynapse: { call: () => [rall.renameSynapse, ExpSyn, "Other"] },
  receiveSpike: {
    call: () => [rall.receiveSpike, ExpSyn, { vPre: -65, vPost: -65, dt: 0.025 }],
  },
  updateSynapse: { call: () => [rall.updateSynapse, IonotropicSynapse, sides()] },
  synapticCurrent: { call: () => [rall.synapticCurrent, IonotropicSynapse, sides()] },
  conductanceSynapse: { call: () => [rall.conductanceSynapse, "Own", "tanh(x)"] },
  currentSynapse: { call: () => [rall.currentSynapse, "Own", "tanh(x)"] },
  dynamicSynapse: { call: () => [rall.dynamicSynapse, "Own", "tanh(x)"] },
  connect: {
    call: () => {
      const [made] = pair();
      const at = (k: number) => made.cell(k).branch(0).comp(0);
      return [rall.connect, at(0), at(1), IonotropicSynapse, { values: { gS: 0.1 } }];
    },
  },
  fullyConnect: {
    call: () => {
      const [, pre, post] = pair();
      return [rall.fullyConnect, pre, post, IonotropicSynapse, connectOptions()];
    },
  },
  connectivityMatrixConnect: {
    call: () => {
      const [, pre, post] = pair();
      const matrix = [
        [true, false],
        [false, true],
      ];
      return [
        rall.connectivityMatrixConnect,
        ...[pre, post, IonotropicSynapse, matrix, connectOptions()],
      ];
    },
  },
  sparseConnect: {
    call: () => {
      const [, pre, post] = pair();
      const options = { ...connectOptions(), duplicates: false };
      return [rall.sparseConnect, pre, post, IonotropicSynapse, 0.5, options];
    },
  },
  connectByDistance: {
    call: () => {
      const [, pre, post] = pair();
      return [
        rall.connectByDistance,
        ...[pre, post, IonotropicSynapse, () => 0.5, connectOptions()],
      ];
    },
  },
  connectTable: {
    call: () => [
      rall.connectTable,
      network(),
      IonotropicSynapse,
      [{ pre: 0, post: { cell: 1, branch: 0, loc: 0 }, gS: 0.1 }],
    ],
  },
  byDistance: {
    call: () => [rall.byDistance, () => 1, { from: cell().branch(0).comp(0), kind: "path" }],
    accepts: [["0", ["function"], "what it gives is looked at by set"]],
  },
  distanceDirect: {
    call: () => {
      const made = cell();
      return [rall.distanceDirect, made.branch(0).comp(0), made];
    },
  },
  distancePathwise: {
    call: () => {
      const made = cell();
      return [rall.distancePathwise, made.branch(0).comp(0), made];
    },
  },
  morphConnect: {
    call: () => [rall.morphConnect, bare().branch(1).loc(1), bare().branch(0).loc(0)],
  },
  morphDelete: { call: () => [rall.morphDelete, bare().branch(1)] },
  range: { call: () => [rall.range, 0, 3, 1] },
  poissonTrain: { call: () => [rall.poissonTrain, { rate: 10, tMax: 100, start: 0, seed: 1 }] },
  compartmentCentres: {
    call: () => [
      rall.compartmentCentres,
      { tracedPoints: parseSwc(swc).morphology.tracedPoints, ncomp: [1, 1] },
    ],
  },
  makeTree: { call: () => [makeTree, [-1, 0], [0, 1], [1, 1]] },
  solveTree: {
    call: () => [
      rall.solveTree,
      tree(),
      Float64Array.of(3, 3),
      Float64Array.of(0, 1),
      Float64Array.of(1, 1),
    ],
  },
  stepVoltageExplicit: {
    call: () => [rall.stepVoltageExplicit, tree(), [1, 2], terms(), 0.1],
  },
  stepVoltageImplicit: {
    call: () => [rall.stepVoltageImplicit, tree(), [1, 2], terms(), 0.1],
  },
  voltageVectorfield: {
    call: () => [rall.voltageVectorfield, tree(), [1, 2], terms()],
  },
  readText: { call: () => [rall.readText, file] },
  saveFile: { call: () => [rall.saveFile, join(folder, "saved.txt"), "text"] },
  checkWritable: { call: () => [rall.checkWritable, join(folder, "saved.txt")] },
  printable: { call: () => [rall.printable, "a", "\n"], accepts: anyText },
  integrate: {
    call: async () => {
      const made = driven();
      const { values, ...rest } = (await states()) ?? { values: {} };
      return [
        integrate,
        made,
        {
          ...modelOptions(made),
          ...{ tMax: 0.05, duration: "exact", checkpointLengths: [2], recordInterval: 0.025 },
          ...{ returnStates: true, signal: new AbortController().signal, onProgress: () => {} },
          initialState: own({ ...rest, values: own({ ...values }) }, 2),
        },
      ];
    },
    accepts: [...callbackMay, onWarning],
  },
  compileStep: {
    call: () => {
      const made = driven();
      return [rall.compileStep, made, modelOptions(made)];
    },
    accepts: [onWarning],
  },
  findSteadyState: {
    call: () => {
      const made = new Compartment();
      made.insert(HH);
      const { solver: _, dataClamps: __, parameters: ___, ...rest } = modelOptions(made);
      return [rall.findSteadyState, made, { ...rest, tolerance: 1e-6, limit: 1e5 }];
    },
    accepts: [onWarning],
  },
  stateVector: { call: async () => [rall.stateVector, cell(), own((await states()) ?? {}, 2)] },
  stepCurrent: { call: () => [stepCurrent, step()] },
  datapointToStepCurrents: {
    call: () => {
      const { amplitude: _, ...rest } = step();
      return [rall.datapointToStepCurrents, { ...rest, amplitudes: [1, 2] }];
    },
  },
  moduleTree: { call: () => [rall.moduleTree, cell()] },
  nearestName: { call: () => [rall.nearestName, "radios", ["radius"]] },
  csvPieces: { call: async () => [rall.csvPieces, await written()], accepts: parts },
  resultToCsv: { call: async () => [rall.resultToCsv, await written()], accepts: parts },
  spikesToCsv: {
    call: async () => [rall.spikesToCsv, own({ spikes: (await results).spikes }, 1)],
    accepts: [["0", ["unknown"], "results have members that are not written"]],
  },
  jsonPieces: { call: async () => [rall.jsonPieces, await written()], accepts: parts },
  resultToJson: { call: async () => [rall.resultToJson, await written()], accepts: parts },
  resultToNpz: { call: async () => [rall.resultToNpz, await written()], accepts: parts },
};

function bare() {
  return new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0] });
}

function terms() {
  return { slope: [0.1, 0.1], constant: [1, 1] };
}

function step() {
  return { delay: 1, duration: 1, amplitude: 1, dt: 0.025, tMax: 3, offset: 0 };
}

function swcOptions() {
  return { ...noTrees(), trees: "error" };
}

function noTrees() {
  return {
    ...{ convention: "neuron", maxLength: 50, unit: "um", minRadius: 0.1 },
    ...{ types: { 5: "basal" }, assignGroups: true },
  };
}

/** What is left: to be refused, or accepted with a reason. A pair that is mended must leave the file. */
const stillOpen: Readonly<Record<string, readonly string[]>> = JSON.parse(
  readFileSync(new URL("open-rall.json", import.meta.url), "utf8"),
);

test("each function is misused", () => {
  expect(uncovered(rall, table, [...drawing, ...constructedByRall, ...madeElsewhere])).toEqual([]);
});

describe("misuse gives typed errors", () => {
  test.each(Object.entries<Entry>(table))("%s", async (name, entry) => {
    expect((await misuse(name, entry)).sort()).toEqual([...(stillOpen[name] ?? [])].sort());
  });
});
