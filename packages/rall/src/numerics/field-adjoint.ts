/** @file Placeholder until the field adjoint is there. */
export function reverseField(..._: unknown[]): { values: Float64Array; right: Float64Array; slope: Float64Array } {
  throw new TypeError("not yet");
}
