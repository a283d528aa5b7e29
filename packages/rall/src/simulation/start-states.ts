/** @file Gates that do not start where they were probably meant to. */
import { Tape } from "../expressions/evaluate.ts";
import { sourceOf } from "../modules/channels.ts";
import type { Description } from "../modules/description.ts";
import type { Diagnostic } from "../morphology/diagnostic.ts";

/** A gate in a compartment: where it starts, where it would rest at a voltage, and what it is by default. */
interface StartingGate {
  readonly key: string;
  readonly start: number;
  readonly default: number;
  readonly steady: (v: number) => number;
}

/** Warnings about the states of a model that a run of steps of `dt` ms begins with; looks at one compartment of each channel. */
export function warnOfStart(description: Description, dt: number): Diagnostic[] {
  const places = description.insertions.map(({ present }) => present.indexOf(1));
  const warnings = [...new Set(places)].flatMap((at) => {
    if (at < 0) return [];
    const v = description.geometry.v[at] ?? Number.NaN;
    const gates = gatesAt(description, at, dt);
    const own = gates.filter(({ key }) => !isUntouched(description, key));
    const untouched = gates.find((gate) => !own.includes(gate) && isOff(gate, v, 1e-3));
    return [...warnOfDefault(untouched), ...warnOfOrder(own, v)];
  });
  const distinct = new Map(warnings.map((warning) => [warning.message, warning]));
  return [...distinct.values()];
}

function warnOfDefault(gate: StartingGate | undefined): Diagnostic[] {
  if (gate === undefined) return [];
  const message = `${gate.key} still has its default, ${gate.default}, which is not its steady state. Call initStates() before a run that should start at rest.`;
  return [{ severity: "warning", code: "default-states", message }];
}

/** A warning if all gates rest at one voltage, and that is not the one that the run starts with. */
function warnOfOrder(gates: readonly StartingGate[], v: number): Diagnostic[] {
  const off = gates.filter((gate) => isOff(gate, v, 1e-6));
  // The steepest part of a gate tells its voltage best
  const [telling] = off.toSorted((a, b) => Math.abs(a.start - 0.5) - Math.abs(b.start - 0.5));
  if (telling === undefined || gates.length < 2) return [];
  const resting = voltagesOf(telling).find((other) =>
    gates.every((gate) => !isOff(gate, other, 1e-9)),
  );
  if (resting === undefined) return [];
  const names = gates.map(({ key }) => key).join(", ");
  const message = `The gates (${names}) start at rest for ${short(resting)} mV, but v starts at ${short(v)} mV: initStates() came before set("v"). Call it after, if the run should start at rest.`;
  return [{ severity: "warning", code: "states-before-voltage", message }];
}

function gatesAt(description: Description, at: number, dt: number): StartingGate[] {
  return description.insertions.flatMap(({ channel, present }) =>
    present[at] !== 1
      ? []
      : channel.states.flatMap(({ key, gate, value, initial }): StartingGate[] => {
          const start = description.columns.get(key)?.[at];
          if (gate === undefined || initial === undefined || start === undefined) return [];
          const tape = new Tape([initial]);
          const inputs = tape.inputs.map((local) => sourceOf(description, channel, local, dt)(at));
          const voltage = tape.inputs.indexOf("v");
          const steady = (v: number) => tape.run(inputs.with(voltage, v))[0] ?? Number.NaN;
          return voltage < 0 ? [] : [{ key, start, default: value, steady }];
        }),
  );
}

/** Whether a gate has its default everywhere. */
function isUntouched(description: Description, key: string): boolean {
  const column = description.columns.get(key);
  const value = description.quantities().get(key)?.quantity.value;
  const present = description.presence(key);
  return column?.every((one, i) => one === value || present[i] !== 1) === true;
}

function isOff({ start, steady }: StartingGate, v: number, tolerance: number): boolean {
  return Math.abs(start - steady(v)) > tolerance;
}

/** Voltages from -150 to 100 mV at which a gate rests at its start. */
function voltagesOf({ start, steady }: StartingGate): number[] {
  const excess = (v: number) => steady(v) - start;
  const found: number[] = [];
  for (let left = -150; left < 100; left++) {
    if (excess(left) * excess(left + 1) > 0) continue;
    let [low, high] = [left, left + 1];
    for (let round = 0; round < 50; round++) {
      const middle = (low + high) / 2;
      if (excess(low) * excess(middle) <= 0) high = middle;
      else low = middle;
    }
    found.push((low + high) / 2);
  }
  return found;
}

function short(value: number): string {
  return String(Number(value.toPrecision(5)));
}
