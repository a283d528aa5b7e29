/** @file Curves in a terminal, from Braille characters: each is a grid of 2 by 4 dots. */

import { extent } from "./extent.ts";

const dots = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
];

export interface PlotOptions {
  readonly width?: number;
  readonly height?: number;
  readonly title?: string;
}

/** Draws `y` over `x`, with the range of both at the axes. */
export function plot(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  { width = 72, height = 10, title = "" }: PlotOptions = {},
): string {
  const values = Float64Array.from(y);
  const { low, high } = extent(values);
  const cells = Array.from({ length: height }, () => new Uint8Array(width));
  const row = (value: number) =>
    Math.round((4 * height - 1) * (1 - (high > low ? (value - low) / (high - low) : 0.5)));
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
    previous = row(part.at(-1) ?? 0);
  }
  const labels = [short(high), short(low)];
  const margin = Math.max(...labels.map((label) => label.length));
  const lines = cells.map((cell, i) => {
    const label = i === 0 ? labels[0] : i === height - 1 ? labels[1] : "";
    return `${(label ?? "").padStart(margin)} │${String.fromCodePoint(...Array.from(cell, (bits) => 0x2800 + bits))}`;
  });
  const begin = short(x[0] ?? 0);
  const end = `${short(x[x.length - 1] ?? 0)} ms`;
  const axis = `${" ".repeat(margin)} └${"─".repeat(width)}`;
  const scale = `${" ".repeat(margin + 2)}${begin}${end.padStart(width - begin.length)}`;
  return [...(title === "" ? [] : [title]), ...lines, axis, scale].join("\n");
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
