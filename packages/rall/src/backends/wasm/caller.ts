/**
 * @file Calls a program from two depths of the stack. Where the stack of a process begins is random, and when the engine's
 * spilled registers come to lie badly within their page, steps take twice as long, as measured in one process of twelve.
 * A caller with a frame of one kilobyte in between moves them, so that one of the two ways is always good.
 */

/** Calls of each way before the better is chosen, and calls after which the other is tried again. */
const trials = 3;
const patience = 64;

export class Caller {
  readonly #ways: readonly ((steps: number) => void)[];
  /** Least time per step of each way in ms. */
  readonly #best: number[];
  #calls = 0;

  constructor(...ways: readonly ((steps: number) => void)[]) {
    this.#ways = ways;
    this.#best = ways.map(() => Number.POSITIVE_INFINITY);
  }

  advance(steps: number): void {
    const way = this.#choose();
    this.#calls++;
    const started = performance.now();
    this.#ways[way]?.(steps);
    const each = (performance.now() - started) / steps;
    this.#best[way] = Math.min(this.#best[way] ?? each, each);
  }

  #choose(): number {
    const count = this.#ways.length;
    if (this.#calls < trials * count) return this.#calls % count;
    // Which is better may change when faster code is ready
    if (this.#calls % patience === 0) return (this.#calls / patience) % count;
    return this.#best.indexOf(Math.min(...this.#best));
  }
}
