/** What a bundler for pages makes of the package: nothing of Node's, and names that survive the minifier. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { build } from "vite";
import { afterAll, expect, test } from "vitest";

const source = fileURLToPath(new URL("../../src", import.meta.url));
const program = `
import * as rall from "rall";
import * as training from "rall/training";
export { training };
export const errors = Object.values(rall).filter(
  (one) => typeof one === "function" && one.prototype instanceof rall.RallError,
);
export const name = (error) => new error("").name;
export const read = (path) => rall.readSwc(path).then(() => "read", (error) => String(error));
`;

const folder = mkdtempSync(join(tmpdir(), "rall-bundle-"));
const entry = join(folder, "program.js");
writeFileSync(entry, program);
afterAll(() => rmSync(folder, { recursive: true }));

async function bundle(): Promise<{ readonly code: string; readonly warnings: readonly string[] }> {
  const warnings: string[] = [];
  const note = (message: string) => warnings.push(message);
  const silent = { info: () => {}, clearScreen: () => {}, hasErrorLogged: () => false };
  const output = await build({
    root: folder,
    configFile: false,
    logLevel: "warn",
    customLogger: { ...silent, hasWarned: false, warn: note, warnOnce: note, error: note },
    resolve: {
      alias: [
        { find: /^rall\/(.+)$/, replacement: `${source}/$1.ts` },
        { find: /^rall$/, replacement: `${source}/index.ts` },
      ],
    },
    build: {
      write: false,
      minify: true,
      lib: { entry, formats: ["iife"], name: "bundled" },
    },
  });
  const [first] = Array.isArray(output) ? output.flatMap((one) => one.output) : [];
  return { code: first?.type === "chunk" ? first.code : "", warnings };
}

test("a bundle for a page", async () => {
  const { code, warnings } = await bundle();
  expect(warnings).toEqual([]);
  expect(code).not.toMatch(/__vite-browser-external|from\s*"node:|import\("node:/);

  const asked: string[] = [];
  const page = createContext({
    TextDecoder,
    TextEncoder,
    URL,
    performance,
    setTimeout,
    fetch: async (url: string) => {
      asked.push(url);
      return new Response("", { status: 404 });
    },
  });
  runInContext(`${code};globalThis.bundled = bundled;`, page);
  const { errors, name, read } = page.bundled;
  expect(errors.length).toBeGreaterThan(8);
  expect(errors.map(name).sort()).toMatchInlineSnapshot(`
    [
      "EquationError",
      "ModelError",
      "ModelFileError",
      "NameError",
      "NumericalError",
      "PlatformError",
      "SelectionError",
      "SwcError",
      "ValueError",
    ]
  `);
  // Else the minifier had nothing to take away
  expect(errors.map((error: { name: string }) => error.name)).not.toContain("ValueError");
  expect(await read("cell.swc")).toMatch(/^PlatformError: cell.swc cannot be read: 404/);
  expect(asked).toEqual(["cell.swc"]);
});
