/** @file The distance of spike trains by van Rossum (2001, Neural Computation 13, 751-763). */
import { ValueError } from "../../errors.ts";
import { number, required } from "../../util/kinds.ts";
import { checkOptions } from "../../util/options.ts";
import { rowFields, seriesList } from "../kinds.ts";
import type { Loss } from "../loss.ts";
import { chooseRows, oneForEach, type Row } from "./rows.ts";
import {
  crossings,
  crossingsGradient,
  type SoftThreshold,
  softThreshold,
  softThresholdFields,
} from "./soft-threshold.ts";

/** Settings of van Rossum's distance. */
export interface VanRossumOptions extends SoftThreshold {
  /** For each row the times of the spikes that are wanted, in ms, in any order. */
  readonly targets: readonly ArrayLike<number>[];
  /** Time constant in ms of the kernel: how far apart spikes may be to still count as the same; default 10. */
  readonly tau?: number;
  /** Which recordings; by default all. */
  readonly rows?: readonly Row[];
}

/**
 * Sum over rows of `1/tau` times the integral of `(f - g)^2`, where f and g are the row's and the target's spikes, each
 * replaced by `exp(-t/tau)` from its time on. One spike too many or too few costs 1/2, as does one far from where it
 * should be on either side. The row's spikes are soft: in each step the expected number of crossings of the threshold, at
 * the step's end, as `softSpikeCount` counts and `recordSpikes` times them.
 *
 * The integral is taken exactly: for charges q (of spikes, minus those of targets) at times t it is `1/2 sum_ab q_a q_b
 * exp(-|t_a - t_b| / tau)`, with sums over neighbours passed on in O(n).
 *
 * @throws NameError for an unknown option.
 * @throws ValueError for a tau or softness that is not above 0. The loss throws `NameError` for an unknown row and
 * `ValueError` for a target that is not a time within the run.
 */
export function vanRossum(options: VanRossumOptions): Loss {
  const own = { targets: required(seriesList), tau: number };
  checkOptions(options, { ...own, ...rowFields, ...softThresholdFields }, "vanRossum");
  const { targets, tau = 10, rows } = options;
  if (!(tau > 0 && Number.isFinite(tau))) {
    throw new ValueError(`The time constant is ${tau}.`, {
      subject: "tau",
      value: tau,
      remedy: "Give a time in ms above 0.",
    });
  }
  const excessOf = softThreshold(options);
  return (recordings, context) => {
    const { chosen, gradient } = chooseRows(recordings, context, rows);
    const { time } = context;
    let value = 0;
    for (const [row, wanted] of oneForEach(targets, chosen, "lists of spike times")) {
      for (let k = 0; k < wanted.length; k++) checkSpikeTime(wanted[k], time, row.name);
      const excess = excessOf(row.samples);
      const charges = [
        ...Array.from(crossings(excess), (charge, i) => ({ charge, time: time[i] ?? 0, step: i })),
        ...Array.from(wanted, (spike) => ({ charge: -1, time: spike, step: -1 })),
      ];
      const potentials = potentialsOf(charges, tau);
      const weights = new Float64Array(time.length);
      for (const { charge, step, potential } of potentials) {
        value += (charge * potential) / 2;
        if (step >= 0) weights[step] = potential;
      }
      const share = crossingsGradient(excess, weights);
      for (const [i, slope] of share.entries()) row.gradient[i] = (row.gradient[i] ?? 0) + slope;
    }
    return { value, gradient };
  };
}

interface Charge {
  readonly charge: number;
  readonly time: number;
  /** Number of the sample, or -1 for a target. */
  readonly step: number;
}

/** For each charge a, `sum_b q_b exp(-|t_a - t_b| / tau)`, the derivative of the distance by it. */
function potentialsOf(
  charges: readonly Charge[],
  tau: number,
): (Charge & { readonly potential: number })[] {
  const sorted = charges.toSorted((a, b) => a.time - b.time);
  const before = passOn(sorted, tau);
  const after = passOn(sorted.toReversed(), tau).reverse();
  return sorted.map((charge, k) => ({
    ...charge,
    potential: (before[k] ?? 0) + charge.charge + (after[k] ?? 0),
  }));
}

/** For each charge the sum over those that come earlier in the list. */
function passOn(charges: readonly Charge[], tau: number): Float64Array {
  const sums = new Float64Array(charges.length);
  let [sum, last] = [0, charges[0]?.time ?? 0];
  for (const [k, { charge, time }] of charges.entries()) {
    sum *= Math.exp(-Math.abs(time - last) / tau);
    sums[k] = sum;
    sum += charge;
    last = time;
  }
  return sums;
}

function checkSpikeTime(spike: number | undefined, time: Float64Array, name: string): void {
  const last = time.at(-1) ?? 0;
  if (spike !== undefined && spike >= (time[0] ?? 0) && spike <= last) return;
  throw new ValueError(`A spike that ${name} is to have is at ${spike} ms.`, {
    subject: name,
    value: spike,
    remedy: `Give times within the run, which ends at ${last} ms.`,
  });
}
