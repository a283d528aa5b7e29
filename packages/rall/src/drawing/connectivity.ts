/** @file Who is connected to whom: a matrix of cells or of populations. */
import { NameError } from "../errors.ts";
import type { SynapseTable } from "../modules/description.ts";
import { viewKind } from "../modules/navigation.ts";
import type { View } from "../modules/view.ts";
import { check, choice, text } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { nearestName } from "../util/suggest.ts";
import { barWidth, type ColourOptions, colourBar, colourOptionFields, scaleFor } from "./bar.ts";
import { type ColourScale, shade } from "./colours.ts";
import { type Kinds, type Populations, populationsKind, populationsOf } from "./groups.ts";
import { checkNetwork } from "./network.ts";
import {
  element,
  heading,
  label,
  type PictureOptions,
  picture,
  pictureFields,
  rounded,
} from "./svg.ts";
import { clipped, numberInPrint, textWidth, unitInPrint, withUnit } from "./text.ts";

export interface ConnectivityOptions extends PictureOptions, ColourOptions {
  /** `cells` (default): a row and a column for each cell; `populations`: for each population. */
  readonly by?: "cells" | "populations";
  /** Kind of synapse; default: all. */
  readonly synapse?: string;
  /**
   * What is summed over the connections of two cells: a parameter or state of the synapse (`ExpSyn_weight`). Default: their
   * number.
   */
  readonly value?: string;
  /** As in `drawNetwork`; default: groups that have whole cells. */
  readonly populations?: Populations;
}

const fields = {
  ...pictureFields,
  ...colourOptionFields,
  by: choice("cells", "populations"),
  ...{ synapse: text, value: text, populations: populationsKind },
};

/** Most pixels for a row or column. */
const largest = 72;

/** Rows or columns, and the bands into which they fall. */
interface Side {
  readonly count: number;
  /** Row of each cell. */
  readonly rowOf: Int32Array;
  readonly bands: readonly {
    readonly name: string;
    readonly colour: string;
    readonly from: number;
    readonly to: number;
  }[];
}

/**
 * Draws the connections of a network as a matrix in SVG, 640 pixels wide by default: from the rows to the columns, in the
 * order of populations. Spike trains that are no cells make a row of their own. Gap junctions stand in both directions.
 *
 * ```ts
 * drawConnectivity(net, { value: "ExpSyn_weight", by: "populations" });
 * ```
 *
 * @throws ModelError for anything but a network, NameError for a synapse or key that it does not have, ValueError for
 * another `by` or limits that are no range.
 */
export function drawConnectivity(network: View, options: ConnectivityOptions = {}): string {
  check(network, viewKind, "network");
  checkOptions(options, fields, "drawConnectivity");
  const { title = "", width = 640, by = "cells", barTitle } = options;
  checkNetwork(network);
  const tables = tablesOf(network, options);
  const kinds = populationsOf(network, options.populations);
  const columns = sideOf(kinds, by);
  const hasTrains = tables.some(({ pre }) => pre.some((from) => from < 0));
  const rows = hasTrains ? withTrains(columns) : columns;
  const sums = sumsOf(network, tables, options.value, rows, columns);
  const scale = {
    ...scaleFor(withZero(sums.values()), options),
    ...{ isDarkHigh: true, isCount: options.value === undefined },
  };
  const name =
    barTitle === undefined
      ? options.value === undefined
        ? "connections"
        : withUnit(options.value, network.unitOf(options.value))
      : unitInPrint(barTitle);
  const widest = rows.bands.reduce((most, band) => Math.max(most, textWidth(band.name)), 30);
  const left = Math.ceil(Math.min(160, widest + 40));
  const barRoom = barWidth(scale, name) + 28;
  const size = Math.min(largest * columns.count, Math.max(60, width - left - barRoom));
  const sheet = Math.min(width, left + size + barRoom);
  const step = size / columns.count;
  const height = step * rows.count;
  const top = (title === "" ? 8 : 30) + 40;
  return picture(
    sheet,
    top + Math.max(height, 150) + 16,
    heading(title, 12, sheet),
    element("rect", { x: left, y: top, width: size, height, fill: "white" }),
    drawCells(
      sums,
      columns.count,
      scale,
      (column, row) => [left + step * column, top + step * row],
      step,
    ),
    drawSide(rows, (at) => top + step * at, left, left + size, false),
    drawSide(columns, (at) => left + step * at, top, top + height, true),
    element("rect", { x: left, y: top, width: size, height, fill: "none", stroke: "#888" }),
    by === "populations"
      ? drawNumbers(
          sums,
          columns.count,
          scale,
          (column, row) => [left + step * (column + 0.5), top + step * (row + 0.5)],
          step,
        )
      : [],
    label("from", { x: left - 8, y: top - 8, "text-anchor": "end", fill: "#444" }),
    label("to", { x: left + size / 2, y: top - 26, "text-anchor": "middle", fill: "#444" }),
    colourBar(left + size + 12, top + 22, Math.min(180, Math.max(100, height - 40)), scale, name),
  );
}

/** Colours begin at 0, also where all values are above. */
function* withZero(values: Iterable<number>): Generator<number> {
  yield 0;
  yield* values;
}

function tablesOf(network: View, { synapse, value }: ConnectivityOptions): SynapseTable[] {
  const { synapses } = network.root.description;
  const known = synapses.map((table) => table.synapse.name);
  if (synapse !== undefined && !known.includes(synapse)) throw unknown("synapse", synapse, known);
  const named = synapses.filter((table) => synapse === undefined || table.synapse.name === synapse);
  if (value === undefined) return named;
  const found = named.filter(({ columns }) => columns.has(value));
  if (found.length === 0)
    throw unknown(
      "value",
      value,
      named.flatMap(({ columns }) => [...columns.keys()]),
    );
  return found;
}

