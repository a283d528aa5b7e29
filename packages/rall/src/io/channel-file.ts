/** @file Channels in a model file: their equations as text, so that nothing in a file is ever run as code. */
import { EquationError, ModelError, ValueError } from "../errors.ts";
import {
  type Expression,
  input,
  operands,
  replaceNodes,
  topologicalOrder,
} from "../expressions/expression.ts";
import { print } from "../expressions/print.ts";
import {
  type Channel,
  defineChannel,
  type Quantity,
  renameChannel,
} from "../mechanisms/channel.ts";
import type { GateDefinition, StateDefinition } from "../mechanisms/definition.ts";
import type { JsonPart } from "./json.ts";

const most = { quantities: 1000, equation: 100_000 } as const;

/** A channel as data. Parts that several equations or operations share are named in `let`. */
export function channelToJson(channel: Channel) {
  const { name, kind, about, source, parameters, states, current, currentName, voltage } = channel;
  const roots = [
    current,
    ...(voltage === undefined ? [] : [voltage]),
    ...states.flatMap(({ gate, update, initial }) => [
      ...(gate === undefined ? (update === undefined ? [] : [update]) : rates(gate)),
      ...(initial === undefined ? [] : [initial]),
    ]),
  ];
  const taken = new Set([...parameters, ...states].map(({ local }) => local));
  const shared = nameShared(roots, taken);
  const text = (expression: Expression) => print(shared.replace(expression));
  return {
    name,
    kind,
    ...(about === "" ? {} : { about }),
    ...(source === "" ? {} : { source }),
    parameters: Object.fromEntries(parameters.map((item) => [item.local, quantityToJson(item)])),
    states: Object.fromEntries(
      states.map((state) => [
        state.local,
        {
          ...quantityToJson(state),
          ...(state.gate === undefined
            ? { update: state.update && text(state.update) }
            : { gate: gateToJson(state.gate, text) }),
          initial: state.initial && text(state.initial),
        },
      ]),
    ),
    let: Object.fromEntries(shared.definitions.map(([local, body]) => [local, print(body)])),
    current: text(current),
    currentName,
    hasOwnCurrentName: channel.hasOwnCurrentName,
    ...(voltage === undefined ? {} : { voltage: text(voltage) }),
  };
}

/** @throws {ModelFileError} naming the path of what is wrong. */
export function readChannel(part: JsonPart): Channel {
  part.only([
    ...["name", "kind", "about", "source", "parameters", "states", "let", "current"],
    ...["currentName", "hasOwnCurrentName", "voltage"],
  ]);
  const equation = (one: JsonPart) => one.string(most.equation);
  const text = (one: JsonPart) => one.string();
  const optionalText = (name: string, read = text) => {
    const found = part.at(name).optional(read);
    return found === undefined ? {} : { [name]: found };
  };
  const quantities = <T>(name: string, read: (one: JsonPart) => T): Record<string, T> => {
    const entries = part.at(name).optional((one) => one.entries()) ?? [];
    if (entries.length > most.quantities)
      throw part
        .at(name)
        .fail(`has ${entries.length} entries; at most ${most.quantities} are possible.`);
    return Object.fromEntries(entries.map(([local, one]) => [local, read(one)]));
  };
  const name = text(part.at("name"));
  const hasOwnName = part.at("hasOwnCurrentName").optional((one) => one.boolean()) ?? false;
  const definition = {
    ...optionalText("about"),
    ...optionalText("source"),
    parameters: quantities("parameters", (one) => readQuantity(one.only(quantityNames))),
    states: quantities("states", readState),
    let: quantities("let", equation),
    ...optionalText("current", equation),
    ...(hasOwnName ? { currentName: text(part.at("currentName")) } : {}),
    ...optionalText("voltage", equation),
  };
  try {
    const kind = part.at("kind").optional(text) ?? name;
    const channel = defineChannel(kind, definition);
    return kind === name ? channel : renameChannel(channel, name);
  } catch (error) {
    const isKnown =
      error instanceof EquationError || error instanceof ModelError || error instanceof ValueError;
    if (!isKnown) throw error;
    throw part.fail(error.message);
  }
}

type Gate = NonNullable<Channel["states"][number]["gate"]>;

function rates(gate: Gate): Expression[] {
  return gate.form === "alphaBeta" ? [gate.alpha, gate.beta] : [gate.inf, gate.tau];
}

function gateToJson(gate: Gate, text: (expression: Expression) => string) {
  return gate.form === "alphaBeta"
    ? { alpha: text(gate.alpha), beta: text(gate.beta) }
    : { inf: text(gate.inf), tau: text(gate.tau) };
}

const quantityNames = ["value", "unit", "shared", "about"];

function quantityToJson({ value, unit, shared, about }: Quantity) {
  return {
    value,
    ...(unit === "" ? {} : { unit }),
    ...(shared ? { shared } : {}),
    ...(about === "" ? {} : { about }),
  };
}

function readQuantity(part: JsonPart): Omit<StateDefinition, "gate"> {
  const text = (name: "unit" | "about") => {
    const found = part.at(name).optional((one) => one.string());
    return found === undefined ? {} : { [name]: found };
  };
  return {
    value: part.at("value").number(),
    ...text("unit"),
    ...text("about"),
    shared: part.at("shared").optional((one) => one.boolean()) ?? false,
  };
}

function readState(part: JsonPart): StateDefinition {
  part.only([...quantityNames, "gate", "update", "initial"]);
  const equation = (one: JsonPart) => one.string(most.equation);
  const [gate, update, initial] = [
    part.at("gate").optional(readGate),
    part.at("update").optional(equation),
    part.at("initial").optional(equation),
  ];
  return {
    ...readQuantity(part),
    ...(gate === undefined ? {} : { gate }),
    ...(update === undefined ? {} : { update }),
    ...(initial === undefined ? {} : { initial }),
  };
}

function readGate(part: JsonPart): GateDefinition {
  part.only(["alpha", "beta", "inf", "tau"]);
  const equation = (name: string) => part.at(name).string(most.equation);
  return part.at("alpha").isAbsent
    ? { inf: equation("inf"), tau: equation("tau") }
    : { alpha: equation("alpha"), beta: equation("beta") };
}

/** Names for operations that are used more than once, so that text stays as short as the graph is small. */
function nameShared(roots: readonly Expression[], taken: ReadonlySet<string>) {
  const order = topologicalOrder(roots);
  const uses = new Map<Expression, number>();
  const use = (node: Expression) => uses.set(node, (uses.get(node) ?? 0) + 1);
  for (const root of roots) use(root);
  for (const node of order) for (const argument of operands(node)) use(argument);
  const names = new Map<Expression, Expression>();
  const definitions: [string, Expression][] = [];
  const isTruth = new Set(["less", "lessEqual", "equal", "not", "and", "or"]);
  let count = 0;
  for (const node of order) {
    const isWorth = operands(node).length > 0 && (uses.get(node) ?? 0) > 1 && !isTruth.has(node.op);
    if (!isWorth) continue;
    let name = `part${++count}`;
    while (taken.has(name)) name = `part${++count}`;
    const [body = node] = replaceNodes([node], names);
    definitions.push([name, body]);
    names.set(node, input(name));
  }
  const replace = (expression: Expression) => replaceNodes([expression], names)[0] ?? expression;
  return { definitions, replace };
}
