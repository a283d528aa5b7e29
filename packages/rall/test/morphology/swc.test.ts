/** Rows of odd inputs: each is read right or refused with its line and reason. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { integrate, parseSwc, readSwc, SwcError } from "rall";
import { describe, expect, test } from "vitest";
import { runs } from "../long.ts";

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

  test("a soma point at the tip of a dendrite", () => {
    const swc = text(...good, "5 1 125 0 0 3 4");
    const cell = parseSwc(swc);
    expect(length(swc)).toBeCloseTo(125, 9);
    expect(cell.groups).toContain("soma");
    expect(cell.diagnostics.map(({ code }) => code)).toContain("area");
  });

  test("a dendrite of two points", () => {
    expect(area("1 3 0 0 0 1 -1\n2 3 10 0 0 1 1")).toBeCloseTo(20 * Math.PI, 9);
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
    ["binary", "\0\u0001\u0002", 1, "not text"],
    ["six columns", text(...good.slice(0, 2), "3 3 20 0 0 1"), 3, "6 columns"],
    ["a truncated last line", text(...good.slice(0, 3), "4 3 120"), 4, "3 columns"],
    ["a word for a radius", text(good[0] ?? "", "2 1 10 0 0 abc 1"), 2, 'radius is "abc"'],
    ["NaN", text(good[0] ?? "", "2 1 10 0 0 NaN 1"), 2, "no finite number"],
    ["an infinite coordinate", text(good[0] ?? "", "2 1 inf 0 0 1 1"), 2, 'x is "inf"'],
    ["an overflowing number", text(good[0] ?? "", "2 1 1e999 0 0 1 1"), 2, "no finite number"],
    ["a coordinate beyond all sense", text(good[0] ?? "", "2 1 1e300 0 0 1 1"), 2, "x is 1e+300"],
    ["a radius beyond all sense", text(good[0] ?? "", "2 1 10 0 0 1e-300 1"), 2, "no neuron"],
    ["a negative radius", text(good[0] ?? "", "2 1 10 0 0 -1 1"), 2, "radius is -1"],
    ["a radius of 0", text(good[0] ?? "", "2 1 10 0 0 0 1"), 2, "minRadius"],
    [
      "a missing parent",
      text(good[0] ?? "", "2 1 10 0 0 1 9"),
      2,
      "parent 9 of point 2 does not exist",
    ],
    [
      "a second point that is its own parent",
      text(good[0] ?? "", "2 1 10 0 0 1 2"),
      2,
      "second root",
    ],
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

describe("whatever the file holds, it is read with finite geometry or refused", () => {
  const keys = [
    "length",
    "radius",
    "area",
    "volume",
    "resistive_load_in",
    "resistive_load_out",
  ] as const;
  const attempt = (swc: string, convention: "jaxley" | "neuron") => {
    let cell: ReturnType<typeof parseSwc>;
    try {
      cell = parseSwc(swc, { ncomp: 2, convention });
    } catch (error) {
      if (error instanceof SwcError) return;
      throw error;
    }
    for (const key of keys) {
      const wrong = cell.get(key).find((value) => !(Number.isFinite(value) && value > 0));
      if (wrong !== undefined) throw new Error(`${key} is ${wrong}`);
    }
  };
  const conventions = fc.constantFrom("jaxley" as const, "neuron" as const);
  const original = readFileSync(
    new URL("../reference/swc/syn_three_point_soma.swc", import.meta.url),
    "utf8",
  );

  test("random bytes", () => {
    const decoder = new TextDecoder();
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      // Bytes that numbers are made of come closer to a file
      fc
        .array(fc.constantFrom(...new TextEncoder().encode("0123456789.-+e #\n\t\r")), {
          maxLength: 200,
        })
        .map((codes) => Uint8Array.from(codes)),
    );
    fc.assert(
      fc.property(bytes, conventions, (data, convention) =>
        attempt(decoder.decode(data), convention),
      ),
      { numRuns: runs(600, 10_000), seed: 11 },
    );
  });

  test("a good file with some characters changed", () => {
    const mutation = fc.record({
      at: fc.nat(original.length),
      cut: fc.nat(12),
      put: fc.oneof(
        fc.string({ maxLength: 6 }),
        fc.constantFrom("e300", "1e308", "e-320", "-", "0", "\n", " ", "9", "\n1 1 0 0 0 1 -1\n"),
      ),
    });
    fc.assert(
      fc.property(
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        conventions,
        (mutations, convention) => {
          let mutated = original;
          for (const { at, cut, put } of mutations)
            mutated = mutated.slice(0, at) + put + mutated.slice(at + cut);
          attempt(mutated, convention);
        },
      ),
      { numRuns: runs(600, 10_000), seed: 7 },
    );
  });

  test("points that are nearly a tree", () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, min: -100, max: 100 }),
      fc.constantFrom(0, 1e300, -1e300, 1e-300, 1e154, 5),
    );
    const point = fc.record({
      type: fc.constantFrom(0, 1, 1, 2, 3, 4, 7),
      x: value,
      y: value,
      z: value,
      radius: fc.oneof(
        fc.double({ noNaN: true, min: 0.01, max: 10 }),
        fc.constantFrom(0, 1e-300, 1e300, 1),
      ),
      above: fc.nat(),
      isChain: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(point, { minLength: 1, maxLength: 12 }),
        conventions,
        (points, convention) => {
          const lines = points.map(({ type, x, y, z, radius, above, isChain }, i) => {
            const parent = i === 0 ? -1 : isChain ? i : (above % i) + 1;
            return `${i + 1} ${type} ${x} ${y} ${z} ${radius} ${parent}`;
          });
          attempt(lines.join("\n"), convention);
        },
      ),
      { numRuns: runs(600, 10_000), seed: 13 },
    );
  });
});

describe("options", () => {
  const swc = good.join("\n");

  test("nanometres", () => {
    const inNanometres = good
      .map((line) =>
        line
          .split(" ")
          .map((field, c) => (c > 1 && c < 6 ? `${Number(field) * 1000}` : field))
          .join(" "),
      )
      .join("\n");
    const cell = parseSwc(inNanometres, { unit: "nm" });
    expect(cell.get("area")[0]).toBeCloseTo(parseSwc(swc).get("area")[0] ?? 0, 9);
    expect(cell.diagnostics.map(({ code }) => code)).not.toContain("unit");
    expect(parseSwc(inNanometres).diagnostics.map(({ code }) => code)).toContain("unit");
    expect(parseSwc(swc, { unit: "nm" }).diagnostics.map(({ code }) => code)).toContain("unit");
    expect(() => parseSwc(swc, { unit: "mm" as "um" })).toThrow('no unit "mm"');
  });

  test("compartments of at most a length", () => {
    const cell = parseSwc(swc, { maxLength: 15 });
    expect([...cell.morphology.ncomp]).toEqual(
      [...cell.morphology.branchLength].map((branch) => Math.ceil(branch / 15)),
    );
    for (const value of cell.get("length")) expect(value).toBeLessThanOrEqual(15);
    expect(parseSwc(swc, { maxLength: 110 }).get("length").length).toBe(2);
    // 2.1 / 0.7 is 3.0000000000000004
    expect(
      parseSwc("1 3 0 0 0 1 -1\n2 3 2.1 0 0 1 1", { maxLength: 0.7 }).get("length").length,
    ).toBe(3);
    expect(() => parseSwc(swc, { maxLength: 1e-5 })).toThrow("At most 100000");
  });

  test("compartments by the length constant, in odd numbers as NEURON has them", () => {
    const dendrite = "1 3 0 0 0 1 -1\n2 3 900 0 0 1 1";
    // lambda at 100 Hz = 1e5 sqrt(d / (4 pi f Ra Cm)) = 1e5 sqrt(2 / (4 pi 100 100 1)) = 398.94 um
    const lambda = 1e5 * Math.sqrt(2 / (4 * Math.PI * 100 * 100));
    const count = 2 * Math.floor((900 / (0.1 * lambda) + 0.9) / 2) + 1;
    expect(parseSwc(dendrite, { dLambda: 0.1 }).get("length").length).toBe(count);
    const rule = { fraction: 0.3, frequency: 50, axialResistivity: 150, capacitance: 2 };
    const other = 1e5 * Math.sqrt(2 / (4 * Math.PI * 50 * 150 * 2));
    expect(parseSwc(dendrite, { dLambda: rule }).get("length").length).toBe(
      2 * Math.floor((900 / (0.3 * other) + 0.9) / 2) + 1,
    );
    // A soma of one point has a diameter, not a radius: 7 compartments, where the radius would give 11
    const sphere = 1e5 * Math.sqrt(20 / (4 * Math.PI * 100 * 100));
    const inSoma = 2 * Math.floor((20 / (0.0024 * sphere) + 0.9) / 2) + 1;
    expect(inSoma).toBe(7);
    expect(parseSwc("1 1 0 0 0 10 -1", { dLambda: 0.0024 }).get("length").length).toBe(inSoma);
    expect(() => parseSwc(dendrite, { dLambda: -1 })).toThrow("dLambda is -1");
    expect(() => parseSwc(dendrite, { dLambda: 0.1, ncomp: 2 })).toThrow("at once");
    expect(() => parseSwc(dendrite, { dLambda: { freq: 3 } as object })).toThrow("no option");
  });

  test("NEURON's convention refuses options of the other, and tells what it left out", () => {
    const options = { convention: "neuron", maxBranchLength: 10 } as const;
    expect(() => parseSwc(swc, options)).toThrow("maxBranchLength");
    const empty = parseSwc(`${swc}\n5 3 120 0 0 1 4\n6 3 120 5 0 1 4`, { convention: "neuron" });
    expect(empty.diagnostics).toContainEqual(
      expect.objectContaining({ code: "empty-section", line: 5 }),
    );
  });

  test("several branches may begin where the first does", async () => {
    // In NEURON's convention the root is the first point, here in the middle of an axon
    const middle =
      "1 2 0 0 0 1 -1\n2 2 50 0 0 1 1\n3 2 100 0 0 1 2\n4 2 -60 0 0 1 1\n5 2 -90 0 0 1 4";
    const cell = parseSwc(middle, { convention: "neuron", ncomp: 10 });
    expect(cell.get("length").reduce((a, b) => a + b, 0)).toBeCloseTo(190, 9);
    cell.set("axial_resistivity", 50);
    cell.select([9]).stimulate(new Float64Array(2000).fill(0.1));
    cell.record("v");
    const { recordings } = await integrate(cell);
    // Without a membrane conductance all of it charges alike, so it is one connected piece
    for (const series of recordings) expect(series.at(-1)).toBeGreaterThan(-60);
  });
});
