/** @file What channels and synapses have in common: parameters, states and how they move, equations and their names. */
import { EquationError, ModelError, ValueError } from "../errors.ts";
import { dependsOn, differentiate } from "../expressions/derivative.ts";
import {
  constant,
  type Expression,
  input,
  substitute,
  toExpression,
} from "../expressions/expression.ts";
import { exponentialEuler, solveGateExponential } from "../expressions/gates.ts";
import { add, divide, exp, exprel, multiply } from "../expressions/math.ts";
import { parse } from "../expressions/parse.ts";
import { simplify } from "../expressions/simplify.ts";
import { verify } from "../expressions/verify.ts";
import {
  callback,
  choice,
  either,
  flag,
  number,
  object,
  record,
  required,
  text,
} from "../util/kinds.ts";
import { ownMember } from "../util/own.ts";
import { inWords } from "../util/words.ts";
import {
  type Equation,
  type GateDefinition,
  isReserved,
  type Names,
  type ParameterDefinition,
  type StateDefinition,
} from "./definition.ts";
import { type Domain, domains, isWithin, remedyFor, usualDomain } from "./domain.ts";

/** An equation: a text, or a function that builds an expression. */
export const equation = either(text, callback);

const quantityMembers = {
  value: required(number),
  unit: text,
  shared: flag,
  about: text,
  domain: choice(...domains),
};

const stateMembers = {
  ...quantityMembers,
  gate: object({ alpha: equation, beta: equation, inf: equation, tau: equation }),
  derivative: equation,
  update: equation,
  initial: equation,
};

/** Members that definitions of all mechanisms have, with their kinds. */
export const definitionMembers = {
  about: text,
  source: text,
  parameters: record(object(quantityMembers)),
  states: record(object(stateMembers)),
  let: record(equation),
} as const;

/** What a definition has of parameters, states and intermediate names. */
export interface Definition {
  readonly parameters?: Readonly<Record<string, ParameterDefinition>>;
  readonly states?: Readonly<Record<string, StateDefinition>>;
  readonly let?: Readonly<Record<string, Equation>>;
}

/** A parameter or state of a mechanism: `local` is its name in the equations, `key` that in a module. */
export interface Quantity {
  readonly local: string;
  readonly key: string;
  readonly value: number;
  readonly unit: string;
  readonly shared: boolean;
  readonly about: string;
  /** Which values it may be set to. */
  readonly domain: Domain;
}

/** Rates of a gate as expressions in local names. */
export type Gate =
  | { readonly form: "alphaBeta"; readonly alpha: Expression; readonly beta: Expression }
  | { readonly form: "infTau"; readonly inf: Expression; readonly tau: Expression };

export interface State extends Quantity {
  /** New value after one step, or undefined for a state that nothing moves. */
  readonly update: Expression | undefined;
  /** What `initStates` sets, or undefined to leave it alone. */
  readonly initial: Expression | undefined;
  readonly gate: Gate | undefined;
  /** Rate of change per ms, of a state that is declared by it; the update follows from that. */
  readonly derivative: Expression | undefined;
  /** Whether it moves by a rate, so that a step forth and half a step back are half a step forth. */
  readonly isRate: boolean;
}

/** The names that the equations of a mechanism can use, and what its intermediate names stand for. */
export class Scope {
  readonly #mechanism: string;
  readonly #names: ReadonlySet<string>;
  readonly #definitions = new Map<string, Expression>();
  readonly #arguments: readonly [Names, Names, Names];
  /** Parts of equations that are known to be right. */
  readonly #verified = new WeakSet<Expression>();

  constructor(mechanism: string, definition: Definition, environment: readonly string[]) {
    this.#mechanism = mechanism;
    const states = Object.keys(definition.states ?? {});
    const parameters = Object.keys(definition.parameters ?? {});
    this.#names = new Set([...parameters, ...states, ...environment]);
    this.#arguments = [inputs(states), inputs(environment), inputs(parameters)];
    for (const [local, equation] of Object.entries(definition.let ?? {})) {
      this.#definitions.set(local, this.read(local, equation));
    }
  }

