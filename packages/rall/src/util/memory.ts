/** @file Results that are kept as long as the thing they were derived from. */

/**
 * Remembers what was derived from an object, by a key. Owned by a model, so that nothing is global; an object that is no
 * longer used takes with it what was derived from it.
 */
export class Memory {
  readonly #known = new WeakMap<object, Map<string, unknown>>();
  readonly #numbers = new WeakMap<object, number>();
  #count = 0;

  /** What `make` made of `subject` when it was first asked for under this key. The key must stand for one type. */
  remember<T>(subject: object, key: string, make: () => T): T {
    const known = this.#known.get(subject) ?? new Map<string, unknown>();
    this.#known.set(subject, known);
    if (!known.has(key)) known.set(key, make());
    return known.get(key) as T;
  }

  /** A number that no other object has, for keys. */
  numberOf(subject: object): number {
    const known = this.#numbers.get(subject) ?? this.#count++;
    this.#numbers.set(subject, known);
    return known;
  }
}
