/**
 * @file Random models whose mechanisms and synapses read voltages, states, parameters, currents and concentrations of one another,
 * in any order and place, through equations with jumps and kinks.
 */
import {
  Branch,
  Cell,
  type Channel,
  Compartment,
  connect,
  defineChannel,
  definePump,
  defineSynapse,
  type Module,
  Network,
  RandomStream,
  type Synapse,
} from "rall";

/** Concentrations and reversal potentials that any mechanism may declare. */
const sharedStates = ["ca", "k"] as const;
const sharedEither = ["eX", "eY"] as const;

type Rule =
  | { readonly update: string }
  | { readonly derivative: string }
  | { readonly gate: { readonly inf: string; readonly tau: string } };

class Maker {
  readonly stream: RandomStream;

  constructor(seed: number) {
    this.stream = new RandomStream(seed);
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.stream.below(items.length)] ?? items[0];
  }

  chance(share: number): boolean {
    return this.stream.uniform() < share;
  }

  some<Item>(items: readonly Item[], share: number): Item[] {
    return items.filter(() => this.chance(share));
  }

  number(low: number, high: number): string {
    return (low + (high - low) * this.stream.uniform()).toFixed(3);
  }

  /** A voltage at which something may happen: between cells of tables, at their borders, and just beside. */
  threshold(): string {
    return this.pick(["-50.004", "-50", "-64.75", "-60.25", "-65.3", "-62.000001", "-55", "-70.1"]);
  }

  /** Text with values of moderate size, whatever the names stand for. */
  bounded(names: readonly string[], depth: number): string {
    const other = () => this.bounded(names, depth - 1);
    if (depth <= 0 || this.chance(0.15)) return this.leaf(names);
    switch (this.stream.below(15)) {
      case 0:
        return `tanh(${other()} + ${this.number(-1, 1)})`;
      case 1:
        return `(${other()} * ${other()})`;
      case 2:
        return `((${other()} + ${other()}) / 2)`;
      case 3:
        return `((${other()} - ${other()}) / 2)`;
      case 4:
        return `min(${other()}, ${other()})`;
      case 5:
        return `max(${other()}, ${this.number(-1, 1)})`;
      case 6:
        return `abs(${other()})`;
      case 7:
        return `select(${this.condition(names, depth - 1)}, ${other()}, ${other()})`;
      case 8:
        return `exp(min(${other()}, 0))`;
      case 9:
        return `(1 / (1 + (${other()})^2))`;
      case 10:
        return `sqrt(abs(${other()}) + 0.1)`;
      case 11:
        return `log(1.5 + abs(${other()}))`;
      case 12:
        return `(1 / exprel(tanh(${other()})))`;
      case 13:
        return `(${other()})^${this.pick(["2", "3", "whole", "(whole + 1)"])}`;
      default:
        return `(${other()} - 0.5)`;
    }
  }

  condition(names: readonly string[], depth: number): string {
    switch (this.stream.below(5)) {
      case 0:
        return `${this.bounded(names, depth)} > ${this.number(-0.9, 0.9)}`;
      case 1:
        return `${this.bounded(names, depth)} <= ${this.bounded(names, depth)}`;
      case 2:
        return `not ${this.voltage(names)} < ${this.threshold()}`;
      case 3:
        return `(${this.voltage(names)} > ${this.threshold()} and ${this.bounded(names, depth)} < 0.4)`;
      default:
        return `${this.voltage(names)} >= ${this.threshold()}`;
    }
  }

  voltage(names: readonly string[]): string {
    return names.find((name) => name.startsWith("v")) ?? "1";
  }

  leaf(names: readonly string[]): string {
    const [first = "1", ...rest] = names;
    const name = this.pick([first, ...rest]);
    if (!name.startsWith("v")) return `tanh(${this.scale(name)} * ${name})`;
    return this.pick([
      `tanh((${name} + 60) / ${this.number(8, 40)})`,
      `(1 / (1 + exp(-(${name} + ${this.number(50, 70)}) / ${this.number(4, 10)})))`,
      `tanh(abs(${name} - ${this.threshold()}) / 20)`,
      `select(${name} > ${this.threshold()}, 0.7, ${this.number(-1, 1)})`,
      `max(min((${name} + 60) / 20, 1), -1)`,
    ]);
  }

  /** By what a quantity is multiplied so that its changes matter. */
  scale(name: string): string {
    if (name.startsWith("e")) return "0.01";
    return name.startsWith("i_") ? "300" : "1";
  }
}

export interface RandomMechanisms {
  readonly module: Module;
  readonly about: string;
}

