/** @file Which keys `set` and `record` know, at compile time for built-in channels and at run time for all. */

import type * as channels from "../channels.ts";
import type { Channel } from "../mechanisms/channel.ts";
import type * as pumps from "../pumps.ts";
import type { GeometryKey } from "./geometry.ts";

type BuiltIn = (typeof channels)[keyof typeof channels] | (typeof pumps)[keyof typeof pumps];
type BuiltInName = BuiltIn extends infer C ? (C extends Channel<infer Name> ? Name : never) : never;
type BuiltInKey = BuiltIn extends infer C
  ? C extends Channel<string, infer Parameter, infer State>
    ? Parameter | State
    : never
  : never;

/**
 * `Key` itself, unless it begins like a key of a built-in channel and is none of its keys: then a type that nothing
 * fits and that says so. Keys of other channels are checked when the program runs.
 */
export type CheckedKey<Key extends string> = string extends Key
  ? Key
  : Key extends BuiltInKey | GeometryKey
    ? Key
    : Key extends `${BuiltInName}_${string}`
      ? `${Key} is no parameter or state of a built-in channel`
      : Key;
