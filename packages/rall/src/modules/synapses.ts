/** @file The synapses of a network: tables of connections, one per kind. */
import { ModelError, NameError, SelectionError, ValueError } from "../errors.ts";
import { checkWithin } from "../mechanisms/domain.ts";
import { checkSameDeclaration } from "../mechanisms/identity.ts";
import type { Synapse } from "../mechanisms/synapse.ts";
import { check, choice, numberOrNumbers } from "../util/kinds.ts";
import { nearestName } from "../util/suggest.ts";
import { checkClash } from "./clash.ts";
import type { Description, RecordingRow, SynapseTable, Target } from "./description.ts";
import { isGeometryKey } from "./geometry.ts";
import { withoutPlaces } from "./trainable.ts";
import { getValues, type SetOptions } from "./values.ts";

/**
 * Adds connections.
 *
 * @param values - of parameters and states by key, one for each; those that are left out take their defaults.
 * @returns the numbers of the new ones among their kind.
 * @throws ModelError for a name that something else has.
 */
export function addConnections(
  description: Description,
  synapse: Synapse,
  pre: ArrayLike<number>,
  post: ArrayLike<number>,
  values: ReadonlyMap<string, readonly number[]> = new Map(),
): number[] {
  const table = tableFor(description, synapse);
  const first = table.pre.length;
  let next = description.synapses.reduce((sum, one) => sum + one.pre.length, 0);
  for (let k = 0; k < pre.length; k++) {
    table.pre.push(pre[k] ?? 0);
    table.post.push(post[k] ?? 0);
    table.edges.push(next++);
  }
  const quantities = [...synapse.parameters, ...synapse.states];
  const defaults = new Map(quantities.map(({ key, value }) => [key, value]));
  // Besides these there may be copies of properties of compartments
  for (const key of new Set([...defaults.keys(), ...table.columns.keys()])) {
    const column = table.columns.get(key) ?? [];
    const own = values.get(key);
    for (let k = 0; k < pre.length; k++) column.push(own?.[k] ?? defaults.get(key) ?? Number.NaN);
    table.columns.set(key, column);
  }
  return Array.from({ length: pre.length }, (_, k) => first + k);
}

/** How many connections of a kind there are. */
export function countConnections({ synapses }: Description, { name }: Synapse): number {
  return synapses.find((table) => table.synapse.name === name)?.pre.length ?? 0;
}

function tableFor(description: Description, synapse: Synapse): SynapseTable {
  const known = description.synapses.find((one) => one.synapse.name === synapse.name);
  if (known === undefined) {
    if (description.insertion(synapse.name) !== undefined) {
      throw new ModelError(`A channel is called ${synapse.name} already.`, {
        subject: synapse.name,
        remedy: 'Take the synapse under another name: renameSynapse(synapse, "...").',
      });
    }
    checkClash(synapse, description.mechanisms());
    const table: SynapseTable = { synapse, pre: [], post: [], edges: [], columns: new Map() };
    description.synapses.push(table);
    return table;
  }
  checkSameDeclaration(known.synapse, synapse, "synapse");
  return known;
}

/**
 * Deletes connections, given by their numbers among those of each kind, with their recordings, clamps and trainables. Those that are
 * left are numbered anew.
 */
export function deleteConnections(
  description: Description,
  chosen: ReadonlyMap<string, ReadonlySet<number>>,
): void {
  description.connections = { of: "synapses" };
  const moved = new Map<string, number[]>();
  const kept = description.synapses.map((table) => {
    const gone = chosen.get(table.synapse.name) ?? new Set();
    const rows = table.pre.flatMap((_, row) => (gone.has(row) ? [] : [row]));
    const target = new Array<number>(table.pre.length).fill(-1);
    for (const [now, row] of rows.entries()) target[row] = now;
    moved.set(table.synapse.name, target);
    const keep = (column: readonly number[]) => rows.map((row) => column[row] ?? Number.NaN);
    return {
      synapse: table.synapse,
      pre: keep(table.pre),
      post: keep(table.post),
      edges: keep(table.edges),
      columns: new Map(Array.from(table.columns, ([key, column]) => [key, keep(column)])),
    };
  });
  description.synapses = kept.filter(({ pre }) => pre.length > 0);
  const left = description.synapses.flatMap(({ edges }) => edges).sort((a, b) => a - b);
  const rank = new Map(left.map((edge, i) => [edge, i]));
  for (const { edges } of description.synapses)
    for (const [row, edge] of edges.entries()) edges[row] = rank.get(edge) ?? 0;
  const follow = <T extends Target>(targets: readonly T[]): T[] =>
    targets.flatMap((target) => {
      if (target.synapse === undefined) return [target];
      const index = moved.get(target.synapse)?.[target.index] ?? -1;
      return index < 0 ? [] : [{ ...target, index }];
    });
  // Names by number follow the number
  description.recordings = description.recordings.flatMap((row) =>
    follow([row]).map((next) =>
      row.name === recordingName(row) ? { ...next, name: recordingName(next) } : next,
    ),
  );
  description.clamps = follow(description.clamps);
  const remaining = withoutPlaces(description.trainables, ({ synapse = "" }) => {
    const gone = chosen.get(synapse);
    return (row) => gone?.has(row) === true;
  });
  description.trainables = remaining.map((trainable) => {
    const numbers = moved.get(trainable.synapse ?? "");
    const renumber = (group: Int32Array) => group.map((row) => numbers?.[row] ?? row);
    return { ...trainable, groups: trainable.groups.map(renumber) };
  });
}