/** @param size - up to which number of mechanisms. */
export function buildMechanisms(seed: number, size = 5): RandomMechanisms {
  const maker = new Maker(seed);
  const count = 1 + maker.stream.below(size);
  const names = Array.from({ length: count }, (_, n) => `M${n}`);
  // Some share a name for their currents
  const currents = names.map((name) => (maker.chance(0.25) ? "i_S" : `i_${name}`));
  const states = names.map((name) => maker.some([`${name}_x`, `${name}_y`], 0.7));
  const about: string[] = [];
  const declared = names.map((name, n) => {
    const isPump = maker.chance(0.2);
    // A loss and a current of the membrane do not add up
    const currentName = isPump ? `i_${name}_loss` : currents[n] === "i_S" ? "i_S" : undefined;
    return { name, isPump, currentName, own: states[n] ?? [] };
  });
  const known = declared.map(({ name, currentName }) => currentName ?? `i_${name}`);
  const channels = declared.map(({ name, isPump, currentName, own }) => {
    const readStates = maker.some(
      states.flat().filter((key) => !own.includes(key)),
      0.3,
    );
    // Its own it cannot read: the name is taken
    const others = new Set(known.filter((key) => key !== (currentName ?? `i_${name}`)));
    const readCurrents = maker.some([...others], 0.35);
    const concentrations = maker.some([...sharedStates], isPump ? 1 : 0.3);
    const reversals = maker.some([...sharedEither], 0.3);
    const [asStates, asParameters] = maker.chance(0.5)
      ? [reversals, [] as string[]]
      : [[] as string[], reversals];
    const reads = [
      ...["v", "v", "v"],
      ...[...own, "g", ...readStates, ...readCurrents, ...concentrations, ...reversals],
    ];
    const shared = (value: number) => ({ value, shared: true }) as const;
    const rule = (): Rule => {
      const text = maker.bounded(reads, 3);
      return maker.pick<Rule>([
        { update: text },
        { derivative: `(${text} - ${maker.bounded(reads, 1)}) / ${maker.number(1, 20)}` },
        { gate: { inf: text, tau: `${maker.number(0.5, 9)} + abs(${maker.bounded(reads, 2)})` } },
      ]);
    };
    const moving = (key: string) =>
      // Those of others may be moved as well
      maker.chance(key.startsWith("e") ? 0.6 : 0.15);
    const definition = {
      parameters: {
        g: { value: 1e-4 + 1e-4 * maker.stream.uniform(), unit: "S/cm2" },
        whole: { value: maker.pick([0, 1, 2, 3]) },
        ...Object.fromEntries(asParameters.map((key) => [key, shared(-60)])),
      },
      states: {
        ...Object.fromEntries(own.map((key) => [key, { ...shared(0.3), ...rule() }])),
        ...Object.fromEntries(readStates.map((key) => [key, shared(0.3)])),
        ...Object.fromEntries(readCurrents.map((key) => [key, shared(1e-4)])),
        ...Object.fromEntries(
          concentrations.map((key) => [
            key,
            {
              ...shared(0.4),
              ...(!isPump && moving(key) ? { update: maker.bounded(reads, 2) } : {}),
            },
          ]),
        ),
        ...Object.fromEntries(
          asStates.map((key) => [
            key,
            {
              ...shared(-60),
              ...(moving(key) ? { update: `-60 + 20 * ${maker.bounded(reads, 2)}` } : {}),
            },
          ]),
        ),
      },
    };
    const drive = maker.bounded(reads, 3);
    const reversal = maker.pick(["-60", "-60", ...reversals] as [string, ...string[]]);
    const isJumping = maker.chance(0.08);
    about.push(`${name} ${JSON.stringify({ ...definition, drive, reversal, isPump })}`);
    const naming = currentName === undefined ? {} : { currentName };
    if (isPump)
      return definePump(name, {
        ...definition,
        ...naming,
        ion: maker.pick([...sharedStates]),
        current: `0.05 * ${drive} + 0.02 * tanh(${maker.pick([...sharedStates])})`,
      });
    return defineChannel(name, {
      ...definition,
      ...naming,
      current: `g * (1 + ${drive}) * (v - ${reversal}) + 2e-5 * (v + 65)`,
      ...(isJumping
        ? { voltage: `select(v > -58.3 and ${maker.condition(reads, 1)}, -66, v)` }
        : {}),
    });
  });
  const module = maker.chance(0.5) ? makeCell(maker) : makeNetwork(maker);
  insertAll(maker, module, channels);
  about.push(...connectSome(maker, module));
  finish(maker, module);
  return { module, about: about.join("\n") };
}

