/** @file What the pictures of all commands have in common. */
import { basename, extname } from "node:path";
import type { View } from "rall";
import { UsageError } from "./failure.ts";
import { number } from "./options.ts";

/** Title of a picture of a file: its name. */
export function titleOf(file: string): string {
  return basename(file, extname(file));
}

const [least, most] = [120, 8000];

/** The width of a picture in pixels, if `--width` gives one. */
export function pictureWidth(command: string, text: string | undefined): { width?: number } {
  if (text === undefined) return {};
  const width = number(command, "--width", text);
  if (width >= least && width <= most) return { width };
  throw new UsageError(`--width ${text}: a picture is ${least} to ${most} pixels wide.`, command);
}

export function isNetwork(model: View): boolean {
  return model.root.description.kind === "network";
}
