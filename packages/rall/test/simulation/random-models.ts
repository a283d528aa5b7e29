/** @file Random models: trees, numbers of compartments, channels in random places, random parameters and stimuli. */
import fc from "fast-check";
import { Branch, Cell, type Channel, Compartment, defineChannel } from "rall";
import * as builtIn from "rall/channels";

/** A channel with what the built-in ones lack: a real power, log, tanh, exprel in the current, a derivative. */
const Odd = defineChannel("Odd", {
  parameters: { g: { value: 1e-4, unit: "S/cm2" }, p: { value: 1.5 } },
  states: {
    x: { value: 0.4, derivative: "(tanh(v / 40) - x) / 5 + 0.01 * log(1 + x^2)" },
    y: { value: 0.1, update: "select(v > -60 and not x > 0.9, y + dt * (1 - y), y * exp(-dt))" },
  },
  let: { drive: "abs(v + 60) / 20" },
  current: "g * (x^2 + y) * 25 * (exprel(-v / 25) * v / 25 + drive^p / 100) + g * (v + 70)",
});

const channels: readonly Channel[] = [
  builtIn.HH,
  builtIn.Leak,
  builtIn.Na,
  builtIn.K,
  builtIn.Km,
  builtIn.CaL,
  builtIn.CaT,
  Odd,
];

const value = (low: number, high: number) =>
  fc.integer({ min: 0, max: 1000 }).map((n) => low + ((high - low) * n) / 1000);

export interface RandomModel {
  readonly parents: readonly number[];
  /** Where branches begin on their parents: at ends, borders of compartments, inside compartments. */
  readonly attachedAt: readonly number[];
  readonly ncomp: readonly number[];
  readonly inserts: readonly {
    readonly channel: Channel;
    readonly share: number;
    readonly seed: number;
  }[];
  readonly geometry: readonly {
    readonly radius: number;
    readonly length: number;
    readonly ra: number;
    readonly cm: number;
  }[];
  readonly v: number;
  readonly fires: boolean;
  readonly stimulus: readonly number[];
  readonly where: number;
  readonly clamped: boolean;
}

export const randomModels: fc.Arbitrary<RandomModel> = fc
  .array(fc.nat(), { minLength: 0, maxLength: 6 })
  .chain((picks) =>
    fc.record({
      // Parents may have higher numbers than their children: the root is the last branch
      parents: fc.constantFrom(
        [-1, ...picks.map((pick, i) => pick % (i + 1))],
        [...picks.map((pick, i) => picks.length - (pick % (picks.length - i))), -1],
      ),
      attachedAt: fc.array(fc.constantFrom(1, 1, 1, 0.5, 0.25, 2 / 3), {
        minLength: picks.length + 1,
        maxLength: picks.length + 1,
      }),
      ncomp: fc.array(fc.integer({ min: 1, max: 5 }), {
        minLength: picks.length + 1,
        maxLength: picks.length + 1,
      }),
      inserts: fc.array(
        fc.record({
          channel: fc.constantFrom(...channels),
          share: value(0.2, 1.5),
          seed: fc.nat(),
        }),
        { maxLength: 5 },
      ),
      geometry: fc.array(
        fc.record({
          radius: value(0.3, 8),
          length: value(5, 80),
          ra: value(30, 500),
          cm: value(0.6, 2),
        }),
        { minLength: 1, maxLength: 8 },
      ),
      v: value(-85, -50),
      fires: fc.boolean(),
      stimulus: fc.array(value(-0.2, 0.8), { minLength: 30, maxLength: 60 }),
      where: fc.nat(),
      clamped: fc.boolean(),
    }),
  );

export function buildRandom(model: RandomModel): Cell {
  const branches = model.ncomp.map((ncomp) => new Branch(new Compartment(), { ncomp }));
  const cell = new Cell(branches, { parents: model.parents, attachedAt: model.attachedAt });
  const count = cell.compartments.length;
  for (const i of cell.compartments) {
    const part = model.geometry[i % model.geometry.length];
    if (part === undefined) continue;
    cell.select([i]).set("radius", part.radius).set("length", part.length);
    cell.select([i]).set("axial_resistivity", part.ra).set("capacitance", part.cm);
  }
  cell.set("v", model.v);
  cell.insert(builtIn.Leak);
  for (const { channel, share, seed } of model.inserts) {
    const present = cell.root.description.insertion(channel.name)?.present;
    const chosen = [...cell.compartments].filter(
      (i) => ((i * 7919 + seed) % 100) / 100 < share && present?.[i] !== 1,
    );
    if (chosen.length > 0) cell.select(chosen).insert(channel);
  }
  if (model.fires)
    cell
      .select([model.where % count])
      .insert(builtIn.Fire)
      .set("Fire_vth", -45);
  cell.initStates();
  cell.select([model.where % count]).stimulate(model.stimulus);
  if (model.clamped) {
    const held = model.stimulus.map((_, k) => -70 + k);
    cell.select([(model.where + 1) % count]).clamp("v", held);
  }
  cell.record("v");
  for (const name of cell.channels)
    if (name === "HH") cell.channel("HH").record("HH_m").record("i_HH");
  return cell;
}
