/** @file How messages spell options, so that a remedy can be used where it is read. */

/** An option, with a value or without: `minRadius: 0.1` here, `--min-radius 0.1` on the command line. */
export type Spelling = (option: string, value?: string | number) => string;

/** As in options of this library. */
export const spellAsOption: Spelling = (option, value) => {
  // Several cells have functions of their own
  if (option === "trees" && value === "cells") return "readSwcCells";
  return value === undefined ? option : `${option}: ${JSON.stringify(value)}`;
};
