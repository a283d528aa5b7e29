/** @file The lists whose lengths are no part of a program: runs, segments, stimuli, clamps, recordings, and the output. */
import type { Clamp } from "../../modules/description.ts";
import type { Plan } from "../../plan/plan.ts";
import { header, type Layout } from "./layout.ts";

export class Lists {
  /** Bytes of memory that a run needs in all. */
  readonly size: number;
  /** Where rows of recordings are written. */
  readonly output: number;
  /** Addresses of what is recorded. */
  readonly recorded: readonly number[];
  readonly #integers: { readonly address: number; readonly values: readonly number[] }[] = [];
  readonly #samples = new Map<Float64Array, number>();
  readonly #headers: (readonly [number, number])[] = [];
  #end: number;

  /** Lists that stand from `start` on, with room for the recordings of `block` steps. */
  constructor(plan: Plan, layout: Layout, start: number, block: number) {
    this.#end = start;
    const { place, segments } = plan.schedule;
    const offset = (compartment: number) => 8 * (place[compartment] ?? 0);
    const synaptic = new Map(layout.synapses.flatMap(({ columns }) => [...columns]));
    const target = ({ state, compartment }: { state: string; compartment: number }) => {
      const connections = synaptic.get(state);
      return connections === undefined
        ? (layout.columns.get(state) ?? 0) + offset(compartment)
        : connections + 8 * compartment;
    };
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
    this.#list(header.stimuli, header.stimuliEnd, stimuli);
    const others = plan.clamps.filter(
      ({ state }) => state !== "v" && (layout.columns.has(state) || synaptic.has(state)),
    );
    this.#list(header.clamps, header.clampsEnd, clamps(others));
    const voltage = clamps(plan.clamps.filter(({ state }) => state === "v"));
    this.#list(header.voltageClamps, header.voltageClampsEnd, voltage);
    this.recorded = plan.recordings.map(target);
    this.#list(header.recordings, header.recordingsEnd, this.recorded);
    this.output = this.#reserve(8 * block * plan.recordings.length);
    this.#headers.push([header.output, this.output]);
    this.size = this.#end;
  }

  write(buffer: ArrayBuffer): void {
    for (const { address, values } of this.#integers)
      new Int32Array(buffer, address, values.length).set(values);
    for (const [samples, address] of this.#samples)
      new Float64Array(buffer, address, samples.length).set(samples);
    for (const [address, value] of this.#headers) new Int32Array(buffer, address, 1)[0] = value;
  }

  #reserve(bytes: number): number {
    const address = this.#end;
    this.#end += Math.ceil(bytes / 16) * 16;
    return address;
  }

  #list(start: number, end: number, values: readonly number[]): void {
    const address = this.#reserve(4 * values.length);
    this.#integers.push({ address, values });
    this.#headers.push([start, address], [end, address + 4 * values.length]);
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
