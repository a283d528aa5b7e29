/** @file Several pictures on one page. */
import { check, list, text } from "../util/kinds.ts";
import { element, heading, picture } from "./svg.ts";

const texts = list(text, "a list of pictures");

/** A picture and how large it is in pixels. */
interface Sized {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

/**
 * Puts pictures (SVG, as the drawing functions return) side by side in columns, those of a column below each other.
 *
 * @param columns - pictures from top to bottom, column by column.
 */
export function besideEachOther(columns: readonly (readonly string[])[]): string {
  check(columns, list(texts, "a list of columns of pictures"), "columns");
  const placed: string[] = [];
  let [x, height] = [0, 0];
  for (const column of columns) {
    const sized = column.map(measure);
    let y = 0;
    for (const { svg, height: own } of sized) {
      placed.push(element("g", { transform: `translate(${x} ${y})` }, svg));
      y += own;
    }
    x += widest(sized);
    height = Math.max(height, y);
  }
  return picture(x, height, placed);
}

/** Puts pictures below each other, under a title. */
export function belowEachOther(pictures: readonly string[], title = ""): string {
  check(pictures, texts, "pictures");
  check(title, text, "title");
  const sized = pictures.map(measure);
  let y = title === "" ? 0 : 22;
  const placed = sized.map(({ svg, height }) => {
    const at = element("g", { transform: `translate(0 ${y})` }, svg);
    y += height;
    return at;
  });
  const width = widest(sized);
  return picture(width, y, placed, heading(title, 12, width));
}

function widest(pictures: readonly Sized[]): number {
  return pictures.reduce((most, { width }) => Math.max(most, width), 0);
}

function measure(svg: string): Sized {
  const size = (name: string) => Number(new RegExp(` ${name}="([\\d.]+)"`).exec(svg)?.[1] ?? 0);
  return { svg: svg.trimEnd(), width: size("width"), height: size("height") };
}
