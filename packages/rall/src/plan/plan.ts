/**
 * @file A plan: a model with a time step, lowered to flat arrays, index lists and expressions. It is data and holds no
 * reference to the model, so that it can be printed, hashed and sent elsewhere. Every backend starts from it.
 */
import { NameError, ValueError } from "../errors.ts";
import { printShort } from "../expressions/print.ts";
import { axialTree } from "../modules/axial.ts";
import type {
  Clamp,
  Description,
  Insertion,
  RecordingRow,
  Stimulus,
} from "../modules/description.ts";
import { type Geometry, makeGeometry } from "../modules/geometry.ts";
import type { Tree } from "../numerics/tree.ts";
import { ownMember } from "../util/own.ts";
import type { ClampMode } from "./clamped.ts";
import { type Events, noEvents, planEvents, type SentSpikes } from "./events.ts";
import { type PlannedIon, planIons } from "./ions.ts";
import { type Exchange, joinJunctions } from "./junctions.ts";
import { type PlannedMechanism, planEquations, type Slopes, spikeKey } from "./mechanism.ts";
import { recordsWholeCurrents } from "./recorded.ts";
import { makeSchedule, type Schedule, scheduledTree } from "./schedule.ts";
import type { Signals } from "./signals.ts";
import { stagger } from "./stagger.ts";
import { type PlannedSynapse, planSynapse, planSynapseEquations } from "./synapse.ts";

/** The states of a model at one moment. */
export interface States {
  /** By key, one value per compartment, NaN where the state does not exist: `v`, channel states, currents (`i_HH`). */
  readonly values: Readonly<Record<string, Float64Array>>;
  /**
   * Voltages of the massless nodes in mV: the branch points, then those put in between compartments. They follow from the
   * others, and are kept so that a run goes on with the same bits.
   */
  readonly branchPoints: Float64Array;
  /** The same of concentrations that diffuse, by key. */
  readonly branchPointIons?: Readonly<Record<string, Float64Array>>;
  /** Spikes that were sent and may not have arrived everywhere; absent where there are none. */
  readonly sent?: readonly SentSpikes[];
}

/** How the cable equation and diffusion are stepped; `IntegrateOptions.solver` says what each does. */
export type SolverName = "bwd_euler" | "crank_nicolson" | "staggered" | "fwd_euler" | "exp_euler";

/** How the linear systems of implicit solvers are solved. */
export type LinearSolverName = "hines" | "stone" | "dense";

export interface Plan {
  /** Number of compartments. */
  readonly count: number;
  /** As it is eliminated: with massless nodes put in where chains were made equally long. */
  readonly tree: Tree;
  /** As it is: compartments, then branch points. */
  readonly axial: Tree;
  readonly schedule: Schedule;
  /** Start voltages of the massless nodes in mV. */
  readonly branchPoints: Float64Array;
  /** The same of concentrations that diffuse, by key. */
  readonly joints: ReadonlyMap<string, Float64Array>;
  /** Time step in ms. */
  readonly dt: number;
  readonly solver: SolverName;
  readonly linearSolver: LinearSolverName;
  readonly slopes: Slopes;
  /** Whether functions of the voltage alone may be tabulated. */
  readonly tabulates: boolean;
  readonly geometry: Geometry;
  readonly mechanisms: readonly PlannedMechanism[];
  /** Concentrations that move otherwise than by the rules of mechanisms. */
  readonly ions: readonly PlannedIon[];
  readonly synapses: readonly PlannedSynapse[];
  readonly events: Events;
  /** Nodes of `axial` whose link to their parent is a gap junction. */
  readonly junctionLinks: readonly number[];
  /** Gap junctions that close loops and are no links of the tree. */
  readonly exchanges: readonly Exchange[];
  /** Values of channel parameters by key, one per compartment. */
  readonly parameters: ReadonlyMap<string, Float64Array>;
  /** Start values of the states by key, `v` apart. */
  readonly states: ReadonlyMap<string, Float64Array>;
  /** Compartments where each parameter and state exists; currents are 0 where they do not. */
  readonly presence: ReadonlyMap<string, Uint8Array>;
  readonly currentNames: readonly string[];
  /** Currents that are kept as states: all if one is recorded, returned or given, else those that are read. */
  readonly keptCurrents: readonly string[];
  readonly keepsSynapticCurrents: boolean;
  /** Start values of the currents where a former run supplies them. */
  readonly currents: ReadonlyMap<string, Float64Array> | undefined;
  /** Values of currents that pumps see before there is any: those of the states of the same name. */
  readonly firstCurrents: ReadonlyMap<string, Float64Array>;
  readonly stimuli: readonly Stimulus[];
  readonly clamps: readonly Clamp[];
  readonly clampMode: ClampMode;
  readonly recordings: readonly RecordingRow[];
}

