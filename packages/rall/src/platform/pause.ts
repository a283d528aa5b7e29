/** Lets everything else that waits have its turn: timers, keys, Ctrl-C, painting. */
export function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

/** Time in ms after which long work lets others have their turn, so that a signal or a picture can arrive. */
const turn = 40;

/** Pauses long work now and then: to be asked between its pieces. */
export class Pacer {
  #last = performance.now();

  /** Pauses if the last pause is long enough ago. */
  async breathe(): Promise<void> {
    if (performance.now() - this.#last <= turn) return;
    await pause();
    this.#last = performance.now();
  }
}
