/**
 * `npm run bench:gradients`: what a gradient costs, in Rall and in Jaxley with its best lengths of checkpoints, in turns, CPU time on
 * one core, each in a process of its own. Writes docs/benchmarks-gradients.md.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { execute, here, installPeers, median, python } from "./peers.mjs";

const titles = { cable1000: "cable of 1,000", ca1_620: "CA1 cell of 620" };
const settings = ["64,63", "16,16,16"];
const rounds = 3;

execFileSync("npm", ["run", "--silent", "build"], { cwd: here(".."), stdio: "inherit" });
const problem = installPeers();
if (problem !== "") console.error(`The peers could not be installed: ${problem}`);

const ways = [
  ...Object.keys(titles).flatMap((name) => [
    {
      name,
      who: "Rall",
      steps: 4000,
      command: [process.execPath, here("rall-gradient.mjs"), name, "5"],
    },
    ...settings.map((lengths) => ({
      name,
      who: `Jaxley, ${lengths}`,
      steps: 4000,
      command: [python, here("peers/jaxley_gradient.py"), name, "3", lengths],
    })),
  ]),
  {
    name: "cable1000",
    who: "Rall",
    steps: 100_000,
    command: [process.execPath, here("rall-gradient.mjs"), "cable1000", "2", "100000"],
  },
];
const found = new Map(ways.map((way) => [way, []]));
for (let round = 0; round < rounds; round++) {
  for (const way of ways) {
    const result = execute(way.command);
    found.get(way).push(result);
    const { run, forward, compile, memory } = result;
    console.log(
      result.problem ??
        `round ${round + 1}, ${titles[way.name]}, ${way.steps} steps, ${way.who}: ${(run * 1e3).toFixed(0)} ms, ${(run / forward).toFixed(2)} of a forward run, compile ${(compile * 1e3).toFixed(0)} ms, ${memory.toFixed(0)} MB`,
    );
  }
}
const rows = ways.map((way) => {
  const good = found.get(way).filter((result) => result.problem === undefined);
  if (good.length === 0)
    return `| ${titles[way.name]} | ${way.steps} | ${way.who} | - | - | - | - |`;
  const of = (read) => median(good.map(read));
  return `| ${[
    titles[way.name],
    way.steps,
    way.who,
    (of(({ run }) => run) * 1e3).toFixed(0),
    of(({ run, forward }) => run / forward).toFixed(2),
    (of(({ compile }) => compile) * 1e3).toFixed(0),
    of(({ memory }) => memory).toFixed(0),
  ].join(" | ")} |`;
});
const [processor] = cpus();
const page = `# What a gradient costs

The gradient of the sum of the squares of the recorded voltage by radius, length and HH_gNa of every compartment (Hodgkin-Huxley
everywhere, dt 0.025 ms), in float64 on one core: CPU time, medians of ${rounds} processes in turns. The forward run is that of the same
program without derivatives. Made by \`npm run bench:gradients\` on ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} x ${processor?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB.

| model | steps | | ms | times a forward run | compile, ms | peak of the process, MB |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
writeFileSync(here("../docs/benchmarks-gradients.md"), page);
console.log(page);
