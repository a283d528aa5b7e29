// What the checks share: running a command, and saying what came of each check.
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const clone = fileURLToPath(new URL("../..", import.meta.url));

let failures = 0;

/** Output of a command; throws with both streams if it fails. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const limits = { maxBuffer: 1 << 28, timeout: 300_000 };
    execFile(command, args, { ...limits, ...options }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout + stderr);
      else reject(new Error(`${command} ${args.join(" ")}\n${stdout}${stderr}${error.message}`));
    });
  });
}

export async function check(what, task) {
  try {
    const note = await task();
    console.log(`ok       ${what}${note === undefined ? "" : `: ${note}`}`);
  } catch (error) {
    failures++;
    console.log(`FAILED   ${what}\n${indented(error instanceof Error ? error.message : error)}`);
  }
}

export function skip(what, why) {
  console.log(`SKIPPED  ${what}\n${indented(why)}`);
}

export function countFailures() {
  return failures;
}

export function expect(isSo, message) {
  if (!isSo) throw new Error(message);
}

export function folder(path) {
  mkdirSync(path, { recursive: true });
  return path;
}

function indented(text) {
  const lines = String(text).trim().split("\n");
  const shown = lines.length > 40 ? [...lines.slice(0, 20), "...", ...lines.slice(-19)] : lines;
  return shown.map((line) => `         ${line}`).join("\n");
}
