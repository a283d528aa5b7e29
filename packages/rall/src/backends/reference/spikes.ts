/**
 * @file Spikes: noted when they are sent, and received after their delays. Their number jumps; its derivative is that of a smooth
 * step in its place, for spikes that came and for those that nearly did.
 */
import { Tape } from "../../expressions/evaluate.ts";
import { input } from "../../expressions/expression.ts";
import { type Surrogate, surrogateSlope } from "../../expressions/surrogate.ts";
import { arrivalGain, barOf } from "../../plan/adjoint.ts";
import type { Source } from "../../plan/events.ts";
import type { Plan } from "../../plan/plan.ts";
import { addAt, type Columns, columnOf, names } from "./columns.ts";
import type { Moving } from "./moving.ts";
import type { Passage, Phase, PhaseEquation } from "./phase.ts";
import { evaluator, readerOf } from "./places.ts";
import { type RuleSet, Rules } from "./rules.ts";

/** Notes which sources spike at the end of a step, which is the start of the next. */
export class Watch implements Phase {
  readonly #sources: readonly Source[];
  readonly #slope: ((distance: number) => number) | undefined;

  constructor(plan: Plan, surrogate: Surrogate | undefined) {
    this.#sources = plan.events.sources;
    if (surrogate === undefined) return;
    const tape = new Tape([surrogateSlope(surrogate, input("x"))]);
    this.#slope = (distance) => tape.run([distance])[0] ?? 0;
  }

  run(now: Moving): void {
    this.note(now, now.step + 1);
  }

  /** Notes spikes at the start of step `k`. */
  note({ columns, sources }: Moving, k: number): void {
    for (const [number, source] of this.#sources.entries()) {
      const sender = sources[number];
      if (sender === undefined) continue;
      if (source.kind === "train") {
        const count = source.steps.filter((step) => step === k).length;
        if (count > 0) sender.spikes.set(k, count);
        continue;
      }
      const { state, compartment, threshold, isCrossing } = source;
      const isAbove = (columnOf(columns, state)[compartment] ?? 0) >= threshold;
      // What is above its threshold at the start has crossed it before
      if (isAbove && k > 0 && !(isCrossing && sender.isAbove)) sender.spikes.set(k, 1);
      sender.isAbove = isAbove;
    }
  }

  reverse(_: Columns, after: Columns, bars: Columns, { step }: Passage): void {
    for (const { number, state, compartment, now, before } of this.#slopes(after)) {
      const bar = columnOf(bars, names.spikes(number))[step + 1] ?? 0;
      addAt(columnOf(bars, state), compartment, bar * now);
      addAt(columnOf(bars, names.old), compartment, bar * before);
    }
  }

  tangent(_: Columns, after: Columns, dots: Columns, { step }: Passage): void {
    for (const { number, state, compartment, now, before } of this.#slopes(after)) {
      columnOf(dots, names.spikes(number))[step + 1] =
        now * (columnOf(dots, state)[compartment] ?? 0) +
        before * (columnOf(dots, names.old)[compartment] ?? 0);
    }
  }

  /**
   * How the number of spikes changes with the watched states at the end of a step and at its start. A crossing is a product,
   * `H(v - threshold) (1 - H(v before - threshold))`, of which both factors have a slope.
   */
  #slopes(columns: Columns) {
    const slope = this.#slope;
    if (slope === undefined) return [];
    return this.#sources.flatMap((source, number) => {
      if (source.kind === "train") return [];
      const { state, compartment, threshold, isCrossing } = source;
      // The rule of a channel that marks its spikes has the slope
      if (!isCrossing) return [{ number, state, compartment, now: 1, before: 0 }];
      const distance = (name: string) => (columnOf(columns, name)[compartment] ?? 0) - threshold;
      const [end, start] = [distance(state), distance(names.old)];
      const now = start >= 0 ? 0 : slope(end);
      const before = end >= 0 ? -slope(start) : 0;
      return [{ number, state, compartment, now, before }];
    });
  }
}

export interface ArrivalOptions {
  readonly kind: number;
  readonly rules: RuleSet;
  readonly surrogate: Surrogate | undefined;
  readonly wantsDelays: boolean;
}

/** The spikes that arrive at a kind of synapse. */
export class Arrivals implements Phase {
  readonly #options: ArrivalOptions;
  readonly #rules: Rules;
  readonly #gain: Tape;
  readonly #source: Int32Array;
  readonly #delay: Int32Array;

  constructor(plan: Plan, options: ArrivalOptions) {
    const wiring = plan.events.wirings[options.kind];
    this.#options = options;
    this.#rules = new Rules(options.rules);
    this.#gain = new Tape([arrivalGain(options.rules.changes)]);
    this.#source = wiring?.source ?? new Int32Array();
    this.#delay = wiring?.delay ?? new Int32Array();
  }