export interface PlanOptions {
  readonly dt: number;
  /** Default `bwd_euler`. */
  readonly solver?: SolverName;
  /** Default `hines`. */
  readonly linearSolver?: LinearSolverName;
  /** Default `solved`. */
  readonly clampMode?: ClampMode;
  readonly slopes: Slopes;
  readonly tabulates: boolean;
  /** Whether spikes are sent and received; default true. */
  readonly hasEvents?: boolean;
  /** Whether gap junctions that close loops exchange charge after each step; default true. */
  readonly hasExchanges?: boolean;
  readonly returnStates: boolean;
  readonly initialState: States | undefined;
  /** Stimuli and clamps for this time step; default: those of the model as they are. */
  readonly signals?: Signals;
}

/**
 * Whether trees are solved by elimination in the order of the schedule, with the massless nodes that it put in. Currents of whole
 * compartments are told by the balance on the tree as it is.
 */
export function isEliminated({
  solver,
  linearSolver,
  recordings,
}: Pick<Plan, "solver" | "linearSolver" | "recordings">): boolean {
  const isExplicit = solver === "fwd_euler" || solver === "exp_euler";
  return !isExplicit && linearSolver === "hines" && !recordsWholeCurrents(recordings);
}

/** Lowers a model for time steps of `dt`. */
export function makePlan(description: Description, options: PlanOptions): Plan {
  const { count, memory } = description;
  const presence = new Map<string, Uint8Array>();
  const parameters = new Map<string, Float64Array>();
  const states = new Map<string, Float64Array>();
  for (const [key, { quantity, isState }] of description.quantities()) {
    const present = description.presence(key);
    const absent = description.diffusing.includes(key) ? 0 : quantity.value;
    const column = filled(description.columns.get(key), present, absent);
    presence.set(key, present);
    (isState ? states : parameters).set(key, column);
  }
  const currentNames = [...description.currentNames()];
  const firstCurrents = new Map<string, Float64Array>();
  for (const name of currentNames) {
    const column = states.get(name);
    if (column !== undefined) firstCurrents.set(name, column);
    states.delete(name);
    presence.delete(name);
  }
  const synapticNames = description.synapses.map(({ synapse }) => synapse.currentName);
  const geometry = makeGeometry((key) => description.geometry[key].slice());
  const { initialState, returnStates, dt, slopes, tabulates } = options;
  const { stimuli, clamps } = options.signals ?? description;
  const joined = joinJunctions(description, axialTree(description));
  const schedule = memory.remember(description.parents, `schedule ${joined.key}`, () =>
    makeSchedule(joined.tree.parent, count),
  );
  const tree = scheduledTree(schedule, joined.tree);
  const kept = new Set([...currentNames, ...synapticNames]);
  const isRecorded = description.recordings.some(({ state }) => kept.has(state));
  const events =
    options.hasEvents === false
      ? noEvents(description, dt)
      : planEvents(description, dt, initialState?.sent);
  const watched = new Set(
    events.sources.flatMap((source) => (source.kind === "compartment" ? [source.state] : [])),
  );
  const telling = description.insertions.filter(({ channel }) => watched.has(spikeKey(channel)));
  for (const { channel, present } of telling) presence.set(spikeKey(channel), present);
  const currents =
    initialState &&
    takeStates(initialState, description, geometry.v, states, presence, currentNames);
  for (const { channel } of telling) states.set(spikeKey(channel), new Float64Array(count));
  const mechanisms = pumpsLast(description).map(({ channel, present }) => {
    const marksSpikes = watched.has(spikeKey(channel));
    const equations = memory.remember(channel, `equations ${slopes} ${marksSpikes}`, () =>
      planEquations(channel, slopes, marksSpikes),
    );
    return { ...equations, present };
  });
  const keepsAll = isRecorded || returnStates || initialState !== undefined;
  const isRead = (name: string) =>
    mechanisms.some(({ reads }) => reads.has(name)) ||
    description.synapses.some(({ synapse }) => synapse.readings.some(({ key }) => key === name));
  const keptCurrents = currentNames.filter((name) => keepsAll || isRead(name));
  const pumped = mechanisms.flatMap(({ ion }) => (ion === undefined ? [] : [ion]));
  const plan: Plan = {
    count,
    tree,
    axial: joined.tree,
    schedule,
    branchPoints: startOfMassless(tree, geometry.v, initialState?.branchPoints),
    joints: new Map(
      description.diffusing.map((key) => [
        key,
        startOfMassless(
          tree,
          states.get(key) ?? new Float64Array(count),
          initialState?.branchPointIons?.[key],
        ),
      ]),
    ),
    dt,
    solver: options.solver ?? "bwd_euler",
    linearSolver: options.linearSolver ?? "hines",
    slopes,
    tabulates,
    geometry,
    mechanisms,
    ions: planIons(description, schedule, joined.tree, pumped),
    synapses: description.synapses.map((table) =>
      planSynapse(
        description,
        table,
        memory.remember(table.synapse, `equations ${slopes}`, () =>
          planSynapseEquations(table.synapse, slopes),
        ),
        initialState?.values,
      ),
    ),
    events,
    junctionLinks: joined.links,
    exchanges: options.hasExchanges === false ? [] : joined.exchanges,
    parameters,
    states,
    presence,
    currentNames,
    keptCurrents,
    keepsSynapticCurrents: keepsAll,
    currents,
    firstCurrents,
    stimuli,
    clamps,
    clampMode: options.clampMode ?? "solved",
    recordings: description.recordings,
  };
  if (plan.solver === "staggered" && initialState === undefined) stagger(plan);
  return plan;
}

