/** What tests of pictures look at: a strict reading of SVG, its elements, and where its words stand. */
import { expect } from "vitest";
import { textWidth } from "../../src/drawing/text.ts";

export interface Node {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Node[];
  /** Text inside, with entities resolved. */
  text: string;
}

const token = /<([a-z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|<\/([a-z]+)>|([^<>]+)/gy;

/** Reads a picture; fails for anything that is not well-formed, or holds a number that is none. */
export function parsed(svg: string): Node {
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  const top: Node = { name: "", attributes: {}, children: [], text: "" };
  const open = [top];
  token.lastIndex = 0;
  while (token.lastIndex < svg.length) {
    const at = token.lastIndex;
    const found = token.exec(svg);
    if (found === null) throw new Error(`Not well-formed: ${svg.slice(at, at + 80)}`);
    const [, name, attributes = "", end, close, text] = found;
    const inner = open.at(-1) ?? top;
    if (text !== undefined) {
      expect(text).toMatch(/^(?:[^&]|&(?:amp|lt|gt|quot|#\d+|#x[\da-f]+);)*$/i);
      inner.text += text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
    } else if (close !== undefined) expect(open.pop()?.name).toBe(close);
    else {
      const pairs = Array.from(attributes.matchAll(/([\w:-]+)="([^"]*)"/g), ([, key, value]) => [
        key,
        value,
      ]);
      const node = {
        name: name ?? "",
        attributes: Object.fromEntries(pairs),
        children: [],
        text: "",
      };
      expect(pairs.length, "no attribute twice").toBe(Object.keys(node.attributes).length);
      inner.children.push(node);
      if (end !== "/") open.push(node);
    }
  }
  expect(open.length).toBe(1);
  expect(top.children.map((child) => child.name)).toEqual(["svg"]);
  return top.children[0] ?? top;
}

function* all(node: Node): Generator<Node> {
  yield node;
  for (const child of node.children) yield* all(child);
}

/** Attributes of the elements of one name, in order. */
export function elements(svg: string, name: string): Readonly<Record<string, string>>[] {
  return Array.from(all(parsed(svg)))
    .filter((node) => node.name === name)
    .map(({ attributes }) => attributes);
}

/** All words of a picture. */
export function texts(svg: string): string[] {
  return Array.from(all(parsed(svg)))
    .filter(({ name }) => name === "text")
    .map(({ text }) => text);
}

interface Box {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Where words stand: by estimated widths, with the shifts and turns of what they are in. */
export function boxes(svg: string): Box[] {
  const found: Box[] = [];
  const visit = (node: Node, dx: number, dy: number) => {
    const { attributes } = node;
    const shift = /translate\(([-\d.]+) ([-\d.]+)\)/.exec(attributes.transform ?? "");
    const [x, y] = [dx + Number(shift?.[1] ?? 0), dy + Number(shift?.[2] ?? 0)];
    if (node.name === "text") {
      const size = Number(attributes["font-size"] ?? 11);
      const width = textWidth(node.text, size);
      const anchor = { start: 0, middle: 0.5, end: 1 }[attributes["text-anchor"] ?? "start"] ?? 0;
      const isTurned = attributes.transform?.includes("rotate(-90)") === true;
      const [px, py] = [x + Number(attributes.x ?? 0), y + Number(attributes.y ?? 0)];
      found.push(
        isTurned
          ? {
              text: node.text,
              left: px - size,
              right: px,
              top: py - width / 2,
              bottom: py + width / 2,
            }
          : {
              ...{ text: node.text, left: px - anchor * width, right: px + (1 - anchor) * width },
              ...{ top: py - 0.75 * size, bottom: py + 0.2 * size },
            },
      );
    }
    for (const child of node.children) visit(child, x, y);
  };
  visit(parsed(svg), 0, 0);
  return found;
}

/** Fails where words leave the picture, or lie on one another. */
export function checkWords(svg: string): void {
  const { width, height, viewBox } = parsed(svg).attributes;
  expect(viewBox).toBe(`0 0 ${width} ${height}`);
  const words = boxes(svg);
  for (const { text, left, right, top, bottom } of words) {
    expect(left, `${text} to the left`).toBeGreaterThanOrEqual(-1);
    expect(right, `${text} to the right`).toBeLessThanOrEqual(Number(width) + 1);
    expect(top, `${text} above`).toBeGreaterThanOrEqual(-1);
    expect(bottom, `${text} below`).toBeLessThanOrEqual(Number(height) + 1);
  }
  const meets = (a: Box, b: Box) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  const pairs = words.flatMap((a, k) =>
    words.slice(k + 1).flatMap((b) => (meets(a, b) ? [`${a.text} on ${b.text}`] : [])),
  );
  expect(pairs).toEqual([]);
}