function unknown(what: string, name: string, known: readonly string[]): NameError {
  const suggestion = nearestName(name, known);
  return new NameError(`The network has no ${what} ${JSON.stringify(name)} of synapses.`, {
    subject: name,
    ...(suggestion === undefined
      ? {
          remedy:
            known.length === 0 ? "It has no synapses yet." : `There are: ${known.join(", ")}.`,
        }
      : { suggestion }),
  });
}

/** Cells in the order of populations, those without one last; or the populations themselves. */
function sideOf(kinds: Kinds, by: "cells" | "populations"): Side {
  const cells = Array.from(kinds.of.keys());
  const rowOf = new Int32Array(cells.length);
  const bands: { name: string; colour: string; from: number; to: number }[] = [];
  let next = 0;
  for (const [k, name] of [
    ...kinds.names.entries(),
    [-1, kinds.of.every((kind) => kind < 0) ? "cells" : "others"] as const,
  ]) {
    const members = cells.filter((cell) => kinds.of[cell] === k);
    const [first] = members;
    if (first === undefined) continue;
    const from = next;
    for (const cell of members) rowOf[cell] = by === "cells" ? next++ : next;
    if (by === "populations") next++;
    bands.push({ name, colour: kinds.colour(first), from, to: next });
  }
  return { count: next, rowOf, bands };
}

/** Rows with one more, for what comes from no cell. */
function withTrains({ count, rowOf, bands }: Side): Side {
  const trains = { name: "trains", colour: "#444", from: count, to: count + 1 };
  return { count: count + 1, rowOf, bands: [...bands, trains] };
}

/** Sums by row times columns plus column. */
function sumsOf(
  network: View,
  tables: readonly SynapseTable[],
  value: string | undefined,
  rows: Side,
  columns: Side,
): Map<number, number> {
  const { cellOf, branchOf } = network.root.description;
  const cell = (compartment: number) => cellOf[branchOf[compartment] ?? 0] ?? 0;
  const sums = new Map<number, number>();
  const add = (row: number, column: number, by: number) => {
    const at = row * columns.count + column;
    sums.set(at, (sums.get(at) ?? 0) + by);
  };
  for (const { pre, post, synapse, columns: values } of tables) {
    const own = value === undefined ? undefined : values.get(value);
    for (const [k, from] of pre.entries()) {
      const by = own === undefined ? 1 : (own[k] ?? Number.NaN);
      const to = cell(post[k] ?? 0);
      const row = from < 0 ? rows.count - 1 : (rows.rowOf[cell(from)] ?? 0);
      add(row, columns.rowOf[to] ?? 0, by);
      if (synapse.electrical !== undefined && from >= 0)
        add(rows.rowOf[to] ?? 0, columns.rowOf[cell(from)] ?? 0, by);
    }
  }
  return sums;
}

type Place = (column: number, row: number) => readonly [number, number];

/** One path for all places of a colour. */
function drawCells(
  sums: ReadonlyMap<number, number>,
  columns: number,
  scale: ColourScale,
  placeOf: Place,
  step: number,
): string[] {
  const size = rounded(Math.max(step, 0.8));
  const byColour = new Map<string, string[]>();
  for (const [at, sum] of sums) {
    const [x, y] = placeOf(at % columns, Math.floor(at / columns));
    const square = `M${rounded(x)} ${rounded(y)}h${size}v${size}h-${size}z`;
    const ink = shade(sum, scale);
    const known = byColour.get(ink);
    if (known === undefined) byColour.set(ink, [square]);
    else known.push(square);
  }
  return Array.from(byColour, ([fill, squares]) => element("path", { d: squares.join(""), fill }));
}

/** The numbers themselves, where there is room. */
function drawNumbers(
  sums: ReadonlyMap<number, number>,
  columns: number,
  scale: ColourScale,
  placeOf: Place,
  step: number,
): string[] {
  return Array.from(sums, ([at, sum]) => {
    const text = numberInPrint(sum);
    if (textWidth(text) > step - 6) return "";
    const [x, y] = placeOf(at % columns, Math.floor(at / columns));
    const red = Number.parseInt(shade(sum, scale).slice(3, 5), 16);
    const fill = red > 120 ? "#111" : "#fff";
    return label(text, { x, y: y + 4, "text-anchor": "middle", fill });
  });
}

/** Bands along one side in their colours, with their names, and lines between them. */
function drawSide(
  { bands, count }: Side,
  placeOf: (at: number) => number,
  edge: number,
  end: number,
  isTop: boolean,
): string[] {
  return bands.flatMap(({ name, colour, from, to }) => {
    const [a, b] = [placeOf(from), placeOf(to)];
    const box = isTop
      ? { x: a, y: edge - 5, width: b - a, height: 4 }
      : { x: edge - 5, y: a, width: 4, height: b - a };
    const text = clipped(name, isTop ? Math.max(b - a, 12) : edge - 14);
    const place = isTop
      ? { x: (a + b) / 2, y: edge - 9, "text-anchor": "middle" }
      : { x: edge - 9, y: (a + b) / 2 + 4, "text-anchor": "end" };
    const line = isTop ? { x1: b, x2: b, y1: edge, y2: end } : { x1: edge, x2: end, y1: b, y2: b };
    return [
      element("rect", { ...box, fill: colour }),
      label(text, { ...place, fill: colour }),
      to < count ? element("line", { ...line, stroke: "#bbb", "stroke-width": 0.7 }) : "",
    ];
  });
}