function makeCell(maker: Maker): Cell {
  const branches = 1 + maker.stream.below(4);
  const parents = Array.from({ length: branches }, (_, k) =>
    k === 0 ? -1 : maker.stream.below(k),
  );
  const parts = parents.map(
    () => new Branch(new Compartment(), { ncomp: 1 + maker.stream.below(3) }),
  );
  const cell = new Cell(parts, { parents });
  cell.set("axial_resistivity", 300).set("length", 60).set("radius", 1.5);
  return cell;
}

function makeNetwork(maker: Maker): Network {
  return new Network(
    Array.from({ length: 1 + maker.stream.below(3) }, () =>
      maker.chance(0.5) ? makeCell(maker) : new Compartment(),
    ),
  );
}

function insertAll(maker: Maker, module: Module, channels: readonly Channel[]): void {
  const { compartments } = module;
  for (const channel of channels) {
    const here = [...compartments].filter(() => maker.chance(0.5));
    if (maker.chance(0.5) || here.length === 0) module.insert(channel);
    else module.select(here).insert(channel);
  }
  const { description } = module.root;
  for (const [key, { quantity }] of description.quantities()) {
    if (key.endsWith("_whole") || description.currentNames().has(key)) continue;
    const name: string = key;
    for (const i of compartments)
      if (description.presence(key)[i] === 1 && maker.chance(0.5))
        module.select([i]).set(name, quantity.value * (0.9 + 0.2 * maker.stream.uniform()));
  }
  for (const i of compartments) module.select([i]).set("v", -66 + 8 * maker.stream.uniform());
  for (const key of sharedStates)
    if (maker.chance(0.3) && description.quantities().get(key)?.isState === true)
      module.diffuse(key).set(`axial_diffusion_${key}`, 1.5);
}

/** Synapses that read what the compartments have that they connect. */
function connectSome(maker: Maker, module: Module): string[] {
  if (!(module instanceof Network)) return [];
  const { description } = module.root;
  const about: string[] = [];
  const keysAt = (i: number) => [
    ...[...description.quantities().keys()].filter(
      (key) => description.presence(key)[i] === 1 && !key.startsWith("axial_"),
    ),
    ...description.insertions.flatMap(({ channel, present }) =>
      present[i] === 1 ? [channel.currentName] : [],
    ),
  ];
  for (let n = maker.stream.below(4); n > 0; n--) {
    const [pre, post] = [0, 0].map(() => maker.stream.below(module.compartments.length));
    if (pre === undefined || post === undefined || pre === post) continue;
    const side = (i: number, as: string) =>
      Object.fromEntries(
        maker
          .some(keysAt(i), 0.4)
          .map((key, k) => [`${key.startsWith("i_") ? "i_" : as}${k}${as}`, key]),
      );
    const [before, after] = [side(pre, "p"), side(post, "q")];
    const reads = ["v_pre", "v_post", "s", ...Object.keys(before), ...Object.keys(after)];
    const hasEvents = maker.chance(0.4);
    const definition = {
      pre: before,
      post: after,
      parameters: { w: { value: 4e-5 }, whole: { value: 2 } },
      states: { s: { value: 0.2, derivative: `(${maker.bounded(reads, 2)} - s) / 3` } },
      current: `w * (1 + ${maker.bounded(reads, 3)}) * (v_post + 55)`,
      ...(hasEvents ? { event: { s: `s + 0.1 * ${maker.bounded(reads, 2)}` } } : {}),
    };
    about.push(`synapse ${pre} ${post} ${JSON.stringify(definition)}`);
    const synapse: Synapse = defineSynapse(`Syn${n}`, definition);
    connect(module.select([pre]), module.select([post]), synapse, {
      ...(hasEvents ? { values: { threshold: -62, delay: 0.1 } } : {}),
    });
  }
  return about;
}

/** Steps that the stimuli last. */
export const mechanismSteps = 24;

function finish(maker: Maker, module: Module): void {
  const samples = Array.from(
    { length: mechanismSteps },
    () => 0.02 * (maker.stream.uniform() - 0.3),
  );
  const at = maker.stream.below(module.compartments.length);
  module.select([at]).stimulate(samples);
  module.record("v");
  const { description } = module.root;
  for (const name of description.currentNames()) module.record(name);
  for (const [key, { isState }] of description.quantities())
    if (isState && !description.currentNames().has(key)) {
      const here = [...module.compartments].filter((i) => description.presence(key)[i] === 1);
      const name: string = key;
      module.select(here).record(name);
    }
}
