/** @file `rall channels`: the catalogue. */
import type { Channel, Quantity } from "rall";
import * as builtIn from "rall/channels";
import { print } from "rall/expressions";
import { UsageError } from "./failure.ts";
import { readArguments } from "./options.ts";
import { channelsHelp } from "./usage.ts";

const catalogue: readonly Channel[] = Object.values(builtIn);

export function channels(args: readonly string[]): string {
  const { values, positionals } = readArguments("channels", {
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return channelsHelp;
  const chosen = positionals.length === 0 ? catalogue : positionals.map(byName);
  if (values.json) return `${JSON.stringify(chosen.map(asData), undefined, 2)}\n`;
  if (positionals.length > 0) return `${chosen.map(describe).join("\n\n")}\n`;
  const lines = chosen.map(({ name, about }) => `  ${name.padEnd(12)}${about}`);
  return `Built-in channels; "rall channels NAME" shows the equations of one.\n\n${lines.join("\n")}\n`;
}

function byName(name: string): Channel {
  const channel = catalogue.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (channel !== undefined) return channel;
  const known = catalogue.map((one) => one.name).join(", ");
  throw new UsageError(
    `There is no channel ${JSON.stringify(name)}; there are ${known}.`,
    "channels",
  );
}

function equations({ states, current, currentName, voltage }: Channel): [string, string][] {
  const lines: [string, string][] = [];
  for (const { local, gate, update } of states) {
    if (gate?.form === "alphaBeta") {
      lines.push([`alpha_${local}`, print(gate.alpha)], [`beta_${local}`, print(gate.beta)]);
    } else if (gate?.form === "infTau") {
      lines.push([`${local}_inf`, print(gate.inf)], [`tau_${local}`, print(gate.tau)]);
    } else if (update !== undefined) lines.push([`${local} <-`, print(update)]);
  }
  if (voltage !== undefined) lines.push(["v <-", print(voltage)]);
  lines.push([currentName, print(current)]);
  return lines;
}

function describe(channel: Channel): string {
  const quantity = ({ key, value, unit, about }: Quantity) =>
    `  ${key.padEnd(18)}${String(value).padStart(10)} ${unit.padEnd(8)} ${about}`.trimEnd();
  return [
    `${channel.name}: ${channel.about}`,
    ...(channel.source === "" ? [] : [channel.source]),
    ...(channel.parameters.length === 0
      ? []
      : ["", "Parameters", ...channel.parameters.map(quantity)]),
    ...(channel.states.length === 0 ? [] : ["", "States", ...channel.states.map(quantity)]),
    "",
    "Equations (v in mV, rates in 1/ms, current in mA/cm2)",
    ...equations(channel).map(([name, text]) => `  ${name} = ${text}`.replace("<- =", "<-")),
  ].join("\n");
}

function asData(channel: Channel) {
  const { name, about, source, parameters, currentName } = channel;
  const states = channel.states.map(({ key, value, unit }) => ({ key, value, unit }));
  return {
    name,
    about,
    source,
    parameters,
    states,
    currentName,
    equations: Object.fromEntries(equations(channel)),
  };
}
