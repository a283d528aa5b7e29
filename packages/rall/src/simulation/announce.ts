/** @file How warnings reach people. */
import type { Diagnostic } from "../morphology/diagnostic.ts";
import { printable } from "../printable.ts";
import { callback, either, type Kind } from "../util/kinds.ts";

/** What is done with each warning: a function of it, or false for nothing. */
export type OnWarning = ((warning: Diagnostic) => void) | false;

const silence: Kind = { what: "false", accepts: (value) => value === false };

export const onWarningKind = either(callback, silence);

/**
 * Says warnings, each distinct one once.
 *
 * @param onWarning - default: one line each on the console.
 * @param said - messages that were said before; those said now are put in.
 */
export function announce(
  warnings: readonly Diagnostic[],
  onWarning: OnWarning = toConsole,
  said: Set<string> = new Set(),
): void {
  if (onWarning === false) return;
  for (const warning of warnings) {
    if (said.has(warning.message)) continue;
    said.add(warning.message);
    onWarning(warning);
  }
}

function toConsole({ code, message }: Diagnostic): void {
  console.warn(`rall: ${printable(message.replaceAll("\n", " "))} [${code}]`);
}
