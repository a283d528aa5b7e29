/** @file Values along a cell, over their distance from a place. */
import { distancePathwise, somata } from "../modules/distance.ts";
import type { View } from "../modules/view.ts";
import { checkOptions } from "../util/options.ts";
import { axes, type Panel, rangeOf, widened, xAt, yAt } from "./axes.ts";
import { colour, element, linePath, picture } from "./svg.ts";
import { heading, type PictureOptions } from "./traces.ts";
import { valuesOf } from "./values.ts";

export interface ProfileOptions extends PictureOptions {
  /** The compartment from which path lengths count; default: the first one of the soma, or of the module. */
  readonly from?: View;
  /** Title of the vertical axis; default: the key. */
  readonly valueTitle?: string;
}

/**
 * Draws a parameter or state, or one value per compartment of the view, over path length (um) as SVG: one line per branch.
 *
 * @throws {NameError} for an unknown key, {ValueError} for values of the wrong number.
 */
export function drawProfile(
  view: View,
  values: string | ArrayLike<number>,
  options: ProfileOptions = {},
): string {
  checkOptions(options, ["title", "width", "from", "valueTitle"], "drawProfile");
  const { title = "", width = 720, from } = options;
  const start = from ?? view.select(somata(view.root.description).slice(0, 1));
  const { compartments } = view;
  const column = valuesOf(view, values);
  const distances = distancePathwise(start, view);
  const distanceOf = new Map(Array.from(compartments, (i, k) => [i, distances[k] ?? Number.NaN]));
  const panel: Panel = {
    left: 70,
    top: 34,
    width: width - 90,
    height: 260,
    x: { low: 0, high: Math.max(rangeOf([distances]).high, 1) },
    y: widened(rangeOf([[...column.values()]])),
  };
  const lines = Array.from(view.branches(), (branch) => {
    const points = Array.from(branch.compartments, (i): [number, number] => [
      xAt(panel, distanceOf.get(i) ?? Number.NaN),
      yAt(panel, column.get(i) ?? Number.NaN),
    ]);
    const [only] = points;
    return points.length === 1 && only !== undefined
      ? element("circle", { cx: only[0], cy: only[1], r: 2, fill: colour(0) })
      : element("path", {
          d: linePath(points),
          fill: "none",
          stroke: colour(0),
          "stroke-width": 1.2,
        });
  });
  const valueTitle = options.valueTitle ?? (typeof values === "string" ? values : "");
  return picture(
    width,
    panel.top + panel.height + 46,
    heading(title, panel.left),
    axes(panel, { x: "path length (um)", y: valueTitle }),
    lines,
  );
}
