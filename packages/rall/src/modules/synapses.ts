/** @file The synapses of a network: tables of connections, one per kind. */
import { ModelError, NameError, SelectionError, ValueError } from "../errors.ts";
import type { Synapse } from "../mechanisms/synapse.ts";
import { nearestName } from "../util/suggest.ts";
import type { Description, SynapseTable } from "./description.ts";

/** Adds connections; parameters and states take their defaults. */
export function addConnections(
  description: Description,
  synapse: Synapse,
  pre: ArrayLike<number>,
  post: ArrayLike<number>,
): void {
  const quantities = [...synapse.parameters, ...synapse.states];
  let table = description.synapses.find((one) => one.synapse.name === synapse.name);
  if (table !== undefined && table.synapse.current !== synapse.current) {
    throw new ModelError(`Another synapse is called ${synapse.name} already.`, {
      subject: synapse.name,
      remedy: "Declare one of them under another name.",
    });
  }
  if (table === undefined) {
    const columns = new Map(quantities.map(({ key }) => [key, []]));
    table = { synapse, pre: [], post: [], edges: [], columns };
    description.synapses.push(table);
  }
  let next = description.synapses.reduce((sum, one) => sum + one.pre.length, 0);
  for (let k = 0; k < pre.length; k++) {
    table.pre.push(pre[k] ?? 0);
    table.post.push(post[k] ?? 0);
    table.edges.push(next++);
    for (const { key, value } of quantities) table.columns.get(key)?.push(value);
  }
}

/** @throws {NameError} if nothing is connected by a synapse of this name. */
export function synapseTable(description: Description, name: string): SynapseTable {
  const table = description.synapses.find(({ synapse }) => synapse.name === name);
  if (table !== undefined) return table;
  const known = description.synapses.map(({ synapse }) => synapse.name);
  const suggestion = nearestName(name, known);
  throw new NameError(`There is no synapse ${JSON.stringify(name)} here.`, {
    subject: name,
    ...(suggestion === undefined
      ? { remedy: known.length === 0 ? "Connect cells first." : `There are: ${known.join(", ")}.` }
      : { suggestion }),
  });
}

/** A column of a table. @throws {NameError} for a key that the synapse has not. */
export function synapseColumn(table: SynapseTable, key: string): number[] {
  const column = table.columns.get(key);
  if (column !== undefined) return column;
  const suggestion = nearestName(key, table.columns.keys());
  throw new NameError(`${table.synapse.name} has no ${JSON.stringify(key)}.`, {
    subject: key,
    ...(suggestion === undefined
      ? { remedy: `It has: ${[...table.columns.keys()].join(", ")}.` }
      : { suggestion }),
  });
}

/** Writes one value for all chosen connections, or one for each. */
export function setSynapseValues(
  table: SynapseTable,
  chosen: readonly number[],
  key: string,
  value: number | ArrayLike<number>,
): void {
  const column = synapseColumn(table, key);
  if (typeof value !== "number" && value.length !== chosen.length) {
    throw new ValueError(`${key} was given ${value.length} values for ${chosen.length} synapses.`, {
      subject: key,
      value: value.length,
      remedy: "Give one number, or one per synapse.",
    });
  }
  const values = chosen.map((_, i) => (typeof value === "number" ? value : value[i]) ?? Number.NaN);
  const wrong = values.findIndex((one) => !Number.isFinite(one));
  if (wrong >= 0) {
    throw new ValueError(`${key} of synapse ${chosen[wrong]} cannot be ${values[wrong]}.`, {
      subject: key,
      value: values[wrong],
      remedy: "Give a finite number.",
    });
  }
  for (const [i, edge] of chosen.entries()) column[edge] = values[i] ?? Number.NaN;
}

/** @throws {SelectionError} for a state that the synapse has not. */
export function checkSynapseState(table: SynapseTable, state: string): void {
  const { states, currentName } = table.synapse;
  if (state === currentName || states.some(({ key }) => key === state)) return;
  const known = [...states.map(({ key }) => key), currentName];
  throw new SelectionError(`${table.synapse.name} has no state ${JSON.stringify(state)}.`, {
    subject: state,
    remedy: `It has: ${known.join(", ")}.`,
  });
}
