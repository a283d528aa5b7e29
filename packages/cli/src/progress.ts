/** @file A long run in a terminal: a bar that moves, and Ctrl-C that ends the run but keeps what was computed. */

export interface Observers {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, all: number) => void;
}

const width = 40;
/** Time in ms before a bar appears, and between two pictures of it. */
const patience = 300;
const interval = 80;

/** Runs `job` with a signal that Ctrl-C gives (a second Ctrl-C ends the process), and a bar on standard error if that is a terminal. */
export async function withProgress<T>(job: (observers: Observers) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once("SIGINT", stop);
  const bar = new Bar();
  try {
    return await job({ signal: controller.signal, onProgress: (done, all) => bar.show(done, all) });
  } finally {
    process.removeListener("SIGINT", stop);
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
    process.stderr.write(
      `\r${filled} ${Math.round(100 * part)} %, ${left.toFixed(0)} s left \u001b[K`,
    );
  }

  clear(): void {
    if (this.#isShown) process.stderr.write("\r\u001b[K");
  }
}
