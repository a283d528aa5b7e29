/** @file A network as a picture: cells where they lie, as points or with their branches, and the synapses between them. */
import { ModelError } from "../errors.ts";
import type { Description, SynapseTable } from "../modules/description.ts";
import { viewKind } from "../modules/navigation.ts";
import { centres, layBranches, pointsOf, transformPoints } from "../modules/space.ts";
import type { View } from "../modules/view.ts";
import { check, choice } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { rangeOf } from "./axes.ts";
import { around, Camera, type Plane, type Point, planeKind, planes } from "./camera.ts";
import { coloursFor } from "./colours.ts";
import { type Kinds, type Populations, populationsKind, populationsOf } from "./groups.ts";
import { type LegendEntry, legend } from "./legend.ts";
import {
  element,
  heading,
  linePath,
  type PictureOptions,
  picture,
  pictureFields,
  rounded,
} from "./svg.ts";
import { textWidth } from "./text.ts";

export interface NetworkPictureOptions extends PictureOptions {
  /** `full` (default): branches, as thick as they are; `point`: a circle for each cell. */
  readonly detail?: "full" | "point";
  /** Axes of the picture; default `xy`. */
  readonly plane?: Plane;
  /**
   * Names of populations with the numbers of their cells, which have a colour each. Default: groups that have whole cells
   * (`net.cell([0, 1]).addToGroup("inhibitory")`); a cell in several is of the smallest.
   */
  readonly populations?: Populations;
}

const fields = {
  ...pictureFields,
  detail: choice("full", "point"),
  plane: planeKind,
  populations: populationsKind,
};

/** Most lines for synapses; beyond, every n-th is drawn, which the picture says. */
const mostLines = 4000;
const below = 34;

/**
 * Draws a network as SVG, 720 pixels wide by default. Cells have the colours of their populations; synapses those of the
 * population they come from or, without populations, of their kind, and the fainter the more there are. Cells that all lie at
 * one place are put in a circle for the picture; cells without coordinates are laid out.
 *
 * @throws ModelError for anything but a network, ValueError for an unknown detail or plane, or a population of cells that
 * do not exist.
 */
export function drawNetwork(network: View, options: NetworkPictureOptions = {}): string {
  check(network, viewKind, "network");
  checkOptions(options, fields, "drawNetwork");
  const { title = "", width = 720, detail = "full", plane = "xy" } = options;
  checkNetwork(network);
  const populations = populationsOf(network, options.populations);
  const placed = laidOut(network.root.description, populations);
  const [a, b] = planes[plane];
  const { x, y, z } = centres(placed);
  const axis = [x, y, z] as const;
  const compartments = Array.from(x, (_, i): Point => [axis[a][i] ?? 0, axis[b][i] ?? 0]);
  const cells = cellPoints(placed, compartments);
  const cellOf = (i: number) => placed.cellOf[placed.branchOf[i] ?? 0] ?? 0;
  const isPoint = detail === "point";
  const points = isPoint ? cells : branchPoints(placed, a, b);
  const hasPopulations = populations.of.some((population) => population >= 0);
  const kinds = coloursFor(placed.synapses.length + 1).slice(1);
  const all = placed.synapses.reduce((sum, { pre }) => sum + pre.length, 0);
  const stride = Math.ceil(all / mostLines);
  const names = legend(
    entriesOf(placed, populations, hasPopulations, kinds, stride),
    12,
    title === "" ? 6 : 28,
    width - 24,
  );
  const top = (title === "" ? 6 : 28) + names.height;
  const frame = { left: 2, top, width: width - 4, height: Math.max(300, 1.1 * width - top) };
  const view = new Camera(points, frame);
  const words = Math.max(names.width, textWidth(title, 13)) + 24;
  const sheet = Math.min(width, Math.max(view.width + 4, words, 200));
  const colourOf = (cell: number) => (hasPopulations ? populations.colour(cell) : "#444");
  const lines = placed.synapses.map((table, k) => {
    const draw = {
      at: (i: number) => view.at((isPoint ? cells[cellOf(i)] : compartments[i]) ?? [0, 0]),
      all,
      stride,
    };
    const ink = (pre: number) =>
      hasPopulations && pre >= 0 ? populations.colour(cellOf(pre)) : (kinds[k] ?? "#444");
    return drawSynapses(table, draw, ink);
  });
  const size = Math.max(
    2,
    Math.min(6, (0.3 * Math.sqrt(view.width * view.height)) / Math.sqrt(cells.length + 1)),
  );
  const bodies = isPoint
    ? cells.map((point, cell) => circle(view.at(point), size, colourOf(cell)))
    : drawBranches(placed, a, b, view, size, colourOf);
  return picture(
    sheet,
    top + view.height + below,
    heading(title, 12, sheet),
    names.svg,
    // Many lines would hide what they connect
    isPoint || all > 200 ? [...lines.flat(), ...bodies] : [...bodies, ...lines.flat()],
    view.scaleBar(12, top + view.height + below - 12),
  );
}

