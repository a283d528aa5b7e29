/** @file A file that says that a process works on another: `NAME.lock`. */
import { PlatformError } from "../errors.ts";
import { needNode } from "./node.ts";
import { fileFailure, systemCode } from "./reason.ts";
import { draftName, writeDraft } from "./save-file.ts";

/** Time in ms between two signs of life, and without one after which an owner that cannot be asked is gone. */
const interval = 10_000;
const patience = 120_000;

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When the process started, as its system counts; a number of a process is used again. */
  readonly started: string;
  readonly since: string;
}

/**
 * Keeps other processes, and other callers in this one, from what is at `path`. A lock whose owner is gone (killed, or on
 * another machine and silent for two minutes) is taken over.
 *
 * @returns what gives the lock back.
 * @throws PlatformError that names the owner if there is one, or the reason why there can be no lock.
 */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  const lock = `${path}.lock`;
  try {
    const text = JSON.stringify(await self());
    while (!(await create(lock, text))) await removeStale(lock, path);
    return keep(lock, text);
  } catch (cause) {
    throw fileFailure(lock, "written", cause);
  }
}

/** Shows signs of life until the lock is given back. */
async function keep(lock: string, text: string): Promise<() => Promise<void>> {
  const { rm, utimes } = needNode().files;
  const timer = setInterval(() => {
    const now = new Date();
    utimes(lock, now, now).catch(() => {});
  }, interval);
  timer.unref();
  return async () => {
    clearInterval(timer);
    try {
      if ((await read(lock)) === text) await rm(lock, { force: true });
    } catch {
      // What was done under the lock is done; the next owner finds that this one is gone
    }
  };
}

/** Makes the lock with all that is in it at once. @returns whether it was not there. */
async function create(lock: string, text: string): Promise<boolean> {
  const { link, rm, writeFile } = needNode().files;
  const draft = await writeDraft({ path: lock, present: undefined }, text);
  try {
    await link(draft, lock);
    return true;
  } catch (cause) {
    if (systemCode(cause) === "EEXIST") return false;
  } finally {
    await rm(draft, { force: true });
  }
  // A file system without links
  try {
    await writeFile(lock, text, { flag: "wx" });
    return true;
  } catch (cause) {
    if (systemCode(cause) === "EEXIST") return false;
    throw cause;
  }
}

/** Takes away a lock whose owner is gone. @throws PlatformError if he is not. */
async function removeStale(lock: string, path: string): Promise<void> {
  const { link, rename, rm } = needNode().files;
  const text = await read(lock);
  if (text === undefined) return;
  const owner = ownerOf(text);
  if (await isAlive(owner, lock)) throw inUse(path, lock, owner);
  // Of several that find it stale one moves it; a lock that was new by then is put back
  const moved = draftName(lock);
  try {
    await rename(lock, moved);
    if ((await read(moved)) !== text) await link(moved, lock);
  } catch (cause) {
    if (systemCode(cause) !== "ENOENT" && systemCode(cause) !== "EEXIST") throw cause;
  } finally {
    await rm(moved, { force: true });
  }
}

async function isAlive(owner: Owner | undefined, lock: string): Promise<boolean> {
  const { hostname } = needNode().system;
  if (owner?.host === hostname()) return (await startOf(owner.pid)) === owner.started;
  const { stat } = needNode().files;
  const age =
    Date.now() -
    (await stat(lock).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    ));
  return age < patience;
}

async function self(): Promise<Owner> {
  const { hostname } = needNode().system;
  const { pid } = needNode().process;
  const since = new Date().toISOString();
  return { pid, host: hostname(), started: (await startOf(pid)) ?? "", since };
}

/** When a process of this machine started; "" where that is not told; undefined if it is gone. */
async function startOf(pid: number): Promise<string | undefined> {
  const { readFile } = needNode().files;
  const { process } = needNode();
  try {
    process.kill(pid, 0);
  } catch (cause) {
    // EPERM: it is there, but not ours
    if (systemCode(cause) !== "EPERM") return undefined;
  }
  try {
    // Field 22 (proc_pid_stat(5)); field 2, the name of the program, may hold anything
    const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ").at(-1)?.split(" ");
    if (fields?.[0] === "Z") return undefined;
    return fields?.[19] ?? "";
  } catch {
    return "";
  }
}

async function read(file: string): Promise<string | undefined> {
  const { readFile } = needNode().files;
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return undefined;
    throw cause;
  }
}

function ownerOf(text: string): Owner | undefined {
  try {
    const { pid, host, started, since }: Partial<Record<string, unknown>> = JSON.parse(text);
    const isOwner =
      Number.isSafeInteger(pid) && [host, started, since].every((one) => typeof one === "string");
    return isOwner
      ? { pid: Number(pid), host: String(host), started: String(started), since: String(since) }
      : undefined;
  } catch {
    return undefined;
  }
}

function inUse(path: string, lock: string, owner: Owner | undefined): PlatformError {
  const who =
    owner === undefined
      ? "another process"
      : `process ${owner.pid} on ${owner.host}, since ${owner.since}`;
  return new PlatformError(`${path} is in use by ${who}.`, {
    subject: path,
    value: owner?.pid,
    remedy: `Wait until that has ended, or give another file. (If it is gone for sure, delete ${lock}.)`,
  });
}
