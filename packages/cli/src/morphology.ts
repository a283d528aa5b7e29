/** @file Reading morphology files as the command line asks for it. */
import {
  type Convention,
  type Diagnostic,
  type Module,
  type MorphologyOptions,
  Network,
  readSwc,
  readSwcCells,
  type Spelling,
  type TracedCell,
  type Trees,
} from "rall";
import { UsageError } from "./failure.ts";
import { number, optional } from "./options.ts";

/** Options of `parseArgs` for reading a morphology. */
export const morphologyArguments = {
  ncomp: { type: "string" },
  "max-length": { type: "string" },
  "d-lambda": { type: "string" },
  "max-branch-length": { type: "string" },
  "min-radius": { type: "string" },
  convention: { type: "string" },
  unit: { type: "string" },
  trees: { type: "string" },
  types: { type: "string" },
} as const;

export type MorphologyValues = {
  readonly [K in keyof typeof morphologyArguments]?: string | undefined;
};

/** What was read: a cell, or with `--trees cells` a network of the cells of the file. */
export interface ReadMorphology {
  readonly model: Module;
  readonly diagnostics: readonly Diagnostic[];
}

export async function readMorphology(
  command: string,
  file: string,
  values: MorphologyValues,
): Promise<ReadMorphology> {
  const { trees, ...options } = morphologyOptions(command, values);
  if (trees !== "cells") {
    const cell = await readSwc(file, { ...options, ...(trees === undefined ? {} : { trees }) });
    return { model: cell, diagnostics: cell.diagnostics };
  }
  const cells = await readSwcCells(file, options);
  return { model: new Network(cells), diagnostics: joinDiagnostics(cells) };
}

/** Remarks of several cells: those on the file once, those on a cell as a whole with its number. */
function joinDiagnostics(cells: readonly TracedCell[]): Diagnostic[] {
  const joined = new Map<string, Diagnostic>();
  for (const [number, { diagnostics }] of cells.entries()) {
    for (const { message, line, ...rest } of diagnostics) {
      const text = line === undefined ? `Cell ${number}: ${message}` : message;
      joined.set(`${line} ${text}`, {
        ...rest,
        message: text,
        ...(line === undefined ? {} : { line }),
      });
    }
  }
  return [...joined.values()];
}

/** `minRadius: 0.1` as the command line has it: `--min-radius 0.1`. */
const spellAsArgument: Spelling = (option, value) => {
  const name = `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return value === undefined ? name : `${name} ${value}`;
};

function morphologyOptions(command: string, values: MorphologyValues) {
  const dividers = ["ncomp", "max-length", "d-lambda"] as const;
  const isDivided = dividers.some((name) => values[name] !== undefined);
  const { convention, trees, types, unit } = values;
  return {
    ...(isDivided || command === "inspect" ? {} : { ncomp: 4 }),
    ...optional(command, "ncomp", "--ncomp", values.ncomp),
    ...optional(command, "maxLength", "--max-length", values["max-length"]),
    ...optional(command, "dLambda", "--d-lambda", values["d-lambda"]),
    ...optional(command, "maxBranchLength", "--max-branch-length", values["max-branch-length"]),
    ...optional(command, "minRadius", "--min-radius", values["min-radius"]),
    ...(convention === undefined ? {} : { convention: convention as Convention }),
    ...(unit === undefined ? {} : { unit: readUnit(command, unit) }),
    ...(trees === undefined ? {} : { trees: trees as Trees | "cells" }),
    ...(types === undefined ? {} : { types: readTypes(command, types) }),
    spelling: spellAsArgument,
  };
}

function readUnit(command: string, text: string): NonNullable<MorphologyOptions["unit"]> {
  if (text === "um" || text === "nm") return text;
  return number(command, "--unit (other than um and nm)", text);
}

/** `5=basal,6=basal`. */
function readTypes(command: string, text: string): Record<number, string> {
  return Object.fromEntries(
    text.split(",").map((pair): [number, string] => {
      const [type = "", name, ...others] = pair.split("=");
      if (name === undefined || name === "" || others.length > 0) {
        throw new UsageError(
          `--types needs pairs like 5=basal, not ${JSON.stringify(pair)}.`,
          command,
        );
      }
      return [number(command, "--types", type), name];
    }),
  );
}
