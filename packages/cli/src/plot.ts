/** @file Curves in a terminal, from Braille characters: each is a grid of 2 by 4 dots. */

import { extent } from "./extent.ts";

const dots = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
];

/** Least range of the vertical axis by unit, so that what is at rest looks so. */
const leastRange: Readonly<Record<string, number>> = { mV: 2 };

export interface PlotOptions {
  readonly width?: number;
  readonly height?: number;
  readonly title?: string;
  /** Unit of `y`; `x` is in ms. */
  readonly unit?: string;
}

/** Draws `y` over `x`, with ticks on both axes, and zero as a dotted line if it is in sight. */
export function plot(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  { width = 72, height = 10, title = "", unit = "" }: PlotOptions = {},
): string {
  const values = Float64Array.from(y);
  const { low, high } = rangeOf(values, unit);
  const cells = Array.from({ length: height }, () => new Uint8Array(width));
  const row = (value: number) => Math.round((4 * height - 1) * (1 - (value - low) / (high - low)));
  const set = (column: number, line: number) => {
    const cell = cells[line >> 2];
    if (cell !== undefined)
      cell[column >> 1] = (cell[column >> 1] ?? 0) | (dots[column & 1]?.[line & 3] ?? 0);
  };
  let previous: number | undefined;
  for (let column = 0; column < 2 * width; column++) {
    const [from = 0, to = 0] = [column, column + 1].map((c) =>
      Math.floor((c * values.length) / (2 * width)),
    );
    const part = values.subarray(from, Math.max(to, from + 1));
    const reach = extent(part);
    if (reach.low > reach.high) continue;
    const lines = [row(reach.high), row(reach.low)];
    const start = Math.min(lines[0] ?? 0, previous ?? Number.POSITIVE_INFINITY);
    const end = Math.max(lines[1] ?? 0, previous ?? Number.NEGATIVE_INFINITY);
    for (let line = start; line <= end; line++) set(column, line);
    const last = part.at(-1) ?? Number.NaN;
    previous = Number.isFinite(last) ? row(last) : undefined;
  }
  const labels = new Map(
    ticks(low, high, height / 1.8).map((tick) => [row(tick) >> 2, short(tick)]),
  );
  const margin = Math.max(...[...labels.values()].map((label) => label.length));
  const zero = low <= 0 && high >= 0 ? row(0) >> 2 : -1;
  const lines = cells.map((cell, i) => {
    const label = labels.get(i);
    const curve = Array.from(cell, (bits) =>
      bits === 0 && i === zero ? "\u2508" : String.fromCodePoint(0x2800 + bits),
    );
    return `${(label ?? "").padStart(margin)} ${label === undefined ? "\u2502" : "\u2524"}${curve.join("")}`;
  });
  const heading = `${title}${unit === "" ? "" : ` (${unit})`}`.trim();
  return [...(heading === "" ? [] : [heading]), ...lines, ...timeAxis(x, width, margin)].join("\n");
}

function rangeOf(values: Float64Array, unit: string) {
  const { low, high } = extent(values);
  if (low > high) return { low: 0, high: 1 };
  const least = Math.max(leastRange[unit] ?? 0, 1e-9 * Math.max(Math.abs(low), Math.abs(high)));
  const missing = Math.max(0, (least || 1) - (high - low));
  const isFlat = high - low < least || high === low;
  return isFlat ? { low: low - missing / 2, high: high + missing / 2 } : { low, high };
}

/** The axis below a curve. */
function timeAxis(x: ArrayLike<number>, width: number, margin: number): [string, string] {
  const [first, last] = [x[0] ?? 0, x[x.length - 1] ?? 0];
  const axis = Array.from({ length: width }, () => "\u2500");
  let scale = "";
  for (const tick of last > first ? ticks(first, last, 6) : []) {
    const column = Math.min(width - 1, Math.round(((tick - first) / (last - first)) * width));
    const label = short(tick);
    const start = Math.max(0, column - Math.floor(label.length / 2));
    if (start < scale.length + (scale === "" ? 0 : 2)) continue;
    if (start + label.length > width - 3) continue;
    axis[column] = "\u252c";
    scale = scale.padEnd(start) + label;
  }
  return [
    `${" ".repeat(margin)} \u2514${axis.join("")}`,
    `${" ".repeat(margin + 2)}${scale.padEnd(width - 2)}ms`,
  ];
}

/** Round numbers from `low` to `high`, about as many as wanted. */
function ticks(low: number, high: number, count: number): number[] {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const length = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, length) }, (_, k) => (first + k) * step);
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
