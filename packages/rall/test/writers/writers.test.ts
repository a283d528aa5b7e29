/** Results as files: every number, unit and place is there again, whatever rows are called. */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { unzipSync } from "fflate";
import {
  Branch,
  Cell,
  Compartment,
  connect,
  csvPieces,
  integrate,
  jsonPieces,
  Network,
  type Result,
  resultToCsv,
  resultToJson,
  resultToNpz,
  SpikeTrain,
  saveFile,
  spikesToCsv,
} from "rall";
import { HH, Leak } from "rall/channels";
import { ExpSyn } from "rall/synapses";
import { describe, expect, test } from "vitest";
import { zip } from "../../src/writers/zip.ts";
import { isLong } from "../long.ts";

function cell() {
  const made = new Cell(new Branch(new Compartment(), { ncomp: 4 }), { parents: [-1, 0, 0, 1] });
  made.branch(0).addToGroup("soma");
  made.branch([1, 2]).addToGroup("basal");
  made.insert(Leak).branch(0).insert(HH);
  return made;
}

async function run() {
  const model = cell();
  model.branch(0).loc(0.5).record("v").record("HH_m").recordSpikes({ threshold: -71 });
  model.branch(2).loc(0.9).record("v").record("i_Leak");
  model.branch(3).loc(0).record("v", { name: "tip, proximal" });
  return integrate(model, { tMax: 1 });
}

