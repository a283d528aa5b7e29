/** @file Into how many compartments a branch is divided. */
import { ValueError } from "../errors.ts";
import { checkOptions } from "../util/options.ts";
import { pathLengths } from "./frustum.ts";
import type { Spelling } from "./spelling.ts";

/** The rule of Hines and Carnevale: compartments of at most a fraction of the length constant at a frequency. */
export interface LambdaRule {
  /** Default 0.1. */
  readonly fraction?: number;
  /** In Hz; default 100. */
  readonly frequency?: number;
  /** In Ohm cm; default 100. */
  readonly axialResistivity?: number;
  /** In uF/cm2; default 1. */
  readonly capacitance?: number;
}

/** One of three ways to divide branches; without any, each is one compartment. */
export interface Discretisation {
  /** Compartments per branch; default 1. */
  readonly ncomp?: number;
  /** Greatest length of a compartment in um. */
  readonly maxLength?: number;
  /**
   * Greatest length of a compartment as a fraction of the length constant for alternating current, by which each branch has
   * an odd number of compartments, as NEURON makes it (Hines, Carnevale 2001, Neuroscientist 7:123-135).
   */
  readonly dLambda?: number | LambdaRule;
}

const discretisationKeys = ["ncomp", "maxLength", "dLambda"] as const;

/** Most compartments of a branch: beyond lies a mistake in a unit. */
const mostCompartments = 100_000;

/** @throws ValueError for values out of their domain, or for two ways at once. */
export function checkDiscretisation(options: Discretisation, spelling: Spelling): void {
  const given = discretisationKeys.filter((key) => options[key] !== undefined);
  if (given.length > 1) {
    const names = given.map((key) => spelling(key)).join(" and ");
    throw new ValueError(`${names} are given at once.`, {
      subject: given[1] ?? "ncomp",
      remedy: "Choose one way to divide branches into compartments.",
    });
  }
  const { ncomp, maxLength } = options;
  if (ncomp !== undefined && !(Number.isInteger(ncomp) && ncomp > 0)) {
    throw new ValueError(`${spelling("ncomp")} is ${ncomp}.`, {
      subject: "ncomp",
      value: ncomp,
      remedy: "Give a whole number from 1 up.",
    });
  }
  const rule = lambdaRule(options);
  checkOptions(rule, ["fraction", "frequency", "axialResistivity", "capacitance"], "dLambda");
  const own = typeof options.dLambda === "number" ? { dLambda: options.dLambda } : rule;
  for (const [subject, value] of Object.entries({ maxLength, ...own })) {
    if (value === undefined || (Number.isFinite(value) && value > 0)) continue;
    const name = subject in options ? spelling(subject) : subject;
    throw new ValueError(`${name} is ${value}.`, {
      subject,
      value,
      remedy: "Give a number above 0.",
    });
  }
}

function lambdaRule({ dLambda }: Discretisation): LambdaRule {
  return typeof dLambda === "number" ? { fraction: dLambda } : (dLambda ?? {});
}

/** Number of compartments of a branch of this length (um), with these points (rows of x, y, z, radius). */
export function countCompartments(
  options: Discretisation,
  length: number,
  polyline: Float64Array,
): number {
  const { ncomp = 1, maxLength, dLambda } = options;
  const count =
    maxLength !== undefined
      ? Math.ceil(length / maxLength - 1e-9)
      : dLambda !== undefined
        ? countByLambda(lambdaRule(options), length, polyline)
        : ncomp;
  if (count <= mostCompartments) return Math.max(1, count);
  throw new ValueError(
    `A branch of ${length.toPrecision(4)} um would have ${count} compartments.`,
    {
      subject: maxLength === undefined ? "ncomp" : "maxLength",
      value: count,
      remedy: `At most ${mostCompartments} are possible; are lengths in um?`,
    },
  );
}

function countByLambda(rule: LambdaRule, length: number, polyline: Float64Array): number {
  const { fraction = 0.1, frequency = 100, axialResistivity = 100, capacitance = 1 } = rule;
  const lengths = pathLengths(polyline);
  /** Sum of l / sqrt(d), with the mean diameter of each frustum. */
  let sum = 0;
  for (let k = 1; k < lengths.length; k++) {
    const diameter = (polyline[4 * k - 1] ?? 0) + (polyline[4 * k + 3] ?? 0);
    sum += ((lengths[k] ?? 0) - (lengths[k - 1] ?? 0)) / Math.sqrt(diameter);
  }
  if (lengths.length === 1) sum = length / Math.sqrt(2 * (polyline[3] ?? 0));
  // 1e5 um comes from Hz, Ohm cm and uF/cm2
  const inLambda = sum * 1e-5 * Math.sqrt(4 * Math.PI * frequency * axialResistivity * capacitance);
  return 2 * Math.floor((inLambda / fraction + 0.9) / 2) + 1;
}
