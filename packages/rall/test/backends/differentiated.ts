/**
 * @file Derivatives of a run with respect to all numbers of its plan, in three ways: backwards, forwards, and by differences of runs
 * of plans whose numbers were moved. The loss is linear and quadratic in all recordings and final states, with random weights.
 */
import type { ModelOptions, Module, RandomStream } from "rall";
import type { Backend, DifferentiableKernel, Kernel } from "../../src/backends/backend.ts";
import type { Surrogate } from "../../src/expressions/surrogate.ts";
import type { PlanGradient, Wanted } from "../../src/plan/gradient.ts";
import { makePlan, type Plan, type States } from "../../src/plan/plan.ts";
import { scheduledTree } from "../../src/plan/schedule.ts";
import { setUp } from "../../src/simulation/compile.ts";
import { Memory } from "../../src/util/memory.ts";

/** What is differentiated. */
export interface Problem {
  readonly backend: Backend;
  readonly plan: Plan;
  readonly steps: number;
  readonly wanted: Wanted;
  readonly surrogate: Surrogate | undefined;
  readonly memory: Memory;
}

const geometryKeys = ["radius", "length", "axial_resistivity", "capacitance"];

/** A problem with numbers that differ from place to place. */
export function problemOf(
  backend: Backend,
  module: Module,
  steps: number,
  stream: RandomStream,
  options: ModelOptions & { readonly surrogate?: Surrogate } = {},
): Problem {
  const { surrogate, ...own } = options;
  const setup = setUp(module, own);
  const plan = makePlan(setup.description, { ...setup, tabulates: false, returnStates: true });
  // Marks of spikes, times and whole exponents are no quantities that may be anything
  for (const [key, column] of [...plan.parameters, ...plan.states, ["v", plan.geometry.v] as const])
    for (const [i, value] of column.entries())
      if (!/spike|_whole$/.test(key)) column[i] = value * (1 + 0.02 * (stream.uniform() - 0.5));
  const reads = new Set(plan.mechanisms.flatMap((mechanism) => [...mechanism.reads]));
  for (const { readings } of plan.synapses) for (const { key } of readings.values()) reads.add(key);
  const keys = new Set([
    ...[
      ...plan.parameters.keys(),
      ...plan.synapses.flatMap(({ parameters }) => [...parameters.keys()]),
    ].filter((key) => !key.endsWith("_whole")),
    ...geometryKeys.filter((key) => reads.has(key)),
  ]);
  const wanted = { keys, geometry: true, delays: surrogate !== undefined };
  return { backend, plan, steps, wanted, surrogate, memory: new Memory() };
}

/** Share of the squares in the loss. */
const squares = 1e-3;

/** Weights of the loss. */
export class Loss {
  readonly #weights = new Map<string, number>();
  readonly #bases = new Map<string, number>();
  readonly #stream: RandomStream;
  readonly #countsStates: boolean;

  constructor(stream: RandomStream, options: { readonly countsStates: boolean }) {
    this.#stream = stream;
    this.#countsStates = options.countsStates;
  }

  /** What is taken off to keep digits: the first value that is seen does not count. */
  value(name: string, x: number): number {
    if (Number.isNaN(x)) return 0;
    const base = this.#bases.get(name) ?? x;
    this.#bases.set(name, base);
    return this.#weight(name) * (x - base) * (1 + squares * (x + base));
  }

  slope(name: string, x: number): number {
    return Number.isNaN(x) ? 0 : this.#weight(name) * (1 + 2 * squares * x);
  }

  /** @param name - those of final states begin with `state`. */
  #weight(name: string): number {
    if (!this.#countsStates && name.startsWith("state")) return 0;
    const weight = this.#weights.get(name) ?? 2 * this.#stream.uniform() - 1;
    this.#weights.set(name, weight);
    return weight;
  }
}

interface Run {
  readonly start: Float64Array;
  /** Row by row. */
  readonly recordings: Float64Array;
  readonly states: States;
}

async function blocks(
  kernel: Kernel,
  rows: number,
  steps: number,
  advance: (steps: number) => Promise<Float64Array>,
): Promise<Float64Array> {
  const all = new Float64Array(rows * steps);
  for (let done = 0; done < steps; ) {
    const length = Math.min(kernel.chunk, steps - done);
    const block = await advance(length);
    for (let row = 0; row < rows; row++)
      all.set(block.subarray(row * length, (row + 1) * length), row * steps + done);
    done += length;
  }
  return all;
}

