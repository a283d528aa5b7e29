import fc from "fast-check";
import {
  Compartment,
  connect,
  defineChannel,
  fromJSON,
  integrate,
  ModelFileError,
  Network,
  parseSwc,
  RallError,
  stepCurrent,
  toJSON,
} from "rall";
import * as builtIn from "rall/channels";
import { ExpSyn } from "rall/synapses";
import { describe, expect, test } from "vitest";
import { runs } from "../long.ts";
import { buildRandom, randomModels } from "../simulation/random-models.ts";

const swc = ["1 1 0 0 0 5 -1", "2 3 9 0 0 1 1", "3 3 30 0 0 1 2", "4 3 30 9 0 1 2"].join("\n");

function example() {
  const cell = parseSwc(swc, { ncomp: 3 });
  cell.insert(builtIn.HH).insert(builtIn.Leak, { name: "Leak2" });
  cell.group("basal").insert(builtIn.CaT);
  cell.branch(1).set("HH_gNa", 0.2).addToGroup("proximal");
  cell.initStates();
  cell.branch(0).comp(1).record("v").record("i_HH");
  cell
    .branch(0)
    .comp(0)
    .stimulate(stepCurrent({ delay: 1, duration: 3, amplitude: 0.3, tMax: 8 }));
  cell.branch(2).comp(2).clamp("v", new Float64Array(400).fill(-60));
  cell.branch("all").makeTrainable("HH_gNa").comp("all").makeTrainable("radius");
  return cell.makeTrainable("v", -64);
}

const through = (data: unknown) => fromJSON(JSON.parse(JSON.stringify(data)));

