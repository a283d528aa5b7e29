// The programs and commands of the READMEs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clone } from "./shell.mjs";

const pages = ["README.md", "packages/rall/README.md", "packages/cli/README.md"];

function blocks(language) {
  return pages.flatMap((page) =>
    Array.from(
      readFileSync(join(clone, page), "utf8").matchAll(
        new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"),
      ),
      ([, text], k) => ({ name: `${page.replace(/\W/g, "-")}-${k + 1}`, text }),
    ),
  );
}

export const programs = blocks("ts");

/** Commands that begin with `npx rall`, as lists of arguments, in order. */
export const commands = blocks("sh").flatMap(({ text }) =>
  text
    .replaceAll("\\\n", " ")
    .split("\n")
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line.startsWith("npx rall"))
    .map((line) => line.split(/\s+/).slice(2)),
);
