/** The data loader: what epochs hold, that a seed decides, and what is refused. */
import { DataLoader } from "rall/training";
import { expect, test } from "vitest";

const items = Array.from({ length: 10 }, (_, k) => `item ${k}`);

test("an epoch holds every item once, in an order of its own", () => {
  const loader = new DataLoader(items, { batchSize: 3, seed: 4 });
  const orders = [0, 1, 2].map((epoch) => [...loader.epoch(epoch)]);
  for (const batches of orders) {
    expect(batches.map(({ length }) => length)).toEqual([3, 3, 3, 1]);
    expect(batches.flat().sort()).toEqual(items);
  }
  expect(new Set(orders.map((batches) => batches.flat().join())).size).toBe(3);
  expect(loader.length).toBe(4);
});

test("the seed decides, and steps go on through epochs", () => {
  const [first, again, other] = [7, 7, 8].map((seed) => {
    return new DataLoader(items, { batchSize: 4, seed, dropLast: true });
  });
  const batches = [...(first?.epoch(0) ?? []), ...(first?.epoch(1) ?? [])];
  expect(batches.length).toBe(4);
  expect(batches.map((_, step) => again?.batch(step))).toEqual(batches);
  expect([...(other?.epoch(0) ?? [])]).not.toEqual(batches.slice(0, 2));
});

test("without shuffling items stay in order, whatever they are", () => {
  const loader = new DataLoader([undefined, 1, [2]], { batchSize: 2, shuffle: false });
  expect([...loader.epoch(5)]).toEqual([[undefined, 1], [[2]]]);
});

test("shuffling is fair", () => {
  const loader = new DataLoader([0, 1, 2, 3], { batchSize: 4 });
  const counts = new Map<string, number>();
  const epochs = 4800;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = loader.batch(epoch).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(24);
  const expected = epochs / 24;
  const chiSquare = [...counts.values()].reduce(
    (sum, n) => sum + (n - expected) ** 2 / expected,
    0,
  );
  // 23 degrees of freedom: above 49.7 once in a thousand
  expect(chiSquare).toBeLessThan(49.7);
});

test("what is refused", () => {
  expect(() => new DataLoader(items, { batchSize: 0 })).toThrow("The batch size is 0 for 10 items");
  expect(() => new DataLoader(items, { batchSize: 11 })).toThrow("batch size");
  expect(() => new DataLoader([], { batchSize: 1 })).toThrow("batch size");
  expect(() => new DataLoader(items, { batchSize: 1, seed: -1 })).toThrow("The seed is -1");
  const misspelt = { batchSize: 1, dropLsat: true };
  expect(() => new DataLoader(items, misspelt)).toThrow('Did you mean "dropLast"?');
  const loader = new DataLoader(items, { batchSize: 5 });
  expect(() => loader.batch(-1)).toThrow("The step is -1");
  expect(() => [...loader.epoch(0.5)]).toThrow("The epoch is 0.5");
});
