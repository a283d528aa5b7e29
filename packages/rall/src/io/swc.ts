/** @file Cells from SWC files. */
import { Cell } from "../modules/module.ts";
import type { Diagnostic } from "../morphology/diagnostic.ts";
import { type Morphology, parseMorphologies, parseMorphology } from "../morphology/morphology.ts";
import { type MorphologyOptions, morphologyOptionKinds } from "../morphology/options.ts";
import { readText } from "../platform/files.ts";
import { check, either, instance, text as textKind } from "../util/kinds.ts";
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

/** Options for files of several cells: every tree is one. */
export type SwcCellsOptions = Omit<MorphologyOptions, "trees">;

const { trees: _, ...cellsOptionKinds } = morphologyOptionKinds;
const pathOrUrl = either(textKind, instance(URL, "a URL"));

/**
 * A cell from the text of an SWC file. Branches run between branch points and changes of type; groups are called `soma`,
 * `axon`, `basal`, `apical`, `undefined` and `custom<k>`. `diagnostics` of the result tells what was assumed.
 *
 * @param options - `convention`: `"neuron"` reads as NEURON does, `"jaxley"` (default) as Jaxley; how branches are divided into
 *   compartments: `ncomp` (default 1), `maxLength` (um) or `dLambda`; what files need that are not quite SWC: `unit`, `minRadius`
 *   (um), `trees`, `types` (see `MorphologyOptions`).
 * @throws SwcError with the line, for a text that cannot be read.
 * @example
 * const cell = parseSwc("1 1 0 0 0 5 -1\n2 3 6 0 0 1 1\n3 3 60 0 0 1 2", { convention: "neuron", dLambda: 0.1 });
 */
export function parseSwc(text: string, options: MorphologyOptions = {}): TracedCell {
  check(text, textKind, "text");
  checkOptions(options, morphologyOptionKinds, "parseSwc");
  return new TracedCell(parseMorphology(text, options));
}

/**
 * A cell from an SWC file by its path or URL (in a web page and its workers, by its URL), in UTF-8, UTF-16 or Latin-1; options as for `parseSwc`.
 *
 * @throws SwcError with the line, for a file that cannot be read as SWC, PlatformError for one that cannot be read at all.
 */
export async function readSwc(
  path: string | URL,
  options: MorphologyOptions = {},
): Promise<TracedCell> {
  check(path, pathOrUrl, "path");
  checkOptions(options, morphologyOptionKinds, "readSwc");
  const { text, remarks } = await readSwcText(path);
  return new TracedCell(parseMorphology(text, { file: String(path), ...options }, remarks));
}

/**
 * The cells of an SWC text with several trees, in the order of their roots' ids. Trees of a single point that is no soma are left out.
 *
 * @param options - as for `parseSwc`, but for `trees`.
 * @throws SwcError with the line, for a text that cannot be read.
 * @example
 * const net = new Network(parseSwcCells(text, { convention: "neuron" }));
 */
export function parseSwcCells(text: string, options: SwcCellsOptions = {}): TracedCell[] {
  check(text, textKind, "text");
  checkOptions(options, cellsOptionKinds, "parseSwcCells");
  return parseMorphologies(text, options).map((morphology) => new TracedCell(morphology));
}

/** The cells of an SWC file with several trees; as `parseSwcCells` and `readSwc`. */
export async function readSwcCells(
  path: string | URL,
  options: SwcCellsOptions = {},
): Promise<TracedCell[]> {
  check(path, pathOrUrl, "path");
  checkOptions(options, cellsOptionKinds, "readSwcCells");
  const { text, remarks } = await readSwcText(path);
  const found = parseMorphologies(text, { file: String(path), ...options }, remarks);
  return found.map((morphology) => new TracedCell(morphology));
}

async function readSwcText(path: string | URL): Promise<{ text: string; remarks: Diagnostic[] }> {
  const { text, encoding } = await readText(path);
  if (encoding === "UTF-8") return { text, remarks: [] };
  const message = `The file is not UTF-8; it was read as ${encoding}.`;
  return { text, remarks: [{ severity: "info", code: "encoding", message }] };
}
