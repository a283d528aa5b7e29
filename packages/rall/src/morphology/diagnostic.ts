/** Something that was assumed or repaired while reading a file. */
export interface Diagnostic {
  readonly severity: "info" | "warning";
  /** Stable name of the kind of remark, for programs. */
  readonly code: string;
  readonly message: string;
  /** Line of the file, from 1. */
  readonly line?: number;
}
