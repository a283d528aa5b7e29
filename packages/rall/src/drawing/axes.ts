/** @file A panel with axes: where values lie in a picture, and the lines and numbers that say so. */
import { element, label, rounded } from "./svg.ts";
import { clipped, numberInPrint, textWidth } from "./text.ts";

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
  // The step that comes nearest to the wanted one, as a factor
  const step =
    power * (rough < 1.5 * power ? 1 : rough < 3.2 * power ? 2 : rough < 7 * power ? 5 : 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, k) =>
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

export interface AxisMark {
  readonly at: number;
  readonly text: string;
}

export interface AxisTexts {
  readonly x?: string;
  readonly y?: string;
  /** Marks at the left side, in the place of numbers. */
  readonly rows?: readonly AxisMark[];
  /** Whether numbers stand below the panel; default true. */
  readonly hasNumbers?: boolean;
}

/** Room below a panel for numbers and the title of its axis. */
export const axisHeight = 38;

/** Numbers at the left side of a panel of that height. */
export function marksOf(range: Range, height: number): AxisMark[] {
  const found = ticks(range, Math.max(3.2, height / 45));
  return found.map((at) => ({ at, text: numberInPrint(at) }));
}

/** Room to the left of a panel for marks and the title of its axis. */
export function leftMargin(marks: readonly AxisMark[], title: string | undefined): number {
  const widest = marks.reduce((most, { text }) => Math.max(most, textWidth(text)), 0);
  return Math.ceil(12 + widest + (title === undefined || title === "" ? 4 : 18));
}

export function xAt({ left, width, x: { low, high } }: Panel, value: number): number {
  return left + (width * (value - low)) / (high - low);
}

export function yAt({ top, height, y: { low, high } }: Panel, value: number): number {
  return top + height - (height * (value - low)) / (high - low);
}

/** Axes with grid lines and numbers. */
export function axes(panel: Panel, { x, y, rows, hasNumbers = true }: AxisTexts): string {
  const { left, top, width, height } = panel;
  const bottom = top + height;
  const grid = { stroke: "#e4e4e4", "stroke-width": 1 };
  const grey = { fill: "#444" };
  const marks = rows ?? marksOf(panel.y, height);
  const widest = marks.reduce((most, { text }) => Math.max(most, textWidth(text)), 0);
  return element(
    "g",
    {},
    ticks(panel.x, width / 90).flatMap((value) => {
      const at = xAt(panel, value);
      const line = element("line", { x1: at, x2: at, y1: top, y2: bottom, ...grid });
      const text = { x: at, y: bottom + 15, "text-anchor": "middle", ...grey };
      return hasNumbers ? [line, label(numberInPrint(value), text)] : [line];
    }),
    marks.flatMap(({ at: value, text }) => {
      const at = yAt(panel, value);
      const line = { x1: left, x2: left + width, y1: at, y2: at, ...grid };
      const number = label(text, { x: left - 6, y: at + 4, "text-anchor": "end", ...grey });
      return rows === undefined ? [element("line", line), number] : [number];
    }),
    element("rect", { x: left, y: top, width, height, fill: "none", stroke: "#888" }),
    x === undefined
      ? []
      : label(clipped(x, width), { x: left + width / 2, y: bottom + 31, "text-anchor": "middle" }),
    y === undefined
      ? []
      : label(clipped(y, height + 20), {
          "text-anchor": "middle",
          transform: `translate(${rounded(left - 14 - widest)} ${rounded(top + height / 2)}) rotate(-90)`,
        }),
  );
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
      points.push([xAt(panel, time[k] ?? Number.NaN), yAt(panel, values[k] ?? Number.NaN)]);
  }
  return points;
}
