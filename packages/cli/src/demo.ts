/** @file `rall demo`: the main job on a real cell. */
import { access } from "node:fs/promises";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "./failure.ts";
import { run } from "./run.ts";

const carried = new URL("../../../examples/morphologies/morph_ca1_n120.swc", import.meta.url);

export async function demo(args: readonly string[], signal: AbortSignal): Promise<string> {
  const file = relative(process.cwd(), fileURLToPath(carried));
  try {
    await access(file);
  } catch {
    throw new UsageError(
      "The example cell is not part of this installation; use rall run with a file.",
      "demo",
    );
  }
  const story =
    "A CA1 pyramidal cell of a rat (Turner et al. 1998; NeuroMorpho.Org n120), with Hodgkin-Huxley channels everywhere.\n" +
    "A current of 1.5 nA for 40 ms into the soma makes it fire; the spikes run into the dendrites.\n\n";
  const experiment = [
    ...["--stimulate", "soma:0.5,delay=5,duration=40,amplitude=1.5", "--tmax", "60"],
    ...["--record", "v@soma:0.5", "--record", "v@100:0.9"],
  ];
  return story + (await run([file, ...experiment, ...args], signal));
}
