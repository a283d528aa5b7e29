/** @file `rall plot`: a picture of a network. */
import { drawNetwork, type NetworkPictureOptions } from "rall";
import { UsageError } from "./failure.ts";
import { modelArguments, readExperiment } from "./model.ts";
import { onlyFile, readArguments } from "./options.ts";
import { checkEnding, writeWhole } from "./traces.ts";
import { plotHelp } from "./usage.ts";

const command = "plot";

export async function drawModel(args: readonly string[]): Promise<string> {
  const { values, positionals } = readArguments(command, {
    args: [...args],
    allowPositionals: true,
    options: {
      ...modelArguments,
      out: { type: "string", default: "network.svg" },
      detail: { type: "string", default: "full" },
      plane: { type: "string", default: "xy" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return plotHelp;
  const file = onlyFile(command, positionals);
  checkEnding(command, "--out", values.out, ".svg");
  const { model } = await readExperiment(command, file, values, false);
  if (model.root.description.kind !== "network") {
    throw new UsageError(`${file} holds a ${model.root.description.kind}, not a network.`, command);
  }
  const { detail, plane } = values as Pick<NetworkPictureOptions, "detail" | "plane">;
  const picture = drawNetwork(model, {
    title: file,
    ...(detail === undefined ? {} : { detail }),
    ...(plane === undefined ? {} : { plane }),
  });
  await writeWhole(values.out, picture);
  return `Drew ${values.out}\n`;
}
