/** @file Reading the command line. */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "./failure.ts";

/** `parseArgs` of Node, whose complaints become ours. */
export function readArguments<const Config extends ParseArgsConfig>(
  command: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs<Config>(config);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message, command);
  }
}

/** A number of an option. */
export function number(command: string, name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new UsageError(`${name} needs a number, not ${JSON.stringify(text)}.`, command);
}

/** `{ key: number }` of an option that may be absent, to be spread into options. */
export function optional<Key extends string>(
  command: string,
  key: Key,
  name: string,
  text: string | undefined,
): { [K in Key]?: number } {
  return (text === undefined ? {} : { [key]: number(command, name, text) }) as {
    [K in Key]?: number;
  };
}

/** The one file that a command is about. */
export function onlyFile(command: string, files: readonly string[]): string {
  const [file, ...others] = files;
  if (file === undefined)
    throw new UsageError("Which file? Give the path of an SWC file.", command);
  if (others.length > 0) {
    throw new UsageError(`One file at a time; what is ${JSON.stringify(others[0])}?`, command);
  }
  return file;
}
