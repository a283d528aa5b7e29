/** @file How a morphology is to be read: options, their checks, and how messages spell them. */
import { ValueError } from "../errors.ts";
import {
  callback,
  either,
  flag,
  isPlainObject,
  type Kind,
  number,
  numbers,
  record,
  text,
} from "../util/kinds.ts";
import { checkDiscretisation, type Discretisation } from "./discretisation.ts";
import type { Spelling } from "./spelling.ts";
import { spellAsOption } from "./spelling.ts";
import type { TraceOptions } from "./trace.ts";

export interface MorphologyOptions extends TraceOptions, Discretisation {
  /** Least radius of a compartment in um; also replaces traced radii of 0 and those below 1e-6 um. */
  readonly minRadius?: number;
  /** Whether the types of the points become groups; default true. */
  readonly assignGroups?: boolean;
  /**
   * Rules for somata, roots and radii: those of Jaxley 0.14 (default) or those of NEURON's import, whose sections the
   * branches then are. NEURON's are the better choice unless Jaxley's numbers are wanted.
   */
  readonly convention?: Convention;
  /** Unit of coordinates and radii in the file: `um` (default), `nm`, or how many um one unit is (0.008: voxels of 8 nm). */
  readonly unit?: Unit;
  /**
   * What becomes of trees beside the first one: `error` (default) refuses them; `attach` joins them to the soma, as NEURON
   * does; `first` leaves them out, as Jaxley does. (`parseSwcCells` makes a cell of each.)
   */
  readonly trees?: Trees;
  /**
   * Names for types of the file: `{ 5: "basal", 6: "basal" }`. The names `soma`, `axon`, `basal`, `apical` and `undefined`
   * stand for their types, so that these points are read like others of that type; any other is the name of a group.
   */
  readonly types?: Readonly<Record<number, string>>;
  /** Name of the file, for messages. */
  readonly file?: string;
  /** How messages spell options; default: as here, `minRadius: 0.1`. For programs with options of their own. */
  readonly spelling?: Spelling;
}

export const conventions = ["jaxley", "neuron"] as const;
/** Whose rules for somata and roots hold. */
export type Convention = (typeof conventions)[number];
/** Unit of lengths in a file, or um per unit. */
export type Unit = "um" | "nm" | number;
const treeChoices = ["error", "attach", "first"] as const;
/** What becomes of trees beside the first one. */
export type Trees = (typeof treeChoices)[number];

/** What each option may be; domains of values are checked by `checkMorphologyOptions`. */
export const morphologyOptionKinds = {
  ncomp: number,
  maxLength: number,
  dLambda: either(number, { what: "an object", accepts: isPlainObject }),
  unit: either(text, number),
  trees: text,
  types: record(text, "an object of names by types"),
  minRadius: number,
  assignGroups: flag,
  convention: text,
  file: text,
  spelling: callback,
  maxBranchLength: number,
  relevantTypeIds: numbers,
  ignoreTracingInterruptions: flag,
} satisfies Record<keyof MorphologyOptions, Kind>;

/** Names of types in SWC files. */
const namesOfTypes: Readonly<Record<number, string>> = {
  0: "undefined",
  1: "soma",
  2: "axon",
  3: "basal",
  4: "apical",
};

/** @throws ValueError for an option out of its domain. */
export function checkMorphologyOptions(options: MorphologyOptions): void {
  const { convention, unit, trees, spelling = spellAsOption } = options;
  for (const key of ["minRadius", "maxBranchLength"] as const)
    checkPositive(spelling(key), options[key]);
  checkChoice("convention", convention, conventions, spelling);
  checkChoice("trees", trees, treeChoices, spelling);
  if (typeof unit === "number") checkPositive(spelling("unit"), unit);
  else checkChoice("unit", unit, ["um", "nm"], spelling);
  checkDiscretisation(options, spelling);
}

/** Factor from the unit of the file to um. */
export function scaleOf(unit: Unit = "um"): number {
  if (typeof unit === "number") return unit;
  return unit === "nm" ? 1e-3 : 1;
}

/** What types of a file stand for. */
export interface TypeNames {
  /** The type that a type of the file is read as. */
  of(type: number): number;
  /** Name of the group of such a type. */
  name(type: number): string;
}

/** @throws ValueError for a type that is no whole number, or a name that is none. */
export function typeNames(types: MorphologyOptions["types"] = {}): TypeNames {
  const known = new Map(Object.entries(namesOfTypes).map(([type, name]) => [name, Number(type)]));
  const stands = new Map<number, number>();
  const names = new Map<number, string>();
  for (const [key, name] of Object.entries(types)) {
    const type = Number(key);
    if (!Number.isInteger(type) || typeof name !== "string" || name.trim() === "") {
      throw new ValueError(`types has ${JSON.stringify(name)} for ${JSON.stringify(key)}.`, {
        subject: "types",
        value: name,
        remedy: 'Give names for numbers of types: { 5: "basal", 6: "tuft" }.',
      });
    }
    const same = known.get(name) ?? type;
    known.set(name, same);
    stands.set(type, same);
    if (!Object.hasOwn(namesOfTypes, same)) names.set(same, name);
  }
  const own = (type: number) => `custom${type < 0 ? `_minus${-type}` : type}`;
  return {
    of: (type) => stands.get(type) ?? type,
    name: (type) => names.get(type) ?? namesOfTypes[type] ?? own(type),
  };
}

function checkChoice(
  subject: string,
  value: unknown,
  choices: readonly string[],
  spelling: Spelling,
): void {
  if (value === undefined || (typeof value === "string" && choices.includes(value))) return;
  const cells = subject === "trees" ? ["cells"] : [];
  const known = [...choices, ...cells].map((one) => spelling(subject, one)).join(", ");
  throw new ValueError(`There is no ${subject} ${JSON.stringify(value)}.`, {
    subject,
    value,
    remedy: `Give one of: ${known}${subject === "unit" ? ", or the number of um in one unit" : ""}.`,
  });
}

function checkPositive(subject: string, value: number | undefined): void {
  if (value === undefined || (value > 0 && Number.isFinite(value))) return;
  throw new ValueError(`${subject} is ${value}.`, {
    subject,
    value,
    remedy: "Give a number above 0, in um.",
  });
}
