/**
 * @file Philox 4x32-10: random numbers as a function of a key and a counter, so that each stream is reproducible and any
 * number of streams are independent (Salmon, Moraes, Dror, Shaw 2011, SC '11, "Parallel random numbers: as easy as 1, 2, 3").
 */
import { ValueError } from "../errors.ts";
import { inWords } from "../util/words.ts";

const multipliers = [0xd2511f53, 0xcd9e8d57] as const;
/** By which the key moves from round to round: the golden ratio and the square root of 3 less 1. */
const weyl = [0x9e3779b9, 0xbb67ae85] as const;
const rounds = 10;

export type Counter = readonly [number, number, number, number];

/** The four 32-bit numbers for a counter and a key. */
export function philox(counter: Counter, key: readonly [number, number]): Counter {
  let [a, b, c, d] = counter;
  let [k, l] = key;
  for (let round = 0; round < rounds; round++) {
    const [highA, lowA] = multiply(multipliers[0], a);
    const [highC, lowC] = multiply(multipliers[1], c);
    [a, b, c, d] = [(highC ^ b ^ k) >>> 0, lowC, (highA ^ d ^ l) >>> 0, lowA];
    k = (k + weyl[0]) >>> 0;
    l = (l + weyl[1]) >>> 0;
  }
  return [a, b, c, d];
}

/** High and low half of a product of two 32-bit numbers. */
function multiply(a: number, b: number): [number, number] {
  const [aHigh, aLow] = [a >>> 16, a & 0xffff];
  const [bHigh, bLow] = [b >>> 16, b & 0xffff];
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const other = aLow * bHigh + (middle & 0xffff);
  const high = aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(other / 65536);
  return [high >>> 0, Math.imul(a, b) >>> 0];
}

/** A stream of random numbers: the same for the same seed, on every machine. */
export class RandomStream {
  readonly #key: readonly [number, number];
  #block: Counter = [0, 0, 0, 0];
  #next = 0;
  #used = 4;

  /** @throws ValueError for a seed that is no whole number from 0 to 2^53 - 1. */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new ValueError(`The seed is ${seed}.`, {
        subject: "seed",
        value: seed,
        remedy: "Give a whole number from 0 to 2^53 - 1.",
      });
    }
    this.#key = [seed >>> 0, Math.floor(seed / 2 ** 32)];
  }

  /** A number from 0 up to and not including 1, with 53 random bits. */
  uniform(): number {
    const [high, low] = [this.#word() >>> 5, this.#word() >>> 6];
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** A whole number from 0 to `count - 1`. */
  below(count: number): number {
    if (typeof count !== "number" || !(count >= 0)) {
      throw new ValueError(`There is no random number below ${inWords(count)}.`, {
        subject: "count",
        value: count,
        remedy: "Give a number above 0.",
      });
    }
    return Math.floor(this.uniform() * count);
  }

  #word(): number {
    if (this.#used === 4) {
      const counter: Counter = [this.#next >>> 0, Math.floor(this.#next / 2 ** 32), 0, 0];
      this.#block = philox(counter, this.#key);
      this.#next++;
      this.#used = 0;
    }
    return this.#block[this.#used++] ?? 0;
  }
}
