/** @file What an operating system says about a file, in words. */
import { PlatformError } from "../errors.ts";

const another = "Give another path.";
const space = "Free some space, or give a path on another disk.";
const rights = "Get the right to it, or give another path.";

/** By code what is wrong and what can be done. */
const reasons: ReadonlyMap<string, readonly [reason: string, remedy: string]> = new Map([
  ["ENOENT", ["there is no such file or folder", "Check the path."]],
  ["ENOTDIR", ["a part of its path is a file, not a folder", "Check the path."]],
  ["EISDIR", ["it is a folder", "Give the name of a file."]],
  ["EACCES", ["permission is denied", rights]],
  ["EPERM", ["permission is denied", rights]],
  ["EROFS", ["its file system is read-only", another]],
  ["ENOSPC", ["the disk is full", space]],
  ["EDQUOT", ["your share of the disk is full", space]],
  ["EFBIG", ["it is larger than files may be", space]],
  ["EIO", ["the device failed", another]],
  ["EPIPE", ["its reader is gone", another]],
  ["ELOOP", ["its links lead in a circle", another]],
  ["ENAMETOOLONG", ["its name is too long", another]],
]);

/** The code of an error of the operating system, such as ENOENT; undefined of any other. */
export function systemCode(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string"
    ? cause.code
    : undefined;
}

/** The error of a file that cannot be "read" or "written". */
export function fileFailure(file: string, what: "read" | "written", cause: unknown): PlatformError {
  if (cause instanceof PlatformError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const [reason, remedy] = reasons.get(systemCode(cause) ?? "") ?? [message, rights];
  return new PlatformError(`${file} cannot be ${what}: ${reason}.`, {
    subject: file,
    cause,
    remedy,
  });
}
