/** The folders are the pipeline: a layer imports only from those before it, and nothing imports in a circle. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const source = fileURLToPath(new URL("../src", import.meta.url));

/** In the order of docs/architecture.md; what stands later may use what stands earlier. */
const layers = [
  "printable.ts",
  "errors.ts",
  "util",
  "platform",
  "numerics",
  "expressions",
  "expressions.ts",
  "mechanisms",
  "channels.ts",
  "pumps.ts",
  "synapses.ts",
  "morphology",
  "modules",
  "io",
  "examples",
  "examples.ts",
  "plan",
  "backends",
  "simulation",
  "writers",
  "training",
  "training.ts",
  "drawing",
  "index.ts",
];

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

function imports(path: string): string[] {
  const text = readFileSync(path, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  return [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)"([^"]+)"/g)].map(
    ([, name = ""]) => name,
  );
}

const all = files(source);
const layerOf = (path: string) => layers.indexOf(relative(source, path).split("/")[0] ?? "");

test("layers import only from earlier ones", () => {
  for (const path of all) {
    expect(layerOf(path), `${path} belongs to no layer`).toBeGreaterThanOrEqual(0);
    for (const name of imports(path)) {
      if (name.startsWith("node:")) {
        expect(relative(source, path), "only platform/ knows about Node").toMatch(/^platform\//);
        continue;
      }
      expect(name, `${path}: no dependencies at run time`).toMatch(/^\./);
      const target = resolve(dirname(path), name);
      expect(layerOf(target), `${path} imports ${name}`).toBeLessThanOrEqual(layerOf(path));
    }
  }
});

test("no file imports itself by way of others", () => {
  const state = new Map<string, "open" | "done">();
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === "done") return;
    const here = [...trail, relative(source, path)];
    expect(state.get(path), `a circle: ${here.join(" -> ")}`).toBeUndefined();
    state.set(path, "open");
    for (const name of imports(path))
      if (name.startsWith(".")) visit(resolve(dirname(path), name), here);
    state.set(path, "done");
  };
  for (const path of all) visit(path, []);
});

test("files hold one noun", () => {
  for (const path of all) {
    expect(readFileSync(path, "utf8").split("\n").length, path).toBeLessThanOrEqual(500);
  }
});
