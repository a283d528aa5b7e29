/** Morphology files on the command line: options beside each refusal, spelled as they are typed here. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "rall-morphology-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const run = promisify(execFile);
const rall = (...args: string[]) => run(process.execPath, [main, ...args], { cwd: folder });

async function refusal(...args: string[]): Promise<string> {
  try {
    await rall(...args);
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
  throw new Error("the command succeeded");
}

const files = {
  "plain.swc": "1 1 0 0 0 5 -1\n2 3 6 0 0 1 1\n3 3 60 0 0 1 2\n",
  "three.swc":
    "1 1 0 0 0 7 -1\n2 1 0 -7 0 7 1\n3 1 0 7 0 7 1\n4 3 12 0 0 1 1\n5 3 200 0 0 1 4\n6 3 -12 0 0 1 1\n7 3 -200 0 0 1 6\n",
  "trees.swc": "1 1 0 0 0 5 -1\n2 3 6 0 0 1 1\n3 3 60 0 0 1 2\n4 2 100 0 0 1 -1\n5 2 200 0 0 1 4\n",
  "thin.swc": "1 1 0 0 0 5 -1\n2 3 6 0 0 1 1\n3 3 60 0 0 1e-7 2\n",
  "types.swc": "1 1 0 0 0 5 -1\n2 3 6 0 0 1 1\n3 5 60 0 0 1 2\n4 6 90 0 0 1 3\n",
  "voxels.swc": "1 1 0 0 0 625 -1\n2 3 750 0 0 125 1\n3 3 7500 0 0 125 2\n",
};
for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);

const inspect = async (...args: string[]) =>
  JSON.parse((await rall("inspect", "--json", ...args)).stdout) as {
    cells?: number;
    length_um: number;
    groups: Record<string, { length_um: number; area_um2: number; branches: number }>;
    diagnostics: { code: string; message: string }[];
  };

describe("rall inspect", () => {
  test("says what a convention makes of a soma, and which one does not", async () => {
    const { stdout } = await rall("inspect", "three.swc");
    expect(stdout).toContain(
      "gives soma a membrane of 923.6 um2, +50.0 % against the traced sphere",
    );
    expect(stdout).toContain("--convention neuron");
    const { groups, diagnostics } = await inspect("three.swc", "--convention", "neuron");
    expect(groups.soma?.area_um2).toBeCloseTo(4 * Math.PI * 49, 6);
    expect(diagnostics.map(({ code }) => code)).not.toContain("area");
  });

  test("--trees", async () => {
    const message = await refusal("inspect", "trees.swc");
    for (const remedy of ["--trees attach", "--trees first", "--trees cells"])
      expect(message).toContain(remedy);
    expect((await inspect("trees.swc", "--trees", "first")).groups.axon).toBeUndefined();
    const neuron = ["--convention", "neuron"];
    const attached = await inspect("trees.swc", "--trees", "attach", ...neuron);
    expect(attached.groups.axon?.length_um).toBe(100);
    expect((await inspect("trees.swc", "--trees", "cells", ...neuron)).cells).toBe(2);
    expect(await refusal("inspect", "trees.swc", "--trees", "atach")).toContain("--trees cells");
  });

  test("--min-radius, --types, --unit", async () => {
    expect(await refusal("inspect", "thin.swc")).toContain("--min-radius 0.1");
    const thin = await inspect("thin.swc", "--min-radius", "0.1");
    expect(thin.diagnostics.map(({ code }) => code)).toContain("small-radius");
    const types = await inspect("types.swc", "--types", "5=basal,6=tuft", "--convention", "neuron");
    expect(Object.keys(types.groups)).toEqual(["soma", "basal", "tuft"]);
    expect(await refusal("inspect", "types.swc", "--types", "5:basal")).toContain("5=basal");
    const voxels = await inspect("voxels.swc", "--unit", "0.008");
    expect(voxels.length_um).toBeCloseTo((await inspect("plain.swc")).length_um, 9);
    const { stdout } = await rall("inspect", "voxels.swc");
    expect(stdout).toContain("--unit 0.008");
    expect(await refusal("inspect", "plain.swc", "--unit", "mm")).toContain("--unit");
  });
});

test("rall run says it, too, and runs several cells of a file as a network", async () => {
  const step = (place: string) => ["--stimulate", `${place},delay=1,duration=1,amplitude=0.2`];
  const { stdout } = await rall(
    "run",
    "three.swc",
    ...step("soma:0.5"),
    "--tmax",
    "3",
    "--out",
    "three.csv",
  );
  expect(stdout).toContain("+50.0 % against the traced sphere");
  const cells = ["--trees", "cells", "--convention", "neuron"];
  const records = ["--record", "v@0/soma:0.5", "--record", "v@1/axon:0.5"];
  await rall(
    "run",
    "trees.swc",
    ...cells,
    ...step("1/axon:0.5"),
    "--tmax",
    "3",
    ...records,
    "--out",
    "cells.csv",
  );
  const rows = readFileSync(join(folder, "cells.csv"), "utf8").trim().split("\n");
  expect(rows[0]?.split(",").length).toBe(3);
  const peak = (column: number) =>
    Math.max(...rows.slice(1).map((row) => Number(row.split(",")[column])));
  expect(peak(1)).toBeLessThan(-60);
  expect(peak(2)).toBeGreaterThan(-60);
});
