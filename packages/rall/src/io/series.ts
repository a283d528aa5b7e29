/** @file Series of numbers in JSON: a list, in which a run of equal numbers may stand as [count, value]. */
import type { JsonPart } from "./json.ts";

/** A list of numbers in a model file; equal neighbors are written once. */
export type JsonSeries = readonly (number | readonly [number, number])[];

/** Shortest run that is written as a pair. */
const worthPairing = 4;

export function seriesToJson(values: ArrayLike<number>): JsonSeries {
  const series: (number | readonly [number, number])[] = [];
  for (let start = 0; start < values.length; ) {
    const value = values[start] ?? 0;
    let end = start + 1;
    while (end < values.length && Object.is(values[end], value)) end++;
    if (end - start >= worthPairing) series.push([end - start, value]);
    else for (let k = start; k < end; k++) series.push(value);
    start = end;
  }
  return series;
}

/** Reads a series of exactly `length` numbers, or of at most `most`. */
export function readSeries(
  part: JsonPart,
  { length, most }: { readonly length?: number; readonly most: number },
): Float64Array {
  const list = part.list(length ?? most);
  const counts = new Uint32Array(list.length);
  let total = 0;
  for (let k = 0; k < list.length; k++) {
    const count = Array.isArray(list[k]) ? readCount(part.item(list, k), most) : 1;
    counts[k] = count;
    total += count;
  }
  if (length !== undefined && total !== length)
    throw part.fail(`has ${total} numbers instead of ${length}.`);
  if (total > most) throw part.fail(`has ${total} numbers; at most ${most} are possible.`);
  part.spend("numbers", total);
  const values = new Float64Array(total);
  let at = 0;
  for (let k = 0; k < list.length; k++) {
    const entry = list[k];
    const value: unknown = Array.isArray(entry) ? entry[1] : entry;
    if (typeof value !== "number" || !Number.isFinite(value)) throw notFinite(part.item(list, k));
    const end = at + (counts[k] ?? 0);
    values.fill(value, at, end);
    at = end;
  }
  return values;
}

/** How often the number of a pair stands. */
function readCount(pair: JsonPart, most: number): number {
  const [count, value, ...others] = pair.items(2);
  if (count === undefined || value === undefined || others.length > 0)
    throw pair.fail("is no pair of a count and a number.");
  return count.whole(1, most);
}

function notFinite(entry: JsonPart): Error {
  const number = Array.isArray(entry.value) ? entry.item(entry.value, 1) : entry;
  return number.notFinite();
}
