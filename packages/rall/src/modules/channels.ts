/** @file Putting channels into compartments, taking them out, and starting their states. */
import { ModelError, NameError } from "../errors.ts";
import { Tape } from "../expressions/evaluate.ts";
import { type Channel, channelKind, type State } from "../mechanisms/channel.ts";
import { environment } from "../mechanisms/definition.ts";
import { checkSameDeclaration } from "../mechanisms/identity.ts";
import { check, either, text } from "../util/kinds.ts";
import { nearestName } from "../util/suggest.ts";
import { checkClash } from "./clash.ts";
import type { Description, Target } from "./description.ts";
import { isGeometryKey } from "./geometry.ts";
import { withoutPlaces } from "./trainable.ts";
import { isCompartmentCurrent } from "./units.ts";
import { checkFree } from "./values.ts";

/**
 * Puts the channel into the compartments. Its parameters and states there take their defaults, but for what it shares with mechanisms
 * that are there already: that keeps its value.
 *
 * @throws ModelError where the channel is already, or if another channel has its name or one of its keys.
 */
export function insertChannel(
  description: Description,
  compartments: Int32Array,
  channel: Channel,
): void {
  checkFree(description, channel.name, "channel");
  if (description.synapses.some(({ synapse }) => synapse.name === channel.name)) {
    throw new ModelError(`A synapse is called ${channel.name} already.`, {
      subject: channel.name,
      remedy: 'Insert the channel under another name: insert(channel, { name: "..." }).',
    });
  }
  checkClash(channel, description.mechanisms());
  const known = description.insertion(channel.name);
  if (known !== undefined) checkSameDeclaration(known.channel, channel, "channel");
  const twice = compartments.find((i) => known?.present[i] === 1);
  if (twice !== undefined) {
    throw new ModelError(`${channel.name} is in compartment ${twice} already.`, {
      subject: channel.name,
      value: twice,
      remedy:
        "Insert it only where it is not, delete it first to start afresh, or insert a second one under another name.",
    });
  }
  const present = known?.present ?? new Uint8Array(description.count);
  const quantities = [...channel.parameters, ...channel.states];
  const before = new Map(quantities.map(({ key }) => [key, description.presence(key)]));
  if (known === undefined) description.insertions.push({ channel, present });
  for (const i of compartments) present[i] = 1;
  for (const { key, value } of quantities) {
    const column = description.columns.get(key) ?? new Float64Array(description.count).fill(value);
    for (const i of compartments) if (before.get(key)?.[i] !== 1) column[i] = value;
    description.columns.set(key, column);
  }
}

/** Takes the channel out of the compartments; what nothing else needs goes with it. */
export function deleteChannel(
  description: Description,
  compartments: Int32Array,
  channel: Channel | string,
): void {
  check(channel, either(text, channelKind), "channel");
  const name = typeof channel === "string" ? channel : channel.name;
  const { present } = insertionOf(description, name);
  for (const i of compartments) present[i] = 0;
  description.insertions = description.insertions.filter((insertion) =>
    insertion.present.includes(1),
  );
  const quantities = description.quantities();
  for (const key of description.columns.keys()) {
    if (!quantities.has(key)) description.columns.delete(key);
  }
  const currents = description.currentNames();
  const exists = ({ state, synapse, index }: Target) =>
    synapse !== undefined ||
    isGeometryKey(state) ||
    isCompartmentCurrent(state) ||
    currents.has(state) ||
    (quantities.has(state) && description.presence(state)[index] === 1);
  description.recordings = description.recordings.filter(exists);
  description.clamps = description.clamps.filter(exists);
  description.trainables = withoutPlaces(description.trainables, ({ key, synapse }) => {
    const left =
      synapse === undefined && !isGeometryKey(key) ? description.presence(key) : undefined;
    return (compartment) => left !== undefined && left[compartment] !== 1;
  });
}

/** @throws NameError if no such channel is inserted anywhere. */
export function insertionOf(description: Description, name: string) {
  const insertion = description.insertion(name);
  if (insertion !== undefined) return insertion;
  const known = description.insertions.map(({ channel }) => channel.name);
  const suggestion = nearestName(name, known);
  throw new NameError(`No channel ${JSON.stringify(name)} is inserted.`, {
    subject: name,
    ...(suggestion === undefined
      ? { remedy: known.length === 0 ? "Insert one first." : `Inserted are: ${known.join(", ")}.` }
      : { suggestion }),
  });
}

/** Sets the states of all channels in the compartments by their initial-state rules, in order of insertion. */
export function initializeStates(
  description: Description,
  compartments: Int32Array,
  dt: number,
): void {
  for (const { channel, present } of description.insertions) {
    const states = channel.states.filter(
      (state): state is State & { initial: object } => state.initial !== undefined,
    );
    if (states.length === 0) continue;
    const tape = new Tape(states.map(({ initial }) => initial));
    const sources = tape.inputs.map((local) => sourceOf(description, channel, local, dt));
    for (const i of compartments) {
      if (present[i] !== 1) continue;
      const values = tape.run(sources.map((column) => column(i)));
      for (const [s, { key }] of states.entries()) {
        const column = description.columns.get(key);
        if (column !== undefined) column[i] = values[s] ?? Number.NaN;
      }
    }
  }
}

/** Where the value of a local name of a channel stands. */
export function sourceOf(
  description: Description,
  channel: Channel,
  local: string,
  dt: number,
): (compartment: number) => number {
  if (local === "dt") return () => dt;
  if (isGeometryKey(local) && Object.hasOwn(environment, local)) {
    const column = description.geometry[local];
    return (i) => column[i] ?? Number.NaN;
  }
  const quantity = [...channel.parameters, ...channel.states].find((item) => item.local === local);
  const column = description.columns.get(quantity?.key ?? local);
  return (i) => column?.[i] ?? Number.NaN;
}
