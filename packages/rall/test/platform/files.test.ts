/** Files are found by what the platform can do, not by what else it has. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PlatformError, readSwc, saveFile } from "rall";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { KeptFile } from "../../src/platform/kept-file.ts";

const folder = mkdtempSync(join(tmpdir(), "rall-files-"));
const path = join(folder, "a cell.swc");
const swc = "1 1 0 0 0 5 -1\n2 1 10 0 0 5 1\n3 3 90 0 0 1 2\n";
writeFileSync(path, swc);

afterEach(() => vi.unstubAllGlobals());
afterAll(() => rmSync(folder, { recursive: true }));

/** As in a page or a worker: nothing of Node's, but a network. */
function leaveNode(): string[] {
  const asked: string[] = [];
  vi.stubGlobal("process", { env: {} });
  vi.stubGlobal("fetch", async (url: string | URL) => {
    asked.push(String(url));
    return String(url).endsWith(".swc") ? new Response(swc) : new Response("", { status: 404 });
  });
  return asked;
}

test("by path and by URL", async () => {
  for (const place of [path, pathToFileURL(path), pathToFileURL(path).href]) {
    expect((await readSwc(place)).branchNumbers.length).toBe(2);
  }
});

test("by path in a process that has a document too, as with jsdom", async () => {
  vi.stubGlobal("document", {});
  vi.stubGlobal("window", {});
  expect((await readSwc(path)).branchNumbers.length).toBe(2);
});

test("fetched where there is no file system", async () => {
  const asked = leaveNode();
  await readSwc("cells/cell.swc");
  await readSwc(new URL("https://example.org/cell.swc"));
  vi.stubGlobal("process", undefined);
  await readSwc("/cell.swc");
  expect(asked).toEqual(["cells/cell.swc", "https://example.org/cell.swc", "/cell.swc"]);
});

test("fetched anywhere, by a URL of the network or one that holds the text", async () => {
  const data = `data:text/plain,${encodeURIComponent(swc)}`;
  expect((await readSwc(data)).branchNumbers.length).toBe(2);
  vi.stubGlobal("fetch", async () => new Response(swc));
  expect((await readSwc("https://example.org/cell.swc")).branchNumbers.length).toBe(2);
});

test("what cannot be read says so once, with the reason", async () => {
  const missing = join(folder, "missing.swc");
  const error = await readSwc(missing).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(PlatformError);
  expect(String(error)).toMatch(
    /^PlatformError: \S+missing\.swc cannot be read: there is no such file/,
  );
  leaveNode();
  await expect(readSwc("nothing.txt")).rejects.toThrow("nothing.txt cannot be read: 404");
});

test("without a file system nothing is kept", async () => {
  leaveNode();
  const file = new KeptFile("fit.json");
  for (const attempt of [file.write("{}"), file.read(), file.lock(), saveFile("a.npz", "")]) {
    await expect(attempt).rejects.toThrow("A web page and its workers have no files");
    await expect(attempt).rejects.toBeInstanceOf(PlatformError);
  }
});
