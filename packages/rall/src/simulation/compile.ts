/** @file From a module and the options of a run to a kernel that stands at its start. */
import type { Backend, Kernel } from "../backends/backend.ts";
import { referenceBackend } from "../backends/reference/backend.ts";
import { wasmBackend } from "../backends/wasm/backend.ts";
import { ModelError, NameError } from "../errors.ts";
import type { DataClamp, DataStimulus, Description } from "../modules/description.ts";
import { type DataSet, parameterSets, withData } from "../modules/feed.ts";
import { viewKind } from "../modules/navigation.ts";
import { type Parameter, parameterList } from "../modules/trainable.ts";
import type { View } from "../modules/view.ts";
import type { ClampMode } from "../plan/clamped.ts";
import type { Slopes } from "../plan/mechanism.ts";
import {
  type LinearSolverName,
  makePlan,
  type Plan,
  type SolverName,
  type States,
} from "../plan/plan.ts";
import { isWholeCurrent } from "../plan/recorded.ts";
import { type Signals, signalsFor } from "../plan/signals.ts";
import {
  check,
  choice,
  either,
  type Fields,
  flag,
  having,
  list,
  number,
  numbers,
  record,
  required,
  text,
} from "../util/kinds.ts";
import { ownMember } from "../util/own.ts";
import { nearestName } from "../util/suggest.ts";
import { type OnWarning, onWarningKind } from "./announce.ts";
import { checkStep, step } from "./duration.ts";

const backends = { wasm: wasmBackend, reference: referenceBackend } as const;
const solvers: readonly SolverName[] = [
  "bwd_euler",
  "crank_nicolson",
  "staggered",
  "fwd_euler",
  "exp_euler",
];
const linearSolvers: readonly LinearSolverName[] = ["hines", "stone", "dense"];
/** Names that Jaxley gives to ways of solving the same systems. */
const linearAliases: Readonly<Record<string, LinearSolverName>> = {
  "jaxley.dhs": "hines",
  "jaxley.dhs.cpu": "hines",
  "jaxley.dhs.gpu": "hines",
  "jaxley.thomas": "hines",
  "jax.sparse": "hines",
  "jaxley.stone": "stone",
};
const slopeKinds = ["exact", "difference"] as const;
const clampModes = ["solved", "overwritten"] as const;

/** Name of a backend: `wasm`, the fast one, or `reference`, the obvious one. */
export type BackendName = keyof typeof backends;

/** What a simulation is like, whoever drives it. */
export interface ModelOptions {
  /** Time step in ms; default 0.025. */
  readonly dt?: number;
  /**
   * How voltages and diffusing concentrations are stepped; gates always move first, exactly for their rates at the voltage before.
   * `bwd_euler` (default): backward Euler. `crank_nicolson`: half a step of that, and the same change once more. `staggered`: the
   * same with gates half a step off, so that gates and voltages are of second order (NEURON's `secondorder = 2`); concentrations that do not diffuse, states that read one another, graded synapses that read the other side, and spikes are of first order all the same. `fwd_euler`: explicit, for short
   * steps only. `exp_euler`: each compartment's membrane exactly, then the exponential of the axial currents, in O(n).
   */
  readonly solver?: SolverName;
  /**
   * How implicit solvers solve for the tree: `hines` (default), elimination in O(n); `stone`, scans over unbranched pieces; `dense`,
   * a full matrix, for comparison. Names of Jaxley (`jaxley.stone`) are known.
   */
  readonly linearSolver?: LinearSolverName | keyof typeof linearAliases;
  /** `wasm` (default), or `reference`, the slow oracle. */
  readonly backend?: BackendName;
  /**
   * How clamped voltages and diffusing concentrations act: `solved` (default), as rows of the system, so that neighbours see them
   * within the step; `overwritten`, written after the step as Jaxley does, so that a clamp acts through a resistance dt/C and
   * results depend on dt. For comparisons alone.
   */
  readonly clamps?: ClampMode;
  /** How slopes of currents are found: `exact` (default), or `difference`, as the reference system does it. */
  readonly slopes?: Slopes;
  /**
   * Whether functions of the voltage alone (rates) are looked up in tables that are exact to rounding (1e-13); `auto`
   * (default) does so in runs long enough to repay the tables.
   */
  readonly tabulate?: boolean | "auto";
  /**
   * States to start from, instead of those of the module. The run goes on with the same bits if `tabulate` is the same
   * for both parts (`auto` may decide otherwise for a short one, which then differs by 1e-13).
   */
  readonly initialState?: States;
  /**
   * Values for what `makeTrainable` marked, as `module.getParameters()` gives them, for this run alone. Default: trainables have the
   * values of the model like all else.
   */
  readonly parameters?: readonly Parameter[];
  /** Values for this run alone, from `view.dataSet`; they replace those of the model and of `parameters`. */
  readonly dataSet?: readonly DataSet[];
  /** Stimuli for this run alone, from `view.dataStimulate`; they are added to those of the model. */
  readonly dataStimuli?: readonly DataStimulus[];
  /** Clamps for this run alone, from `view.dataClamp`; they replace those of the model for the same state and place. */
  readonly dataClamps?: readonly DataClamp[];
  /** Whether stimuli and clamps made for another time step are resampled (each sample held); default false. */
  readonly resample?: boolean;
  /**
   * What is done with each warning (see `docs/warnings.md`), once per call: a function of it, or false for nothing. Default: one line each
   * on the console. Results have them all, whatever is done.
   */
  readonly onWarning?: OnWarning;
}