async function run({ backend, plan, steps, memory }: Problem): Promise<Run> {
  const kernel = await backend.compile(plan, memory);
  const start = kernel.recordStart();
  const rows = plan.recordings.length;
  const recordings = await blocks(kernel, rows, steps, (n) => kernel.advance(n));
  const states = kernel.states();
  kernel.release();
  return { start, recordings, states };
}

export async function lossOf(problem: Problem, loss: Loss): Promise<number> {
  const { start, recordings, states } = await run(problem);
  let sum = 0;
  for (const [k, x] of start.entries()) sum += loss.value(`start ${k}`, x);
  for (const [k, x] of recordings.entries()) sum += loss.value(`${k}`, x);
  for (const [key, column] of Object.entries(states.values))
    for (const [i, x] of column.entries()) sum += loss.value(`state ${key} ${i}`, x);
  return sum;
}

function kernelFor(problem: Problem, mode: "backwards" | "forwards", tapeLength: number) {
  const { backend, plan, steps, wanted, surrogate, memory } = problem;
  return backend.differentiate(plan, memory, { wanted, surrogate, steps, tapeLength, mode });
}

/** The gradient backwards. @param parts - lengths of the stretches that are taped at once, from the start to the end. */
export async function gradientOf(
  problem: Problem,
  loss: Loss,
  parts: readonly number[] = [problem.steps],
): Promise<PlanGradient> {
  const { plan, steps } = problem;
  const kernel = await kernelFor(problem, "backwards", Math.max(...parts));
  const start = kernel.recordStart();
  const rows = plan.recordings.length;
  const moments = [kernel.keep()];
  for (const part of parts) {
    await blocks(kernel, rows, part, (n) => kernel.advance(n));
    moments.push(kernel.keep());
  }
  const byStates = Object.fromEntries(
    Object.entries(kernel.states().values).map(([key, column]) => [
      key,
      column.map((x, i) => loss.slope(`state ${key} ${i}`, x)),
    ]),
  );
  kernel.startBackwards(byStates);
  let end = steps;
  for (const [k, part] of [...parts.entries()].reverse()) {
    const moment = moments[k];
    if (moment !== undefined) kernel.resume(moment);
    end -= part;
    await thereAndBack(kernel, rows, part, (row, at, x) => {
      return loss.slope(`${row * steps + end + at}`, x);
    });
  }
  const gradient = kernel.gradient(start.map((x, k) => loss.slope(`start ${k}`, x)));
  kernel.release();
  return gradient;
}

/** Tapes steps and goes back over them. */
async function thereAndBack(
  kernel: DifferentiableKernel,
  rows: number,
  steps: number,
  slope: (row: number, step: number, x: number) => number,
): Promise<void> {
  const given: { readonly steps: number; readonly bars: Float64Array }[] = [];
  for (let done = 0; done < steps; ) {
    const length = Math.min(kernel.chunk, steps - done);
    const block = await kernel.tape(length);
    const bars = Float64Array.from({ length: rows * length }, (_, k) =>
      slope(Math.floor(k / length), done + (k % length), block[k] ?? Number.NaN),
    );
    given.push({ steps: length, bars });
    done += length;
  }
  for (const { steps: length, bars } of given.reverse()) await kernel.reverse(length, bars);
}

/** Derivative of the part of the loss that depends on recordings, in a direction, forwards. */
export async function tangentOf(
  problem: Problem,
  loss: Loss,
  direction: PlanGradient,
): Promise<number> {
  const kernel = await kernelFor(problem, "forwards", problem.steps);
  const start = kernel.recordStart();
  const moves = kernel.startTangent(direction);
  let sum = 0;
  for (const [k, x] of start.entries()) sum += loss.slope(`start ${k}`, x) * (moves[k] ?? 0);
  for (let done = 0; done < problem.steps; ) {
    const length = Math.min(kernel.chunk, problem.steps - done);
    const block = await kernel.advanceTangent(length);
    for (const [k, x] of block.recordings.entries()) {
      const at = Math.floor(k / length) * problem.steps + done + (k % length);
      sum += loss.slope(`${at}`, x) * (block.tangents[k] ?? Number.NaN);
    }
    done += length;
  }
  kernel.release();
  return sum;
}