/** All channels before all pumps, each in order of insertion. */
function pumpsLast({ insertions }: Description) {
  const isPump = ({ channel }: Insertion) => channel.ion !== undefined;
  return [...insertions.filter((one) => !isPump(one)), ...insertions.filter(isPump)];
}

/** Voltages of a former run, or the mean of the compartments around; any would do, for they follow from the others. */
function startOfMassless(tree: Tree, v: Float64Array, given: Float64Array | undefined) {
  const count = tree.parent.length - v.length;
  if (given?.length === count) return given;
  const sum = new Float64Array(count);
  const neighbours = new Float64Array(count);
  const join = (massless: number, other: number) => {
    if (massless < v.length || other >= v.length) return;
    sum[massless - v.length] = (sum[massless - v.length] ?? 0) + (v[other] ?? 0);
    neighbours[massless - v.length] = (neighbours[massless - v.length] ?? 0) + 1;
  };
  for (const [node, above] of tree.parent.entries()) {
    if (above < 0) continue;
    join(node, above);
    join(above, node);
  }
  return sum.map((total, k) => (neighbours[k] === 0 ? (v[0] ?? 0) : total / (neighbours[k] ?? 1)));
}

/** Values where the key exists and the default elsewhere, so that no kernel ever meets an undefined number. */
function filled(
  column: Float64Array | undefined,
  present: Uint8Array,
  fallback: number,
): Float64Array {
  const values = new Float64Array(present.length).fill(fallback);
  if (column === undefined) return values;
  for (let i = 0; i < values.length; i++) {
    if (present[i] === 1) values[i] = column[i] ?? fallback;
  }
  return values;
}

