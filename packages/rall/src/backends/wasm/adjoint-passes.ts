/** @file The equations of a step backwards: of mechanisms and of synapses, ready to be emitted. */
import { type Expression, input, substitute } from "../../expressions/expression.ts";
import { add } from "../../expressions/math.ts";
import { simplify } from "../../expressions/simplify.ts";
import {
  arrivalGain,
  barOf,
  type Contribution,
  currentAdjoint,
  type Differentiation,
  ruleAdjoint,
} from "../../plan/adjoint.ts";
import type { Slopes } from "../../plan/mechanism.ts";
import type { PlannedSynapse } from "../../plan/synapse.ts";
import type { MechanismLayout, TableLayout } from "./layout.ts";
import { endOf, type Reader, type Versions } from "./versions.ts";

/** Equations backwards (or of how things move), to be evaluated in one loop. */
export interface Pass {
  /** Derivatives that replace those they were computed from: of states before their rules. */
  readonly replaced: readonly Contribution[];
  /** Derivatives that are added. */
  readonly added: readonly Contribution[];
  readonly table: TableLayout | undefined;
}

/** A pass before it has a table. */
export type PassDraft = Omit<Pass, "table">;

/** The passes of a mechanism. */
export interface MechanismPasses<P> {
  /** Current, and the rules if they are evaluated together with it. */
  readonly current: P;
  /** Rules that are evaluated apart. */
  readonly rules: P | undefined;
  /** Current at the start, if it is kept. */
  readonly start: P | undefined;
}

/** The passes of a kind of synapse. */
export interface SynapsePasses<P> extends MechanismPasses<P> {
  readonly arrival: ArrivalPasses<P> | undefined;
}

export interface ArrivalPasses<P> {
  /** New states by the rules, of which arrivals make others. */
  readonly before: readonly Contribution[];
  readonly after: readonly Contribution[];
  readonly pass: P;
  /** What the number of arrivals changes: backwards the loss, forwards each state. */
  readonly gains: readonly Contribution[];
}

/** What is known of a mechanism besides its equations. */
export interface MechanismFacts {
  readonly number: number;
  readonly slopes: Slopes;
  readonly isKept: boolean;
  /** Whether its weight moves. */
  readonly hasWeight: boolean;
  readonly versions: Versions;
}

export function mechanismAdjoint(
  { plan: equations, isSplit, ion }: MechanismLayout,
  { number, slopes, isKept, hasWeight, versions }: MechanismFacts,
  how: Differentiation,
): MechanismPasses<PassDraft> {
  const { current: own, slope, updates, voltage } = equations;
  const flow = { current: own, slope, slopes, isKept, variable: ion?.key ?? "v" };
  const drop = (list: readonly Contribution[]) =>
    list.filter(({ to }) => to !== "weight" || hasWeight);
  const seen = (list: readonly Contribution[], part: "rules" | "current") =>
    renameAll(versions, list, { mechanism: number, part });
  const current = seen(drop(currentAdjoint({ ...flow, isBalanced: true }, how)), "current");
  const rules = seen(ruleAdjoint(updates, voltage, how), "rules");
  const keys = updates.map(({ key }) => key);
  const start = isKept
    ? { replaced: [], added: currentAdjoint({ ...flow, isBalanced: false }, how) }
    : undefined;
  if (!isSplit) return { current: joinPasses(current, rules, keys), rules: undefined, start };
  const hasRules = updates.length > 0 || voltage !== undefined;
  return {
    current: { replaced: [], added: current },
    rules: hasRules ? divide(rules, keys) : undefined,
    start,
  };
}

export function synapseAdjoint(
  synapse: PlannedSynapse,
  { slopes, isKept }: Pick<MechanismFacts, "slopes" | "isKept">,
  how: Differentiation,
): SynapsePasses<PassDraft> {
  const { updates, arrivals, current, slope, isElectrical } = synapse;
  const flow = { current, slope, slopes, isKept, variable: "v_post" };
  const atEnd = (list: readonly Contribution[]) =>
    mapValues(list, (roots) => renameMoved(synapse, roots));
  const currents =
    isElectrical && !isKept
      ? []
      : currentAdjoint({ ...flow, isBalanced: !isElectrical }, how).filter(
          ({ to }) => to !== "weight",
        );
  const rules = ruleAdjoint(updates, undefined, how);
  const keys = updates.map(({ key }) => key);
  const start = isKept
    ? { replaced: [], added: currentAdjoint({ ...flow, isBalanced: false }, how) }
    : undefined;
  if (arrivals === undefined)
    return {
      current: joinPasses(atEnd(currents), rules, keys),
      ...{ rules: undefined, start, arrival: undefined },
    };
  const arriving = arrivals.map(({ key }) => key);
  return {
    current: { replaced: [], added: atEnd(currents) },
    rules: divide(rules, keys),
    start,
    arrival: {
      ...arrivalStates(synapse),
      pass: divide(ruleAdjoint(arrivals, undefined, how), arriving),
      gains: [{ to: "arrivals", value: arrivalGain(arrivals) }],
    },
  };
}

/** States between rules and arrivals, and after one arrival. */
export function arrivalStates({ updates, arrivals = [] }: PlannedSynapse) {
  return {
    before: arrivals.map(({ key }) => ({
      to: key,
      value: updates.find((one) => one.key === key)?.value ?? input(key),
    })),
    after: arrivals.map(({ key, value }) => ({ to: key, value })),
  };
}

/** Expressions in which states that moved are named for their values at the end. */
export function renameMoved(
  { updates, arrivals = [] }: PlannedSynapse,
  roots: readonly Expression[],
): Expression[] {
  const moved = new Set([...updates, ...arrivals].map(({ key }) => key));
  return substitute(roots, (name) => (moved.has(name) ? input(endOf(name)) : undefined));
}

export function renameAll(
  versions: Versions,
  list: readonly Contribution[],
  reader: Reader,
): Contribution[] {
  return mapValues(list, (roots) => versions.rename(roots, reader));
}

export function mapValues(
  list: readonly Contribution[],
  change: (roots: readonly Expression[]) => readonly Expression[],
): Contribution[] {
  const values = change(list.map(({ value }) => value));
  return list.map(({ to, value }, k) => ({ to, value: values[k] ?? value }));
}

/** Derivatives by the states that rules move replace those by the new states; others are added. */
function divide(list: readonly Contribution[], keys: readonly string[]): PassDraft {
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
): PassDraft {
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
export function simplifyPass({ replaced, added }: PassDraft): PassDraft {
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