/** Names of the parts of a gradient, with their numbers. */
export function partsOf(gradient: PlanGradient): [string, Float64Array][] {
  return [
    ...[...gradient.columns].map(([key, column]): [string, Float64Array] => [key, column]),
    ["area", gradient.area],
    ["capacity", gradient.capacity],
    ["conductance", gradient.conductance],
    ["exchanges", gradient.exchanges],
    ...gradient.ions.flatMap(({ key, volume, conductance }): [string, Float64Array][] => [
      [`volume of ${key}`, volume],
      [`conductance of ${key}`, conductance],
    ]),
    ...gradient.synapses.flatMap(({ columns, delays }, kind): [string, Float64Array][] => [
      ...[...columns].map(([key, column]): [string, Float64Array] => [`${kind} ${key}`, column]),
      ...(delays === undefined ? [] : [[`delays ${kind}`, delays] as [string, Float64Array]]),
    ]),
    ...gradient.stimuli.map((row, k): [string, Float64Array] => [`stimulus ${k}`, row]),
    ...gradient.clamps.map((row, k): [string, Float64Array] => [`clamp ${k}`, row]),
  ];
}

/** The numbers themselves, in the shape of their gradient. */
export function numbersOf(plan: Plan, like: PlanGradient): PlanGradient {
  const { geometry, parameters, states, currents, firstCurrents } = plan;
  const columns = new Map(
    Array.from(like.columns.keys(), (key) => [
      key,
      (parameters.get(key) ??
        states.get(key) ??
        (currents ?? firstCurrents).get(key) ??
        (geometry as Readonly<Record<string, Float64Array>>)[key] ??
        new Float64Array()) as Float64Array,
    ]),
  );
  return {
    columns,
    area: geometry.area,
    capacity: plan.axial.capacity.slice(0, plan.count),
    conductance: plan.axial.conductance,
    exchanges: Float64Array.from(plan.exchanges, ({ conductance }) => conductance),
    ions: plan.ions.map(({ key, diffusion }) => ({
      key,
      volume: diffusion?.tree.capacity.slice(0, plan.count) ?? new Float64Array(),
      conductance: diffusion?.tree.conductance ?? new Float64Array(),
    })),
    synapses: plan.synapses.map((synapse, kind) => ({
      columns: new Map(
        Array.from(like.synapses[kind]?.columns.keys() ?? [], (key) => [
          key,
          synapse.parameters.get(key) ?? synapse.states.get(key) ?? new Float64Array(),
        ]),
      ),
      delays: like.synapses[kind]?.delays?.map(() => 1),
    })),
    stimuli: plan.stimuli.map(({ samples }) => samples),
    clamps: plan.clamps.map(({ samples }) => samples),
  };
}

/** A random direction, each number in proportion to the largest of its part. */
export function randomDirection(
  plan: Plan,
  like: PlanGradient,
  stream: RandomStream,
  isIncluded: (name: string) => boolean = () => true,
): PlanGradient {
  const sizes = new Map(
    partsOf(numbersOf(plan, like)).map(([name, column]) => [name, largest(column) || 1e-3]),
  );
  const names = partsOf(like)
    .map(([name]) => name)
    [Symbol.iterator]();
  const move = (column: Float64Array, presence?: Uint8Array) => {
    const { value: name = "" } = names.next();
    const size = isIncluded(name) ? (sizes.get(name) ?? 1) : 0;
    return column.map((_, i) => (presence?.[i] === 0 ? 0 : size * (2 * stream.uniform() - 1)));
  };
  const columns = new Map(
    [...like.columns].map(([key, column]) => [key, move(column, plan.presence.get(key))]),
  );
  const area = move(like.area);
  const capacity = move(like.capacity);
  const ofLinks = (column: Float64Array) =>
    move(column).map((value, node) => ((plan.axial.parent[node] ?? -1) < 0 ? 0 : value));
  const conductance = ofLinks(like.conductance);
  return {
    columns,
    area,
    capacity,
    conductance,
    exchanges: move(like.exchanges),
    ions: like.ions.map((ion) => ({
      key: ion.key,
      volume: move(ion.volume),
      conductance: ofLinks(ion.conductance),
    })),
    synapses: like.synapses.map((synapse) => ({
      columns: new Map([...synapse.columns].map(([key, column]) => [key, move(column)])),
      delays: synapse.delays && move(synapse.delays),
    })),
    stimuli: like.stimuli.map((row) => move(row)),
    clamps: like.clamps.map((row) => move(row)),
  };
}

