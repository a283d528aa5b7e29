/** @file Names in the colours of what they name, in lines that end inside the picture. */
import { element, label } from "./svg.ts";
import { clipped, textWidth } from "./text.ts";

export interface LegendEntry {
  readonly name: string;
  readonly colour: string;
  /** What stands before the name; default a line. */
  readonly mark?: "line" | "dashed" | "dot" | "ring" | "wedge" | "none";
}

const lineHeight = 16;
const between = 16;

/**
 * Entries from left to right, in as many lines as they need, from a place on.
 *
 * @returns the picture and how many pixels it takes, none without entries.
 */
export function legend(
  entries: readonly LegendEntry[],
  left: number,
  top: number,
  room: number,
): { readonly svg: string; readonly width: number; readonly height: number } {
  if (entries.length === 0) return { svg: "", width: 0, height: 0 };
  let [x, line, longest] = [0, 0, 0];
  const drawn = entries.map((entry) => {
    const indent = entry.mark === "none" ? 0 : 21;
    const name = clipped(entry.name, room - indent);
    const width = indent + textWidth(name);
    if (x > 0 && x + width > room) [x, line] = [0, line + 1];
    const [at, y] = [left + x, top + lineHeight * line + 8];
    longest = Math.max(longest, x + width);
    x += width + between;
    return element(
      "g",
      {},
      drawMark(entry, at, y),
      label(name, { x: at + indent, y: y + 4, fill: entry.colour }),
    );
  });
  return { svg: element("g", {}, drawn), width: longest, height: lineHeight * (line + 1) };
}

function drawMark({ mark = "line", colour }: LegendEntry, x: number, y: number): string {
  switch (mark) {
    case "none":
      return "";
    case "line":
    case "dashed":
      return element("line", {
        ...{ x1: x, x2: x + 16, y1: y, y2: y, stroke: colour, "stroke-width": 2 },
        "stroke-dasharray": mark === "dashed" ? "5 3" : undefined,
      });
    case "dot":
      return element("circle", { cx: x + 10, cy: y, r: 3.5, fill: colour });
    case "ring":
      return ring(x + 10, y, colour);
    case "wedge":
      return wedge(x + 10, y + 5, colour);
  }
}

/** A circle around a place: something is recorded there. */
export function ring(x: number, y: number, colour: string): string {
  return element("circle", {
    cx: x,
    cy: y,
    r: 4,
    fill: "white",
    stroke: colour,
    "stroke-width": 2,
  });
}

/** The tip of an electrode at a place. */
export function wedge(x: number, y: number, colour: string): string {
  const corners = `${x},${y} ${x + 5},${y - 11} ${x - 5},${y - 11}`;
  return element("polygon", {
    points: corners,
    fill: colour,
    stroke: "white",
    "stroke-width": 0.8,
  });
}
