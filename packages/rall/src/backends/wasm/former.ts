/**
 * @file Currents of the step before. Rules, currents of mechanisms and rules of synapses read currents as the step before left
 * them; currents of synapses, which are evaluated last, read the new ones. A program evaluates them in an order of its own,
 * so that the former value of each current that is read has a column of its own, with a name of its own.
 */
import { type Expression, input, inputNames, substitute } from "../../expressions/expression.ts";
import type { PlannedMechanism } from "../../plan/mechanism.ts";
import type { Plan } from "../../plan/plan.ts";
import type { PlannedReading, PlannedSynapse } from "../../plan/synapse.ts";

/** Name of the value that a current had after the step before. No key has such a sign. */
export const formerOf = (current: string) => `${current}@former`;

/** Equations in which currents of the step before have names of their own. */
export interface FormerCurrents {
  readonly mechanisms: readonly PlannedMechanism[];
  readonly synapses: readonly PlannedSynapse[];
  /** Currents whose former values are read. */
  readonly currents: readonly string[];
}

export function nameFormerCurrents(
  plan: Pick<Plan, "mechanisms" | "synapses" | "currentNames">,
): FormerCurrents {
  const known = new Set(plan.currentNames);
  const read = new Set<string>();
  const rename = (roots: readonly Expression[]) =>
    substitute(roots, (name) => {
      if (!known.has(name)) return undefined;
      read.add(name);
      return input(formerOf(name));
    });
  const mechanisms = plan.mechanisms.map((mechanism): PlannedMechanism => {
    if (![...mechanism.reads].some((name) => known.has(name))) return mechanism;
    const { updates, voltage } = mechanism;
    const [current = mechanism.current, slope = mechanism.slope, ...moved] = rename([
      mechanism.current,
      mechanism.slope,
      ...updates.map(({ value }) => value),
      ...(voltage === undefined ? [] : [voltage]),
    ]);
    return {
      ...mechanism,
      current,
      slope,
      updates: updates.map((update, k) => ({ ...update, value: moved[k] ?? update.value })),
      voltage: voltage === undefined ? undefined : moved.at(-1),
      reads: inputNames([current, slope, ...moved]),
    };
  });
  const synapses = plan.synapses.map((synapse): PlannedSynapse => {
    const readings = new Map(synapse.readings);
    for (const [name, { side, key }] of synapse.readings)
      if (known.has(key)) readings.set(formerOf(name), { side, key: formerOf(key) });
    if (readings.size === synapse.readings.size) return synapse;
    const inRules = (roots: readonly Expression[]) =>
      substitute(roots, (name) => {
        const key = readings.get(name)?.key ?? "";
        if (!known.has(key)) return undefined;
        read.add(key);
        return input(formerOf(name));
      });
    const renamed = <Change extends { readonly value: Expression }>(changes: readonly Change[]) => {
      const values = inRules(changes.map(({ value }) => value));
      return changes.map((change, k) => ({ ...change, value: values[k] ?? change.value }));
    };
    const { updates, arrivals, current, slope } = synapse;
    const moved = { updates: renamed(updates), arrivals: arrivals && renamed(arrivals) };
    const names = inputNames([
      ...[current, slope],
      ...[...moved.updates, ...(moved.arrivals ?? [])].map(({ value }) => value),
    ]);
    const used = new Map<string, PlannedReading>();
    for (const [name, reading] of readings) if (names.has(name)) used.set(name, reading);
    return { ...synapse, ...moved, readings: used };
  });
  return { mechanisms, synapses, currents: [...read] };
}