/** @throws ModelError for anything but a network. */
export function checkNetwork({ root }: View): void {
  const { kind } = root.description;
  if (kind !== "network") throw new ModelError(`A ${kind} is no network.`, { subject: kind });
}

function entriesOf(
  { synapses, cellOf }: Description,
  populations: Kinds,
  hasPopulations: boolean,
  inks: readonly string[],
  stride: number,
): LegendEntry[] {
  const cells = Array.from({ length: (cellOf.at(-1) ?? 0) + 1 }, (_, cell) => cell);
  const sizes = populations.names.map(
    (_, k) => cells.filter((c) => populations.of[c] === k).length,
  );
  const sampled = stride > 1 ? `, 1 of ${stride} drawn` : "";
  return [
    ...populations.legend(cells).map((entry) => ({
      ...entry,
      name: `${sizes[populations.names.indexOf(entry.name)]} ${entry.name}`,
    })),
    ...synapses.map(({ synapse, pre }, k): LegendEntry => {
      const name = `${pre.length} ${synapse.name}${sampled}`;
      if (hasPopulations) return { name, colour: "#444", mark: "none" };
      return { name, colour: inks[k] ?? "#444", mark: "line" };
    }),
  ];
}

/** The model with coordinates for each branch, and its cells apart from one another, those of a population side by side. */
function laidOut(description: Description, populations: Kinds): Description {
  const copy = description.copy();
  layBranches(copy, copy.parents.keys());
  const branchesOf = new Map<number, number[]>();
  for (const [branch, cell] of copy.cellOf.entries()) {
    const known = branchesOf.get(cell);
    if (known === undefined) branchesOf.set(cell, [branch]);
    else known.push(branch);
  }
  const places = Array.from(branchesOf.values(), ([first = 0]) =>
    (pointsOf(copy, first) ?? new Float64Array()).slice(0, 3).join(" "),
  );
  const count = branchesOf.size;
  if (count < 2 || new Set(places).size > 1) return copy;
  const { x, y } = centres(copy);
  const reach = [x, y]
    .map((axis) => rangeOf([axis]))
    .reduce((most, { low, high }) => Math.max(most, high - low), 20);
  const radius = (1.2 * reach * count) / (2 * Math.PI);
  const order = [...branchesOf.keys()].sort(
    (one, other) => (populations.of[one] ?? -1) - (populations.of[other] ?? -1) || one - other,
  );
  for (const [k, cell] of order.entries()) {
    const angle = (2 * Math.PI * k) / count;
    const [dx, dy] = [radius * Math.cos(angle), radius * Math.sin(angle)];
    transformPoints(copy, branchesOf.get(cell) ?? [], (px, py, pz) => [px + dx, py + dy, pz]);
  }
  return copy;
}

/** Middle of the first compartment of each cell. */
function cellPoints(description: Description, compartments: readonly Point[]): Point[] {
  const points: Point[] = [];
  for (const [branch, cell] of description.cellOf.entries())
    points[cell] ??= compartments[description.firstCompartment[branch] ?? 0] ?? [0, 0];
  return points;
}

