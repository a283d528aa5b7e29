/** @file Results that are kept as long as the thing they were derived from. */

/** Most results that are kept of one object: a program for each way to run a model, and not of every way there ever was. */
export const mostKept = 16;

/**
 * Remembers what was derived from an object, by a key. Owned by a model, so that nothing is global; an object that is no
 * longer used takes with it what was derived from it, and of one that lives on only what was used last is kept.
 */
export class Memory {
  readonly #known = new WeakMap<object, Map<string, unknown>>();
  readonly #numbers = new WeakMap<object, number>();
  #count = 0;

  /**
   * What `make` made of `subject` under this key, made anew if it is not among the last that were asked for. The key must
   * stand for one type.
   */
  remember<T>(subject: object, key: string, make: () => T): T {
    const known = this.#known.get(subject) ?? new Map<string, unknown>();
    this.#known.set(subject, known);
    const result = known.has(key) ? (known.get(key) as T) : make();
    // A map keeps the order in which keys came: what was used last stands last
    known.delete(key);
    known.set(key, result);
    for (const oldest of known.keys()) {
      if (known.size <= mostKept) break;
      known.delete(oldest);
    }
    return result;
  }

  /** A number that no other object has, for keys. */
  numberOf(subject: object): number {
    const known = this.#numbers.get(subject) ?? this.#count++;
    this.#numbers.set(subject, known);
    return known;
  }
}
