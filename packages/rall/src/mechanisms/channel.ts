/** @file A channel: an immutable declaration with its equations as expressions, from which all else follows. */
import { EquationError, ModelError, ValueError } from "../errors.ts";
import { differentiate } from "../expressions/derivative.ts";
import { constant, type Expression, input, toExpression } from "../expressions/expression.ts";
import { exponentialEuler, solveGateExponential } from "../expressions/gates.ts";
import { add, divide, exprel, multiply } from "../expressions/math.ts";
import { parse } from "../expressions/parse.ts";
import { verify } from "../expressions/verify.ts";
import {
  type ChannelDefinition,
  type Equation,
  environment,
  type GateDefinition,
  type Names,
  type ParameterKey,
  type StateDefinition,
  type StateKey,
} from "./definition.ts";

/** A parameter or state of a mechanism: `local` is its name in the equations, `key` that in a module. */
export interface Quantity {
  readonly local: string;
  readonly key: string;
  readonly value: number;
  readonly unit: string;
  readonly shared: boolean;
  readonly about: string;
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
}

/** Type-level record of which keys a channel has; never present at run time. */
declare const keys: unique symbol;

/**
 * A channel. Equations are expressions in local names: those of the channel's parameters and states, and those of the
 * environment (`v` in mV, `dt` in ms, `radius`, `length`, `area`, `volume`, `axial_resistivity`, `capacitance`).
 */
export interface Channel<
  Name extends string = string,
  Parameter extends string = string,
  S extends string = string,
> {
  readonly name: Name;
  /** The name it was defined under, which inserting under another name does not change. */
  readonly kind: string;
  readonly about: string;
  readonly source: string;
  readonly parameters: readonly Quantity[];
  readonly states: readonly State[];
  /** Current density in mA/cm2. */
  readonly current: Expression;
  readonly currentName: string;
  /** Whether the definition named the current, so that another name for the channel leaves it. */
  readonly hasOwnCurrentName: boolean;
  /** New voltage, for channels that reset or drive it themselves. */
  readonly voltage: Expression | undefined;
  readonly [keys]?: { readonly parameter: Parameter; readonly state: S };
}

/**
 * Declares a channel. In a module its parameters and states are called `<name>_<local>`, those marked `shared` just
 * `<local>`.
 *
 * @param name - letters, digits and underscores.
 * @throws {EquationError} for an equation that cannot be read, with its place, and the equation's name as `subject`.
 * @throws {ModelError} for names that clash or a state with several rules.
 * @throws {ValueError} for a default that is not finite.
 */
export function defineChannel<
  const Name extends string,
  const Definition extends ChannelDefinition,
>(
  name: Name,
  definition: Definition,
): Channel<Name, ParameterKey<Name, Definition>, StateKey<Name, Definition>> {
  checkName(name, "channel");
  checkLocals(name, definition);
  const scope = new Scope(name, definition);
  const states = Object.entries(definition.states ?? {}).map(([local, state]) =>
    defineState(scope, name, local, state),
  );
  const parameters = Object.entries(definition.parameters ?? {}).map(([local, parameter]) =>
    quantity(name, local, parameter),
  );
  return Object.freeze({
    name,
    kind: name,
    about: definition.about ?? "",
    source: definition.source ?? "",
    parameters,
    states,
    current:
      definition.current === undefined ? constant(0) : scope.read("current", definition.current),
    currentName: definition.currentName ?? `i_${name}`,
    hasOwnCurrentName: definition.currentName !== undefined,
    voltage:
      definition.voltage === undefined ? undefined : scope.read("voltage", definition.voltage),
  });
}

/**
 * The same channel under another name, so that a compartment can hold it twice: prefixes of its keys change, shared
 * names do not, nor does a current name that the definition fixed (HH always reports `i_HH`).
 */
