/** @file A fit under way in a terminal: one line that changes; elsewhere a line now and then. */
import { printable } from "rall";
import type { FitPoint } from "rall/training";
import { show } from "./terminal.ts";

/** Time in ms between two lines. */
const [onTerminal, elsewhere] = [80, 5000];

export class FitProgress {
  readonly #iterations: number;
  readonly #isQuiet: boolean;
  readonly #started = performance.now();
  #next = 0;
  #isShown = false;
  #first = -1;

  constructor(iterations: number, isQuiet: boolean) {
    this.#iterations = iterations;
    this.#isQuiet = isQuiet;
  }

  show(point: FitPoint, best: FitPoint): void {
    const { isTTY, columns = 80 } = process.stderr;
    const now = performance.now();
    // What a checkpoint brought took no time
    if (this.#first < 0) this.#first = point.iteration;
    const isLast = point.iteration === this.#iterations - 1;
    if (this.#isQuiet || (now < this.#next && !isLast)) return;
    this.#next = now + (isTTY ? onTerminal : elsewhere);
    const done = point.iteration + 1 - this.#first;
    const rest = this.#iterations - point.iteration - 1;
    const left = ((now - this.#started) / done) * rest;
    const values = point.parameters.flatMap(({ key, values: [first = Number.NaN, ...others] }) => {
      return `${key} ${short(first)}${others.length > 0 ? ", ..." : ""}`;
    });
    const line = [
      `${point.start > 0 ? `start ${point.start}, ` : ""}iteration ${point.iteration + 1}/${this.#iterations}`,
      `loss ${short(point.loss)}`,
      `best ${short(best.loss)}`,
      // The first iteration compiles, and so takes longer than all others
      ...(done > 1 ? [`${Math.ceil(left / 1000)} s left`] : []),
      ...values,
    ].join("  ");
    this.#isShown = isTTY;
    const text = printable(line);
    show(isTTY ? `\r${text.slice(0, columns - 1)}\u001b[K` : `${text}\n`);
  }

  clear(): void {
    if (this.#isShown) show("\r\u001b[K");
  }
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
