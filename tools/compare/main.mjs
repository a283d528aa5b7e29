/**
 * `npm run compare`: random models, networks and gradients in Rall and beside it in Jaxley and NEURON, and which of them disagree. The peers
 * are installed into bench/.venv on the first run.
 *
 *     npm run compare -- --models=1000 --gradients=200 --seed=1 --backend=wasm
 *     npm run compare -- --only=jaxley-17           # one of them again, with its description
 *
 * Ends with exit code 1 if anything disagrees. What the peers do otherwise on purpose (`docs/coming-from-jaxley.md`) is left out of the models
 * or asked of Rall too: slopes by differences, clamps that overwrite.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { here, installPeers, python } from "../../bench/peers.mjs";
import { compareSample } from "./agreement.mjs";
import { jaxleyFamily, neuronFamily } from "./models.mjs";
import { runForJaxley, runForNeuron } from "./rall.mjs";

const { values: options } = parseArgs({
  options: {
    models: { type: "string", default: "1000" },
    gradients: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    backend: { type: "string", default: "wasm" },
    only: { type: "string" },
  },
});
const samplesOf = { forwards: 10, gradients: 10 };
const seed = Number(options.seed) * 100_000;

function families() {
  if (options.only !== undefined) {
    const [, peer, number] = /^(jaxley|gradient|neuron)-(\d+)$/.exec(options.only) ?? [];
    if (peer === undefined) throw new Error(`--only takes jaxley-N, gradient-N or neuron-N`);
    return [familyOf(peer, Number(number))];
  }
  const [models, gradients] = [Number(options.models), Number(options.gradients)];
  const numbered = (count, peer) =>
    Array.from({ length: count }, (_, k) => familyOf(peer, seed + k));
  return [
    ...numbered(Math.ceil(models / 2), "neuron"),
    ...numbered(Math.ceil(models / 2 / samplesOf.forwards), "jaxley"),
    ...numbered(Math.ceil(gradients / samplesOf.gradients), "gradient"),
  ];
}

function familyOf(peer, number) {
  if (peer === "neuron") return neuronFamily(number);
  const wantsGradient = peer === "gradient";
  const samples = wantsGradient ? samplesOf.gradients : samplesOf.forwards;
  return { ...jaxleyFamily(number, { samples, wantsGradient }), id: `${peer}-${number}` };
}

/** Runs one process over families, in order; calls back with each answer. */
function ask(script, asked, onAnswer) {
  const child = spawn(python, [here(`../tools/compare/${script}`)], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, OMP_NUM_THREADS: "1" },
  });
  child.stdin.end(asked.map((family) => `${JSON.stringify(family)}\n`).join(""));
  return (async () => {
    for await (const line of createInterface({ input: child.stdout }))
      if (line.startsWith("{")) await onAnswer(JSON.parse(line));
  })();
}

const problem = installPeers();
if (problem !== "") {
  console.error(`The peers could not be installed: ${problem}`);
  process.exit(1);
}
const all = families();
const byId = new Map(all.map((family) => [family.id, family]));
const counts = { compared: 0, agreed: 0, disagreed: 0, failed: 0 };
const answered = new Set();
const lines = [];

async function judge({ id, samples, problem: trouble }) {
  const family = byId.get(id);
  answered.add(id);
  const kinds = [
    `${family.solver}, dt ${family.dt}`,
    ...(family.clamp === undefined ? [] : [`clamp of ${family.clamp.key ?? "v"}`]),
    ...new Set(family.synapses.map(({ name }) => name)),
  ].join(", ");
  if (trouble !== undefined) {
    counts.failed++;
    lines.push(`${id} (${kinds}): the peer failed: ${trouble}`);
    return;
  }
  let ours;
  try {
    const run = family.peer === "neuron" ? runForNeuron : runForJaxley;
    ours = await run(family, { backend: options.backend });
  } catch (error) {
    counts.disagreed++;
    lines.push(`${id} (${kinds}): Rall failed: ${error.stack}`);
    return;
  }
  for (const [k, theirs] of samples.entries()) {
    counts.compared++;
    const { ratio, where } = compareSample(ours[k], theirs);
    if (ratio <= 1) {
      counts.agreed++;
      continue;
    }
    counts.disagreed++;
    lines.push(
      `${id}, sample ${k} (${kinds}): ${where} is ${ratio.toPrecision(3)} times too far off`,
    );
  }
}

const ofPeer = (peer) => all.filter((family) => family.peer === peer);
const jaxley = ofPeer("jaxley");
if (options.only !== undefined) {
  const { samples, ...family } = all[0];
  console.log(JSON.stringify({ ...family, samples: samples?.length }));
}
await Promise.all([
  ask("neuron_side.py", ofPeer("neuron"), judge),
  ask(
    "jaxley_side.py",
    jaxley.filter((_, k) => k % 2 === 0),
    judge,
  ),
  ask(
    "jaxley_side.py",
    jaxley.filter((_, k) => k % 2 === 1),
    judge,
  ),
]);
for (const { id } of all.filter(({ id: one }) => !answered.has(one))) {
  counts.failed++;
  lines.push(`${id}: the peer gave no answer`);
}
for (const line of lines.sort()) console.log(line);
console.log(
  `${counts.compared} compared: ${counts.agreed} agree, ${counts.disagreed} disagree; ` +
    `${counts.failed} families could not be compared`,
);
process.exitCode = counts.disagreed === 0 && counts.failed === 0 ? 0 : 1;
