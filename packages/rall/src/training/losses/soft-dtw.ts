/** @file Traces compared with their time axes bent to fit: soft dynamic time warping. */
import { ValueError } from "../../errors.ts";
import { check, flag, number } from "../../util/kinds.ts";
import { checkSize } from "../../util/limits.ts";
import { checkOptions } from "../../util/options.ts";
import { seriesList, windowFields } from "../kinds.ts";
import type { Loss } from "../loss.ts";
import { checkSeries, chooseRows, oneForEach, type Row } from "./rows.ts";
import { type Span, spansOf, type Window } from "./window.ts";

/** Settings of soft dynamic time warping. */
export interface SoftDtwOptions {
  /** How soft, in mV^2: 0 would be hard warping; default 1. */
  readonly gamma?: number;
  /**
   * The divergence `D(x, y) - D(x, x)/2 - D(y, y)/2` (Blondel, Mensch and Vert 2021), which is 0 for x = y and never below
   * 0; default true. Without, soft warping is negative and least at a blurred y.
   */
  readonly divergence?: boolean;
  /** How many samples are averaged into one before; default 1. Time and memory go with the inverse of its square. */
  readonly stride?: number;
  /** By how much time may be bent at most, in ms (Sakoe and Chiba 1978); default without limit. */
  readonly band?: number;
  /** In ms; by default one window, the whole run. */
  readonly windows?: readonly Window[];
  /** Which recordings have targets; by default all. */
  readonly rows?: readonly Row[];
}

/**
 * Sum over rows and windows of the soft dynamic time warping of recording and target (Cuturi and Blondel 2017, ICML,
 * arXiv:1703.01541): the soft minimum `-gamma log sum exp(-cost / gamma)` over all ways to align the two, of the sum of
 * squared differences of what is aligned. In mV^2.
 *
 * @param target - one series per chosen row, as long as the run.
 * @throws NameError for an unknown option.
 * @throws ValueError for a gamma not above 0, a stride that is no whole number above 0, a negative band. The loss throws
 * `NameError` for an unknown row and `ValueError` for a target of another length than the run, one that is not finite
 * within the windows, and a window outside the run.
 */
export function softDtw(target: readonly ArrayLike<number>[], options: SoftDtwOptions = {}): Loss {
  const own = { gamma: number, divergence: flag, stride: number, band: number };
  check(target, seriesList, "target");
  checkOptions(options, { ...own, ...windowFields }, "softDtw");
  const { gamma = 1, divergence = true, stride = 1, band = Number.POSITIVE_INFINITY } = options;
  checkDomain("gamma", gamma, gamma > 0 && Number.isFinite(gamma), "a number above 0");
  checkDomain("stride", stride, Number.isInteger(stride) && stride > 0, "a whole number above 0");
  checkDomain("band", band, band >= 0, "a time in ms that is not negative");
  return (recordings, context) => {
    const { chosen, gradient } = chooseRows(recordings, context, options.rows);
    const spans = spansOf(options.windows, context);
    const width = Math.floor(band / (stride * context.dt) + 1e-6);
    let value = 0;
    for (const [row, series] of oneForEach(target, chosen, "targets")) {
      checkSeries(series, row, spans);
      for (const span of spans) {
        const [x, y] = [decimate(row.samples, span, stride), decimate(series, span, stride)];
        const between = warp(x, y, gamma, width);
        let slopes = between.gradient;
        value += between.value;
        if (divergence) {
          // By symmetry D(x, x) changes twice as fast as its first argument alone would make it
          const within = warp(x, x, gamma, width);
          value -= (within.value + warp(y, y, gamma, width).value) / 2;
          slopes = slopes.map((slope, i) => slope - (within.gradient[i] ?? 0));
        }
        const [begin, end] = span;
        for (let i = begin; i < end; i++) {
          const block = Math.floor((i - begin) / stride);
          const count = Math.min(stride, end - begin - block * stride);
          row.gradient[i] = (row.gradient[i] ?? 0) + (slopes[block] ?? 0) / count;
        }
      }
    }
    return { value, gradient };
  };
}

