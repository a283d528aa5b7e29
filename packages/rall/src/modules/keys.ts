/**
 * @file Which keys `set`, `record` and their like know: by their types for editors and the compiler, which complete them
 * and refuse what is certainly or very likely misspelt; the run itself checks every key.
 *
 * A program declares mechanisms of its own, even under names of built-in ones, so that no type can list all keys. Where a
 * view or synapse tells by its type which mechanism it has, keys of that are exact; else only a near miss of a built-in key is
 * refused.
 */
import type * as channels from "../channels.ts";
import type { Channel } from "../mechanisms/channel.ts";
import type { Renamed } from "../mechanisms/definition.ts";
import type { Synapse } from "../mechanisms/synapse.ts";
import type * as pumps from "../pumps.ts";
import type * as synapses from "../synapses.ts";
import type { GeometryKey } from "./geometry.ts";

type BuiltIn = (typeof channels)[keyof typeof channels] | (typeof pumps)[keyof typeof pumps];
type BuiltInSynapse = (typeof synapses)[keyof typeof synapses];
type NameOf<C> = C extends { readonly name: infer Name extends string } ? Name : never;
type StateOf<C> = C extends Channel<string, string, infer S> ? S : never;
type ValueOf<C> = C extends Channel<string, infer P, infer S> ? P | S : never;
type CurrentOf<C> = C extends Channel<string, string, string, infer Current> ? Current : never;
type SynapseStateOf<S> = S extends Synapse<string, string, infer State> ? State : never;
type SynapseValueOf<S> = S extends Synapse<string, infer P, infer State> ? P | State : never;

/** What can be set: properties of compartments, parameters and states of the built-in channels and pumps. */
export type ValueKey = GeometryKey | ValueOf<BuiltIn>;
/** What can be clamped. */
export type StateKey = "v" | StateOf<BuiltIn>;
/** What can be recorded. */
export type RecordedKey = StateKey | "i" | "i_clamp" | "i_membrane" | CurrentOf<BuiltIn>;
/** What the groups of traced cells are called. */
export type GroupName = "soma" | "axon" | "basal" | "apical";
export type ChannelName = NameOf<BuiltIn>;
export type SynapseName = NameOf<BuiltInSynapse>;

/** Type-level record of the mechanisms that were inserted in a chain of calls; never present at run time. */
export declare const inserted: unique symbol;

/** What a view has by its type after `insert`: mechanisms by name with their keys. Never present at run time. */
export interface WithMechanism<
  Name extends string,
  Value extends string,
  State extends string,
  Recorded extends string,
> {
  readonly [inserted]?: {
    readonly [N in Name]: {
      readonly value: Value;
      readonly state: State;
      readonly recorded: Recorded;
    };
  };
}

/** That a mechanism `Old` was inserted under the name `Name`; a name that no type tells says nothing. */
export type Has<
  Name extends string,
  Old extends string,
  P extends string,
  S extends string,
  Current extends string,
> = string extends Name
  ? unknown
  : WithMechanism<
      Name,
      Renamed<P | S, Old, Name> & string,
      Renamed<S, Old, Name> & string,
      (Renamed<S, Old, Name> & string) | Current | `i_${Name}`
    >;

type Inserted<V> = V extends { readonly [inserted]?: infer I }
  ? Exclude<I, undefined>
  : Record<never, never>;

type KeyKind = "value" | "state" | "recorded";

/** Keys of the mechanisms that a view has by its type. */
export type OwnKey<V, Kind extends KeyKind> =
  Inserted<V> extends infer I
    ? { [N in keyof I]: I[N] extends { readonly [K in Kind]: infer Key } ? Key : never }[keyof I] &
        string
    : never;

/** A string that the compiler does not know letter by letter. */
type IsOpen<Key extends string> = [Record<never, never>] extends [{ readonly [K in Key]: 1 }]
  ? true
  : false;

/**
 * `Key` itself, or, for a key that is misspelt, a type that nothing fits and that says so. What is certain: a view has a
 * mechanism by its type (`Names` among its `Own` keys) and the key begins like one of its keys. What is very likely: it is
 * within a letter of a key of a built-in mechanism.
 */
