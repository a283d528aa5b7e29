/** @file `rall plot`: pictures of cells, networks, profiles along cells and gates of channels. */
import {
  type Channel,
  drawGates,
  drawMorphology,
  drawNetwork,
  drawProfile,
  type MorphologyPictureOptions,
  type View,
} from "rall";
import { mechanismCalled } from "./catalogue.ts";
import { UsageError } from "./failure.ts";
import { modelArguments, readExperiment } from "./model.ts";
import { onlyFile, readArguments } from "./options.ts";
import { checkOutputs, Output, pictureFormats } from "./outputs.ts";
import { plotHelp } from "./usage.ts";

const command = "plot";

export async function drawModel(args: readonly string[]): Promise<string> {
  const { values, positionals } = readArguments(command, {
    args: [...args],
    allowPositionals: true,
    options: {
      ...modelArguments,
      out: { type: "string", default: "plot.svg" },
      detail: { type: "string", default: "full" },
      type: { type: "string", default: "morph" },
      plane: { type: "string", default: "xy" },
      colour: { type: "string" },
      profile: { type: "string" },
      gates: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return plotHelp;
  const out = new Output("--out", values.out, pictureFormats);
  await checkOutputs(command, [out]);
  const picture =
    values.gates === undefined
      ? await drawFile(onlyFile(command, positionals), values)
      : drawGates(channelCalled(values.gates));
  await out.write(picture);
  return `Drew ${values.out}\n`;
}

type Values = Parameters<typeof readExperiment>[2] & {
  readonly detail: string;
  readonly type: string;
  readonly plane: string;
  readonly colour?: string | undefined;
  readonly profile?: string | undefined;
};

async function drawFile(file: string, values: Values): Promise<string> {
  const { model } = await readExperiment(command, file, values, false);
  if (values.profile !== undefined) return drawProfile(model, values.profile, { title: file });
  const plane = values.plane as NonNullable<MorphologyPictureOptions["plane"]>;
  if (isNetwork(model) && values.colour === undefined) {
    return drawNetwork(model, { title: file, plane, detail: values.detail as "full" | "point" });
  }
  const { colour = model.groups.length > 0 ? "groups" : undefined } = values;
  return drawMorphology(model, {
    title: file,
    plane,
    type: values.type as NonNullable<MorphologyPictureOptions["type"]>,
    ...(colour === undefined ? {} : { colourBy: colour }),
  });
}

function isNetwork(model: View): boolean {
  return model.root.description.kind === "network";
}

function channelCalled(name: string): Channel {
  const { kind, mechanism } = mechanismCalled(command, name);
  if (kind !== "synapse") return mechanism;
  throw new UsageError(`${name} is a synapse; --gates draws those of a channel.`, command);
}
