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
  const items = part.items(length ?? most);
  const runs = items.map((item): readonly [number, number] => {
    if (!Array.isArray(item.value)) return [1, item.number()];
    const [count, value, ...others] = item.items(2);
    if (count === undefined || value === undefined || others.length > 0)
      throw item.fail("is no pair of a count and a number.");
    return [count.whole(1, most), value.number()];
  });
  const total = runs.reduce((sum, [count]) => sum + count, 0);
  if (length !== undefined && total !== length)
    throw part.fail(`has ${total} numbers instead of ${length}.`);
  if (total > most) throw part.fail(`has ${total} numbers; at most ${most} are possible.`);
  const values = new Float64Array(total);
  let at = 0;
  for (const [count, value] of runs) {
    values.fill(value, at, at + count);
    at += count;
  }
  return values;
}
