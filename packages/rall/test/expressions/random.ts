/** @file Random expressions in x and y, of moderate size so that rounding and overflow do not hide mistakes. */
import fc from "fast-check";
import * as math from "rall/expressions";
import { constant, type Expression, input } from "rall/expressions";

const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc.constantFrom(input("x"), input("y")),
  fc.integer({ min: -8, max: 8 }).map((n) => constant(n / 4)),
);

export const expressions: fc.Arbitrary<Expression> = fc.letrec<{ node: Expression }>((tie) => {
  const node = tie("node");
  const pair = fc.tuple(node, node);
  const bounded = node.map((a) => math.tanh(a));
  return {
    node: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      pair.map(([a, b]) => math.add(a, b)),
      pair.map(([a, b]) => math.subtract(a, b)),
      pair.map(([a, b]) => math.multiply(a, b)),
      pair.map(([a, b]) => math.divide(a, math.add(math.multiply(b, b), 1.5))),
      node.map((a) => math.negate(a)),
      bounded.map((a) => math.exp(a)),
      bounded,
      node.map((a) => math.log(math.add(math.multiply(a, a), 0.5))),
      node.map((a) => math.sqrt(math.add(math.multiply(a, a), 0.5))),
      node.map((a) => math.abs(a)),
      bounded.map((a) => math.exprel(math.multiply(a, 6))),
      bounded.map((a) => math.exprel(a, 2)),
      bounded.map((a) => math.linoid(math.multiply(a, 30))),
      fc.tuple(node, fc.integer({ min: 0, max: 4 })).map(([a, n]) => math.power(a, n)),
      bounded.map((a) => math.power(math.add(a, 2), -1.5)),
      pair.map(([a, b]) => math.min(a, b)),
      pair.map(([a, b]) => math.max(a, b)),
      fc
        .tuple(node, node, node, node)
        .map(([a, b, c, d]) => math.select(math.or(math.less(a, b), math.equal(a, c)), c, d)),
    ),
  };
}).node;

export const points = fc.record({
  x: fc.integer({ min: -2000, max: 2000 }).map((n) => n / 1000),
  y: fc.integer({ min: -2000, max: 2000 }).map((n) => n / 1000),
});
