/** @file When samples lie: at whole multiples of the time step, without the dust of rounding. */

/** Largest denominator that a time step is taken for: finer ones are no longer what somebody wrote down. */
const finest = 1_000_000;

/**
 * Time in ms of a step by its number. A time step that somebody wrote down is a fraction (0.025 is 1/40, 0.3 is 3/10, 1/3
 * is itself), and `step * numerator / denominator` is then the double that is nearest to the true time: 60.025, where
 * `2401 * 0.025` is 60.025000000000006. Other time steps are multiplied.
 */
export function sampleClock(dt: number): (step: number) => number {
  const { numerator, denominator } = fraction(dt);
  return (step) => (step * numerator) / denominator;
}

/**
 * Times in ms of so many samples, the first at 0.
 *
 * @param stride - time steps from each sample to the next.
 */
export function sampleTimes(samples: number, dt: number, stride = 1): Float64Array {
  const at = sampleClock(dt);
  const times = new Float64Array(samples);
  for (let k = 0; k < samples; k++) times[k] = at(k * stride);
  return times;
}

/** The fraction of the smallest denominator that is the number as a double, by its continued fraction. */
function fraction(value: number) {
  let [before, numerator] = [0, 1];
  let [denominatorBefore, denominator] = [1, 0];
  for (let rest = value; ; ) {
    const whole = Math.floor(rest);
    [before, numerator] = [numerator, whole * numerator + before];
    [denominatorBefore, denominator] = [denominator, whole * denominator + denominatorBefore];
    if (!(denominator <= finest)) return { numerator: value, denominator: 1 };
    if (numerator / denominator === value) return { numerator, denominator };
    rest = 1 / (rest - whole);
  }
}
