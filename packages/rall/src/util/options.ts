/** @file Options objects from the outside: unknown keys are mistakes, not decoration. */
import { ValueError } from "../errors.ts";
import { checkFields, checkKeys, type Fields, isPlainObject } from "./kinds.ts";
import { inWords } from "./words.ts";

/**
 * Options of a function.
 *
 * @param known - the kind of each option by its key, or the keys alone where the types are checked elsewhere.
 * @throws NameError for a key of `options` that is not known. ValueError for options that are no object, or one that is missing
 * or of another kind.
 */
export function checkOptions(
  options: unknown,
  known: Fields | readonly string[],
  where: string,
): void {
  if (!isList(known)) checkFields(options, known, where);
  else if (isPlainObject(options)) checkKeys(options, known, where);
  else {
    throw new ValueError(`The options of ${where} are ${inWords(options)}.`, {
      subject: where,
      value: options,
      remedy: `Give an object with some of ${known.join(", ")}.`,
    });
  }
}

function isList(known: Fields | readonly string[]): known is readonly string[] {
  return Array.isArray(known);
}
