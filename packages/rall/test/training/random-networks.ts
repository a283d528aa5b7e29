/** @file Random networks to be fitted: cells of random models, calcium, graded synapses, gap junctions, and what is trained. */
import fc from "fast-check";
import { connect, type Module, Network, RandomStream } from "rall";
import { CaNernstReversal } from "rall/channels";
import { CaFaradayConcentrationChange, CaPump } from "rall/pumps";
import * as synapses from "rall/synapses";
import { buildRandom, type RandomModel, randomModels } from "../simulation/random-models.ts";

export const gradedSynapses = [
  synapses.IonotropicSynapse,
  synapses.TanhRateSynapse,
  synapses.TanhConductanceSynapse,
  synapses.TestSynapse,
  synapses.CurrentSynapse,
  synapses.ConductanceSynapse,
  synapses.DynamicSynapse,
] as const;

const calciumMechanisms = [CaPump, CaFaradayConcentrationChange, CaNernstReversal] as const;

export interface RandomNetwork {
  readonly cells: readonly RandomModel[];
  readonly calcium: readonly (typeof calciumMechanisms)[number][];
  readonly diffuses: boolean;
  readonly connections: readonly {
    readonly kind: number;
    readonly pre: number;
    readonly post: number;
  }[];
  readonly junctions: readonly { readonly a: number; readonly b: number; readonly g: number }[];
  readonly seed: number;
}

const networks: fc.Arbitrary<RandomNetwork> = fc.record({
  cells: fc.array(randomModels, { minLength: 1, maxLength: 2 }),
  calcium: fc.subarray([...calciumMechanisms]),
  diffuses: fc.boolean(),
  connections: fc.array(
    fc.record({ kind: fc.nat(gradedSynapses.length - 1), pre: fc.nat(99), post: fc.nat(99) }),
    { maxLength: 4 },
  ),
  junctions: fc.array(
    fc.record({
      a: fc.nat(99),
      b: fc.nat(99),
      g: fc.integer({ min: 1, max: 100 }).map((n) => n * 2e-4),
    }),
    { maxLength: 3 },
  ),
  seed: fc.nat(),
});

/** Shown, when a test fails, without the equations of their channels. */
export const randomNetworks: fc.Arbitrary<RandomNetwork> = networks.map((model) => {
  const short = (key: string, value: unknown) =>
    key === "channel" || key === "calcium" ? namesIn(value) : value;
  return { ...model, [fc.toStringMethod]: () => JSON.stringify(model, short) };
});

function namesIn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(namesIn);
  return typeof value === "object" && value !== null && "name" in value ? value.name : value;
}

/** Steps that the stimuli last. */
export const stimulatedSteps = 60;

/** The network, with recordings and stimuli, and trainables with random keys in random places. */
export function buildNetwork(model: RandomNetwork): Module {
  const net = new Network(model.cells.map(buildRandom));
  const stream = new RandomStream(model.seed);
  const count = net.compartments.length;
  const { description } = net.root;
  const some = (share: number) => {
    const chosen = [...net.compartments].filter(() => stream.uniform() < share);
    return chosen.length > 0 ? chosen : [stream.below(count)];
  };
  for (const mechanism of model.calcium) net.select(some(0.6)).insert(mechanism);
  if (description.quantities().get("CaCon_i")?.isState === true) {
    net.set("CaCon_i", 1e-4);
    if (model.diffuses) net.diffuse("CaCon_i").set("axial_diffusion_CaCon_i", 0.5);
  }
  for (const { kind, pre, post } of model.connections) {
    const synapse = gradedSynapses[kind];
    if (synapse === undefined) continue;
    connect(net.select([pre % count]), net.select([post % count]), synapse);
    const view = net.synapse(synapse.name);
    for (const { key } of synapse.parameters) {
      if (/_(gS|gC)$/.test(key)) view.set(key, 2e-3);
      if (key.endsWith("_slope")) view.set(key, 0.04);
      // Below it a conductance would be negative
      if (key.endsWith("_x_offset")) view.set(key, -95);
    }
  }
  for (const { a, b, g } of model.junctions)
    connect(net.select([a % count]), net.select([b % count]), synapses.GapJunction, {
      values: { g },
    });
  for (const [k, { stimulus, where }] of model.cells.entries())
    net.select([(where + k) % count]).stimulate(stimulus);
  if (model.cells[0]?.clamped === true) {
    const held = Float64Array.from({ length: stimulatedSteps }, (_, k) => -70.3 + k / 2);
    net.select([(model.cells[0].where + 1) % count]).clamp("v", held);
  }
  net
    .record("v")
    .select([stream.below(count)])
    .record("i");
  for (const name of description.currentNames()) net.select([stream.below(count)]).record(name);
  for (const { synapse } of description.synapses)
    net.synapse(synapse.name).record(synapse.currentName);
  for (let n = 0; n < 6; n++) trainSomething(net, stream, some);
  return net;
}

const geometry = [
  "radius",
  "length",
  "axial_resistivity",
  "capacitance",
  "v",
  "area",
  "volume",
  "resistive_load_in",
  "resistive_load_out",
] as const;

/** Marks a random key as trainable in random places. */
function trainSomething(net: Module, stream: RandomStream, some: (share: number) => number[]) {
  const { description } = net.root;
  const pick = <Item>(items: readonly Item[]): Item | undefined =>
    items[stream.below(items.length)];
  const kinds = description.synapses.map(({ synapse }) => synapse);
  if (kinds.length > 0 && stream.uniform() < 0.3) {
    const kind = pick(kinds);
    const key = pick([...(kind?.parameters ?? []), ...(kind?.states ?? [])])?.key;
    if (kind !== undefined && key !== undefined)
      net.synapse(kind.name).edge("all").makeTrainable(key);
    return;
  }
  const ofChannels = [...description.quantities().keys()].filter(
    // Numbers of spikes move by jumps; currents are no states to start from unless a pump sees them first
    (key) => !key.endsWith("_spikes") && !description.currentNames().has(key),
  );
  // Only what diffuses knows volumes
  const ofGeometry = geometry.filter((key) => key !== "volume" || description.diffusing.length > 0);
  const key = stream.uniform() < 0.4 ? pick(ofGeometry) : pick(ofChannels);
  if (key === undefined) return;
  const present = isGeometry(key) ? undefined : description.presence(key);
  const places = some(0.5).filter((i) => present === undefined || present[i] === 1);
  if (places.length === 0) return;
  const name: string = key;
  net.select(places).makeTrainable(name);
}

function isGeometry(key: string): boolean {
  return geometry.some((one) => one === key);
}
