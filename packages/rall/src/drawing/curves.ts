/** @file Curves over a common axis as a picture. */
import { ValueError } from "../errors.ts";
import {
  check,
  choice,
  flag,
  list,
  number,
  numbers,
  object,
  positive,
  required,
  text,
} from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import {
  type AxisMark,
  type AxisTexts,
  axes,
  axisHeight,
  leftMargin,
  marksOf,
  type Panel,
  type Range,
  rangeOf,
  thinOut,
  ticks,
  widened,
} from "./axes.ts";
import { barWidth, colourBar } from "./bar.ts";
import { type ColourScale, coloursFor, shade } from "./colours.ts";
import { type LegendEntry, legend } from "./legend.ts";
import { element, heading, linePath, type PictureOptions, picture, pictureFields } from "./svg.ts";
import { powerInPrint } from "./text.ts";

/** One curve of a picture. */
export interface Curve {
  /** Stands above the panel; empty for none. */
  readonly name: string;
  readonly x: ArrayLike<number>;
  /** One number for each of `x`; where one is not finite the line is broken. */
  readonly y: ArrayLike<number>;
  /**
   * Parameter by which curves of a family differ (the voltage of a clamp, say). Where each curve without a colour has one, it
   * gives the colour, from dark to light, and a bar stands in the place of names.
   */
  readonly value?: number;
  /** A colour of SVG; default: by `value`, else one of its own: of up to seven kinds, of a sequence where there are more. */
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
  /** Title of the bar of a family, with its unit: `voltage (mV)`. */
  readonly valueTitle?: string;
  /** Whether the vertical axis is one of decades; values that are not above 0 are then left out. Default false. */
  readonly logarithmic?: boolean;
}

const fields = {
  ...pictureFields,
  height: positive,
  ...{ xTitle: text, yTitle: text, valueTitle: text },
  logarithmic: flag,
};
const curveKind = object({
  ...{ name: required(text), x: required(numbers), y: required(numbers) },
  ...{ value: number, colour: text },
  style: choice("line", "dashed", "points"),
  strokeWidth: positive,
});

/**
 * Draws curves in one panel as SVG, 720 pixels wide by default, their names above it.
 *
 * ```ts
 * const family = voltages.map((value, k) => ({ name: `${value} mV`, value, x: time, y: currents[k] }));
 * drawCurves(family, { xTitle: "time (ms)", yTitle: "current (nA)", valueTitle: "voltage (mV)" });
 * ```
 *
 * @throws ValueError for a curve with as many x as there are no y.
 */
export function drawCurves(curves: readonly Curve[], options: CurvesOptions = {}): string {
  check(curves, list(curveKind, "a list of curves { name, x, y }"), "curves");
  checkOptions(options, fields, "drawCurves");
  const { title = "", width = 720, height = 220, logarithmic = false, valueTitle = "" } = options;
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
  const y = widened(rangeOf(scaled.map((curve) => curve.y)));
  const rows = logarithmic ? decades(y) : undefined;
  const left = leftMargin(rows ?? marksOf(y, height), options.yTitle);
  const { inks, scale } = inksOf(curves);
  const right = scale === undefined ? 16 : barWidth(scale, valueTitle) + 24;
  const entries = entriesOf(curves, inks, scale !== undefined);
  const names = legend(entries, left, title === "" ? 8 : 30, width - left - right);
  const panel: Panel = {
    left,
    top: (title === "" ? 10 : 32) + (names.height > 0 ? names.height + 4 : 0),
    width: width - left - right,
    height,
    x: x.high > x.low ? x : widened(x),
    y,
  };
  const texts: AxisTexts = {
    ...(options.xTitle === undefined ? {} : { x: options.xTitle }),
    ...(options.yTitle === undefined ? {} : { y: options.yTitle }),
    ...(rows === undefined ? {} : { rows }),
  };
  const bar =
    scale === undefined
      ? ""
      : colourBar(
          width - right + 12,
          panel.top + 22,
          Math.min(160, height - 30),
          scale,
          valueTitle,
        );
  return picture(
    width,
    panel.top + height + axisHeight,
    heading(title, left, width),
    names.svg,
    axes(panel, texts),
    scaled.map((curve, number) => drawCurve(curve, panel, inks[number] ?? "#000")),
    bar,
  );
}

/** A colour for each curve, and the scale of those of a family. */
function inksOf(curves: readonly Curve[]): { inks: string[]; scale: ColourScale | undefined } {
  const free = curves.filter(({ colour }) => colour === undefined);
  const values = free.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const isFamily = values.length > 1 && values.length === free.length;
  const scale = isFamily ? { kind: "lines" as const, ...rangeOf([values]) } : undefined;
  const own = coloursFor(free.length);
  let next = 0;
  const inks = curves.map(({ colour, value = Number.NaN }) => {
    if (colour !== undefined) return colour;
    return scale === undefined ? (own[next++] ?? "#000000") : shade(value, scale);
  });
  return { inks, scale };
}

function entriesOf(
  curves: readonly Curve[],
  inks: readonly string[],
  isFamily: boolean,
): LegendEntry[] {
  return curves.flatMap(({ name, style, colour }, k): LegendEntry[] => {
    if (name === "" || (isFamily && colour === undefined)) return [];
    const mark = style === "points" ? "dot" : style === "dashed" ? "dashed" : "line";
    return [{ name, colour: inks[k] ?? "#000", mark }];
  });
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

function inDecades(curve: Curve): Curve {
  return {
    ...curve,
    y: Float64Array.from(curve.y, (value) => (value > 0 ? Math.log10(value) : Number.NaN)),
  };
}

/** Marks of an axis of decades: powers of ten, or the numbers between if there are few. */
function decades(range: Range): AxisMark[] {
  const whole = ticks(range, 6).filter(Number.isInteger);
  if (whole.length >= 3) return whole.map((at) => ({ at, text: powerInPrint(at) }));
  const first = Math.floor(range.low);
  const factors = range.high - range.low < 0.5 ? [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9] : [1, 2, 5];
  return Array.from({ length: Math.ceil(range.high) - first + 1 }, (_, k) => first + k)
    .flatMap((decade) => factors.map((factor) => factor * 10 ** decade))
    .map((value) => ({ at: Math.log10(value), text: String(Number(value.toPrecision(2))) }))
    .filter(({ at }) => at >= range.low && at <= range.high);
}
