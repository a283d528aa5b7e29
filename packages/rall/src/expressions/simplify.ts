/**
 * @file Simplification with common sub-expressions. The result computes the same values as the input up to rounding, for
 * finite inputs; sums are never reassociated, because that could lose digits.
 */
import { check } from "../util/kinds.ts";
import {
  constant,
  type Expression,
  expressionList,
  type Operation,
  type OperationName,
  operation,
  topologicalOrder,
} from "./expression.ts";
import { operations } from "./operations.ts";

/**
 * Simplifies several expressions together. Equal sub-expressions of the results are the same object, so that a
 * compiler which goes by identity computes each once.
 */
export function simplify(roots: readonly Expression[]): Expression[] {
  check(roots, expressionList, "roots");
  const pool = new Pool();
  const simplified = new Map<Expression, Expression>();
  const image = (node: Expression): Expression => simplified.get(node) ?? node;
  for (const node of topologicalOrder(roots)) {
    const result =
      node.op === "constant" || node.op === "input"
        ? pool.intern(node)
        : pool.build(node.op, node.args.map(image));
    simplified.set(node, result);
  }
  return roots.map(image);
}

/** Holds one object per distinct expression and applies the rewrite rules whenever a new one is built. */
class Pool {
  readonly #nodes = new Map<string, Expression>();
  readonly #ids = new Map<Expression, number>();

  intern(node: Expression): Expression {
    const key = this.#key(node);
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    this.#nodes.set(key, node);
    this.#ids.set(node, this.#ids.size);
    return node;
  }

  /** Builds the operation in its simplest form; `args` are members of this pool. */
  build(op: OperationName, args: readonly Expression[]): Expression {
    return this.#fold(op, args) ?? this.#rewrite(op, args) ?? this.intern(this.#ordered(op, args));
  }

  constant(value: number): Expression {
    return this.intern(constant(value));
  }

