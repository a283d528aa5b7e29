/** What the packages carry besides their code stands in one place and is the same in all. */
import { readFileSync } from "node:fs";
import { integrate, parseSwc, stepCurrent } from "rall";
import { HH } from "rall/channels";
import { ca1Swc, exampleCell } from "rall/examples";
import { expect, test } from "vitest";

const read = (path: string) =>
  readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8").replaceAll("\r\n", "\n");
const packages = ["rall", "cli"] as const;

interface Manifest {
  readonly version: string;
  readonly author?: string;
  readonly license: string;
  readonly engines: { readonly node: string };
  readonly keywords?: readonly string[];
  readonly files: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
}

const manifests = packages.map(
  (name) => JSON.parse(read(`packages/${name}/package.json`)) as Manifest,
);

test("each package has the license, a README and what a registry shows", () => {
  for (const [k, name] of packages.entries()) {
    expect(read(`packages/${name}/LICENSE`)).toBe(read("LICENSE"));
    const readme = read(`packages/${name}/README.md`);
    expect(readme).toContain("npm install");
    expect(readme).toContain("CC BY 4.0");
    expect(manifests[k]?.license).toBe("Apache-2.0");
    expect(manifests[k]?.keywords?.length).toBeGreaterThan(3);
    expect(manifests[k]?.author).toBe("Rall contributors");
  }
});

test("the packages go together, and the library needs nothing", () => {
  const [library, command] = manifests;
  expect(command?.version).toBe(library?.version);
  expect(command?.dependencies?.rall).toBe(library?.version);
  expect(command?.engines.node).toBe(library?.engines.node);
  expect(library?.dependencies).toBeUndefined();
});

test("the example cell is the file, and fires", async () => {
  expect(ca1Swc).toBe(read("examples/morphologies/morph_ca1_n120_250.swc"));
  const cell = exampleCell({ ncomp: 2 });
  expect(cell.branchNumbers.length).toBe(10);
  expect(cell.show()).toBe(parseSwc(ca1Swc, { ncomp: 2 }).show());
  cell.insert(HH).set("axial_resistivity", 100).set("v", -65).initStates();
  const soma = cell.group("soma").loc(0.5);
  soma.stimulate(stepCurrent({ delay: 1, duration: 5, amplitude: 0.6, tMax: 8 })).recordSpikes();
  const { spikes } = await integrate(cell);
  expect(spikes[0]?.times.length).toBe(1);
});