export function renameChannel<const Name extends string>(
  channel: Channel,
  name: Name,
): Channel<Name> {
  checkName(name, "channel");
  const rename = <Q extends Quantity>(item: Q): Q =>
    item.shared ? item : { ...item, key: `${name}_${item.local}` };
  return Object.freeze({
    ...channel,
    name,
    parameters: channel.parameters.map(rename),
    states: channel.states.map(rename),
    currentName: channel.hasOwnCurrentName ? channel.currentName : `i_${name}`,
  });
}

/** The names that a channel's equations can use, and what its intermediate names stand for. */
class Scope {
  readonly #channel: string;
  readonly #names: ReadonlySet<string>;
  readonly #definitions = new Map<string, Expression>();
  readonly #arguments: readonly [Names, Names, Names];

  constructor(channel: string, definition: ChannelDefinition) {
    this.#channel = channel;
    const states = Object.keys(definition.states ?? {});
    const parameters = Object.keys(definition.parameters ?? {});
    this.#names = new Set([...parameters, ...states, ...Object.keys(environment)]);
    this.#arguments = [inputs(states), inputs(Object.keys(environment)), inputs(parameters)];
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
      verify(expression, this.#names);
      return expression;
    } catch (error) {
      if (!(error instanceof EquationError)) throw error;
      throw new EquationError(`In the equation ${what} of ${this.#channel}: ${error.message}`, {
        ...(error.details.location === undefined ? {} : { cause: error }),
        subject: what,
      });
    }
  }
}

function inputs(names: readonly string[]): Names {
  return Object.fromEntries(names.map((name) => [name, input(name)]));
}

function quantity(
  channel: string,
  local: string,
  { value, unit = "", shared = false, about = "" }: Omit<StateDefinition, "gate">,
): Quantity {
  if (!Number.isFinite(value)) {
    throw new ValueError(`The default of ${local} in ${channel} is ${value}.`, {
      subject: local,
      value,
      remedy: "Give a finite number.",
    });
  }
  return { local, key: shared ? local : `${channel}_${local}`, value, unit, shared, about };
}

function defineState(scope: Scope, channel: string, local: string, state: StateDefinition): State {
  const rules = [state.gate, state.derivative, state.update].filter((rule) => rule !== undefined);
  if (rules.length > 1) {
    throw new ModelError(`The state ${local} of ${channel} has more than one rule.`, {
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
  else if (state.derivative !== undefined) {
    update = integrateDerivative(local, scope.read(`${local}, derivative`, state.derivative));
  }
  const initial =
    state.initial === undefined
      ? gate && steadyState(gate)
      : scope.read(`${local}, initial`, state.initial);
  return { ...quantity(channel, local, state), update, initial, gate };
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
 * Ostermann 2010, Acta Numerica 19:209, eq. 2.26). It is exact where f is linear in x, of second order elsewhere.
 */
function integrateDerivative(local: string, derivative: Expression): Expression {
  const dt = input("dt");
  const [slope = constant(0)] = differentiate([derivative], local);
  return add(input(local), multiply(multiply(dt, derivative), exprel(multiply(dt, slope))));
}

const namePattern = /^[A-Za-z][A-Za-z0-9_]*$/;

function checkName(name: string, what: string): void {
  if (namePattern.test(name)) return;
  throw new ModelError(`${JSON.stringify(name)} cannot be the name of a ${what}.`, {
    subject: name,
    remedy: "Use letters, digits and underscores, with a letter first.",
  });
}

function checkLocals(channel: string, definition: ChannelDefinition): void {
  const seen = new Map<string, string>(
    Object.keys(environment).map((name) => [name, "the environment"]),
  );
  for (const what of ["parameters", "states", "let"] as const) {
    for (const local of Object.keys(definition[what] ?? {})) {
      checkName(local, `quantity of ${channel}`);
      const other = seen.get(local);
      if (other !== undefined) {
        throw new ModelError(`The name ${local} of ${channel} stands in ${what} and in ${other}.`, {
          subject: local,
          remedy: "Choose another name for one of them.",
        });
      }
      seen.set(local, what);
    }
  }
}
