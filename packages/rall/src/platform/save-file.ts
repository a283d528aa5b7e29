/**
 * @file Writing files so that nothing is lost: the content goes to a draft beside the file, which is on the disk before it
 * takes the file's name.
 */
import { PlatformError } from "../errors.ts";
import { needNode } from "./node.ts";
import { fileFailure, systemCode } from "./reason.ts";

/** Characters of a file's name that its draft has, too: names have at most 255 bytes. */
const most = 60;

/** What is written: as a whole, or in pieces. */
export type Content = string | Uint8Array | Iterable<string | Uint8Array>;

/** Where what is written under a path ends up. */
interface Destination {
  /** The path behind all symbolic links. */
  readonly path: string;
  /** Of a file that is there: its rights and owner, which the new content keeps. */
  readonly present:
    | { readonly mode: number; readonly uid: number; readonly gid: number }
    | undefined;
  /** Whether it is (or will be) a file on a disk; what is not (a pipe, a terminal) is written to, not replaced. */
  readonly isFile: boolean;
}

/**
 * Writes a file as a whole. Whoever looks at it, ends the process or the power meanwhile, finds the old content or the new
 * one. Symbolic links, pipes and devices are written through, rights are kept; hard links to the old content keep it.
 *
 * ```ts
 * await saveFile("traces.npz", resultToNpz(await integrate(cell)));
 * ```
 *
 * @throws PlatformError with the reason if it cannot be written; what was there stays. In a web page there are no files.
 */
export async function saveFile(path: string, content: Content): Promise<void> {
  try {
    const destination = await destinationOf(path);
    if (destination.isFile) await replaceFile(destination, content);
    else await writeThrough(path, content);
  } catch (cause) {
    throw fileFailure(path, "written", cause);
  }
}

/**
 * Tries whether `saveFile` can write there, by a draft that is deleted again.
 *
 * @throws PlatformError with the reason if it cannot.
 */
export async function checkWritable(path: string): Promise<void> {
  const { access, constants, rm } = needNode().files;
  try {
    const destination = await destinationOf(path);
    if (destination.present !== undefined) await access(destination.path, constants.W_OK);
    if (!destination.isFile) return;
    await rm(await writeDraft(destination, ""), { force: true });
  } catch (cause) {
    throw fileFailure(path, "written", cause);
  }
}

/** Where a path leads. @throws PlatformError for a folder or a folder that is not there. */
export async function destinationOf(path: string): Promise<Destination> {
  const { stat } = needNode().files;
  const { dirname } = needNode().paths;
  const found = await orUndefined(stat(path));
  if (found?.isDirectory()) throw unusable(path, "it is a folder", "Give the name of a file.");
  // An open file of this process is to be written to, though a name for it can be found
  const isOpen = /^\/(dev\/(stdin|stdout|stderr|fd\/\d+)|proc\/self\/fd\/\d+)$/.test(path);
  if (found !== undefined && (isOpen || !found.isFile()))
    return { path, present: undefined, isFile: false };
  const target = await behindLinks(path);
  const folder = await orUndefined(stat(dirname(target)));
  if (folder?.isDirectory() !== true) {
    const problem = folder === undefined ? "does not exist" : "is not a folder";
    throw unusable(
      path,
      `the folder ${dirname(target)} ${problem}`,
      "Make the folder first, or give another.",
    );
  }
  return { path: target, present: found, isFile: true };
}

/** Gives new content to a file of a disk. */
export async function replaceFile(
  destination: Destination,
  content: Content,
  before: () => Promise<void> = async () => {},
): Promise<void> {
  const { rename, rm } = needNode().files;
  const draft = await writeDraft(destination, content);
  try {
    await before();
    await rename(draft, destination.path);
  } catch (cause) {
    await rm(draft, { force: true });
    throw cause;
  }
  await syncFolder(destination.path);
}

/** Writes a file beside another, with the rights of that, and waits until it is on the disk. @returns its path. */
export async function writeDraft(
  { path, present }: Pick<Destination, "path" | "present">,
  content: Content,
): Promise<string> {
  const { open, rm } = needNode().files;
  const draft = draftName(path);
  const file = await open(draft, "wx", present === undefined ? 0o666 : 0o600);
  try {
    if (present !== undefined) {
      await keepOwner(file, present);
      await file.chmod(present.mode & 0o7777);
    }
    await writePieces(file, content);
    await file.sync();
  } catch (cause) {
    await rm(draft, { force: true });
    throw cause;
  } finally {
    await file.close();
  }
  return draft;
}

/** A name beside a file that no other draft has. */
export function draftName(path: string): string {
  const { basename, dirname, join } = needNode().paths;
  return join(
    dirname(path),
    `${basename(path).slice(0, most)}.${globalThis.crypto.randomUUID().slice(0, 18)}.part`,
  );
}

/** Waits until names in the folder of a file are on the disk, where folders can be asked to. */
export async function syncFolder(path: string): Promise<void> {
  const { open } = needNode().files;
  const { dirname } = needNode().paths;
  try {
    const folder = await open(dirname(path), "r");
    await folder.sync().finally(() => folder.close());
  } catch (cause) {
    // Windows and some network drives open no folders; a device that fails is another matter
    if (systemCode(cause) === "EIO") throw cause;
  }
}

async function writeThrough(path: string, content: Content): Promise<void> {
  const { open } = needNode().files;
  const file = await open(path, "a");
  await writePieces(file, content).finally(() => file.close());
}

/** Writes where the file has got to. */
async function writePieces(
  file: { writeFile(part: string | Uint8Array): Promise<void> },
  content: Content,
): Promise<void> {
  const isWhole = typeof content === "string" || content instanceof Uint8Array;
  for (const part of isWhole ? [content] : content) await file.writeFile(part);
}

/** Only the superuser may give files away; for others it is theirs anyway. */
async function keepOwner(
  file: { chown(uid: number, gid: number): Promise<void> },
  { uid, gid }: { readonly uid: number; readonly gid: number },
): Promise<void> {
  try {
    await file.chown(uid, gid);
  } catch (cause) {
    if (systemCode(cause) !== "EPERM") throw cause;
  }
}

/** The path at the end of symbolic links, whether something is there or not. */
async function behindLinks(path: string): Promise<string> {
  const { readlink, realpath } = needNode().files;
  const { dirname, resolve } = needNode().paths;
  const real = await orUndefined(realpath(path));
  if (real !== undefined) return real;
  // realpath finds none of a link to a file that is yet to be
  const link = await orUndefined(readlink(path));
  return link === undefined ? path : behindLinks(resolve(await realpath(dirname(path)), link));
}

/** What a call for a path gives, or undefined if nothing is there. */
async function orUndefined<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (cause) {
    // EINVAL: readlink of what is no link
    const code = systemCode(cause);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EINVAL") return undefined;
    throw cause;
  }
}

function unusable(file: string, reason: string, remedy: string): PlatformError {
  return new PlatformError(`${file} cannot be written: ${reason}.`, { subject: file, remedy });
}
