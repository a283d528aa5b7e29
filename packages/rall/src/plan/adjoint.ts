/**
 * @file The step of a mechanism differentiated, both ways. A mechanism takes part in a step twice: its states move (its rules), and
 * its current I and slope S join the balance `D dv = R` of its compartment: `D += w S`, `R -= w I` with the weight w, its membrane
 * area. (Of pumps: in that of a concentration.)
 *
 * Backwards: with `bar x` for the derivative of the loss by x, the solution of the balance gives `bar right` and `bar diagonal`,
 * the derivatives by R and D. What goes back to v is `C/dt bar right` (`-bar v'` besides for Crank and Nicolson's rule) and what the
 * mechanisms add here; for then the transposed balance has already been used to take away `w S bar right`, which exact slopes would
 * only bring back.
 */
import { dependsOn, differentiate, gradient, tangents } from "../expressions/derivative.ts";
import {
  constant,
  type Expression,
  input,
  inputNames,
  replaceNodes,
  substitute,
} from "../expressions/expression.ts";
import { add, multiply, negate, subtract } from "../expressions/math.ts";
import { simplify } from "../expressions/simplify.ts";
import type { Surrogate } from "../expressions/surrogate.ts";
import type { Slopes, Update } from "./mechanism.ts";

/** Names of what the derivatives read besides keys. No key has a blank. */
export const adjointNames = {
  right: "bar right",
  diagonal: "bar diagonal",
  weight: "weight",
  kept: "bar kept",
} as const;

/** Name of the derivative of the loss by a quantity. */
export const barOf = (key: string) => `bar ${key}`;
/** Name of how a quantity moves. */
export const dotOf = (key: string) => `dot ${key}`;

/** Something added to the derivative by `to`: a key, or an input of the equations. */
export interface Contribution {
  readonly to: string;
  readonly value: Expression;
}

export interface Differentiation {
  /** Whether derivatives by an input of the equations are needed: by all that moves, and by parameters if asked for. */
  readonly isWanted: (name: string) => boolean;
  /** Slope of comparisons; undefined: none. */
  readonly surrogate: Surrogate | undefined;
  /**
   * Sub-expressions that are differentiated as a whole, as functions of their inputs: those that a backend looks up, so that
   * it can look up their derivatives too. Default: none.
   */
  readonly functions?: (roots: readonly Expression[]) => readonly Expression[];
}

/** A current that joins a balance. */
export interface Flow {
  readonly current: Expression;
  readonly slope: Expression;
  /** What is solved for: `v`, `v_post` or a concentration. */
  readonly variable: string;
  readonly slopes: Slopes;
  /** Whether the current is kept as a state, whose derivative is then `bar kept`. */
  readonly isKept: boolean;
  /** Whether the current joins the balance at all; that of a gap junction does not. */
  readonly isBalanced: boolean;
}

const zero = constant(0);

/** What a current adds to the derivatives of its inputs, and, under the name `weight`, of its weight. */
export function currentAdjoint(flow: Flow, how: Differentiation): Contribution[] {
  const { current, slope, variable, slopes, isKept, isBalanced } = flow;
  const { right, diagonal, weight, kept } = adjointNames;
  const inflow = isBalanced ? multiply(input(weight), input(right)) : zero;
  const onSlope = isBalanced ? multiply(input(weight), input(diagonal)) : zero;
  const own = isKept ? input(kept) : zero;
  // A difference that moves both voltages of a synapse is a slope even where the current reads only one of them
  const read = slopes === "difference" ? [current, slope, input(variable)] : [current, slope];
  const names = wantedOf(read, how);
  const both = add(multiply(subtract(own, inflow), current), multiply(onSlope, slope));
  const contributions = gradientOf(both, names, how).map((value, k): Contribution => {
    const name = names[k] ?? "";
    if (name !== variable) return { to: name, value };
    // The slope that was used is not always the derivative
    if (slopes === "difference" || how.surrogate !== undefined)
      return { to: name, value: add(value, multiply(inflow, slope)) };
    const exact = add(multiply(own, current), multiply(onSlope, slope));
    return { to: name, value: gradientOf(exact, [name], how)[0] ?? zero };
  });
  if (!isBalanced) return contributions;
  const byWeight = subtract(multiply(input(diagonal), slope), multiply(input(right), current));
  return [...contributions, { to: weight, value: byWeight }];
}

