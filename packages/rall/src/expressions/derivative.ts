/**
 * @file Exact derivatives, forward (one input, all outputs) and reverse (one output, all inputs). Both walk the graph
 * once and read the rules from `operations.ts`.
 */

import { constant, type Expression, inputNames, operands, topologicalOrder } from "./expression.ts";
import { add, multiply } from "./math.ts";
import { operations } from "./operations.ts";
import { simplify } from "./simplify.ts";

/** Derivatives of `roots` with respect to the input `name`, simplified together. */
export function differentiate(roots: readonly Expression[], name: string): Expression[] {
  const tangents = new Map<Expression, Expression>();
  for (const node of topologicalOrder(roots)) {
    if (node.op === "constant") continue;
    if (node.op === "input") {
      if (node.name === name) tangents.set(node, constant(1));
      continue;
    }
    let tangent: Expression | undefined;
    for (const [index, argument] of node.args.entries()) {
      const inner = tangents.get(argument);
      const outer = inner && operations[node.op].partial?.(index, node.args, node);
      if (inner === undefined || outer === undefined) continue;
      const term = multiply(outer, inner);
      tangent = tangent === undefined ? term : add(tangent, term);
    }
    if (tangent !== undefined) tangents.set(node, tangent);
  }
  return simplify(roots.map((root) => tangents.get(root) ?? constant(0)));
}

/** Derivatives of `root` with respect to each input in `names`, in one sweep from the root to the inputs. */
export function gradient(root: Expression, names: readonly string[]): Expression[] {
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
    for (const [index, argument] of operands(node).entries()) {
      const partial = operations[node.op].partial?.(index, node.args, node);
      if (partial !== undefined) accumulate(adjoints, argument, multiply(partial, adjoint));
    }
  }
  return simplify(names.map((name) => byInput.get(name) ?? constant(0)));
}

/** Whether the expression depends on the input `name` at all, as it is written. */
export function dependsOn(expression: Expression, name: string): boolean {
  return inputNames([expression]).has(name);
}
