/** @file A loss that looks at everything: a random linear function of all samples and of all final states. */
import { RandomStream } from "rall";
import type { Loss } from "rall/training";

/** Size of a current (mA/cm2, nA) below which it counts little: it may be the small rest of large ones, and mostly rounding. */
const leastCurrent = 0.1;

/** Each series counts in proportion to its size, from what it is when the loss is first called: that keeps digits for differences. */
export function randomLoss(seed: number): Loss {
  const stream = new RandomStream(seed);
  const known = new Map<string, { readonly base: Float64Array; readonly slope: Float64Array }>();
  const first = (name: string, series: Float64Array) => {
    const numbers = series.filter((x) => !Number.isNaN(x)).map(Math.abs);
    const size = Math.max(name.startsWith("i") ? leastCurrent : 0, ...numbers) || 1;
    const slope = series.map((x) => (Number.isNaN(x) ? 0 : (2 * stream.uniform() - 1) / size));
    return { base: series.slice(), slope };
  };
  return (recordings, { names, states }) => {
    let value = 0;
    const slopeOf = (name: string, series: Float64Array) => {
      const own = known.get(name) ?? first(name, series);
      known.set(name, own);
      for (const [k, weight] of own.slope.entries())
        if (weight !== 0) value += weight * ((series[k] ?? Number.NaN) - (own.base[k] ?? 0));
      return own.slope;
    };
    const gradient = recordings.map((series, row) => slopeOf(`${names[row]} ${row}`, series));
    // Sorted, so that it is the same loss on every backend
    const byStates = Object.fromEntries(
      Object.entries(states)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, column]) => [key, slopeOf(key, column)]),
    );
    return { value, gradient, byStates };
  };
}
