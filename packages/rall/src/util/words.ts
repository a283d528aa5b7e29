/** @file Values from outside in a few words, for messages. */

/** Most characters of a text that a message repeats. */
const longest = 60;

/** A value as a message says it: short, whatever it is. */
export function inWords(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(cut(value));
  if (typeof value === "bigint") return `${cut(String(value))}n`;
  if (typeof value === "symbol") return "a symbol";
  if (typeof value === "function") return value.name === "" ? "a function" : cut(value.name);
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (ArrayBuffer.isView(value)) return "an array of numbers";
  if ("name" in value && typeof value.name === "string") return cut(value.name);
  const keys = Object.keys(value);
  return keys.length === 0 ? "an object" : `an object of ${cut(keys.join(", "))}`;
}

function cut(text: string): string {
  return text.length > longest ? `${text.slice(0, longest - 3)}...` : text;
}