  get equations(): readonly PhaseEquation[] {
    return this.#rules.equations([...this.#source.keys()]);
  }

  run({ columns, step, sources }: Moving): void {
    for (const rows of this.#rounds({ step, sources })) this.#rules.run(columns, rows);
  }

  reverse(before: Columns, _: Columns, bars: Columns, passage: Passage): void {
    const columns = new Map(before);
    const rounds = this.#rounds(passage).map((rows) => {
      const start = new Map(columns);
      this.#rules.run(columns, rows);
      return { start, rows };
    });
    this.#reverseNumbers(before, bars, passage);
    for (const { start, rows } of rounds.reverse()) this.#rules.reverse(start, bars, rows);
  }

  tangent(before: Columns, _: Columns, dots: Columns, passage: Passage): void {
    const columns = new Map(before);
    for (const rows of this.#rounds(passage)) {
      this.#rules.tangent(columns, dots, rows);
      this.#rules.run(columns, rows);
    }
    const arrived = this.#rules.evaluator(before);
    for (const name of this.#rules.columns) dots.set(name, columnOf(dots, name).slice());
    for (let edge = 0; edge < this.#source.length; edge++) {
      const more = this.#numberMoves(edge, dots, passage);
      if (more === 0) continue;
      const values = arrived(edge);
      for (const [s, name] of this.#rules.columns.entries())
        addAt(
          columnOf(dots, name),
          edge,
          more * ((values[s] ?? 0) - (columnOf(before, name)[edge] ?? 0)),
        );
    }
  }

  /** Connections that a first, a second... spike arrives at. */
  #rounds({ step, sources }: Passage): number[][] {
    const rounds: number[][] = [];
    for (let edge = 0; edge < this.#source.length; edge++) {
      const arriving = this.#arriving(edge, step, sources);
      for (let spike = 0; spike < arriving; spike++) {
        const round = rounds[spike] ?? [];
        rounds[spike] = round;
        round.push(edge);
      }
    }
    return rounds;
  }

  /** Number of spikes that arrive in a step. */
  #arriving(edge: number, step: number, sources: Passage["sources"]): number {
    const sent = sources[this.#source[edge] ?? -1]?.spikes;
    return sent?.get(step - (this.#delay[edge] ?? 0)) ?? 0;
  }

  /** Derivatives by the numbers of arriving spikes go to those who sent them, or nearly did, and to delays. */
  #reverseNumbers(before: Columns, bars: Columns, passage: Passage): void {
    const { surrogate, wantsDelays, kind, rules } = this.#options;
    if (surrogate === undefined && !wantsDelays) return;
    const read = readerOf(rules.placeOf, before, rules.dt);
    const gains = evaluator(this.#gain, (name) => {
      const moved = this.#rules.columns.find((one) => barOf(one) === name);
      if (moved === undefined) return read(name);
      const column = columnOf(bars, moved);
      return (edge) => column[edge] ?? 0;
    });
    for (let edge = 0; edge < this.#source.length; edge++) {
      const [gain = Number.NaN] = gains(edge);
      const sent = passage.step - (this.#delay[edge] ?? 0);
      const spikes = columnOf(bars, names.spikes(this.#source[edge] ?? 0));
      if (surrogate !== undefined && sent >= 0) addAt(spikes, sent, gain);
      if (wantsDelays)
        addAt(columnOf(bars, names.delays(kind)), edge, gain * this.#perDelay(edge, passage));
    }
  }

  /** How the number of spikes that arrive moves: in the direction of voltages, and of delays. */
  #numberMoves(edge: number, dots: Columns, passage: Passage): number {
    const { surrogate, wantsDelays, kind } = this.#options;
    const sent = passage.step - (this.#delay[edge] ?? 0);
    const spikes = columnOf(dots, names.spikes(this.#source[edge] ?? 0));
    const bySource = surrogate === undefined ? 0 : (spikes[sent] ?? 0);
    if (!wantsDelays) return bySource;
    const delay = columnOf(dots, names.delays(kind))[edge] ?? 0;
    return bySource + delay * this.#perDelay(edge, passage);
  }

  /**
   * Change with the delay (in ms) of the number of spikes that arrive in a step: with a longer one, those of the step before would
   * arrive, with a shorter one those of the step after. Summed up over the steps, this is the central difference of the loss by
   * the time of each arrival.
   */
  #perDelay(edge: number, { step, sources }: Passage): number {
    const earlier = step === 0 ? 0 : this.#arriving(edge, step - 1, sources);
    const later = this.#arriving(edge, step + 1, sources);
    return (earlier - later) / (2 * this.#options.rules.dt);
  }
}
