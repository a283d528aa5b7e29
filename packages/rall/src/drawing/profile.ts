/** @file Values along a cell, over their distance from a place. */
import { NameError } from "../errors.ts";
import { distancePathwise, somata } from "../modules/distance.ts";
import { viewKind } from "../modules/navigation.ts";
import type { View } from "../modules/view.ts";
import { check, either, list, numbers, text } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { nearestName } from "../util/suggest.ts";
import {
  axes,
  axisHeight,
  leftMargin,
  marksOf,
  type Panel,
  rangeOf,
  widened,
  xAt,
  yAt,
} from "./axes.ts";
import { groupsOf } from "./groups.ts";
import { legend } from "./legend.ts";
import { element, heading, linePath, type PictureOptions, picture, pictureFields } from "./svg.ts";
import { unitInPrint, withUnit } from "./text.ts";
import { valuesOf } from "./values.ts";

export interface ProfileOptions extends PictureOptions {
  /** The compartment from which path lengths count; default: the first one of the soma, or of the module. */
  readonly from?: View;
  /** Title of the vertical axis; default: the key with its unit. */
  readonly valueTitle?: string;
  /** Groups that are drawn to the left, at negative path lengths; default: `basal` in a cell that also has `apical`. */
  readonly left?: readonly string[];
}

const fields = { ...pictureFields, from: viewKind, valueTitle: text, left: list(text) };
const panelHeight = 260;

/**
 * Draws a parameter or state, or one value per compartment of the view, over path length (um) as SVG, 720 pixels wide by
 * default: one line per branch, joined to its parent, in the colour of its group.
 *
 * @throws NameError for an unknown key or group, ValueError for values of the wrong number.
 */
export function drawProfile(
  view: View,
  values: string | ArrayLike<number>,
  options: ProfileOptions = {},
): string {
  check(view, viewKind, "view");
  check(values, either(text, numbers), "values");
  checkOptions(options, fields, "drawProfile");
  const { title = "", width = 720, from, left = basalIn(view) } = options;
  const { description } = view.root;
  const start = from ?? view.select(somata(description).slice(0, 1));
  const column = valuesOf(view, values);
  const distances = distancePathwise(start, view);
  const distanceOf = new Map(
    Array.from(view.compartments, (i, k) => [i, distances[k] ?? Number.NaN]),
  );
  const isLeft = membership(view, left);
  const groups = groupsOf(description);
  const y = widened(rangeOf([Float64Array.from(column.values())]));
  const valueTitle =
    options.valueTitle === undefined
      ? typeof values === "string"
        ? withUnit(values, view.unitOf(values))
        : ""
      : unitInPrint(options.valueTitle);
  const margin = leftMargin(marksOf(y, panelHeight), valueTitle);
  const names = legend(
    groups.legend(view.compartments, "line"),
    margin,
    title === "" ? 8 : 30,
    width - margin - 16,
  );
  const places = Array.from(distanceOf, ([i, distance]) => (isLeft(i) ? -distance : distance));
  const reach = rangeOf([places]);
  const panel: Panel = {
    left: margin,
    top: (title === "" ? 10 : 32) + (names.height > 0 ? names.height + 4 : 0),
    width: width - margin - 16,
    height: panelHeight,
    x: { low: Math.min(0, reach.low), high: Math.max(reach.high, 1) },
    y,
  };
  const runs = runsOf(view, distanceOf, (compartment) => groups.of[compartment] ?? -1, isLeft);
  const lines = runs.map((run) => {
    const last = run.at(-1) ?? 0;
    const ink = groups.colour(last);
    const sign = isLeft(last) ? -1 : 1;
    const points = run.map(
      (i) =>
        [
          xAt(panel, sign * (distanceOf.get(i) ?? Number.NaN)),
          yAt(panel, column.get(i) ?? Number.NaN),
        ] as const,
    );
    const [first] = points;
    if (points.length > 1 || first === undefined) {
      const line = { fill: "none", stroke: ink, "stroke-width": 1.3, "stroke-linejoin": "round" };
      return element("path", { d: linePath(points), ...line });
    }
    const [cx, cy] = first;
    return Number.isFinite(cy) ? element("circle", { cx, cy, r: 2.5, fill: ink }) : "";
  });
  const side = reach.low < 0 ? `, ${left.join(", ")} to the left` : "";
  return picture(
    width,
    panel.top + panelHeight + axisHeight,
    heading(title, margin, width),
    names.svg,
    axes(panel, { x: `path length (µm)${side}`, y: valueTitle }),
    lines,
  );
}

function basalIn({ groups }: View): string[] {
  return groups.includes("apical") && groups.includes("basal") ? ["basal"] : [];
}

/** Whether a compartment is in one of the groups. @throws NameError for a group that does not exist. */
function membership(view: View, names: readonly string[]): (compartment: number) => boolean {
  const { groups } = view.root.description;
  const masks = names.map((name) => {
    const mask = groups.get(name);
    if (mask !== undefined) return mask;
    const suggestion = nearestName(name, groups.keys());
    throw new NameError(`There is no group ${JSON.stringify(name)}.`, {
      subject: name,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  });
  return (compartment) => masks.some((mask) => mask[compartment] === 1);
}

/**
 * Compartments to be joined by lines: the branches of the view, each from where it leaves its parent, and cut where the kind
 * changes. What goes to another side than its parent begins at the start of all path lengths, as far as the way there leads
 * towards the root.
 */
function runsOf(
  view: View,
  distanceOf: ReadonlyMap<number, number>,
  kindOf: (compartment: number) => number,
  isLeft: (compartment: number) => boolean,
): number[][] {
  const { parents, firstCompartment, branchOf, cellOf } = view.root.description;
  const rootOf = new Map<number, number>();
  for (const [branch, above] of parents.entries()) {
    const cell = cellOf[branch] ?? 0;
    if (above < 0 && !rootOf.has(cell)) rootOf.set(cell, branch);
  }
  // Branches at the root of a cell begin where the first of them does
  const before = (compartment: number): number | undefined => {
    const branch = branchOf[compartment] ?? 0;
    const first = firstCompartment[branch] ?? 0;
    if (compartment > first) return compartment - 1;
    const above = parents[branch] ?? -1;
    if (above >= 0) return (firstCompartment[above + 1] ?? 0) - 1;
    const root = rootOf.get(cellOf[branch] ?? 0);
    return root === undefined || root === branch ? undefined : firstCompartment[root];
  };
  const joint = (compartment: number) => {
    const above = before(compartment);
    return above !== undefined && distanceOf.has(above) ? above : undefined;
  };
  const wayTo = (compartment: number): number[] => {
    const way = [compartment];
    for (let at = joint(compartment); at !== undefined; at = joint(at)) {
      if ((distanceOf.get(at) ?? 0) >= (distanceOf.get(way.at(-1) ?? at) ?? 0)) break;
      way.push(at);
    }
    return way.reverse();
  };
  return Array.from(view.branches()).flatMap((branch) => {
    const own = branch.compartments.toSorted();
    const runs: number[][] = [];
    let run: number[] = [];
    for (const [k, i] of own.entries()) {
      const above = joint(i);
      const isSame = above !== undefined && kindOf(above) === kindOf(i);
      if (k === 0 || above !== own[k - 1] || !isSame) {
        if (run.length > 0) runs.push(run);
        if (above === undefined) run = [];
        else run = isLeft(above) === isLeft(i) ? [above] : wayTo(above);
      }
      run.push(i);
    }
    return [...runs, run];
  });
}
