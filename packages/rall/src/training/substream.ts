/** @file Random numbers for the n-th of anything (an epoch, a generation), without those before it having been drawn. */
import { ValueError } from "../errors.ts";
import { philox, RandomStream } from "../numerics/philox.ts";

/** Sets counters apart from those of a stream with the same seed. */
const domain = 1;

/**
 * The stream of a seed for a number from 0 on: its own seed is what Philox makes of the two.
 *
 * @throws ValueError for a seed or number that is no whole number from 0 to 2^53 - 1.
 */
export function substream(seed: number, index: number): RandomStream {
  checkWhole("seed", seed);
  checkWhole("index", index);
  const split = (value: number) => [value >>> 0, Math.floor(value / 2 ** 32)] as const;
  const [low, high] = philox([...split(index), domain, 0], split(seed));
  return new RandomStream((high >>> 11) * 2 ** 32 + low);
}

/** Two independent numbers of the standard normal distribution (Box and Muller 1958). */
export function normalPair(stream: RandomStream): [number, number] {
  const radius = Math.sqrt(-2 * Math.log(1 - stream.uniform()));
  const angle = 2 * Math.PI * stream.uniform();
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

/** @throws ValueError for a value that is no whole number from 0 to 2^53 - 1. */
export function checkWhole(subject: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new ValueError(`The ${subject} is ${value}.`, {
    subject,
    value,
    remedy: "Give a whole number from 0 to 2^53 - 1.",
  });
}
