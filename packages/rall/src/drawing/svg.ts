/** @file SVG as text. */
import { printable } from "../printable.ts";
import { type Fields, positive, text } from "../util/kinds.ts";
import { clipped, fontSize } from "./text.ts";

/** What all pictures can be told. */
export interface PictureOptions {
  /** Line of text above the picture. */
  readonly title?: string;
  /** Width in pixels; each picture says its default. */
  readonly width?: number;
}

/** Kinds of what all pictures can be told. */
export const pictureFields = { title: text, width: positive } satisfies Fields;

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** A child, or a list of children: a long list is passed whole, for arguments are limited in number. */
export type Children = string | readonly string[];

/** An element with attributes and children; numbers are rounded to a hundredth of a pixel. */
export function element(
  name: string,
  attributes: Attributes,
  ...children: readonly Children[]
): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}="${typeof value === "number" ? rounded(value) : escaped(String(value))}"`,
    )
    .join("");
  return children.length === 0
    ? `<${name}${written}/>`
    : `<${name}${written}>${children.flat().join("\n")}</${name}>`;
}

export function label(content: string, attributes: Attributes): string {
  return element("text", attributes, escaped(content));
}

/** A whole picture on white. */
export function picture(width: number, height: number, ...children: readonly Children[]): string {
  const size = { width, height, viewBox: `0 0 ${rounded(width)} ${rounded(height)}` };
  const font = { "font-family": "system-ui, sans-serif", "font-size": fontSize };
  const background = element("rect", { width: "100%", height: "100%", fill: "white" });
  const xmlns = "http://www.w3.org/2000/svg";
  return `${element("svg", { xmlns, ...size, ...font }, background, children.flat())}\n`;
}

/** The line of text above a picture of that width, cut where there is no more room. */
export function heading(title: string, x: number, width: number): string {
  return title === ""
    ? ""
    : label(clipped(title, width - x - 8, 13), { x, y: 20, "font-size": 13, fill: "#222" });
}

/** Line through points, broken where one is not finite. */
export function linePath(points: Iterable<readonly [number, number]>): string {
  let path = "";
  let command = "M";
  for (const [x, y] of points) {
    if (Number.isFinite(x) && Number.isFinite(y)) {
      path += `${command}${rounded(x)} ${rounded(y)}`;
      command = "L";
    } else command = "M";
  }
  return path;
}

export function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Any text as the content of an element or of an attribute in quotation marks. */
function escaped(content: string): string {
  return printable(content, "\n\t").replace(/[&<>"]/g, (found) => entities.get(found) ?? found);
}

const entities = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
]);
