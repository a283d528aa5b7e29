/** @file Recordings over time as a picture. */
import type { Result } from "../simulation/result.ts";
import { checkOptions } from "../util/options.ts";
import { axes, type Panel, rangeOf, widened, xAt, yAt } from "./axes.ts";
import { colour, element, label, linePath, picture } from "./svg.ts";

export interface PictureOptions {
  /** Line of text above the picture. */
  readonly title?: string;
  /** Width in pixels; default 960. */
  readonly width?: number;
}

/** Rows named in the legend. */
const named = 16;
const margin = { left: 64, right: 150, top: 34, between: 48 };
const panelHeight = 210;

/** Draws all recordings over time as SVG; those of one kind of state share a panel. */
export function drawTraces(
  { time, recordings, names }: Pick<Result, "time" | "recordings" | "names">,
  options: PictureOptions = {},
): string {
  checkOptions(options, ["title", "width"], "drawTraces");
  const { title = "", width = 960 } = options;
  const kinds = new Map<string, number[]>();
  for (const [row, name] of names.entries()) {
    const kind = name.replace(/(_n\d+)?(_b\d+)?(_c\d+)?$|_e\d+$/, "");
    kinds.set(kind, [...(kinds.get(kind) ?? []), row]);
  }
  const x = { low: time[0] ?? 0, high: Math.max(time.at(-1) ?? 0, (time[0] ?? 0) + 1e-9) };
  const panels = [...kinds].map(([kind, rows], number) => {
    const series = rows.map((row) => recordings[row] ?? new Float64Array());
    const panel: Panel = {
      left: margin.left,
      top: margin.top + number * (panelHeight + margin.between),
      width: width - margin.left - margin.right,
      height: panelHeight,
      x,
      y: widened(rangeOf(series)),
    };
    const lines = series.map((values, k) =>
      element("path", {
        d: linePath(thinOut(panel, time, values)),
        fill: "none",
        stroke: colour(k),
        "stroke-width": 1.3,
        "stroke-linejoin": "round",
      }),
    );
    return [
      axes(panel, { x: "time (ms)", y: unitOf(kind) }),
      ...lines,
      ...legend(
        rows.map((row) => names[row] ?? ""),
        panel,
      ),
    ].join("\n");
  });
  const height = margin.top + panels.length * (panelHeight + margin.between);
  return picture(width, height, heading(title, margin.left), panels);
}

export function heading(title: string, x: number): string {
  return label(title, { x, y: 20, "font-size": 13 });
}

function legend(names: readonly string[], { left, width, top }: Panel): string[] {
  const place = (k: number) => ({ x: left + width + 10, y: top + 11 + 13 * k });
  const shown = names.slice(0, named);
  return [
    ...shown.map((name, k) => label(name, { ...place(k), fill: colour(k) })),
    ...(names.length > named
      ? [label(`and ${names.length - named} more`, { ...place(named), fill: "#666" })]
      : []),
  ];
}

function unitOf(kind: string): string {
  if (kind === "v") return "v (mV)";
  return kind === "i" ? "i (nA)" : kind;
}

/** At most two points for each pixel of the width, so that no spike is lost. */
export function thinOut(
  panel: Panel,
  time: ArrayLike<number>,
  values: ArrayLike<number>,
): [number, number][] {
  const step = Math.max(1, Math.floor(values.length / panel.width));
  const points: [number, number][] = [];
  for (let start = 0; start < values.length; start += step) {
    const end = Math.min(values.length, start + step);
    let [low, high] = [start, start];
    for (let k = start; k < end; k++) {
      if ((values[k] ?? 0) < (values[low] ?? 0)) low = k;
      if ((values[k] ?? 0) > (values[high] ?? 0)) high = k;
    }
    const pair = low === high ? [low] : low < high ? [low, high] : [high, low];
    for (const k of pair)
      points.push([xAt(panel, time[k] ?? 0), yAt(panel, values[k] ?? Number.NaN)]);
  }
  return points;
}
