/**
 * @file Where everything stands in the memory of a kernel. What moves comes first and in one piece, so that it can be
 * copied at once; then what a run reads; then lists whose lengths are not part of the program. A column has a place for
 * each lane of each row of the schedule.
 */
import {
  type Expression,
  inputNames,
  operands,
  substitute,
  topologicalOrder,
} from "../../expressions/expression.ts";
import { simplify } from "../../expressions/simplify.ts";
import { isGeometryKey } from "../../modules/geometry.ts";
import type { PlannedMechanism } from "../../plan/mechanism.ts";
import { isEliminated, type Plan } from "../../plan/plan.ts";
import { keepsInjected } from "../../plan/recorded.ts";
import type { PlannedSynapse } from "../../plan/synapse.ts";
import { formerOf, nameFormerCurrents } from "./former.ts";
import { orderMechanisms } from "./order.ts";
import { cellSlots, sampleCount, selectFunctions, tableStride } from "./table.ts";

/** Addresses of the whole numbers at the start of memory. */
export const header = {
  step: 0,
  stimuli: 4,
  stimuliEnd: 8,
  clamps: 12,
  clampsEnd: 16,
  voltageClamps: 20,
  voltageClampsEnd: 24,
  recordings: 28,
  recordingsEnd: 32,
  output: 36,
  segments: 40,
  segmentsEnd: 44,
  scratch: 48,
  exchanges: 64,
  exchangesEnd: 68,
  detectors: 72,
  detectorsEnd: 76,
  trains: 80,
  trainsEnd: 84,
  tape: 88,
  tapeStart: 92,
  given: 96,
  byStimuli: 100,
  byClamps: 104,
  begun: 108,
  changed: 112,
  isChanged: 116,
  isTaped: 120,
  held: 124,
  heldEnd: 128,
} as const;

const headerSize = 144;

/** A channel as the program sees it: its equations, and whether it is in all compartments. */
export interface MechanismLayout {
  readonly plan: PlannedMechanism;
  readonly isEverywhere: boolean;
  /** Whether a row may hold a place without it: a compartment that lacks it, or none at all. */
  readonly hasGaps: boolean;
  /** Whether its states move before any current is evaluated, instead of together with its own. */
  readonly isSplit: boolean;
  /** Whether it is evaluated in the pass that eliminates, instead of before. */
  readonly isFused: boolean;
  /** What a pump moves. */
  readonly ion: IonLayout | undefined;
  /** Address of the start and end of the list of its runs of rows. */
  readonly runs: number;
  /**
   * Where the mechanism is, membrane area in the unit of the capacities per mA/cm2, or, of a pump, the volume if the ion
   * diffuses by elimination, else 1; 0 elsewhere.
   */
  readonly weight: number;
  /** Current, slope and new states at once, the current in terms of the new states. */
  readonly together: readonly Expression[];
  readonly table: TableLayout | undefined;
}

/** A value that a key has only after the rules of a mechanism and before it moves again. */
export interface KeptVersion {
  readonly key: string;
  /** Number of the mechanism after whose rules it is kept. */
  readonly mechanism: number;
}

/** A concentration that pumps or diffusion move. */
export interface IonLayout {
  readonly key: string;
  /** Whether it flows along the tree within the program. */
  readonly isLinked: boolean;
  /** Addresses of the sums of what pumps take (negative) and of its derivative. */
  readonly right: number;
  readonly slope: number;
  /** Diagonals and links of its own tree, and what chains add up to at joints; without a tree only the first. */
  readonly base: number;
  readonly link: number;
  readonly jointDiagonal: number;
  readonly jointRight: number;
  /** Inverses of its diagonals after elimination; 0 where nobody solves again. */
  readonly inverse: number;
}

/** A kind of synapse as the program sees it. */
export interface SynapseLayout {
  readonly plan: PlannedSynapse;
  /** Pairs of connections; the last may be half empty. */
  readonly pairs: number;
  /** Byte offsets of the compartments on both sides, as whole numbers. */
  readonly pre: number;
  readonly post: number;
  /** Addresses of states, of parameters that differ between connections, and of the current where it is kept. */
  readonly columns: ReadonlyMap<string, number>;
  /** Current, slope and new states at once, the current in terms of the new states. */
  readonly together: readonly Expression[];
  readonly presynaptic: PresynapticLayout | undefined;
  /** Addresses of pairs that hold expressions of uniform parameters alone. */
  readonly hoisted: ReadonlyMap<Expression, number>;
  /** Address of the start and end of the list of sources of its spikes. */
  readonly sources: number;
}

