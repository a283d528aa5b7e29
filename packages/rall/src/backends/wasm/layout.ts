/**
 * @file Where everything stands in the memory of a kernel. What moves comes first and in one piece, so that it can be
 * copied at once; then what a run reads; then lists whose lengths are not part of the program.
 */
import { type Expression, inputNames, substitute } from "../../expressions/expression.ts";
import { simplify } from "../../expressions/simplify.ts";
import type { PlannedMechanism } from "../../plan/mechanism.ts";
import type { Plan } from "../../plan/plan.ts";
import {
  sampleCount,
  selectTabulated,
  tableRange,
  tableStride,
  uniformParameters,
} from "./table.ts";

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
  links: 40,
  linksEnd: 44,
  root: 48,
} as const;

const headerSize = 64;

/** A channel as the program sees it: its equations, and whether it is in all compartments. */
export interface MechanismLayout {
  readonly plan: PlannedMechanism;
  readonly isEverywhere: boolean;
  /** Address of the start and end of the list of its runs of compartments. */
  readonly runs: number;
  /** Membrane area where the mechanism is, in the unit of the capacities per mA/cm2; 0 elsewhere. */
  readonly weight: number;
  /** Current, slope and new states at once, the current in terms of the new states. */
  readonly fused: readonly Expression[];
  readonly table: TableLayout | undefined;
}

/** The functions of a mechanism that are tabulated, and where their table stands. */
export interface TableLayout {
  readonly functions: readonly Expression[];
  readonly coefficients: number;
  readonly valid: number;
  /** Voltages at which the functions are sampled, and after them the samples of each function. */
  readonly samples: number;
  /** Pairs of each uniform parameter that the functions read. */
  readonly uniform: ReadonlyMap<string, number>;
}

export interface Layout {
  /** Number of compartments, and of nodes with branch points. */
  readonly count: number;
  readonly nodes: number;
  /** Addresses of columns by name: `v`, states, currents, `i`, parameters, geometry. */
  readonly columns: ReadonlyMap<string, number>;
  readonly mechanisms: readonly MechanismLayout[];
  readonly hasVoltageUpdate: boolean;
  /** Whether state update and current of a mechanism can be one loop. */
  readonly isFused: boolean;
  readonly keepsCurrents: boolean;
  readonly keepsInjected: boolean;
  readonly currentNames: readonly string[];
  /** Start and end of what moves. */
  readonly moving: readonly [number, number];
  readonly voltageBefore: number;
  readonly base: number;
  readonly link: number;
  readonly diagonal: number;
  readonly right: number;
  readonly factor: number;
  readonly dt: number;
  /** First byte after the fixed part. */
  readonly end: number;
}

export function layOut(plan: Plan): Layout {
  const { count } = plan;
  const nodes = plan.tree.parent.length;
  let end = headerSize;
  const reserve = (bytes: number) => {
    const start = end;
    end += Math.ceil(bytes / 16) * 16;
    return start;
  };
  // One pair beyond the last entry is read and written by loops over pairs
  const column = (length = count) => reserve(8 * (length + 2));
  const columns = new Map<string, number>();
  const keepsInjected = plan.recordings.some(({ state }) => state === "i");
  const movingStart = end;
  columns.set("v", column(nodes));
  for (const key of plan.states.keys()) columns.set(key, column());
  if (plan.keepsCurrents) for (const name of plan.currentNames) columns.set(name, column());
  if (keepsInjected) columns.set("i", column());
  const movingEnd = end;
  const read = new Set<string>();
  for (const { updates, voltage, current, slope } of plan.mechanisms) {
    const roots = [...updates.map(({ value }) => value), current, slope];
    for (const name of inputNames(voltage === undefined ? roots : [...roots, voltage]))
      read.add(name);
  }
  for (const name of [...plan.parameters.keys(), ...Object.keys(plan.geometry)]) {
    if (read.has(name) && !columns.has(name)) columns.set(name, column());
  }
  const hasVoltageUpdate = plan.mechanisms.some(({ voltage }) => voltage !== undefined);
  const isFused =
    !hasVoltageUpdate && plan.mechanisms.every((one) => isIndependent(one, plan.mechanisms));
  const reserveTable = (mechanism: PlannedMechanism, roots: readonly Expression[]) => {
    const uniform = uniformParameters(mechanism, plan);
    const functions = selectTabulated(roots, new Set(uniform.keys()));
    if (functions.length === 0) return undefined;
    const needed = [...inputNames(functions)].filter((name) => uniform.has(name));
    return {
      functions,
      coefficients: reserve(tableStride(functions.length) * (tableRange.cells + 2)),
      valid: reserve(4 * (tableRange.cells + 2)),
      samples: reserve(8 * sampleCount * (functions.length + 1)),
      uniform: new Map(needed.map((name) => [name, reserve(16)])),
    };
  };
  const mechanisms = plan.mechanisms.map((mechanism) => {
    const fused = fuse(mechanism);
    return {
      plan: mechanism,
      isEverywhere: !mechanism.present.includes(0),
      runs: reserve(8),
      weight: column(),
      fused,
      table: isFused && plan.tabulates ? reserveTable(mechanism, fused) : undefined,
    };
  });
  return {
    count,
    nodes,
    columns,
    mechanisms,
    hasVoltageUpdate,
    isFused,
    keepsCurrents: plan.keepsCurrents,
    keepsInjected,
    currentNames: plan.currentNames,
    moving: [movingStart, movingEnd],
    voltageBefore: hasVoltageUpdate ? column() : 0,
    base: column(nodes),
    link: column(nodes),
    diagonal: column(nodes),
    right: column(nodes),
    factor: column(nodes),
    dt: reserve(16),
    end,
  };
}

/** Current and slope in terms of the updated states, then these, so that one loop can do without storing in between. */
function fuse({ updates, current, slope }: PlannedMechanism): Expression[] {
  const updated = new Map(updates.map(({ key, value }) => [key, value]));
  const later = substitute([current, slope], (name) => updated.get(name));
  return simplify([...later, ...updates.map(({ value }) => value)]);
}

/** Whether no other mechanism moves a state that this one reads. */
function isIndependent(one: PlannedMechanism, all: readonly PlannedMechanism[]): boolean {
  const reads = inputNames([one.current, one.slope, ...one.updates.map(({ value }) => value)]);
  return all.every((other) => other === one || !other.updates.some(({ key }) => reads.has(key)));
}
