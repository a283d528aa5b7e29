/**
 * Model files that would exhaust a machine: small texts that unfold to much, and equations that share their parts. Each is
 * refused, typed and in few words, or read; by hand each ends within 2 s and 300 MB.
 */
import { type Cell, Compartment, fromJSON, ModelFileError, NameError, Network, toJSON } from "rall";
import { HH } from "rall/channels";
import { describe, expect, test } from "vitest";

type Model = Record<string, unknown>;
const plain = (model: Compartment | Cell | Network): Model =>
  JSON.parse(JSON.stringify(toJSON(model)));

function compartment(): Model {
  const one = new Compartment();
  one.insert(HH).record();
  return plain(one);
}

/** A branch or tree of so many compartments, all series as pairs. */
function wide(count: number, change: Model = {}): Model {
  const first = (series: unknown): unknown => {
    const [entry] = series as unknown[];
    return Array.isArray(entry) ? entry[1] : entry;
  };
  const widened = (columns: unknown) =>
    Object.fromEntries(
      Object.entries(columns as Model).map(([key, series]) => [key, [[count, first(series)]]]),
    );
  const { geometry, values, channels, ...rest } = compartment();
  return {
    ...rest,
    kind: "branch",
    ncomp: [count],
    geometry: widened(geometry),
    values: widened(values),
    channels: (channels as Model[]).map((one) => ({ ...one, present: [[count, 1]] })),
    ...change,
  };
}

/** A compartment with a channel whose parts build on one another. */
function withParts(count: number, part: (before: string) => string, current: string): Model {
  const parts: string[] = ["v"];
  while (parts.length < count) parts.push(part(`a${parts.length - 1}`));
  const channel = {
    ...{
      name: "X",
      kind: "X",
      parameters: {},
      states: {},
      present: [1],
      currentName: "i_X",
      current,
    },
    let: Object.fromEntries(parts.map((text, k) => [`a${k}`, text])),
  };
  const model = compartment();
  return { ...model, channels: [...(model.channels as Model[]), channel] };
}

const million = 1_000_000;
const signal = (length: number) => ({ samples: [[length, 0]] });
const groups = (count: number, length: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, k) => [`g${k}`, [[length, 1]]]));

const refused: readonly (readonly [string, () => unknown])[] = [
  ["10 million compartments", () => wide(10 * million)],
  ["a million compartments with all their columns", () => wide(million)],
  [
    "10 million branches",
    () =>
      wide(10 * million, {
        kind: "cell",
        parents: [-1, [9_999_999, 0]],
        ncomp: [[10 * million, 1]],
      }),
  ],
  [
    "100 signals of 100 million samples",
    () => ({ ...compartment(), signals: Array.from({ length: 100 }, () => signal(100 * million)) }),
  ],
  ["9 signals of a million", () => ({ ...compartment(), signals: Array(9).fill(signal(million)) })],
  ["7 signals of a million", () => ({ ...compartment(), signals: Array(7).fill(signal(million)) })],
  [
    "300,000 recordings",
    () =>
      wide(million / 2, {
        recordings: Array.from({ length: 300_000 }, (_, compartment) => {
          return { state: "v", compartment, name: `r${compartment}` };
        }),
      }),
  ],
  ["1,000 groups of 10 million", () => wide(10 * million, { groups: groups(1000, 10 * million) })],
  ["1,000 groups of 10,000", () => wide(10_000, { groups: groups(1000, 10_000) })],
  ["10 million objects", () => `[${"{},".repeat(10 * million)}{}]`],
  ["14 million numbers", () => `[${"1,".repeat(14 * million)}1]`],
  ["a million lists within one another", () => "[".repeat(million)],
  ["33 million characters", () => `"${"x".repeat(33 * million)}"`],
  [
    "equations of 2 million characters",
    () => withParts(25, () => "v+".repeat(40_000).concat("v"), "a1"),
  ],
  ...[24, 28, 64, 900].map(
    (count) =>
      [
        `${count} parts that double, and a wrong end`,
        () => withParts(count, (before) => `${before} * ${before}`, `a${count - 1} > 1`),
      ] as const,
  ),
  [
    "a name of 50,000 letters that is like another",
    () => {
      const model = withParts(1, () => "", "x".repeat(50_000));
      const [first, last] = model.channels as [Model, Model];
      return {
        ...model,
        channels: [first, { ...last, parameters: { ["x".repeat(50_001)]: { value: 1 } } }],
      };
    },
  ],
  [
    "a format of a million letters",
    () => ({ ...compartment(), format: "\u001b[2J".repeat(million) }),
  ],
];

test.each(refused)("%s are refused in few words", (_, make) => {
  const made = make();
  const text = typeof made === "string" ? made : JSON.stringify(made);
  let caught: unknown;
  try {
    fromJSON(text);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(ModelFileError);
  const { message } = caught as ModelFileError;
  expect(message.length).toBeLessThanOrEqual(2000);
  expect(message).not.toMatch(/[^\P{Cc}\n\t]/u);
});

describe("what is large but sound is read", () => {
  test("parts that build on one another", () => {
    for (const part of [
      (a: string) => `tanh(${a} * ${a})`,
      (a: string) => `tanh(${a})${" + tanh(v)".repeat(80)}`,
    ])
      expect(fromJSON(withParts(300, part, "a299")).channels).toContain("X");
    const model = fromJSON(withParts(64, (before) => `${before} * ${before}`, "1e-9 * a63"));
    expect(toJSON(fromJSON(toJSON(model)))).toEqual(toJSON(model));
  });

  test("a file of one's own, with other limits", () => {
    const model = { ...compartment(), signals: Array(9).fill(signal(million)) };
    expect(fromJSON(model, { limits: { numbers: 10 * million } }).channels).toEqual(["HH"]);
    expect(() => fromJSON(model, { limits: { number: 1 } as never })).toThrow(NameError);
  });

  test("200,000 compartments and many recordings", () => {
    const names = ["v", "HH_m", "HH_h"];
    const recordings = Array.from({ length: 3000 }, (_, k) => ({
      ...{ state: names[k % 3], compartment: k, name: `r${k}` },
    }));
    expect(fromJSON(wide(200_000, { recordings })).root.description.recordings).toHaveLength(3000);
  });

  test("a mark of the order of bytes", () => {
    expect(fromJSON(`\ufeff${JSON.stringify(compartment())}`).channels).toEqual(["HH"]);
  });
});

describe("borders", () => {
  test("a series of one pair above what is possible", () => {
    const model = { ...compartment(), signals: [signal(100_000_001)] };
    const limits = { numbers: 1e12 };
    expect(() => fromJSON(model, { limits })).toThrow(/from 1 to 100000000/);
    const two = {
      ...compartment(),
      signals: [
        {
          samples: [
            [60_000_000, 0],
            [60_000_000, 1],
          ],
        },
      ],
    };
    expect(() => fromJSON(two, { limits })).toThrow(/120000000 numbers; at most 100000000/);
  });

  test("cells that skip a number, and a parent in another cell", () => {
    const point = new Compartment();
    const model = plain(new Network([point, point, point]));
    expect(() => fromJSON({ ...model, cells: [0, 2, 2] })).toThrow(/cells count up from 0/);
    expect(() => fromJSON({ ...model, cells: [1, 1, 2] })).toThrow(/cells count up from 0/);
    expect(() => fromJSON({ ...model, parents: [-1, 0, -1], cells: [0, 1, 2] })).toThrow(
      /branch 1 and its parent 0 into different cells/,
    );
  });
});
