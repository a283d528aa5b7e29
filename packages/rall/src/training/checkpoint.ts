/** @file Where a fit is kept while it goes on. */
import type { Diagnostic } from "../morphology/diagnostic.ts";
import { damaged, isUndamaged } from "./fit-file.ts";

/** Where a fit keeps what it needs to go on: a file, an entry of a data base. */
export interface Checkpoint {
  /** What was written last; undefined if nothing was. */
  read(): Promise<string | undefined>;
  /** Replaces it as a whole: whoever reads, or ends the process meanwhile, finds the old text or the new one. */
  write(text: string): Promise<void>;
  /** What was written before the last; asked for if that is damaged, and then not to be lost by the next write. */
  readPrevious?(): Promise<string | undefined>;
  /** Keeps other fits out until the function that it gives is called. @throws if one is in already. */
  lock?(): Promise<() => Promise<void>>;
}

/**
 * What a fit can go on from: what was written last, or, if that is damaged, what was written before it.
 *
 * @param warn - is told if it is not the last.
 * @returns undefined if there is nothing to go on from.
 * @throws ValueError if all there is is damaged.
 */
export async function readCheckpoint(
  checkpoint: Checkpoint,
  warn: (warning: Diagnostic) => void,
): Promise<string | undefined> {
  const last = await checkpoint.read();
  if (last === undefined || isUndamaged(last)) return last;
  const previous = await checkpoint.readPrevious?.();
  const severity = "warning";
  if (previous !== undefined && isUndamaged(previous)) {
    const message = "The checkpoint is damaged; the fit goes on from the one before it.";
    warn({ severity, code: "damaged-checkpoint", message });
    return previous;
  }
  if (last !== "") throw damaged();
  const message = "The checkpoint is empty; the fit begins anew.";
  warn({ severity, code: "empty-checkpoint", message });
  return undefined;
}
