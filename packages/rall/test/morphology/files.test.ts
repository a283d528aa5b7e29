/** What real SWC files have besides the format: read with a remark, or refused with an option beside the refusal. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  integrate,
  type MorphologyOptions,
  Network,
  parseSwc,
  parseSwcCells,
  readSwc,
  readSwcCells,
  SwcError,
  type TracedCell,
  ValueError,
} from "rall";
import { HH } from "rall/channels";
import { afterAll, describe, expect, test } from "vitest";
import { isLong } from "../long.ts";

const good = ["1 1 0 0 0 5 -1", "2 1 10 0 0 5 1", "3 3 20 0 0 1 2", "4 3 120 0 0 1 3"];
const plain = good.join("\n");
const codes = (cell: TracedCell) => cell.diagnostics.map(({ code }) => code);
const geometry = (cell: TracedCell) =>
  (["length", "radius", "area", "volume"] as const).map((key) => [...cell.get(key)]);
const folder = mkdtempSync(join(tmpdir(), "rall-swc-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const failure = (action: () => unknown) => {
  try {
    action();
  } catch (error) {
    if (error instanceof SwcError || error instanceof ValueError) return error.message;
    throw error;
  }
  throw new Error("It was read.");
};

describe("read with a remark, as if it were not there", () => {
  test.each([
    ["comments", "comments of another kind", `% head\n${plain.replaceAll("-1", "-1 // soma")}`],
    ["header", "a header that is no comment", `n T x y z R P\n${plain}`],
    ["header", "a title", `Neuron of somebody\n\n${plain}`],
    ["end-mark", "Ctrl-Z at the end", `${plain}\n\x1a`],
    ["end-mark", "NULs at the end", `${plain}\n\0\0\0\r\n`],
    ["root-parent", "0 as the parent of the root", plain.replace("5 -1", "5 0")],
    ["root-parent", "-2 as the parent of the root", plain.replace("5 -1", "5 -2")],
    ["root-parent", "the root as its own parent", plain.replace("5 -1", "5 1")],
    ["repeated-line", "a line twice", `${plain}\n${good[3]}\n${good[3]}`],
    ["separators", "semicolons", plain.replaceAll(" ", ";")],
  ])("%s: %s", (code, _, swc) => {
    const cell = parseSwc(swc);
    expect(geometry(cell)).toEqual(geometry(parseSwc(plain)));
    expect(codes(cell).filter((one) => one === code)).toEqual([code]);
  });

  test("Fortran's exponents, and whatever a comment holds", () => {
    const swc = plain.replace("120 0 0 1 ", "1.2D2 0.D0 0d0 1 ");
    expect(geometry(parseSwc(swc))).toEqual(geometry(parseSwc(plain)));
    expect(geometry(parseSwc(`# L\uFFFDnge \0 \u2028\n${plain}`))).toEqual(
      geometry(parseSwc(plain)),
    );
  });

  test("remarks say how often, and where first", () => {
    const remark = parseSwc(`${plain}\n${good[3]}\n${good[3]}\n${good[2]}`).diagnostics;
    expect(remark).toContainEqual(expect.objectContaining({ code: "repeated-line", line: 5 }));
    expect(remark.find(({ code }) => code === "repeated-line")?.message).toContain("2 more lines");
  });

  test("of very many alike the first are listed, and how many there are", () => {
    const stubs = Array.from({ length: 1000 }, (_, k) => `${k + 2} 3 ${k + 9} 0 0 1 1`);
    const { diagnostics } = parseSwc(["1 1 0 0 0 5 -1", ...stubs].join("\n"));
    expect(diagnostics.length).toBeLessThan(30);
    expect(diagnostics.at(-1)?.message).toBe(
      'There are 980 more remarks of the kind "zero-length".',
    );
  });

  test("ids up to 2^53", () => {
    const far = 2 ** 53 - 10;
    const swc = plain
      .split("\n")
      .map((line) => line.split(" "))
      .map(([id, ...rest]) => {
        const parent = rest.pop();
        return [far + Number(id), ...rest, parent === "-1" ? -1 : far + Number(parent)].join(" ");
      });
    expect(geometry(parseSwc(swc.join("\n")))).toEqual(geometry(parseSwc(plain)));
    expect(failure(() => parseSwc("9007199254740993 1 0 0 0 5 -1"))).toContain("is beyond");
  });
});

describe("refused, since nothing can be meant", () => {
  test.each([
    ["-1 1 0 0 0 5 -1", "The id is -1"],
    ["1.5 1 0 0 0 5 -1", "no whole number"],
    [`${plain}\n3 3 20 0 0 1 1`, "id 3 stands already"],
    ["1 1 0 0 0 1 -1\n2 1 1 0 0 1 1\n3 1 2 0 0 1 2\n3 1 2 0 0 1 1", "id 3 stands already"],
    ["1 1 0 0 0 5 -1\n2 3 \0 0 0 5 1", "not text"],
    ["\x1f\u008b\b", "compressed"],
    ['("CellBody"\n(1.0 2.0 3.0 4.0)', "Neurolucida"],
    ["n T x y z R P", "no points"],
  ])("%j", (swc, reason) => expect(failure(() => parseSwc(swc))).toContain(reason));
});

describe("encodings", () => {
  const text = `# L\u00e4nge in \u00b5m\n${plain}\n`;
  const wide = (isLittle: boolean) => {
    const bytes = new Uint8Array(2 * text.length + 2);
    const view = new DataView(bytes.buffer);
    for (const [i, character] of [..."\uFEFF", ...text].entries())
      view.setUint16(2 * i, character.charCodeAt(0), isLittle);
    return bytes;
  };
  test.each([
    ["UTF-8", new TextEncoder().encode(text), false],
    ["UTF-8 with a mark", new TextEncoder().encode(`\uFEFF${text}`), false],
    ["Latin-1", Uint8Array.from(text, (character) => character.charCodeAt(0)), true],
    ["UTF-16, little-endian", wide(true), true],
    ["UTF-16, big-endian", wide(false), true],
  ])("%s", async (name, bytes, isSaid) => {
    const file = join(folder, `${name}.swc`);
    writeFileSync(file, bytes);
    const cell = await readSwc(file);
    expect(geometry(cell)).toEqual(geometry(parseSwc(plain)));
    expect(codes(cell).includes("encoding")).toBe(isSaid);
    const [alike] = await readSwcCells(file);
    expect(alike && geometry(alike)).toEqual(geometry(cell));
  });
});

describe("units, radii and types", () => {
  const times = (factor: number) =>
    plain
      .split("\n")
      .map((line) =>
        line
          .split(" ")
          .map((field, c) => (c > 1 && c < 6 ? String(Number(field) / factor) : field))
          .join(" "),
      )
      .join("\n");

  test("any number of um, such as voxels of 8 nm", () => {
    const cell = parseSwc(times(0.008), { unit: 0.008 });
    for (const [k, values] of geometry(cell).entries())
      for (const [i, value] of values.entries())
        expect(value).toBeCloseTo(geometry(parseSwc(plain))[k]?.[i] ?? Number.NaN, 9);
    expect(codes(cell)).not.toContain("unit");
    const remark = parseSwc(times(0.008)).diagnostics.find(({ code }) => code === "unit");
    expect(remark?.message).toContain('unit: "nm"');
    expect(remark?.message).toContain("unit: 0.008");
    for (const unit of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(failure(() => parseSwc(plain, { unit }))).toContain(`unit is ${unit}`);
    expect(failure(() => parseSwc(plain, { unit: "mm" as "um" }))).toContain('no unit "mm"');
  });

  test("minRadius replaces radii that are too small to be one, and none other", () => {
    const swc =
      "1 1 0 0 0 5 -1\n2 3 6 0 0 1 1\n3 3 60 0 0 8.14e-7 2\n4 3 80 0 0 0 3\n5 3 90 0 0 0.01 4";
    expect(failure(() => parseSwc(swc))).toContain("minRadius: 0.1");
    const cell = parseSwc(swc, { minRadius: 0.1 });
    expect(codes(cell)).toEqual(expect.arrayContaining(["small-radius", "zero-radius"]));
    const asWritten = swc.replace("8.14e-7", "0.1").replace("80 0 0 0 3", "80 0 0 0.1 3");
    expect(geometry(cell)).toEqual(geometry(parseSwc(asWritten, { minRadius: 0.1 })));
    expect(failure(() => parseSwc("1 1 0 0 0 -1e-7 -1", { minRadius: 1 }))).toContain("above 0");
  });

  test("types that stand for others", () => {
    const swc = `${plain}\n5 5 130 5 0 1 4\n6 6 140 9 0 1 5\n7 9 130 -5 0 1 4\n8 9 140 -9 0 1 7`;
    const alike = swc.replaceAll(/^([56]) [56]/gm, "$1 3");
    for (const convention of ["jaxley", "neuron"] as const) {
      const cell = parseSwc(swc, { convention, types: { 5: "basal", 6: "basal", 9: "tuft" } });
      expect(geometry(cell)).toEqual(geometry(parseSwc(alike, { convention })));
      expect([...cell.groups].sort()).toEqual(["basal", "soma", "tuft"]);
      expect(cell.group("tuft").get("length").length).toBeGreaterThan(0);
    }
    // Two types of one name are one type: no section ends between them
    const joined = { convention: "neuron", types: { 5: "tuft", 6: "tuft" } } as const;
    expect(parseSwc(swc, joined).group("tuft").branchNumbers.length).toBe(1);
    expect(failure(() => parseSwc(swc, { types: { 5: "" } }))).toContain("types has");
    expect(
      failure(() => parseSwc(swc, { types: { x: "basal" } as Record<number, string> })),
    ).toContain("types has");
  });
});

describe("several trees", () => {
  const swc = `${plain}\n5 2 50 100 0 1 -1\n6 2 50 200 0 1 5\n7 3 0 -40 0 1 -1`;

  test("are refused with the options there are", () => {
    const message = failure(() => parseSwc(swc, { file: "x.swc" }));
    expect(message).toContain("x.swc:5: Point 5 is a second root");
    expect(message).toContain("There are 3 in all");
    for (const remedy of ['trees: "attach"', 'trees: "first"', "readSwcCells"])
      expect(message).toContain(remedy);
    expect(failure(() => parseSwc(swc, { trees: "cells" as "first" }))).toContain("readSwcCells");
  });

  test("first: the others are left out, and it is said how many points that is", () => {
    for (const convention of ["jaxley", "neuron"] as const) {
      const cell = parseSwc(swc, { trees: "first", convention });
      expect(geometry(cell)).toEqual(geometry(parseSwc(plain, { convention })));
      expect(cell.diagnostics.find(({ code }) => code === "left-out-trees")?.message).toContain(
        "3 of 7 points",
      );
    }
  });

  test.each(["wasm", "reference"] as const)(
    "attach: one cell in one piece, on %s",
    async (backend) => {
      for (const convention of ["jaxley", "neuron"] as const) {
        const cell = parseSwc(swc, { trees: "attach", convention });
        expect(codes(cell)).toContain("attached-tree");
        expect(
          cell
            .group("axon")
            .get("length")
            .reduce((a, b) => a + b, 0),
        ).toBeGreaterThan(99);
        cell.set("axial_resistivity", 100).set("v", -65).insert(HH).initStates();
        cell.group("axon").stimulate(new Float64Array(200).fill(0.5));
        cell.group("soma").record("v");
        const { recordings } = await integrate(cell, { tMax: 10, backend });
        expect(Math.max(...(recordings[0] ?? []))).toBeGreaterThan(-60);
      }
    },
  );

  test("attach: to the middle of a soma without links", () => {
    const soma = "1 1 0 0 0 5 -1\n2 1 0 -5 0 5 1\n3 1 0 5 0 5 1\n4 3 6 0 0 1 1\n5 3 60 0 0 1 4";
    const two = `${soma}\n6 2 100 0 0 1 -1\n7 2 200 0 0 1 6`;
    for (const convention of ["jaxley", "neuron"] as const) {
      const cell = parseSwc(two, { trees: "attach", convention });
      expect([...cell.group("axon").get("length")]).toEqual([100]);
    }
  });

  test("cells: each tree is one, in the order of the file", async () => {
    const cells = parseSwcCells(swc, { convention: "neuron" });
    expect(cells.map((cell) => cell.groups)).toEqual([["soma", "basal"], ["axon"]]);
    expect(cells[0] && geometry(cells[0])).toEqual(
      geometry(parseSwc(plain, { convention: "neuron" })),
    );
    expect(cells[1] && [...cells[1].get("length")]).toEqual([100]);
    expect(cells[1] && codes(cells[1])).toContain("left-out-trees");
    const net = new Network(cells);
    net.set("axial_resistivity", 100).cell(1).record("v");
    expect((await integrate(net, { tMax: 1 })).recordings.length).toBe(1);
    expect(parseSwcCells(plain).length).toBe(1);
    expect(failure(() => parseSwcCells("1 3 0 0 0 1 -1\n2 3 9 0 0 1 -1"))).toContain("No tree");
    expect(() => parseSwcCells(plain, { trees: "first" } as object)).toThrow("no option");
  });
});

describe("remedies are spelled as the reader has them", () => {
  const spelling: NonNullable<MorphologyOptions["spelling"]> = (option, value) =>
    `<${option}${value === undefined ? "" : ` ${value}`}>`;
  test.each<[string, MorphologyOptions, string]>([
    ["1 1 0 0 0 5 -1\n2 3 6 0 0 0 1", {}, "<minRadius 0.1>"],
    ["1 1 0 0 0 5 -1\n2 3 6 0 0 1 -1", {}, "<trees attach>"],
    ["1 1 0 0 0 5 -1\n2 3 6 0 0 1 -1", {}, "<trees cells>"],
    ["1 1 0 0 0 5e7 -1", {}, "<unit>"],
    [plain, { convention: "x" as "neuron" }, "<convention neuron>"],
    [plain, { minRadius: -1 }, "<minRadius>"],
    [plain, { ncomp: 0 }, "<ncomp>"],
    [plain, { ncomp: 1, dLambda: 0.1 }, "<ncomp> and <dLambda>"],
    [plain, { convention: "neuron", maxBranchLength: 9 }, "<maxBranchLength>"],
  ])("%s", (swc, options, expected) => {
    expect(failure(() => parseSwc(swc, { ...options, spelling }))).toContain(expected);
  });

  test("in remarks, too", () => {
    const [remark] = parseSwc(plain.replaceAll(" 5 ", " 500 ").replaceAll(" 1 ", " 200 "), {
      ...{ spelling, convention: "neuron" },
    }).diagnostics;
    expect(remark?.message).toContain("<unit nm>");
  });
});

test("values of no sense are typed errors, whatever the option", () => {
  const strange = [null, 5, "x", true, ["x"], () => 1, Number.NaN, 1n, Symbol("a"), new Date()];
  const right: Readonly<Record<string, (value: unknown) => boolean>> = {
    file: (value) => typeof value === "string",
    spelling: (value) => typeof value === "function",
    assignGroups: (value) => value === true,
    ignoreTracingInterruptions: (value) => value === true,
  };
  const numeric = ["ncomp", "maxLength", "dLambda", "unit", "minRadius", "maxBranchLength"];
  const others = ["trees", "types", "convention", "relevantTypeIds", ...Object.keys(right)];
  for (const value of strange) {
    if (typeof value !== "string")
      expect(failure(() => parseSwc(value as never))).toContain("text");
    expect(failure(() => parseSwc(plain, value as never))).toContain("parseSwc");
    for (const key of [...numeric, ...others]) {
      if (right[key]?.(value) || (numeric.includes(key) && value === 5)) continue;
      expect(
        failure(() => parseSwc(plain, { [key]: value })),
        `${key} ${String(value)}`,
      ).toContain(key);
    }
  }
});

describe("hostile texts end", () => {
  const long = 100_000;
  test.each([
    ["digits and a letter", `1 1 0 0 0 ${"1".repeat(long)}x -1`],
    [
      "digits, a point, digits and a letter",
      `1 1 ${"1".repeat(long)}.${"1".repeat(long)}x 0 0 5 -1`,
    ],
    ["spaces", `1 1 0 0 0 5${" ".repeat(long)}x`],
    ["hashes and a separator of lines", `${"#".repeat(long)}\u2028`],
    ["slashes", "/".repeat(long)],
    ["commas", ",".repeat(long)],
    ["signs", `1 1 ${"-".repeat(long)} 0 0 5 -1`],
    ["NULs", `1 1 0 0 0 5 -1${"\0".repeat(long)}`],
    ["NULs inside", `${"\0".repeat(long)}1`],
  ])("%s", (_, swc) => {
    // A quadratic pattern would take minutes for a hundred times the length; messages stay short however long the text is
    const outcome = (text: string) => {
      try {
        return String(parseSwc(text).diagnostics.length);
      } catch (error) {
        if (!(error instanceof SwcError)) throw error;
        return error.message;
      }
    };
    expect(outcome(swc.repeat(20)).length).toBeLessThan(1000);
  });

  test("200,000 points, with any soma, as a star and as a chain", () => {
    const many = 200_000;
    const heads = {
      none: ["1 3 0 0 0 5 -1"],
      point: ["1 1 0 0 0 5 -1"],
      three: ["1 1 0 0 0 5 -1", "2 1 0 -5 0 5 1", "3 1 0 5 0 5 1"],
    };
    const quick = { jaxley: [heads.point], neuron: [] };
    for (const convention of ["jaxley", "neuron"] as const) {
      for (const head of isLong ? Object.values(heads) : quick[convention]) {
        // A chain, and from its middle a star
        const first = head.length + 1;
        const parent = (id: number) => {
          if (id === first) return 1;
          return id < many / 2 ? id - 1 : many / 4;
        };
        const lines = Array.from({ length: many - head.length }, (_, k) => {
          const id = first + k;
          return `${id} 3 ${id % 911} ${id % 757} ${id % 97} 1 ${parent(id)}`;
        });
        const cell = parseSwc([...head, ...lines].join("\n"), { convention });
        expect(cell.branchNumbers.length).toBeGreaterThan(many / 2);
      }
    }
  });
});
