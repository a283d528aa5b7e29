#!/usr/bin/env node
/** @file The command `rall`. Exit codes: 0 done, 1 the model or file is wrong, 2 the command was called wrongly. */
import { readFile } from "node:fs/promises";
import { RallError } from "rall";
import { channels } from "./channels.ts";
import { demo } from "./demo.ts";
import { UsageError } from "./failure.ts";
import { inspect } from "./inspect.ts";
import { run } from "./run.ts";
import { overview } from "./usage.ts";

const commands: Readonly<Record<string, (args: readonly string[]) => string | Promise<string>>> = {
  run,
  inspect,
  channels,
  demo,
};

async function main([name, ...args]: readonly string[]): Promise<string> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") return overview;
  if (name === "--version") return `${await version()}\n`;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    const known = Object.keys(commands).join(", ");
    throw new UsageError(`There is no command ${JSON.stringify(name)}; there are ${known}.`, "");
  }
  return command(args);
}

async function version(): Promise<string> {
  const text = await readFile(new URL("../package.json", import.meta.url), "utf8");
  return String((JSON.parse(text) as { version: string }).version);
}

// A reader that closes early, as `head` does, is no mistake
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  process.stdout.write(await main(process.argv.slice(2)));
} catch (error) {
  if (error instanceof UsageError) {
    const help = ["rall", error.command, "--help"].filter((word) => word !== "").join(" ");
    process.stderr.write(`rall: ${error.message}\nSee "${help}".\n`);
    process.exitCode = 2;
  } else if (error instanceof RallError || isSystemError(error)) {
    process.stderr.write(`rall: ${error.message}\n`);
    process.exitCode = 1;
  } else throw error;
}

/** An error of the operating system, such as a folder that does not exist. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error;
}