/** What `numpy.load` makes of an array. */
function npyOf(bytes: Uint8Array | undefined) {
  if (bytes === undefined) throw new Error("there is no such array");
  expect([...bytes.slice(0, 8)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  const start = 10 + (bytes[8] ?? 0) + 256 * (bytes[9] ?? 0);
  expect(start % 64).toBe(0);
  const header = new TextDecoder().decode(bytes.slice(10, start));
  const [, type = "", shape = ""] =
    /^\{'descr': '(.+)', 'fortran_order': False, 'shape': \((.*)\), \} *\n$/.exec(header) ?? [];
  const body = bytes.slice(start).buffer;
  if (type === "<f8") return { shape, values: [...new Float64Array(body)] };
  const points = new Uint32Array(body);
  expect(type).toBe(`<U${points.length}`);
  return { shape, text: Array.from(points, (point) => String.fromCodePoint(point)).join("") };
}

function arraysOf(archive: Uint8Array) {
  return Object.fromEntries(
    Object.entries(unzipSync(archive)).map(([name, bytes]) => {
      expect(name).toMatch(/\.npy$/);
      return [name.slice(0, -4), npyOf(bytes)];
    }),
  );
}

describe("places", () => {
  test("by group where it has one branch in the cell, else by its number, too", async () => {
    const { labels, places, spikes } = await run();
    expect(labels).toEqual([
      "v soma(0.375)",
      "HH_m soma(0.375)",
      "v basal 2(0.875)",
      "i_Leak basal 2(0.875)",
      "tip, proximal",
    ]);
    expect(spikes[0]?.label).toBe("spikes soma(0.375)");
    expect(places[2]).toEqual({
      ...{ compartment: 11, cell: 0, branch: 2, location: 0.875, groups: ["basal"] },
      section: "basal 2",
    });
    expect(places[4]?.section).toBe("branch 3");
  });

  test("in networks, of synapses, in modules of one branch and one compartment", async () => {
    const net = new Network([cell(), cell()]);
    connect(new SpikeTrain([1]), net.cell(1).branch(0).loc(0.9), ExpSyn);
    net.cell(1).branch(0).loc(0).record();
    net.synapse("ExpSyn").record("ExpSyn_g");
    const { labels, places } = await integrate(net, { tMax: 1 });
    expect(labels).toEqual(["v cell 1 soma(0.125)", "ExpSyn_g 0 at cell 1 soma(0.875)"]);
    expect(places[1]?.synapse).toEqual({ kind: "ExpSyn", number: 0 });
    const branch = new Branch(new Compartment(), { ncomp: 3 });
    branch.comp(1).record();
    expect((await integrate(branch, { tMax: 1 })).labels).toEqual(["v (0.5)"]);
    const point = new Compartment();
    point.record();
    expect((await integrate(point, { tMax: 1 })).labels).toEqual(["v"]);
    expect(
      net
        .cell(1)
        .branch(0)
        .places.map(({ location }) => location),
    ).toEqual([0.125, 0.375, 0.625, 0.875]);
  });
});

test("CSV has names, units, all digits, and quotes what has to be", async () => {
  const result = await run();
  const lines = resultToCsv(result).split("\n");
  expect(lines[0]).toBe(
    'time (ms),v soma(0.375) (mV),HH_m soma(0.375) (1),v basal 2(0.875) (mV),i_Leak basal 2(0.875) (mA/cm2),"tip, proximal (mV)"',
  );
  expect(lines.length).toBe(result.time.length + 2);
  for (const [k, line] of lines.slice(1, -1).entries()) {
    const [t, ...values] = line.split(",").map(Number);
    expect(t).toBeCloseTo(result.time[k] ?? Number.NaN, 10);
    expect(values).toEqual(result.recordings.map((series) => series[k]));
  }
  expect(spikesToCsv(result)).toBe(
    `name,time (ms)\n${[...(result.spikes[0]?.times ?? [])].map((t) => `spikes soma(0.375),${t}\n`).join("")}`,
  );
});

test("piece by piece it is the same, whatever the length", async () => {
  const series = Float64Array.from({ length: 140_000 }, (_, k) => Math.sin(k));
  const long = {
    ...named(["a", "b"]),
    time: series.map((_, k) => k),
    recordings: [series, series],
  };
  for (const result of [await run(), named([]), long]) {
    expect([...csvPieces(result)].join("")).toBe(resultToCsv(result));
    expect([...jsonPieces(result)].join("")).toBe(resultToJson(result));
    const { recordings, time_ms } = JSON.parse(resultToJson(result));
    expect(time_ms).toEqual([...result.time]);
    for (const [row, { values }] of recordings.entries())
      expect(values).toEqual([...(result.recordings[row] ?? [])]);
  }
  const path = join(mkdtempSync(join(tmpdir(), "rall-")), "pieces.csv");
  await saveFile(path, csvPieces(long));
  expect(readFileSync(path, "utf8")).toBe(resultToCsv(long));
});

test("JSON and NPZ hold the same: time, step, units, places, spikes, how it ended", async () => {
  const result = await run();
  const json = JSON.parse(resultToJson(result));
  expect(json).toMatchObject({ format: "rall-traces", dt_ms: 0.025, status: result.status });
  expect(json.time_ms).toEqual([...result.time]);
  const arrays = arraysOf(resultToNpz(result));
  const about = JSON.parse(arrays.about?.text ?? "");
  expect(arrays.time_ms).toEqual({ shape: `${result.time.length},`, values: [...result.time] });
  expect(arrays.dt_ms).toEqual({ shape: "", values: [0.025] });
  for (const [row, facts] of about.recordings.entries()) {
    const { key, ...rest } = facts;
    expect(arrays[key]?.values).toEqual([...(result.recordings[row] ?? [])]);
    expect(json.recordings[row]).toEqual({ ...rest, values: arrays[key]?.values });
    expect(rest).toMatchObject({ unit: result.units[row], place: result.places[row] });
  }
  expect(json.spikes[0].times_ms).toEqual([...(result.spikes[0]?.times ?? [])]);
  expect(arrays[about.spikes[0].key]?.values).toEqual(json.spikes[0].times_ms);
});

/** A result whose rows have these names. */
function named(labels: readonly string[]): Result {
  const place = { compartment: 0, cell: 0, branch: 0, location: 0.5, groups: [], section: "" };
  return {
    ...{ dt: 1, time: Float64Array.of(0, 1), names: labels, labels, states: undefined },
    recordings: labels.map((_, row) => Float64Array.of(row, row + 0.1)),
    units: labels.map(() => "mV"),
    places: labels.map(() => place),
    spikes: labels.map((label, row) => ({
      ...{ name: label, label, compartment: 0, place, times: Float64Array.of(row) },
    })),
    status: { code: "completed", message: "" },
    warnings: [],
    statistics: {
      ...{ backend: "", compartments: 1, steps: 1, planTime: 0, compileTime: 0, runTime: 0 },
    },
  };
}

/** The fields of a text by RFC 4180, character by character. */
function fieldsOf(text: string): string[][] {
  const rows: string[][] = [[""]];
  let isQuoted = false;
  for (let k = 0; k < text.length; k++) {
    const row = rows.at(-1) ?? [];
    const character = text[k] ?? "";
    if (character === '"' && isQuoted && text[k + 1] === '"') k++;
    else if (character === '"') {
      isQuoted = !isQuoted;
      continue;
    } else if (!isQuoted && character === ",") {
      row.push("");
      continue;
    } else if (!isQuoted && character === "\n") {
      rows.push([""]);
      continue;
    }
    row[row.length - 1] += character;
  }
  return rows.slice(0, -1);
}

const evil = [
  ...[
    "time_ms",
    "TIME_MS",
    "about",
    "a",
    "a",
    "A",
    "a 2",
    "../../x",
    "C:\\x",
    "con",
    "",
    ".",
    "..",
  ],
  ...[
    'say "x", y',
    "new\nline",
    "\u0000",
    "\u202e",
    "v\ud800",
    "x.npy",
    "x",
    "é",
    "e\u0301",
    "=1+1",
  ],
  "n".repeat(500),
];
const anyNames = fc.array(fc.oneof(fc.constantFrom(...evil), fc.string({ unit: "binary" })), {
  maxLength: 12,
});

test("rows of any names are all there, under names that are safe for files", () => {
  fc.assert(
    fc.property(anyNames, (labels) => {
      const result = named(labels);
      const names = Object.keys(unzipSync(resultToNpz(result)));
      expect(names.length).toBe(3 + 2 * labels.length);
      expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
      for (const name of names) {
        expect(name).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}/\\:*?"<>|]|^[. ]/u);
        expect(name.length).toBeLessThan(120);
      }
      const arrays = arraysOf(resultToNpz(result));
      expect(arrays.time_ms?.values).toEqual([0, 1]);
      const about = JSON.parse(arrays.about?.text ?? "");
      for (const [row, { key, name }] of about.recordings.entries()) {
        expect(name).toBe(labels[row]);
        expect(arrays[key]?.values).toEqual([row, row + 0.1]);
      }
      const [head = [], ...body] = fieldsOf(resultToCsv(result));
      expect(head.length).toBe(labels.length + 1);
      expect(new Set(head).size).toBe(head.length);
      expect(body.map((row) => row.length)).toEqual([head.length, head.length]);
      expect(fieldsOf(spikesToCsv(result)).map((row) => row[0])).toEqual(["name", ...labels]);
      expect(JSON.parse(resultToJson(result)).recordings.length).toBe(labels.length);
    }),
    { numRuns: isLong ? 3000 : 60 },
  );
});

test("archives of more files than 16 bits count", () => {
  const count = 70_000;
  const files = Object.entries(
    unzipSync(
      zip(Array.from({ length: count }, (_, k) => ({ name: `${k}`, bytes: Uint8Array.of(k) }))),
    ),
  );
  expect(files.length).toBe(count);
  for (const [name, [byte]] of files) if (byte !== Number(name) % 256) expect(byte).toBe(name);
});
