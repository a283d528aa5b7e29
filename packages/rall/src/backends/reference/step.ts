/** @file A time step as its phases, one after the other; what a run evaluates before the first. */
import type { Tree } from "../../numerics/tree.ts";
import type { Differentiation } from "../../plan/adjoint.ts";
import { clampedRows } from "../../plan/clamped.ts";
import { isEliminated, type Plan } from "../../plan/plan.ts";
import type { DifferentiationOptions } from "../backend.ts";
import { type Columns, columnOf, names } from "./columns.ts";
import { type HowAt, MembraneCurrents, SynapticCurrents } from "./currents.ts";
import { Field, LoneConcentration } from "./fields.ts";
import { Exchanges } from "./junctions.ts";
import type { Phase } from "./phase.ts";
import { placesInCompartments, placesInSynapses, wants } from "./places.ts";
import { type RuleSet, RulesEverywhere } from "./rules.ts";
import { Clamps, type Signals, Stimuli } from "./signals.ts";
import { Arrivals, Watch } from "./spikes.ts";

export type Ways = Pick<DifferentiationOptions, "wanted" | "surrogate">;

/** The tree that the voltage flows on; implicit solvers take it as it is eliminated. */
export function voltageTree(plan: Plan): Tree {
  return isEliminated(plan) ? plan.tree : plan.axial;
}

/** The currents at the start. */
export function startPhases(plan: Plan, ways: Ways): Phase[] {
  const howAt = howIn(ways);
  return [
    new MembraneCurrents(plan, voltageTree(plan).parent.length, howAt),
    ...plan.synapses.map((_, kind) => new SynapticCurrents(plan, kind, howAt)),
  ];
}

export function stepPhases(plan: Plan, ways: Ways, signals: Signals): Phase[] {
  const { count, dt, ions, mechanisms } = plan;
  const howAt = howIn(ways);
  const field = {
    ...{ key: "v", method: plan, tree: voltageTree(plan), count, dt, signals },
    clamped: clampedRows(plan, "v"),
  };
  const atStart = placesInCompartments(plan, names.old);
  return [
    new Beginning(),
    ...mechanisms.map(({ name, updates, voltage, present, isSpiking }) => {
      const how = howAt(atStart, isSpiking);
      const rules = { mechanism: name, changes: updates, voltage, placeOf: atStart, dt, how };
      return new RulesEverywhere(
        rules,
        Array.from(present.keys()).filter((i) => present[i] === 1),
      );
    }),
    ...plan.synapses.flatMap((_, kind) => synapseRules(plan, kind, ways)),
    ...startPhases(plan, ways),
    new Stimuli(plan, signals),
    new Field(field),
    ...ions.map(({ key, diffusion }) => {
      if (diffusion === undefined) return new LoneConcentration(key, dt);
      const tree = isEliminated(plan) ? diffusion.scheduled : diffusion.tree;
      return new Field({ ...field, key, tree, clamped: clampedRows(plan, key) });
    }),
    new Clamps(plan, signals, false),
    new Exchanges(plan),
    new Clamps(plan, signals, true),
    new Watch(plan, ways.surrogate),
  ];
}

/** Rules at the voltages after those of the mechanisms; then the spikes that arrive. */
function synapseRules(plan: Plan, kind: number, { wanted, surrogate }: Ways): Phase[] {
  const { synapses, events, dt } = plan;
  const { name = "", updates = [], arrivals, pre = new Int32Array() } = synapses[kind] ?? {};
  const placeOf = placesInSynapses(plan, kind);
  const how = { isWanted: wants(wanted, placeOf), surrogate: undefined };
  const rules: RuleSet = {
    ...{ mechanism: name, changes: updates, voltage: undefined, placeOf, dt, how },
  };
  const everywhere = new RulesEverywhere(rules, Array.from(pre.keys()));
  if (arrivals === undefined || events.wirings[kind] === undefined) return [everywhere];
  const options = { kind, rules: { ...rules, changes: arrivals }, surrogate };
  return [everywhere, new Arrivals(plan, { ...options, wantsDelays: wanted.delays })];
}

/** Only mechanisms that tell spikes have comparisons that are thresholds. */
function howIn({ wanted, surrogate }: Ways): HowAt {
  return (placeOf, isSpiking): Differentiation => ({
    isWanted: wants(wanted, placeOf),
    surrogate: isSpiking ? surrogate : undefined,
  });
}

/** Keeps the voltages that all mechanisms see. */
class Beginning implements Phase {
  run({ columns }: { readonly columns: Columns }): void {
    columns.set(names.old, columnOf(columns, "v"));
  }

  reverse(_: Columns, __: Columns, bars: Columns): void {
    const [bar, old] = [columnOf(bars, "v"), columnOf(bars, names.old)];
    for (const [i, value] of old.entries()) bar[i] = (bar[i] ?? 0) + value;
    old.fill(0);
  }

  tangent(_: Columns, __: Columns, dots: Columns): void {
    dots.set(names.old, columnOf(dots, "v"));
  }
}
