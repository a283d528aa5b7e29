/** @file The synapses of a network in a model file: kinds with their equations, connections, values, spike trains. */
import type { Expression } from "../expressions/expression.ts";
import { print } from "../expressions/print.ts";
import { nameShared } from "../expressions/shared.ts";
import { isWithin, remedyFor } from "../mechanisms/domain.ts";
import { defineSynapse, type Synapse } from "../mechanisms/synapse.ts";
import { checkClash } from "../modules/clash.ts";
import type { Description, SynapseTable } from "../modules/description.ts";
import {
  defineFrom,
  optionalMember,
  quantityNames,
  quantityToJson,
  readEquation,
  readMembers,
  readQuantity,
  readState,
  readText,
  stateEquations,
  stateToJson,
} from "./equations-file.ts";
import type { JsonPart } from "./json.ts";
import { readSeries, seriesToJson } from "./series.ts";

/** What a file may hold at most. */
const most = { kinds: 1000, connections: 100_000_000, trains: 10_000_000, spikes: 100_000_000 };

/** All connections of a kind as data. */
export function synapsesToJson({ synapse, pre, post, edges, columns }: SynapseTable) {
  return {
    ...synapseToJson(synapse),
    pre: seriesToJson(pre),
    post: seriesToJson(post),
    edges: seriesToJson(edges),
    values: Object.fromEntries(
      [...synapse.parameters, ...synapse.states].map(({ key }) => [
        key,
        seriesToJson(columns.get(key) ?? []),
      ]),
    ),
  };
}

function synapseToJson(synapse: Synapse) {
  const { name, about, source, parameters, states, readings, event, current, electrical } = synapse;
  const locals = [...parameters, ...states, ...readings].map(({ local }) => local);
  const roots = [current, ...states.flatMap(stateEquations), ...(event?.values() ?? [])];
  const shared = nameShared(electrical === undefined ? roots : [], new Set(locals));
  const text = (expression: Expression) => print(shared.replace(expression));
  const side = (which: "pre" | "post") =>
    Object.fromEntries(
      readings.filter((one) => one.side === which).map(({ local, key }) => [local, key]),
    );
  return {
    name,
    ...(about === "" ? {} : { about }),
    ...(source === "" ? {} : { source }),
    parameters: Object.fromEntries(
      parameters.map((item) => [item.local, quantityToJson(item, true)]),
    ),
    states: Object.fromEntries(states.map((state) => [state.local, stateToJson(state, text)])),
    ...(readings.length === 0 ? {} : { reads: { pre: side("pre"), post: side("post") } }),
    let: Object.fromEntries(shared.definitions.map(([local, body]) => [local, print(body)])),
    ...(event === undefined
      ? {}
      : { event: Object.fromEntries(Array.from(event, ([local, value]) => [local, text(value)])) }),
    ...(electrical === undefined
      ? { current: text(current) }
      : { electrical: electrical.slice(name.length + 1) }),
  };
}

function readSynapse(part: JsonPart): Synapse {
  const names = ["about", "source", "current", "electrical"] as const;
  const sides = part.at("reads").optional((reads) => {
    reads.only(["pre", "post"]);
    return {
      pre: readMembers(reads, "pre", readText),
      post: readMembers(reads, "post", readText),
    };
  });
  const event = part.at("event").optional(() => readMembers(part, "event", readEquation));
  const states = readMembers(part, "states", readState);
  const definition = {
    ...Object.assign({}, ...names.map((name) => optionalMember(part, name, readEquation))),
    parameters: readMembers(part, "parameters", (one) => readQuantity(one.only(quantityNames))),
    ...(Object.keys(states).length === 0 ? {} : { states }),
    ...sides,
    let: readMembers(part, "let", readEquation),
    ...(event === undefined ? {} : { event }),
  };
  return defineFrom(part, () => defineSynapse(readText(part.at("name")), definition));
}

/**
 * Puts the synapses and spike trains of a file into a network.
 *
 * @throws ModelFileError naming the path of what is wrong.
 */
export function readSynapses(description: Description, synapses: JsonPart, trains: JsonPart): void {
  const times = trains.optional((part) => part.items(most.trains)) ?? [];
  description.spikeTrains = times.map((part) => {
    const train = readSeries(part, { most: most.spikes });
    const wrong = train.findIndex((time, k) => !(time >= (k === 0 ? 0 : (train[k - 1] ?? 0))));
    if (wrong < 0) return train;
    throw part.fail(`has ${train[wrong]} as number ${wrong}; times ascend from 0.`);
  });
  const kinds = synapses.optional((part) => part.items(most.kinds)) ?? [];
  if (kinds.length > 0 && description.kind !== "network")
    throw synapses.fail(`is not empty, but a ${description.kind} has no synapses.`);
  for (const part of kinds) description.synapses.push(readTable(description, part));
  const isThere = new Uint8Array(
    description.synapses.reduce((sum, { pre }) => sum + pre.length, 0),
  );
  for (const { edges } of description.synapses) {
    for (const edge of edges) {
      if (edge >= isThere.length || isThere[edge] === 1)
        throw synapses.fail("does not number its connections from 0 on, each once.");
      isThere[edge] = 1;
    }
  }
}

function readTable(description: Description, part: JsonPart): SynapseTable {
  part.only([
    ...["name", "about", "source", "parameters", "states", "reads", "let", "event", "current"],
    ...["electrical", "pre", "post", "edges", "values"],
  ]);
  const synapse = readSynapse(part);
  part.spend("quantities", synapse.parameters.length + synapse.states.length);
  const { name } = synapse;
  const isTaken = description.synapses.some((table) => table.synapse.name === name);
  if (isTaken || description.insertion(name) !== undefined)
    throw part.at("name").fail(`is ${name}, as that of an earlier mechanism.`);
  defineFrom(part, () => checkClash(synapse, description.mechanisms()));
  const numbers = (key: string, least: number, largest: number, length?: number) => {
    const values = readSeries(part.at(key), {
      ...(length === undefined ? {} : { length }),
      most: most.connections,
    });
    const wrong = values.findIndex(
      (value) => !Number.isInteger(value) || value < least || value > largest,
    );
    if (wrong < 0) return [...values];
    throw part
      .at(key)
      .fail(
        `has ${values[wrong]} as number ${wrong}, not a whole number from ${least} to ${largest}.`,
      );
  };
  const leastPre = synapse.event === undefined ? 0 : -description.spikeTrains.length;
  const pre = numbers("pre", leastPre, description.count - 1);
  const post = numbers("post", 0, description.count - 1, pre.length);
  const edges = numbers("edges", 0, most.connections, pre.length);
  const columns = new Map<string, number[]>();
  for (const { key, domain } of [...synapse.parameters, ...synapse.states]) {
    const column = part.at("values").at(key);
    const values = readSeries(column, { length: pre.length, most: most.connections });
    // Conductances below 0 are in a model because somebody meant it
    const wrong = values.findIndex((value) => domain !== "conductance" && !isWithin(value, domain));
    if (wrong >= 0)
      throw column.fail(
        `is ${values[wrong]} for connection ${wrong}.`,
        remedyFor(values[wrong] ?? 0, domain),
      );
    columns.set(key, Array.from(values));
  }
  part.at("values").only([...columns.keys()]);
  return { synapse, pre, post, edges, columns };
}
