/** @file Which values a quantity may have. */
import { ValueError } from "../errors.ts";

interface Bound {
  /** The least value, and whether it is one itself. */
  readonly least: number;
  readonly isIncluded: boolean;
  readonly remedy: string;
}

const table = {
  any: {
    least: Number.NEGATIVE_INFINITY,
    isIncluded: false,
    remedy: "Give a finite number.",
  },
  nonNegative: { least: 0, isIncluded: true, remedy: "Give a number from 0 up." },
  positive: { least: 0, isIncluded: false, remedy: "Give a number above 0." },
  conductance: {
    least: 0,
    isIncluded: true,
    remedy: "Give a number from 0 up, or set it with { allowNegative: true } if you mean it.",
  },
  delay: {
    least: 0,
    isIncluded: true,
    remedy: "A spike cannot arrive before it was sent: give a delay from 0 up, in ms.",
  },
  temperature: {
    least: -273.15,
    isIncluded: false,
    remedy: "Give a temperature above absolute zero, in deg C.",
  },
} as const satisfies Readonly<Record<string, Bound>>;

/**
 * Which finite numbers a quantity may be: `any`, from 0 up (`nonNegative`, and of spikes `delay`), above 0 (`positive`), from 0 up unless
 * it is set with `allowNegative` (`conductance`), or above absolute zero (`temperature`, deg C).
 */
export type Domain = keyof typeof table;

export const domains = Object.keys(table) as Domain[];

/**
 * The domain of a quantity whose definition names none, by its unit: conductances and concentrations (S, M) are not negative,
 * temperatures above absolute zero; of parameters, times (ms) are not negative and time constants (`tau...`) above 0.
 */
export function usualDomain(local: string, unit: string, isParameter: boolean): Domain {
  if (/^[munp]?S(\/|$)/.test(unit)) return "conductance";
  if (/^[munp]?M$/.test(unit)) return "nonNegative";
  if (unit === "deg C") return "temperature";
  if (unit !== "ms" || !isParameter) return "any";
  return /^tau/i.test(local) ? "positive" : "nonNegative";
}

export function isWithin(value: number, domain: Domain): boolean {
  const { least, isIncluded } = table[domain];
  return Number.isFinite(value) && (value > least || (isIncluded && value === least));
}

/** Whether an open interval from `lower` on holds values outside the domain. */
export function reachesBeyond(lower: number, domain: Domain): boolean {
  return lower < table[domain].least;
}

/** What to do about a value outside the domain. */
export function remedyFor(value: number, domain: Domain): string {
  return Number.isFinite(value) ? table[domain].remedy : table.any.remedy;
}

/** Of domains that all hold, the one with the fewest values. */
export function strictest(all: Iterable<Domain>): Domain {
  let found: Domain = "any";
  for (const one of all) {
    const [a, b] = [table[one], table[found]];
    if (a.least > b.least || (a.least === b.least && b.isIncluded && !a.isIncluded)) found = one;
  }
  return found;
}

/** @throws ValueError for a value outside the domain. @param what - the quantity and its place, in words. */
export function checkWithin(value: number, domain: Domain, subject: string, what: string): void {
  if (isWithin(value, domain)) return;
  throw new ValueError(`${what} cannot be ${value}.`, {
    subject,
    value,
    remedy: remedyFor(value, domain),
  });
}
