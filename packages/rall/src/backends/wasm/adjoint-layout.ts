/**
 * @file What a program that goes backwards has besides: its equations, derivatives of all that moves, sums of the derivatives by
 * parameters, and the tape, which holds a slot for each step: all that moved, and what was needed to solve.
 */
import { type Expression, input, inputNames, substitute } from "../../expressions/expression.ts";
import { add } from "../../expressions/math.ts";
import { simplify } from "../../expressions/simplify.ts";
import type { Surrogate } from "../../expressions/surrogate.ts";
import {
  arrivalGain,
  barOf,
  type Contribution,
  currentAdjoint,
  type Differentiation,
  ruleAdjoint,
} from "../../plan/adjoint.ts";
import type { Wanted } from "../../plan/gradient.ts";
import type { Plan } from "../../plan/plan.ts";
import type { DifferentiationOptions } from "../backend.ts";
import { isHalved, type Layout, type MechanismLayout, type TableLayout } from "./layout.ts";
import { cellSlots, sampleCount, selectFunctions, tableStride } from "./table.ts";
import { type Reader, Versions, versionOf } from "./versions.ts";

/** Equations backwards, to be evaluated in one loop. */
export interface Pass {
  /** Derivatives that replace those they were computed from: of states before their rules. */
  readonly replaced: readonly Contribution[];
  /** Derivatives that are added. */
  readonly added: readonly Contribution[];
  readonly table: TableLayout | undefined;
}

export interface MechanismAdjoint {
  readonly layout: MechanismLayout;
  /** Number among all mechanisms. */
  readonly number: number;
  /** Current, and the rules if they are evaluated together with it. */
  readonly current: Pass;
  /** Rules that are evaluated apart. */
  readonly rules: Pass | undefined;
  /** Current at the start, if it is kept. */
  readonly start: Pass | undefined;
}

export interface SynapseAdjoint {
  /** Current, and the rules if no spike arrives between them. */
  readonly current: Pass | undefined;
  readonly rules: Pass | undefined;
  readonly start: Pass | undefined;
  readonly arrival: ArrivalAdjoint | undefined;
  /** Addresses of the sums of the derivatives by parameters. */
  readonly sums: ReadonlyMap<string, number>;
}

