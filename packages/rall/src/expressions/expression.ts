/**
 * @file The nodes of the expression language, in which mechanisms and their derivatives are written. Nodes are immutable
 * and may be shared: an expression is a directed acyclic graph. What an operation means (value, derivative, type) is said
 * once, in `operations.ts`. Truth values are numbers, 1 and 0, kept apart from quantities by the verifier.
 */
import { callback, check, having, type Kind, list, number, required, text } from "../util/kinds.ts";

/** Names of the operations; greater-than is less-than with its arguments exchanged. */
const operationNames = [
  ...(["add", "subtract", "multiply", "divide", "negate", "power"] as const),
  ...(["exp", "log", "tanh", "sqrt", "abs", "min", "max", "exprel"] as const),
  ...(["less", "lessEqual", "equal", "not", "and", "or", "select"] as const),
] as const;

export type OperationName = (typeof operationNames)[number];

/** A number, or a truth value. */
export interface Constant {
  readonly op: "constant";
  readonly value: number;
}

/** A name whose value is given. */
export interface Input {
  readonly op: "input";
  readonly name: string;
}

/** An operation on expressions. */
export interface Operation {
  readonly op: OperationName;
  readonly args: readonly Expression[];
}

/** An immutable expression: a constant, a named input, or an operation on expressions. */
export type Expression = Constant | Input | Operation;

/** A number or an expression: the mathematical functions of this folder take either. */
export type Operand = number | Expression;

export function constant(value: number): Constant {
  if (typeof value !== "number") check(value, number, "value");
  return { op: "constant", value };
}

/** A quantity that is given from outside: a parameter, a state, the voltage, the time step. */
export function input(name: string): Input {
  if (typeof name !== "string") check(name, text, "name");
  return { op: "input", name };
}

export function operation(op: OperationName, args: readonly Expression[]): Operation {
  return { op, args };
}

/** @throws ValueError for what is neither: callers without types may give a text, which is for `parse`. */
export function toExpression(operand: Operand): Expression {
  if (typeof operand === "number") return constant(operand);
  if (!isNode(operand)) check(operand, operandKind, "operand");
  return operand;
}

const names: ReadonlySet<unknown> = new Set(operationNames);

/** Whether something is a node by itself, whatever its arguments are. */
function isNode(value: unknown): value is Expression {
  if (typeof value !== "object" || value === null || !("op" in value)) return false;
  if (value.op === "constant") return "value" in value && typeof value.value === "number";
  if (value.op === "input") return "name" in value && typeof value.name === "string";
  return names.has(value.op) && "args" in value && Array.isArray(value.args);
}

const operandKind: Kind = {
  what: "a number, or an expression, as parse, input and constant make it",
  accepts: (value) => typeof value === "number" || isNode(value),
};

export const expressionKind: Kind = {
  what: "an expression, as parse, input and constant make it",
  accepts: isNode,
};

export const expressionList = list(expressionKind, "a list of expressions");

/** Names, as a Set has them. */
export const nameSet = having(
  { has: required(callback), keys: required(callback) },
  "a Set of names",
);

/** The expressions that a node is computed from. */
export function operands(expression: Expression): readonly Expression[] {
  return expression.op === "constant" || expression.op === "input" ? [] : expression.args;
}

function isIterable(value: unknown): boolean {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

/**
 * All nodes under `roots`, each once, arguments before the operations that use them. Works without recursion, so that a
 * sum of a hundred thousand terms is no deeper for it than a single one.
 *
 * @param done - nodes that are left out with all below them; those of the result are put in.
 */
export function topologicalOrder(
  roots: Iterable<Expression>,
  done: { has(node: Expression): boolean; add(node: Expression): unknown } = new Set(),
): Expression[] {
  if (!isIterable(roots)) check(roots, expressionList, "expressions");
  const order: Expression[] = [];
  const stack: { node: Expression; next: number }[] = [];
  const push = (node: Expression) => {
    if (!isNode(node)) check(node, expressionKind, "expression");
    stack.push({ node, next: 0 });
  };
  for (const root of roots) {
    if (done.has(root)) continue;
    push(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const argument = operands(top.node)[top.next++];
      if (argument === undefined) {
        stack.pop();
        if (!done.has(top.node)) order.push(top.node);
        done.add(top.node);
      } else if (!done.has(argument)) {
        push(argument);
      }
    }
  }
  return order;
}

/** Names of all inputs that an expression reads. */
export function inputNames(roots: Iterable<Expression>): Set<string> {
  const names = new Set<string>();
  for (const node of topologicalOrder(roots)) if (node.op === "input") names.add(node.name);
  return names;
}

/** Replaces inputs by expressions, all at once; inputs that `replacement` does not know stay. */
export function substitute(
  roots: readonly Expression[],
  replacement: (name: string) => Expression | undefined,
): Expression[] {
  check(roots, expressionList, "roots");
  check(replacement, callback, "replacement");
  const replaced = new Map<Expression, Expression>();
  const image = (node: Expression): Expression => replaced.get(node) ?? node;
  for (const node of topologicalOrder(roots)) {
    if (node.op === "input") replaced.set(node, replacement(node.name) ?? node);
    else if (node.op !== "constant" && node.args.some((argument) => image(argument) !== argument)) {
      replaced.set(node, operation(node.op, node.args.map(image)));
    }
  }
  return roots.map(image);
}

/** Replaces whole sub-expressions, given by identity; what stands below them is not looked at. */
export function replaceNodes(
  roots: readonly Expression[],
  replacement: ReadonlyMap<Expression, Expression>,
): Expression[] {
  const replaced = new Map<Expression, Expression>();
  const image = (node: Expression): Expression =>
    replacement.get(node) ?? replaced.get(node) ?? node;
  const seen = new Set<Expression>();
  const done = {
    has: (node: Expression) => replacement.has(node) || seen.has(node),
    add: (node: Expression) => seen.add(node),
  };
  for (const node of topologicalOrder(roots, done)) {
    if (node.op === "constant" || node.op === "input") continue;
    if (node.args.some((argument) => image(argument) !== argument)) {
      replaced.set(node, operation(node.op, node.args.map(image)));
    }
  }
  return roots.map(image);
}
