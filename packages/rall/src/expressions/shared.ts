/** @file Equations as text, with names for what they have in common. */
import { checkArguments, finite } from "../util/kinds.ts";
import {
  type Expression,
  expressionList,
  input,
  nameSet,
  operands,
  replaceNodes,
  topologicalOrder,
} from "./expression.ts";

/** Some expressions with names for what they share. */
export interface SharedParts {
  /** Name and meaning of each part, in an order in which later ones use earlier ones. */
  readonly definitions: readonly (readonly [name: string, part: Expression])[];
  /** One of the expressions with these names in it. */
  readonly replace: (expression: Expression) => Expression;
}

const truths = new Set(["less", "lessEqual", "equal", "not", "and", "or"]);

/**
 * Names for operations that are used more than once, so that text stays as short as the graph is small.
 *
 * @param taken - names that mean something else.
 * @param least - how many constants, inputs and operations a part has at least; default: one operation is enough.
 */
export function nameShared(
  roots: readonly Expression[],
  taken: ReadonlySet<string>,
  least = 0,
): SharedParts {
  checkArguments({
    roots: [roots, expressionList],
    taken: [taken, nameSet],
    least: [least, finite],
  });
  const order = topologicalOrder(roots);
  const uses = new Map<Expression, number>();
  const use = (node: Expression) => uses.set(node, (uses.get(node) ?? 0) + 1);
  for (const root of roots) use(root);
  const sizes = new Map<Expression, number>();
  for (const node of order) {
    for (const argument of operands(node)) use(argument);
    const inner = operands(node).reduce((sum, one) => sum + (sizes.get(one) ?? 0), 0);
    sizes.set(node, inner + 1);
  }
  const names = new Map<Expression, Expression>();
  const definitions: (readonly [string, Expression])[] = [];
  let count = 0;
  for (const node of order) {
    const isShared = operands(node).length > 0 && (uses.get(node) ?? 0) > 1;
    if (!isShared || truths.has(node.op) || (sizes.get(node) ?? 0) < least) continue;
    let name = `part${++count}`;
    while (taken.has(name)) name = `part${++count}`;
    const [body = node] = replaceNodes([node], names);
    definitions.push([name, body]);
    names.set(node, input(name));
  }
  const replace = (expression: Expression) => replaceNodes([expression], names)[0] ?? expression;
  return { definitions, replace };
}
