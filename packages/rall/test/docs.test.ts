/** The examples of the documents do what they say: each block of code runs. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = join(root, "packages/rall/test/.docs");
const pages = ["README.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)];
const blocks = pages
  .filter((page) => page.endsWith(".md"))
  .flatMap((page) =>
    Array.from(
      readFileSync(join(root, page), "utf8").matchAll(/```ts\n([\s\S]*?)```/g),
      ([, code = ""], number) => ({ page, number: number + 1, code }),
    ),
  );

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  vi.spyOn(console, "log").mockImplementation(() => {});
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.restoreAllMocks();
});

test("there are examples", () => expect(blocks.length).toBeGreaterThan(4));

test.each(blocks)("$page, example $number", async ({ page, number, code }) => {
  const file = join(folder, `${page.replace(/\W/g, "-")}-${number}.ts`);
  writeFileSync(file, code);
  await import(pathToFileURL(file).href);
});
