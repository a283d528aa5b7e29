/** @file A long run in a terminal: a bar that moves. */

import { show } from "./terminal.ts";

const width = 40;
/** Time in ms before a bar appears, and between two pictures of it. */
const patience = 300;
const interval = 80;

/** Runs `job` with a bar on standard error, if that is a terminal. */
export async function withProgress<T>(
  job: (onProgress: (done: number, all: number) => void) => Promise<T>,
): Promise<T> {
  const bar = new Bar();
  try {
    return await job((done, all) => bar.show(done, all));
  } finally {
    bar.clear();
  }
}

class Bar {
  readonly #started = performance.now();
  #next = patience;
  #isShown = false;

  show(done: number, all: number): void {
    const elapsed = performance.now() - this.#started;
    if (!process.stderr.isTTY || elapsed < this.#next) return;
    this.#next = elapsed + interval;
    this.#isShown = true;
    const part = done / all;
    const filled = "█".repeat(Math.round(width * part)).padEnd(width, "░");
    const left = ((elapsed / part) * (1 - part)) / 1000;
    show(`\r${filled} ${Math.round(100 * part)} %, ${left.toFixed(0)} s left \u001b[K`);
  }

  clear(): void {
    if (this.#isShown) show("\r\u001b[K");
  }
}
