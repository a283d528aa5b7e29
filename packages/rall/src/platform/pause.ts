/** Lets everything else that waits have its turn: timers, keys, Ctrl-C, painting. */
export function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}
