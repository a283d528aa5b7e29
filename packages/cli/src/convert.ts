/** @file `rall convert`: an SWC file or a model file, with what the command line puts on it, as a model file. */
import { extname } from "node:path";
import { toJSON } from "rall";
import { UsageError } from "./failure.ts";
import { modelArguments, readExperiment } from "./model.ts";
import { readArguments } from "./options.ts";
import { writeWhole } from "./traces.ts";
import { convertHelp } from "./usage.ts";

const command = "convert";

export async function convert(args: readonly string[]): Promise<string> {
  const { values, positionals } = readArguments(command, {
    args: [...args],
    allowPositionals: true,
    options: { ...modelArguments, help: { type: "boolean", short: "h", default: false } },
  });
  if (values.help) return convertHelp;
  const [file, out, ...others] = positionals;
  if (file === undefined || out === undefined || others.length > 0) {
    throw new UsageError("Give the file to read and the model file (.json) to write.", command);
  }
  if (extname(out) !== ".json")
    throw new UsageError(`${out}: a model file ends in .json.`, command);
  const { model, diagnostics } = await readExperiment(command, file, values, false);
  const text = `${JSON.stringify(toJSON(model))}\n`;
  await writeWhole(out, text);
  const { stimuli, recordings } = model.root.description;
  const remarks = diagnostics.map(({ severity, message, line }) => {
    return `${severity}: ${file}${line === undefined ? "" : `:${line}`}: ${message}\n`;
  });
  return `Wrote ${out} (${(text.length / 1000).toFixed(0)} kB): ${model.compartments.length} compartments, channels ${model.channels.join(", ")}, ${stimuli.length} stimuli, ${recordings.length} recordings\n${remarks.join("")}`;
}
