/** @file The specification of well-formed expressions, checked where expressions enter: definitions and plan. */
import { EquationError } from "../errors.ts";
import { callback, check, having, required } from "../util/kinds.ts";
import { nearestName } from "../util/suggest.ts";
import { type Expression, nameSet, type Operation, topologicalOrder } from "./expression.ts";
import { operations } from "./operations.ts";
import { printShort } from "./print.ts";

const verifiedKind = having({ has: required(callback), add: required(callback) }, "a WeakSet");

/**
 * Checks the number and type of all arguments and, if `names` is given, that only these inputs are read.
 *
 * @param verified - parts that were verified before with the same names, to which those of this one are added: equations
 *   that share parts are then looked at in a time that grows with the number of parts alone.
 * @throws EquationError naming the sub-expression that is wrong.
 */
export function verify(
  root: Expression,
  names?: ReadonlySet<string>,
  verified: WeakSet<Expression> = new WeakSet(),
): void {
  if (names !== undefined) check(names, nameSet, "names");
  check(verified, verifiedKind, "verified");
  for (const node of topologicalOrder([root], verified)) {
    if (node.op === "input") {
      if (names?.has(node.name) === false) throw unknownName(node.name, names);
    } else if (node.op !== "constant") verifyOperation(node);
    else if (!Number.isFinite(node.value)) {
      throw new EquationError(`The constant ${node.value} is not finite.`, { value: node.value });
    }
  }
  if (isTruth(root)) {
    throw new EquationError(`${printShort(root)} is a truth value, where a quantity is needed.`, {
      remedy: "Use select(condition, 1, 0) to turn it into a number.",
    });
  }
}

export function unknownName(name: string, names: Iterable<string>): EquationError {
  const suggestion = nearestName(name, names);
  return new EquationError(`Unknown name ${JSON.stringify(name)}.`, {
    subject: name,
    ...(suggestion === undefined
      ? { remedy: `Known names are: ${[...names].join(", ")}.` }
      : { suggestion }),
  });
}

function verifyOperation(node: Operation): void {
  const meaning = operations[node.op];
  if (node.args.length !== meaning.operands.length) {
    throw new EquationError(
      `The operation ${node.op} takes ${meaning.operands.length} operands, not ${node.args.length}.`,
      { subject: node.op },
    );
  }
  for (const [index, argument] of node.args.entries()) {
    const expected = meaning.operands[index];
    if (expected === "truth" && !isTruth(argument)) {
      throw new EquationError(
        `${printShort(argument)} is a quantity, where ${node.op} needs a truth value.`,
        {
          remedy: "Compare it with something, as in x > 0.",
        },
      );
    }
    if (expected !== "truth" && isTruth(argument)) {
      throw new EquationError(
        `${printShort(argument)} is a truth value, where ${node.op} needs a quantity.`,
        {
          remedy: "Use select(condition, 1, 0) to turn it into a number.",
        },
      );
    }
    if (expected === "constant" && !isOrder(argument)) {
      throw new EquationError(
        `The order of ${node.op} must be 0, 1, 2, ..., not ${printShort(argument)}.`,
      );
    }
  }
}

function isTruth(node: Expression): boolean {
  return node.op !== "constant" && node.op !== "input" && operations[node.op].result === "truth";
}

function isOrder(node: Expression): boolean {
  return (
    node.op === "constant" && Number.isInteger(node.value) && node.value >= 0 && node.value <= 32
  );
}
