/** @file Colours for values and groups, and what explains them. */
import { type Range, ticks } from "./axes.ts";
import { element, label } from "./svg.ts";

/** Stops of the map viridis (van der Walt, Smith 2015): as light as the value is high, for all kinds of sight. */
const stops = ["#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"] as const;

/** Colour of a value in a range; grey where there is none. */
export function shade(value: number, { low, high }: Range): string {
  if (!Number.isFinite(value)) return "#c8c8c8";
  const at =
    Math.min(1, Math.max(0, high > low ? (value - low) / (high - low) : 0.5)) * (stops.length - 1);
  const k = Math.min(stops.length - 2, Math.floor(at));
  const channel = (stop: string | undefined, c: number) =>
    Number.parseInt((stop ?? "#000000").slice(1 + 2 * c, 3 + 2 * c), 16);
  const mixed = [0, 1, 2].map((c) => {
    const [a, b] = [channel(stops[k], c), channel(stops[k + 1], c)];
    return Math.round(a + (b - a) * (at - k))
      .toString(16)
      .padStart(2, "0");
  });
  return `#${mixed.join("")}`;
}

/** A bar of the colours with numbers and a title, its upper left corner at a place. */
export function colourBar(
  x: number,
  y: number,
  height: number,
  range: Range,
  title: string,
): string {
  const parts = 40;
  const step = height / parts;
  const value = (k: number) => range.high - ((range.high - range.low) * (k + 0.5)) / parts;
  const marks = range.high > range.low ? ticks(range, 5) : [range.low];
  return element(
    "g",
    {},
    label(title, { x, y: y - 8 }),
    ...Array.from({ length: parts }, (_, k) =>
      element("rect", {
        x,
        y: y + k * step,
        width: 14,
        height: step + 0.5,
        fill: shade(value(k), range),
      }),
    ),
    ...marks.map((mark) => {
      const part = range.high > range.low ? (mark - range.low) / (range.high - range.low) : 0.5;
      return label(String(mark), { x: x + 19, y: y + height * (1 - part) + 4, fill: "#444" });
    }),
  );
}
