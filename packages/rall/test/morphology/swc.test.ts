/** Rows of odd inputs: each is read right or refused with its line and reason. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { parseSwc, readSwc, SwcError } from "rall";
import { describe, expect, test } from "vitest";

const good = ["1 1 0 0 0 5 -1", "2 1 10 0 0 5 1", "3 3 20 0 0 1 2", "4 3 120 0 0 1 3"];
const text = (...lines: string[]) => lines.join("\n");
const area = (swc: string) =>
  parseSwc(swc)
    .get("area")
    .reduce((a, b) => a + b, 0);
const length = (swc: string) =>
  parseSwc(swc)
    .get("length")
    .reduce((a, b) => a + b, 0);

describe("accepted", () => {
  test.each([
    ["tabs", good.map((line) => line.replaceAll(" ", "\t")).join("\n")],
    ["CRLF", good.join("\r\n")],
    ["a byte order mark", `\uFEFF${good.join("\n")}`],
    ["blank lines", good.join("\n\n\n")],
    ["comments, also in lines", text("# head", `${good[0]} # soma`, ...good.slice(1), "# end")],
    ["commas", good.map((line) => line.replaceAll(" ", ",")).join("\n")],
    ["extra columns", good.map((line) => `${line} 7 8`).join("\n")],
    ["reversed order", [...good].reverse().join("\n")],
    ["gaps in the ids", "10 1 0 0 0 5 -1\n20 1 10 0 0 5 10\n31 3 20 0 0 1 20\n47 3 120 0 0 1 31"],
    ["ids from 0", "0 1 0 0 0 5 -1\n1 1 10 0 0 5 0\n2 3 20 0 0 1 1\n3 3 120 0 0 1 2"],
    ["exponents", text("1 1 0 0 0 5e0 -1", "2 1 1.0E1 0 0 +5 1", good[2] ?? "", good[3] ?? "")],
  ])("%s", (_, swc) => {
    expect(length(swc)).toBeCloseTo(120, 9);
    expect(area(swc)).toBeCloseTo(area(good.join("\n")), 9);
  });

  test("a soma of one point only", () => {
    const cell = parseSwc("7 1 1 2 3 5 -1", { ncomp: 2 });
    expect(cell.get("length").reduce((a, b) => a + b, 0)).toBeCloseTo(10, 12);
    expect(cell.get("area").reduce((a, b) => a + b, 0)).toBeCloseTo(100 * Math.PI, 10);
    expect(cell.diagnostics).toEqual([expect.objectContaining({ code: "point-soma", line: 1 })]);
  });

  test("a soma of one point whose id is not 1, and which is not the root", () => {
    const swc = "1 3 30 0 0 1 -1\n2 3 10 0 0 1 1\n3 1 0 0 0 5 2\n4 3 0 20 0 1 3\n5 3 0 60 0 1 4";
    const cell = parseSwc(swc);
    expect(cell.group("soma").get("area")[0]).toBeCloseTo(100 * Math.PI, 10);
    expect(cell.get("area").every((value) => value > 0)).toBe(true);
  });

  test("a dendrite of one point on a soma of one point", () => {
    const cell = parseSwc("1 1 0 0 0 5 -1\n2 3 6 0 0 1 1");
    expect(cell.diagnostics.map(({ code }) => code)).toContain("zero-length");
    expect(cell.group("basal").get("length")[0]).toBeCloseTo(0.1, 12);
  });

  test("two points at one place", () => {
    const cell = parseSwc("1 3 0 0 0 1 -1\n2 3 0 0 0 1 1");
    expect(cell.diagnostics.map(({ code, line }) => [code, line])).toContainEqual([
      "coincident-points",
      2,
    ]);
    for (const key of ["radius", "area", "volume", "resistive_load_in"] as const) {
      expect(cell.get(key)[0]).toBeGreaterThan(0);
    }
  });

  test("unknown and negative types become groups", () => {
    const cell = parseSwc("1 7 0 0 0 1 -1\n2 7 10 0 0 1 1\n3 -2 20 0 0 1 2\n4 -2 30 0 0 1 3", {
      relevantTypeIds: [7],
    });
    expect(cell.groups).toEqual(["custom7", "custom_minus2"]);
  });

  test("without groups", () => {
    expect(parseSwc(good.join("\n"), { assignGroups: false }).groups).toEqual([]);
  });

  test("a radius of 0, with minRadius", () => {
    const cell = parseSwc("1 3 0 0 0 1 -1\n2 3 10 0 0 0 1\n3 3 20 0 0 1 2", { minRadius: 0.2 });
    expect(cell.get("resistive_load_in")[0]).toSatisfy(Number.isFinite);
    expect(cell.diagnostics).toContainEqual(
      expect.objectContaining({ code: "zero-radius", line: 2 }),
    );
  });

  test("a point that is repeated to attach it", () => {
    const cell = parseSwc(
      "1 1 0 0 0 1 -1\n2 1 1 0 0 1 1\n3 1 2 0 0 1 -1\n4 1 3 0 0 1 3\n3 1 2 0 0 1 2",
    );
    expect(cell.diagnostics).toContainEqual(
      expect.objectContaining({ code: "repeated-point", line: 5 }),
    );
    expect(cell.get("length")[0]).toBeCloseTo(3, 12);
  });

  test("a star and a chain of many points", () => {
    const star = Array.from(
      { length: 500 },
      (_, i) => `${i + 2} 3 ${Math.cos(i) * 50} ${Math.sin(i) * 50} 0 1 1`,
    );
    expect(parseSwc(text("1 1 0 0 0 5 -1", ...star)).branchNumbers.length).toBe(501);
    const chain = Array.from({ length: 20_000 }, (_, i) => `${i + 2} 3 ${i + 1} 0 0 1 ${i + 1}`);
    expect(length(text("1 3 0 0 0 1 -1", ...chain))).toBeCloseTo(20_000, 6);
  });
});

describe("refused", () => {
  test.each([
    ["an empty file", "", undefined, "no points"],
    ["only comments", "# nothing\n\n", undefined, "no points"],
    ["binary", "\0\u0001\u0002", undefined, "not text"],
    ["six columns", text(...good.slice(0, 2), "3 3 20 0 0 1"), 3, "6 columns"],
    ["a truncated last line", text(...good.slice(0, 3), "4 3 120"), 4, "3 columns"],
    ["a word for a radius", text(good[0] ?? "", "2 1 10 0 0 abc 1"), 2, 'radius is "abc"'],
    ["NaN", text(good[0] ?? "", "2 1 10 0 0 NaN 1"), 2, "no finite number"],
    ["an infinite coordinate", text(good[0] ?? "", "2 1 inf 0 0 1 1"), 2, 'x is "inf"'],
    ["an overflowing number", text(good[0] ?? "", "2 1 1e999 0 0 1 1"), 2, "no finite number"],
    ["a negative radius", text(good[0] ?? "", "2 1 10 0 0 -1 1"), 2, "radius is -1"],
    ["a radius of 0", text(good[0] ?? "", "2 1 10 0 0 0 1"), 2, "minRadius"],
    [
      "a missing parent",
      text(good[0] ?? "", "2 1 10 0 0 1 9"),
      2,
      "parent 9 of point 2 does not exist",
    ],
    ["its own parent", text(good[0] ?? "", "2 1 10 0 0 1 2"), 2, "its own parent"],
    [
      "a cycle off the root",
      text(good[0] ?? "", "2 1 1 0 0 1 3", "3 1 2 0 0 1 2"),
      2,
      "own ancestor",
    ],
    ["no root", text("1 1 0 0 0 1 2", "2 1 1 0 0 1 1"), 1, "own ancestor"],
    ["a repeated id", text(...good, "2 3 5 5 5 1 1"), 5, "id 2 stands already in line 2"],
    [
      "two roots",
      text(...good, "5 3 0 0 0 1 -1"),
      5,
      "second root; the first is point 1 in line 1",
    ],
    ["one dendrite point only", "1 3 0 0 0 1 -1", 1, "single point"],
    ["a fraction as id", "1.5 1 0 0 0 1 -1", 1, "no whole number"],
  ])("%s", (_, swc, line, reason) => {
    try {
      parseSwc(swc, { file: "cell.swc" });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(SwcError);
      expect((error as SwcError).message).toContain(reason);
      expect((error as SwcError).message).toContain("cell.swc");
      expect((error as SwcError).details.location?.line).toBe(line);
      expect((error as SwcError).details.remedy).toBeTruthy();
    }
  });

  test("options out of their domain", async () => {
    const swc = good.join("\n");
    expect(() => parseSwc(swc, { ncomp: 0 })).toThrow("ncomp is 0");
    expect(() => parseSwc(swc, { minRadius: -1 })).toThrow("minRadius is -1");
    expect(() => parseSwc(swc, { convention: "other" as "jaxley" })).toThrow(
      'no convention "other"',
    );
    expect(() => parseSwc(swc, { ncmop: 2 } as object)).toThrow('Did you mean "ncomp"?');
    await expect(readSwc("nowhere.swc")).rejects.toThrow("nowhere.swc cannot be read");
  });
});

test("mutated files are read or refused, never anything else", () => {
  const original = readFileSync(
    new URL("../reference/swc/syn_three_point_soma.swc", import.meta.url),
    "utf8",
  );
  const mutation = fc.record({
    at: fc.nat(original.length),
    cut: fc.nat(12),
    put: fc.string({ maxLength: 6 }),
  });
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
      let mutated = original;
      for (const { at, cut, put } of mutations)
        mutated = mutated.slice(0, at) + put + mutated.slice(at + cut);
      try {
        const cell = parseSwc(mutated, { ncomp: 2 });
        for (const key of [
          "length",
          "radius",
          "area",
          "volume",
          "resistive_load_in",
          "resistive_load_out",
        ] as const) {
          for (const value of cell.get(key))
            expect(value).toSatisfy((x: number) => Number.isFinite(x) && x > 0);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(SwcError);
      }
    }),
    { numRuns: 2000, seed: 7 },
  );
});
