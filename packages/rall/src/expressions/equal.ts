/** @file Whether expressions are written the same. */
import { type Expression, topologicalOrder } from "./expression.ts";

/** Whether two lists of expressions are the same, one by one, however their nodes are shared. */
export function areEqual(a: readonly Expression[], b: readonly Expression[]): boolean {
  const numbers = new Map<string, number>();
  const ids = new Map<Expression, number>();
  const idOf = (node: Expression) => ids.get(node) ?? -1;
  for (const node of topologicalOrder([...a, ...b])) {
    const text = textOf(node, idOf);
    const id = numbers.get(text) ?? numbers.size;
    numbers.set(text, id);
    ids.set(node, id);
  }
  return a.length === b.length && a.every((node, k) => idOf(node) === idOf(b[k] ?? node));
}

/** A node in terms of the numbers of its arguments. */
function textOf(node: Expression, idOf: (argument: Expression) => number): string {
  if (node.op === "constant") return `#${Object.is(node.value, -0) ? "-0" : node.value}`;
  if (node.op === "input") return `$${node.name}`;
  // A negative number in a text is read as a negation
  const [first] = node.args;
  if (node.op === "negate" && first?.op === "constant")
    return textOf({ op: "constant", value: -first.value }, idOf);
  return `${node.op}(${node.args.map(idOf).join()})`;
}
