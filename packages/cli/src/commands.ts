/** @file The commands by name. */
import { readFile } from "node:fs/promises";
import { channels } from "./channels.ts";
import { convert } from "./convert.ts";
import { demo } from "./demo.ts";
import { drawModel } from "./draw.ts";
import { UsageError } from "./failure.ts";
import { fit } from "./fit.ts";
import { inspect } from "./inspect.ts";
import { run } from "./run.ts";
import { overview } from "./usage.ts";

type Command = (args: readonly string[], signal: AbortSignal) => string | Promise<string>;

const commands: Readonly<Record<string, Command>> = {
  run,
  fit,
  inspect,
  convert,
  plot: drawModel,
  channels,
  demo,
};

/** Runs a command; what it returns goes to standard output. `signal` ends a run early. */
export async function execute(
  [name, ...args]: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") return overview;
  if (name === "--version") return `${await version()}\n`;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    const known = Object.keys(commands).join(", ");
    throw new UsageError(`There is no command ${JSON.stringify(name)}; there are ${known}.`, "");
  }
  return command(args, signal);
}

async function version(): Promise<string> {
  const text = await readFile(new URL("../package.json", import.meta.url), "utf8");
  return String((JSON.parse(text) as { version: string }).version);
}