  read(what: string, equation: Equation): Expression {
    try {
      const expression =
        typeof equation === "string"
          ? parse(equation, { names: this.#names, definitions: this.#definitions })
          : toExpression(equation(...this.#arguments));
      verify(expression, this.#names, this.#verified);
      return expression;
    } catch (error) {
      if (!(error instanceof EquationError)) throw error;
      throw new EquationError(`In the equation ${what} of ${this.#mechanism}: ${error.sentence}`, {
        ...error.details,
        subject: what,
      });
    }
  }
}

function inputs(names: readonly string[]): Names {
  return Object.fromEntries(names.map((name) => [name, input(name)]));
}

export function parameter(
  mechanism: string,
  local: string,
  definition: ParameterDefinition,
): Quantity {
  return quantity(mechanism, local, definition, true);
}

/** @throws ValueError for a default outside its domain. */
function quantity(
  mechanism: string,
  local: string,
  definition: ParameterDefinition,
  isParameter: boolean,
): Quantity {
  const { value, unit = "", shared = false, about = "" } = definition;
  const { domain = usualDomain(local, unit, isParameter) } = definition;
  if (!isWithin(value, domain)) {
    throw new ValueError(`The default of ${local} in ${mechanism} is ${value}.`, {
      subject: local,
      value,
      remedy: `${remedyFor(value, domain)} Its domain is ${JSON.stringify(domain)}; a definition may give another.`,
    });
  }
  const key = shared ? local : `${mechanism}_${local}`;
  return { local, key, value, unit, shared, about, domain };
}

/** Quantities of a mechanism that takes another name: keys change, except those that are shared. */
export function renameQuantities<Q extends Quantity>(items: readonly Q[], name: string): Q[] {
  return items.map((item) => (item.shared ? item : { ...item, key: `${name}_${item.local}` }));
}

/** Values by local name: those given by key, or the defaults. */
export function bindQuantities(
  items: readonly Quantity[],
  given: Readonly<Record<string, number>> = {},
): Record<string, number> {
  return Object.fromEntries(
    items.map((item) => [item.local, ownMember(given, item.key) ?? item.value]),
  );
}

export function defineState(
  scope: Scope,
  mechanism: string,
  local: string,
  state: StateDefinition,
): State {
  const rules = [state.gate, state.derivative, state.update].filter((rule) => rule !== undefined);
  if (rules.length > 1) {
    throw new ModelError(`The state ${local} of ${mechanism} has more than one rule.`, {
      subject: local,
      remedy: "Give one of gate, derivative and update.",
    });
  }
  const gate = state.gate && readGate(scope, local, state.gate);
  const own = input(local);
  const dt = input("dt");
  let update: Expression | undefined;
  if (gate?.form === "alphaBeta") update = solveGateExponential(own, dt, gate.alpha, gate.beta);
  else if (gate?.form === "infTau") update = exponentialEuler(own, dt, gate.inf, gate.tau);
  else if (state.update !== undefined) update = scope.read(`${local}, update`, state.update);
  const derivative =
    state.derivative === undefined
      ? undefined
      : scope.read(`${local}, derivative`, state.derivative);
  if (derivative !== undefined) update = integrateDerivative(local, derivative);
  const initial =
    state.initial === undefined
      ? gate && steadyState(gate)
      : scope.read(`${local}, initial`, state.initial);
  const isRate = state.gate !== undefined || state.derivative !== undefined;
  return { ...quantity(mechanism, local, state, false), update, initial, gate, derivative, isRate };
}

function readGate(scope: Scope, local: string, gate: GateDefinition): Gate {
  if ("alpha" in gate) {
    return {
      form: "alphaBeta",
      alpha: scope.read(`${local}, alpha`, gate.alpha),
      beta: scope.read(`${local}, beta`, gate.beta),
    };
  }
  return {
    form: "infTau",
    inf: scope.read(`${local}, inf`, gate.inf),
    tau: scope.read(`${local}, tau`, gate.tau),
  };
}

function steadyState(gate: Gate): Expression {
  return gate.form === "infTau" ? gate.inf : divide(gate.alpha, add(gate.alpha, gate.beta));
}

/**
 * One step of `dx/dt = f(x)`: `x + dt f(x) exprel(dt f'(x))`, the exponential Rosenbrock-Euler method (Hochbruck,
 * Ostermann 2010, Acta Numerica 19:209, eq. 2.26). All else is held; then it is exact where f is linear in x, of second order elsewhere. Where f is
 * a multiple of x, this is `x exp(dt f')`.
 */
function integrateDerivative(local: string, derivative: Expression): Expression {
  const dt = input("dt");
  const [slope = constant(0)] = simplify(differentiate([derivative], local));
  const exponent = multiply(dt, slope);
  const [rest = constant(0)] = simplify(
    substitute([derivative], (name) => (name === local ? constant(0) : undefined)),
  );
  const isMultiple = !dependsOn(slope, local) && rest.op === "constant" && rest.value === 0;
  if (isMultiple) return multiply(input(local), exp(exponent));
  return add(input(local), multiply(multiply(dt, derivative), exprel(exponent)));
}

const namePattern = /^[A-Za-z][A-Za-z0-9_]*$/;

export function checkName(name: string, what: string): void {
  if (typeof name === "string" && namePattern.test(name)) return;
  throw new ModelError(`${inWords(name)} cannot be the name of a ${what}.`, {
    subject: name,
    remedy: "Use letters, digits and underscores, with a letter first.",
  });
}

/**
 * Checks that the keys of a mechanism are its own, each once, and that its current has a name of its own.
 *
 * @throws ModelError for a key or current called as something that every module has, or two of one name.
 */
export function checkKeys(
  mechanism: string,
  quantities: readonly Quantity[],
  currentName: string,
): void {
  checkName(currentName, `current of ${mechanism}`);
  const seen = new Set<string>();
  for (const name of [...quantities.map(({ key }) => key), currentName]) {
    const what = name === currentName ? "current" : "key";
    if (!isReserved(name) && !seen.has(name)) {
      seen.add(name);
      continue;
    }
    throw new ModelError(
      `The ${what} ${name} of ${mechanism} has the name of ${isReserved(name) ? "what every module has" : "another of its quantities"}.`,
      {
        subject: name,
        remedy:
          what === "current"
            ? "Give it another: currentName in its definition."
            : "Choose another name for the quantity or for the mechanism.",
      },
    );
  }
}

export function checkLocals(
  mechanism: string,
  definition: Definition,
  environment: readonly string[],
): void {
  const seen = new Map<string, string>(environment.map((name) => [name, "the environment"]));
  for (const what of ["parameters", "states", "let"] as const) {
    for (const local of Object.keys(definition[what] ?? {})) {
      checkName(local, `quantity of ${mechanism}`);
      const other = seen.get(local);
      if (other !== undefined) {
        throw new ModelError(
          `The name ${local} of ${mechanism} stands in ${what} and in ${other}.`,
          {
            subject: local,
            remedy: "Choose another name for one of them.",
          },
        );
      }
      seen.set(local, what);
    }
  }
}
