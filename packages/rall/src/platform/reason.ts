/** @file What an operating system says about a file, in words. */
import { PlatformError } from "../errors.ts";

const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file or folder"],
  ["ENOTDIR", "a part of its path is a file, not a folder"],
  ["EISDIR", "it is a folder"],
  ["EACCES", "you have no right to"],
  ["EPERM", "you have no right to"],
  ["EROFS", "its file system is read-only"],
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "your share of the disk is full"],
  ["EFBIG", "it is larger than files may be"],
  ["EIO", "the device failed"],
  ["EPIPE", "its reader is gone"],
  ["ELOOP", "its links lead in a circle"],
  ["ENAMETOOLONG", "its name is too long"],
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
  const reason = reasons.get(systemCode(cause) ?? "") ?? message;
  return new PlatformError(`${file} cannot be ${what}: ${reason}.`, {
    subject: file,
    cause,
    remedy: "Check the path and your rights to it.",
  });
}
