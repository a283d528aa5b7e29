import { excerpt, printable, shortened } from "./printable.ts";

/** Where in a text a problem lies. Lines and columns count from 1. */
export interface TextLocation {
  readonly line: number;
  readonly column?: number;
  /** The offending line itself, for display. */
  readonly text?: string;
}

/** Data that an error carries besides its sentence. */
export interface ErrorDetails {
  /** What the user can do about it; appended to the message. */
  readonly remedy?: string;
  /** The name that was looked for or the thing that is wrong. */
  readonly subject?: string;
  /** The offending value. */
  readonly value?: unknown;
  /** The nearest known name, if one is near. */
  readonly suggestion?: string;
  readonly file?: string;
  readonly location?: TextLocation;
}

/**
 * Base of every error that Rall throws on purpose. `code` is stable and meant for programs, `message` for people, and
 * `details` carries the data involved. Anything else that escapes is a defect of Rall.
 */
export abstract class RallError extends Error {
  abstract readonly code: string;
  /** Written out in each class, so that it survives minification. */
  abstract override readonly name: string;
  readonly details: ErrorDetails;
  readonly #sentence: string;

  /** @param message - one sentence or more; the whole message is never longer than 2,000 characters. */
  constructor(message: string, given: ErrorDetails & { readonly cause?: unknown } = {}) {
    const { cause, ...details } = given;
    super(sentence(message, details), cause === undefined ? {} : { cause });
    this.details = details;
    this.#sentence = message;
  }

  /** What is wrong, without the place, the nearest name and the remedy that `message` has too. */
  get sentence(): string {
    return this.#sentence;
  }
}

/** A model that cannot be: a cycle of branches, a channel inserted twice, a name that is taken. */
export class ModelError extends RallError {
  override readonly name = "ModelError";
  override readonly code = "model";
}

/** A parameter or option whose value is out of its domain (not finite, negative, of the wrong length). */
export class ValueError extends RallError {
  override readonly name = "ValueError";
  override readonly code = "value";
}

/** A parameter, state, channel or group that does not exist. */
export class NameError extends RallError {
  override readonly name = "NameError";
  override readonly code = "name";
}

/** A selection that cannot be made or that is empty. */
export class SelectionError extends RallError {
  override readonly name = "SelectionError";
  override readonly code = "selection";
}

/** An equation that cannot be read or does not make sense; `details.location` says where. */
export class EquationError extends RallError {
  override readonly name = "EquationError";
  override readonly code = "equation";
}

/** A morphology file that cannot be read; `details.location` names the line. */
export class SwcError extends RallError {
  override readonly name = "SwcError";
  override readonly code = "swc";
}

/** A model file that cannot be read; `details.subject` is the path of what is wrong, as `$.channels[0].current`. */
export class ModelFileError extends RallError {
  override readonly name = "ModelFileError";
  override readonly code = "modelFile";
}

/** Numbers of a run or of its derivatives that stopped being finite; `details.subject` names the state or parameter. */
export class NumericalError extends RallError {
  override readonly name = "NumericalError";
  override readonly code = "numerical";
}

/** Something asked for that this platform does not have (files in a page, for instance). */
export class PlatformError extends RallError {
  override readonly name = "PlatformError";
  override readonly code = "platform";
}

/** Most characters of the parts of a message; together they are fewer than 2,000. */
const longest = { file: 300, message: 900, suggestion: 80, remedy: 400 } as const;

/** The message of an error: short and printable, whatever a name, a file or an equation put into it. */
function sentence(message: string, details: ErrorDetails): string {
  const { file, location, suggestion, remedy } = details;
  const place = [
    file === undefined ? undefined : short(file, longest.file),
    location?.line,
    location?.column,
  ]
    .filter((part) => part !== undefined)
    .join(":");
  const lines = [`${place === "" ? "" : `${place}: `}${short(message, longest.message)}`];
  if (suggestion !== undefined)
    lines[0] += ` Did you mean ${short(JSON.stringify(suggestion), longest.suggestion)}?`;
  if (location?.text !== undefined) {
    const { text, column } = excerpt(location.text, location.column ?? 1);
    // One character for one, so that the mark stays below its place
    lines.push(`  ${text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, " ")}`);
    if (location.column !== undefined) lines.push(`  ${" ".repeat(column - 1)}^`);
  }
  if (remedy !== undefined) lines.push(short(remedy, longest.remedy));
  return lines.join("\n");
}

function short(text: string, most: number): string {
  return shortened(printable(shortened(text, most), "\n\t"), most);
}
