/** @file Equations, parameters and states in a model file: as text, so that nothing in a file is ever run as code. */
import { EquationError, ModelError, ValueError } from "../errors.ts";
import type { Expression } from "../expressions/expression.ts";
import type { GateDefinition, StateDefinition } from "../mechanisms/definition.ts";
import { type Domain, domains, usualDomain } from "../mechanisms/domain.ts";
import type { Gate, Quantity, State } from "../mechanisms/equations.ts";
import type { JsonPart } from "./json.ts";

export const most = { quantities: 1000, equation: 100_000 } as const;

/** Equations of a state. */
export function stateEquations({ gate, derivative, update, initial }: State): Expression[] {
  const rule = derivative ?? update;
  return [
    ...(gate === undefined ? (rule === undefined ? [] : [rule]) : rates(gate)),
    ...(initial === undefined ? [] : [initial]),
  ];
}

export function stateToJson(state: State, text: (expression: Expression) => string) {
  return {
    ...quantityToJson(state, false),
    ...(state.gate !== undefined
      ? { gate: gateToJson(state.gate, text) }
      : state.derivative !== undefined
        ? { derivative: text(state.derivative) }
        : { update: state.update && text(state.update) }),
    initial: state.initial && text(state.initial),
  };
}

/** The members of an object, each read. */
export function readMembers<T>(
  part: JsonPart,
  name: string,
  read: (one: JsonPart) => T,
): Record<string, T> {
  const entries = part.at(name).optional((one) => one.entries()) ?? [];
  if (entries.length > most.quantities)
    throw part
      .at(name)
      .fail(`has ${entries.length} entries; at most ${most.quantities} are possible.`);
  return Object.fromEntries(entries.map(([local, one]) => [local, read(one)]));
}

/** An object with the member if it is there. */
export function optionalMember<T>(
  part: JsonPart,
  name: string,
  read: (one: JsonPart) => T,
): Record<string, T> {
  const found = part.at(name).optional(read);
  return found === undefined ? {} : { [name]: found };
}

export function readText(part: JsonPart): string {
  return part.string();
}

export function readEquation(part: JsonPart): string {
  const text = part.string(most.equation);
  part.spend("equations", text.length);
  return text;
}

/** What `define` makes; what it finds wrong is wrong in the file. */
export function defineFrom<T>(part: JsonPart, define: () => T): T {
  try {
    return define();
  } catch (error) {
    const isKnown =
      error instanceof EquationError || error instanceof ModelError || error instanceof ValueError;
    if (!isKnown) throw error;
    throw part.fail(error.message);
  }
}

function rates(gate: Gate): Expression[] {
  return gate.form === "alphaBeta" ? [gate.alpha, gate.beta] : [gate.inf, gate.tau];
}

function gateToJson(gate: Gate, text: (expression: Expression) => string) {
  return gate.form === "alphaBeta"
    ? { alpha: text(gate.alpha), beta: text(gate.beta) }
    : { inf: text(gate.inf), tau: text(gate.tau) };
}

export const quantityNames = ["value", "unit", "shared", "about", "domain"];

export function quantityToJson(
  { local, value, unit, shared, about, domain }: Quantity,
  isParameter: boolean,
) {
  return {
    ...(domain === usualDomain(local, unit, isParameter) ? {} : { domain }),
    value,
    ...(unit === "" ? {} : { unit }),
    ...(shared ? { shared } : {}),
    ...(about === "" ? {} : { about }),
  };
}

export function readQuantity(part: JsonPart): Omit<StateDefinition, "gate"> {
  const text = (name: "unit" | "about") => {
    const found = part.at(name).optional((one) => one.string());
    return found === undefined ? {} : { [name]: found };
  };
  return {
    value: part.at("value").number(),
    ...text("unit"),
    ...text("about"),
    ...optionalMember(part, "domain", readDomain),
    shared: part.at("shared").optional((one) => one.boolean()) ?? false,
  };
}

function readDomain(part: JsonPart): Domain {
  const found = domains.find((one) => one === part.value);
  if (found !== undefined) return found;
  throw part.fail(`is not one of ${domains.join(", ")}.`);
}

export function readState(part: JsonPart): StateDefinition {
  part.only([...quantityNames, "gate", "derivative", "update", "initial"]);
  const [gate, derivative, update, initial] = [
    part.at("gate").optional(readGate),
    part.at("derivative").optional(readEquation),
    part.at("update").optional(readEquation),
    part.at("initial").optional(readEquation),
  ];
  return {
    ...readQuantity(part),
    ...(gate === undefined ? {} : { gate }),
    ...(derivative === undefined ? {} : { derivative }),
    ...(update === undefined ? {} : { update }),
    ...(initial === undefined ? {} : { initial }),
  };
}

function readGate(part: JsonPart): GateDefinition {
  part.only(["alpha", "beta", "inf", "tau"]);
  const equation = (name: string) => readEquation(part.at(name));
  return part.at("alpha").isAbsent
    ? { inf: equation("inf"), tau: equation("tau") }
    : { alpha: equation("alpha"), beta: equation("beta") };
}