/** Functions of the pre-synaptic voltage alone: evaluated once for each compartment that has such synapses. */
export interface PresynapticLayout {
  readonly functions: readonly Expression[];
  /** Number of these compartments. */
  readonly count: number;
  /** Byte offsets of these, each once. */
  readonly places: number;
  /** Addresses of the values of each function. */
  readonly values: readonly number[];
  /** Byte offset of the values of each connection's compartment. */
  readonly origin: number;
}

/** The functions of a mechanism that are tabulated, and where their table stands. */
export interface TableLayout {
  readonly functions: readonly Expression[];
  /** Parameters that the functions read. */
  readonly parameters: readonly string[];
  readonly coefficients: number;
  readonly valid: number;
}

export interface Layout {
  readonly rows: number;
  /** Whether any node is linked to another, so that there is a tree to eliminate. */
  readonly isLinked: boolean;
  /** Rows from this one on hold massless roots. */
  readonly firstRoot: number;
  /** Addresses of columns by name: `v`, states, currents, `i`, and parameters and geometry that vary in space. */
  readonly columns: ReadonlyMap<string, number>;
  /** Addresses of pairs of parameters and geometry that are the same everywhere. */
  readonly uniform: ReadonlyMap<string, number>;
  readonly mechanisms: readonly MechanismLayout[];
  readonly ions: readonly IonLayout[];
  readonly synapses: readonly SynapseLayout[];
  /** Byte offset of a row that stands for no compartment, behind all others. */
  readonly nowhere: number;
  /** Whether spikes are looked for. */
  readonly hasSources: boolean;
  /** Whether chains meet in compartments. */
  readonly hasMassiveJoints: boolean;
  readonly hasVoltageUpdate: boolean;
  /** Whether the program solves for the tree itself; if not, it stops in each step for that to be done. */
  readonly isEliminated: boolean;
  /** Whether mechanisms add to diagonal and right-hand side before the pass that eliminates. */
  readonly hasEarlier: boolean;
  readonly keepsSynapticCurrents: boolean;
  readonly keepsInjected: boolean;
  readonly keptCurrents: readonly string[];
  /** Those of them whose values of the step before are read, for which there is a second column (`formerOf`). */
  readonly formerCurrents: readonly string[];
  /** Start and end of what moves. */
  readonly moving: readonly [number, number];
  readonly voltageBefore: number;
  readonly base: number;
  readonly link: number;
  readonly diagonal: number;
  readonly right: number;
  readonly solution: number;
  readonly factor: number;
  /** Inverses of the diagonals after elimination, for solving again; 0 where nobody does. */
  readonly inverse: number;
  /** By what a solution is multiplied when voltages move: 2 for compartments with Crank and Nicolson's rule; 0 without. */
  readonly gain: number;
  /** Values between rules that are kept for the way back. */
  readonly keptVersions: readonly (KeptVersion & { readonly address: number })[];
  /** First byte after the columns. */
  readonly columnsEnd: number;
  /** Voltages at which functions are sampled, and after them the samples of each function. */
  readonly samples: number;
  /** First byte after the fixed part. */
  readonly end: number;
}

/** Names of all that equations read of compartments. */
function namesRead({ mechanisms, synapses }: Pick<Plan, "mechanisms" | "synapses">): Set<string> {
  return new Set([
    ...mechanisms.flatMap(({ reads }) => [...reads]),
    ...synapses.flatMap(({ readings }) => Array.from(readings.values(), ({ key }) => key)),
  ]);
}

/** Whether a step is half a step of backward Euler, done twice. */
export function isHalved(solver: Plan["solver"]): boolean {
  return solver === "crank_nicolson" || solver === "staggered";
}

