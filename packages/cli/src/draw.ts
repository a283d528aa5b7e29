/** @file `rall plot`: pictures of cells, networks, profiles along cells and gates of channels. */
import {
  type Channel,
  type ColourOptions,
  type ConnectivityOptions,
  drawConnectivity,
  drawGates,
  drawMorphology,
  drawNetwork,
  drawProfile,
  type MorphologyPictureOptions,
} from "rall";
import { mechanismCalled } from "./catalogue.ts";
import { UsageError } from "./failure.ts";
import { modelArguments, readExperiment } from "./model.ts";
import { number, onlyFile, readArguments } from "./options.ts";
import { checkOutputs, Output, pictureFormats } from "./outputs.ts";
import { isNetwork, pictureWidth, titleOf } from "./picture.ts";
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
      connectivity: { type: "string" },
      limits: { type: "string" },
      colours: { type: "string" },
      marks: { type: "boolean", default: false },
      width: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return plotHelp;
  const out = new Output("--out", values.out, pictureFormats);
  await checkOutputs(command, [out]);
  const picture =
    values.gates === undefined
      ? await drawFile(onlyFile(command, positionals), values)
      : drawGates(channelCalled(values.gates), pictureWidth(command, values.width));
  await out.write(picture);
  return `Drew ${values.out}\n`;
}

type Values = Parameters<typeof readExperiment>[2] & {
  readonly detail: string;
  readonly type: string;
  readonly plane: string;
  readonly colour?: string | undefined;
  readonly profile?: string | undefined;
  readonly connectivity?: string | undefined;
  readonly limits?: string | undefined;
  readonly colours?: string | undefined;
  readonly marks: boolean;
  readonly width?: string | undefined;
};

async function drawFile(file: string, values: Values): Promise<string> {
  const colours = coloursOf(values);
  const look = { title: titleOf(file), ...pictureWidth(command, values.width) };
  const { model } = await readExperiment(command, file, values, false);
  if (values.profile !== undefined) return drawProfile(model, values.profile, look);
  if (values.connectivity !== undefined) {
    const by = values.connectivity as NonNullable<ConnectivityOptions["by"]>;
    return drawConnectivity(model, { ...look, ...colours, by });
  }
  const plane = values.plane as NonNullable<MorphologyPictureOptions["plane"]>;
  if (isNetwork(model) && values.colour === undefined) {
    return drawNetwork(model, { ...look, plane, detail: values.detail as "full" | "point" });
  }
  const { colour = model.groups.length > 0 ? "groups" : undefined } = values;
  return drawMorphology(model, {
    ...look,
    ...colours,
    plane,
    marks: values.marks,
    type: values.type as NonNullable<MorphologyPictureOptions["type"]>,
    ...(colour === undefined ? {} : { colourBy: colour }),
  });
}

/** How values become colours: `--limits LOW:HIGH`, `--colours KIND`. */
function coloursOf({ limits, colours }: Pick<Values, "limits" | "colours">): ColourOptions {
  const [low = "", high = "", ...more] = limits?.split(":") ?? [];
  if (limits !== undefined && (high === "" || more.length > 0))
    throw new UsageError(`--limits ${limits}: give LOW:HIGH.`, command);
  return {
    ...(limits === undefined
      ? {}
      : { limits: [number(command, "--limits", low), number(command, "--limits", high)] }),
    ...(colours === undefined ? {} : { colours: colours as NonNullable<ColourOptions["colours"]> }),
  };
}

function channelCalled(name: string): Channel {
  const { kind, mechanism } = mechanismCalled(command, name);
  if (kind !== "synapse") return mechanism;
  throw new UsageError(`${name} is a synapse; --gates draws those of a channel.`, command);
}
