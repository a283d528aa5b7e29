/**
 * @file What a program that goes backwards has besides: its equations, derivatives of all that moves, sums of the derivatives by
 * parameters, and the tape, which holds a slot for each step: all that moved, and what was needed to solve.
 */
import { inputNames } from "../../expressions/expression.ts";
import type { Surrogate } from "../../expressions/surrogate.ts";
import type { Differentiation } from "../../plan/adjoint.ts";
import type { Wanted } from "../../plan/gradient.ts";
import type { Plan } from "../../plan/plan.ts";
import type { DifferentiationOptions } from "../backend.ts";
import {
  type ArrivalPasses,
  type MechanismPasses,
  mechanismAdjoint,
  type Pass,
  type PassDraft,
  simplifyPass,
  synapseAdjoint,
} from "./adjoint-passes.ts";
import { formerOf } from "./former.ts";
import { isHalved, type Layout, type MechanismLayout, type TableLayout } from "./layout.ts";
import { cellSlots, sampleCount, selectFunctions, tableStride } from "./table.ts";
import { mechanismTangent, synapseTangent } from "./tangent-passes.ts";
import { Versions, versionOf } from "./versions.ts";

export interface MechanismAdjoint extends MechanismPasses<Pass> {
  readonly layout: MechanismLayout;
  /** Number among all mechanisms. */
  readonly number: number;
}

export interface SynapseAdjoint extends MechanismPasses<Pass> {
  readonly arrival: ArrivalAdjoint | undefined;
  /** Addresses of the sums of the derivatives by parameters. */
  readonly sums: ReadonlyMap<string, number>;
}

export interface ArrivalAdjoint extends ArrivalPasses<Pass> {
  /** Sums by delays, and gains of the step after; 0 if not wanted. */
  readonly delays: number;
  readonly nextGains: number;
}

/** What goes back through the solution of a field. */
export interface FieldAdjoint {
  /** Where its values before the solution stand: in which slot, and at which offset. */
  readonly slot: "old" | "end";
  readonly offset: number;
  /** Derivatives by the right-hand side and by the diagonal. */
  readonly right: number;
  readonly diagonal: number;
  /** Capacity over the length of a step: what is left of a derivative by a new value for the old one. */
  readonly rate: number;
  /** Sums by capacities (times the length of a step) and by links; 0 if not wanted. */
  readonly capacity: number;
  readonly link: number;
  /** Sums by the weights of currents: areas, volumes; 0 if not wanted or constant. */
  readonly weight: number;
}

export interface AdjointLayout {
  readonly wanted: Wanted;
  readonly surrogate: Surrogate | undefined;
  /** From the address of anything that moves to that of its derivative. */
  readonly bars: number;
  /** Derivatives by voltages before the rules; 0 if no rule changes a voltage. */
  readonly before: number;
  /** Bytes of a slot of the tape, and what stands in it after all that moves: columns and where. */
  readonly slot: number;
  readonly extras: readonly { readonly address: number; readonly offset: number }[];
  /** Offsets in a slot of versions of keys. */
  readonly versions: ReadonlyMap<string, number>;
  readonly mechanisms: readonly MechanismAdjoint[];
  readonly synapses: readonly SynapseAdjoint[];
  readonly voltage: FieldAdjoint;
  /** In the order of `Layout.ions`. */
  readonly ions: readonly FieldAdjoint[];
  /** Addresses of the sums by parameters and geometry that equations of compartments read. */
  readonly sums: ReadonlyMap<string, number>;
  /** Working columns of the solution, sums at joints, and what joints reached. */
  readonly solution: number;
  readonly joint: number;
  readonly reached: number;
  /** 1 over the gain of a solution; 0 where that is 1. */
  readonly inverseGain: number;
  /** Whether anything after the solution reads derivatives by diagonals from their column. */
  readonly keepsDerivatives: boolean;
  /** Start and end of all of this that has to be 0 at the beginning. */
  readonly cleared: readonly [number, number];
  readonly tables: readonly TableLayout[];
}

export interface BothLayouts {
  readonly layout: Layout;
  readonly adjoint: AdjointLayout;
}

