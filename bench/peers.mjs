/** Installing the peers into bench/.venv and running one process on one core with the clock of the CPU. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const here = (path) => fileURLToPath(new URL(path, import.meta.url));
export const python = here(".venv/bin/python");
const packages = ["jaxley==0.14.0", "optax==0.2.8", "neuron==9.0.2", "arbor==0.12.2"];
const canPin = spawnSync("taskset", ["-c", "0", "true"]).status === 0;

/** @returns what went wrong, or an empty text. */
export function installPeers() {
  if (existsSync(python)) return "";
  for (const [command, ...args] of [
    ["python3", "-m", "venv", here(".venv")],
    [here(".venv/bin/pip"), "install", "--quiet", ...packages],
  ]) {
    console.log([command, ...args].join(" "));
    const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8" });
    if (status !== 0) return `${error?.message ?? stderr.trim().split("\n").at(-1)}`;
  }
  return "";
}

/** One process; CPU seconds of all of it, children included, come from the shell's clock. */
export function execute(command) {
  const pinned = canPin ? ["taskset", "-c", "1", ...command] : command;
  const quoted = pinned.map((word) => `'${word}'`).join(" ");
  const { stdout, stderr } = spawnSync("bash", ["-c", `TIMEFORMAT='CPU %U %S'; time ${quoted}`], {
    encoding: "utf8",
    cwd: here("."),
    timeout: 900_000,
    env: { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" },
  });
  const line = stdout.split("\n").find((text) => text.startsWith("RESULT "));
  const clock = /CPU ([\d.]+) ([\d.]+)/.exec(stderr);
  if (line === undefined) {
    const lines = stderr.split("\n").filter((text) => /error/i.test(text));
    return {
      problem: (lines.at(-1) ?? stderr.trim().split("\n").at(-1) ?? "no result").slice(0, 200),
    };
  }
  return { ...JSON.parse(line.slice(7)), process: Number(clock?.[1]) + Number(clock?.[2]) };
}

export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
