/** @file From places in a plane of space to places in a picture. */
import { type Range, rangeOf, ticks, widened } from "./axes.ts";
import { element, label } from "./svg.ts";

export type Point = readonly [number, number];

/** Coordinates that the axes of each plane show. */
export const planes = { xy: [0, 1], xz: [0, 2], yz: [1, 2] } as const;
export type Plane = keyof typeof planes;

/** Maps um to pixels, the same for both axes, y upwards. */
export class Camera {
  readonly height: number;
  readonly #x: Range;
  readonly #y: Range;
  /** Pixels per um. */
  readonly scale: number;

  constructor(points: readonly Point[], width: number) {
    const [x, y] = [0, 1].map((c) =>
      widened(rangeOf([points.map((point) => point[c] ?? 0)]), 0.08),
    );
    this.#x = x ?? { low: 0, high: 1 };
    this.#y = y ?? { low: 0, high: 1 };
    const wide = this.#x.high - this.#x.low;
    const high = Math.max(this.#y.high - this.#y.low, wide / 4);
    this.scale = Math.min(width / wide, 900 / high);
    this.height = Math.min(980, this.scale * high + 80);
    const middle = (this.#x.low + this.#x.high) / 2;
    this.#x = { low: middle - width / 2 / this.scale, high: middle + width / 2 / this.scale };
  }

  at([x, y]: Point): Point {
    const middle = (this.#y.low + this.#y.high) / 2;
    return [(x - this.#x.low) * this.scale, this.height / 2 - (y - middle) * this.scale];
  }

  scaleBar(): string {
    const length = ticks({ low: 0, high: 150 / this.scale }, 3).at(-1) ?? 1;
    const [x1, y] = [12, this.height - 14];
    const line = { x1, x2: x1 + length * this.scale, y1: y, y2: y };
    return element(
      "g",
      {},
      element("line", { ...line, stroke: "#222", "stroke-width": 2 }),
      label(`${length} um`, { x: x1, y: y - 6, fill: "#222" }),
    );
  }
}
