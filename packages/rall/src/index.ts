/**
 * Rall: biophysically detailed neurons, simulated in Node, Deno, Bun and a web page.
 *
 * @packageDocumentation
 */
export * from "./errors.ts";
