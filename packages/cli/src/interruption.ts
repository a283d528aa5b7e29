/** @file Signals that end a program: how a run and a fit end by them and keep what they have. */
import { constants } from "node:os";

const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Until it is armed, signals do what they always do and end the process at once: nothing is computed yet, and a process that
 * is busy reading a file would hear nothing. Then the first asks for an end, and the next ends the process again. The exit
 * code is 128 and the number of the signal, as that of a process that it killed.
 */
export class Interruption {
  readonly #controller = new AbortController();
  #isArmed = false;

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** To be called as soon as there is something to keep, and as often as one likes. */
  arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    for (const name of names) process.on(name, this.#end);
  }

  readonly #end = (name: (typeof names)[number]) => {
    for (const one of names) process.off(one, this.#end);
    process.exitCode = 128 + constants.signals[name];
    this.#controller.abort();
  };
}
