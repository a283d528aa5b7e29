/** @file Numbers and remarks in words. */
import type { Diagnostic } from "rall";

/** A remark about a file, with its line if it has one. */
export function inWords(file: string, { severity, message, line }: Diagnostic): string {
  return `${severity}: ${file}${line === undefined ? "" : `:${line}`}: ${message}`;
}

/** `1 spike`, `2 spikes`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
