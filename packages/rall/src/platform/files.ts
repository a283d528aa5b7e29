/** @file Files, where the platform has them: the only place that knows about Node, Deno and Bun. */
import { PlatformError } from "../errors.ts";

/**
 * Text of a file. In a web page, a URL that is fetched.
 *
 * @throws {PlatformError} if it cannot be read, with the reason.
 */
export async function readTextFile(path: string): Promise<string> {
  try {
    if (typeof document !== "undefined") return await fetchText(path);
    const { readFile } = await import("node:fs/promises");
    return await readFile(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PlatformError(`${path} cannot be read: ${reason}.`, {
      file: path,
      cause,
      remedy: "Check the path and your rights to read it.",
    });
  }
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  return response.text();
}