/** Means of consecutive samples, fewer in the last block. */
function decimate(samples: ArrayLike<number>, [begin, end]: Span, stride: number): Float64Array {
  return Float64Array.from({ length: Math.ceil((end - begin) / stride) }, (_, block) => {
    const from = begin + block * stride;
    const to = Math.min(from + stride, end);
    let sum = 0;
    for (let i = from; i < to; i++) sum += samples[i] ?? 0;
    return sum / (to - from);
  });
}

/** Soft warping of two series of the same length, and its derivative by the first: algorithms 1 and 2 of Cuturi and Blondel. */
function warp(
  x: Float64Array,
  y: Float64Array,
  gamma: number,
  band: number,
): { readonly value: number; readonly gradient: Float64Array } {
  const n = x.length;
  const reach = Math.min(band, n - 1);
  // Of row i only the columns in reach are held, and one more on either side that is never reached
  const columns = Math.min(2 * reach + 1, n);
  const width = columns + 2;
  /** Where cell (i, 0) is, or would be. */
  const origin = (i: number) => i * width + 1 - Math.max(0, Math.min(i - reach, n - columns));
  checkSize(n * width, "table", "pairs of samples to align", "Give a band or a stride.");
  const costs = new Float64Array(n * width).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < n; i++) {
    const [here, above] = [origin(i), origin(i - 1)];
    const xi = x[i] ?? 0;
    for (let j = Math.max(0, i - reach); j <= Math.min(n - 1, i + reach); j++) {
      const difference = xi - (y[j] ?? 0);
      const across = i === 0 ? Number.POSITIVE_INFINITY : (costs[above + j - 1] ?? 0);
      const down = i === 0 ? Number.POSITIVE_INFINITY : (costs[above + j] ?? 0);
      const along = costs[here + j - 1] ?? 0;
      const least = i === 0 && j === 0 ? 0 : Math.min(across, down, along);
      let sum = 0;
      sum += across === least ? 1 : Math.exp((least - across) / gamma);
      sum += down === least ? 1 : Math.exp((least - down) / gamma);
      sum += along === least ? 1 : Math.exp((least - along) / gamma);
      const before = i === 0 && j === 0 ? 0 : least - gamma * Math.log(sum);
      costs[here + j] = difference * difference + before;
    }
  }
  // How often alignments go through each pair: all end in the last, and spread to those before it
  const gradient = new Float64Array(n);
  let visits = new Float64Array(width);
  visits[origin(n - 1) + n - 1 - (n - 1) * width] = 1;
  for (let i = n - 1; i >= 0; i--) {
    const [here, above] = [origin(i), origin(i - 1)];
    const [row, rowAbove] = [i * width, (i - 1) * width];
    const next = new Float64Array(width);
    const xi = x[i] ?? 0;
    let slope = 0;
    for (let j = Math.min(n - 1, i + reach); j >= Math.max(0, i - reach); j--) {
      const through = visits[here + j - row] ?? 0;
      if (through === 0) continue;
      const difference = xi - (y[j] ?? 0);
      const before = (costs[here + j] ?? 0) - difference * difference;
      slope += 2 * through * difference;
      const along = here + j - 1;
      const share = through * Math.exp((before - (costs[along] ?? 0)) / gamma);
      visits[along - row] = (visits[along - row] ?? 0) + share;
      if (i === 0) continue;
      for (const from of [above + j - 1, above + j]) {
        const part = through * Math.exp((before - (costs[from] ?? 0)) / gamma);
        next[from - rowAbove] = (next[from - rowAbove] ?? 0) + part;
      }
    }
    gradient[i] = slope;
    visits = next;
  }
  return { value: costs[origin(n - 1) + n - 1] ?? Number.NaN, gradient };
}

function checkDomain(subject: string, value: number, isGood: boolean, wanted: string): void {
  if (isGood) return;
  throw new ValueError(`The ${subject} of softDtw is ${value}.`, {
    subject,
    value,
    remedy: `Give ${wanted}.`,
  });
}
