/** @file Files, where the platform has them: the only place that knows about Node, Deno and Bun. */
import { PlatformError } from "../errors.ts";

/** What is asked of the file system of Node, which Deno and Bun have too. */
type FileSystem = typeof import("node:fs/promises");

/**
 * The file system, or undefined in a page and its workers. It is asked for at run time instead of being imported, so
 * that bundlers for pages find nothing of Node's.
 */
function fileSystem(): FileSystem | undefined {
  if (typeof process === "undefined") return undefined;
  return process.getBuiltinModule?.("node:fs/promises");
}

/**
 * Text of a file by its path or URL. A URL of another kind than `file:`, and in a page and its workers any, is fetched.
 *
 * @throws {PlatformError} if it cannot be read, with the reason.
 */
export async function readTextFile(path: string | URL): Promise<string> {
  try {
    const files = fileSystem();
    if (files === undefined || /^(?!file:)[a-z][a-z0-9+.-]+:/i.test(String(path))) {
      return await fetchText(path);
    }
    const isUrl = /^file:/i.test(String(path));
    return await files.readFile(isUrl ? new URL(path) : path, "utf8");
  } catch (cause) {
    throw failed(path, "read", cause);
  }
}

/** A text that is kept between processes. */
export interface TextFile {
  /** Undefined if there is no such file. */
  read(): Promise<string | undefined>;
  /** Replaces it at once: whoever looks at it, or ends the process meanwhile, finds the old text or the new one. */
  write(text: string): Promise<void>;
}

/**
 * A file by its path, for reading and writing as a whole.
 *
 * @throws {PlatformError} when read or written, with the reason; in a page and its workers there are no files.
 */
export function textFile(path: string): TextFile {
  return {
    async read() {
      try {
        return await needFileSystem().readFile(path, "utf8");
      } catch (cause) {
        if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
        throw failed(path, "read", cause);
      }
    },
    async write(text) {
      try {
        const { rename, writeFile } = needFileSystem();
        const draft = `${path}.part`;
        await writeFile(draft, text);
        await rename(draft, path);
      } catch (cause) {
        throw failed(path, "written", cause);
      }
    },
  };
}

function needFileSystem(): FileSystem {
  const files = fileSystem();
  if (files === undefined) throw new Error("a web page and its workers have no files");
  return files;
}

function failed(path: string | URL, what: string, cause: unknown): PlatformError {
  const file = String(path);
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PlatformError(`${file} cannot be ${what}: ${reason}.`, {
    subject: file,
    cause,
    remedy: "Check the path and your rights to it.",
  });
}

async function fetchText(url: string | URL): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  return response.text();
}
