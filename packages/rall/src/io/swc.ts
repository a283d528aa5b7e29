/** @file Cells from SWC files. */
import { Cell } from "../modules/module.ts";
import type { Diagnostic } from "../morphology/diagnostic.ts";
import {
  type Morphology,
  type MorphologyOptions,
  morphologyOptionKeys,
  parseMorphology,
} from "../morphology/morphology.ts";
import { readTextFile } from "../platform/files.ts";
import { checkOptions } from "../util/options.ts";

/** A cell that was read from a file, with what was assumed or repaired. */
export class TracedCell extends Cell {
  readonly morphology: Morphology;

  constructor(morphology: Morphology) {
    super();
    this.morphology = morphology;
    this.root.description = Cell.fromMorphology(morphology).root.description;
  }

  get diagnostics(): readonly Diagnostic[] {
    return this.morphology.diagnostics;
  }
}

/**
 * A cell from the text of an SWC file. Branches run between branch points and changes of type; groups are called `soma`,
 * `axon`, `basal`, `apical`, `undefined` and `custom<k>`. `diagnostics` of the result tells what was assumed.
 *
 * @param options - `ncomp` compartments per branch (default 1), `maxBranchLength` and `minRadius` in um, and the rules of
 *   the reading (see `MorphologyOptions`).
 * @throws {SwcError} with the line, for a text that cannot be read.
 */
export function parseSwc(text: string, options: MorphologyOptions = {}): TracedCell {
  checkOptions(options, morphologyOptionKeys, "parseSwc");
  return new TracedCell(parseMorphology(text, options));
}

/**
 * A cell from an SWC file by its path or URL (in a web page and its workers: by its URL); options as for `parseSwc`.
 *
 * @throws {PlatformError} if it cannot be read, and as `parseSwc`.
 */
export async function readSwc(
  path: string | URL,
  options: MorphologyOptions = {},
): Promise<TracedCell> {
  return parseSwc(await readTextFile(path), { file: String(path), ...options });
}
