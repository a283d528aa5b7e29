/** @file `rall demo`: the main job on a real cell, which it leaves as a file for more. */
import { readFile } from "node:fs/promises";
import { saveFile } from "rall";
import { ca1Swc } from "rall/examples";
import { UsageError } from "./failure.ts";
import type { Interruption } from "./interruption.ts";
import { run } from "./run.ts";
import { demoHelp } from "./usage.ts";

const file = "ca1.swc";

export async function demo(args: readonly string[], interruption: Interruption): Promise<string> {
  if (args.includes("--help") || args.includes("-h")) return demoHelp;
  await leaveCell();
  const story =
    "A CA1 pyramidal cell of a rat (Turner et al. 1998; NeuroMorpho.Org n120), with Hodgkin-Huxley channels everywhere.\n" +
    "A current of 0.6 nA for 40 ms into the soma makes it fire; the spikes run into the dendrites.\n" +
    `The cell is in ${file} now, for commands of your own: rall inspect ${file}\n\n`;
  const experiment = [
    ...["--stimulate", "soma:0.5,delay=5,duration=40,amplitude=0.6", "--tmax", "60"],
    ...["--record", "v@soma:0.5", "--record", "v@9:0.9"],
  ];
  return story + (await run([file, ...experiment, ...args], interruption));
}

/** Writes the cell, unless it is there already. */
async function leaveCell(): Promise<void> {
  const found = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found === ca1Swc) return;
  if (found === undefined) return saveFile(file, ca1Swc);
  throw new UsageError(`There is another ${file} here; run the demo in another folder.`, "demo");
}