/**
 * Puts given states in the place of the start values.
 *
 * @returns the currents among them, if all are given.
 * @throws NameError for a state that is missing or unknown, ValueError for one of the wrong length.
 */
function takeStates(
  given: States,
  description: Description,
  v: Float64Array,
  states: ReadonlyMap<string, Float64Array>,
  presence: ReadonlyMap<string, Uint8Array>,
  currentNames: readonly string[],
): Map<string, Float64Array> | undefined {
  const lengths = new Map<string, number>();
  for (const { synapse, pre } of description.synapses) {
    for (const key of [...synapse.states.map((state) => state.key), synapse.currentName])
      lengths.set(key, pre.length);
  }
  for (const [key, values] of Object.entries(given.values)) {
    const count = lengths.get(key) ?? description.count;
    if (!lengths.has(key) && key !== "v" && !presence.has(key) && !currentNames.includes(key)) {
      throw new NameError(`The model has no state ${key}, which initialState gives.`, {
        subject: key,
        remedy: "Use states that the same model returned.",
      });
    }
    if (values.length !== count) {
      throw new ValueError(
        `initialState has ${values.length} values of ${key} for ${count} ${lengths.has(key) ? "synapses" : "compartments"}.`,
        {
          subject: key,
          value: values.length,
        },
      );
    }
  }
  for (const [key, column] of [["v", v] as const, ...states]) {
    const values = ownMember(given.values, key);
    if (values === undefined) {
      throw new NameError(`initialState lacks ${key}.`, {
        subject: key,
        remedy: "Give all states, as a run with returnStates returns them.",
      });
    }
    const present = presence.get(key);
    for (const [i, value] of values.entries()) {
      if (present !== undefined && present[i] !== 1) continue;
      if (!Number.isFinite(value)) {
        throw new ValueError(`initialState gives ${key} = ${value} in compartment ${i}.`, {
          subject: key,
          value,
        });
      }
      column[i] = value;
    }
  }
  const currents = new Map<string, Float64Array>();
  for (const name of currentNames) {
    const values = ownMember(given.values, name);
    if (values !== undefined)
      currents.set(
        name,
        values.map((value) => (Number.isNaN(value) ? 0 : value)),
      );
  }
  return currents.size === currentNames.length ? currents : undefined;
}

/** Most characters of an equation in the text of a plan. */
const most = 4000;

/** The plan as text: what is computed, in which order, and on how many compartments. */
export function printPlan(plan: Plan): string {
  const lines = [
    `${plan.count} compartments, ${plan.tree.parent.length - plan.count} branch points, dt = ${plan.dt} ms`,
  ];
  for (const { name, present, updates, voltage, current, slope, currentName } of plan.mechanisms) {
    lines.push(`${name} in ${present.reduce((sum, isThere) => sum + isThere, 0)} compartments`);
    for (const { key, value } of updates) lines.push(`  ${key} <- ${printShort(value, most)}`);
    if (voltage !== undefined) lines.push(`  v <- ${printShort(voltage, most)}`);
    lines.push(
      `  ${currentName} += ${printShort(current, most)}`,
      `  slope ${printShort(slope, most)}`,
    );
  }
  for (const { name, pre, updates, arrivals, current, slope, currentName } of plan.synapses) {
    lines.push(`${name}, ${pre.length} times`);
    for (const { key, value } of updates) lines.push(`  ${key} <- ${printShort(value, most)}`);
    for (const { key, value } of arrivals ?? [])
      lines.push(`  spike: ${key} <- ${printShort(value, most)}`);
    lines.push(
      `  ${currentName} = ${printShort(current, most)}`,
      `  slope ${printShort(slope, most)}`,
    );
  }
  lines.push(
    `${plan.stimuli.length} stimuli, ${plan.clamps.length} clamps, ${plan.recordings.length} recordings`,
  );
  return lines.join("\n");
}
