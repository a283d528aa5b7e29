/**
 * `npm run bench:recovery`: a fit from process start to result, in Rall and in Jaxley with optax, the same optimizer, start and
 * iterations, in turns, each in a process of its own. Writes docs/benchmarks-recovery.md.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { execute, here, installPeers, median, python } from "./peers.mjs";

const rounds = 3;
const settings = JSON.parse(readFileSync(here("recovery.json"), "utf8"));
execFileSync("npm", ["run", "--silent", "build"], { cwd: here(".."), stdio: "inherit" });
const problem = installPeers();
if (problem !== "") console.error(`The peers could not be installed: ${problem}`);
const ways = {
  Rall: [process.execPath, here("rall-recovery.mjs")],
  "Jaxley and optax": [python, here("peers/jaxley_recovery.py")],
};
const found = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const [name, command] of Object.entries(ways)) {
    const started = performance.now();
    const result = execute(command);
    found[name].push({ ...result, wall: (performance.now() - started) / 1e3 });
    console.log(
      result.problem ??
        `round ${round + 1}, ${name}: ${result.process.toFixed(2)} s CPU, ${found[name].at(-1).wall.toFixed(2)} s wall, ${(100 * result.off).toFixed(2)} % off`,
    );
  }
}
const [ours, theirs] = Object.values(found);
const path = ours[0].losses
  .slice(0, 10)
  .map((loss, k) => Math.abs(loss / (theirs[0].losses?.[k] ?? Number.NaN) - 1));
const rows = Object.entries(found).map(([name, results]) => {
  const good = results.filter(({ problem: trouble }) => trouble === undefined);
  if (good.length === 0) return `| ${name} | - | - | - | - |`;
  const of = (read) => median(good.map(read));
  return `| ${[
    name,
    of(({ process: cpu }) => cpu).toFixed(2),
    of(({ wall }) => wall).toFixed(2),
    (100 * of(({ off }) => off)).toFixed(2),
    of(({ memory }) => memory).toFixed(0),
  ].join(" | ")} |`;
});
const [processor] = cpus();
const page = `# A fit from process start to result

${Object.keys(settings.truth).join(", ")} of a CA1 pyramidal cell of ${settings.ncomp} compartments a branch, recovered from the voltage of its soma, from half their values: Adam within bounds,
${settings.iterations} iterations of ${settings.stimulus.tMax} ms, float64, one core; reading the morphology, compiling and fitting included. Medians of ${rounds} processes in turns. Made by
\`npm run bench:recovery\` on ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} x ${processor?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB.

| | CPU s | wall s | largest error of a conductance, % | peak of the process, MB |
| --- | --- | --- | --- | --- |
${rows.join("\n")}

The losses of the first ten iterations of the two differ by ${Math.max(...path).toExponential(1)} at most, relative to themselves.
`;
writeFileSync(here("../docs/benchmarks-recovery.md"), page);
console.log(page);
