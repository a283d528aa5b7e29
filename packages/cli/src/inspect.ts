/** @file `rall inspect`: what was read from a morphology file, or what is in a model file. */
import { extname } from "node:path";
import type { View } from "rall";
import { extent } from "./extent.ts";
import { describeModel, summarizeModel } from "./inspect-model.ts";
import { readModel } from "./model.ts";
import { morphologyArguments, type ReadMorphology, readMorphology } from "./morphology.ts";
import { onlyFile, readArguments } from "./options.ts";
import { inspectHelp } from "./usage.ts";

export async function inspect(args: readonly string[]): Promise<string> {
  const { values, positionals } = readArguments("inspect", {
    args: [...args],
    allowPositionals: true,
    options: {
      ...morphologyArguments,
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return inspectHelp;
  const file = onlyFile("inspect", positionals);
  if (extname(file) === ".json") {
    const model = summarizeModel(file, await readModel("inspect", file, values));
    return values.json ? `${JSON.stringify(model, undefined, 2)}\n` : describeModel(model);
  }
  const read = await readMorphology("inspect", file, values);
  const summary = summarize(file, values.convention ?? "jaxley", read);
  return values.json ? `${JSON.stringify(summary, undefined, 2)}\n` : describe(summary);
}

type Summary = ReturnType<typeof summarize>;

function summarize(file: string, convention: string, { model, diagnostics }: ReadMorphology) {
  const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
  const { parents, kind } = model.root.description;
  const part = (view: View) => ({
    branches: view.branchNumbers.length,
    compartments: view.compartments.length,
    length_um: sum(view.get("length")),
    area_um2: sum(view.get("area")),
    volume_um3: sum(view.get("volume")),
    radius_um: [extent(view.get("radius")).low, extent(view.get("radius")).high],
  });
  const hasChild = new Set(parents);
  return {
    file,
    convention,
    ...(kind === "network" ? { cells: model.cellNumbers.length } : {}),
    ...part(model),
    tips: Array.from(parents, (_, branch) => branch).filter((branch) => !hasChild.has(branch))
      .length,
    depth: depthOf(parents),
    groups: Object.fromEntries(model.groups.map((name) => [name, part(model.group(name))])),
    diagnostics,
  };
}

/** Most branches between root and tip. Parents precede children in a cell that was read. */
function depthOf(parents: Int32Array): number {
  const depth = new Int32Array(parents.length);
  for (const [branch, above] of parents.entries())
    depth[branch] = above < 0 ? 1 : (depth[above] ?? 0) + 1;
  return extent(depth).high;
}

function describe(summary: Summary): string {
  const row = (name: string, part: Summary["groups"][string]) =>
    [
      name.padEnd(12),
      String(part?.branches).padStart(8),
      String(part?.compartments).padStart(12),
      (part?.length_um ?? 0).toFixed(1).padStart(12),
      (part?.area_um2 ?? 0).toFixed(1).padStart(12),
      (part?.volume_um3 ?? 0).toFixed(1).padStart(12),
      `${part?.radius_um[0]?.toFixed(3)} - ${part?.radius_um[1]?.toFixed(3)}`.padStart(18),
    ].join("");
  const header = `${"".padEnd(12)}branches  compartments   length um    area um2  volume um3     radius um`;
  const remarks = summary.diagnostics.map(({ severity, message, line }) => {
    const place = line === undefined ? "" : `line ${line}: `;
    return `  ${severity}: ${place}${message}`;
  });
  return `${[
    `${summary.file}: ${summary.cells === undefined ? "" : `${summary.cells} cells, `}${summary.tips} tips, up to ${summary.depth} branches from root to tip, by the convention "${summary.convention}"`,
    "",
    header,
    ...Object.entries(summary.groups).map(([name, part]) => row(name, part)),
    row("all", summary),
    "",
    remarks.length === 0 ? "Nothing was assumed or repaired." : "What was assumed or repaired:",
    ...remarks,
  ].join("\n")}\n`;
}
