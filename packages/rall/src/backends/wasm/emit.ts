/** @file From expressions to instructions on pairs of numbers. */
import {
  type Expression,
  type Operation,
  operands,
  topologicalOrder,
} from "../../expressions/expression.ts";
import { operations } from "../../expressions/operations.ts";
import type { Local } from "./assembler.ts";
import type { Lanes } from "./lanes.ts";
import {
  emitExp,
  emitExprel,
  emitExprelDerivative,
  emitIntegerPower,
  emitLog,
  emitPower,
  emitTanh,
} from "./math.ts";
import type { Opcode } from "./opcodes.ts";

/** What a comparison that holds gives in a lane. */
const allOnes = 2n ** 64n - 1n;

/**
 * Emits the computation of `roots`, each shared node once.
 *
 * @param load - emits the load of an input and gives its local.
 * @returns the locals of the roots.
 */
export function emitExpressions(
  to: Lanes,
  roots: readonly Expression[],
  load: (name: string) => Local,
): Local[] {
  const order = topologicalOrder(roots);
  const locals = new Map<Expression, Local>();
  const lastUses = lastUsesOf(order, roots);
  // What operations made: variables of inputs may be those of the caller
  const made = new Set<Local>();
  const at = (node: Expression): Local => {
    const local = locals.get(node);
    if (local === undefined) throw new TypeError("an operand comes after its use");
    return local;
  };
  for (const node of order) {
    if (node.op === "constant") locals.set(node, to.constant(node.value));
    else if (node.op === "input") locals.set(node, load(node.name));
    else {
      const kinds = operations[node.op].operands;
      const values = operands(node).map((argument, k) =>
        kinds[k] === "truth" && argument.op === "constant"
          ? to.bits(argument.value === 0 ? 0n : allOnes)
          : at(argument),
      );
      const [result] = to.f.scope(() => [emitOperation(to, node, values)]);
      if (result === undefined) continue;
      locals.set(node, result);
      // An operation that does nothing gives its operand
      if (values.includes(result)) made.delete(result);
      else made.add(result);
    }
    for (const argument of lastUses.get(node) ?? []) {
      const local = locals.get(argument);
      if (local !== undefined && made.delete(local)) to.f.release(local);
    }
  }
  return roots.map(at);
}

/** Operations whose values are not needed any more after that of a node, by node. */
function lastUsesOf(
  order: readonly Expression[],
  roots: readonly Expression[],
): ReadonlyMap<Expression, readonly Expression[]> {
  const seen = new Set<Expression>(roots);
  const last = new Map<Expression, Expression[]>();
  for (const node of order.toReversed()) {
    const ended = operands(node).filter((argument) => !seen.has(argument));
    for (const argument of ended) seen.add(argument);
    last.set(node, [...new Set(ended)]);
  }
  return last;
}

const direct: Partial<Record<Operation["op"], Opcode>> = {
  add: "f64x2.add",
  subtract: "f64x2.sub",
  multiply: "f64x2.mul",
  divide: "f64x2.div",
  negate: "f64x2.neg",
  sqrt: "f64x2.sqrt",
  abs: "f64x2.abs",
  less: "f64x2.lt",
  lessEqual: "f64x2.le",
  equal: "f64x2.eq",
  not: "v128.not",
  and: "v128.and",
  or: "v128.or",
};

function emitOperation(to: Lanes, node: Operation, [a, b, c]: readonly Local[]): Local {
  if (a === undefined) throw new TypeError(`${node.op} without operands`);
  const opcode = direct[node.op];
  if (opcode !== undefined) return b === undefined ? to.op(opcode, a) : to.op(opcode, a, b);
  const [first, second] = node.args;
  switch (node.op) {
    case "exp":
      return emitExp(to, a, isBoundedAbove(first));
    case "log":
      return emitLog(to, a);
    case "tanh":
      return emitTanh(to, a);
    case "exprel":
      if (second?.op !== "constant" || second.value === 0) return emitExprel(to, a);
      return emitExprelDerivative(to, a, second.value);
    case "power":
      if (second?.op === "constant" && isShortProduct(second.value))
        return emitIntegerPower(to, a, second.value);
      return first?.op === "constant" && first.value > 0
        ? emitExp(to, to.mul(b ?? a, emitLog(to, a)))
        : emitPower(to, a, b ?? a);
    case "min":
    case "max":
      return emitExtremum(to, node, a, b ?? a);
    default:
      // Lanes of a mask are all ones or zeros
      return to.select(a, b ?? a, c ?? a);
  }
}

/** Whether a power is best computed by multiplying. */
function isShortProduct(exponent: number): boolean {
  return Number.isInteger(exponent) && Math.abs(exponent) <= 64;
}

/** With a constant the cheap instruction serves, whose first operand decides when it is NaN. */
function emitExtremum(to: Lanes, node: Operation, a: Local, b: Local): Local {
  const [first, second] = node.args;
  const cheap = node.op === "min" ? "f64x2.pmin" : "f64x2.pmax";
  if (first?.op === "constant") return to.op(cheap, b, a);
  if (second?.op === "constant") return to.op(cheap, a, b);
  return to.op(node.op === "min" ? "f64x2.min" : "f64x2.max", a, b);
}

/** Whether an argument of exp surely stays below 700, where a single scaling does. */
function isBoundedAbove(node: Expression | undefined): boolean {
  if (node === undefined) return false;
  if (node.op === "min") return node.args.some((arg) => arg.op === "constant" && arg.value < 700);
  return isNonPositive(node);
}

/** Whether the signs in an expression tell that it is never above 0, as `-dt (alpha + beta)` of a gate. */
function isNonPositive(node: Expression): boolean {
  if (node.op === "constant") return node.value <= 0;
  const [a, b] = operands(node);
  if (a === undefined) return false;
  if (node.op === "negate") return isNonNegative(a);
  if (b === undefined || (node.op !== "multiply" && node.op !== "divide")) return false;
  return (isNonPositive(a) && isNonNegative(b)) || (isNonNegative(a) && isNonPositive(b));
}

function isNonNegative(node: Expression): boolean {
  if (node.op === "constant") return node.value >= 0;
  if (node.op === "input") return node.name === "dt";
  const [a, b] = operands(node);
  switch (node.op) {
    case "exp":
    case "exprel":
    case "sqrt":
    case "abs":
      return true;
    case "add":
    case "multiply":
    case "divide":
    case "min":
      return a !== undefined && b !== undefined && isNonNegative(a) && isNonNegative(b);
    case "max":
      return [a, b].some((arg) => arg !== undefined && isNonNegative(arg));
    default:
      return false;
  }
}
