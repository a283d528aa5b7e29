/** @file Files, where the platform has them: the only place that knows about Node, Deno and Bun. */
import { node } from "./node.ts";
import { fileFailure } from "./reason.ts";

/**
 * Text of a file by its path or URL. A URL of another kind than `file:`, and in a page and its workers any, is fetched.
 *
 * @throws {PlatformError} if it cannot be read, with the reason.
 */
export async function readTextFile(path: string | URL): Promise<string> {
  try {
    const files = node()?.files;
    if (files === undefined || /^(?!file:)[a-z][a-z0-9+.-]+:/i.test(String(path))) {
      return await fetchText(path);
    }
    const isUrl = /^file:/i.test(String(path));
    return await files.readFile(isUrl ? new URL(path) : path, "utf8");
  } catch (cause) {
    throw fileFailure(String(path), "read", cause);
  }
}

async function fetchText(url: string | URL): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  return response.text();
}
