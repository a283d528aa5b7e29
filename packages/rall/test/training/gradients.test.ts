/** Gradients of random networks by whatever can be trained, against differences of runs, forward mode, and other backends. */
import fc from "fast-check";
import type { LinearSolverName, SolverName } from "rall";
import { RandomStream } from "rall";
import { compileObjective, type ObjectiveOptions, type Parameter } from "rall/training";
import { expect, test } from "vitest";
import { difference } from "./difference.ts";
import { buildNetwork, type RandomNetwork, randomNetworks, stimulatedSteps } from "./random-networks.ts";
import { randomLoss } from "./random-loss.ts";

const backends = ["wasm"] as const;
