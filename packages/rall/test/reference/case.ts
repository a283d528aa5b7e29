/** @file A golden case: its schema as far as the tests read it, and where the cases lie. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export type Path = readonly (readonly [string, string | number | readonly number[]])[];
/** One value per compartment; a single one means the same everywhere, null that it does not exist there. */
export type Column = number | readonly (number | null)[];

export interface Signal {
  readonly kind: "step" | "constant" | "array" | "rows";
  readonly i_delay: number;
  readonly i_dur: number;
  readonly i_amp: number;
  readonly dt: number;
  readonly t_max: number;
  readonly i_offset?: number;
  readonly value: number;
  readonly n: number;
  readonly values: readonly number[] | readonly (readonly number[])[];
}

export interface BuildStep {
  readonly op: "insert" | "set" | "group" | "connect" | "diffuse" | "init_states";
  readonly mechanism: string;
  readonly name?: string;
  readonly key: string;
  readonly state: string;
  readonly value: number | readonly number[];
  readonly dt: number;
  readonly where?: Path;
  readonly pre?: Path;
  readonly post?: Path;
  readonly synapse?: string;
}

export interface CellStructure {
  readonly parents: readonly number[];
  readonly ncomp: readonly number[];
  readonly swc?: { readonly file: string; readonly ncomp: number } & SwcOptions;
  readonly set_ncomp?: readonly (readonly number[])[];
}

export interface SwcOptions {
  readonly max_branch_len?: number;
  readonly min_radius?: number;
  readonly ignore_swc_tracing_interruptions?: boolean;
  readonly relevant_type_ids?: readonly number[];
}

export interface StimulusStep {
  readonly current: Signal;
  readonly where?: Path;
  readonly via?: string;
}

export interface Model {
  readonly structure: {
    readonly type: "compartment" | "branch" | "cell" | "network";
    readonly ncomp: number;
    readonly set_ncomp?: number;
    readonly cells: readonly CellStructure[];
  };
  readonly build?: readonly BuildStep[];
  readonly stimuli?: readonly StimulusStep[];
  readonly clamps?: readonly {
    readonly state: string;
    readonly values: Signal;
    readonly where?: Path;
  }[];
  readonly recordings?: readonly { readonly state: string; readonly where?: Path }[];
  readonly dt: number;
  readonly t_max: number | null;
  readonly solver: string | null;
  readonly voltage_solver: string | null;
  readonly checkpoint_lengths: readonly number[] | null;
}

export interface GoldenCase {
  readonly name: string;
  readonly kind: string;
  readonly tags: readonly string[];
  readonly model: Model;
  readonly tolerance: {
    readonly relative: number;
    readonly absolute?: number;
    readonly relative_to_row_max: number;
  };
  readonly spread: { readonly exact_slope?: number };
  /** The model without views; see `rounding.ts` and `build.ts` for the parts in use. */
  readonly resolved: unknown;
  /** Whatever else the kind has; each test reads its own part. */
  readonly [key: string]: unknown;
}

const given = process.env.REFERENCE_CASES;
export const casesFolder =
  given === undefined ? fileURLToPath(new URL("cases", import.meta.url)) : resolve(given);
export const swcFolder = join(casesFolder, "..", "swc");

export function readCases(): GoldenCase[] {
  return readdirSync(casesFolder)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(casesFolder, file), "utf8")) as GoldenCase);
}

/** A column of a case as one value per compartment, NaN where null. */
export function expand(column: Column, count: number): number[] {
  if (typeof column === "number") return Array.from({ length: count }, () => column);
  return column.map((value) => value ?? Number.NaN);
}
