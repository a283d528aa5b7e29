/**
 * Rall: biophysically detailed neurons, simulated in Node, Deno, Bun and a web page.
 *
 * ```ts
 * import { integrate, readSwc, stepCurrent } from "rall";
 * import { HH } from "rall/channels";
 *
 * const cell = await readSwc("ca1.swc", { ncomp: 2 });
 * cell.insert(HH).set("axial_resistivity", 100).set("v", -65).initStates();
 * cell.branch(0).loc(0.5).stimulate(stepCurrent({ delay: 1, duration: 2, amplitude: 1, tMax: 20 }));
 * cell.branch(0).loc(0.5).record("v");
 * const { time, recordings } = await integrate(cell, { dt: 0.025 });
 * ```
 *
 * @module rall
 */
export type { Backend, Kernel } from "./backends/backend.ts";
export type { ColourOptions } from "./drawing/bar.ts";
export { type ConnectivityOptions, drawConnectivity } from "./drawing/connectivity.ts";
export { type Curve, type CurvesOptions, drawCurves } from "./drawing/curves.ts";
export { drawFit, type FitPicture, type FittedTrace } from "./drawing/fit.ts";
export { drawGates, type GatePictureOptions } from "./drawing/gates.ts";
export type { Populations } from "./drawing/groups.ts";
export { drawLossHistory } from "./drawing/loss-history.ts";
export { drawMorphology, type MorphologyPictureOptions } from "./drawing/morphology.ts";
export { drawNetwork, type NetworkPictureOptions } from "./drawing/network.ts";
export { belowEachOther, besideEachOther } from "./drawing/page.ts";
export { drawParameters, type FittedParameter } from "./drawing/parameter-table.ts";
export { drawProfile, type ProfileOptions } from "./drawing/profile.ts";
export { drawRaster, type RasterOptions, type SpikeRow } from "./drawing/raster.ts";
export type { PictureOptions } from "./drawing/svg.ts";
export { type DrawnTraces, drawTraces } from "./drawing/traces.ts";
export {
  EquationError,
  type ErrorDetails,
  ModelError,
  ModelFileError,
  NameError,
  NumericalError,
  PlatformError,
  RallError,
  SelectionError,
  SwcError,
  type TextLocation,
  ValueError,
} from "./errors.ts";
export { ghk, nernst, q10 } from "./expressions/electrochemistry.ts";
export {
  exponentialEuler,
  solveGateExponential,
  solveGateImplicit,
  solveInfGateExponential,
} from "./expressions/gates.ts";
export { safeExp } from "./expressions/math.ts";
export type { FileLimits } from "./io/budget.ts";
export { fromGraph, type GraphNode, type MorphologyGraph, toGraph } from "./io/graph.ts";
export { fromJSON, type ModelFile, toJSON } from "./io/model-file.ts";
export type { JsonSeries } from "./io/series.ts";
export {
  parseSwc,
  parseSwcCells,
  readSwc,
  readSwcCells,
  type SwcCellsOptions,
  TracedCell,
} from "./io/swc.ts";
export {
  type Channel,
  defineChannel,
  type Gate,
  type Quantity,
  renameChannel,
  type State,
} from "./mechanisms/channel.ts";
export type {
  ChannelDefinition,
  EnvironmentName,
  Equation,
  GateDefinition,
  Keyed,
  Names,
  ParameterDefinition,
  Renamed,
  StateDefinition,
} from "./mechanisms/definition.ts";
export type { Domain } from "./mechanisms/domain.ts";
export {
  type ChannelPoint,
  evaluateIn,
  initialStates,
  membraneCurrent,
  updateStates,
} from "./mechanisms/evaluate.ts";
export {
  type ConcentrationDefinition,
  concentrationChange,
  type NernstDefinition,
  nernstReversal,
} from "./mechanisms/ions.ts";
export { definePump, type PumpDefinition } from "./mechanisms/pump.ts";
export {
  defineSynapse,
  receiveSpike,
  renameSynapse,
  type SideReading,
  type Synapse,
  type SynapseDefinition,
  type SynapsePoint,
  synapticCurrent,
  updateSynapse,
} from "./mechanisms/synapse.ts";
export {
  conductanceSynapse,
  currentSynapse,
  dynamicSynapse,
} from "./mechanisms/synapses/graded.ts";
export {
  type CellConnectOptions,
  type Connection,
  type ConnectionRow,
  type ConnectionValue,
  type ConnectionValues,
  type ConnectOptions,
  connect,
  connectByDistance,
  connectivityMatrixConnect,
  connectTable,
  fullyConnect,
  type Pre,
  type RandomConnectOptions,
  type SparseConnectOptions,
  sparseConnect,
  type TablePlace,
} from "./modules/connect.ts";
export type { Clamp, DataClamp, DataStimulus, Stimulus, Trainable } from "./modules/description.ts";
export {
  byDistance,
  type DistanceKind,
  type DistanceRule,
  distanceDirect,
  distancePathwise,
} from "./modules/distance.ts";
export { morphConnect, morphDelete } from "./modules/edit.ts";
export type { DataSet } from "./modules/feed.ts";
export type { CheckedKey, WithMechanism } from "./modules/keys.ts";
export {
  Branch,
  Cell,
  type CellOptions,
  Compartment,
  type LayerOptions,
  Module,
  Network,
} from "./modules/module.ts";
export type { CompartmentFacts, Scope } from "./modules/navigation.ts";
export type { Place, RecordedPlace } from "./modules/place.ts";
export type { RecordOptions, SampleOptions, Samples, SpikeOptions } from "./modules/placement.ts";
export type { RecordedRow, RecordedSpikes } from "./modules/recorded.ts";
export { type Index, type Range, range } from "./modules/selection.ts";
export type { ShowOptions } from "./modules/show.ts";
export { type PoissonOptions, poissonTrain, SpikeTrain } from "./modules/spike-train.ts";
export { SynapseView } from "./modules/synapse-view.ts";
export type { Parameter, TrainableOptions } from "./modules/trainable.ts";
export type { SetOptions } from "./modules/values.ts";
export { View } from "./modules/view.ts";
export type { Diagnostic } from "./morphology/diagnostic.ts";
export type { Discretisation, LambdaRule } from "./morphology/discretisation.ts";
export type { CompartmentGeometry } from "./morphology/frustum.ts";
export {
  type Coordinates,
  compartmentCentres,
  type Morphology,
} from "./morphology/morphology.ts";
export type { Convention, MorphologyOptions, Trees, Unit } from "./morphology/options.ts";
export type { Spelling } from "./morphology/spelling.ts";
export type { TraceOptions } from "./morphology/trace.ts";
export { RandomStream } from "./numerics/philox.ts";
export { makeTree, solveTree, type Tree } from "./numerics/tree.ts";
export {
  type MembraneTerms,
  stepVoltageExplicit,
  stepVoltageImplicit,
  voltageVectorfield,
} from "./numerics/voltage.ts";
export type { SentSpikes } from "./plan/events.ts";
export type { Slopes } from "./plan/mechanism.ts";
export type { LinearSolverName, SolverName, States } from "./plan/plan.ts";
export { type DecodedText, readText } from "./platform/files.ts";
export { type Content, checkWritable, saveFile } from "./platform/save-file.ts";
export { printable } from "./printable.ts";
export type { OnWarning } from "./simulation/announce.ts";
export type { BackendName, ModelOptions } from "./simulation/compile.ts";
export { type IntegrateOptions, integrate } from "./simulation/integrate.ts";
export type { NonFinite, Result, SpikeTimes, Statistics, Status } from "./simulation/result.ts";
export {
  findSteadyState,
  type StateVector,
  type SteadyStateOptions,
  stateVector,
} from "./simulation/states.ts";
export { compileStep, type StepInput, StepLoop } from "./simulation/step.ts";
export {
  datapointToStepCurrents,
  type SampledCurrent,
  type StepCurrent,
  stepCurrent,
} from "./simulation/stimulus.ts";
export { moduleTree } from "./simulation/tree.ts";
export { nearestName } from "./util/suggest.ts";
export { csvPieces, resultToCsv, spikesToCsv } from "./writers/csv.ts";
export { jsonPieces, resultToJson } from "./writers/json.ts";
export { resultToNpz } from "./writers/npz.ts";
