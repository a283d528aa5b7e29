/** @file The lists by which a program watches sources of spikes and finds the synapses that receive them. */
import type { Events, SentSpikes, Wiring } from "../../plan/events.ts";
import { detector, origin, record, train } from "./spikes.ts";

/** No step has this number; it ends the list of a train. */
const never = 0x7fffffff;
/** Step of the last spike of a source that sent none. */
const longAgo = -0x3fffffff;

interface Ring {
  readonly address: number;
  /** A power of two. */
  readonly length: number;
  readonly record: number;
  /** Derivatives by the spikes of each step: address, and length, a power of two. */
  readonly bars: number;
  readonly barLength: number;
}

export class SpikeLists {
  /** Start and end of what moves: records and rings. */
  readonly moving: readonly [number, number];
  /** Start and end of the rings of derivatives. */
  readonly bars: readonly [number, number];
  readonly #events: Events;
  readonly #rings: readonly Ring[];
  readonly #trains: ReadonlyMap<number, number>;

  /**
   * @param reserve - gives the address of so many bytes.
   * @param block - steps of one call, whose spikes are read afterwards.
   * @param tapeLength - most steps that are gone back over at once; undefined if there is no way back.
   */
  constructor(
    events: Events,
    reserve: (bytes: number) => number,
    block: number,
    tapeLength: number | undefined,
  ) {
    this.#events = events;
    const recorded = new Set(events.recorded.map(({ source }) => source));
    const power = (least: number) => 2 ** Math.ceil(Math.log2(least));
    const lengths = events.sources.map((_, source) => {
      const longest = events.longest[source] ?? 0;
      if (tapeLength !== undefined) return power(longest + Math.max(tapeLength, block) + 1);
      return power(Math.max(longest, recorded.has(source) ? block : 0) + 1);
    });
    const barLengths = lengths.map((_, source) =>
      tapeLength === undefined ? 0 : power((events.longest[source] ?? 0) + 2),
    );
    const start = reserve(record.size * lengths.length + lengths.reduce((a, b) => a + b, 0));
    let end = start + record.size * lengths.length;
    const barsStart = reserve(8 * barLengths.reduce((a, b) => a + b, 0));
    let bars = barsStart;
    this.#rings = lengths.map((length, source) => {
      const address = end;
      end += length;
      const barLength = barLengths[source] ?? 0;
      bars += 8 * barLength;
      return {
        ...{ address, length, record: start + record.size * source },
        ...{ bars: bars - 8 * barLength, barLength },
      };
    });
    this.moving = [start, end];
    this.bars = [barsStart, bars];
    this.#trains = new Map(
      events.sources.flatMap((source, number) =>
        source.kind === "train" ? [[number, reserve(4 * source.steps.length + 4)] as const] : [],
      ),
    );
  }

  /** Whole numbers of the list of compartments that are watched; thresholds are written by `write`. */
  detectors(valueAt: (state: string, compartment: number) => number): number[] {
    return this.#events.sources.flatMap((source, number) => {
      const ring = this.#rings[number];
      if (source.kind !== "compartment" || ring === undefined) return [];
      const entry = new Int32Array(detector.size / 4);
      const { state, compartment, isCrossing, threshold } = source;
      entry[detector.value / 4] = valueAt(state, compartment);
      entry[detector.isCrossing / 4] = isCrossing ? 1 : 0;
      entry.set(new Int32Array(Float64Array.of(threshold).buffer), detector.threshold / 4);
      entry[detector.ring / 4] = ring.address;
      entry[detector.mask / 4] = ring.length - 1;
      entry[detector.record / 4] = ring.record;
      entry[detector.bars / 4] = ring.bars;
      entry[detector.barMask / 4] = ring.barLength - 1;
      return [...entry];
    });
  }

  trains(): number[] {
    return this.#events.sources.flatMap(({ kind }, number) => {
      const ring = this.#rings[number];
      if (kind !== "train" || ring === undefined) return [];
      const entry = new Int32Array(train.size / 4);
      entry[train.ring / 4] = ring.address;
      entry[train.mask / 4] = ring.length - 1;
      entry[train.record / 4] = ring.record;
      return [...entry];
    });
  }

  /**
   * The sources of the spikes of a kind of synapse, each with its connections.
   *
   * @param listConnections - gives the address of a list of whole numbers.
   */
  origins(
    { source, delay }: Wiring,
    listConnections: (values: readonly number[]) => number,
  ): number[] {
    const bySource = new Map<number, number[]>();
    for (const [edge, number] of source.entries()) {
      const list = bySource.get(number) ?? [];
      list.push(edge);
      bySource.set(number, list);
    }
    const connections: number[] = [];
    const parts = Array.from(bySource, ([number, edges]) => {
      const first = connections.length;
      for (const edge of edges) connections.push(8 * edge, delay[edge] ?? 0);
      return { number, first, end: connections.length };
    });
    const start = listConnections(connections);
    return parts.flatMap(({ number, first, end }) => {
      const ring = this.#rings[number];
      if (ring === undefined) return [];
      const entry = new Int32Array(origin.size / 4);
      entry[origin.ring / 4] = ring.address;
      entry[origin.mask / 4] = ring.length - 1;
      entry[origin.record / 4] = ring.record;
      entry[origin.longest / 4] = this.#events.longest[number] ?? 0;
      entry[origin.first / 4] = start + 4 * first;
      entry[origin.end / 4] = start + 4 * end;
      entry[origin.bars / 4] = ring.bars;
      entry[origin.barMask / 4] = ring.barLength - 1;
      return [...entry];
    });
  }

  /** Puts all sources at the beginning of a run. */
  write(buffer: ArrayBuffer): void {
    const [start, end] = this.moving;
    new Uint8Array(buffer, start, end - start).fill(0);
    const memory = new DataView(buffer);
    for (const [number, source] of this.#events.sources.entries()) {
      const at = this.#rings[number]?.record ?? 0;
      memory.setInt32(at + record.last, longAgo, true);
      if (source.kind === "train") this.#writeTrain(buffer, number, source.steps);
    }
    for (const { source, age, count } of this.#events.sent)
      this.#send(memory, source, -Math.round(age / this.#events.dt), count);
  }

  /** Tells which sources are above their thresholds before the first step; what is there has spiked before. */
  start(buffer: ArrayBuffer, value: (state: string, compartment: number) => number): void {
    const memory = new DataView(buffer);
    for (const [number, source] of this.#events.sources.entries()) {
      if (source.kind === "train") continue;
      const isAbove = value(source.state, source.compartment) >= source.threshold;
      memory.setInt32((this.#rings[number]?.record ?? 0) + record.isAbove, isAbove ? 1 : 0, true);
    }
  }

  /** Numbers of the last `steps` steps before `step` in which each recorded source spiked, counted from the first of them. */
  recorded(buffer: ArrayBuffer, step: number, steps: number): number[][] {
    return this.#events.recorded.map(({ source }) => {
      const { address, length } = this.#rings[source] ?? { address: 0, length: 1 };
      const ring = new Uint8Array(buffer, address, length);
      const found: number[] = [];
      for (let k = 0; k < steps; k++)
        if (ring[(step - steps + k + 1) & (length - 1)] !== 0) found.push(k);
      return found;
    });
  }

  /** Spikes that may not have arrived everywhere at the start of `step`. */
  sent(buffer: ArrayBuffer, step: number): SentSpikes[] {
    const { longest, dt } = this.#events;
    return this.#rings.flatMap(({ address, length }, source) => {
      const ring = new Uint8Array(buffer, address, length);
      return Array.from({ length: (longest[source] ?? 0) + 1 }, (_, age) => ({
        source,
        age: age * dt,
        count: ring[(step - age) & (length - 1)] ?? 0,
      })).filter(({ count }) => count > 0);
    });
  }

  #writeTrain(buffer: ArrayBuffer, number: number, steps: Int32Array): void {
    const address = this.#trains.get(number) ?? 0;
    const list = new Int32Array(buffer, address, steps.length + 1);
    list.set(steps);
    list[steps.length] = never;
    const early = steps.filter((step) => step === 0).length;
    const memory = new DataView(buffer);
    memory.setInt32((this.#rings[number]?.record ?? 0) + record.next, address + 4 * early, true);
    if (early > 0) this.#send(memory, number, 0, early);
  }

  #send(memory: DataView, source: number, step: number, count: number): void {
    const ring = this.#rings[source];
    if (ring === undefined || -step >= ring.length) return;
    memory.setUint8(ring.address + (step & (ring.length - 1)), count);
    const last = ring.record + record.last;
    memory.setInt32(last, Math.max(step, memory.getInt32(last, true)), true);
  }
}
