#!/usr/bin/env node
/**
 * @file The command `rall`. Exit codes: 0 done, 1 the model or a file is wrong, 2 the command was called wrongly, 128 and the
 * number of a signal that ended it.
 */
import { RallError } from "rall";
import { execute } from "./commands.ts";
import { UsageError } from "./failure.ts";
import { Interruption } from "./interruption.ts";
import { remark, say } from "./terminal.ts";

try {
  await say(await execute(process.argv.slice(2), new Interruption()));
} catch (error) {
  if (error instanceof UsageError) {
    const help = ["rall", error.command, "--help"].filter((word) => word !== "").join(" ");
    remark(`rall: ${error.message}\nSee "${help}".\n`);
    process.exitCode = 2;
  } else if (error instanceof RallError || isSystemError(error)) {
    remark(`rall: ${error.message}\n`);
    process.exitCode = 1;
  } else throw error;
}

/** An error of the operating system, such as a folder that does not exist. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error;
}
