/** @file A network as a picture: cells where they lie, as points or with their branches, and the synapses between them. */
import { ModelError, ValueError } from "../errors.ts";
import type { Description, SynapseTable } from "../modules/description.ts";
import { centres, layBranches, pointsOf, transformPoints } from "../modules/space.ts";
import type { View } from "../modules/view.ts";
import { checkOptions } from "../util/options.ts";
import { rangeOf } from "./axes.ts";
import { Camera, type Plane, type Point, planes } from "./camera.ts";
import { colour, element, label, linePath, picture } from "./svg.ts";
import { heading, type PictureOptions } from "./traces.ts";

export interface NetworkPictureOptions extends PictureOptions {
  /** `full` (default): branches, as thick as they are; `point`: a circle for each cell. */
  readonly detail?: "full" | "point";
  /** Axes of the picture; default `xy`. */
  readonly plane?: Plane;
}

/** Most lines for synapses of one kind; beyond, every n-th is drawn. */
const mostLines = 4000;

/**
 * Draws a network as SVG. Cells that all lie at one place are put in a circle for the picture; cells without coordinates are
 * laid out.
 *
 * @throws {ModelError} for anything but a network, {ValueError} for an unknown detail or plane.
 */
export function drawNetwork(network: View, options: NetworkPictureOptions = {}): string {
  checkOptions(options, ["title", "width", "detail", "plane"], "drawNetwork");
  const { title = "", width = 720, detail = "full", plane = "xy" } = options;
  if (!Object.hasOwn(planes, plane) || (detail !== "full" && detail !== "point")) {
    throw new ValueError(`A network cannot be drawn as ${detail} in ${plane}.`, {
      subject: "detail",
      value: detail,
      remedy: 'The detail is "full" or "point", the plane "xy", "xz" or "yz".',
    });
  }
  const { kind } = network.root.description;
  if (kind !== "network") {
    throw new ModelError(`A ${kind} is no network.`, { subject: kind });
  }
  const placed = laidOut(network.root.description);
  const [a, b] = planes[plane];
  const { x, y, z } = centres(placed);
  const axis = [x, y, z] as const;
  const compartments = Array.from(x, (_, i): Point => [axis[a][i] ?? 0, axis[b][i] ?? 0]);
  const cells = cellPoints(placed, compartments);
  const cellOf = (i: number) => placed.cellOf[placed.branchOf[i] ?? 0] ?? 0;
  const at = (i: number): Point =>
    (detail === "point" ? cells[cellOf(i)] : compartments[i]) ?? [0, 0];
  const view = new Camera(detail === "point" ? cells : branchPoints(placed, a, b), width);
  const lines = placed.synapses.map((table, k) => drawSynapses(table, at, view, colour(k + 1)));
  const bodies =
    detail === "point"
      ? cells.map((point) => circle(view.at(point), 6, colour(0)))
      : drawBranches(placed, a, b, view);
  const names = placed.synapses.map(({ synapse, pre }, k) =>
    label(`${pre.length} ${synapse.name}`, {
      x: width - 8,
      y: 20 + 14 * k,
      "text-anchor": "end",
      fill: colour(k + 1),
    }),
  );
  return picture(
    width,
    view.height,
    heading(title, 12),
    detail === "point" ? [...lines, ...bodies] : [...bodies, ...lines],
    names,
    view.scaleBar(),
  );
}

/** The model with coordinates for each branch, and its cells apart from one another. */
function laidOut(description: Description): Description {
  const copy = description.copy();
  layBranches(copy, copy.parents.keys());
  const firstBranch = new Map<number, number>();
  for (const [branch, cell] of copy.cellOf.entries())
    if (!firstBranch.has(cell)) firstBranch.set(cell, branch);
  const places = Array.from(firstBranch.values(), (branch) =>
    (pointsOf(copy, branch) ?? new Float64Array()).slice(0, 3).join(" "),
  );
  const count = firstBranch.size;
  if (count < 2 || new Set(places).size > 1) return copy;
  const { x, y } = centres(copy);
  const reach = Math.max(
    ...[x, y].map((axis) => rangeOf([axis])).map(({ low, high }) => high - low),
    20,
  );
  const radius = (1.2 * reach * count) / (2 * Math.PI);
  for (const cell of firstBranch.keys()) {
    const angle = (2 * Math.PI * cell) / count;
    const branches = Array.from(copy.cellOf.keys()).filter(
      (branch) => copy.cellOf[branch] === cell,
    );
    const [dx, dy] = [radius * Math.cos(angle), radius * Math.sin(angle)];
    transformPoints(copy, branches, (px, py, pz) => [px + dx, py + dy, pz]);
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
    return Array.from(
      { length: points.length / 4 },
      (_, k): Point => [points[4 * k + a] ?? 0, points[4 * k + b] ?? 0],
    );
  });
}

function drawBranches(description: Description, a: number, b: number, view: Camera): string[] {
  return Array.from(description.parents.keys(), (branch) => {
    const points = pointsOf(description, branch) ?? new Float64Array();
    const rows = Array.from({ length: points.length / 4 }, (_, k) => 4 * k);
    const path = rows.map((at): Point => view.at([points[at + a] ?? 0, points[at + b] ?? 0]));
    const radius = rows.reduce((sum, at) => sum + (points[at + 3] ?? 0), 0) / rows.length;
    const [only] = path;
    if (path.length === 1 && only !== undefined)
      return circle(only, Math.max(1.5, radius * view.scale), "#444");
    return element("path", {
      d: linePath(path),
      fill: "none",
      stroke: "#444",
      "stroke-width": Math.max(0.6, 2 * radius * view.scale),
      "stroke-linecap": "round",
    });
  });
}

/** Curves from before to after each synapse, bent to one side, so that both directions can be seen, with a dot at its end. */
function drawSynapses(
  { pre, post, synapse }: SynapseTable,
  at: (compartment: number) => Point,
  view: Camera,
  stroke: string,
): string {
  const stride = Math.ceil(pre.length / mostLines);
  const opacity = Math.max(0.12, Math.min(0.8, 30 / pre.length));
  let curves = "";
  const ends: string[] = [];
  for (let k = 0; k < pre.length; k += stride) {
    const from = pre[k] ?? 0;
    const [x2, y2] = view.at(at(post[k] ?? 0));
    if (from >= 0) {
      const [x1, y1] = view.at(at(from));
      const bend = synapse.electrical === undefined ? 0.12 : 0;
      const [mx, my] = [(x1 + x2) / 2 - bend * (y2 - y1), (y1 + y2) / 2 + bend * (x2 - x1)];
      curves += `M${[x1, y1].map(short).join(" ")}Q${[mx, my, x2, y2].map(short).join(" ")}`;
    }
    if (pre.length <= 500) ends.push(circle([x2, y2], 2.2, stroke));
  }
  const line = { fill: "none", stroke, "stroke-width": 1, "stroke-opacity": opacity };
  return [element("path", { d: curves, ...line }), ...ends].join("\n");
}

function short(value: number): string {
  return value.toFixed(1);
}

function circle([cx, cy]: Point, r: number, fill: string): string {
  return element("circle", { cx, cy, r, fill });
}
