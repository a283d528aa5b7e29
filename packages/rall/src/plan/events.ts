/**
 * @file Spikes on their way. A source is watched once per step; a synapse receives its spikes a whole number of steps
 * later. A spike is a crossing seen at the end of a step, as in NEURON's fixed-step method.
 */
import { NameError, ValueError } from "../errors.ts";
import type { Description, SynapseTable } from "../modules/description.ts";
import { checkSize } from "../util/limits.ts";
import { spikeKey } from "./mechanism.ts";

/** Something that spikes. */
export type Source =
  | {
      readonly kind: "compartment";
      readonly compartment: number;
      /** `v`, or the state of a channel that tells its spikes. */
      readonly state: string;
      /** Value at and above which it spikes. */
      readonly threshold: number;
      /** Whether it spikes only when it gets there, not as long as it stays there. */
      readonly isCrossing: boolean;
    }
  /** A given train: the steps at whose start it spikes, ascending, those of double spikes twice. */
  | { readonly kind: "train"; readonly steps: Int32Array };

/** The event synapses of one kind: source of each connection, and steps from a spike to its arrival. */
export interface Wiring {
  readonly source: Int32Array;
  readonly delay: Int32Array;
}

/** Spikes that were sent before a run began. */
export interface SentSpikes {
  readonly source: number;
  /** Time in ms between the spike and the beginning of the run. */
  readonly age: number;
  /** Number of spikes at that time. */
  readonly count: number;
}

export interface Events {
  /** Time step in ms. */
  readonly dt: number;
  readonly sources: readonly Source[];
  /** By kind of synapse; undefined for those that no spike arrives at. */
  readonly wirings: readonly (Wiring | undefined)[];
  /** Source of each recording of spikes. */
  readonly recorded: readonly { readonly source: number; readonly name: string }[];
  /** Longest delay of each source in steps. */
  readonly longest: Int32Array;
  readonly sent: readonly SentSpikes[];
}

/** Most steps that a delay can have: some seconds, so that the spikes of a source fit into little memory. */
const longestDelay = 1_000_000;

/**
 * Sources and wirings of a model.
 *
 * @throws ValueError for a delay or spike that cannot be counted in steps of `dt`.
 */
export function planEvents(
  description: Description,
  dt: number,
  sent: readonly SentSpikes[] = [],
): Events {
  const sources: Source[] = [];
  const numbers = new Map<string, number>();
  const number = (key: string, make: () => Source) => {
    const known = numbers.get(key) ?? sources.push(make()) - 1;
    numbers.set(key, known);
    return known;
  };
  const watch = watcher(description);
  const sourceOf = (pre: number, threshold: number) => {
    if (pre < 0) return number(`train ${pre}`, () => train(description, -1 - pre, dt));
    const source = watch(pre, threshold);
    return number(`${pre} ${source.state} ${source.threshold}`, () => source);
  };
  const wirings = description.synapses.map((table) => {
    const { event, parameters } = table.synapse;
    if (event === undefined) return undefined;
    const column = (local: string) => {
      const key = parameters.find((parameter) => parameter.local === local)?.key ?? "";
      return table.columns.get(key) ?? [];
    };
    const [threshold, delay] = [column("threshold"), column("delay")];
    return {
      source: Int32Array.from(table.pre, (pre, k) => sourceOf(pre, threshold[k] ?? 0)),
      delay: Int32Array.from(table.pre, (_, k) => stepsOf(delay[k] ?? 0, dt, table, k)),
    };
  });
  const recorded = description.spikeRecordings.map(({ compartment, threshold, name }) => ({
    source: sourceOf(compartment, threshold),
    name,
  }));
  const longest = new Int32Array(sources.length);
  for (const wiring of wirings) {
    for (const [k, source] of wiring?.source.entries() ?? [])
      longest[source] = Math.max(longest[source] ?? 0, wiring?.delay[k] ?? 0);
  }
  const all = longest.reduce((sum, delay) => sum + delay, 0);
  checkSize(all, "delays", "steps in the delays of all sources", "Give shorter delays.");
  checkSent(sent, sources.length);
  return { dt, sources, wirings, recorded, longest, sent };
}

/** Events of a model in which nobody sends or receives spikes. */
export function noEvents({ synapses }: Description, dt: number): Events {
  const wirings = synapses.map(() => undefined);
  return { dt, sources: [], wirings, recorded: [], longest: new Int32Array(), sent: [] };
}

/** How the spikes of a compartment are told: by a channel that marks them, else by its voltage. */
function watcher(description: Description) {
  const telling = description.insertions.filter(({ channel }) => channel.spike !== undefined);
  return (compartment: number, threshold: number) => {
    const mark = telling.find(({ present }) => present[compartment] === 1);
    return {
      kind: "compartment",
      compartment,
      state: mark === undefined ? "v" : spikeKey(mark.channel),
      threshold: mark === undefined ? threshold : 0.5,
      isCrossing: mark === undefined,
    } as const;
  };
}

function train(description: Description, number: number, dt: number): Source {
  const times = description.spikeTrains[number] ?? new Float64Array();
  const steps = Int32Array.from(times, (time) => Math.round(time / dt));
  const last = times.at(-1) ?? 0;
  if (!(last / dt < 2 ** 31 - 1)) {
    throw new ValueError(`A spike at ${last} ms is too late for steps of ${dt} ms.`, {
      subject: "times",
      value: last,
      remedy: "Leave out what comes after the run.",
    });
  }
  for (let k = 255; k < steps.length; k++) {
    if (steps[k] !== steps[k - 255]) continue;
    throw new ValueError(`A train has more than 255 spikes in the step at ${times[k]} ms.`, {
      subject: "times",
      value: times[k],
      remedy: "Divide it into several trains, or give their synapses a larger weight.",
    });
  }
  return { kind: "train", steps };
}

/** A delay in steps, rounded to the nearest. */
function stepsOf(delay: number, dt: number, { synapse }: SynapseTable, edge: number): number {
  const steps = Math.round(delay / dt);
  if (steps <= longestDelay && (steps > 0 || delay === 0)) return steps;
  const problem =
    delay < 0 ? "is negative" : steps === 0 ? "is less than half a step" : "is too long";
  throw new ValueError(
    `The delay of ${synapse.name} ${edge}, ${delay} ms, ${problem} (dt is ${dt} ms).`,
    {
      subject: `${synapse.name}_delay`,
      value: delay,
      remedy: `Give 0, or from ${dt / 2} to ${longestDelay * dt} ms; or change dt.`,
    },
  );
}

function checkSent(sent: readonly SentSpikes[], sources: number): void {
  for (const { source, age, count } of sent) {
    const isGood =
      Number.isInteger(source) && source >= 0 && source < sources && age >= 0 && count >= 1;
    if (isGood) continue;
    throw new NameError(`initialState gives spikes of source ${source}, which there is not.`, {
      subject: "sent",
      value: source,
      remedy: "Use states that the same model returned.",
    });
  }
}
