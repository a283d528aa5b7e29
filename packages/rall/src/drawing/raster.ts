/** @file Spikes over time as a picture: one row per recorded compartment. */
import { ValueError } from "../errors.ts";
import type { SpikeTimes } from "../simulation/result.ts";
import { checkOptions } from "../util/options.ts";
import { axes, type Panel, rangeOf, ticks, xAt, yAt } from "./axes.ts";
import { colour, element, label, picture, rounded } from "./svg.ts";
import { heading, type PictureOptions } from "./traces.ts";

export interface RasterOptions extends PictureOptions {
  /** Time in ms at which the picture ends; default: the last spike. */
  readonly tMax?: number;
}

/** Most rows that are called by their names; more are numbered. */
const mostNames = 30;

/** Draws spikes as SVG. @throws {ValueError} if there is no row. */
export function drawRaster(
  spikes: readonly Pick<SpikeTimes, "name" | "times">[],
  options: RasterOptions = {},
): string {
  checkOptions(options, ["title", "width", "tMax"], "drawRaster");
  const { title = "", width = 960, tMax } = options;
  if (spikes.length === 0) {
    throw new ValueError("There are no spikes to draw.", {
      subject: "spikes",
      remedy: "Call recordSpikes() on some compartments before the run.",
    });
  }
  const count = spikes.length;
  const rowHeight = Math.max(1, Math.min(18, 520 / count));
  const end = tMax ?? rangeOf(spikes.map(({ times }) => times)).high;
  const panel: Panel = {
    left: count <= mostNames ? 110 : 64,
    top: 34,
    width: width - (count <= mostNames ? 130 : 84),
    height: rowHeight * count,
    x: { low: 0, high: Math.max(end, 1e-9) },
    // The first row on top
    y: { low: count - 0.5, high: -0.5 },
  };
  const rows =
    count <= mostNames
      ? spikes.map(({ name }, at) => ({ at, text: name }))
      : ticks({ low: 0, high: count - 1 }, 8).map((at) => ({ at, text: String(at) }));
  const mark = Math.max(1, 0.8 * rowHeight);
  const marks = spikes.map(({ times }, row) => {
    const y = rounded(yAt(panel, row) - mark / 2);
    const path = Array.from(times, (time) => `M${rounded(xAt(panel, time))} ${y}v${rounded(mark)}`);
    return element("path", {
      d: path.join(""),
      stroke: colour(0),
      "stroke-width": 1.2,
      fill: "none",
    });
  });
  const total = spikes.reduce((sum, { times }) => sum + times.length, 0);
  return picture(
    width,
    panel.top + panel.height + 44,
    heading(title, panel.left),
    axes(panel, { x: "time (ms)", rows }),
    marks,
    label(`${total} spikes`, {
      x: panel.left + panel.width,
      y: 20,
      "text-anchor": "end",
      fill: "#444",
    }),
  );
}
