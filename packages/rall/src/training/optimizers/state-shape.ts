/** @file What states of optimizers look like, which may come from a file that somebody has changed. */

/** Whether a value is of some form. */
export type Shape = (value: unknown) => boolean;

export const isNumber: Shape = (value) => typeof value === "number";

/** All that JSON has. */
export const isFiniteNumber: Shape = Number.isFinite;

export const isCount: Shape = (value) => Number.isSafeInteger(value) && Number(value) >= 0;

/** A list of things of one form, of a given length if there is one. */
export function listOf(item: Shape, length?: number): Shape {
  return (value) =>
    Array.isArray(value) &&
    (length === undefined || value.length === length) &&
    value.every((one) => item(one));
}

/** A list of things that each have a form of their own. */
export function listLike(items: readonly Shape[]): Shape {
  return (value) =>
    Array.isArray(value) &&
    value.length === items.length &&
    items.every((item, k) => item(value[k]));
}

/** An object with these members; others are of no account. */
export function objectWith(members: Readonly<Record<string, Shape>>): Shape {
  const forms = Object.entries(members);
  return (value) => {
    if (typeof value !== "object" || value === null) return false;
    const own = new Map<string, unknown>(Object.entries(value));
    return forms.every(([name, form]) => form(own.get(name)));
  };
}

/** Of a form, or not there. */
export function optional(shape: Shape): Shape {
  return (value) => value === undefined || shape(value);
}
