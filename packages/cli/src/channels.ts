/** @file `rall channels`: the catalogue of mechanisms. */
import type { Channel, Quantity, State, Synapse } from "rall";
import { type Expression, nameShared, print } from "rall/expressions";
import { catalogue, type Mechanism, mechanismCalled } from "./catalogue.ts";
import { readArguments } from "./options.ts";
import { channelsHelp } from "./usage.ts";

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
  return positionals.length > 0 ? `${chosen.map(describe).join("\n\n")}\n` : overview();
}

/** As `mechanismCalled`, but for small and large letters. */
function byName(name: string): Mechanism {
  const same = ({ mechanism }: Mechanism) => mechanism.name.toLowerCase() === name.toLowerCase();
  const found = catalogue.filter(same);
  return (
    found.find(({ mechanism }) => mechanism.name === name) ??
    found[0] ??
    mechanismCalled("channels", name)
  );
}

function overview(): string {
  const width = Math.max(...catalogue.map(({ mechanism }) => mechanism.name.length)) + 2;
  const sections = (["channel", "pump", "synapse"] as const).map((kind) => {
    const own = catalogue.filter((one) => one.kind === kind);
    const lines = own.map(({ mechanism: { name, about } }) => `  ${name.padEnd(width)}${about}`);
    return [`Built-in ${kind}s`, ...lines.map((line) => line.trimEnd())].join("\n");
  });
  return `${sections.join("\n\n")}\n\n"rall channels NAME" shows parameters, states and equations of one.\n`;
}

type Equation = readonly [name: string, value: Expression];

/** What the equations of a mechanism are called in words, and their expressions. */
function equations({ kind, mechanism }: Mechanism): Equation[] {
  const { states, current, currentName } = mechanism;
  return [
    ...states.flatMap(stateEquations),
    ...(kind === "synapse" ? events(mechanism) : ownVoltage(mechanism)),
    [currentName, current],
  ];
}

function stateEquations({ local, gate, update }: State): Equation[] {
  if (gate?.form === "alphaBeta")
    return [
      [`alpha_${local}`, gate.alpha],
      [`beta_${local}`, gate.beta],
    ];
  if (gate?.form === "infTau")
    return [
      [`${local}_inf`, gate.inf],
      [`tau_${local}`, gate.tau],
    ];
  return update === undefined ? [] : [[`${local} <-`, update]];
}

function ownVoltage({ voltage }: Channel): Equation[] {
  return voltage === undefined ? [] : [["v <-", voltage]];
}

function events({ event }: Synapse): Equation[] {
  return Array.from(event ?? [], ([local, value]) => [`at a spike, ${local} <-`, value]);
}

/** Least size of a part that several equations share for it to get a name. */
const worthNaming = 8;

/** Equations as text, parts that they share first. */
function texts(mechanism: Mechanism): [name: string, text: string][] {
  const all = equations(mechanism);
  const { parameters, states } = mechanism.mechanism;
  const taken = new Set([...parameters, ...states].map(({ local }) => local));
  const roots = all.map(([, value]) => value);
  const { definitions, replace } = nameShared(roots, taken, worthNaming);
  return [
    ...definitions.map(([name, part]): [string, string] => [name, print(part)]),
    ...all.map(([name, value]): [string, string] => [name, print(replace(value))]),
  ];
}

const units = {
  channel: "v in mV, rates in 1/ms, current in mA/cm2",
  pump: "concentrations in mM, current in mM/ms",
  synapse: "v_pre and v_post in mV, current in nA, outward positive",
} as const;

function describe(one: Mechanism): string {
  const { name, about, source, parameters, states } = one.mechanism;
  const quantities = [...parameters, ...states];
  const width = Math.max(...quantities.map(({ key }) => key.length)) + 2;
  const quantity = ({ key, value, unit, about }: Quantity) =>
    `  ${key.padEnd(width)}${String(value).padStart(8)} ${unit.padEnd(8)} ${about}`.trimEnd();
  const section = (title: string, rows: readonly Quantity[]) =>
    rows.length === 0 ? [] : ["", title, ...rows.map(quantity)];
  const readings = one.kind === "synapse" ? one.mechanism.readings : [];
  return [
    `${name}: ${about || one.kind}`,
    ...(source === "" ? [] : [source]),
    ...section("Parameters", parameters),
    ...section("States", states),
    ...readings.map(({ local, side, key }) => `  ${local} is ${key} of the ${side}-synaptic side`),
    "",
    `Equations (${units[one.kind]})`,
    ...texts(one).map(([label, text]) => `  ${label} = ${text}`.replace("<- =", "<-")),
    "",
    `Put in by: --insert ${name}${one.kind === "synapse" ? "@soma:0.5,train=5:10:15" : "@soma"}`,
  ].join("\n");
}

function asData(one: Mechanism) {
  const { name, about, source, parameters, currentName } = one.mechanism;
  const states = one.mechanism.states.map(({ key, value, unit }) => ({ key, value, unit }));
  const all = Object.fromEntries(equations(one).map(([label, value]) => [label, print(value)]));
  return { name, kind: one.kind, about, source, parameters, states, currentName, equations: all };
}
