/** @file What was assumed or repaired while reading a file. */

/** One remark about what was read. */
export interface Diagnostic {
  readonly severity: "info" | "warning";
  /** Stable name of the kind of remark, for programs. */
  readonly code: string;
  readonly message: string;
  /** Line of the file, from 1. */
  readonly line?: number;
}

/** Remarks on lines, one of each kind: the first, with the number of the others. */
export class Remarks implements Iterable<Diagnostic> {
  readonly #first = new Map<string, Diagnostic>();
  readonly #count = new Map<string, number>();

  add(
    code: string,
    message: string,
    line: number | undefined,
    severity: Diagnostic["severity"] = "info",
  ): void {
    this.#count.set(code, (this.#count.get(code) ?? 0) + 1);
    if (this.#first.has(code)) return;
    this.#first.set(code, { severity, code, message, ...(line === undefined ? {} : { line }) });
  }

  *[Symbol.iterator](): Iterator<Diagnostic> {
    for (const [code, remark] of this.#first) {
      const others = (this.#count.get(code) ?? 1) - 1;
      const more = `So ${others === 1 ? "does 1 more line" : `do ${others} more lines`}.`;
      yield others === 0 ? remark : { ...remark, message: `${remark.message} ${more}` };
    }
  }
}

/** Most remarks of one kind that are listed one by one. */
const mostOfKind = 20;

/** The same with only the first of each kind, if there are very many, and their number. */
export function shortened(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const count = new Map<string, number>();
  const kept = diagnostics.filter(({ code }) => {
    const own = (count.get(code) ?? 0) + 1;
    count.set(code, own);
    return own <= mostOfKind;
  });
  for (const [code, all] of count) {
    if (all <= mostOfKind) continue;
    const message = `There are ${all - mostOfKind} more remarks of the kind "${code}".`;
    kept.push({ severity: "info", code, message });
  }
  return kept;
}
