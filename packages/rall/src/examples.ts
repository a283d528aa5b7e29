/**
 * A cell to begin with, on every platform and without a file.
 *
 * @module rall/examples
 */
import { ca1Swc } from "./examples/ca1.ts";
import { parseSwc, type TracedCell } from "./io/swc.ts";
import { type MorphologyOptions, morphologyOptionKinds } from "./morphology/options.ts";
import { checkOptions } from "./util/options.ts";

export { ca1Swc };

/**
 * The cell of `ca1Swc`: a soma and nine apical branches.
 *
 * ```ts
 * import { exampleCell } from "rall/examples";
 *
 * const cell = exampleCell({ ncomp: 4 });
 * ```
 *
 * @param options - as for `parseSwc`.
 */
export function exampleCell(options: MorphologyOptions = {}): TracedCell {
  checkOptions(options, morphologyOptionKinds, "exampleCell");
  return parseSwc(ca1Swc, { file: "ca1.swc", ...options });
}
