/** @file Objects as tables of names that come from outside. */

/** A member of an object itself: `constructor` and the like, which every object inherits, are no entries of a table. */
export function ownMember<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