/** Values that the equations read and that are the same wherever they exist. */
export function uniformValues(plan: Plan): Map<string, number> {
  const { parameters, presence, geometry, dt } = plan;
  const uniform = new Map([["dt", dt]]);
  for (const synapse of plan.synapses) {
    for (const [key, column] of synapse.parameters) {
      const value = column[0] ?? 0;
      if (column.every((other) => other === value)) uniform.set(key, value);
    }
  }
  for (const name of namesRead(plan)) {
    const column =
      parameters.get(name) ?? (name !== "v" && isGeometryKey(name) ? geometry[name] : undefined);
    if (column === undefined) continue;
    const present = presence.get(name);
    const value = column[present?.indexOf(1) ?? 0] ?? 0;
    if (column.every((other, i) => other === value || present?.[i] === 0)) uniform.set(name, value);
  }
  return uniform;
}

/** @param isSolvedAgain - whether derivatives are wanted, for which the systems of a step are solved a second time. */
export function layOut(
  given: Plan,
  uniformKeys: ReadonlySet<string>,
  isSolvedAgain = false,
): Layout {
  const former = nameFormerCurrents(given);
  const plan: Plan = { ...given, mechanisms: former.mechanisms, synapses: former.synapses };
  const { rows, segments, firstRoot } = plan.schedule;
  let end = headerSize;
  const reserve = (bytes: number) => {
    const start = end;
    end += Math.ceil(bytes / 16) * 16;
    return start;
  };
  const nowhere = 16 * rows;
  const column = () => reserve(nowhere + (plan.synapses.length > 0 ? 16 : 0));
  const columns = new Map<string, number>();
  const uniform = new Map<string, number>();
  const isInjectedKept = keepsInjected(plan);
  const movingStart = end;
  columns.set("v", column());
  for (const key of plan.states.keys()) columns.set(key, column());
  for (const name of plan.keptCurrents) columns.set(name, column());
  for (const name of former.currents) columns.set(formerOf(name), column());
  if (isInjectedKept) columns.set("i", column());
  const synapticColumns = plan.synapses.map(({ pre, states, currentName }) => {
    const own = new Map<string, number>();
    const kept = plan.keepsSynapticCurrents ? [currentName] : [];
    for (const key of [...states.keys(), ...kept]) own.set(key, reserve(8 * pre.length + 8));
    return own;
  });
  const movingEnd = end;
  const synapses = plan.synapses.map((synapse, number) =>
    layOutSynapse(synapse, synapticColumns[number] ?? new Map(), uniformKeys, reserve),
  );
  if (synapses.length > 0) {
    uniform.set("dt", reserve(16));
    for (const { parameters } of plan.synapses)
      for (const key of parameters.keys()) if (uniformKeys.has(key)) uniform.set(key, reserve(16));
  }
  for (const name of namesRead(plan)) {
    if (uniform.has(name)) continue;
    if (uniformKeys.has(name)) uniform.set(name, reserve(16));
    else if (!columns.has(name)) columns.set(name, column());
  }
  const hasVoltageUpdate = plan.mechanisms.some(({ voltage }) => voltage !== undefined);
  const eliminated = isEliminated(plan);
  const ions = plan.ions.map(({ key, diffusion }): IonLayout => {
    const isLinked = eliminated && diffusion !== undefined;
    return {
      key,
      isLinked,
      right: column(),
      slope: column(),
      base: column(),
      link: isLinked ? column() : 0,
      jointDiagonal: isLinked ? column() : 0,
      jointRight: isLinked ? column() : 0,
      inverse: isSolvedAgain ? column() : 0,
    };
  });
  const solved = new Set(ions.map(({ key }) => key));
  const order = orderMechanisms(plan.mechanisms, plan.synapses, isSolvedAgain ? solved : undefined);
  const drafts = plan.mechanisms.map((mechanism, number) => ({
    plan: mechanism,
    isEverywhere: !mechanism.present.includes(0),
    hasGaps: mechanism.present.includes(0) || plan.count < 2 * rows,
    isSplit: order.split.has(number),
    isFused: order.fused.has(number),
    ion: ions.find(({ key }) => key === mechanism.ion),
    runs: reserve(8),
    weight: column(),
    together: joinEquations(mechanism),
  }));
  const solving = {
    voltageBefore: hasVoltageUpdate ? column() : 0,
    base: column(),
    link: column(),
    diagonal: column(),
    right: column(),
    solution: column(),
    factor: column(),
    inverse: isSolvedAgain ? column() : 0,
    gain: isHalved(plan.solver) ? column() : 0,
  };
  const columnsEnd = end;
  const mechanisms = drafts.map((draft): MechanismLayout => {
    const isTabulated = plan.tabulates && !draft.isSplit && draft.ion === undefined;
    const functions = isTabulated ? selectFunctions(draft.together, uniformKeys) : [];
    if (functions.length === 0) return { ...draft, table: undefined };
    const table = {
      functions,
      parameters: [...inputNames(functions)].filter((name) => uniformKeys.has(name)),
      coefficients: reserve(tableStride(functions.length) * cellSlots),
      valid: reserve(4 * cellSlots),
    };
    return { ...draft, table };
  });
  const most = Math.max(0, ...mechanisms.map(({ table }) => table?.functions.length ?? 0));
  const samples = reserve(most > 0 ? 8 * sampleCount * (most + 1) : 0);
  return {
    rows,
    isLinked: segments.length > 0,
    firstRoot,
    columns,
    uniform,
    mechanisms,
    hasVoltageUpdate,
    isEliminated: eliminated,
    ions,
    synapses,
    nowhere,
    hasSources: plan.events.sources.length > 0,
    hasMassiveJoints: plan.schedule.hasMassiveJoints,
    hasEarlier:
      !eliminated ||
      synapses.some(({ plan: { isElectrical } }) => !isElectrical) ||
      drafts.some(({ isFused, ion }) => !isFused && ion === undefined),
    keepsSynapticCurrents: plan.keepsSynapticCurrents,
    keepsInjected: isInjectedKept,
    keptCurrents: plan.keptCurrents,
    formerCurrents: former.currents,
    moving: [movingStart, movingEnd],
    ...solving,
    keptVersions: [],
    columnsEnd,
    samples,
    end,
  };
}

