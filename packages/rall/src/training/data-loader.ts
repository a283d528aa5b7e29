/** @file Data in batches, in an order that a seed decides. */
import { ValueError } from "../errors.ts";
import { check, flag, list, number, required } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { checkWhole, substream } from "./substream.ts";

/** How data are divided into batches. */
export interface DataLoaderOptions {
  /** How many items a batch has. */
  readonly batchSize: number;
  /** Whether each epoch has its own order; default true. */
  readonly shuffle?: boolean;
  /** What decides the orders: a whole number from 0; default 0. */
  readonly seed?: number;
  /** Whether the last batch of an epoch is left out if it would be smaller than the others; default false. */
  readonly dropLast?: boolean;
}

const anyList = list({ what: "anything", accepts: () => true });
const optionFields = {
  batchSize: required(number),
  ...{ shuffle: flag, seed: number, dropLast: flag },
};

/**
 * Items, of any kind, in batches. A loader has no state: which items a batch holds depends on the seed, the epoch and the
 * batch's number alone, so that a fit goes on where it stopped by the number of its step.
 *
 * @throws NameError for an unknown option.
 * @throws ValueError for no items, a batch size that is no whole number from 1 to the number of items, or a bad seed.
 */
export class DataLoader<Item> {
  readonly #items: readonly Item[];
  readonly #options: Required<DataLoaderOptions>;
  /** How many batches an epoch has. */
  readonly length: number;

  constructor(items: readonly Item[], options: DataLoaderOptions) {
    check(items, anyList, "items");
    checkOptions(options, optionFields, "DataLoader");
    const { batchSize, shuffle = true, seed = 0, dropLast = false } = options;
    if (!(Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= items.length)) {
      throw new ValueError(`The batch size is ${batchSize} for ${items.length} items.`, {
        subject: "batchSize",
        value: batchSize,
        remedy: "Give a whole number from 1 to the number of items.",
      });
    }
    checkWhole("seed", seed);
    this.#items = [...items];
    this.#options = { batchSize, shuffle, seed, dropLast };
    const batches = items.length / batchSize;
    this.length = dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  /** The batches of an epoch, counted from 0. @throws ValueError for an epoch that is no whole number from 0. */
  *epoch(epoch: number): Generator<Item[], void, undefined> {
    checkWhole("epoch", epoch);
    const order = this.#order(epoch);
    for (let k = 0; k < this.length; k++) yield this.#batch(order, k);
  }

  /** The batch of a step, counted from 0 through all epochs. @throws ValueError for a step that is no whole number from 0. */
  batch(step: number): Item[] {
    checkWhole("step", step);
    return this.#batch(this.#order(Math.floor(step / this.length)), step % this.length);
  }

  #batch(order: Uint32Array, k: number): Item[] {
    const { batchSize } = this.#options;
    const numbers = order.subarray(k * batchSize, (k + 1) * batchSize);
    return Array.from(numbers).flatMap((i) => this.#items.slice(i, i + 1));
  }

  /** Numbers of items, in the order of an epoch: Fisher and Yates's shuffle, with the epoch's own random numbers. */
  #order(epoch: number): Uint32Array {
    const { shuffle, seed } = this.#options;
    const order = Uint32Array.from(this.#items.keys());
    if (!shuffle) return order;
    const random = substream(seed, epoch);
    for (let last = order.length - 1; last > 0; last--) {
      const drawn = random.below(last + 1);
      [order[drawn], order[last]] = [order[last] ?? 0, order[drawn] ?? 0];
    }
    return order;
  }
}