describe("model files", () => {
  test("a model comes back with the same bits", async () => {
    const cell = example();
    const twin = through(toJSON(cell));
    expect(toJSON(twin)).toEqual(JSON.parse(JSON.stringify(toJSON(cell))));
    const [first, second] = await Promise.all([integrate(cell), integrate(twin)]);
    expect(second?.recordings).toEqual(first?.recordings);
    expect(second?.names).toEqual(first?.names);
  });

  test.each(Object.values(builtIn).map((channel) => [channel.name, channel] as const))(
    "the equations of %s survive",
    async (_, channel) => {
      const one = new Compartment();
      one.insert(channel).initStates().record();
      one.stimulate(stepCurrent({ delay: 1, duration: 5, amplitude: 0.01, tMax: 20 }));
      const [first, second] = [await integrate(one), await integrate(through(toJSON(one)))];
      expect(second.recordings).toEqual(first.recordings);
    },
  );

  test("random models", async () => {
    await fc.assert(
      fc.asyncProperty(randomModels, async (model) => {
        const cell = buildRandom(model);
        const [first, second] = [await integrate(cell), await integrate(through(toJSON(cell)))];
        expect(second.recordings).toEqual(first.recordings);
      }),
      { numRuns: runs(12, 60), seed: 8 },
    );
  });

  test("a network", async () => {
    const point = new Compartment();
    point.insert(builtIn.Leak);
    const net = new Network([example(), point, example()]);
    net.cell([0, 2]).branch(0).comp(0).stimulate(new Float64Array(100).fill(0.5));
    net.record();
    const twin = through(toJSON(net));
    expect([...twin.cell(2).compartments]).toEqual([...net.cell(2).compartments]);
    const [first, second] = [await integrate(net), await integrate(twin)];
    expect(second.recordings).toEqual(first.recordings);
    const file = JSON.parse(JSON.stringify(toJSON(net)));
    file.cells = [0, 0, 0, 2, 1, 1, 1];
    expect(() => fromJSON(file)).toThrow("$.cells");
  });

  test("equations with shared parts stay small", () => {
    const Deep = defineChannel("Deep", {
      states: {
        x: {
          value: 0,
          update: (_, { v }) => {
            if (v === undefined) throw new Error();
            let sum = v;
            for (let k = 0; k < 40; k++) sum = { op: "add", args: [sum, sum] };
            return sum;
          },
        },
      },
    });
    const one = new Compartment();
    one.insert(Deep);
    expect(JSON.stringify(toJSON(one)).length).toBeLessThan(5000);
  });

  const data = () => JSON.parse(JSON.stringify(toJSON(example())));
  test.each<[string, (file: ReturnType<typeof data>) => void, string]>([
    [
      "another format",
      (file) => {
        file.format = "x";
      },
      "$.format",
    ],
    [
      "a later version",
      (file) => {
        file.version = 2;
      },
      "this version of Rall reads 1",
    ],
    [
      "an unknown member",
      (file) => {
        file.extra = 1;
      },
      "$.extra",
    ],
    [
      "a missing member",
      (file) => {
        delete file.ncomp;
      },
      "$.ncomp: is missing",
    ],
    [
      "a radius of 0",
      (file) => {
        file.geometry.radius = [[9, 0]];
      },
      "$.geometry.radius",
    ],
    [
      "a wrong length",
      (file) => {
        file.geometry.length = [1, 2];
      },
      "2 numbers instead of 9",
    ],
    [
      "a huge run",
      (file) => {
        file.geometry.length = [[1e12, 2]];
      },
      "$.geometry.length[0][0]",
    ],
    [
      "a cycle",
      (file) => {
        file.parents = [1, 0, 0];
      },
      "$.parents",
    ],
    [
      "an equation that is code",
      (file) => {
        file.channels[0].current = "process.exit()";
      },
      "$.channels[0]",
    ],
    [
      "an unknown name in an equation",
      (file) => {
        file.channels[0].current = "gNaa * v";
      },
      "gNaa",
    ],
    [
      "a value of no channel",
      (file) => {
        file.values.foo = [[9, 1]];
      },
      "$.values.foo",
    ],
    [
      "a compartment too many",
      (file) => {
        file.recordings[0].compartment = 9;
      },
      "$.recordings[0].compartment",
    ],
    [
      "a state that is not there",
      (file) => {
        file.clamps[0].state = "Na_m";
      },
      "$.clamps[0].state",
    ],
    [
      "a signal that is not there",
      (file) => {
        file.stimuli[0].signal = 7;
      },
      "$.stimuli[0].signal",
    ],
  ])("%s is refused with its path", (_, change, message) => {
    const file = data();
    change(file);
    expect(() => fromJSON(file)).toThrow(ModelFileError);
    expect(() => fromJSON(file)).toThrow(message);
  });

  test("trainables of synapses come back, in groups as they were", () => {
    const net = new Network([new Compartment(), new Compartment()]);
    for (let k = 0; k < 3; k++) connect(net.cell(0), net.cell(1), ExpSyn);
    net.synapse("ExpSyn").makeTrainable("ExpSyn_weight", [1e-3, 2e-3], { share: [0, 1, 1] });
    const twin = through(toJSON(net));
    expect(twin.trainables).toEqual(net.trainables);
    expect(twin.getParameters()).toEqual(net.getParameters());
  });

  test("text that is no JSON", () => {
    expect(() => fromJSON("{")).toThrow(ModelFileError);
  });

  test("random JSON values and mutated files are read or refused", () => {
    const attempt = (value: unknown) => {
      try {
        fromJSON(value);
      } catch (error) {
        if (!(error instanceof RallError)) throw error;
      }
    };
    fc.assert(fc.property(fc.jsonValue(), attempt), { numRuns: runs(300, 10_000), seed: 1 });
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), (value, seed) => attempt(mutate(data(), value, seed))),
      { numRuns: runs(300, 10_000), seed: 2 },
    );
  });
});

/** A copy with one member somewhere replaced. */
function mutate(file: unknown, value: unknown, seed: number): unknown {
  const places: [Record<string, unknown>, string][] = [];
  const visit = (node: unknown) => {
    if (typeof node !== "object" || node === null) return;
    for (const key of Object.keys(node)) {
      places.push([node as Record<string, unknown>, key]);
      visit((node as Record<string, unknown>)[key]);
    }
  };
  visit(file);
  const [node, key] = places[seed % places.length] ?? [{}, ""];
  node[key] = value;
  return file;
}
