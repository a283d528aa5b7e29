/** @file The lists whose lengths are no part of a program: runs, segments, stimuli, clamps,
 * recordings, gap junctions that close loops, sources of spikes, and the output. */
import type { Clamp, Target } from "../../modules/description.ts";
import { clampedRows, exchangeCapacity } from "../../plan/clamped.ts";
import { exchangeFactors } from "../../plan/junctions.ts";
import type { Plan } from "../../plan/plan.ts";
import { isWholeCurrent } from "../../plan/recorded.ts";
import type { AdjointLayout } from "./adjoint-layout.ts";
import { header, type Layout } from "./layout.ts";
import { exchange, held } from "./program.ts";
import { SpikeLists } from "./spike-lists.ts";

export class Lists {
  /** Bytes of memory that a run needs in all. */
  readonly size: number;
  /** Where rows of recordings are written. */
  readonly output: number;
  /** Addresses of what is recorded. */
  readonly recorded: readonly number[];
  readonly spikes: SpikeLists;
  /** Where derivatives by recordings are read, or how these move is written: rows like those of the output. */
  readonly given: number;
  /** Where derivatives by samples are written: a row for each stimulus, and for each clamp, whose numbers these are. */
  readonly byStimuli: number;
  readonly byClamps: number;
  readonly clampRows: readonly { readonly number: number }[];
  /** Entries of gap junctions that close loops. */
  readonly exchanges: readonly number[];
  readonly #integers: { readonly address: number; readonly values: readonly number[] }[] = [];
  readonly #samples = new Map<Float64Array, number>();
  readonly #headers: (readonly [number, number])[] = [];
  /** Address of the list of stimuli, entries of clamps with their numbers, and room for samples that are fed. */
  readonly #stimuli: number;
  readonly #clamps: { readonly number: number; readonly entry: number }[] = [];
  readonly #held: { readonly number: number; readonly entry: number }[] = [];
  readonly #fed: number;
  #end: number;

