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
 * @throws {PlatformError} when read or written, with the reason; in a web page there are no files.
 */
export function textFile(path: string): TextFile {
  return {
    async read() {
      try {
        const { readFile } = await import("node:fs/promises");
        return await readFile(path, "utf8");
      } catch (cause) {
        if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
        throw failed(path, "read", cause);
      }
    },
    async write(text) {
      try {
        const { rename, writeFile } = await import("node:fs/promises");
        const draft = `${path}.part`;
        await writeFile(draft, text);
        await rename(draft, path);
      } catch (cause) {
        throw failed(path, "written", cause);
      }
    },
  };
}

function failed(file: string, what: string, cause: unknown): PlatformError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PlatformError(`${file} cannot be ${what}: ${reason}.`, {
    file,
    cause,
    remedy: "Check the path and your rights to it.",
  });
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  return response.text();
}
