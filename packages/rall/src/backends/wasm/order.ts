/**
 * @file In which order a program may evaluate mechanisms. By rule all states move first, in order of insertion, then those of
 * synapses, then all currents are evaluated. Moving the states of a mechanism together with its own current, and that within the
 * pass that eliminates, is quicker, and the same as long as nothing sees the difference: whatever one part writes and another
 * reads or writes keeps its turn.
 */
import { inputNames } from "../../expressions/expression.ts";
import type { PlannedMechanism } from "../../plan/mechanism.ts";
import type { PlannedSynapse } from "../../plan/synapse.ts";

export interface Order {
  /** Mechanisms whose states move before any current is evaluated. */
  readonly split: ReadonlySet<number>;
  /** Mechanisms that are evaluated in the pass that eliminates. */
  readonly fused: ReadonlySet<number>;
}

/** What is evaluated at once: the rules or the current of a mechanism, or all synapses. */
interface Part {
  /** Number of the mechanism; undefined for synapses. */
  readonly mechanism: number | undefined;
  readonly isRules: boolean;
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
}

/**
 * @param mechanisms - with names of their own for currents of the step before, as `synapses`.
 * @param solved - keys that the solution of a field moves, where values that a state has only until it is moved again must be
 *   kept; undefined where none must.
 */
export function orderMechanisms(
  mechanisms: readonly PlannedMechanism[],
  synapses: readonly PlannedSynapse[],
  solved?: ReadonlySet<string>,
): Order {
  const all = mechanisms.map(({ present, ion }) => ({
    isEverywhere: !present.includes(0),
    isPump: ion !== undefined,
  }));
  const split = new Set<number>();
  const fused = new Set<number>();
  const splitsAll =
    // All rules see the voltage from before any of them, currents the one after
    mechanisms.some(({ voltage }) => voltage !== undefined) ||
    (solved !== undefined && movesTwice(mechanisms, solved));
  for (const [n, { isEverywhere, isPump }] of all.entries()) {
    // Pumps are evaluated before the other currents
    if (splitsAll || isPump) split.add(n);
    if (isEverywhere && !isPump) fused.add(n);
  }
  /** Turn in the program: split rules, pumps, what is not fused, synapses, what is fused. */
  const turnOf = ({ mechanism, isRules }: Part, isFused = fused.has(mechanism ?? -1)): number => {
    if (mechanism === undefined) return 3e9;
    const within = 2 * mechanism + (isRules ? 0 : 1);
    if (isRules && split.has(mechanism)) return within;
    return (all[mechanism]?.isPump === true ? 1e9 : isFused ? 4e9 : 2e9) + within;
  };
  const pairs = dependentPairs(partsOf(mechanisms, synapses));
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    for (const [first, second] of pairs) {
      const { mechanism } = first;
      if (mechanism === undefined || turnOf(first) < turnOf(second)) continue;
      isSettled = false;
      const isOfEarlier = !second.isRules && (second.mechanism ?? mechanism) < mechanism;
      const isEnough = fused.has(mechanism) && turnOf(first, false) < turnOf(second);
      if (first.isRules && (isOfEarlier || !isEnough)) split.add(mechanism);
      else fused.delete(mechanism);
    }
  }
  return { split, fused };
}

/** All parts in the order in which they are meant. */
function partsOf(
  mechanisms: readonly PlannedMechanism[],
  synapses: readonly PlannedSynapse[],
): Part[] {
  const readings = new Set([
    "v",
    ...synapses.flatMap((one) => Array.from(one.readings.values(), ({ key }) => key)),
  ]);
  return [
    ...mechanisms.map(({ updates, voltage }, mechanism) => {
      const moved = updates.map(({ value }) => value);
      const reads = inputNames(voltage === undefined ? moved : [...moved, voltage]);
      // The voltage from before all rules, which none of them writes
      reads.delete("v");
      const keys = updates.map(({ key }) => key);
      const writes = new Set(voltage === undefined ? keys : [...keys, "v"]);
      return { mechanism, isRules: true, reads, writes };
    }),
    ...mechanisms.map(({ current, slope, currentName }, mechanism) => ({
      ...{ mechanism, isRules: false },
      reads: inputNames([current, slope]),
      writes: new Set([currentName]),
    })),
    ...(synapses.length === 0
      ? []
      : [{ mechanism: undefined, isRules: false, reads: readings, writes: new Set<string>() }]),
  ];
}

/** Pairs of parts of which the second must not come before the first. */
function dependentPairs(parts: readonly Part[]): (readonly [Part, Part])[] {
  return parts.flatMap((first, k) =>
    parts.slice(k + 1).flatMap((second) => {
      const isOne = first.mechanism === second.mechanism;
      // Currents add up, in whatever order
      const areCurrents = !first.isRules && !second.isRules && second.mechanism !== undefined;
      if (isOne || areCurrents) return [];
      const meets =
        meet(first.writes, second.reads) ||
        meet(first.reads, second.writes) ||
        meet(first.writes, second.writes);
      return meets ? [[first, second] as const] : [];
    }),
  );
}

/** Whether anything is moved by several rules, or by rules and the solution of a field. */
function movesTwice(mechanisms: readonly PlannedMechanism[], solved: ReadonlySet<string>): boolean {
  const keys = [...solved, ...mechanisms.flatMap(({ updates }) => updates.map(({ key }) => key))];
  return new Set(keys).size < keys.length;
}

function meet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const key of a) if (b.has(key)) return true;
  return false;
}
