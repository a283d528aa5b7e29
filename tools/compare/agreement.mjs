/** How far two results may lie apart, and whether they do. */

/** Of a row's largest value: what rounding and other orders of summation may do in a model that amplifies nothing. */
const relative = 1e-9;
/** Relative rounding that a model may amplify: some 50,000 roundings. */
const rounding = 1e-11;
const shift = 1e-7;
/** Of the largest derivative by the same key. */
const gradientTolerance = 1e-6;

const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const distance = (a, b, count = a.length) => {
  let most = 0;
  for (let k = 0; k < count; k++) {
    const apart = Math.abs(a[k] - b[k]);
    // NaN on one side only is the largest of differences
    if (Number.isNaN(apart) && Number.isNaN(a[k]) !== Number.isNaN(b[k])) return Infinity;
    if (apart > most) most = apart;
  }
  return most;
};

/** How much the model makes of a difference of the start voltages. */
export function amplification({ recordings, shifted }) {
  return largest(recordings.map((row, r) => distance(row, shifted[r]))) / shift;
}

/**
 * Compares one sample. `ratio` is the largest difference in units of what is allowed: above 1 they disagree.
 * @returns {{ ratio: number, where: string }}
 */
export function compareSample(ours, theirs) {
  let worst = { ratio: 0, where: "" };
  const note = (ratio, where) => {
    if (ratio > worst.ratio) worst = { ratio, where };
  };
  const amplified = Math.max(1, amplification(ours));
  if (ours.recordings.length !== theirs.recordings.length)
    return { ratio: Infinity, where: "numbers of recordings" };
  for (const [r, row] of ours.recordings.entries()) {
    const other = theirs.recordings[r];
    if (Math.abs(row.length - other.length) > 1)
      return { ratio: Infinity, where: `${row.length} samples, theirs ${other.length}` };
    const count = Math.min(row.length, other.length);
    const scale = Math.max(largest(other), 1e-12);
    note(
      distance(row, other, count) / scale / Math.max(relative, rounding * amplified),
      `recording ${r}`,
    );
  }
  if (theirs.gradient === undefined) return worst;
  const allowed = Math.max(gradientTolerance, 1e3 * rounding * amplified);
  note(Math.abs(ours.value / theirs.value - 1) / allowed, "value of the loss");
  for (const [key, values] of Object.entries(theirs.gradient)) {
    const scale = Math.max(largest(values), 1e-9 * Math.abs(theirs.value));
    note(distance(values, ours.gradient[key] ?? []) / scale / allowed, `gradient by ${key}`);
  }
  return worst;
}
