/** Files that are written so that nothing is lost, and locks on them. */
import { execFile, spawn } from "node:child_process";
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { checkWritable, PlatformError, saveFile } from "rall";
import { expect, test } from "vitest";
import { lockFile } from "../../src/platform/lock-file.ts";
import { runs } from "../long.ts";

const newFolder = () => mkdtempSync(join(tmpdir(), "rall-save-"));
const read = (path: string) => readFileSync(path, "utf8");

test("a new file, an old one, bytes; no draft stays", async () => {
  const folder = newFolder();
  const path = join(folder, "a.txt");
  await saveFile(path, "one");
  expect(read(path)).toBe("one");
  await saveFile(path, Uint8Array.of(116, 119, 111));
  expect(read(path)).toBe("two");
  expect(readdirSync(folder)).toEqual(["a.txt"]);
  expect(statSync(path).mode & 0o777).toBe(0o666 & ~process.umask());
});

test("a name as long as names may be", async () => {
  const path = join(newFolder(), `${"ä".repeat(125)}.csv`);
  await saveFile(path, "long");
  expect(read(path)).toBe("long");
});

test("rights are kept, hard links keep the old content", async () => {
  const folder = newFolder();
  const [path, other] = [join(folder, "a"), join(folder, "b")];
  writeFileSync(path, "old");
  chmodSync(path, 0o640);
  linkSync(path, other);
  await saveFile(path, "new");
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect([read(path), read(other)]).toEqual(["new", "old"]);
});

test("symbolic links are written through: to a file, to one that is yet to be, over folders", async () => {
  const folder = newFolder();
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "data/real"), "old");
  symlinkSync("data/real", join(folder, "link"));
  symlinkSync("link", join(folder, "chain"));
  symlinkSync("data/new", join(folder, "dangling"));
  symlinkSync(join(folder, "data"), join(folder, "folder"));
  symlinkSync("loop", join(folder, "loop"));
  await saveFile(join(folder, "chain"), "one");
  await saveFile(join(folder, "dangling"), "two");
  await saveFile(join(folder, "folder/third"), "three");
  expect(["real", "new", "third"].map((name) => read(join(folder, "data", name)))).toEqual([
    "one",
    "two",
    "three",
  ]);
  for (const name of ["link", "chain", "dangling", "folder"])
    expect(lstatSync(join(folder, name)).isSymbolicLink()).toBe(true);
  await expect(saveFile(join(folder, "loop"), "")).rejects.toThrow(/links lead in a circle/);
});

test("a FIFO and a device are written to", async () => {
  const fifo = join(newFolder(), "pipe");
  await promisify(execFile)("mkfifo", [fifo]);
  const end = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  await checkWritable(fifo);
  await saveFile(fifo, "through");
  const bytes = Buffer.alloc(20);
  expect(bytes.toString("utf8", 0, readSync(end, bytes))).toBe("through");
  closeSync(end);
  expect(lstatSync(fifo).isFIFO()).toBe(true);
  await saveFile("/dev/null", "away");
  await expect(saveFile("/dev/full", "x")).rejects.toThrow(
    "/dev/full cannot be written: the disk is full",
  );
});

test("what cannot be written is refused before and when it is, with the reason", async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "file"), "kept");
  for (const [path, reason] of [
    [join(folder, "no/file"), /the folder .*no does not exist/],
    [join(folder, "file/file"), /the folder .*file is not a folder/],
    [folder, /it is a folder/],
    [join(folder, "x".repeat(300)), /its name is too long/],
  ] as const) {
    for (const write of [() => checkWritable(path), () => saveFile(path, "x")]) {
      const error = await write().catch((problem: unknown) => problem);
      expect(error).toBeInstanceOf(PlatformError);
      expect(String(error)).toMatch(reason);
      expect(String(error)).not.toMatch(/E[A-Z]{4,}/);
    }
  }
  expect(readdirSync(folder)).toEqual(["file"]);
  expect(read(join(folder, "file"))).toBe("kept");
});

test("a lock keeps others out, in this process and in others, until it is given back", async () => {
  const path = join(newFolder(), "fit");
  const unlock = await lockFile(path);
  await expect(lockFile(path)).rejects.toThrow(`is in use by process ${process.pid} on `);
  await unlock();
  expect(existsSync(`${path}.lock`)).toBe(false);
  await (await lockFile(path))();
});

/** A lock as another process would have left it. */
function leave(path: string, owner: object, age = 0): void {
  writeFileSync(`${path}.lock`, JSON.stringify(owner));
  const then = new Date(Date.now() - age);
  utimesSync(`${path}.lock`, then, then);
}

test("a lock whose owner is gone is taken over", async () => {
  const path = join(newFolder(), "fit");
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => child.on("close", resolve));
  const since = new Date().toISOString();
  const mine = { host: hostname(), since };
  // A process that ended; this process's number, of one that started at another time; another machine, long silent
  leave(path, { ...mine, pid: child.pid, started: "5" });
  await (await lockFile(path))();
  leave(path, { ...mine, pid: process.pid, started: "5" });
  await (await lockFile(path))();
  leave(path, { host: "elsewhere", since, pid: 1, started: "5" }, 150_000);
  await (await lockFile(path))();
  leave(path, {}, 150_000);
  await (await lockFile(path))();
  leave(path, { host: "elsewhere", since, pid: 77, started: "5" }, 30_000);
  await expect(lockFile(path)).rejects.toThrow(/process 77 on elsewhere/);
  leave(path, {});
  await expect(lockFile(path)).rejects.toThrow(/in use by another process/);
});

test("of many who find a stale lock, one gets it", async () => {
  const path = join(newFolder(), "fit");
  for (let trial = 0; trial < runs(10, 300); trial++) {
    leave(path, { host: "elsewhere", since: "", pid: 1, started: "5" }, 150_000);
    const found = await Promise.allSettled(Array.from({ length: 8 }, () => lockFile(path)));
    const owners = found.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    expect(owners.length).toBe(1);
    await owners[0]?.();
  }
});
