/**
 * @file The equations of how a step moves when its inputs do (`dot KEY`), ready to be emitted. The right-hand side of a balance moves by
 * `flow`, its diagonal by `balance`, and a kept current by `kept`.
 */
import { type Expression, input, substitute } from "../../expressions/expression.ts";
import { add, multiply, negate, subtract } from "../../expressions/math.ts";
import {
  adjointNames,
  type Contribution,
  currentTangent,
  type Differentiation,
  dotOf,
  ruleTangent,
} from "../../plan/adjoint.ts";
import type { PlannedSynapse } from "../../plan/synapse.ts";
import {
  arrivalStates,
  type MechanismFacts,
  type MechanismPasses,
  mapValues,
  type PassDraft,
  renameAll,
  renameMoved,
  type SynapsePasses,
} from "./adjoint-passes.ts";
import type { MechanismLayout } from "./layout.ts";

/** What passes add to besides keys. */
export const tangentNames = {
  flow: "flow",
  balance: "balance",
  kept: "kept",
  before: "before",
} as const;

export function mechanismTangent(
  { plan: equations, isSplit }: MechanismLayout,
  { number, isKept, hasWeight, versions }: MechanismFacts,
  how: Differentiation,
): MechanismPasses<PassDraft> {
  const { updates, voltage } = equations;
  const seen = (list: readonly Contribution[], part: "rules" | "current") =>
    renameAll(versions, list, { mechanism: number, part });
  const roots = [...updates.map(({ value }) => value), ...(voltage === undefined ? [] : [voltage])];
  const moved = ruleTangent(roots, how);
  const keys = [...updates.map(({ key }) => key), "v"];
  const rules = seen(
    moved.map((value, k) => ({ to: keys[k] ?? "v", value })),
    "rules",
  );
  const current = seen(flowOf(equations, { isKept, hasWeight, isBalanced: true }, how), "current");
  const start = isKept
    ? {
        replaced: [],
        added: flowOf(equations, { isKept, hasWeight: false, isBalanced: false }, how),
      }
    : undefined;
  if (!isSplit) {
    const joined = throughRules(current, rules);
    return { current: { replaced: rules, added: joined }, rules: undefined, start };
  }
  // All rules see how the voltage moved before any of them
  const apart = mapValues(rules, (all) =>
    substitute(all, (name) =>
      name === dotOf("v") && versions.movesVoltage ? input(dotOf(tangentNames.before)) : undefined,
    ),
  );
  return {
    current: { replaced: [], added: current },
    rules: apart.length > 0 ? { replaced: apart, added: [] } : undefined,
    start,
  };
}

export function synapseTangent(
  synapse: PlannedSynapse,
  { isKept }: Pick<MechanismFacts, "isKept">,
  how: Differentiation,
): SynapsePasses<PassDraft> {
  const { updates, arrivals, isElectrical } = synapse;
  const rules = ruleTangent(
    updates.map(({ value }) => value),
    how,
  ).map((value, k) => ({ to: updates[k]?.key ?? "", value }));
  const atEnd = (list: readonly Contribution[]) =>
    mapValues(list, (roots) => renameMoved(synapse, roots));
  const flow = { isKept, hasWeight: false, isBalanced: !isElectrical };
  const current = atEnd(flowOf(synapse, flow, how));
  const start = isKept
    ? { replaced: [], added: flowOf(synapse, { ...flow, isBalanced: false }, how) }
    : undefined;
  if (arrivals === undefined)
    return {
      current: { replaced: rules, added: throughRules(current, rules) },
      ...{ rules: undefined, start, arrival: undefined },
    };
  const arriving = ruleTangent(
    arrivals.map(({ value }) => value),
    how,
  ).map((value, k) => ({ to: arrivals[k]?.key ?? "", value }));
  return {
    current: { replaced: [], added: current },
    rules: { replaced: rules, added: [] },
    start,
    arrival: {
      ...arrivalStates(synapse),
      pass: { replaced: arriving, added: [] },
      gains: arrivals.map(({ key, value }) => ({ to: key, value: subtract(value, input(key)) })),
    },
  };
}

/** How a current moves what it flows into. */
function flowOf(
  equations: { readonly current: Expression; readonly slope: Expression },
  flow: { readonly isKept: boolean; readonly hasWeight: boolean; readonly isBalanced: boolean },
  how: Differentiation,
): Contribution[] {
  const { current, slope } = currentTangent(equations, how);
  const weight = input(adjointNames.weight);
  const dot = input(dotOf(adjointNames.weight));
  const byWeight = (own: Expression, moved: Expression) =>
    flow.hasWeight ? add(multiply(weight, moved), multiply(dot, own)) : multiply(weight, moved);
  return [
    ...(flow.isBalanced
      ? [
          { to: tangentNames.flow, value: negate(byWeight(equations.current, current)) },
          { to: tangentNames.balance, value: byWeight(equations.slope, slope) },
        ]
      : []),
    ...(flow.isKept ? [{ to: tangentNames.kept, value: current }] : []),
  ];
}

/** What follows rules in the same loop sees how they moved the states. */
function throughRules(
  list: readonly Contribution[],
  rules: readonly Contribution[],
): Contribution[] {
  const moved = new Map(rules.map(({ to, value }) => [dotOf(to), value]));
  return mapValues(list, (roots) => substitute(roots, (name) => moved.get(name)));
}