/** Adds to a layout what a program with derivatives needs. */
export function layOutAdjoint(
  plan: Plan,
  forward: Layout,
  { wanted, surrogate, mode }: Pick<DifferentiationOptions, "wanted" | "surrogate" | "mode">,
): BothLayouts {
  let end = forward.end;
  const reserve = (bytes: number) => {
    const start = end;
    end += Math.ceil(bytes / 16) * 16;
    return start;
  };
  const size = 16 * forward.rows + (plan.synapses.length > 0 ? 16 : 0);
  const column = () => reserve(size);
  const clearedStart = end;
  const [movingStart, movingEnd] = forward.moving;
  const bars = reserve(movingEnd - movingStart) - movingStart;
  const versions = new Versions(forward.mechanisms, ["v", ...forward.ions.map(({ key }) => key)]);
  const moves = movingNames(plan, forward);
  const uniform = new Set(forward.uniform.keys());
  const how = (isSpiking: boolean): Differentiation => ({
    isWanted: (name) => moves.has(name) || wanted.keys.has(name),
    ...(isSpiking && surrogate !== undefined
      ? { surrogate }
      : { surrogate: undefined, functions: (roots) => selectFunctions(roots, uniform) }),
  });
  // Addresses come later, so that all that is cleared stands in one piece
  const tables: { -readonly [Key in keyof TableLayout]: TableLayout[Key] }[] = [];
  const finish = (pass: PassDraft, isTabulated: boolean): Pass => {
    const { replaced, added } = simplifyPass(pass);
    const roots = [...replaced, ...added].map(({ value }) => value);
    const functions = isTabulated ? selectFunctions(roots, uniform) : [];
    if (functions.length === 0) return { replaced, added, table: undefined };
    const table = {
      functions,
      parameters: [...inputNames(functions)].filter((name) => uniform.has(name)),
      coefficients: 0,
      valid: 0,
    };
    tables.push(table);
    return { replaced, added, table };
  };
  const passesOf =
    mode === "backwards"
      ? { mechanism: mechanismAdjoint, synapse: synapseAdjoint }
      : { mechanism: mechanismTangent, synapse: synapseTangent };
  const mechanisms = forward.mechanisms.map((layout, number): MechanismAdjoint => {
    const { plan: equations, isSplit, ion } = layout;
    const facts = {
      ...{ number, versions, slopes: plan.slopes },
      isKept: forward.keptCurrents.includes(equations.currentName),
      hasWeight: wanted.geometry && (ion === undefined || ion.isLinked),
    };
    const { current, rules, start } = passesOf.mechanism(layout, facts, how(equations.isSpiking));
    return {
      ...{ layout, number },
      current: finish(current, plan.tabulates && !isSplit && ion === undefined),
      rules: rules && finish(rules, false),
      start: start && finish(start, false),
    };
  });
  const synapses = forward.synapses.map(({ plan: synapse }, kind): SynapseAdjoint => {
    const { updates, arrivals = [], current, slope, readings, currentName } = synapse;
    const own = new Set(["v_pre", "v_post", ...synapse.states.keys()]);
    for (const [name, { key }] of readings)
      if (moves.has(key) || wanted.keys.has(key)) own.add(name);
    const ways: Differentiation = {
      isWanted: (name) => own.has(name) || wanted.keys.has(name),
      surrogate: undefined,
    };
    const isKept = forward.synapses[kind]?.columns.has(currentName) === true;
    const passes = passesOf.synapse(synapse, { slopes: plan.slopes, isKept }, ways);
    const read = inputNames([
      ...[current, slope],
      ...[...updates, ...arrivals].map(({ value }) => value),
    ]);
    const list = () => reserve(8 * synapse.pre.length + 8);
    const { arrival } = passes;
    return {
      current: finish(passes.current, false),
      rules: passes.rules && finish(passes.rules, false),
      start: passes.start && finish(passes.start, false),
      arrival: arrival && {
        ...arrival,
        pass: finish(arrival.pass, false),
        delays: wanted.delays ? list() : 0,
        nextGains: wanted.delays ? list() : 0,
      },
      sums: new Map(
        [...synapse.parameters.keys()]
          .filter((key) => wanted.keys.has(key) && read.has(key))
          .map((key) => [key, list()]),
      ),
    };
  });
  const geometric = () => (wanted.geometry ? column() : 0);
  const solvedKeys = ["v", ...forward.ions.map(({ key }) => key)];
  // Rules may have moved them before
  const before = new Map(solvedKeys.map((key) => [key, versions.seen(key, "synapses")]));
  const kept = versions.kept.map((version) => ({ ...version, address: column() }));
  const whole = movingEnd - movingStart;
  const solved = forward.isEliminated
    ? [forward.inverse, ...forward.ions.map(({ inverse }) => inverse)]
    : [
        ...[forward.diagonal, forward.right],
        ...forward.ions.flatMap(({ slope, right }) => [slope, right]),
      ];
  const extras = [...solved, ...kept.map(({ address }) => address)].map((address, k) => ({
    address,
    offset: whole + k * size,
  }));
  const offsetOf = (address: number) =>
    extras.find((extra) => extra.address === address)?.offset ?? Number.NaN;
  const offsets = new Map(
    kept.map((version) => [versionOf(version), offsetOf(version.address)] as const),
  );
  const field = (key: string, hasWeight: boolean, isTree: boolean): FieldAdjoint => ({
    ...startOf(offsets.get(before.get(key) ?? key), (forward.columns.get(key) ?? 0) - movingStart),
    right: column(),
    diagonal: column(),
    rate: column(),
    capacity: isTree ? geometric() : 0,
    link: isTree ? geometric() : 0,
    weight: hasWeight ? geometric() : 0,
  });
  const voltage = field("v", true, forward.isEliminated);
  const ions = forward.ions.map(({ key, isLinked }) => field(key, isLinked, isLinked));
  const read = new Set([
    ...forward.mechanisms.flatMap((one) => [...one.plan.reads]),
    ...forward.synapses.flatMap((one) => Array.from(one.plan.readings.values(), ({ key }) => key)),
  ]);
  const sums = new Map(
    [...wanted.keys]
      .filter((key) => read.has(key) && !moves.has(key))
      .map((key) => [key, column()]),
  );
  const working = {
    before: forward.hasVoltageUpdate ? column() : 0,
    solution: column(),
    joint: column(),
    reached: column(),
    inverseGain: isHalved(plan.solver) && forward.isEliminated ? column() : 0,
  };
  const cleared = [clearedStart, end] as const;
  for (const table of tables) {
    table.coefficients = reserve(tableStride(table.functions.length) * cellSlots);
    table.valid = reserve(4 * cellSlots);
  }
  // The same room serves the tables of the steps themselves
  const most = [...tables, ...forward.mechanisms.map(({ table }) => table)].reduce(
    (max, table) => Math.max(max, table?.functions.length ?? 0),
    0,
  );
  const samples = reserve(8 * sampleCount * (most + 1));
  return {
    layout: {
      ...forward,
      end,
      samples: most === 0 ? forward.samples : samples,
      keptVersions: kept,
    },
    adjoint: {
      ...{ wanted, surrogate, bars, mechanisms, synapses, voltage, ions, sums, cleared, tables },
      ...working,
      slot: whole + extras.length * size,
      extras,
      versions: offsets,
      keepsDerivatives:
        !forward.isEliminated ||
        plan.synapses.length > 0 ||
        forward.mechanisms.some(({ isFused, ion }) => !isFused && ion === undefined),
    },
  };
}

/** Names of all that moves in compartments. */
function movingNames(plan: Plan, layout: Layout): Set<string> {
  const { keptCurrents, formerCurrents } = layout;
  return new Set(["v", ...plan.states.keys(), ...keptCurrents, ...formerCurrents.map(formerOf)]);
}

/** Values before the solution: a version that was kept, else those at the start of the step. */
function startOf(kept: number | undefined, offset: number): Pick<FieldAdjoint, "slot" | "offset"> {
  return kept === undefined ? { slot: "old", offset } : { slot: "end", offset: kept };
}

/** Offset in a slot of the tape of a column that stands after all that moves; 0 if the slot has none of this address. */
export function extraOffset({ extras }: AdjointLayout, address: number): number {
  return extras.find((extra) => extra.address === address)?.offset ?? 0;
}
