/** @file Expressions as text. What is printed can be parsed again and then is the same expression. */
import { EquationError } from "../errors.ts";
import { constant, type Expression, type OperationName, topologicalOrder } from "./expression.ts";

/** How an operator binds; a higher number binds tighter. */
const binding = {
  or: 1,
  and: 2,
  not: 3,
  comparison: 4,
  sum: 5,
  product: 6,
  negation: 7,
  power: 8,
  atom: 9,
} as const;

interface Infix {
  readonly symbol: string;
  readonly own: number;
  /** What the left and right operand must at least bind like to go without parentheses. */
  readonly left: number;
  readonly right: number;
}

const infix: Partial<Record<OperationName, Infix>> = {
  or: { symbol: " or ", own: binding.or, left: binding.or, right: binding.or + 1 },
  and: { symbol: " and ", own: binding.and, left: binding.and, right: binding.and + 1 },
  less: { symbol: " < ", own: binding.comparison, left: binding.sum, right: binding.sum },
  lessEqual: { symbol: " <= ", own: binding.comparison, left: binding.sum, right: binding.sum },
  equal: { symbol: " == ", own: binding.comparison, left: binding.sum, right: binding.sum },
  add: { symbol: " + ", own: binding.sum, left: binding.sum, right: binding.product },
  subtract: { symbol: " - ", own: binding.sum, left: binding.sum, right: binding.product },
  multiply: { symbol: " * ", own: binding.product, left: binding.product, right: binding.negation },
  divide: { symbol: " / ", own: binding.product, left: binding.product, right: binding.negation },
  power: { symbol: "^", own: binding.power, left: binding.atom, right: binding.negation },
};

/** Most characters of a text; a graph whose parts are shared may be far longer as text than as a graph. */
const longest = 1_000_000;

/**
 * The expression as text in the language that `parse` reads.
 *
 * @throws EquationError for one whose text would be longer than a million characters.
 */
export function print(root: Expression): string {
  return write(root, (text) => {
    if (text.length <= longest) return text;
    throw new EquationError(`The text of the equation would have over ${longest} characters.`, {
      subject: "expression",
      remedy: "Print its parts, or name what is used more than once.",
    });
  });
}

/** The expression for a message: what is longer is cut off. */
export function printShort(root: Expression, most = 200): string {
  return write(root, (text) => (text.length > most ? `${text.slice(0, most - 3)}...` : text));
}

/** @param fit - what becomes of the text of each part. */
function write(root: Expression, fit: (text: string) => string): string {
  const printed = new Map<Expression, { text: string; own: number }>();
  const wrapped = (node: Expression, least: number): string => {
    const { text, own } = printed.get(node) ?? atom(constant(Number.NaN));
    return own < least ? `(${text})` : text;
  };
  for (const node of topologicalOrder([root])) {
    if (node.op === "constant" || node.op === "input") {
      printed.set(node, atom(node));
      continue;
    }
    const [a, b] = node.args;
    const operator = infix[node.op];
    if (operator !== undefined && a !== undefined && b !== undefined) {
      const text = wrapped(a, operator.left) + operator.symbol + wrapped(b, operator.right);
      printed.set(node, { text: fit(text), own: operator.own });
    } else if (node.op === "negate" && a !== undefined) {
      const text = fit(`-${wrapped(a, binding.negation)}`);
      printed.set(node, { text, own: binding.negation });
    } else if (node.op === "not" && a !== undefined) {
      const text = fit(`not ${wrapped(a, binding.not)}`);
      printed.set(node, { text, own: binding.not });
    } else {
      const isPlainExprel = node.op === "exprel" && b?.op === "constant" && b.value === 0;
      const args = isPlainExprel ? node.args.slice(0, 1) : node.args;
      const text = `${node.op}(${args.map((argument) => wrapped(argument, 0)).join(", ")})`;
      printed.set(node, { text: fit(text), own: binding.atom });
    }
  }
  return wrapped(root, 0);
}

function atom(node: Expression): { text: string; own: number } {
  if (node.op === "input") return { text: node.name, own: binding.atom };
  if (node.op !== "constant") return { text: node.op, own: binding.atom };
  const isNegative = node.value < 0 || Object.is(node.value, -0);
  const text = Object.is(node.value, -0) ? "-0" : String(node.value);
  return { text, own: isNegative ? binding.negation : binding.atom };
}
