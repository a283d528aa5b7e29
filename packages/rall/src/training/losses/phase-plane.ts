/** @file Traces compared in the plane of voltage and its rate of change, where spikes match whenever they come. */
import { ValueError } from "../../errors.ts";
import { check, number } from "../../util/kinds.ts";
import { checkOptions } from "../../util/options.ts";
import { seriesList, windowFields } from "../kinds.ts";
import type { Loss } from "../loss.ts";
import { checkSeries, chooseRows, oneForEach, type Row } from "./rows.ts";
import { type Span, spansOf, type Window } from "./window.ts";

/** Settings of the loss in the phase plane. */
export interface PhasePlaneOptions {
  /** In ms; by default one window, the whole run. */
  readonly windows?: readonly Window[];
  /** Which recordings have targets; by default all. */
  readonly rows?: readonly Row[];
  /** Width of bins of the voltage in mV; default 5. */
  readonly voltageBin?: number;
  /** Width of bins of its rate of change in mV/ms; default 20. */
  readonly rateBin?: number;
}

/**
 * Sum over rows and windows of the squared distance of two densities in the plane of v and dv/dt, the recording's and the
 * target's (the trajectory density of LeMasson and Maex 2001; Van Geit, Achard and De Schutter 2007). Each is a histogram
 * into which a sample goes by cubic B-splines, so that it is smooth: a density estimate with that kernel, of sum 1 over
 * the bins. The distance, `sum_bins (p - q)^2`, is from 0 to 2. Rates are central differences, for all but the first and
 * last sample of a window. Gradients reach as far as kernels: two bins.
 *
 * @param target - one series of voltages in mV per chosen row, as long as the run.
 * @throws NameError for an unknown option.
 * @throws ValueError for bins that are not above 0. The loss throws `NameError` for an unknown row and `ValueError` for
 * a target of another length than the run, one that is not finite within the windows, and a window outside the run or
 * shorter than three samples.
 */
export function phasePlane(
  target: readonly ArrayLike<number>[],
  options: PhasePlaneOptions = {},
): Loss {
  check(target, seriesList, "target");
  checkOptions(options, { ...windowFields, voltageBin: number, rateBin: number }, "phasePlane");
  const { windows, rows, voltageBin = 5, rateBin = 20 } = options;
  for (const [subject, value] of Object.entries({ voltageBin, rateBin })) {
    if (value > 0 && Number.isFinite(value)) continue;
    throw new ValueError(`The ${subject} is ${value}.`, {
      subject,
      value,
      remedy: "Give a width above 0.",
    });
  }
  return (recordings, context) => {
    const { chosen, gradient } = chooseRows(recordings, context, rows);
    const spans = spansOf(windows, context);
    let value = 0;
    for (const [row, series] of oneForEach(target, chosen, "targets")) {
      checkSeries(series, row, spans);
      for (const span of spans) {
        checkSpan(span, row.name);
        const scale = { v: 1 / voltageBin, rate: 1 / (2 * context.dt * rateBin) };
        const difference = new Map<number, number>();
        const share = 1 / (span[1] - span[0] - 2);
        visit(row.samples, span, scale, (bin, weight) => deposit(difference, bin, share * weight));
        visit(series, span, scale, (bin, weight) => deposit(difference, bin, -share * weight));
        for (const excess of difference.values()) value += excess * excess;
        visit(row.samples, span, scale, (bin, _, byVoltage, byRate, i) => {
          const slope = 2 * share * (difference.get(bin) ?? 0);
          const add = (k: number, part: number) => {
            row.gradient[k] = (row.gradient[k] ?? 0) + part;
          };
          add(i, slope * byVoltage * scale.v);
          add(i + 1, slope * byRate * scale.rate);
          add(i - 1, -slope * byRate * scale.rate);
        });
      }
    }
    return { value, gradient };
  };
}

function deposit(density: Map<number, number>, bin: number, weight: number): void {
  density.set(bin, (density.get(bin) ?? 0) + weight);
}

/**
 * Calls back for each of the 16 bins into which each inner sample i of a span goes: weight and derivatives by both
 * coordinates.
 */
function visit(
  samples: ArrayLike<number>,
  [begin, end]: Span,
  scale: { readonly v: number; readonly rate: number },
  into: (bin: number, weight: number, byVoltage: number, byRate: number, i: number) => void,
): void {
  for (let i = begin + 1; i < end - 1; i++) {
    const x = (samples[i] ?? 0) * scale.v;
    const y = ((samples[i + 1] ?? 0) - (samples[i - 1] ?? 0)) * scale.rate;
    const [columns, rows] = [spline(x), spline(y)];
    for (const [column, [wx, dx]] of columns.entries()) {
      for (const [row, [wy, dy]] of rows.entries()) {
        // One number for both coordinates of the bin; voltages that are finite stay within 2^25 bins
        const bin = (Math.floor(x) + column) * 2 ** 26 + Math.floor(y) + row;
        into(bin, wx * wy, dx * wy, wx * dy, i);
      }
    }
  }
}

/** The four cubic B-splines that are not 0 at a place, and their slopes (Unser 1999, IEEE Signal Processing Magazine 16(6)). */
function spline(x: number): readonly (readonly [weight: number, slope: number])[] {
  const t = x - Math.floor(x);
  const s = 1 - t;
  return [
    [s ** 3 / 6, -(s ** 2) / 2],
    [(3 * t ** 3 - 6 * t ** 2 + 4) / 6, (3 * t ** 2 - 4 * t) / 2],
    [(3 * s ** 3 - 6 * s ** 2 + 4) / 6, -(3 * s ** 2 - 4 * s) / 2],
    [t ** 3 / 6, t ** 2 / 2],
  ];
}

function checkSpan([begin, end]: Span, name: string): void {
  if (end - begin >= 3) return;
  throw new ValueError(`A window of ${name} has ${end - begin} samples.`, {
    subject: name,
    value: end - begin,
    remedy: "Give windows of at least three samples, which a rate of change takes.",
  });
}