// Data without it are of no module, which is said where data meet theirs
const numbering = having({}, "the numbering of a module");
const feed = (members: Fields, maker: string) =>
  list(having({ ...members, numbering }, `what ${maker} gave`), `a list of what ${maker} gave`);

/** Kinds of what a single run can be given. */
export const feedFields = {
  initialState: having(
    { values: required(record(numbers, "an object of states by key")), branchPoints: numbers },
    "states that a run returned",
  ),
  dataSet: feed({ key: required(text), places: required(numbers) }, "dataSet"),
  dataStimuli: feed({ compartment: required(number), samples: required(numbers) }, "dataStimulate"),
  dataClamps: feed({ state: required(text), samples: required(numbers) }, "dataClamp"),
} satisfies Fields;

/** What is known of the others is looked at where it is used. */
export const modelOptionFields = {
  dt: step,
  ...{ solver: text, linearSolver: text, backend: text, clamps: text, slopes: text },
  tabulate: either(flag, choice("auto")),
  parameters: parameterList,
  ...feedFields,
  resample: flag,
  onWarning: onWarningKind,
} satisfies Fields;

/** A module with the data of a run, and how it is to be simulated. */
export interface Setup {
  readonly description: Description;
  /** What was put into the model for this run, in order: parameters, then data. */
  readonly sets: readonly DataSet[];
  readonly backend: BackendName;
  readonly dt: number;
  readonly solver: SolverName;
  readonly linearSolver: LinearSolverName;
  readonly clampMode: ClampMode;
  /** Default true. */
  readonly hasEvents?: boolean;
  /** Default true. */
  readonly hasExchanges?: boolean;
  readonly slopes: Slopes;
  readonly signals: Signals;
  readonly initialState: States | undefined;
}

/** @throws NameError for unknown names, ValueError for values that do not fit. */
export function setUp(module: View, options: ModelOptions): Setup {
  check(module, viewKind, "module");
  const { dt = 0.025, linearSolver = "hines", resample = false, initialState } = options;
  const { parameters, dataSet = [], dataStimuli = [], dataClamps = [] } = options;
  const names = Object.keys(backends) as BackendName[];
  const base = module.root.description;
  const sets = [...(parameters === undefined ? [] : parameterSets(base, parameters)), ...dataSet];
  const description = withData(base, { sets, stimuli: dataStimuli, clamps: dataClamps });
  checkStep(dt);
  const solver = pick("solver", options.solver ?? "bwd_euler", solvers);
  checkWholeCurrents(description, solver);
  return {
    description,
    sets,
    dt,
    initialState,
    backend: pick("backend", options.backend ?? "wasm", names),
    clampMode: pick("clamps", options.clamps ?? "solved", clampModes),
    slopes: pick("slopes", options.slopes ?? "exact", slopeKinds),
    solver,
    linearSolver: pick(
      "linearSolver",
      ownMember(linearAliases, linearSolver) ?? linearSolver,
      linearSolvers,
    ),
    signals: signalsFor(description, dt, resample),
  };
}

/** @throws ModelError for a current of whole compartments by a solver that balances no currents. */
function checkWholeCurrents({ recordings }: Description, solver: SolverName): void {
  const row = recordings.find(isWholeCurrent);
  if (row === undefined || solver !== "exp_euler") return;
  throw new ModelError(`exp_euler cannot tell ${row.state}, which ${row.name} records.`, {
    subject: "solver",
    value: solver,
    remedy:
      "It moves charge along the branches over the whole step, with no balance of currents at one moment. Take bwd_euler, crank_nicolson, staggered or fwd_euler.",
  });
}

/** A plan and a kernel at its start, with the wall time in ms that lowering took. */
export async function compileKernel(
  setup: Setup,
  options: { readonly tabulates: boolean; readonly returnStates: boolean },
): Promise<{ readonly plan: Plan; readonly kernel: Kernel; readonly planTime: number }> {
  const started = performance.now();
  const { description, backend } = setup;
  const plan = makePlan(description, { ...setup, ...options });
  const planTime = performance.now() - started;
  const chosen: Backend = backends[backend];
  return { plan, kernel: await chosen.compile(plan, description.memory), planTime };
}

/** The backend of a name. */
export function backendOf(name: BackendName): Backend {
  return backends[name];
}

function pick<Name extends string>(what: string, name: string, known: readonly Name[]): Name {
  const found = known.find((one) => one === name);
  if (found !== undefined) return found;
  const suggestion = nearestName(name, known);
  throw new NameError(`There is no ${what} ${JSON.stringify(name)}.`, {
    subject: what,
    value: name,
    remedy: `Known: ${known.join(", ")}.`,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}
