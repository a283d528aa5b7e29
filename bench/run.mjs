/**
 * `npm run bench`: Rall, Jaxley, NEURON and Arbor side by side, each in a process of its own on one core, in turns; the
 * clock is CPU time. The peers are installed into bench/.venv on the first run. Writes bench/results.json, pictures to
 * docs/benchmarks/ and the tables of docs/benchmarks.md. `npm run bench -- --quick` runs two cases.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { execute, here, installPeers, median, python } from "./peers.mjs";
import { writeReport } from "./report.mjs";

const quick = process.argv.includes("--quick");
/** `--only=net100,single`: these cases alone; the others keep the figures of the run before. */
const only = process.argv
  .find((word) => word.startsWith("--only="))
  ?.slice(7)
  .split(",");
const rounds = quick ? 1 : 3;
const runsPerRound = 3;
const cases = quick
  ? ["single", "ca1"]
  : ["single", "cable100", "cable1000", "ca1_small", "ca1", "cable10000", "cable100000"];
const networks = quick ? ["net100"] : ["calcium", "net100", "net100_events", "points1000"];

const cold = ["single", "ca1"];

const simulators = [
  { name: "Rall", command: (args) => [process.execPath, here("rall.mjs"), ...args] },
  { name: "Arbor", command: (args) => [python, here("peers/arbor_cpu.py"), ...args] },
  { name: "Jaxley", command: (args) => [python, here("peers/jaxley_cpu.py"), ...args] },
  { name: "NEURON, tables", command: (args) => [python, here("peers/neuron_cpu.py"), ...args] },
  { name: "NEURON", command: (args) => [python, here("peers/neuron_cpu.py"), ...args, "exact"] },
];
/** Building a cable of 100,000 compartments takes Jaxley longer than all the rest together. */

const noGraded = {
  net100: "it has no graded synapses",
  points1000: "it has no graded synapses",
};
const needsMechanism = {
  net100: "graded synapses take a compiled mechanism",
  points1000: "graded synapses take a compiled mechanism",
};
const otherMechanisms = { calcium: "it has other calcium mechanisms" };
const leftOut = {
  Jaxley: {
    cable100000: "not run: building it takes too long",
    net100_events: "it has no event synapses",
  },
  Arbor: { ...noGraded, ...otherMechanisms },
  "NEURON, tables": { ...needsMechanism, ...otherMechanisms },
  NEURON: { ...needsMechanism, ...otherMechanisms },
};

execFileSync("npm", ["run", "--silent", "build"], { cwd: here(".."), stdio: "inherit" });
const problem = installPeers();
if (problem !== "") console.error(`The peers could not be installed: ${problem}`);
const measured = new Map();
const record = (simulator, name, result) => {
  const key = `${simulator}/${name}`;
  measured.set(key, [...(measured.get(key) ?? []), result]);
};
for (let round = 0; round < rounds; round++) {
  for (const name of [...cases, ...networks].filter((one) => only?.includes(one) ?? true)) {
    for (const { name: simulator, command } of simulators) {
      const reason = leftOut[simulator]?.[name];
      const result = reason ? { problem: reason } : execute(command([name, String(runsPerRound)]));
      record(simulator, name, result);
      const each =
        result.problem ??
        `${((median(result.runs) * 1e9) / result.compartments / result.steps).toFixed(1)} ns per compartment and step`;
      console.log(`round ${round + 1}, ${name}, ${simulator}: ${each}`);
    }
  }
}
for (let round = 0; round < 3; round++) {
  for (const name of only === undefined ? cold : []) {
    for (const { name: simulator, command } of simulators)
      record(simulator, `cold ${name}`, execute(command([name, "once"])));
  }
}
const [processor] = cpus();
const report = {
  date: new Date().toISOString().slice(0, 10),
  machine: `${cpus().length} x ${processor?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch}`,
  node: process.version,
  cases,
  networks,
  cold,
  simulators: simulators.map(({ name }) => name),
  results: Object.fromEntries([
    ...(only === undefined
      ? []
      : Object.entries(JSON.parse(readFileSync(here("results.json"), "utf8")).results)),
    ...Array.from(measured, ([key, results]) => {
      const good = results.filter(({ problem: trouble }) => trouble === undefined);
      if (good.length === 0) return [key, { problem: results[0].problem }];
      const of = (read) => median(good.map(read));
      const runs = good.flatMap((result) => result.runs);
      const { compartments, steps, spikes, version } = good[0];
      return [
        key,
        {
          compartments,
          steps,
          spikes,
          version,
          run: runs.length > 0 ? median(runs) : undefined,
          fastest: runs.length > 0 ? Math.min(...runs) : undefined,
          slowest: runs.length > 0 ? Math.max(...runs) : undefined,
          build: of((result) => result.build),
          compile: of((result) => result.compile),
          process: of((result) => result.process),
          memory: of((result) => result.memory),
        },
      ];
    }),
  ]),
};
mkdirSync(here("../docs/benchmarks"), { recursive: true });
if (!quick) writeFileSync(here("results.json"), `${JSON.stringify(report, undefined, 1)}\n`);
await writeReport(report, quick ? undefined : here("../docs"));
