/** `rall fit` as a user calls it, in a process of its own, from the built files. */
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { isSampledAt, parseSweep, resample, toUnit } from "../src/sweep.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const main = join(root, "packages/cli/dist/main.js");
const cellFile = join(root, "packages/rall/test/reference/swc/syn_three_point_soma.swc");
const folder = mkdtempSync(join(tmpdir(), "rall-fit-"));
const run = promisify(execFile);
const rall = (...args: string[]) => run(process.execPath, [main, ...args], { cwd: folder });
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

const stimulus = ["--stimulate", "soma:0.5,delay=1,duration=5,amplitude=0.5"];
const experiment = [...stimulus, "--tmax", "10", "--record", "v@soma:0.5"];
const train = ["--train", "HH_gNa,HH_gK", "--start", "HH_gNa=0.16", "--start", "HH_gK=0.03"];
const fitted = ["fit", "model.json", "--data", "sweep.csv", ...train, "--json"];

beforeAll(async () => {
  await rall("run", cellFile, "--ncomp", "1", ...experiment, "--out", "sweep.csv");
  await rall("convert", cellFile, "model.json", "--ncomp", "1", ...experiment);
});

async function failure(...args: string[]) {
  try {
    await rall(...args);
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
  throw new Error("the command succeeded");
}

describe("rall fit", () => {
  test("finds the conductances of a model file, writes the model and draws", async () => {
    const report = ["--report", "fit.svg", "--bounds", "HH_gNa=0.01:1"];
    const { stdout, stderr } = await rall(...fitted, "--iterations", "60", ...report);
    const summary = JSON.parse(stdout);
    expect(summary.status.code).toMatch(/completed|converged/);
    const [na, k] = summary.parameters;
    expect(na).toMatchObject({ name: "HH_gNa", unit: "S/cm2", start: 0.16, bounds: [0.01, 1] });
    expect(na.fitted).toBeCloseTo(0.12, 6);
    expect(k.fitted).toBeCloseTo(0.036, 6);
    expect(summary.remarks.join()).toContain("HH_gK was kept between 0.003 and 0.3");
    expect(stderr).toMatch(/iteration 1\/60 {2}loss/);
    await rall("run", "fitted.json", "--tmax", "10", "--out", "after.csv");
    const last = (name: string) => Number(read(name).trim().split("\n").at(-1)?.split(",")[1]);
    expect(last("after.csv")).toBeCloseTo(last("sweep.csv"), 6);
    const svg = read("fit.svg");
    for (const text of [
      "before",
      "data",
      "after",
      "lowest so far",
      "HH_gK (S/cm\u00b2)",
      "sensitivity",
    ])
      expect(svg).toContain(text);
  });

  test("an SWC file, places in the header, a page as report", async () => {
    const { stdout } = await rall("run", cellFile, "--ncomp", "1", ...experiment, "--json");
    expect(stdout).toContain("completed");
    // The same voltages in volts, every third of them, by place
    const lines = read("sweep.csv").trim().split("\n").slice(1);
    const thinned = lines.filter((_, k) => k % 3 === 0).map((line) => line.split(",").map(Number));
    const body = thinned.map(([t = 0, v = 0]) => `${t / 1000}; ${v / 1000}`);
    write("volts.csv", ["# a comment", "time; v@soma:0.5", "s; V", ...body, ""].join("\r\n"));
    const args = ["--ncomp", "1", ...stimulus, "--data", "volts.csv", ...train];
    const fit = await rall("fit", cellFile, ...args, "--report", "fit.html", "--quiet");
    expect(fit.stderr).toBe("");
    expect(fit.stdout).toMatch(/HH_gNa +0\.16 -> 0\.1[12]\d* +S\/cm2/);
    expect(fit.stdout).toContain("sampled every 0.075 ms, interpolated linearly to every 0.025 ms");
    const page = read("fit.html");
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain("<svg");
    expect(page).not.toMatch(/<(script|link|img)/);
  });

  test("values by branch and place, voltages, several starts", async () => {
    const args = ["--train", "HH_gNa@soma,HH_eK,radius", "--share", "branch", "--iterations", "3"];
    const { stdout } = await rall(
      ...["fit", "model.json", "--data", "sweep.csv", ...args, "--json"],
      ...["--multi-start", "3", "--seed", "4", "--optimizer", "adam", "--quiet"],
    );
    const summary = JSON.parse(stdout);
    expect(summary.starts.length).toBe(3);
    const names = summary.parameters.map((one: { name: string }) => one.name);
    expect(names[0]).toMatch(/^HH_gNa@soma/);
    expect(names.filter((name: string) => /^radius branch \d+$/.test(name)).length).toBeGreaterThan(
      1,
    );
    const eK = summary.parameters.find((one: { name: string }) => one.name.startsWith("HH_eK"));
    expect(eK.bounds).toEqual([-97, -57]);
  });

  test("killed at any moment and called again, it ends with the same bits", async () => {
    const long = ["--optimizer", "adam", "--iterations", "80", "--quiet"];
    await rall(...fitted, ...long, "--out", "whole.json");
    const again = [...fitted, ...long, "--out", "again.json", "--checkpoint", "fit.jsonl"];
    for (const delay of [150, 250, 350, 450]) {
      const child = spawn(process.execPath, [main, ...again], { cwd: folder, stdio: "ignore" });
      setTimeout(() => child.kill("SIGKILL"), delay);
      await new Promise((resolve) => child.on("close", resolve));
    }
    await rall(...again);
    expect(read("again.json")).toBe(read("whole.json"));
    const { code, stderr } = await failure(...again, "--start", "HH_gK=0.04");
    expect(code).toBe(1);
    expect(stderr).toContain("The checkpoint is of another fit");
  });

  test("Ctrl-C keeps the best and writes it", async () => {
    rmSync(join(folder, "cut.json"), { force: true });
    const long = ["--optimizer", "adam", "--iterations", "1000000", "--out", "cut.json", "--quiet"];
    const child = spawn(process.execPath, [main, ...fitted, ...long], { cwd: folder });
    let output = "";
    child.stdout.on("data", (data: Buffer) => {
      output += data.toString();
    });
    setTimeout(() => child.kill("SIGINT"), 1500);
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(130);
    const summary = JSON.parse(output);
    expect(summary.status.code).toBe("cancelled");
    expect(summary.loss).toBe(Math.min(...summary.history));
    expect(existsSync(join(folder, "cut.json"))).toBe(true);
  });

  test("helps", async () => {
    expect((await rall("fit", "--help")).stdout).toContain("--train KEY");
    expect((await rall("--help")).stdout).toContain("rall fit");
  });
});

describe("what cannot be is refused, by file, line or key", () => {
  const header = "time (ms),v (mV)\n";
  const rows = (count: number, dt = 0.025) =>
    Array.from({ length: count }, (_, k) => `${k * dt},-65`).join("\n");

  test.each<[string, string, string[], RegExp]>([
    ["no file", "", [], /a\.csv:1: There is nothing/],
    ["no header", rows(3), [], /a\.csv:1: The first column is "0", not the time/],
    ["only the time", "time\n0\n1", [], /a\.csv:1: There is no column but the time/],
    ["one sample", `${header}0,1`, [], /a\.csv:1: There are 1 samples/],
    ["a missing field", `${header}0,-65\n1`, [], /a\.csv:3: There are 1 fields for 2 columns/],
    ["NaN", `${header}0,-65\n1,NaN\n2,-65`, [], /a\.csv:3: v is "NaN"/],
    ["an empty field", `${header}0,-65\n1,\n2,-65`, [], /a\.csv:3: v is missing/],
    ["words", `${header}0,-65\n1,high\n2,-65`, [], /a\.csv:3: v is "high"/],
    ["two sweeps", `${header}0,-65\n1,-65\n0,-65`, [], /a\.csv:4: The time goes from 1 to 0 ms/],
    ["time in mV", "time (mV),v (mV)\n0,1\n1,1", [], /a\.csv:1: The time is in mV/],
    ["a current for a voltage", `time (ms),v (nA)\n${rows(400)}`, [], /a\.csv:1: v is in nA/],
    [
      "volts unsaid",
      `time,v\n${rows(400).replaceAll("-65", "-0.065")}`,
      [],
      /v is never further than 0\.065/,
    ],
    [
      "too short",
      `${header}${rows(100)}`,
      [],
      /a\.csv: The data end at 2\.475 ms.*\n.*--tmax 2\.475/,
    ],
    ["shorter than asked", `${header}${rows(100)}`, ["--tmax", "9"], /before --tmax 9/],
    [
      "another column",
      `time (ms),v (mV),w (mV)\n${rows(400).replaceAll("-65", "-65,1")}`,
      [],
      /a\.csv:1: The column "v" belongs to no recording/,
    ],
    ["a place not there", `time,v@basl:0.5\n${rows(400)}`, [], /no group "basl"/],
    ["many places", `time,v@all\n${rows(400)}`, [], /v@all is \d+ compartments/],
    [
      "a window outside",
      `${header}${rows(412)}`,
      ["--window", "5:50"],
      /window 5:50 is not within/,
    ],
    ["half a window", `${header}${rows(412)}`, ["--window", "5"], /--window is FROM:TO/],
  ])("data: %s", async (_, content, args, message) => {
    write("a.csv", content);
    const all = ["fit", "model.json", "--data", "a.csv", "--train", "HH_gNa", ...args];
    const { code, stderr } = await failure(...all);
    expect(stderr).toMatch(message);
    expect([1, 2]).toContain(code);
    expect(stderr).not.toContain("    at ");
  });

  test.each<[string[], number, RegExp]>([
    [["--train", "HH_gNaa"], 1, /HH_gNaa.*Did you mean "HH_gNa"/],
    [["--train", "HH_gNa@basl"], 1, /no group "basl"/],
    [["--train", "HH_gNa,"], 2, /empty name/],
    [["--train", "HH_gNa", "--bounds", "HH_gK=0:1"], 1, /--bounds is about "HH_gK", which is not/],
    [["--train", "HH_gNa", "--bounds", "HH_gNa=1:0.01"], 1, /bounds of HH_gNa are 1 and 0\.01/],
    [
      ["--train", "HH_gNa", "--bounds", "HH_gNa=0.5:1"],
      1,
      /HH_gNa begins with 0\.12, not between 0\.5/,
    ],
    [["--train", "HH_gNa", "--bounds", "HH_gNa=0.5"], 2, /LOW:HIGH/],
    [["--train", "HH_gNa", "--bounds", "HH_gNa=a:1"], 2, /needs a number/],
    [["--train", "HH_gNa", "--start", "HH_gNa=-1"], 1, /HH_gNa of compartment 0 cannot be -1/],
    [["--train", "radius", "--start", "radius=-1"], 1, /radius/],
    [["--train", "HH_gNa", "--share", "neuron"], 2, /--share is one of/],
    [["--train", "HH_gNa", "--optimizer", "newton"], 2, /no optimizer "newton"/],
    [["--train", "HH_gNa", "--optimizer", "sgd"], 2, /sgd needs --learning-rate/],
    [["--train", "HH_gNa", "--loss", "l1"], 2, /no loss "l1"/],
    [["--train", "HH_gNa", "--iterations", "0"], 1, /iterations is 0/],
    [["--train", "HH_gNa", "--report", "fit.pdf"], 2, /\.svg.*\.html/],
    [["--train", "HH_gNa", "--out", "fit.csv"], 2, /end in \.json/],
    [["--train", "HH_gNa", "--checkpoint", "nowhere/a"], 1, /nowhere\/a/],
    [[], 2, /Give --train/],
  ])("%j", async (args, code, message) => {
    const failed = await failure("fit", "model.json", "--data", "sweep.csv", ...args);
    expect(failed.stderr).toMatch(message);
    expect(failed.code).toBe(code);
    expect(failed.stderr).not.toContain("    at ");
  });

  test("no data", async () => {
    expect((await failure("fit", "model.json", "--train", "HH_gNa")).stderr).toContain(
      "Give --data",
    );
    const nowhere = await failure("fit", "model.json", "--train", "HH_gNa", "--data", "b.csv");
    expect(nowhere.stderr).toContain("b.csv");
    expect(nowhere.code).toBe(1);
  });
});

describe("sweeps", () => {
  test("headers, units, dividers", () => {
    const texts = ["time_ms,v (mV)\n0,1\n1,2", "t [ms]\tv\n\tmV\n0\t1\n1\t2"];
    expect(parseSweep(texts[0] ?? "", "a").columns[0]).toMatchObject({ name: "v", unit: "mV" });
    const plain = parseSweep('\ufefftime,"v a"\n0,1e-3\n0.5,2\n', "a");
    expect([...plain.time]).toEqual([0, 0.5]);
    expect(plain.columns[0]).toMatchObject({ name: "v a", unit: undefined });
    expect([...parseSweep("time,v\nus,uV\n0,1\n500,2", "a").time]).toEqual([0, 0.5]);
    const places = parseSweep(
      "time (ms),v soma(0.5),HH_m b(0.5) (1),v (0.5) (V)\n0,1,2,3\n1,1,2,3",
      "a",
    );
    expect(places.columns.map(({ name, unit }) => [name, unit])).toEqual([
      ["v soma(0.5)", undefined],
      ["HH_m b(0.5)", "1"],
      ["v (0.5)", "V"],
    ]);
  });

  test("quotes by RFC 4180, numbers in decimals only, hostile headers in no time", () => {
    const quoted = parseSweep('# a, b\ntime;"v; ""x""\ny (mV)"\r\n0;"1"\r\n1;2\r\n', "a");
    expect(quoted.columns[0]).toMatchObject({ name: 'v; "x"\ny', unit: "mV" });
    expect([...(quoted.columns[0]?.values ?? [])]).toEqual([1, 2]);
    for (const value of ["0x10", "0b11", "1_000", "Infinity", "1e", "--1", "1,5"])
      expect(() => parseSweep(`time;v\n0;1\n1;${value}`, "a")).toThrow(/a:3: v is/);
    expect([...(parseSweep("time,v\n0,.5\n1,-1.E+2", "a").columns[0]?.values ?? [])]).toEqual([
      0.5, -100,
    ]);
    for (const head of [
      " ".repeat(60_000),
      "(".repeat(60_000),
      '"'.repeat(60_001),
      "a,".repeat(60_000),
    ])
      expect(() => parseSweep(`time,${head}\n0,1`, "a")).toThrow();
    for (const text of [",".repeat(100_000), `time,v\n0,1\n${"1,".repeat(100_000)}`])
      expect(() => parseSweep(text, "a")).toThrow(/more than 10000 columns/);
  });

  test("units", () => {
    expect(toUnit("V", "mV")).toBe(1000);
    expect(toUnit("\u00b5M", "mM")).toBe(1e-3);
    expect(toUnit("pA", "nA")).toBe(1e-3);
    expect(toUnit("S/cm2", "S/cm2")).toBe(1);
    expect(toUnit("A", "mV")).toBeUndefined();
  });

  test("resampling is exact on samples and linear between them", () => {
    const time = Float64Array.from([0, 0.1, 0.30000000000000004, 0.4]);
    const values = Float64Array.from([0, 1, 5, 0]);
    const at = [...resample(time, values, 0.1, 7)];
    expect(at.slice(0, 5)).toEqual([0, 1, expect.closeTo(3, 12), 5, 0]);
    expect(at.slice(5)).toEqual([Number.NaN, Number.NaN]);
    expect([...resample(Float64Array.of(0.15, 0.35), Float64Array.of(0, 2), 0.1, 3)]).toEqual([
      Number.NaN,
      Number.NaN,
      expect.closeTo(0.5, 12),
    ]);
    expect(isSampledAt(Float64Array.of(0, 0.025, 0.05), 0.025)).toBe(true);
    expect(isSampledAt(Float64Array.of(0, 0.02, 0.04), 0.025)).toBe(false);
  });
});
