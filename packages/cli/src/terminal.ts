/**
 * @file Standard output and standard error. Both may be closed, full or gone (`| head -1`, `2>/dev/full`, a terminal that was
 * closed), which is no reason to lose what is computed meanwhile.
 */
import { printable } from "rall";

for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

/** Characters of a text that do what they are there for. */
const kept = "\n\t";

/** Writes a text for people or programs to standard output, without control characters of names and files. */
export function say(text: string): Promise<void> {
  return sayRaw(printable(text, kept));
}

/** Writes data to standard output as they are. */
export async function sayRaw(content: string | Uint8Array): Promise<void> {
  const problem = await new Promise<Error | null | undefined>((resolve) => {
    try {
      process.stdout.write(content, resolve);
    } catch (error) {
      resolve(error instanceof Error ? error : new Error(String(error)));
    }
  });
  // A reader that has seen enough, as `head` has, is no mistake
  if (problem === null || problem === undefined || isGone(problem)) return;
  remark(`rall: standard output cannot be written: ${problem.message}\n`);
  process.exitCode ??= 1;
}

/** Writes a text to standard error, if that is possible. */
export function remark(text: string): void {
  show(printable(text, kept));
}

/** The same with the characters that move the cursor, for lines that change. */
export function show(text: string): void {
  try {
    process.stderr.write(text);
  } catch {
    // Nobody is there to be told
  }
}

function isGone(problem: Error): boolean {
  const code = "code" in problem ? problem.code : undefined;
  return code === "EPIPE" || code === "ERR_STREAM_DESTROYED";
}
