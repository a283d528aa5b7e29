/** The networks of the benchmark: cells of a few branches, connected at random, the same in `peers/common.py`. */
import { Branch, Cell, Compartment, connect, Network } from "rall";
import { ExpSyn, IonotropicSynapse } from "rall/synapses";

/** Pre-synaptic cell, post-synaptic cell and branch of each synapse, by the generator of Lewis, Goodman and Miller (1969). */
export function pairs({ cells, branches, synapses }) {
  let state = 1;
  const below = (count) => {
    state = (state * 48271) % 2147483647;
    return state % count;
  };
  return Array.from({ length: synapses }, () => [below(cells), below(cells), below(branches)]);
}

export function buildNetwork(example) {
  const { cells, branches, length, radius } = example;
  const parents = Array.from({ length: branches }, (_, k) => (k === 0 ? -1 : 0));
  const cell = branches === 1 ? new Compartment() : new Cell(new Branch(), { parents });
  const network = new Network(Array.from({ length: cells }, () => cell));
  return network.set("length", length).set("radius", radius);
}

export function connectNetwork(network, example, model) {
  const { branches } = example;
  const all = pairs(example);
  const pre = network.select(all.map(([from]) => branches * from));
  const post = network.select(all.map(([, to, branch]) => branches * to + branch));
  if (example.synapse === "events") connect(pre, post, ExpSyn, { values: model.events });
  else connect(pre, post, IonotropicSynapse, { values: { ...model.graded, s: 0 } });
}
