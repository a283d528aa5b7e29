/** `convention: "neuron"` is NEURON 9 on a corpus of small files, one for each oddity of real ones. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  furthest,
  type NeuronNumbers,
  readAsNeuron,
  sectionsOf,
  sum,
  voltagesOf,
} from "./neuron-numbers.ts";

const folder = new URL("corpus/", import.meta.url);
const names = readdirSync(folder)
  .filter((name) => name.endsWith(".swc"))
  .map((name) => name.replace(".swc", ""));
const numbers = JSON.parse(readFileSync(new URL("neuron.json", folder), "utf8")) as Record<
  string,
  NeuronNumbers | null
>;
const swc = (name: string) => readFileSync(new URL(`${name}.swc`, folder), "utf8");
/** NEURON needs parents before children. */
const unread = names.filter((name) => numbers[name] === null);
const read = names.flatMap((name) => {
  const expected = numbers[name];
  return expected ? [{ name, expected }] : [];
});
const run = read.flatMap(({ name, expected: { nseg1, nseg3 } }) =>
  nseg1 === undefined || nseg3 === undefined ? [] : [{ name, nseg1, nseg3 }],
);

test("the corpus is what the numbers were made of", () => {
  expect(Object.keys(numbers).sort()).toEqual(names.sort());
  expect(unread).toEqual(["child-first"]);
  expect(read.length).toBeGreaterThan(25);
  expect(run.length).toBe(read.length - 2);
});

describe("sections, their places, lengths, areas and volumes", () => {
  test.each(read)("$name", ({ name, expected }) => {
    const found = sectionsOf(readAsNeuron(swc(name)));
    expect(found.map(({ parent, at }) => [parent, at])).toEqual(
      expected.sections.map(({ parent, at }) => [parent, at]),
    );
    for (const [branch, { length, area, volume }] of expected.sections.entries()) {
      // NEURON keeps points in single precision, and makes sections without length 1e-9 um long
      const close = (value: number | undefined, right: number) =>
        expect(Math.abs((value ?? Number.NaN) - right)).toBeLessThan(1e-6 * right + 1e-4);
      close(found[branch]?.length, length);
      close(found[branch]?.area, area);
      close(found[branch]?.volume, volume);
    }
  });

  test.each(read)("$name, however many compartments", ({ name, expected }) => {
    const total = sum(expected.sections.map(({ area }) => area));
    for (const ncomp of [2, 3, 8]) {
      const area = sum(readAsNeuron(swc(name), { ncomp }).get("area"));
      expect(Math.abs(area / total - 1)).toBeLessThan(1e-6);
    }
  });
});

describe.each(["wasm", "reference"] as const)("voltages on %s", (backend) => {
  test.each(run)("$name", async ({ name, nseg1, nseg3 }) => {
    for (const [ncomp, expected] of [
      [1, nseg1],
      [3, nseg3],
    ] as const) {
      const found = await voltagesOf(readAsNeuron(swc(name), { ncomp }), backend);
      expect(furthest(found, expected)).toBeLessThan(1e-4);
    }
  });
});

test("where NEURON joins points that the file does not, it is said", () => {
  const remarks = (name: string) =>
    readAsNeuron(swc(name)).diagnostics.filter(({ code }) => code === "foreign-point");
  expect(remarks("breadth-first").map(({ severity, line }) => [severity, line])).toEqual([
    ["warning", 5],
    ["warning", 6],
  ]);
  expect(names.filter((name) => name !== "breadth-first").flatMap(remarks)).toEqual([]);
});

describe("what NEURON cannot be asked", () => {
  test("children before parents are read as the same points in order", () => {
    const ordered =
      "1 1 0 0 0 5 -1\n2 3 6 0 0 1 1\n3 3 60 0 0 0.5 2\n4 3 0 6 0 1 1\n5 3 0 50 0 0.5 4";
    expect(sectionsOf(readAsNeuron(swc("child-first")))).toEqual(sectionsOf(readAsNeuron(ordered)));
  });

  test.each(["wasm", "reference"] as const)(
    "a soma without length costs its neurites nothing, on %s",
    async (backend) => {
      const cell = readAsNeuron(swc("soma-coincident"));
      expect(cell.diagnostics.map(({ code }) => code)).toContain("coincident-points");
      const found = await voltagesOf(cell, backend);
      const bare = readAsNeuron("1 3 0 0 0 1 -1\n2 3 10 0 0 1 1\n3 3 60 0 0 1 2", { ncomp: 1 });
      const alone = await voltagesOf(bare, backend);
      // Beyond half of a dendrite from the soma, through which the current comes
      expect(found.moments.map((row) => row[1])).toHaveLength(4);
      for (const [k, row] of found.moments.entries())
        expect(
          Math.abs((row[1] ?? Number.NaN) - (alone.moments[k]?.[0] ?? Number.NaN)),
        ).toBeLessThan(1e-4);
    },
  );
});