  /**
   * Lists that stand from `start` on, with room for the recordings of `block` steps.
   *
   * @param taped - if derivatives are wanted.
   */
  constructor(
    plan: Plan,
    layout: Layout,
    start: number,
    block: number,
    taped?: { readonly adjoint: AdjointLayout; readonly tapeLength: number },
  ) {
    this.#end = start;
    const { place, segments } = plan.schedule;
    const offset = (compartment: number) => 8 * (place[compartment] ?? 0);
    const synaptic = new Map(layout.synapses.map(({ plan: { name }, columns }) => [name, columns]));
    const columnOf = ({ state, synapse }: Target) =>
      (synapse === undefined ? layout.columns : synaptic.get(synapse))?.get(state);
    const target = (one: Target) =>
      (columnOf(one) ?? 0) + (one.synapse === undefined ? offset(one.index) : 8 * one.index);
    for (const [number, { isEverywhere, runs }] of layout.mechanisms.entries()) {
      const present = plan.mechanisms[number]?.present ?? new Uint8Array();
      if (!isEverywhere) this.#list(runs, runs + 4, runsOf(present, place, layout.rows));
    }
    this.#list(
      header.segments,
      header.segmentsEnd,
      segments.flatMap(({ head, mirror, near: [a, b] }) => [16 * head, 16 * mirror, 8 * a, 8 * b]),
    );
    const clamps = (list: readonly Clamp[]) =>
      list.flatMap((clamp) => [target(clamp), this.#series(clamp.samples)]);
    const stimuli = plan.stimuli.flatMap(({ compartment, samples }) => [
      offset(compartment),
      this.#series(samples),
      samples.length,
    ]);
    this.#stimuli = this.#list(header.stimuli, header.stimuliEnd, stimuli);
    const others = plan.clamps.filter(
      (clamp) => clamp.state !== "v" && columnOf(clamp) !== undefined,
    );
    const ofVoltage = plan.clamps.filter(({ state }) => state === "v");
    for (const [list, headerAt] of [
      [others, header.clamps],
      [ofVoltage, header.voltageClamps],
    ] as const) {
      const address = this.#list(headerAt, headerAt + 4, clamps(list));
      for (const [k, clamp] of list.entries())
        this.#clamps.push({ number: plan.clamps.indexOf(clamp), entry: address + 8 * k });
    }
    this.#fed = this.#reserve(8 * (plan.stimuli.length + plan.clamps.length));
    // Currents of whole compartments are told elsewhere; the program records v in their places
    this.recorded = plan.recordings.map((row) =>
      target(isWholeCurrent(row) ? { ...row, state: "v" } : row),
    );
    this.#list(header.recordings, header.recordingsEnd, this.recorded);
    const capacity = exchangeCapacity(plan);
    const exchanges = this.#list(
      header.exchanges,
      header.exchangesEnd,
      plan.exchanges.flatMap(({ a, b, conductance }) => {
        const factors = exchangeFactors(conductance, capacity, a, b, plan.dt);
        const numbers = new Int32Array(exchange.size / 4);
        numbers[exchange.a / 4] = offset(a);
        numbers[exchange.b / 4] = offset(b);
        numbers.set(new Int32Array(Float64Array.from(factors).buffer), exchange.gain / 4);
        return [...numbers];
      }),
    );
    this.spikes = new SpikeLists(
      plan.events,
      (bytes) => this.#reserve(bytes),
      block,
      taped?.tapeLength,
    );
    this.#list(
      header.detectors,
      header.detectorsEnd,
      this.spikes.detectors((state, compartment) =>
        target({ state, synapse: undefined, index: compartment }),
      ),
    );
    this.#list(header.trains, header.trainsEnd, this.spikes.trains());
    for (const [kind, { sources }] of layout.synapses.entries()) {
      const wiring = plan.events.wirings[kind];
      if (wiring === undefined) continue;
      this.#list(
        sources,
        sources + 4,
        this.spikes.origins(wiring, (values) => this.#integerList(values)),
      );
    }
    this.exchanges = plan.exchanges.map((_, k) => exchanges + exchange.size * k);
    this.output = this.#reserve(8 * block * plan.recordings.length);
    const isTaped = taped !== undefined;
    this.given = isTaped ? this.#reserve(8 * block * plan.recordings.length) : 0;
    this.byStimuli = isTaped ? this.#reserve(8 * block * plan.stimuli.length) : 0;
    this.byClamps = isTaped ? this.#reserve(8 * block * plan.clamps.length) : 0;
    // Clamps of voltages are undone first
    const isOfVoltage = ({ number }: { readonly number: number }) =>
      plan.clamps[number]?.state === "v";
    this.clampRows = [
      ...this.#clamps.filter(isOfVoltage),
      ...this.#clamps.filter((one) => !isOfVoltage(one)),
    ];
    this.#listHeld(plan, layout, taped?.adjoint);
    this.#headers.push([header.output, this.output]);
    this.size = this.#end;
  }

  /** Clamps that are rows of systems that the program solves. */
  #listHeld(plan: Plan, layout: Layout, adjoint: AdjointLayout | undefined): void {
    const fields = [
      { key: "v", right: layout.right, lambda: adjoint?.voltage.right ?? 0 },
      ...layout.ions.map(({ key, right }, n) => ({
        ...{ key, right },
        lambda: adjoint?.ions[n]?.right ?? 0,
      })),
    ];
    const entries = !layout.isEliminated
      ? []
      : fields.flatMap(({ key, right, lambda }) =>
          clampedRows(plan, key).map(({ compartment, clamp: number }) => {
            const offset = 8 * (plan.schedule.place[compartment] ?? 0);
            const samples = plan.clamps[number]?.samples ?? new Float64Array();
            const entry = new Int32Array(held.size / 4);
            entry[held.value / 4] = (layout.columns.get(key) ?? 0) + offset;
            entry[held.series / 4] = this.#series(samples);
            entry[held.right / 4] = right + offset;
            entry[held.row / 4] = this.clampRows.findIndex((one) => one.number === number);
            entry[held.lambda / 4] = lambda + offset;
            return { number, values: [...entry] };
          }),
        );
    const address = this.#list(
      header.held,
      header.heldEnd,
      entries.flatMap(({ values }) => values),
    );
    for (const [k, { number }] of entries.entries())
      this.#held.push({ number, entry: address + held.size * k });
  }

  /** Sample of a clamp for a step. */
  sample(buffer: ArrayBuffer, clamp: number, step: number): number {
    const memory = new DataView(buffer);
    const entry = this.#clamps.find(({ number }) => number === clamp)?.entry ?? 0;
    const address = memory.getInt32(entry + 4, true) + 8 * step;
    return memory.getFloat64(address, true);
  }

  write(buffer: ArrayBuffer): void {
    for (const { address, values } of this.#integers)
      new Int32Array(buffer, address, values.length).set(values);
    for (const [samples, address] of this.#samples)
      new Float64Array(buffer, address, samples.length).set(samples);
    this.spikes.write(buffer);
    for (const [address, value] of this.#headers) new Int32Array(buffer, address, 1)[0] = value;
  }

  #reserve(bytes: number): number {
    const address = this.#end;
    this.#end += Math.ceil(bytes / 16) * 16;
    return address;
  }

  /** Points all entries to one sample each, for the step of this number. */
  feed(
    buffer: ArrayBuffer,
    step: number,
    stimuli: ArrayLike<number>,
    clamps: ArrayLike<number>,
  ): void {
    const memory = new DataView(buffer);
    const point = (entry: number, slot: number, sample: number) => {
      const address = this.#fed + 8 * slot;
      memory.setFloat64(address, sample, true);
      // The program adds 8 bytes per step; whole numbers wrap round
      memory.setInt32(entry + 4, address - 8 * step, true);
    };
    for (let k = 0; k < stimuli.length; k++) {
      point(this.#stimuli + 12 * k, k, stimuli[k] ?? 0);
      memory.setInt32(this.#stimuli + 12 * k + 8, 0x7fffffff, true);
    }
    for (const { number, entry } of [...this.#clamps, ...this.#held])
      point(entry, stimuli.length + number, clamps[number] ?? 0);
  }

  #integerList(values: readonly number[]): number {
    const address = this.#reserve(4 * values.length);
    this.#integers.push({ address, values });
    return address;
  }

  #list(start: number, end: number, values: readonly number[]): number {
    const address = this.#integerList(values);
    this.#headers.push([start, address], [end, address + 4 * values.length]);
    return address;
  }

  /** Address of a series, which several stimuli may share. */
  #series(samples: Float64Array): number {
    const address = this.#samples.get(samples) ?? this.#reserve(8 * samples.length);
    this.#samples.set(samples, address);
    return address;
  }
}

/** Byte offsets of the start and end of each stretch of rows in which a compartment has the mechanism. */
function runsOf(present: Uint8Array, place: Int32Array, rows: number): number[] {
  const isHere = new Uint8Array(rows);
  for (const [i, isThere] of present.entries()) if (isThere === 1) isHere[(place[i] ?? 0) >> 1] = 1;
  const runs: number[] = [];
  for (let row = 0; row < rows; row++) {
    if (isHere[row] !== 1) continue;
    const start = row;
    while (isHere[row] === 1) row++;
    runs.push(16 * start, 16 * row);
  }
  return runs;
}
