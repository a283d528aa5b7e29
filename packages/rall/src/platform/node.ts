/** @file What of Node files need; Deno and Bun have it, too. */
import { PlatformError } from "../errors.ts";

interface Node {
  readonly files: typeof import("node:fs/promises");
  readonly paths: typeof import("node:path");
  readonly system: typeof import("node:os");
  readonly process: NodeJS.Process;
}

/**
 * Undefined in a page and its workers. It is asked for at run time instead of being imported, so that bundlers for pages
 * find nothing of Node's.
 */
export function node(): Node | undefined {
  if (typeof process === "undefined") return undefined;
  const files = process.getBuiltinModule?.("node:fs/promises");
  const paths = process.getBuiltinModule?.("node:path");
  const system = process.getBuiltinModule?.("node:os");
  if (files === undefined || paths === undefined || system === undefined) return undefined;
  return { files, paths, system, process };
}

/** @throws PlatformError where there is none. */
export function needNode(): Node {
  const found = node();
  if (found !== undefined) return found;
  throw new PlatformError("A web page and its workers have no files.", {
    remedy: "Keep the content otherwise: offer it for download, send it to a server.",
  });
}
