/** @file Values of expressions in plain TypeScript: the oracle against which compiled code is compared. */
import { EquationError } from "../errors.ts";
import { check, isArrayLike, number, record, tuple } from "../util/kinds.ts";
import { ownMember } from "../util/own.ts";
import { type Expression, expressionList, topologicalOrder } from "./expression.ts";
import { operations } from "./operations.ts";

interface Instruction {
  readonly evaluate: (...args: number[]) => number;
  readonly from: readonly number[];
  readonly to: number;
}

/**
 * Expressions in the order in which they are computed, each node once. Made once and run for many compartments and
 * steps, which is all the speed that an oracle needs.
 */
export class Tape {
  readonly inputs: readonly string[];
  readonly #instructions: readonly Instruction[];
  readonly #outputs: readonly number[];
  readonly #registers: Float64Array;
  readonly #inputRegisters: readonly number[];

  constructor(roots: readonly Expression[]) {
    check(roots, expressionList, "roots");
    const nodes = topologicalOrder(roots);
    const register = new Map(nodes.map((node, index) => [node, index]));
    const at = (node: Expression) => register.get(node) ?? 0;
    const inputRegisters = new Map<string, number>();
    const instructions: Instruction[] = [];
    this.#registers = new Float64Array(nodes.length);
    for (const node of nodes) {
      if (node.op === "constant") this.#registers[at(node)] = node.value;
      else if (node.op === "input") {
        const known = inputRegisters.get(node.name);
        if (known === undefined) inputRegisters.set(node.name, at(node));
        else instructions.push({ evaluate: (a = 0) => a, from: [known], to: at(node) });
      } else {
        const { evaluate } = operations[node.op];
        instructions.push({ evaluate, from: node.args.map(at), to: at(node) });
      }
    }
    this.inputs = [...inputRegisters.keys()];
    this.#inputRegisters = [...inputRegisters.values()];
    this.#instructions = instructions;
    this.#outputs = roots.map(at);
  }

  /** Values of the roots, given those of `inputs` in their order. */
  run(values: ArrayLike<number>): number[] {
    // What each compartment goes through in each step; numbers are not looked at
    if (!isArrayLike(values) || values.length < this.inputs.length)
      check(
        values,
        tuple(`numbers for ${this.inputs.join(", ")}`, ...this.inputs.map(() => number)),
        "values",
      );
    const registers = this.#registers;
    for (const [index, register] of this.#inputRegisters.entries()) {
      registers[register] = values[index] ?? Number.NaN;
    }
    for (const { evaluate, from, to } of this.#instructions) {
      registers[to] = evaluate(...from.map((index) => registers[index] ?? Number.NaN));
    }
    return this.#outputs.map((index) => registers[index] ?? Number.NaN);
  }
}

const inputKind = record(number, "an object of numbers by name");

/**
 * Value of an expression for given inputs.
 *
 * @throws EquationError if an input of the expression is not given.
 */
export function evaluate(root: Expression, inputs: Readonly<Record<string, number>> = {}): number {
  check(inputs, inputKind, "inputs");
  const tape = new Tape([root]);
  const values = tape.inputs.map((name) => {
    const value = ownMember(inputs, name);
    if (value === undefined) {
      throw new EquationError(`The expression reads ${JSON.stringify(name)}, which is not given.`, {
        subject: name,
      });
    }
    return value;
  });
  return tape.run(values)[0] ?? Number.NaN;
}
