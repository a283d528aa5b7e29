/**
 * What large networks cost before they run: `npm run build`, then `node bench/networks.mjs`. CPU seconds and the peak of the
 * memory of the process (MB), each in a process of its own.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Branch, Cell, Compartment, connect, integrate, Network, RandomStream } from "rall";
import { HH } from "rall/channels";
import { ExpSyn, IonotropicSynapse } from "rall/synapses";

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const tasks = {
  "100,000 graded synapses": () => synapses(IonotropicSynapse),
  "100,000 event synapses": () => synapses(ExpSyn),
  "1,000 distinct cells of 20 branches": cells,
};

/** Random synapses between 1,000 point cells: connecting, then lowering, compiling and one step. */
async function synapses(kind) {
  const point = new Compartment();
  point.insert(HH).set("v", -65).initStates();
  const net = new Network(Array.from({ length: 1000 }, () => point)).record();
  const random = new RandomStream(1);
  const side = () => Array.from({ length: 100_000 }, () => random.below(1000));
  const [pre, post] = [net.select(side()), net.select(side())];
  const start = cpu();
  connect(pre, post, kind);
  const connected = cpu();
  await integrate(net, { tMax: 0 });
  const compiled = cpu();
  await integrate(net, { tMax: 20 });
  return {
    connect: connected - start,
    compile: compiled - connected,
    "20 ms": cpu() - compiled,
  };
}

async function cells() {
  const start = cpu();
  const random = new RandomStream(1);
  const parents = Array.from({ length: 20 }, (_, k) => Math.floor((k - 1) / 2));
  const net = new Network(
    Array.from({ length: 1000 }, () => {
      const cell = new Cell(new Branch(), { parents });
      cell.set("radius", 0.5 + random.uniform()).insert(HH);
      return cell.set("HH_gNa", 0.1 + 0.05 * random.uniform()).set("v", -65);
    }),
  );
  const built = cpu();
  net.initStates().cell(0).branch(0).record();
  await integrate(net, { tMax: 0 });
  return { build: built - start, compile: cpu() - built };
}

const [task] = process.argv.slice(2);
if (task === undefined) {
  for (const name of Object.keys(tasks)) {
    const args = [fileURLToPath(import.meta.url), name];
    process.stdout.write(spawnSync(process.execPath, args, { encoding: "utf8" }).stdout);
  }
} else {
  const times = Object.entries(await tasks[task]()).map(([name, s]) => `${name} ${s.toFixed(2)} s`);
  const memory = process.resourceUsage().maxRSS / 1024;
  console.log(`${task}: ${times.join(", ")}; ${memory.toFixed(0)} MB`);
}
