/**
 * No work is lost: runs and fits that are killed, interrupted, cut off from their terminal, short of disk or called twice at
 * once. `npm run test:long` tries many more moments.
 */
import { execFile, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { isLong, runs } from "../../rall/test/long.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const main = join(root, "packages/cli/dist/main.js");
const cellFile = join(root, "packages/rall/test/reference/swc/syn_three_point_soma.swc");
const folder = mkdtempSync(join(tmpdir(), "rall-faults-"));
const at = (name: string) => join(folder, name);
const read = (name: string) => readFileSync(at(name), "utf8");

const softly = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Signal = "SIGKILL" | (typeof softly)[number];

interface End {
  readonly code: number | null;
  readonly killedBy: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command, and sends it a signal after some ms. */
function rall(args: readonly string[], signal?: readonly [Signal, number]): Promise<End> {
  const child = spawn(process.execPath, [main, ...args], { cwd: folder });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr.on("data", (data: Buffer) => {
    stderr += data.toString();
  });
  if (signal !== undefined) setTimeout(() => child.kill(signal[0]), signal[1]);
  return new Promise((resolve) =>
    child.on("close", (code, killedBy) => resolve({ code, killedBy, stdout, stderr })),
  );
}

/** A line of a shell in which `rall` is the command. @returns its exit code and what it said. */
function shell(line: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = `rall() { "${process.execPath}" "${main}" "$@"; }\n${line}`;
  return new Promise((resolve) => {
    execFile("bash", ["-c", script], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** Random but the same in each run of the test. */
function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const pick = <T>(from: readonly T[], draw: number): T => from[Math.floor(draw * from.length)] as T;

const experiment = ["--stimulate", "soma:0.5,delay=1,duration=5,amplitude=0.5", "--tmax", "10"];
const train = ["--train", "HH_gNa,HH_gK", "--start", "HH_gNa=0.16", "--start", "HH_gK=0.03"];
const fit = ["fit", "model.json", "--data", "sweep.csv", ...train, "--optimizer", "adam"];

beforeAll(async () => {
  await rall(["run", cellFile, "--ncomp", "1", ...experiment, "--out", "sweep.csv"]);
  await rall(["convert", cellFile, "model.json", "--ncomp", "1", ...experiment]);
  await rall([...fit, "--iterations", "60", "--quiet", "--out", "whole.json"]);
});

const drafts = () => readdirSync(folder).filter((name) => name.endsWith(".part"));

describe("kills", () => {
  test("of a run leave the old file, the new one, or what was computed", async () => {
    const draw = draws(1);
    for (let trial = 0; trial < runs(3, 30); trial++) {
      const signal = pick<Signal>(["SIGKILL", ...softly], draw());
      const isOver = draw() < 0.5;
      const old = "time (ms),old (1)\n0,1\n";
      rmSync(at("killed.csv"), { force: true });
      if (isOver) writeFileSync(at("killed.csv"), old);
      const args = ["run", cellFile, ...experiment, "--tmax", "4000", "--json"];
      const delay = 50 + 1500 * draw();
      const end = await rall([...args, "--out", "killed.csv"], [signal, delay]);
      if (end.killedBy !== null) expect(end.killedBy).toBe(signal);
      else if (signal !== "SIGKILL") expect([0, codes[signal]]).toContain(end.code);
      if (!existsSync(at("killed.csv"))) {
        expect(isOver).toBe(false);
        continue;
      }
      const text = read("killed.csv");
      if (text === old) continue;
      const [header, ...lines] = text.trimEnd().split("\n");
      expect(header).toBe("time (ms),v soma(0.5) (mV)");
      for (const [k, line] of lines.entries())
        expect(Number(line.split(",")[0])).toBeCloseTo(k * 0.025, 9);
      if (end.stdout === "") continue;
      expect(lines.length).toBe(JSON.parse(end.stdout).statistics.steps + 1);
    }
  });

  test("of a fit that is called again end with the same bits", async () => {
    const draw = draws(2);
    for (let trial = 0; trial < runs(1, 12); trial++) {
      const name = `fit${trial}`;
      const args = [...fit, "--iterations", "60", "--quiet"];
      const again = [...args, "--out", `${name}.json`, "--checkpoint", `${name}.jsonl`];
      for (let kill = 0; kill < runs(2, 3); kill++) {
        const signal = pick<Signal>(["SIGKILL", ...softly], draw());
        await rall(again, [signal, 100 + 900 * draw()]);
        if (existsSync(at(`${name}.json`))) JSON.parse(read(`${name}.json`));
      }
      const { code, stderr } = await rall(again);
      expect(stderr).toBe("");
      expect(code).toBe(0);
      expect(read(`${name}.json`)).toBe(read("whole.json"));
      expect(existsSync(at(`${name}.jsonl.lock`))).toBe(false);
    }
  });

  test("soft ones keep the best of a fit, and say so by the exit code", async () => {
    for (const signal of isLong ? softly : (["SIGTERM"] as const)) {
      rmSync(at("soft.json"), { force: true });
      const args = [...fit, "--iterations", "1000000", "--quiet", "--json", "--out", "soft.json"];
      const end = await rall(args, [signal, 2500]);
      expect(end.code).toBe(codes[signal]);
      const summary = JSON.parse(end.stdout);
      expect(summary.status.code).toBe("cancelled");
      expect(summary.loss).toBe(Math.min(...summary.history));
      JSON.parse(read("soft.json"));
    }
  });

  test("end a command at once while it reads a file", async () => {
    const lines = ["1 1 0 0 0 5 -1"];
    for (let k = 2; k <= 150_000; k++)
      lines.push(`${k} 3 ${k % 977} ${k % 13} ${k} 0.5 ${k % 7 === 0 ? k >> 1 : k - 1}`);
    writeFileSync(at("large.swc"), lines.join("\n"));
    for (const signal of isLong ? softly : (["SIGINT"] as const)) {
      const child = spawn(process.execPath, [main, "run", at("large.swc"), "--tmax", "1"]);
      // As soon as it is alive, and then while it is busy
      await new Promise((resolve) => setTimeout(resolve, 700));
      child.kill(signal);
      const killedBy = await new Promise((resolve) => child.on("close", (_, by) => resolve(by)));
      // A handler would have waited for the thread and then ended with an exit code
      expect(killedBy).toBe(signal);
    }
  });
});

describe("cuts and full disks", () => {
  test("a checkpoint that was cut is gone on with from the one before", async () => {
    const args = [...fit, "--quiet", "--checkpoint", "cut.jsonl", "--out", "cut.json"];
    await rall([...args, "--iterations", "30"]);
    const [last, previous] = [read("cut.jsonl"), read("cut.jsonl.previous")];
    const draw = draws(3);
    for (let trial = 0; trial < runs(1, 12); trial++) {
      writeFileSync(at("cut.jsonl"), last);
      writeFileSync(at("cut.jsonl.previous"), previous);
      truncateSync(at("cut.jsonl"), Math.floor(last.length * draw()));
      const { code, stderr } = await rall([...args, "--iterations", "60"]);
      expect(code).toBe(0);
      expect(stderr).toContain("The checkpoint is damaged; the fit goes on from the one before it");
      expect(read("cut.json")).toBe(read("whole.json"));
    }
    writeFileSync(at("cut.jsonl"), last.slice(0, -30));
    rmSync(at("cut.jsonl.previous"));
    const refused = await rall([...args, "--iterations", "60"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("The checkpoint is damaged");
  });

  test("a file that cannot become larger leaves the old one, and the result elsewhere or a reason", async () => {
    writeFileSync(at("full.csv"), "old");
    const before = drafts();
    const line = `rall run "${cellFile}" ${experiment.join(" ")}`;
    const { code, stderr } = await shell(`ulimit -f 8; ${line} --out full.csv`);
    expect(code).toBe(1);
    expect(stderr).toContain("full.csv cannot be written: it is larger than files may be");
    expect(stderr).not.toContain("    at ");
    expect(read("full.csv")).toBe("old");
    expect(drafts()).toEqual(before);
  });

  test("a fit whose checkpoint no longer fits goes on to its end", async () => {
    const args = [...fit, "--iterations", "60", "--quiet", "--out", "small.json"].join(" ");
    const limit = Math.ceil(statSync(at("model.json")).size / 1024) + 2;
    const { code, stderr } = await shell(
      `ulimit -f ${limit}; rall ${args} --checkpoint small.jsonl`,
    );
    expect(stderr).toContain("The fit goes on, but cannot be saved");
    expect(code).toBe(0);
    expect(read("small.json")).toBe(read("whole.json"));
  });

  test("what cannot be written is refused before anything is computed", async () => {
    mkdirSync(at("directory.csv"), { recursive: true });
    writeFileSync(at("file"), "");
    const long = ["run", cellFile, "--tmax", "1e7"];
    const endless = [...fit, "--iterations", "1000000"];
    const cases: [readonly string[], RegExp][] = [
      [
        [...long, "--out", "no/x.csv"],
        /no\/x\.csv cannot be written: the folder no does not exist/,
      ],
      [[...long, "--out", "file/x.csv"], /the folder file is not a folder/],
      [[...long, "--out", "directory.csv"], /directory\.csv cannot be written: it is a folder/],
      [[...long, "--plot", "no/x.svg"], /no\/x\.svg/],
      [[...long, "--record", "spikes", "--spikes", "no/x.csv"], /no\/x\.csv/],
      [[...long, "--record", "spikes", "--raster", "no/x.svg"], /no\/x\.svg/],
      [[...long, "--out", "x.csv", "--spikes", "./x.csv"], /--spikes is --out, too/],
      [["run", "model.json", "--out", "./model.json"], /--out is the file that is read, too/],
      [[...endless, "--out", "no/x.json"], /no\/x\.json/],
      [[...endless, "--report", "no/x.html"], /no\/x\.html/],
      [[...endless, "--checkpoint", "no/x.jsonl"], /no\/x\.jsonl/],
      [["convert", cellFile, "no/x.json"], /no\/x\.json/],
      [["plot", cellFile, "--out", "no/x.svg"], /no\/x\.svg/],
    ];
    const tried = cases.filter((_, k) => isLong || k % 3 === 0);
    const ends = await Promise.all(tried.map(([args]) => rall(args)));
    for (const [k, { code, stderr }] of ends.entries()) {
      expect([1, 2]).toContain(code);
      expect(stderr).toMatch(tried[k]?.[1] ?? /^$/);
      expect(stderr).not.toMatch(/ENOENT|EISDIR|ENOTDIR| {4}at /);
    }
  });
});

describe("closed and full streams", () => {
  const run = `rall run "${cellFile}" ${experiment.join(" ")} --out streams.csv --plot streams.svg`;
  const fitting = `rall ${fit.join(" ")} --iterations 20 --out streams.json`;

  const redirections: readonly (readonly [what: string, redirection: string])[] = [
    ["readers of both that are gone", "2>&1 | true"],
    ["both full", ">/dev/full 2>&1"],
    ["all closed", "<&- >&- 2>&-"],
    ["a reader of standard output that is gone", "| true"],
    ["a full standard output", ">/dev/full"],
    ["a full standard error", "2>/dev/full"],
    ["standard output closed", ">&-"],
    ["standard error closed", "2>&-"],
  ];

  test.each(redirections.slice(0, runs(3, 8)))("%s", async (_, redirection) => {
    for (const name of ["streams.csv", "streams.svg", "streams.json"])
      rmSync(at(name), { force: true });
    const ran = await shell(`set -o pipefail; ${run} ${redirection}`);
    const fitted = await shell(`set -o pipefail; ${fitting} ${redirection}`);
    expect(read("streams.csv").split("\n").length).toBe(403);
    expect(read("streams.svg")).toMatch(/<\/svg>\s*$/);
    JSON.parse(read("streams.json"));
    const isFull = redirection.includes(">/dev/full") && !redirection.startsWith("2");
    for (const { code, stderr } of [ran, fitted]) {
      expect(code).toBe(isFull ? 1 : 0);
      expect(stderr).not.toContain("    at ");
    }
  });

  test("results go through links, pipes and devices, and keep rights", async () => {
    writeFileSync(at("real.csv"), "old");
    chmodSync(at("real.csv"), 0o600);
    symlinkSync("real.csv", at("link.csv"));
    const short = `rall run "${cellFile}" ${experiment.join(" ")}`;
    await shell(`${short} --out link.csv`);
    expect(lstatSync(at("link.csv")).isSymbolicLink()).toBe(true);
    expect(read("real.csv")).toContain("v soma(0.5)");
    expect(statSync(at("real.csv")).mode & 0o777).toBe(0o600);
    const { code } = await shell(
      `mkfifo pipe.csv; cat pipe.csv >copy.csv & ${short} --out pipe.csv; wait`,
    );
    expect(code).toBe(0);
    expect(lstatSync(at("pipe.csv")).isFIFO()).toBe(true);
    expect(read("copy.csv")).toBe(read("real.csv"));
    const piped = await shell(`${short} --out /dev/stdout | cat`);
    expect(piped.stdout).toBe(read("real.csv"));
    expect(piped.stderr).toContain("Wrote /dev/stdout");
    await shell(`${short} --out /dev/stdout >redirected.csv`);
    expect(read("redirected.csv")).toBe(read("real.csv"));
    expect((await shell(`${short} --out /dev/null`)).code).toBe(0);
  });
});

test("of two fits on one checkpoint one is refused, and neither loses its result", async () => {
  for (let trial = 0; trial < runs(1, 8); trial++) {
    rmSync(at("two.jsonl"), { force: true });
    const args = [...fit, "--iterations", "60", "--quiet", "--checkpoint", "two.jsonl"];
    const both = await Promise.all(
      ["a.json", "b.json"].map((out) => rall([...args, "--out", out])),
    );
    const done = ["a.json", "b.json"].filter((_, k) => both[k]?.code === 0);
    expect(done.length).toBeGreaterThan(0);
    for (const { code, stderr } of both)
      if (code !== 0) expect(stderr).toMatch(/two\.jsonl is in use by process \d+/);
    for (const out of done) expect(read(out)).toBe(read("whole.json"));
    expect(existsSync(at("two.jsonl.lock"))).toBe(false);
  }
});

test("names and files put no control characters on the terminal", async () => {
  const evil = "\u001b[2J\u0007 \u202e";
  const model = JSON.parse(read("model.json"));
  model.recordings[0].name = evil;
  model.groups[evil] = model.groups.soma;
  writeFileSync(at("evil.json"), JSON.stringify(model));
  const ends = [
    await rall(["run", "evil.json", "--tmax", "1", "--out", "evil.csv"]),
    await rall(["inspect", "evil.json"]),
    await rall(["run", "evil.json", "--record", `v@${evil}`]),
    await rall(["run", `${evil}.swc`, "--tmax", "1"]),
    await rall([evil]),
  ];
  for (const { stdout, stderr } of ends) {
    expect(stdout + stderr).not.toMatch(control);
    expect(stdout + stderr).not.toBe("");
  }
});

/** Control characters but newlines and tabs, and marks of direction. */
const control = /[^\P{Cc}\n\t]|\p{Bidi_Control}/u;
