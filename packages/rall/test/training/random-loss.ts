/** @file A loss that looks at everything: a random linear function of all samples and of all final states. */
import { RandomStream } from "rall";
import type { Loss } from "rall/training";

/** Each series counts in proportion to its size, from what it is when the loss is first called: that keeps digits for differences. */
export function randomLoss(seed: number): Loss {
  const stream = new RandomStream(seed);
  const known = new Map<string, { readonly base: Float64Array; readonly slope: Float64Array }>();
  const first = (series: Float64Array) => {
    const size = series.reduce(
      (most, x) => (Number.isNaN(x) ? most : Math.max(most, Math.abs(x))),
      0,
    );
    return {
      base: series.slice(),
      slope: series.map((x) => (Number.isNaN(x) ? 0 : (2 * stream.uniform() - 1) / (size || 1))),
    };
  };
  return (recordings, { states }) => {
    let value = 0;
    const slopeOf = (name: string, series: Float64Array) => {
      const own = known.get(name) ?? first(series);
      known.set(name, own);
      for (const [k, weight] of own.slope.entries())
        if (weight !== 0) value += weight * ((series[k] ?? Number.NaN) - (own.base[k] ?? 0));
      return own.slope;
    };
    const gradient = recordings.map((series, row) => slopeOf(`${row}`, series));
    // Sorted, so that it is the same loss on every backend
    const byStates = Object.fromEntries(
      Object.entries(states)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, column]) => [key, slopeOf(key, column)]),
    );
    return { value, gradient, byStates };
  };
}
