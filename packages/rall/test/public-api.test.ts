/** The public names change only on purpose: all entries of the package, as its manifest lists them. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  readonly exports: Readonly<Record<string, unknown>>;
};
const entries = Object.keys(manifest.exports).filter((entry) => entry !== "./package.json");

/** The public names of an entry. */
async function namesOf(entry: string): Promise<string[]> {
  const file = entry === "." ? "index" : entry.slice(2);
  return Object.keys(await import(`../src/${file}.ts`)).sort();
}

test("the entries of the package", () => {
  expect(entries).toEqual([
    ".",
    "./channels",
    "./pumps",
    "./synapses",
    "./training",
    "./expressions",
    "./examples",
  ]);
});

test("the names of rall", async () => {
  expect(await namesOf(".")).toMatchInlineSnapshot(`
    [
      "Branch",
      "Cell",
      "Compartment",
      "EquationError",
      "ModelError",
      "ModelFileError",
      "Module",
      "NameError",
      "Network",
      "NumericalError",
      "PlatformError",
      "RallError",
      "RandomStream",
      "SelectionError",
      "SpikeTrain",
      "StepLoop",
      "SwcError",
      "SynapseView",
      "TracedCell",
      "ValueError",
      "View",
      "belowEachOther",
      "besideEachOther",
      "byDistance",
      "checkWritable",
      "compartmentCentres",
      "compileStep",
      "concentrationChange",
      "conductanceSynapse",
      "connect",
      "connectByDistance",
      "connectTable",
      "connectivityMatrixConnect",
      "csvPieces",
      "currentSynapse",
      "datapointToStepCurrents",
      "defineChannel",
      "definePump",
      "defineSynapse",
      "distanceDirect",
      "distancePathwise",
      "drawConnectivity",
      "drawCurves",
      "drawFit",
      "drawGates",
      "drawLossHistory",
      "drawMorphology",
      "drawNetwork",
      "drawParameters",
      "drawProfile",
      "drawRaster",
      "drawTraces",
      "dynamicSynapse",
      "evaluateIn",
      "exponentialEuler",
      "findSteadyState",
      "fromGraph",
      "fromJSON",
      "fullyConnect",
      "ghk",
      "initialStates",
      "integrate",
      "jsonPieces",
      "makeTree",
      "membraneCurrent",
      "moduleTree",
      "morphConnect",
      "morphDelete",
      "nearestName",
      "nernst",
      "nernstReversal",
      "parseSwc",
      "parseSwcCells",
      "poissonTrain",
      "printable",
      "q10",
      "range",
      "readSwc",
      "readSwcCells",
      "readText",
      "receiveSpike",
      "renameChannel",
      "renameSynapse",
      "resultToCsv",
      "resultToJson",
      "resultToNpz",
      "safeExp",
      "saveFile",
      "solveGateExponential",
      "solveGateImplicit",
      "solveInfGateExponential",
      "solveTree",
      "sparseConnect",
      "spikesToCsv",
      "stateVector",
      "stepCurrent",
      "stepVoltageExplicit",
      "stepVoltageImplicit",
      "synapticCurrent",
      "toGraph",
      "toJSON",
      "updateStates",
      "updateSynapse",
      "voltageVectorfield",
    ]
  `);
});

test("the names of rall/training", async () => {
  expect(await namesOf("./training")).toMatchInlineSnapshot(`
    [
      "DataLoader",
      "Objective",
      "ParameterTransform",
      "adam",
      "adamW",
      "affine",
      "chain",
      "clipByGlobalNorm",
      "clipByValue",
      "cmaEs",
      "compileObjective",
      "constant",
      "cosineDecay",
      "crossEntropy",
      "customTransform",
      "descent",
      "exponentialDecay",
      "featureLoss",
      "fit",
      "gaussianPrior",
      "identity",
      "iterateFromJSON",
      "iterateToJSON",
      "jaxLoss",
      "l1",
      "l2",
      "lbfgs",
      "linearWarmup",
      "logistic",
      "masked",
      "meanSquaredError",
      "negativeSoftplus",
      "phasePlane",
      "piecewise",
      "polyak",
      "reparametrized",
      "rmsProp",
      "sgd",
      "sigmoid",
      "softDtw",
      "softSpikeCount",
      "softplus",
      "spikeLatency",
      "spikeWidth",
      "sumOfSquares",
      "typeOptimizer",
      "vanRossum",
      "weightedObjectives",
      "weightedSum",
      "windowedMean",
      "windowedStandardDeviation",
    ]
  `);
});

test("the names of rall/channels", async () => {
  expect(await namesOf("./channels")).toMatchInlineSnapshot(`
    [
      "AdEx",
      "CaL",
      "CaNernstReversal",
      "CaT",
      "Fire",
      "HH",
      "Izhikevich",
      "K",
      "Km",
      "Leak",
      "Na",
      "Rate",
    ]
  `);
});

test("the names of rall/pumps", async () => {
  expect(await namesOf("./pumps")).toMatchInlineSnapshot(`
    [
      "CaFaradayConcentrationChange",
      "CaPump",
    ]
  `);
});

test("the names of rall/synapses", async () => {
  expect(await namesOf("./synapses")).toMatchInlineSnapshot(`
    [
      "AlphaSyn",
      "AlphaSynapse",
      "ConductanceSynapse",
      "CurrentSynapse",
      "DynamicSynapse",
      "Exp2Syn",
      "ExpSyn",
      "GapJunction",
      "IonotropicSynapse",
      "SpikeSynapse",
      "TanhConductanceSynapse",
      "TanhRateSynapse",
      "TestSynapse",
    ]
  `);
});

test("the names of rall/expressions", async () => {
  expect(await namesOf("./expressions")).toMatchInlineSnapshot(`
    [
      "Tape",
      "abs",
      "add",
      "and",
      "constant",
      "differentiate",
      "divide",
      "equal",
      "evaluate",
      "exp",
      "exprel",
      "gradient",
      "greater",
      "greaterEqual",
      "input",
      "inputNames",
      "less",
      "lessEqual",
      "linoid",
      "log",
      "max",
      "min",
      "multiply",
      "nameShared",
      "negate",
      "not",
      "or",
      "parse",
      "power",
      "print",
      "safeExp",
      "select",
      "sigmoid",
      "simplify",
      "sqrt",
      "substitute",
      "subtract",
      "tanh",
      "verify",
    ]
  `);
});

test("the names of rall/examples", async () => {
  expect(await namesOf("./examples")).toMatchInlineSnapshot(`
    [
      "ca1Swc",
      "exampleCell",
    ]
  `);
});
