/** Values at the borders of rules: the first of a list, an end that is not reached, what comes from outside a view. */
import {
  Branch,
  Cell,
  Compartment,
  connect,
  distancePathwise,
  Network,
  range,
  SpikeTrain,
  sparseConnect,
} from "rall";
import { ExpSyn, TestSynapse } from "rall/synapses";
import { expect, test } from "vitest";

const network = (count: number) =>
  new Network(Array.from({ length: count }, () => new Compartment()));

test("sparseConnect chooses each pair, the first and the last too, as often as the probability says", () => {
  const seeds = 200;
  const probability = 0.9;
  const chosen = new Map<string, number>();
  for (let seed = 0; seed < seeds; seed++) {
    const net = network(4);
    sparseConnect(net.cell([0, 1]), net.cell([2, 3]), TestSynapse, probability, { seed });
    const { pre, post } = net.synapse("TestSynapse");
    for (const [k, from] of pre.entries()) {
      const pair = `${from}-${post[k]}`;
      chosen.set(pair, (chosen.get(pair) ?? 0) + 1);
    }
  }
  // Five standard deviations of a binomial count
  const spread = 5 * Math.sqrt(seeds * probability * (1 - probability));
  for (const pair of ["0-2", "0-3", "1-2", "1-3"])
    expect(Math.abs((chosen.get(pair) ?? 0) - seeds * probability), pair).toBeLessThan(spread);
});

test("distances along a branch of unequal compartments go from middle to middle", () => {
  const cell = new Cell([new Branch(new Compartment(), { ncomp: 3 })], { parents: [-1] });
  cell.set("length", [10, 20, 40]);
  expect([...distancePathwise(cell.select([0]), cell)]).toEqual([0, 15, 45]);
});

test("a range ends before its end, whatever its step", () => {
  const branches = Array.from({ length: 4 }, () => new Branch(new Compartment()));
  const cell = new Cell(branches, { parents: [-1, 0, 1, 2] });
  expect([...cell.branch(range(0, 3, 2)).compartments]).toEqual([0, 2]);
  expect([...cell.branch(range(0, 4, 2)).compartments]).toEqual([0, 2]);
  expect([...cell.branch(range(1, 4, 2)).compartments]).toEqual([1, 3]);
});

test("a view of a cell has the synapses that spike trains drive in it", () => {
  const net = network(3);
  connect(new SpikeTrain([1]), net.cell(1), ExpSyn);
  expect(net.cell(1).synapse("ExpSyn").edges).toHaveLength(1);
  expect(() => net.cell(2).synapse("ExpSyn")).toThrow();
});
