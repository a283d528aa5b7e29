/** The pages that list what is built in say what the code says; `npx vitest run -u` on this file writes docs/mechanisms.md anew. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Channel, Quantity, Synapse } from "rall";
import * as channels from "rall/channels";
import * as pumps from "rall/pumps";
import * as synapses from "rall/synapses";
import { expect, test } from "vitest";
import { textFunctions } from "../../src/expressions/functions.ts";
import { environment } from "../../src/mechanisms/definition.ts";
import { synapseEnvironment } from "../../src/mechanisms/synapse.ts";
import { root } from "../blocks.ts";

function quantities(what: string, items: readonly Quantity[]): string[] {
  if (items.length === 0) return [];
  return [
    "",
    `| ${what} | default | unit | |`,
    "| --- | --- | --- | --- |",
    ...items.map(({ key, value, unit, about }) => `| \`${key}\` | ${value} | ${unit} | ${about} |`),
  ];
}

function section(mechanism: Channel | Synapse, notes: readonly string[]): string {
  const { name, about, source, parameters, states } = mechanism;
  const first = `${about.slice(0, 1).toUpperCase()}${about.slice(1)}.`;
  return [
    `### ${name}`,
    "",
    [first, ...(source === "" ? [] : [`Source: ${source}.`]), ...notes].join("\n"),
    ...quantities("parameter", parameters),
    ...quantities("state", states),
  ].join("\n");
}

const current = ({ currentName }: Channel) => `Its current is recorded as \`${currentName}\`.`;
const ion = ({ ion: key }: Channel) => `It moves \`${key}\`.`;
const isFedBySpikes = ({ event }: Synapse) =>
  event === undefined ? [] : ["It answers to spikes."];

const page = `# Built-in channels, pumps and synapses

This page is generated from the code. Keys stand as in \`set\` and \`record\`. A key without the name
of its mechanism (\`eK\`, \`CaCon_i\`) is one value per compartment for all that name it. Each
mechanism can be inserted under another name: \`insert(HH, { name: "HH2" })\`, \`renameSynapse\`.
\`rall channels HH\` prints the equations of a channel.

## Channels

${Object.values(channels)
  .map((channel) => section(channel, [current(channel)]))
  .join("\n\n")}

## Pumps

${Object.values(pumps)
  .map((pump) => section(pump, [ion(pump)]))
  .join("\n\n")}

## Synapses

Connections take these by their names without the prefix as well: \`{ values: { tau: 2 } }\`. The
current of a synapse is recorded as \`i_<name>\`, in nA.

${Object.values(synapses)
  .map((synapse) => section(synapse, isFedBySpikes(synapse)))
  .join("\n\n")}
`;

test("docs/mechanisms.md", async () => {
  await expect(page).toMatchFileSnapshot(join(root, "docs/mechanisms.md"));
});

test("all that is built in says what it is, and the unit of what has one", () => {
  for (const mechanism of [channels, pumps, synapses].flatMap((one) => Object.values(one))) {
    expect(mechanism.about, mechanism.name).not.toBe("");
    for (const { key, unit, about } of mechanism.parameters)
      expect(unit !== "" || about !== "", key).toBe(true);
  }
});

test("docs/equations.md has all functions and names of the language", () => {
  const text = readFileSync(join(root, "docs/equations.md"), "utf8");
  for (const [name, { parameters, about }] of Object.entries(textFunctions)) {
    expect(text).toContain(`| \`${name}(${parameters})\` | ${about} |`);
  }
  for (const [name, unit] of Object.entries(environment)) {
    expect(text).toContain(`| \`${name}\` | ${unit} |`);
  }
  for (const name of synapseEnvironment) expect(text).toContain(`\`${name}\``);
});
