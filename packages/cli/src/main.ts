#!/usr/bin/env node
/** @file The command `rall`. Exit codes: 0 done, 1 the model or file is wrong, 2 the command was called wrongly. */
// A reader that closes early, as `head` does, is no mistake
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

const args = process.argv.slice(2);
const controller = new AbortController();
// Before all else is loaded, so that Ctrl-C at any moment leaves a file; a second Ctrl-C ends the process
if (["run", "demo", "fit"].includes(args[0] ?? ""))
  process.once("SIGINT", () => controller.abort());

try {
  const { execute } = await import("./commands.ts");
  process.stdout.write(await execute(args, controller.signal));
} catch (error) {
  const [{ RallError }, { UsageError }] = await Promise.all([
    import("rall"),
    import("./failure.ts"),
  ]);
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

export {};
