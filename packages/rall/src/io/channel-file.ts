/** @file Channels in a model file. */

import type { Expression } from "../expressions/expression.ts";
import { print } from "../expressions/print.ts";
import { nameShared } from "../expressions/shared.ts";
import { type Channel, defineChannel, renameChannel } from "../mechanisms/channel.ts";
import { definePump } from "../mechanisms/pump.ts";
import {
  defineFrom,
  optionalMember,
  quantityNames,
  quantityToJson,
  readEquation,
  readMembers,
  readQuantity,
  readState,
  readText,
  stateEquations,
  stateToJson,
} from "./equations-file.ts";
import type { JsonPart } from "./json.ts";

/** A channel as data. Parts that several equations or operations share are named in `let`. */
export function channelToJson(channel: Channel) {
  const {
    name,
    kind,
    about,
    source,
    parameters,
    states,
    current,
    currentName,
    voltage,
    spike,
    ion,
  } = channel;
  const roots = [
    current,
    ...[voltage, spike].flatMap((one) => (one === undefined ? [] : [one])),
    ...states.flatMap(stateEquations),
  ];
  const taken = new Set([...parameters, ...states].map(({ local }) => local));
  const shared = nameShared(roots, taken);
  const text = (expression: Expression) => print(shared.replace(expression));
  return {
    name,
    kind,
    ...(about === "" ? {} : { about }),
    ...(source === "" ? {} : { source }),
    parameters: Object.fromEntries(
      parameters.map((item) => [item.local, quantityToJson(item, true)]),
    ),
    states: Object.fromEntries(states.map((state) => [state.local, stateToJson(state, text)])),
    let: Object.fromEntries(shared.definitions.map(([local, body]) => [local, print(body)])),
    current: text(current),
    currentName,
    hasOwnCurrentName: channel.hasOwnCurrentName,
    ...(voltage === undefined ? {} : { voltage: text(voltage) }),
    ...(spike === undefined ? {} : { spike: text(spike) }),
    ...(ion === undefined ? {} : { ion: states.find(({ key }) => key === ion)?.local }),
  };
}

/** @throws ModelFileError naming the path of what is wrong. */
export function readChannel(part: JsonPart): Channel {
  part.only([
    ...["name", "kind", "about", "source", "parameters", "states", "let", "current"],
    ...["currentName", "hasOwnCurrentName", "voltage", "spike", "ion"],
  ]);
  const name = readText(part.at("name"));
  const hasOwnName = part.at("hasOwnCurrentName").optional((one) => one.boolean()) ?? false;
  const definition = {
    ...optionalMember(part, "about", readText),
    ...optionalMember(part, "source", readText),
    parameters: readMembers(part, "parameters", (one) => readQuantity(one.only(quantityNames))),
    states: readMembers(part, "states", readState),
    let: readMembers(part, "let", readEquation),
    ...optionalMember(part, "current", readEquation),
    ...(hasOwnName ? { currentName: readText(part.at("currentName")) } : {}),
    ...optionalMember(part, "voltage", readEquation),
    ...optionalMember(part, "spike", readEquation),
  };
  return defineFrom(part, () => {
    const kind = part.at("kind").optional(readText) ?? name;
    const ion = part.at("ion").optional(readText);
    const channel =
      ion === undefined
        ? defineChannel(kind, definition)
        : definePump(kind, { ...definition, ion, current: readEquation(part.at("current")) });
    return kind === name ? channel : renameChannel(channel, name);
  });
}