export interface ArrivalAdjoint {
  /** New states by the rules, of which arrivals make others. */
  readonly before: readonly Contribution[];
  readonly after: readonly Contribution[];
  readonly pass: Pass;
  /** Derivative by the number of arrivals; undefined if nobody asks. */
  readonly gain: Expression | undefined;
  /** Sums by delays, and gains of the step after; 0 if not wanted. */
  readonly delays: number;
  readonly gains: number;
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
  { wanted, surrogate }: Pick<DifferentiationOptions, "wanted" | "surrogate">,
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
  const finish = (pass: Omit<Pass, "table">, isTabulated: boolean): Pass => {
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
  const weighs = (mechanism: MechanismLayout) =>
    wanted.geometry && (mechanism.ion === undefined || mechanism.ion.isLinked);
  const mechanisms = forward.mechanisms.map((layout, number): MechanismAdjoint => {
    const { plan: equations, isSplit, ion } = layout;
    const isKept = forward.keptCurrents.includes(equations.currentName);
    const ways = how(equations.isSpiking);
    const flow = {
      ...{ current: equations.current, slope: equations.slope, slopes: plan.slopes, isKept },
      variable: ion?.key ?? "v",
    };
    const drop = (list: readonly Contribution[]) =>
      list.filter(({ to }) => to !== "weight" || weighs(layout));
    const seen = (list: readonly Contribution[], part: "rules" | "current") =>
      renameAll(versions, list, { mechanism: number, part });
    const current = seen(drop(currentAdjoint({ ...flow, isBalanced: true }, ways)), "current");
    const rules = seen(ruleAdjoint(equations.updates, equations.voltage, ways), "rules");
    const keys = equations.updates.map(({ key }) => key);
    const isTabulated = plan.tabulates && !isSplit && ion === undefined;
    const start = isKept
      ? finish({ replaced: [], added: currentAdjoint({ ...flow, isBalanced: false }, ways) }, false)
      : undefined;
    if (isSplit) {
      const hasRules = equations.updates.length > 0 || equations.voltage !== undefined;
      return {
        ...{ layout, number, start },
        current: finish({ replaced: [], added: current }, false),
        rules: hasRules ? finish(divide(rules, keys), false) : undefined,
      };
    }
    return {
      ...{ layout, number, start },
      current: finish(joinPasses(current, rules, keys), isTabulated),
      rules: undefined,
    };
  });
  const synapses = plan.synapses.map((synapse, kind): SynapseAdjoint => {
    const { updates, arrivals, current, slope, isElectrical, readings, currentName } = synapse;
    const isKept = forward.synapses[kind]?.columns.has(currentName) === true;
    const own = new Set(["v_pre", "v_post", ...synapse.states.keys()]);
    for (const [name, { key }] of readings)
      if (moves.has(key) || wanted.keys.has(key)) own.add(name);
    const ways: Differentiation = {
      isWanted: (name) => own.has(name) || wanted.keys.has(name),
      surrogate: undefined,
    };
    const flow = { current, slope, slopes: plan.slopes, isKept, variable: "v_post" };
    const moved = new Set(updates.map(({ key }) => key));
    for (const { key } of arrivals ?? []) moved.add(key);
    const atEnd = (list: readonly Contribution[]) =>
      mapValues(list, (roots) =>
        substitute(roots, (name) => (moved.has(name) ? input(`end ${name}`) : undefined)),
      );
    const notWeight = (list: readonly Contribution[]) => list.filter(({ to }) => to !== "weight");
    const currents =
      isElectrical && !isKept
        ? []
        : notWeight(currentAdjoint({ ...flow, isBalanced: !isElectrical }, ways));
    const rules = ruleAdjoint(updates, undefined, ways);
    const keys = updates.map(({ key }) => key);
    const start = isKept
      ? finish({ replaced: [], added: currentAdjoint({ ...flow, isBalanced: false }, ways) }, false)
      : undefined;
    const read = inputNames([...updates, ...(arrivals ?? [])].map(({ value }) => value));
    for (const name of inputNames([current, slope])) read.add(name);
    const sums = new Map(
      [...synapse.parameters.keys()]
        .filter((key) => wanted.keys.has(key) && read.has(key))
        .map((key) => [key, reserve(8 * synapse.pre.length + 8)]),
    );
    if (arrivals === undefined) {
      const joined = joinPasses(atEnd(currents), rules, keys);
      return { current: finish(joined, false), rules: undefined, start, arrival: undefined, sums };
    }
    const list = () => (wanted.delays ? reserve(8 * synapse.pre.length + 8) : 0);
    const gain = arrivalGain(arrivals);
    return {
      ...{ start, sums },
      current: finish({ replaced: [], added: atEnd(currents) }, false),
      rules: finish(divide(rules, keys), false),
      arrival: {
        before: arrivals.map(({ key }) => ({
          to: key,
          value: updates.find((one) => one.key === key)?.value ?? input(key),
        })),
        after: arrivals.map(({ key, value }) => ({ to: key, value })),
        pass: finish(
          divide(
            ruleAdjoint(arrivals, undefined, ways),
            arrivals.map(({ key }) => key),
          ),
          false,
        ),
        gain: surrogate !== undefined || wanted.delays ? gain : undefined,
        delays: list(),
        gains: list(),
      },
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
  const readKeys = new Set(
    [
      ...mechanisms.flatMap(({ current, rules, start }) => [current, rules, start]),
      ...synapses.flatMap(({ current, rules, start }) => [current, rules, start]),
    ].flatMap((pass) => (pass?.added ?? []).map(({ to }) => to)),
  );
  const readings = new Map(plan.synapses.flatMap((synapse) => [...synapse.readings]));
  for (const name of [...readKeys]) readKeys.add(readings.get(name)?.key ?? name);
  const sums = new Map(
    [...wanted.keys]
      .filter((key) => readKeys.has(key) && !moves.has(key))
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
  const most = Math.max(0, ...tables.map(({ functions }) => functions.length));
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
  return new Set(["v", ...plan.states.keys(), ...layout.keptCurrents]);
}

/** Values before the solution: a version that was kept, else those at the start of the step. */
function startOf(kept: number | undefined, offset: number): Pick<FieldAdjoint, "slot" | "offset"> {
  return kept === undefined ? { slot: "old", offset } : { slot: "end", offset: kept };
}

function renameAll(
  versions: Versions,
  list: readonly Contribution[],
  reader: Reader,
): Contribution[] {
  return mapValues(list, (roots) => versions.rename(roots, reader));
}

function mapValues(
  list: readonly Contribution[],
  change: (roots: readonly Expression[]) => readonly Expression[],
): Contribution[] {
  const values = change(list.map(({ value }) => value));
  return list.map(({ to, value }, k) => ({ to, value: values[k] ?? value }));
}

/** Derivatives by the states that rules move replace those by the new states; others are added. */
function divide(list: readonly Contribution[], keys: readonly string[]): Omit<Pass, "table"> {
  return {
    replaced: list.filter(({ to }) => keys.includes(to)),
    added: list.filter(({ to }) => !keys.includes(to)),
  };
}

/**
 * Current and rules as one: what the current adds to the derivatives by new states goes on through the rules that made these.
 */
function joinPasses(
  current: readonly Contribution[],
  rules: readonly Contribution[],
  keys: readonly string[],
): Omit<Pass, "table"> {
  const totals = new Map(
    current.filter(({ to }) => keys.includes(to)).map(({ to, value }) => [barOf(to), value]),
  );
  const through = mapValues(rules, (roots) =>
    substitute(roots, (name) => {
      const own = totals.get(name);
      return own === undefined ? undefined : add(input(name), own);
    }),
  );
  const { replaced, added } = divide(through, keys);
  return { replaced, added: [...added, ...current.filter(({ to }) => !keys.includes(to))] };
}

/** One sum for each name, all simplified together, without those that are 0. */
function simplifyPass({ replaced, added }: Omit<Pass, "table">): Omit<Pass, "table"> {
  const sums = new Map<string, Expression>();
  for (const { to, value } of added) {
    const sum = sums.get(to);
    sums.set(to, sum === undefined ? value : add(sum, value));
  }
  const simple = simplify([...replaced.map(({ value }) => value), ...sums.values()]);
  const names = [...sums.keys()];
  return {
    replaced: replaced.map(({ to, value }, k) => ({ to, value: simple[k] ?? value })),
    added: names
      .map((to, k) => ({ to, value: simple[replaced.length + k] ?? input(to) }))
      .filter(({ value }) => value.op !== "constant" || value.value !== 0),
  };
}
