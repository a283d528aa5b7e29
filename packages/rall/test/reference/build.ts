/** @file From the description in a golden case to a module, through the public API alone. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  Branch,
  Cell,
  type Channel,
  Compartment,
  connect,
  type Module,
  type MorphologyOptions,
  Network,
  parseSwc,
  renameSynapse,
  type Synapse,
  type SynapseView,
  stepCurrent,
  type TracedCell,
  type View,
} from "rall";
import * as channels from "rall/channels";
import { constant, substitute } from "rall/expressions";
import * as pumps from "rall/pumps";
import * as synapses from "rall/synapses";
import {
  type BuildStep,
  type CellStructure,
  type GoldenCase,
  type Model,
  type Path,
  type Signal,
  type SwcOptions,
  swcFolder,
} from "./case.ts";

const builtIn: Readonly<Record<string, Channel>> = { ...channels, ...pumps };

/** The mechanism of this name, if it is built in. */
export function mechanismCalled(name: string): Channel | undefined {
  return builtIn[name];
}

/** Why a model is not compared, or undefined if it is. */
export function outOfScope(golden: Pick<GoldenCase, "name">): string | undefined {
  return golden.name === "clamp_diffusing_concentration"
    ? "in the reference a clamp of what diffuses has no effect; here it has (ions.test.ts)"
    : undefined;
}

/**
 * The reference's CaL and CaT never read the `eCa` that CaNernstReversal writes (differences.md): their own stays at what it
 * was when both were inserted. Here they become channels whose reversal potential is that number.
 */
function ignoringNernst(channel: Channel, eCa: number): Channel {
  const [current = channel.current] = substitute([channel.current], (name) =>
    name === "eCa" ? constant(eCa) : undefined,
  );
  return { ...channel, current };
}

export function buildModule(model: Model): Module {
  const module = buildStructure(model);
  const steps = model.build ?? [];
  const nernst = steps.findIndex(({ mechanism }) => mechanism === "CaNernstReversal");
  for (const [k, step] of steps.entries())
    applyStep(module, step, nernst < 0 ? undefined : nernst < k ? 120 : 0);
  return module;
}

/** The reference writes clamps of what flows between compartments after the solution. */
export function clampMode({ clamps = [], build = [] }: Model): "solved" | "overwritten" {
  const flowing = new Set([
    "v",
    ...build.flatMap((step) => (step.op === "diffuse" ? [step.state] : [])),
  ]);
  return clamps.some(({ state }) => flowing.has(state)) ? "overwritten" : "solved";
}

/** The module with stimuli, clamps and recordings. */
export function buildRunnable(golden: Pick<GoldenCase, "model" | "resolved">): Module {
  const { model } = golden;
  const module = buildModule(model);
  if (model.build?.some(({ op }) => op === "init_states") === true)
    setReferenceStates(module, golden);
  setReferenceReversal(module, golden);
  for (const { state, where } of model.recordings ?? []) target(module, where).record(state);
  for (const { current, where } of model.stimuli ?? [])
    view(module, where).stimulate(samples(current));
  for (const { state, values, where } of model.clamps ?? [])
    target(module, where).clamp(state, samples(values));
  return module;
}

/** Inserting CaNernstReversal after CaL sets the reference's eCa to 0 at once; ours keeps it until the first step. */
function setReferenceReversal(module: Module, golden: Pick<GoldenCase, "resolved">): void {
  const { compartments } = golden.resolved as {
    compartments: { states?: Record<string, number | (number | null)[]> };
  };
  const column = compartments?.states?.eCa;
  if (column === undefined) return;
  const values = typeof column === "number" ? column : column.filter((value) => value !== null);
  module.set("eCa", values);
}

/** The reference starts Km and CaT wrongly (differences.md); its start values are taken from the case. */
function setReferenceStates(module: Module, golden: Pick<GoldenCase, "resolved">): void {
  const { compartments } = golden.resolved as {
    compartments: {
      mechanisms: Record<string, { kind: string }>;
      states: Record<string, number | (number | null)[]>;
    };
  };
  for (const [name, { kind }] of Object.entries(compartments.mechanisms)) {
    const local = { Km: "p", CaT: "u" }[kind];
    const column = compartments.states[`${name}_${local}`];
    if (local === undefined || column === undefined) continue;
    const values = typeof column === "number" ? column : column.filter((value) => value !== null);
    module.set(`${name}_${local}` as string, values);
  }
}

/** A view of compartments, or of synapses where the path says so. */
export function target(module: View, where: Path = []): View | SynapseView {
  const [first, ...rest] = where;
  if (first?.[0] !== "synapse") return view(module, where);
  return rest.reduce(
    (selected, [, index]) => selected.edge(index as number | readonly number[]),
    module.synapse(String(first[1])),
  );
}

