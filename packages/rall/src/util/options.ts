/** @file Options objects from the outside: unknown keys are mistakes, not decoration. */
import { NameError } from "../errors.ts";
import { nearestName } from "./suggest.ts";

/** @throws {NameError} for a key of `options` that is not among `known`. */
export function checkOptions(options: object, known: readonly string[], where: string): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const suggestion = nearestName(key, known);
    throw new NameError(`${where} has no option ${JSON.stringify(key)}.`, {
      subject: key,
      ...(suggestion === undefined
        ? { remedy: `Options are: ${known.join(", ")}.` }
        : { suggestion }),
    });
  }
}
