/** @file Curves over a common axis as a picture. */
import { ValueError } from "../errors.ts";
import { checkOptions } from "../util/options.ts";
import { type AxisTexts, axes, type Panel, type Range, rangeOf, ticks, widened } from "./axes.ts";
import { colour, element, label, linePath, picture } from "./svg.ts";
import { heading, type PictureOptions, thinOut } from "./traces.ts";

export interface Curve {
  /** Stands above the panel; empty for none. */
  readonly name: string;
  readonly x: ArrayLike<number>;
  /** One number for each of `x`; where one is not finite the line is broken. */
  readonly y: ArrayLike<number>;
  /** A colour of SVG; default: the next of a palette. */
  readonly colour?: string;
  /** `line` (default), `dashed`, or `points`. */
  readonly style?: "line" | "dashed" | "points";
  /** Width of the line in pixels; default 1.5. */
  readonly strokeWidth?: number;
}

export interface CurvesOptions extends PictureOptions {
  /** Height of the panel in pixels; default 220. */
  readonly height?: number;
  readonly xTitle?: string;
  readonly yTitle?: string;
  /** Whether the vertical axis is one of decades; values that are not above 0 are then left out. Default false. */
  readonly logarithmic?: boolean;
}

const margin = { left: 66, right: 16, top: 52, bottom: 42 };
const keys = ["title", "width", "height", "xTitle", "yTitle", "logarithmic"];

/**
 * Draws curves in one panel as SVG, their names above it.
 *
 * @throws {ValueError} for a curve with as many x as there are no y.
 */
export function drawCurves(curves: readonly Curve[], options: CurvesOptions = {}): string {
  checkOptions(options, keys, "drawCurves");
  const { title = "", width = 720, height = 220, logarithmic = false } = options;
  for (const { name, x, y } of curves) {
    if (x.length === y.length) continue;
    throw new ValueError(`${name} has ${x.length} x and ${y.length} y.`, {
      subject: name,
      value: y.length,
      remedy: "Give one y for each x.",
    });
  }
  const scaled = logarithmic ? curves.map(inDecades) : curves;
  const x = rangeOf(scaled.map((curve) => curve.x));
  const panel: Panel = {
    left: margin.left,
    top: margin.top,
    width: width - margin.left - margin.right,
    height,
    x: x.high > x.low ? x : widened(x),
    y: widened(rangeOf(scaled.map((curve) => curve.y))),
  };
  const texts: AxisTexts = {
    ...(options.xTitle === undefined ? {} : { x: options.xTitle }),
    ...(options.yTitle === undefined ? {} : { y: options.yTitle }),
    ...(logarithmic ? { rows: decades(panel.y) } : {}),
  };
  return picture(
    width,
    margin.top + height + margin.bottom,
    heading(title, margin.left),
    legend(curves),
    axes(panel, texts),
    scaled.map((curve, number) => drawCurve(curve, panel, inkOf(curve, number))),
  );
}

function drawCurve({ x, y, style, strokeWidth = 1.5 }: Curve, panel: Panel, ink: string): string {
  const points = thinOut(panel, x, y);
  if (style === "points") {
    const dots = points.filter(([, at]) => Number.isFinite(at));
    return element(
      "g",
      { fill: ink },
      dots.map(([cx, cy]) => element("circle", { cx, cy, r: 2.2 })),
    );
  }
  return element("path", {
    d: linePath(points),
    fill: "none",
    stroke: ink,
    "stroke-width": strokeWidth,
    "stroke-linejoin": "round",
    "stroke-dasharray": style === "dashed" ? "5 3" : undefined,
  });
}

/** Names in a row, each in the colour of its curve. */
function legend(curves: readonly Curve[]): string {
  let x = margin.left;
  return element(
    "g",
    {},
    curves.map((curve, number) => {
      if (curve.name === "") return "";
      const ink = inkOf(curve, number);
      const at = x;
      // Letters are some six pixels wide
      x += 34 + 6.2 * curve.name.length;
      const dash = curve.style === "dashed" ? "5 3" : undefined;
      const line = { x1: at, x2: at + 16, y1: 38, y2: 38, stroke: ink, "stroke-width": 2 };
      return element(
        "g",
        {},
        curve.style === "points"
          ? element("circle", { cx: at + 8, cy: 38, r: 3, fill: ink })
          : element("line", { ...line, "stroke-dasharray": dash }),
        label(curve.name, { x: at + 21, y: 42, fill: ink }),
      );
    }),
  );
}

function inkOf({ colour: own }: Curve, number: number): string {
  return own ?? colour(number);
}

function inDecades(curve: Curve): Curve {
  return {
    ...curve,
    y: Float64Array.from(curve.y, (value) => (value > 0 ? Math.log10(value) : Number.NaN)),
  };
}

/** Marks of an axis of decades: powers of ten, or the numbers between if there are few. */
function decades(range: Range): NonNullable<AxisTexts["rows"]> {
  const whole = ticks(range, 6).filter(Number.isInteger);
  if (whole.length >= 3) return whole.map((at) => ({ at, text: power(at) }));
  const first = Math.floor(range.low);
  const factors = range.high - range.low < 0.5 ? [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9] : [1, 2, 5];
  return Array.from({ length: Math.ceil(range.high) - first + 1 }, (_, k) => first + k)
    .flatMap((decade) => factors.map((factor) => factor * 10 ** decade))
    .map((value) => ({ at: Math.log10(value), text: String(Number(value.toPrecision(2))) }))
    .filter(({ at }) => at >= range.low && at <= range.high);
}

function power(exponent: number): string {
  const raised = String(exponent).replace(/[-\d]/g, (c) =>
    c === "-" ? "\u207b" : ("⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)] ?? c),
  );
  return `10${raised}`;
}