export type CheckedKey<
  Key extends string,
  Own extends string = never,
  Names extends string = never,
  Known extends string = ValueKey,
> =
  IsOpen<Key> extends true
    ? Key
    : Key extends Known | Own
      ? Key
      : Key extends `${Names}_${infer Local}`
        ? Local extends `${string}_${string}`
          ? Key
          : `${Key} is no key of ${NamedIn<Key, Names>}`
        : NearMiss<Key, Known>;

type NamedIn<Key extends string, Names extends string> = Names extends string
  ? Key extends `${Names}_${string}`
    ? Names
    : never
  : never;

/**
 * A key that a view of type `V` may have, besides those that are known. The compiler shows the sentence of a refusal only if
 * this is no union itself.
 */
export type ValueKeyFor<Key extends string, V> = KeyFor<Key, V, "value", ValueKey>;
export type StateKeyFor<Key extends string, V> = KeyFor<Key, V, "state", StateKey>;
export type RecordedKeyFor<Key extends string, V> = KeyFor<Key, V, "recorded", RecordedKey>;

type KeyFor<Key extends string, V, Kind extends KeyKind, Known extends string> = CheckedKey<
  Key,
  OwnKey<V, Kind>,
  keyof Inserted<V> & string,
  Known
>;

/** Names of the values of a synapse, by which connections are given values: in its equations, and its keys. */
export type LocalKey<S extends Synapse> =
  S extends Synapse<infer Name, infer P, infer State>
    ?
        | P
        | State
        | (P | State extends infer Key ? (Key extends `${Name}_${infer L}` ? L : Key) : never)
    : never;

/** Keys if a type tells them, else those of all built-in synapses. */
type KnownOr<Key extends string, All extends string> = string extends Key ? All : Key;
type SynapseNameOf<S extends Synapse> = KnownOr<S["name"], SynapseName>;

/** Keys that synapses of type `S` have: those of the type, or of all built-in synapses. */
export type SynapseKey<S extends Synapse> = KnownOr<
  SynapseValueOf<S>,
  SynapseValueOf<BuiltInSynapse>
>;
export type SynapseStateKey<S extends Synapse> = KnownOr<
  SynapseStateOf<S>,
  SynapseStateOf<BuiltInSynapse>
>;
export type SynapseRecordedKey<S extends Synapse> = SynapseStateKey<S> | `i_${SynapseNameOf<S>}`;

/** As `CheckedKey`, for synapses of type `S`; properties copied from compartments have keys of their own. */
export type CheckedSynapseKey<Key extends string, S extends Synapse, Known extends string> =
  IsOpen<Key> extends true
    ? Key
    : Key extends Known | `${"pre" | "post"}_${string}`
      ? Key
      : string extends S["name"]
        ? NearMiss<Key, Known>
        : `${Key} is no key of ${S["name"]}`;

/** `Key`, unless it is within a letter of a known key of a mechanism. Locals of one or two letters are all near each other. */
type NearMiss<
  Key extends string,
  Known extends string,
> = Key extends `${ChannelName | SynapseName}_${string}`
  ? [Nearest<Key, Known>] extends [never]
    ? Key
    : `${Key} is misspelt: ${Nearest<Key, Known>}`
  : Key;

type Nearest<
  Key extends string,
  Known extends string,
> = Known extends `${ChannelName | SynapseName}_${infer Local}`
  ? Local extends `${infer _A}${infer _B}${infer _C}${string}`
    ? Lowercase<Key> extends Lowercase<Known>
      ? Known
      : [Extract<Key | Shortened<Key>, Known | Shortened<Known>>] extends [never]
        ? never
        : Known
    : never
  : never;

/** A text without one of its letters: two texts within one error of each other have one of these, or themselves, in common. */
type Shortened<
  Text extends string,
  Head extends string = "",
> = Text extends `${infer First}${infer Rest}`
  ? `${Head}${Rest}` | Shortened<Rest, `${Head}${First}`>
  : never;
