/** @file Indices into a level of a module: what users may write and which numbers it means. */
import { SelectionError } from "../errors.ts";
import { isArrayLike } from "../util/kinds.ts";
import { inWords } from "../util/words.ts";

/** A number, a list, a range, a mask with one truth value per item, or everything. */
export type Index =
  | number
  | readonly number[]
  | ArrayLike<number>
  | readonly boolean[]
  | Range
  | "all";

/** The numbers from `start` up to and not including `stop`. */
export interface Range {
  readonly start: number;
  readonly stop: number;
  readonly step?: number;
}

/**
 * Range for indexing: `cell.branch(range(0, 3))`.
 *
 * @throws SelectionError for a start or step that is no whole number, or a stop that is no number.
 */
export function range(start: number, stop: number, step = 1): Range {
  checkRange({ start, stop, step });
  return { start, stop, step };
}

/**
 * Positions among `count` items that the index means, ascending and each once.
 *
 * @throws SelectionError naming the index, the level and how many there are.
 */
export function resolveIndex(index: Index, count: number, what: string): Set<number> {
  if (index === "all") return new Set(Array.from({ length: count }, (_, i) => i));
  const given = listed(index, count, what);
  for (const number of given) {
    if (Number.isInteger(number) && number >= 0 && number < count) continue;
    throw new SelectionError(`There is no ${what} ${number} here.`, {
      subject: what,
      value: number,
      remedy: `There ${count === 1 ? `is one ${what}, number 0` : `are ${count}, numbers 0 to ${count - 1}`}.`,
    });
  }
  if (given.length === 0) throw emptySelection(`The index of ${what} is empty.`);
  return new Set(given);
}

export function emptySelection(message: string): SelectionError {
  return new SelectionError(message, { remedy: "Select at least one compartment." });
}

function checkRange({ start, stop, step = 1 }: Range): void {
  if (
    Number.isInteger(start) &&
    start >= 0 &&
    Number.isInteger(step) &&
    step > 0 &&
    typeof stop === "number" &&
    stop >= 0
  )
    return;
  throw new SelectionError(
    `There is no range from ${inWords(start)} to ${inWords(stop)} in steps of ${inWords(step)}.`,
    { value: start, remedy: "Give whole numbers from 0 up, and a step from 1 up." },
  );
}

function listed(index: Exclude<Index, "all">, count: number, what: string): number[] {
  if (typeof index === "number") return [index];
  if (typeof index !== "object" || index === null || !("start" in index || isArrayLike(index))) {
    throw new SelectionError(`${inWords(index)} is no index of ${what}.`, {
      value: index,
      remedy: 'Give a number, a list, a range, a mask or "all".',
    });
  }
  if ("start" in index) {
    checkRange(index);
    const { start, stop, step = 1 } = index;
    const length = Math.max(0, Math.ceil((Math.min(stop, count) - start) / step));
    return Array.from({ length }, (_, i) => start + i * step);
  }
  const items = Array.from<number | boolean>(index);
  if (items.length > 0 && items.every((item) => typeof item === "boolean")) {
    if (items.length !== count) {
      throw new SelectionError(`A mask of ${items.length} values does not fit ${count} items.`, {
        subject: what,
        value: items.length,
        remedy: `Give one truth value per ${what}.`,
      });
    }
    return items.flatMap((isChosen, i) => (isChosen ? [i] : []));
  }
  const wrong = items.findIndex((item) => typeof item !== "number");
  if (wrong < 0) return items.map(Number);
  throw new SelectionError(`There is no ${what} ${inWords(items[wrong])} here.`, {
    subject: what,
    value: items[wrong],
    remedy: "Lists hold numbers, masks one truth value for each.",
  });
}

/**
 * Compartment of a branch of `ncomp` at relative place `at` from 0 to 1. A place on a border belongs to the lower
 * compartment, by the reference's trick of borders at multiples of (1 + 1e-10) / ncomp.
 *
 * @throws SelectionError for a place outside 0 to 1.
 */
export function compartmentAt(at: number, ncomp: number): number {
  if (typeof at !== "number" || !(at >= 0 && at <= 1)) {
    throw new SelectionError(`There is no place ${inWords(at)} on a branch.`, {
      value: at,
      remedy: "Places run from 0 (towards the root) to 1.",
    });
  }
  const width = (1 + 1e-10) / ncomp;
  let index = Math.min(ncomp - 1, Math.floor(at / width));
  while (index > 0 && index * width > at) index--;
  while (index < ncomp - 1 && (index + 1) * width <= at) index++;
  return index;
}