function branchPoints(description: Description, a: number, b: number): Point[] {
  return Array.from(description.parents.keys()).flatMap((branch) => {
    const points = pointsOf(description, branch) ?? new Float64Array();
    const rows = Array.from({ length: points.length / 4 }, (_, k) => 4 * k);
    return around(
      rows.map((at): Point => [points[at + a] ?? 0, points[at + b] ?? 0]),
      rows.map((at) => points[at + 3] ?? 0),
    );
  });
}

function drawBranches(
  description: Description,
  a: number,
  b: number,
  view: Camera,
  size: number,
  colourOf: (cell: number) => string,
): string[] {
  const branchCount = new Map<number, number>();
  for (const cell of description.cellOf) branchCount.set(cell, (branchCount.get(cell) ?? 0) + 1);
  return Array.from(description.parents.keys(), (branch) => {
    const points = pointsOf(description, branch) ?? new Float64Array();
    const cell = description.cellOf[branch] ?? 0;
    const ink = colourOf(cell);
    const rows = Array.from({ length: points.length / 4 }, (_, k) => 4 * k);
    const path = rows.map((at): Point => view.at([points[at + a] ?? 0, points[at + b] ?? 0]));
    const radius = rows.reduce((sum, at) => sum + (points[at + 3] ?? 0), 0) / rows.length;
    const [first = [0, 0], last = first] = [path[0], path.at(-1)];
    const length = Math.hypot(last[0] - first[0], last[1] - first[1]);
    // A cell of one short cylinder would be a speck
    if (branchCount.get(cell) === 1 && length < 4 * size) {
      const middle: Point = [(first[0] + last[0]) / 2, (first[1] + last[1]) / 2];
      return circle(middle, Math.max(size, radius * view.scale), ink);
    }
    return element("path", {
      ...{ d: linePath(path), fill: "none", stroke: ink, "stroke-linecap": "round" },
      "stroke-width": Math.max(0.7, 2 * radius * view.scale),
    });
  });
}

interface Lines {
  /** Place of a compartment in the picture. */
  readonly at: (compartment: number) => Point;
  /** Synapses of all kinds; of them every `stride`-th is drawn. */
  readonly all: number;
  readonly stride: number;
}

/** Curves from before to after each synapse, bent to one side, so that both directions can be seen, with a dot at its end. */
function drawSynapses(
  { pre, post, synapse }: SynapseTable,
  { at, all, stride }: Lines,
  inkOf: (pre: number) => string,
): string[] {
  const opacity = Math.max(0.06, Math.min(0.8, 5 / Math.sqrt(all)));
  const curves = new Map<string, string[]>();
  const ends: string[] = [];
  for (let k = 0; k < pre.length; k += stride) {
    const from = pre[k] ?? 0;
    const [x2, y2] = at(post[k] ?? 0);
    const ink = inkOf(from);
    if (from >= 0) {
      const [x1, y1] = at(from);
      const bend = synapse.electrical === undefined ? 0.12 : 0;
      const [mx, my] = [(x1 + x2) / 2 - bend * (y2 - y1), (y1 + y2) / 2 + bend * (x2 - x1)];
      const curve = `M${pair(x1, y1)}Q${pair(mx, my)} ${pair(x2, y2)}`;
      const known = curves.get(ink);
      if (known === undefined) curves.set(ink, [curve]);
      else known.push(curve);
    }
    if (all <= 200) ends.push(circle([x2, y2], 2.2, ink));
  }
  const line = { fill: "none", "stroke-width": all > 500 ? 0.7 : 1 };
  return [
    // A path for each few curves: where paths overlap they add up, inside of one they do not
    ...Array.from(curves, ([stroke, parts]) =>
      chunks(parts, 20).map((d) =>
        element("path", { d: d.join(""), ...line, stroke, "stroke-opacity": opacity }),
      ),
    ).flat(),
    ...ends,
  ];
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, k) =>
    items.slice(k * size, (k + 1) * size),
  );
}

function pair(x: number, y: number): string {
  return `${rounded(Math.round(10 * x) / 10)} ${rounded(Math.round(10 * y) / 10)}`;
}

function circle([cx, cy]: Point, r: number, fill: string): string {
  return element("circle", { cx, cy, r, fill, stroke: "white", "stroke-width": 0.5 });
}