export function view(module: View, where: Path = []): View {
  return where.reduce((selected: View, [kind, index]) => {
    if (kind === "group") return selected.group(String(index));
    if (kind === "mechanism") return selected.channel(String(index));
    const numbers = index as number | readonly number[];
    if (kind === "loc") return selected.loc(numbers);
    if (kind === "comps") return selected.select(typeof numbers === "number" ? [numbers] : numbers);
    if (kind === "cell") return selected.cell(numbers);
    return kind === "branch" ? selected.branch(numbers) : selected.comp(numbers);
  }, module);
}

export function samples(signal: Signal): ArrayLike<number> | readonly ArrayLike<number>[] {
  if (signal.kind === "constant") return new Float64Array(signal.n).fill(signal.value);
  if (signal.kind !== "step") return signal.values;
  return stepCurrent({
    delay: signal.i_delay,
    duration: signal.i_dur,
    amplitude: signal.i_amp,
    dt: signal.dt,
    tMax: signal.t_max,
    offset: signal.i_offset ?? 0,
  });
}

export function swcOptions(options: SwcOptions & { readonly ncomp?: number }): MorphologyOptions {
  return {
    ncomp: options.ncomp ?? 1,
    ...(options.max_branch_len === undefined ? {} : { maxBranchLength: options.max_branch_len }),
    ...(options.min_radius === undefined ? {} : { minRadius: options.min_radius }),
    ...(options.relevant_type_ids === undefined
      ? {}
      : { relevantTypeIds: options.relevant_type_ids }),
    ...(options.ignore_swc_tracing_interruptions === undefined
      ? {}
      : { ignoreTracingInterruptions: options.ignore_swc_tracing_interruptions }),
  };
}

function buildStructure({ structure }: Model): Module {
  if (structure.type === "compartment") return new Compartment();
  if (structure.type === "branch") {
    const branch = new Branch(new Compartment(), { ncomp: structure.ncomp });
    return structure.set_ncomp === undefined ? branch : branch.setNcomp(structure.set_ncomp);
  }
  if (structure.type === "network") return new Network(structure.cells.map(buildCell));
  const [cell] = structure.cells;
  if (cell === undefined) throw new Error("the case has no cell");
  return buildCell(cell);
}

export function buildCell(structure: CellStructure): Cell {
  const cell = structure.swc === undefined ? buildTree(structure) : readCell(structure.swc);
  for (const [branch = 0, ncomp = 1, minRadius] of structure.set_ncomp ?? []) {
    const only = cell.branchNumbers.length === 1 ? cell : cell.branch(branch);
    only.setNcomp(ncomp, minRadius === undefined ? {} : { minRadius });
  }
  return cell;
}

function buildTree({ parents, ncomp }: CellStructure): Cell {
  const branches = ncomp.map((n) => new Branch(new Compartment(), { ncomp: n }));
  return new Cell(branches, { parents });
}

export function readCell(
  swc: { readonly file: string; readonly ncomp?: number } & SwcOptions,
  options: MorphologyOptions = {},
): TracedCell {
  const text = readFileSync(join(swcFolder, swc.file), "utf8");
  return parseSwc(text, { ...swcOptions(swc), ...options });
}

export function synapseCalled(name: string | undefined): Synapse {
  const known: Readonly<Record<string, Synapse>> = synapses;
  const found = known[name ?? ""];
  if (found === undefined) throw new Error(`no synapse ${name}`);
  return found;
}

function applyStep(module: Module, step: BuildStep, eCa: number | undefined): void {
  if (step.op === "connect") {
    const synapse = synapseCalled(step.synapse);
    const named = step.name === undefined ? synapse : renameSynapse(synapse, step.name);
    connect(view(module, step.pre), view(module, step.post), named);
    return;
  }
  if (step.where?.[0]?.[0] === "synapse") {
    target(module, step.where).set(step.key as string, step.value);
    return;
  }
  const selected = view(module, step.where);
  if (step.op === "insert") {
    const found = mechanismCalled(step.mechanism);
    if (found === undefined) throw new Error(`no channel ${step.mechanism}`);
    const isBlind = eCa !== undefined && ["CaL", "CaT"].includes(step.mechanism);
    const channel = isBlind ? ignoringNernst(found, eCa) : found;
    selected.insert(channel, step.name === undefined ? {} : { name: step.name });
  } else if (step.op === "set") selected.set(step.key, step.value);
  else if (step.op === "group") selected.addToGroup(step.name ?? "");
  else if (step.op === "diffuse") module.diffuse(step.state);
  else if (step.op === "init_states") module.initStates({ dt: step.dt });
  else throw new Error(`${step.op} is not in scope`);
}
