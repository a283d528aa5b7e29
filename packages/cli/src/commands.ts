/** @file The commands by name. */
import { readFile } from "node:fs/promises";
import { nearestName } from "rall";
import { channels } from "./channels.ts";
import { convert } from "./convert.ts";
import { demo } from "./demo.ts";
import { drawModel } from "./draw.ts";
import { UsageError } from "./failure.ts";
import { fit } from "./fit.ts";
import { inspect } from "./inspect.ts";
import type { Interruption } from "./interruption.ts";
import { run } from "./run.ts";
import { overview } from "./usage.ts";

type Command = (args: readonly string[], interruption: Interruption) => string | Promise<string>;

const commands: Readonly<Record<string, Command>> = {
  run,
  fit,
  inspect,
  convert,
  plot: drawModel,
  channels,
  demo,
};

/** Runs a command; what it returns goes to standard output. */
export async function execute(
  [name, ...args]: readonly string[],
  interruption: Interruption,
): Promise<string> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") return overview;
  if (name === "--version") return `${await version()}\n`;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    const near = nearestName(name, Object.keys(commands));
    const known =
      near === undefined
        ? `There are ${Object.keys(commands).join(", ")}.`
        : `Did you mean ${JSON.stringify(near)}?`;
    throw new UsageError(`There is no command ${JSON.stringify(name)}. ${known}`, "");
  }
  return command(args, interruption);
}

async function version(): Promise<string> {
  const text = await readFile(new URL("../package.json", import.meta.url), "utf8");
  return String((JSON.parse(text) as { version: string }).version);
}
