/** @file A module as a table of text. */
import type { Description, SynapseTable } from "./description.ts";
import { geometryKeys, isGeometryKey } from "./geometry.ts";
import { placesInWords, placesOf } from "./trainable.ts";
import { unitOf } from "./units.ts";

/** What a table shows. */
export interface ShowOptions {
  /** Keys of the columns; default: geometry, voltage, and the parameters and states of the channels present. */
  readonly keys?: readonly string[];
  /** Most rows to print; default 20, the rest is counted. */
  readonly rows?: number;
}

/** One line per compartment: branch, compartment, and the values of the keys; blank where a key does not exist. */
export function showTable(
  description: Description,
  compartments: Int32Array,
  { keys, rows = 20 }: ShowOptions = {},
): string {
  const shown = compartments.subarray(0, rows);
  const isSomewhere = (key: string) => {
    const present = description.presence(key);
    return compartments.some((i) => present[i] === 1);
  };
  const columns = keys ?? [
    ...Object.keys(geometryKeys).slice(0, 5),
    ...[...description.quantities().keys()].filter(isSomewhere),
  ];
  const branchOf = description.branchOf;
  const first = description.firstCompartment;
  const lines = [["branch", "comp", ...columns]];
  const presence = new Map(columns.map((key) => [key, description.presence(key)]));
  for (const i of shown) {
    const branch = branchOf[i] ?? 0;
    const cells = columns.map((key) => {
      if (isGeometryKey(key)) return format(description.geometry[key][i]);
      return presence.get(key)?.[i] === 1 ? format(description.columns.get(key)?.[i]) : "";
    });
    lines.push([String(branch), String(i - (first[branch] ?? 0)), ...cells]);
  }
  return align(lines, compartments.length - shown.length, "compartments");
}

/** One line per synapse of a kind: its compartments and its values. */
export function showSynapses(
  { synapse, pre, post, edges, columns }: SynapseTable,
  chosen: readonly number[],
  { keys = [...columns.keys()], rows = 20 }: ShowOptions = {},
): string {
  const shown = chosen.slice(0, rows);
  const lines = [
    [synapse.name, "pre", "post", ...keys],
    ...shown.map((row) => [
      String(edges[row] ?? 0),
      (pre[row] ?? 0) < 0 ? `train ${-1 - (pre[row] ?? 0)}` : String(pre[row]),
      String(post[row]),
      ...keys.map((key) => format(columns.get(key)?.[row])),
    ]),
  ];
  return align(lines, chosen.length - shown.length, "synapses");
}

/** One line per trainable: its key, the number of its values and of their places, and the range and unit of what they begin with. */
export function showTrainables(description: Description): string {
  const lines = description.trainables.map((trainable) => [
    trainable.key,
    String(trainable.initial.length),
    `${placesOf(trainable).length} ${placesInWords(trainable.synapse)}`,
    format(
      trainable.initial.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY),
    ),
    format(
      trainable.initial.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY),
    ),
    unitOf(description, trainable.key) ?? "",
  ]);
  return align([["trainable", "values", "of", "min", "max", "unit"], ...lines], 0, "trainables");
}

/** Lines of cells under one another, and how many were left out. */
function align(lines: readonly (readonly string[])[], hidden: number, what: string): string {
  const widths = (lines[0] ?? []).map((_, c) =>
    lines.reduce((most, line) => Math.max(most, line[c]?.length ?? 0), 0),
  );
  const text = lines.map((line) => line.map((cell, c) => cell.padStart(widths[c] ?? 0)).join("  "));
  if (hidden > 0) text.push(`... and ${hidden} more ${what}`);
  return text.join("\n");
}

function format(value: number | undefined): string {
  return value === undefined ? "" : String(Number(value.toPrecision(6)));
}
