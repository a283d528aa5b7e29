/**
 * @file How large things may be, in programs as in files: beyond lies a mistake (a unit, a digit too many) that would exhaust a
 * machine before anything could be said.
 */
import { ValueError } from "../errors.ts";

export const limits = {
  /** Compartments of one branch. */
  branch: 1_000_000,
  /** Compartments of a module. */
  compartments: 10_000_000,
  /** Pairs of cells that one call may connect. */
  pairs: 20_000_000,
  /** Samples of a stimulus or clamp, spikes of a train. */
  samples: 100_000_000,
  /** Steps of a run; step numbers are 32-bit integers. */
  steps: 2_000_000_000,
  /** Numbers that the recordings of a run hold together, its times included: 8 GB. */
  recorded: 1_000_000_000,
  /** Steps of the longest delays of all that sends spikes together, each a byte. */
  delays: 1_000_000_000,
  /** Entries of a table that grows with the square of something: 2 GB. */
  table: 250_000_000,
} as const;

/**
 * What a file may hold in all, unless its reader says otherwise: a file from a stranger is then read or refused within some
 * 2 s and 300 MB.
 */
export const fileLimits = {
  characters: 32_000_000,
  entries: 250_000,
  numbers: 6_000_000,
  equations: 1_200_000,
  quantities: 10_000,
} as const;

/**
 * @param what - what there would be, in words that follow the number.
 * @throws ValueError for more than the limit.
 */
export function checkSize(
  size: number,
  limit: keyof typeof limits,
  what: string,
  remedy: string,
): void {
  if (size <= limits[limit]) return;
  throw new ValueError(`There would be ${size} ${what}; at most ${limits[limit]} are possible.`, {
    subject: limit,
    value: size,
    remedy,
  });
}
