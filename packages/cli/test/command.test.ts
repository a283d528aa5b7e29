/** The command as a user runs it, in a process of its own, from the built files. */
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { unzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { isLong } from "../../rall/test/long.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const main = join(root, "packages/cli/dist/main.js");
const cellFile = join(root, "packages/rall/test/reference/swc/syn_three_point_soma.swc");
const folder = mkdtempSync(join(tmpdir(), "rall-"));
const run = promisify(execFile);

const rall = (...args: string[]) => run(process.execPath, [main, ...args], { cwd: folder });

async function failure(...args: string[]) {
  try {
    await rall(...args);
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
  throw new Error("the command succeeded");
}

const experiment = ["--stimulate", "soma:0.5,delay=1,duration=2,amplitude=1", "--tmax", "10"];

describe("rall run", () => {
  test("writes CSV, draws and tells what it did", async () => {
    const { stdout } = await rall("run", cellFile, ...experiment, "--out", "a.csv");
    expect(stdout).toMatch(/[\u2801-\u28ff]/);
    expect(stdout).toContain("Wrote a.csv: 1 recording of 401 samples");
    const lines = readFileSync(join(folder, "a.csv"), "utf8").trim().split("\n");
    expect(lines[0]).toBe("time (ms),v soma(0.5) (mV)");
    expect(lines.length).toBe(402);
    const last = lines.at(-1)?.split(",").map(Number);
    expect(last?.[0]).toBe(10);
    expect(last?.[1]).toSatisfy(Number.isFinite);
  });

  test("currents of a clamp and of membranes are recorded at a place, in nA", async () => {
    const currents = ["i_clamp@soma:0.5", "i_membrane@soma:0.5"].flatMap((one) => [
      "--record",
      one,
    ]);
    const clamp = ["--clamp", "soma:0.5,v=-65:-20,times=0:2", "--tmax", "5", "--out", "c.json"];
    await rall("run", cellFile, "--insert", "HH", ...clamp, ...currents);
    const { recordings } = JSON.parse(readFileSync(join(folder, "c.json"), "utf8"));
    expect(recordings.map((row: { unit: string }) => row.unit)).toEqual(["nA", "nA"]);
    for (const { values } of recordings) {
      expect(values[0]).toBe(0);
      expect(Math.abs(values.at(-1))).toBeGreaterThan(0.01);
    }
  });

  test("NPZ and JSON hold the same numbers", async () => {
    const places = [
      "--insert",
      "HH@soma",
      "--insert",
      "Leak",
      "--set",
      "Leak_gLeak=5e-5",
      "--record",
      "v@0:1",
      "--record",
      "HH_m@soma",
    ];
    await rall("run", cellFile, ...experiment, ...places, "--out", "b.json");
    await rall(
      "run",
      cellFile,
      ...experiment,
      ...places,
      "--out",
      "b.npz",
      "--backend",
      "reference",
    );
    const json = JSON.parse(readFileSync(join(folder, "b.json"), "utf8"));
    const arrays = unzipSync(readFileSync(join(folder, "b.npz")));
    const names: string[] = json.recordings.map((row: { label: string }) => row.label);
    expect(names.slice(0, 2)).toEqual(["v soma 0(1)", "HH_m soma 0(0.125)"]);
    expect(Object.keys(arrays).sort()).toEqual(
      [...names, "time_ms", "dt_ms", "about"].map((name) => `${name}.npy`).sort(),
    );
    for (const { label, values } of json.recordings) {
      const bytes = arrays[`${label}.npy`] ?? new Uint8Array();
      const start = 10 + (bytes[8] ?? 0) + 256 * (bytes[9] ?? 0);
      const array = new Float64Array(bytes.slice(start).buffer);
      expect(array.length).toBe(json.time_ms.length);
      for (const [k, value] of array.entries()) expect(value).toBeCloseTo(values[k], 8);
    }
  });

  test("Ctrl-C ends a run and keeps what was computed", async () => {
    const args = [main, "run", cellFile, "--tmax", "1000000", "--out", "cut.csv", "--json"];
    const child = spawn(process.execPath, args, { cwd: folder });
    let output = "";
    child.stdout.on("data", (data: Buffer) => {
      output += data.toString();
    });
    setTimeout(() => child.kill("SIGINT"), 1500);
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(130);
    const summary = JSON.parse(output);
    expect(summary.status.code).toBe("cancelled");
    const lines = readFileSync(join(folder, "cut.csv"), "utf8").trim().split("\n");
    expect(lines.length).toBe(summary.statistics.steps + 2);
  });

  test("SIGINT at any moment leaves a valid file, or none if nothing had begun", async () => {
    for (const delay of isLong ? [30, 60, 90, 120, 150, 200, 300, 500, 800] : [30, 120, 300]) {
      const out = join(folder, `cut${delay}.csv`);
      const long = [...experiment.slice(0, 2), "--tmax", "20000", "--out", out];
      const child = spawn(process.execPath, [main, "run", cellFile, ...long], { stdio: "ignore" });
      setTimeout(() => child.kill("SIGINT"), delay);
      const [code, killedBy] = await new Promise<[number | null, string | null]>((resolve) =>
        child.on("close", (status, signal) => resolve([status, signal])),
      );
      if (killedBy !== null) {
        expect(existsSync(out), `${delay} ms`).toBe(false);
        continue;
      }
      expect(code).toBe(130);
      const [header, ...lines] = readFileSync(out, "utf8").trimEnd().split("\n");
      expect(header).toMatch(/^time \(ms\),v /);
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) expect(line).toMatch(/^[\d.e-]+,-?[\d.]+$/);
    }
  });

  test("--json is a summary for programs", async () => {
    const { stdout } = await rall("run", cellFile, ...experiment, "--json");
    const summary = JSON.parse(stdout);
    expect(summary.status.code).toBe("completed");
    expect(summary.statistics.steps).toBe(400);
    expect(summary.recordings[0].largest).toBeGreaterThan(summary.recordings[0].least);
  });
});

describe("networks", () => {
  const ring = join(root, "examples/networks/ring.json");

  test("rall run writes spikes and draws them", async () => {
    const out = ["--out", "ring.csv", "--spikes", "spikes.csv", "--raster", "raster.svg"];
    const { stdout } = await rall("run", ring, ...out, "--record", "v@3/dendrite:0.8");
    expect(stdout).toContain("20 cells, 40 branches, 20 synapses");
    expect(stdout).toContain("33 spikes, written to spikes.csv");
    const lines = readFileSync(join(folder, "spikes.csv"), "utf8").trim().split("\n");
    expect(lines.slice(0, 3)).toEqual([
      "name,time (ms)",
      "spikes cell 0 soma(0.5),0.475",
      "spikes cell 0 soma(0.5),61.475",
    ]);
    expect(lines.length).toBe(34);
    expect(readFileSync(join(folder, "ring.csv"), "utf8")).toMatch(
      /^time \(ms\),.*v cell 3 dendrite\(0.8\) \(mV\)\n/,
    );
    expect(readFileSync(join(folder, "raster.svg"), "utf8")).toContain("33 spikes");
    const { stdout: summary } = await rall("run", ring, "--json", "--out", "ring.json");
    expect(JSON.parse(summary).spikes[1].times_ms[0]).toBeCloseTo(3.525, 9);
    const [, second] = JSON.parse(readFileSync(join(folder, "ring.json"), "utf8")).spikes;
    expect(second).toMatchObject({ name: "spikes_n1_b0_c0", label: "spikes cell 1 soma(0.5)" });
    expect(second.times_ms[0]).toBeCloseTo(3.525, 9);
  });

  test("rall plot draws cells, profiles and gates", async () => {
    await rall("plot", cellFile, "--out", "cell.svg");
    const read = (name: string) => readFileSync(join(folder, name), "utf8");
    expect(read("cell.svg")).toContain("soma");
    await rall("plot", cellFile, "--colour", "HH_gNa", "--type", "comp", "--out", "colour.svg");
    expect(read("colour.svg")).toContain("HH_gNa");
    await rall("plot", cellFile, "--profile", "radius", "--out", "profile.svg");
    expect(read("profile.svg")).toContain("path length (\u00b5m)");
    await rall("plot", "--gates", "HH", "--out", "gates.svg");
    expect(read("gates.svg")).toContain("time constant (ms)");
  });

  test("rall plot draws them", async () => {
    expect((await rall("plot", ring, "--out", "net.svg")).stdout).toBe("Drew net.svg\n");
    expect(readFileSync(join(folder, "net.svg"), "utf8")).toContain("20 ExpSyn");
    await rall("plot", ring, "--detail", "point", "--plane", "xz", "--out", "points.svg");
    expect(readFileSync(join(folder, "points.svg"), "utf8").match(/<circle/g)?.length).toBe(40);
  });

  test("what cannot be is refused", async () => {
    const errors = await Promise.all([
      failure("run", ring, "--spikes", "a.txt"),
      failure("run", cellFile, ...experiment, "--raster", "a.svg"),
      failure("run", ring, "--record", "v@x/0:0.5"),
      failure("run", ring, "--record", "v@20/0:0.5"),
      failure("plot", ring, "--detail", "dot"),
      failure("plot", cellFile, "--colour", "HH_gN"),
      failure("plot", "--gates", "HHH"),
      failure("plot", cellFile, "--out", "a.pdf"),
    ]);
    const messages = [
      "end in .csv",
      "--record spikes@",
      "no number of a cell",
      "no cell 20",
      'detail is "dot"',
      "HH_gNa",
      "There is no channel",
      "end in .svg",
    ];
    for (const [k, message] of messages.entries()) expect(errors[k]?.stderr).toContain(message);
  });
});

describe("rall run: what is put on a cell", () => {
  const cell = ["run", cellFile, "--ncomp", "3", "--json"];
  const series = async (...args: string[]) => {
    const { stdout } = await rall(...cell, ...args, "--out", "put.json");
    const file = JSON.parse(readFileSync(join(folder, "put.json"), "utf8"));
    return { summary: JSON.parse(stdout), file, rows: file.recordings };
  };

  test("--clamp holds levels, each from its time on", async () => {
    const clamp = ["--clamp", "soma:0.5,v=-65:-20:-60,times=0:2:5", "--tmax", "8"];
    const { rows, file } = await series(...clamp, "--record", "v@soma:0.5", "--record", "v@axon");
    const at = (ms: number) => rows[0].values[Math.round(ms / file.dt_ms)];
    expect([at(1), at(2), at(2.025), at(5), at(5.025), at(8)]).toEqual([
      -65, -65, -20, -20, -60, -60,
    ]);
    expect(rows[1].values.at(-1)).not.toBe(-60);
    // A gate, and the default duration: 10 ms after the last level
    const gate = await series("--clamp", "soma,HH_m=0:1,times=0:3", "--record", "HH_m@soma:0.5");
    expect(gate.file.time_ms.at(-1)).toBeCloseTo(13, 9);
    expect(gate.rows[0].values.at(-1)).toBe(1);
  });

  test("--solver chooses, --insert takes pumps, synapses and values", async () => {
    const implicit = await series(...experiment);
    const other = await series(...experiment, "--solver", "crank_nicolson");
    const [one, two] = [implicit, other].map(({ rows }) => rows[0].values[150]);
    expect(one).not.toBe(two);
    expect(Math.abs(one - two)).toBeLessThan(5);
    const put = ["--insert", "Leak,gLeak=5e-5", "--insert", "CaPump@soma", "--insert"];
    const synapse = "Exp2Syn@soma:0.5,train=2:4,weight=0.01,tau2=5";
    const { rows, summary } = await series(...put, synapse, "--tmax", "10");
    expect(rows[0].label).toBe("v cell 0 soma(0.5)");
    const rest = rows[0].values[60];
    expect(Math.max(...rows[0].values) - rest).toBeGreaterThan(5);
    expect(summary.status.code).toBe("completed");
    const net = ["--insert", "GapJunction@0/soma:0.5,from=0/axon:0.9,g=1e-4", "--tmax", "1"];
    expect((await series("--insert", "HH", ...net)).summary.status.code).toBe("completed");
  });

  test("a stimulus adds to a model file and does not cut it", async () => {
    await rall("convert", cellFile, "long.json", ...experiment, "--tmax", "20");
    const extra = ["--stimulate", "soma:0.5,delay=1,duration=1,amplitude=0.1"];
    for (const args of [[], extra]) {
      const { stdout } = await rall("run", "long.json", ...args, "--json");
      expect(JSON.parse(stdout).statistics.steps).toBe(800);
    }
    const later = ["--stimulate", "soma:0.5,delay=30,duration=5,amplitude=0.1"];
    const { stdout } = await rall("run", "long.json", ...later, "--json");
    expect(JSON.parse(stdout).statistics.steps * 0.025).toBeCloseTo(45, 9);
  });

  test("rall fit reads its file as it is, whatever was recorded where", async () => {
    const rows = ["--record", "v@soma:0.5", "--record", "HH_m@basal:0.9", "--record", "v@2:0.5"];
    await rall("run", cellFile, ...experiment, ...rows, "--out", "own.csv");
    const data = ["--data", "own.csv", "--train", "HH_gNa", "--iterations", "2", "--quiet"];
    const { stdout } = await rall("fit", cellFile, ...experiment, ...data, "--json");
    const { remarks, loss } = JSON.parse(stdout);
    expect(loss).toBeLessThan(1e-20);
    expect(remarks.join()).not.toMatch(/taken/);
    await rall("convert", cellFile, "plain.json", ...experiment, "--record", "v@basal");
    await rall("run", "plain.json", "--out", "plain.csv");
    const plain = await rall("fit", "plain.json", ...data, "--data", "plain.csv", "--json");
    expect(JSON.parse(plain.stdout).loss).toBeLessThan(1e-20);
    expect(JSON.parse(plain.stdout).remarks.join()).not.toMatch(/taken/);
  });

  test.each([
    [["--clamp", "soma:0.5"], 2, "lacks a level"],
    [["--clamp", "soma:0.5,v=-20:0"], 2, "2 levels of v for 1 time"],
    [["--clamp", "soma:0.5,v=-20:0,times=1:2"], 2, "times ascend from 0"],
    [["--clamp", "soma:0.5,w=-20", "--tmax", "1"], 1, 'no state "w"'],
    [["--insert", "ExpSyn@soma:0.5"], 2, "train=5:10:15"],
    [["--insert", "ExpSyn@soma:0.5,train=1,wieght=1"], 2, 'did you mean "weight"?'],
    [["--insert", "Leak,gLeek=1"], 2, 'did you mean "gLeak"?'],
    [["--insert", "Leak,gLeak"], 2, "NAME=VALUE"],
    [["--insert", "Exp3Syn@soma"], 2, 'Did you mean "Exp2Syn"?'],
    [["--solver", "bwd", "--tmax", "1"], 1, 'no solver "bwd"'],
  ])("%j is refused", async (args, code, message) => {
    const failed = await failure("run", cellFile, ...args);
    expect(failed.stderr).toContain(message);
    expect(failed.code).toBe(code);
  });
});

describe("rall convert", () => {
  test("a model file runs as what it was made of, and --plot draws", async () => {
    await rall("convert", cellFile, "model.json", ...experiment, "--convention", "neuron");
    await rall("run", cellFile, ...experiment, "--convention", "neuron", "--out", "direct.csv");
    const { stdout } = await rall(
      "run",
      "model.json",
      "--tmax",
      "10",
      "--out",
      "file.csv",
      "--plot",
      "a.svg",
    );
    expect(stdout).toContain("Drew a.svg");
    const read = (name: string) => readFileSync(join(folder, name), "utf8");
    expect(read("file.csv")).toBe(read("direct.csv"));
    const svg = read("a.svg");
    expect(svg).toMatch(/^<svg xmlns/);
    expect(svg).toMatch(/<path[^>]* d="M[^"]{200,}"/);
    expect(svg).toContain("time (ms)");
  });

  test("bad files are refused by name and path", async () => {
    writeFileSync(join(folder, "bad.json"), '{"format": "rall-model", "version": 3}');
    const { code, stderr } = await failure("run", "bad.json");
    expect(code).toBe(1);
    expect(stderr).toContain("bad.json: $.version: is 3");
    expect((await failure("convert", cellFile)).code).toBe(2);
    expect((await failure("run", "model.json", "--ncomp", "3")).stderr).toContain("for SWC files");
    expect((await failure("run", "model.json", "--dt", "0.05")).stderr).toContain("sampled every");
  });

  test("compartments by length, unit and interval", async () => {
    const args = ["--max-length", "10", "--unit", "um", "--record-interval", "0.5"];
    const { stdout } = await rall("run", cellFile, ...experiment, ...args, "--out", "c.csv");
    expect(stdout).toContain("21 samples");
    expect(
      (await failure("run", cellFile, ...experiment, "--record-interval", "0.51")).stderr,
    ).toContain("multiple of dt");
    expect(
      (await failure("run", cellFile, ...experiment, "--ncomp", "2", "--d-lambda", "0.1")).stderr,
    ).toContain("at once");
  });
});

describe("rall inspect and channels", () => {
  test("inspect shows groups and remarks", async () => {
    const { stdout } = await rall("inspect", cellFile);
    expect(stdout).toMatch(/soma +\d+/);
    expect(stdout).toContain("warning: The convention");
    const summary = JSON.parse((await rall("inspect", cellFile, "--json")).stdout);
    expect(Object.keys(summary.groups)).toContain("soma");
  });

  test("inspect of a model file says in a few lines what is in it", async () => {
    const { stdout } = await rall("inspect", join(root, "examples/networks/ring.json"));
    expect(stdout.split("\n").length).toBeLessThan(12);
    for (const text of [
      "a network of 20 cells",
      "HH (20)",
      "20 ExpSyn",
      "4001 samples of 0.025 ms",
    ])
      expect(stdout).toContain(text);
    const summary = await rall("inspect", join(root, "examples/networks/ring.json"), "--json");
    expect(JSON.parse(summary.stdout)).toMatchObject({ kind: "network", cells: 20, stimuli: 1 });
  });

  test("channels shows equations and units", async () => {
    const { stdout: all } = await rall("channels");
    for (const name of ["Izhikevich", "CaPump", "Exp2Syn"]) expect(all).toContain(name);
    for (const line of all.split("\n"))
      expect(line).toMatch(/^(|Built-in .*|".*| {2}\w+ {2,}\S.*)$/);
    const { stdout: synapse } = await rall("channels", "exp2syn");
    expect(synapse).toMatch(/Exp2Syn_tau2 +2 ms/);
    expect(synapse).toMatch(/at a spike, a <- \S/);
    const { stdout: adex } = await rall("channels", "AdEx");
    for (const line of adex.split("\n")) expect(line.length).toBeLessThan(130);
    const { stdout } = await rall("channels", "hh");
    expect(stdout).toContain("HH_gNa");
    expect(stdout).toContain("S/cm2");
    expect(stdout).toContain("i_HH = gNa * m^3 * h * (v - eNa)");
  });
});

describe("help and mistakes", () => {
  test.each([
    [[]],
    [["--help"]],
    [["run", "--help"]],
    [["inspect", "-h"]],
    [["channels", "--help"]],
  ])("%j helps", async (args) => {
    expect((await rall(...args)).stdout).toContain("rall");
  });

  writeFileSync(join(folder, "bad.swc"), "1 1 0 0 0 5 -1\n2 3 10 0 0 abc 1\n");
  test.each([
    [["rnu"], 2, 'no command "rnu". Did you mean "run"?'],
    [["run"], 2, "Which file?"],
    [["run", cellFile], 2, "How long?"],
    [["run", cellFile, "--tmax", "ten"], 2, "--tmax needs a number"],
    [["run", cellFile, "--tmax", "1", "--out", "x.mat"], 2, "end in .csv, .json or .npz"],
    [["run", cellFile, "--tmax", "1", "--insert", "hh"], 2, '"hh". Did you mean "HH"?'],
    [["run", cellFile, "--tmax", "1", "--set", "HH_gNaa=1"], 1, 'Did you mean "HH_gNa"'],
    [["run", cellFile, "--tmax", "1", "--record", "v@basl"], 1, 'no group "basl"'],
    [["run", cellFile, "--stimulate", "soma,delay=1,amp=2"], 2, 'no "amp"'],
    [["run", cellFile, "--bogus"], 2, "bogus"],
    [["run", "nowhere.swc", "--tmax", "1"], 1, "nowhere.swc cannot be read"],
    [["inspect", "bad.swc"], 1, 'bad.swc:2: The radius is "abc"'],
    [["run", cellFile, "--tmax", "1", "--out", "missing/x.csv"], 1, "missing/x.csv"],
  ])("%j is explained", async (args, code, message) => {
    const failed = await failure(...args);
    expect(failed.code).toBe(code);
    expect(failed.stderr).toContain(message);
    expect(failed.stderr).not.toContain("    at ");
    expect(failed.stderr.split("\n").length).toBeLessThan(12);
  });
});
