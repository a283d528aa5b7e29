/**
 * @file Text to expression: `0.1 * (v + 40) / (1 - exp(-(v + 40) / 10))`. Operators from weak to strong: `or`, `and`,
 * `not`, comparisons (`<`, `<=`, `>`, `>=`, `==`, `!=`), `+ -`, `* /`, unary `-`, `^` (to the right; `**` is the same).
 * Nothing is ever evaluated as code, so a text from a stranger is safe.
 */
import { EquationError, type ErrorDetails, type TextLocation } from "../errors.ts";
import { callback, check, having, required, text as textKind } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { ownMember } from "../util/own.ts";
import { nearestName } from "../util/suggest.ts";
import { constant, type Expression, input, nameSet } from "./expression.ts";
import { type TextFunction, textFunctions } from "./functions.ts";
import * as math from "./math.ts";
import { type Token, tokenize } from "./tokenize.ts";
import { unknownName } from "./verify.ts";

/** Names that a text may use. */
export interface ParseOptions {
  /** Names that the text may use; without it any name is taken for an input. */
  readonly names?: ReadonlySet<string>;
  /** Names that stand for expressions. */
  readonly definitions?: ReadonlyMap<string, Expression>;
}

const optionFields = {
  names: nameSet,
  definitions: having(
    { get: required(callback), keys: required(callback) },
    "a Map from names to expressions",
  ),
};

/** Deeper nesting than any equation needs; keeps a hostile text from exhausting the stack. */
const maximalDepth = 256;
const maximalLength = 100_000;

/**
 * Reads an expression.
 *
 * @throws EquationError with line and column, the line itself, and the nearest known name for a misspelt one.
 */
