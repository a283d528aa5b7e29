/** @file A panel with axes: where values lie in a picture, and the lines and numbers that say so. */
import { element, label } from "./svg.ts";

/** A stretch of values. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Smallest and largest of the finite values; 0 to 1 if there is none. */
export function rangeOf(series: Iterable<ArrayLike<number>>): Range {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of series) {
    for (let k = 0; k < values.length; k++) {
      const value = values[k] ?? Number.NaN;
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return low <= high ? { low, high } : { low: 0, high: 1 };
}

/** A range with some room on both sides, and never empty. */
export function widened({ low, high }: Range, part = 0.05): Range {
  const room = (high - low) * part || Math.abs(high) * part || 1;
  return { low: low - room, high: high + room };
}

/** Round numbers that divide a range into about `count` parts: steps of 1, 2 or 5 times a power of ten. */
export function ticks({ low, high }: Range, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, k) =>
    Number(((first + k) * step).toPrecision(12)),
  );
}

export interface Panel {
  /** Rectangle in pixels inside the axes. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly x: Range;
  readonly y: Range;
}

export interface AxisTexts {
  readonly x?: string;
  readonly y?: string;
  /** Marks at the left side, in the place of numbers. */
  readonly rows?: readonly { readonly at: number; readonly text: string }[];
}

export function xAt({ left, width, x: { low, high } }: Panel, value: number): number {
  return left + (width * (value - low)) / (high - low);
}

export function yAt({ top, height, y: { low, high } }: Panel, value: number): number {
  return top + height - (height * (value - low)) / (high - low);
}

/** Axes with grid lines and numbers. */
export function axes(panel: Panel, { x, y, rows }: AxisTexts): string {
  const { left, top, width, height } = panel;
  const bottom = top + height;
  const grid = { stroke: "#e4e4e4", "stroke-width": 1 };
  const grey = { fill: "#444" };
  const marks =
    rows ?? ticks(panel.y, Math.max(2, height / 45)).map((at) => ({ at, text: String(at) }));
  return element(
    "g",
    {},
    ...ticks(panel.x, width / 90).flatMap((value) => {
      const at = xAt(panel, value);
      return [
        element("line", { x1: at, x2: at, y1: top, y2: bottom, ...grid }),
        label(String(value), { x: at, y: bottom + 15, "text-anchor": "middle", ...grey }),
      ];
    }),
    ...marks.flatMap(({ at: value, text }) => {
      const at = yAt(panel, value);
      return [
        ...(rows === undefined
          ? [element("line", { x1: left, x2: left + width, y1: at, y2: at, ...grid })]
          : []),
        label(text, { x: left - 6, y: at + 4, "text-anchor": "end", ...grey }),
      ];
    }),
    element("rect", { x: left, y: top, width, height, fill: "none", stroke: "#888" }),
    ...(x === undefined
      ? []
      : [label(x, { x: left + width / 2, y: bottom + 31, "text-anchor": "middle" })]),
    ...(y === undefined
      ? []
      : [
          label(y, {
            "text-anchor": "middle",
            transform: `translate(${left - 46} ${top + height / 2}) rotate(-90)`,
          }),
        ]),
  );
}