function layOutSynapse(
  plan: PlannedSynapse,
  moving: ReadonlyMap<string, number>,
  uniformKeys: ReadonlySet<string>,
  reserve: (bytes: number) => number,
): SynapseLayout {
  const { pre, parameters, updates, arrivals = [], current, slope } = plan;
  const size = 8 * pre.length + 8;
  const together = joinEquations(plan);
  const equations = [current, slope, ...[...updates, ...arrivals].map(({ value }) => value)];
  const reads = inputNames(equations);
  const hoisted = selectUniform([...together, ...equations], uniformKeys);
  const columns = new Map(moving);
  for (const key of parameters.keys())
    if (reads.has(key) && !uniformKeys.has(key)) columns.set(key, reserve(size));
  const functions = selectFunctions(together, uniformKeys, "v_pre");
  const count = new Set(pre).size;
  const presynaptic = {
    functions,
    count,
    places: reserve(4 * count + 8),
    values: functions.map(() => reserve(8 * count + 8)),
    origin: reserve(size / 2),
  };
  return {
    plan,
    pairs: (pre.length + 1) >> 1,
    pre: reserve(size / 2),
    post: reserve(size / 2),
    columns,
    together,
    presynaptic: functions.length === 0 ? undefined : presynaptic,
    hoisted: new Map(hoisted.map((expression) => [expression, reserve(16)])),
    sources: reserve(8),
  };
}

/** The largest operations of nothing but uniform parameters and the time step. */
function selectUniform(
  roots: readonly Expression[],
  uniformKeys: ReadonlySet<string>,
): Expression[] {
  const isUniform = new Set<Expression>();
  const order = topologicalOrder(roots);
  for (const node of order) {
    const isLeaf = node.op === "constant" || (node.op === "input" && uniformKeys.has(node.name));
    const own = operands(node);
    if (isLeaf || (own.length > 0 && own.every((argument) => isUniform.has(argument))))
      isUniform.add(node);
  }
  const isChosen = (node: Expression) => isUniform.has(node) && operands(node).length > 0;
  const chosen = new Set(roots.filter(isChosen));
  for (const node of order) {
    if (isUniform.has(node)) continue;
    for (const argument of operands(node)) if (isChosen(argument)) chosen.add(argument);
  }
  return [...chosen];
}

/** Current and slope in terms of the updated states, then these, so that one loop can do without storing in between. */
function joinEquations({
  updates,
  current,
  slope,
}: Pick<PlannedMechanism, "updates" | "current" | "slope">): Expression[] {
  const updated = new Map(updates.map(({ key, value }) => [key, value]));
  const later = substitute([current, slope], (name) => updated.get(name));
  return simplify([...later, ...updates.map(({ value }) => value)]);
}