export function parse(text: string, options: ParseOptions = {}): Expression {
  check(text, textKind, "text");
  checkOptions(options, optionFields, "parse");
  if (text.length > maximalLength) {
    throw new EquationError(`An equation of ${text.length} characters is too long.`, {
      remedy: `Keep it under ${maximalLength} characters, with \`let\` for its parts.`,
    });
  }
  return new Parser(text, options).parse();
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #options: ParseOptions;
  #position = 0;
  #depth = 0;

  constructor(text: string, options: ParseOptions) {
    this.#text = text;
    this.#options = options;
    this.#tokens = tokenize(text, (message, offset) => this.#error(message, offset));
  }

  parse(): Expression {
    if (this.#peek().kind === "end") throw this.#error("The equation is empty.", 0);
    const result = this.#disjunction();
    const rest = this.#peek();
    if (rest.kind !== "end") throw this.#unexpected(rest, "an operator or the end");
    return result;
  }

  #disjunction(): Expression {
    let left = this.#conjunction();
    while (this.#accept("or", "||")) left = math.or(left, this.#conjunction());
    return left;
  }

  #conjunction(): Expression {
    let left = this.#negation();
    while (this.#accept("and", "&&")) left = math.and(left, this.#negation());
    return left;
  }

  #negation(): Expression {
    if (this.#accept("not", "!")) return this.#nested(() => math.not(this.#negation()));
    return this.#comparison();
  }

  #comparison(): Expression {
    const left = this.#sum();
    const comparison = comparisons.get(this.#peek().text);
    if (comparison === undefined) return left;
    this.#position++;
    const result = comparison(left, this.#sum());
    const next = this.#peek();
    if (comparisons.has(next.text)) {
      throw this.#error("Comparisons do not chain.", next.offset, {
        remedy: "Join them with `and`, as in a < b and b < c.",
      });
    }
    return result;
  }

  #sum(): Expression {
    let left = this.#product();
    for (;;) {
      if (this.#accept("+")) left = math.add(left, this.#product());
      else if (this.#accept("-")) left = math.subtract(left, this.#product());
      else return left;
    }
  }

  #product(): Expression {
    let left = this.#signed();
    for (;;) {
      if (this.#accept("*")) left = math.multiply(left, this.#signed());
      else if (this.#accept("/")) left = math.divide(left, this.#signed());
      else return left;
    }
  }

  #signed(): Expression {
    if (this.#accept("+")) return this.#nested(() => this.#signed());
    if (!this.#accept("-")) return this.#power();
    const operand = this.#nested(() => this.#signed());
    return operand.op === "constant" ? constant(-operand.value) : math.negate(operand);
  }

  #power(): Expression {
    const base = this.#atom();
    return this.#accept("^", "**") ? this.#nested(() => math.power(base, this.#signed())) : base;
  }

  #atom(): Expression {
    const token = this.#next();
    if (token.kind === "number") return constant(Number(token.text));
    if (token.kind === "name") return this.#accept("(") ? this.#call(token) : this.#name(token);
    if (token.text !== "(") throw this.#unexpected(token, "a number, a name or (");
    const inner = this.#nested(() => this.#disjunction());
    this.#expect(")");
    return inner;
  }

  #name(token: Token): Expression {
    const { names, definitions } = this.#options;
    const definition = definitions?.get(token.text);
    if (definition !== undefined) return definition;
    if (ownMember(textFunctions, token.text) !== undefined && names?.has(token.text) !== true) {
      throw this.#error(`The function ${token.text} needs arguments in parentheses.`, token.offset);
    }
    if (names !== undefined && !names.has(token.text)) {
      const known = [...names, ...(definitions?.keys() ?? [])];
      throw this.#located(unknownName(token.text, known), token.offset);
    }
    return input(token.text);
  }

  #call(token: Token): Expression {
    const args: Expression[] = [];
    if (!this.#accept(")")) {
      do args.push(this.#nested(() => this.#disjunction()));
      while (this.#accept(","));
      this.#expect(")");
    }
    const callee = ownMember(textFunctions, token.text);
    if (callee === undefined) {
      const suggestion = nearestName(token.text, Object.keys(textFunctions));
      throw this.#error(`There is no function ${token.text}.`, token.offset, {
        subject: token.text,
        ...(suggestion === undefined
          ? { remedy: `The functions are: ${Object.keys(textFunctions).join(", ")}.` }
          : { suggestion }),
      });
    }
    this.#checkArguments(token, callee, args.length);
    return callee.build(args);
  }

  #checkArguments(token: Token, callee: TextFunction, count: number): void {
    if (count >= callee.least && count <= callee.most) return;
    throw this.#error(
      `${token.text}(${callee.parameters}) was given ${count} arguments.`,
      token.offset,
    );
  }

  #nested(read: () => Expression): Expression {
    if (++this.#depth > maximalDepth) {
      throw this.#error("The equation is nested too deeply.", this.#peek().offset);
    }
    const result = read();
    this.#depth--;
    return result;
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? { kind: "end", text: "", offset: this.#text.length };
  }

  #next(): Token {
    const token = this.#peek();
    this.#position++;
    return token;
  }

  #accept(...texts: string[]): boolean {
    const token = this.#peek();
    if (token.kind === "number" || !texts.includes(token.text)) return false;
    this.#position++;
    return true;
  }

  #expect(text: string): void {
    const token = this.#peek();
    if (!this.#accept(text)) throw this.#unexpected(token, text);
  }

  #unexpected(token: Token, expected: string): EquationError {
    const found = token.kind === "end" ? "the end of the equation" : JSON.stringify(token.text);
    return this.#error(`Expected ${expected}, found ${found}.`, token.offset);
  }

  #error(message: string, offset: number, details: ErrorDetails = {}): EquationError {
    return new EquationError(message, { ...details, location: locate(this.#text, offset) });
  }

  /** The same error with its place in this text. */
  #located(error: EquationError, offset: number): EquationError {
    const { subject, suggestion } = error.details;
    return this.#error(`Unknown name ${JSON.stringify(subject)}.`, offset, {
      ...error.details,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
}

const comparisons: ReadonlyMap<string, (a: Expression, b: Expression) => Expression> = new Map([
  ["<", math.less],
  ["<=", math.lessEqual],
  [">", math.greater],
  [">=", math.greaterEqual],
  ["==", math.equal],
  ["!=", (a: Expression, b: Expression) => math.not(math.equal(a, b))],
]);

function locate(text: string, offset: number): TextLocation {
  const before = text.slice(0, offset).split("\n");
  const line = before.length;
  return {
    line,
    column: (before.at(-1)?.length ?? 0) + 1,
    text: text.split("\n")[line - 1] ?? "",
  };
}
