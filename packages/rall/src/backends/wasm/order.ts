/**
 * @file In which order a program may evaluate mechanisms. By rule all states move first, in order of insertion, then all currents
 * are evaluated. Moving the states of a mechanism together with its own current is quicker, and the same as long as nothing
 * sees the difference.
 */
import { inputNames } from "../../expressions/expression.ts";
import type { PlannedMechanism } from "../../plan/mechanism.ts";

export interface Order {
  /** Mechanisms whose states move before any current is evaluated. */
  readonly split: ReadonlySet<number>;
  /** Mechanisms that are evaluated in the pass that eliminates. */
  readonly fused: ReadonlySet<number>;
}

/**
 * @param readBySynapses - keys of compartments that synapses read, which they do before that pass.
 * @param solved - keys that the solution of a field moves, where values that a state has only until it is moved again must be
 *   kept; undefined where none must.
 */
export function orderMechanisms(
  mechanisms: readonly PlannedMechanism[],
  readBySynapses: ReadonlySet<string>,
  solved?: ReadonlySet<string>,
): Order {
  const all = mechanisms.map(({ updates, current, slope, present, ion }) => ({
    moves: new Set(updates.map(({ key }) => key)),
    readsInRules: inputNames(updates.map(({ value }) => value)),
    readsInCurrent: inputNames([current, slope]),
    isEverywhere: !present.includes(0),
    isPump: ion !== undefined,
  }));
  const meet = (a: ReadonlySet<string>, b: ReadonlySet<string>) => [...a].some((key) => b.has(key));
  const split = new Set<number>();
  const movedTwice = all.some(
    ({ moves }, n) =>
      meet(moves, solved ?? new Set()) || all.some((other, m) => m > n && meet(moves, other.moves)),
  );
  const hasVoltage =
    mechanisms.some(({ voltage }) => voltage !== undefined) || (solved !== undefined && movedTwice);
  for (const [n, later] of all.entries()) {
    const isSeen = all.some(({ readsInCurrent }, m) => m < n && meet(readsInCurrent, later.moves));
    // Pumps are evaluated before the currents, which they see as they were
    if (hasVoltage || isSeen || later.isPump) split.add(n);
  }
  for (let before = -1; before !== split.size; ) {
    before = split.size;
    for (const n of [...split]) {
      const one = all[n];
      if (one === undefined) continue;
      for (const [m, earlier] of all.entries()) {
        if (m >= n || split.has(m)) continue;
        const isNeeded =
          meet(one.readsInRules, earlier.moves) ||
          (one.isPump && meet(one.readsInCurrent, earlier.moves));
        if (isNeeded || meet(earlier.readsInRules, one.moves)) split.add(m);
      }
    }
  }
  const fused = new Set<number>();
  for (const [n, { isEverywhere, isPump, moves }] of all.entries())
    if (isEverywhere && !isPump && !meet(moves, readBySynapses)) fused.add(n);
  for (let before = -1; before !== fused.size; ) {
    before = fused.size;
    for (const n of [...fused]) {
      const own = all[n];
      if (own === undefined || split.has(n)) continue;
      // What is not fused runs before
      const isOutOfTurn = all.some((other, m) => {
        if (fused.has(m)) return false;
        if (meet(other.readsInCurrent, own.moves)) return true;
        if (split.has(m)) return false;
        return (
          meet(other.readsInRules, own.moves) || (m > n && meet(own.readsInRules, other.moves))
        );
      });
      if (isOutOfTurn) fused.delete(n);
    }
  }
  return { split, fused };
}