/** Name of a recording of a synapse, unless the user gives one. */
export function recordingName({
  state,
  index,
  at,
}: Pick<RecordingRow, "state" | "index" | "at">): string {
  return `${state}${at === undefined ? "" : `_${at}`}_e${index}`;
}

/** Which targets lie within the compartments: states of these, and of synapses between these. */
export function targetsWithin(
  description: Description,
  compartments: Int32Array,
): (target: Target) => boolean {
  const here = new Set(compartments);
  const inside = new Map(
    description.synapses.map((table) => [
      table.synapse.name,
      new Set(rowsWithin(table, compartments)),
    ]),
  );
  return ({ synapse, index }) =>
    synapse === undefined ? here.has(index) : inside.get(synapse)?.has(index) === true;
}

/** Connections of a table whose compartments on both sides are among the given ones. */
export function rowsWithin(table: SynapseTable, compartments: Int32Array): number[] {
  const here = new Set(compartments);
  return table.pre.flatMap((pre, row) =>
    (pre < 0 || here.has(pre)) && here.has(table.post[row] ?? -1) ? [row] : [],
  );
}

/** @throws NameError if nothing is connected by a synapse of this name. */
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

/** A column of one of the tables. @throws NameError for a key that none of them has. */
export function synapseColumn(
  tables: readonly SynapseTable[],
  key: string,
): { readonly table: SynapseTable; readonly column: number[] } {
  for (const table of tables) {
    const column = table.columns.get(key);
    if (column !== undefined) return { table, column };
  }
  const known = tables.flatMap(({ columns }) => [...columns.keys()]);
  const names = tables.map(({ synapse }) => synapse.name).join(", ");
  const suggestion = nearestName(key, known);
  throw new NameError(`${names} has no ${JSON.stringify(key)}.`, {
    subject: key,
    ...(suggestion === undefined ? { remedy: `It has: ${known.join(", ")}.` } : { suggestion }),
  });
}

/** Writes one value for all chosen connections, or one for each. @throws as `checkedValues`. */
export function setSynapseValues(
  { table, column }: { readonly table: SynapseTable; readonly column: number[] },
  chosen: readonly number[],
  key: string,
  value: number | ArrayLike<number>,
  options: SetOptions = {},
): void {
  check(value, numberOrNumbers, key);
  const values = checkedValues(table.synapse, chosen, key, value, options);
  for (const [i, row] of chosen.entries()) column[row] = values[i] ?? Number.NaN;
}

/**
 * Of one value for all chosen connections, or one for each, one for each.
 *
 * @throws ValueError for a list of another length, or a value out of its domain.
 */
export function checkedValues(
  { parameters, states }: Synapse,
  chosen: readonly number[],
  key: string,
  value: number | ArrayLike<number>,
  { allowNegative = false }: SetOptions = {},
): number[] {
  if (typeof value !== "number" && value.length !== chosen.length) {
    throw new ValueError(`${key} was given ${value.length} values for ${chosen.length} synapses.`, {
      subject: key,
      value: value.length,
      remedy: "Give one number, or one per synapse.",
    });
  }
  const found = [...parameters, ...states].find((one) => one.key === key);
  const { domain = "any" } = found ?? {};
  const values = chosen.map((_, i) => (typeof value === "number" ? value : value[i]) ?? Number.NaN);
  for (const [i, row] of chosen.entries()) {
    checkWithin(
      values[i] ?? Number.NaN,
      domain === "conductance" && allowNegative ? "any" : domain,
      key,
      `${key} of synapse ${row}`,
    );
  }
  return values;
}

/** Copies a value of compartments to the synapses between the given ones. @throws NameError for an unknown key. */
export function copyToSynapses(
  description: Description,
  compartments: Int32Array,
  key: string,
  side: "pre" | "post" | "both",
): void {
  check(side, choice("pre", "post", "both"), "side");
  const sides = side === "both" ? (["pre", "post"] as const) : [side];
  const all = Int32Array.from({ length: description.count }, (_, i) => i);
  const present = isGeometryKey(key) ? undefined : description.presence(key);
  const values = getValues(description, all, key);
  const column = new Float64Array(description.count).fill(Number.NaN);
  const having = all.filter((i) => present === undefined || present[i] === 1);
  for (const [k, i] of having.entries()) column[i] = values[k] ?? Number.NaN;
  for (const table of description.synapses) {
    for (const side of sides) {
      const name = `${side}_${key}`;
      const copies = table.columns.get(name) ?? table.pre.map(() => Number.NaN);
      for (const row of rowsWithin(table, compartments))
        copies[row] = column[table[side][row] ?? -1] ?? Number.NaN;
      table.columns.set(name, copies);
    }
  }
}

/** Whether the synapse has a state, or a current, of this name. */
export function hasSynapseState({ synapse }: SynapseTable, state: string): boolean {
  return state === synapse.currentName || synapse.states.some(({ key }) => key === state);
}

/** @throws SelectionError for a state that none of the tables has. */
export function tableWithState(tables: readonly SynapseTable[], state: string): SynapseTable {
  const table = tables.find((one) => hasSynapseState(one, state));
  if (table !== undefined) return table;
  const names = tables.map(({ synapse }) => synapse.name).join(", ");
  const known = tables.flatMap(({ synapse }) => [
    ...synapse.states.map(({ key }) => key),
    synapse.currentName,
  ]);
  throw new SelectionError(`${names} has no state ${JSON.stringify(state)}.`, {
    subject: state,
    remedy: `It has: ${known.join(", ")}.`,
  });
}