  #key(node: Expression): string {
    if (node.op === "constant") return Object.is(node.value, -0) ? "#-0" : `#${node.value}`;
    if (node.op === "input") return `$${node.name}`;
    return `${node.op}(${node.args.map((argument) => this.#ids.get(argument)).join()})`;
  }

  /** Commutative operations have their constant first and otherwise the older argument. */
  #ordered(op: OperationName, args: readonly Expression[]): Operation {
    const rank = (node: Expression) =>
      node.op === "constant" ? -1 : (this.#ids.get(node) ?? Number.POSITIVE_INFINITY);
    const sorted =
      operations[op].commutative === true ? [...args].sort((a, b) => rank(a) - rank(b)) : args;
    return operation(op, sorted) as Operation;
  }

  #fold(op: OperationName, args: readonly Expression[]): Expression | undefined {
    const values = args.map((argument) =>
      argument.op === "constant" ? argument.value : undefined,
    );
    const known = values.filter((value) => value !== undefined);
    if (known.length < values.length) return undefined;
    const value = operations[op].evaluate(...known);
    return Number.isFinite(value) ? this.constant(value) : undefined;
  }

  #rewrite(op: OperationName, args: readonly Expression[]): Expression | undefined {
    const [a, b, c] = args;
    if (a === undefined) return undefined;
    if (op === "negate") return this.#negate(a);
    if (op === "not") return a.op === "not" ? a.args[0] : undefined;
    if (b === undefined) return undefined;
    switch (op) {
      case "add":
        return this.#add(a, b);
      case "subtract":
        return this.#subtract(a, b);
      case "multiply":
        return this.#multiply(a, b);
      case "divide":
        return this.#divide(a, b);
      case "power":
        return this.#power(a, b);
      case "min":
      case "max":
        return a === b ? a : undefined;
      case "and":
      case "or":
        return a === b ? a : this.#join(op, a, b);
      case "select":
        if (c === undefined) return undefined;
        if (b === c) return b;
        return a.op === "constant" ? (a.value !== 0 ? b : c) : undefined;
      default:
        return undefined;
    }
  }

  /** A truth that is known decides, or does not matter. */
  #join(op: "and" | "or", a: Expression, b: Expression): Expression | undefined {
    for (const [known, other] of [
      [a, b],
      [b, a],
    ] as const)
      if (known.op === "constant") return (known.value === 0) === (op === "and") ? known : other;
    return undefined;
  }

  #negate(a: Expression): Expression | undefined {
    if (a.op === "negate") return a.args[0];
    const [left, right] = binaryArguments(a);
    if (left === undefined || right === undefined) return undefined;
    if (a.op === "subtract") return this.build("subtract", [right, left]);
    const isScaled = (a.op === "multiply" || a.op === "divide") && left.op === "constant";
    return isScaled ? this.build(a.op, [this.constant(-left.value), right]) : undefined;
  }

  #add(a: Expression, b: Expression): Expression | undefined {
    if (isValue(a, 0)) return b;
    if (isValue(b, 0)) return a;
    if (b.op === "negate") return this.build("subtract", [a, first(b)]);
    if (a.op === "negate") return this.build("subtract", [b, first(a)]);
    return undefined;
  }

  #subtract(a: Expression, b: Expression): Expression | undefined {
    if (isValue(b, 0)) return a;
    if (isValue(a, 0)) return this.build("negate", [b]);
    if (a === b) return this.constant(0);
    if (b.op === "negate") return this.build("add", [a, first(b)]);
    if (b.op === "constant") return this.build("add", [a, this.constant(-b.value)]);
    return undefined;
  }

  #multiply(a: Expression, b: Expression): Expression | undefined {
    for (const [factor, other] of [
      [a, b],
      [b, a],
    ] as const) {
      if (isValue(factor, 0)) return factor;
      if (isValue(factor, 1)) return other;
      if (isValue(factor, -1)) return this.build("negate", [other]);
      if (factor.op === "negate") {
        return this.build("negate", [this.build("multiply", [first(factor), other])]);
      }
      if (factor.op === "constant") {
        const scaled = this.#scale(factor.value, other);
        if (scaled !== undefined) return scaled;
      }
      if (factor.op === "divide" && isValue(first(factor), 1)) {
        return this.build("divide", [other, second(factor)]);
      }
      if (factor.op === "select" && isIndicator(factor)) return this.#selectScaled(factor, other);
    }
    return a === b ? this.build("power", [a, this.constant(2)]) : undefined;
  }

  /** `value * other` where other already has a constant factor, unless the joint factor leaves the safe range. */
  #scale(value: number, other: Expression): Expression | undefined {
    const [left, right] = binaryArguments(other);
    if (left === undefined || right === undefined) return undefined;
    if (left.op === "constant" && (other.op === "multiply" || other.op === "divide")) {
      const product = value * left.value;
      if (isSafe(product)) return this.build(other.op, [this.constant(product), right]);
    }
    if (other.op === "select" && isIndicator(other)) {
      return this.#selectScaled(other, this.constant(value));
    }
    return undefined;
  }

  /** A factor that is 0 or 1 selects, which also keeps 0 * infinity from arising in the branch not taken. */
  #selectScaled(indicator: Operation, other: Expression): Expression {
    const [condition, yes, no] = indicator.args;
    if (condition === undefined || yes === undefined || no === undefined) return indicator;
    const zero = this.constant(0);
    const arm = (value: Expression) =>
      isValue(value, 0) ? zero : this.build("multiply", [value, other]);
    return this.build("select", [condition, arm(yes), arm(no)]);
  }

  #divide(a: Expression, b: Expression): Expression | undefined {
    if (isValue(a, 0)) return a;
    if (isValue(b, 1)) return a;
    if (b.op === "constant" && isSafe(1 / b.value)) {
      return this.build("multiply", [a, this.constant(1 / b.value)]);
    }
    if (a.op === "negate") return this.build("negate", [this.build("divide", [first(a), b])]);
    if (b.op === "negate") return this.build("negate", [this.build("divide", [a, first(b)])]);
    if (b.op === "divide") {
      const [numerator, denominator] = [first(b), second(b)];
      if (isValue(numerator, 1)) return this.build("multiply", [a, denominator]);
    }
    return undefined;
  }

  #power(a: Expression, b: Expression): Expression | undefined {
    if (b.op !== "constant") return undefined;
    if (b.value === 0) return this.constant(1);
    if (b.value === 1) return a;
    if (b.value === -1) return this.build("divide", [this.constant(1), a]);
    if (b.value === 0.5) return this.build("sqrt", [a]);
    return undefined;
  }
}

function isValue(node: Expression, value: number): boolean {
  return node.op === "constant" && node.value === value;
}

/** Neither zero, nor subnormal, nor infinite: scaling by it costs at most rounding. */
function isSafe(factor: number): boolean {
  const magnitude = Math.abs(factor);
  return magnitude > 1e-290 && magnitude < 1e290;
}

/** A select whose arms are 0 and something constant: what the derivative of abs, min, max and select gives. */
function isIndicator(node: Operation): boolean {
  const [, yes, no] = node.args;
  return (
    yes?.op === "constant" &&
    no?.op === "constant" &&
    (yes.value === 0 || no.value === 0 || Math.abs(yes.value) === Math.abs(no.value))
  );
}

function binaryArguments(node: Expression): readonly (Expression | undefined)[] {
  if (node.op === "constant" || node.op === "input") return [];
  return [node.args[0], node.args[1]];
}

function first(node: Operation): Expression {
  return node.args[0] ?? node;
}

function second(node: Operation): Expression {
  return node.args[1] ?? node;
}
