/** @file `rall convert`: an SWC file or a model file, with what the command line puts on it, as a model file. */
import { toJSON } from "rall";
import { UsageError } from "./failure.ts";
import { modelArguments, readExperiment } from "./model.ts";
import { readArguments } from "./options.ts";
import { checkOutputs, modelFormats, Output } from "./outputs.ts";
import { counted, inWords } from "./remarks.ts";
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
  const written = new Output("MODEL.json", out, modelFormats);
  await checkOutputs(command, [written]);
  const { model, diagnostics } = await readExperiment(command, file, values, false);
  const text = `${JSON.stringify(toJSON(model))}\n`;
  await written.write(text);
  const { stimuli, clamps, recordings, spikeRecordings } = model.root.description;
  const size = `${(text.length / 1000).toFixed(0)} kB`;
  const contents = [
    counted(model.compartments.length, "compartment"),
    `channels ${model.channels.join(", ") || "none"}`,
    counted(stimuli.length, "stimulus", "stimuli"),
    ...(clamps.length === 0 ? [] : [counted(clamps.length, "clamp")]),
    counted(recordings.length + spikeRecordings.length, "recording"),
  ].join(", ");
  const remarks = diagnostics.map((one) => `${inWords(file, one)}\n`);
  return `Wrote ${out} (${size}): ${contents}\n${remarks.join("")}`;
}