/**
 * What rules add to the derivatives of their inputs, from those of the new states (`bar KEY`) and of the new voltage (`bar v`).
 * These are replaced: each moved key has its contribution, if only 0.
 */
export function ruleAdjoint(
  updates: readonly Pick<Update, "key" | "value">[],
  voltage: Expression | undefined,
  how: Differentiation,
): Contribution[] {
  const moved = [
    ...updates.map(({ key, value }) => ({ bar: barOf(key), value })),
    ...(voltage === undefined ? [] : [{ bar: barOf("v"), value: voltage }]),
  ];
  const sum = moved.reduce<Expression>(
    (total, { bar, value }) => add(total, multiply(input(bar), value)),
    zero,
  );
  const read = wantedOf(
    moved.map(({ value }) => value),
    how,
  );
  const names = [...new Set([...updates.map(({ key }) => key), ...read])];
  return gradientOf(sum, names, how).map((value, k) => ({ to: names[k] ?? "", value }));
}

/** How current and slope move with their inputs (`dot KEY`). */
export function currentTangent(
  { current, slope }: Pick<Flow, "current" | "slope">,
  how: Differentiation,
): { readonly current: Expression; readonly slope: Expression } {
  const [a = zero, b = zero] = ruleTangent([current, slope], how);
  return { current: a, slope: b };
}

/** How the results of rules move with their inputs. */
export function ruleTangent(roots: readonly Expression[], how: Differentiation): Expression[] {
  const functions = how.functions?.(roots) ?? [];
  const own = functions.map((_, k) => `function ${k}`);
  const outer = replaceNodes(
    roots,
    new Map(functions.map((node, k) => [node, input(own[k] ?? "")])),
  );
  const seed = seeds(how);
  // A function moves with its own derivatives
  const moves = new Map(
    functions.map((node, k) => {
      const terms = wantedOf([node], how).map((name) =>
        multiply(differentiate([node], name)[0] ?? zero, input(dotOf(name))),
      );
      return [own[k] ?? "", terms.length === 0 ? undefined : terms.reduce(add)] as const;
    }),
  );
  const moved = tangents(outer, (name) => moves.get(name) ?? seed(name), how.surrogate);
  return simplify(substitute(moved, (name) => functions[own.indexOf(name)]));
}

/** Derivatives of `root`; functions are taken out, and come back with their own derivatives (chain rule). */
function gradientOf(root: Expression, names: readonly string[], how: Differentiation) {
  const functions = how.functions?.([root]) ?? [];
  const own = functions.map((_, k) => `function ${k}`);
  const nodes = new Map(functions.map((node, k) => [node, input(own[k] ?? "")]));
  const [outer = root] = replaceNodes([root], nodes);
  const partials = gradient(outer, [...names, ...own], how.surrogate);
  const totals = names.map((name, k) =>
    functions.reduce<Expression>((total, node, f) => {
      const slope = dependsOn(node, name) ? differentiate([node], name)[0] : undefined;
      const by = partials[names.length + f];
      return slope === undefined || by === undefined ? total : add(total, multiply(by, slope));
    }, partials[k] ?? zero),
  );
  return substitute(totals, (name) => functions[own.indexOf(name)]);
}

function seeds({ isWanted }: Differentiation): (name: string) => Expression | undefined {
  return (name) => (isWanted(name) ? input(dotOf(name)) : undefined);
}

function wantedOf(roots: readonly Expression[], { isWanted }: Differentiation): string[] {
  return [...inputNames(roots)].filter(isWanted);
}

/**
 * By how much the loss would change if an arrival were not, or were one more: the derivative by the number of spikes that
 * arrive, for a synapse whose arrival turns each state x into f(x).
 */
export function arrivalGain(
  arrivals: readonly { readonly key: string; readonly value: Expression }[],
): Expression {
  const sum = arrivals.reduce<Expression>(
    (total, { key, value }) =>
      add(total, multiply(input(barOf(key)), add(value, negate(input(key))))),
    zero,
  );
  return simplify([sum])[0] ?? zero;
}
