/** The examples of fitting, at reduced length: each runs against the built library, its loss falls, its picture is there. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { isLong } from "../../rall/test/long.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const examples = join(root, "examples/fitting");
const folder = mkdtempSync(join(tmpdir(), "rall-examples-"));
const run = promisify(execFile);

/** Iterations, and what the picture says. */
const cases: Readonly<Record<string, readonly [iterations: number, text: string]>> = {
  classify: [isLong ? 40 : 12, "120 IonotropicSynapse"],
  compartment: [20, "capacitance"],
  profile: [10, "sodium conductance along the dendrite"],
  pyramidal: [isLong ? 8 : 2, "NaTs soma (S/cm\u00b2)"],
  recover: [8, "sensitivity of the loss at the start"],
};
/** What the examples have in common. */
const parts = ["command.mjs", "hay.mjs"];

test("all examples are tried", () => {
  const files = readdirSync(examples).filter((name) => name.endsWith(".mjs"));
  expect(files.filter((name) => !parts.includes(name))).toEqual(
    Object.keys(cases).map((name) => `${name}.mjs`),
  );
});

test.each(Object.entries(cases))("%s", async (name, [iterations, text]) => {
  const out = join(folder, `${name}.svg`);
  const args = [join(examples, `${name}.mjs`), "--iterations", String(iterations), "--out", out];
  const { stdout } = await run(process.execPath, args, { cwd: folder });
  expect(stdout).toMatch(/iteration 0: loss/);
  const [, from, to] = /loss (\S+) -> (\S+)/.exec(stdout) ?? [];
  expect(Number(to)).toBeLessThan(0.8 * Number(from));
  const svg = readFileSync(out, "utf8");
  expect(svg).toMatch(/^<svg xmlns/);
  expect(svg).toContain(text);
});
