/** The programs of the documents: each block of TypeScript in the READMEs and in docs/. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url));

export const pages = [
  "README.md",
  "packages/rall/README.md",
  "packages/cli/README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

export interface Block {
  readonly page: string;
  /** From 1, within the page. */
  readonly number: number;
  readonly code: string;
  /** A name that a file can have. */
  readonly file: string;
}

export const blocks: readonly Block[] = pages.flatMap((page) =>
  Array.from(
    readFileSync(join(root, page), "utf8").matchAll(/```ts\n([\s\S]*?)```/g),
    ([, code = ""], k) => ({
      page,
      number: k + 1,
      code,
      file: `${page.replace(/\W/g, "-")}-${k + 1}`,
    }),
  ),
);