export function largest(column: Float64Array): number {
  return column.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}

/** Product of a gradient and a direction, and the sum of the sizes of its terms. */
export function dot(
  a: PlanGradient,
  b: PlanGradient,
): { readonly sum: number; readonly size: number } {
  let [sum, size] = [0, 0];
  const parts = partsOf(b);
  for (const [k, [, column]] of partsOf(a).entries()) {
    for (const [i, value] of column.entries()) {
      const term = value * (parts[k]?.[1][i] ?? Number.NaN);
      sum += term;
      size += Math.abs(term);
    }
  }
  return { sum, size };
}

/** The problem with the numbers of its plan moved in a direction. */
export function moved(problem: Problem, direction: PlanGradient, by: number): Problem {
  const { plan } = problem;
  const add = (column: Float64Array, moves: ArrayLike<number> = []) =>
    column.map((value, i) => value + by * (moves[i] ?? 0));
  const map = (
    columns: ReadonlyMap<string, Float64Array>,
    moves: ReadonlyMap<string, Float64Array>,
  ) => new Map([...columns].map(([key, column]) => [key, add(column, moves.get(key))]));
  const { columns } = direction;
  const geometry = {
    ...plan.geometry,
    ...Object.fromEntries(
      Object.entries(plan.geometry).map(([key, column]) => [key, add(column, columns.get(key))]),
    ),
    area: add(plan.geometry.area, direction.area),
    volume: add(
      plan.geometry.volume,
      direction.ions.find(({ volume }) => volume.length > 0)?.volume,
    ),
  };
  const axial = {
    ...plan.axial,
    conductance: add(plan.axial.conductance, direction.conductance),
    capacity: add(plan.axial.capacity, direction.capacity),
  };
  return {
    ...problem,
    plan: {
      ...plan,
      geometry,
      axial,
      tree: scheduledTree(plan.schedule, axial),
      parameters: map(plan.parameters, columns),
      states: map(plan.states, columns),
      currents: plan.currents && map(plan.currents, columns),
      firstCurrents:
        plan.currents === undefined ? map(plan.firstCurrents, columns) : plan.firstCurrents,
      exchanges: plan.exchanges.map((exchange, k) => ({
        ...exchange,
        conductance: exchange.conductance + by * (direction.exchanges[k] ?? 0),
      })),
      ions: plan.ions.map((ion, k) => {
        if (ion.diffusion === undefined) return ion;
        const { tree } = ion.diffusion;
        const own = {
          ...tree,
          conductance: add(tree.conductance, direction.ions[k]?.conductance),
          capacity: add(tree.capacity, direction.ions[k]?.volume),
        };
        return { ...ion, diffusion: { tree: own, scheduled: scheduledTree(plan.schedule, own) } };
      }),
      synapses: plan.synapses.map((synapse, k) => {
        const moves = direction.synapses[k]?.columns ?? new Map<string, Float64Array>();
        return {
          ...synapse,
          parameters: map(synapse.parameters, moves),
          states: map(synapse.states, moves),
        };
      }),
      stimuli: plan.stimuli.map((stimulus, k) => ({
        ...stimulus,
        samples: add(lasting(stimulus.samples, problem.steps), direction.stimuli[k]),
      })),
      clamps: plan.clamps.map((clamp, k) => ({
        ...clamp,
        samples: add(clamp.samples, direction.clamps[k]),
      })),
    },
  };
}

/** Samples for as long as a run. */
function lasting(samples: Float64Array, steps: number): Float64Array {
  return Float64Array.from({ length: steps }, (_, k) => samples[k] ?? 0);
}

/** Derivative of the loss in a direction by central differences, taken to the limit (Richardson). */
export async function differenceOf(
  problem: Problem,
  loss: Loss,
  direction: PlanGradient,
  by: number,
): Promise<number> {
  const central = async (h: number) =>
    ((await lossOf(moved(problem, direction, h), loss)) -
      (await lossOf(moved(problem, direction, -h), loss))) /
    (2 * h);
  const [coarse, middle, fine] = [await central(by), await central(by / 2), await central(by / 4)];
  const better = (one: number, two: number, order: number) => (order * two - one) / (order - 1);
  return better(better(coarse, middle, 4), better(middle, fine, 4), 16);
}
