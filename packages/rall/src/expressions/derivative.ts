/**
 * @file Exact derivatives, forward (one input, all outputs) and reverse (one output, all inputs). Both walk the graph
 * once and read the rules from `operations.ts`.
 */

import { check, checkArguments, list, text } from "../util/kinds.ts";
import {
  constant,
  type Expression,
  expressionKind,
  expressionList,
  inputNames,
  type Operation,
  topologicalOrder,
} from "./expression.ts";
import { add, multiply } from "./math.ts";
import { operations } from "./operations.ts";
import { simplify } from "./simplify.ts";
import { type Surrogate, surrogateKind, surrogatePartial } from "./surrogate.ts";

/** Derivatives of `roots` with respect to the input `name`, simplified together. */
export function differentiate(roots: readonly Expression[], name: string): Expression[] {
  checkArguments({ roots: [roots, expressionList], name: [name, text] });
  const one = constant(1);
  return simplify(tangents(roots, (input) => (input === name ? one : undefined)));
}

/**
 * How `roots` move when their inputs do.
 *
 * @param seed - how an input moves; undefined if it does not.
 * @param surrogate - slope of comparisons; without it they have none.
 */
export function tangents(
  roots: readonly Expression[],
  seed: (name: string) => Expression | undefined,
  surrogate?: Surrogate,
): Expression[] {
  const tangents = new Map<Expression, Expression>();
  for (const node of topologicalOrder(roots)) {
    if (node.op === "constant") continue;
    if (node.op === "input") {
      const own = seed(node.name);
      if (own !== undefined) tangents.set(node, own);
      continue;
    }
    let tangent: Expression | undefined;
    for (const [index, argument] of node.args.entries()) {
      const inner = tangents.get(argument);
      const outer = inner && partial(node, index, surrogate);
      if (inner === undefined || outer === undefined) continue;
      const term = multiply(outer, inner);
      tangent = tangent === undefined ? term : add(tangent, term);
    }
    if (tangent !== undefined) tangents.set(node, tangent);
  }
  return roots.map((root) => tangents.get(root) ?? constant(0));
}

function partial(
  node: Operation,
  index: number,
  surrogate: Surrogate | undefined,
): Expression | undefined {
  const own = operations[node.op].partial?.(index, node.args, node);
  return own ?? (surrogate && surrogatePartial(surrogate, node, index));
}

/** Derivatives of `root` with respect to each input in `names`, in one sweep from the root to the inputs. */
export function gradient(
  root: Expression,
  names: readonly string[],
  surrogate?: Surrogate,
): Expression[] {
  checkArguments({ root: [root, expressionKind], names: [names, list(text)] });
  if (surrogate !== undefined) check(surrogate, surrogateKind, "surrogate");
  const adjoints = new Map<Expression, Expression>([[root, constant(1)]]);
  const byInput = new Map<string, Expression>();
  const accumulate = <K>(map: Map<K, Expression>, key: K, term: Expression) => {
    const sum = map.get(key);
    map.set(key, sum === undefined ? term : add(sum, term));
  };
  for (const node of topologicalOrder([root]).reverse()) {
    const adjoint = adjoints.get(node);
    if (adjoint === undefined || node.op === "constant") continue;
    if (node.op === "input") {
      accumulate(byInput, node.name, adjoint);
      continue;
    }
    for (const [index, argument] of node.args.entries()) {
      const outer = partial(node, index, surrogate);
      if (outer !== undefined) accumulate(adjoints, argument, multiply(outer, adjoint));
    }
  }
  return simplify(names.map((name) => byInput.get(name) ?? constant(0)));
}

/** Whether the expression depends on the input `name` at all, as it is written. */
export function dependsOn(expression: Expression, name: string): boolean {
  return inputNames([expression]).has(name);
}
