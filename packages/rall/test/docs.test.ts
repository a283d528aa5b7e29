/** The examples of the documents do what they say: each block of code runs. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { blocks, pages, root } from "./blocks.ts";

const folder = join(root, "packages/rall/test/.docs");

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  vi.spyOn(console, "log").mockImplementation(() => {});
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.restoreAllMocks();
});

test("there are examples", () => expect(blocks.length).toBeGreaterThan(4));

test.each(blocks)("$page, example $number", async ({ file: name, code }) => {
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, code);
  await import(pathToFileURL(file).href);
});

test("links within the documents lead to files", () => {
  for (const page of pages) {
    const text = readFileSync(join(root, page), "utf8");
    for (const [, link = ""] of text.matchAll(/\]\((?![a-z]+:|#)([^)#]+)[^)]*\)/g)) {
      const path = join(root, dirname(page), link);
      // A folder cannot become part of the API documents
      expect(existsSync(path) && statSync(path).isFile(), `${page}: ${link}`).toBe(true);
    }
  }
});

test("the API documents keep the errors that docstrings name: TypeDoc drops braces after @throws", () => {
  for (const folder of ["packages/rall/src", "packages/cli/src"]) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".ts")) continue;
      expect(readFileSync(join(root, folder, name), "utf8"), name).not.toMatch(/@throws \{/);
    }
  }
});
