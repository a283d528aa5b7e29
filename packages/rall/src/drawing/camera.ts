/** @file From places in a plane of space to places in a picture. */
import { choice } from "../util/kinds.ts";
import { type Range, rangeOf, ticks } from "./axes.ts";
import { element, label } from "./svg.ts";
import { numberInPrint } from "./text.ts";

export type Point = readonly [number, number];

/** Coordinates that the axes of each plane show. */
export const planes = { xy: [0, 1], xz: [0, 2], yz: [1, 2] } as const;
export type Plane = keyof typeof planes;
export const planeKind = choice(...Object.keys(planes));

/** The part of a picture that there is for places, in pixels. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  /** At most; the camera takes as much as the places need. */
  readonly width: number;
  readonly height: number;
}

const padding = 10;

/** Maps um to pixels, the same for both axes, y upwards. */
export class Camera {
  readonly #left: number;
  readonly #top: number;
  readonly #x: number;
  readonly #y: number;
  /** Pixels that are used. */
  readonly width: number;
  readonly height: number;
  /** Pixels per um. */
  readonly scale: number;

  constructor(points: readonly Point[], frame: Frame) {
    const [x, y] = ([0, 1] as const).map((c) => rangeOf([points.map((point) => point[c])]));
    const sizeOf = (range: Range | undefined) =>
      range === undefined ? 0 : Math.max(range.high - range.low, 1e-9);
    const [wide, high] = [sizeOf(x), sizeOf(y)];
    this.scale = Math.min(
      (frame.width - 2 * padding) / wide,
      (frame.height - 2 * padding) / high,
      // A point is no larger than a cell of 10 um in the whole frame
      frame.width / 10,
    );
    this.width = wide * this.scale + 2 * padding;
    this.height = high * this.scale + 2 * padding;
    this.#left = frame.left + padding;
    this.#top = frame.top + padding;
    this.#x = x?.low ?? 0;
    this.#y = y?.high ?? 0;
  }

  at([x, y]: Point): Point {
    return [this.#left + (x - this.#x) * this.scale, this.#top + (this.#y - y) * this.scale];
  }

  /** A bar with its length in um, from a place to the right. */
  scaleBar(x: number, y: number): string {
    const length = ticks({ low: 0, high: 110 / this.scale }, 2).at(-1) ?? 1;
    const line = { x1: x, x2: x + length * this.scale, y1: y, y2: y };
    return element(
      "g",
      {},
      element("line", { ...line, stroke: "#222", "stroke-width": 2 }),
      label(`${numberInPrint(length)} µm`, { x, y: y - 6, fill: "#222" }),
    );
  }
}

/** Corners of the squares around points of some radius. */
export function around(points: readonly Point[], radii: readonly number[]): Point[] {
  return points.flatMap(([x, y], k): Point[] => {
    const r = radii[k] ?? 0;
    return [
      [x - r, y - r],
      [x + r, y + r],
    ];
  });
}
