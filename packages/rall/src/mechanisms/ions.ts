/** @file Mechanisms for any ion: reversal potentials from concentrations, and concentrations from currents. */
import { ValueError } from "../errors.ts";
import { extremeReversal, leastConcentration } from "../expressions/electrochemistry.ts";
import { type PhysicalConstants, physicalConstants, zeroCelsius } from "../numerics/constants.ts";
import { choice, finite, number, object, required, text } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { type Channel, defineChannel } from "./channel.ts";
import { checkName } from "./equations.ts";
import { definePump } from "./pump.ts";

const constantsKind = object({ faraday: required(finite), gas: required(finite) });
const side = required(object({ key: required(text), value: required(number) }));
const nernstKinds = {
  ...{ reversal: required(text), inside: side, outside: side, valence: required(number) },
  ...{ currentName: text, constants: constantsKind },
};
const concentrationKinds = {
  ...{ ion: required(text), current: required(text), valence: required(number) },
  ...{ start: required(number), surface: choice("area", "radius") },
  ...{ currentName: text, constants: constantsKind },
};

/** The current's name where the definition fixes it, else the usual one. */
type CurrentOf<Name extends string, Definition> = Definition extends {
  readonly currentName: infer Current extends string;
}
  ? Current
  : `i_${Name}`;

/** An ion whose reversal potential follows from its concentrations. */
export interface NernstDefinition {
  /** Key of the reversal potential (mV) that it keeps: `eCa`. Channels with a shared parameter of this name use it. */
  readonly reversal: string;
  /** Keys of the concentrations (mM) on both sides and their start values. */
  readonly inside: { readonly key: string; readonly value: number };
  readonly outside: { readonly key: string; readonly value: number };
  /** Charge of the ion. */
  readonly valence: number;
  readonly currentName?: string;
  /** Default: those of CODATA 2018. The built-in mechanisms of calcium have Jaxley's digits. */
  readonly constants?: PhysicalConstants;
}

/**
 * A mechanism that keeps the reversal potential of an ion at `R T / (z F) ln(outside / inside)`, at the temperature of each
 * compartment (`celsius`). As in NEURON it is 1e6 mV where there is none of the ion inside, and -1e6 mV where there is none outside; a
 * run says so in its warnings.
 *
 * @throws ValueError for a valence of 0.
 */
export function nernstReversal<const Name extends string, const Ion extends NernstDefinition>(
  name: Name,
  ion: Ion,
): Channel<
  Name,
  never,
  Ion["reversal"] | Ion["inside"]["key"] | Ion["outside"]["key"],
  CurrentOf<Name, Ion>
>;
export function nernstReversal(name: string, ion: NernstDefinition): Channel {
  checkName(name, "channel");
  checkOptions(ion, nernstKinds, `The definition of ${name}`);
  const { reversal, inside, outside, valence, currentName, constants = physicalConstants } = ion;
  checkValence(name, valence);
  return defineChannel(name, {
    about: `Nernst's reversal potential ${reversal} from ${inside.key} and ${outside.key}`,
    source: "Nernst 1889; Hille 2001, Ion Channels of Excitable Membranes, eq. 1.11",
    let: {
      potential:
        `select(${inside.key} <= 0, ${extremeReversal}, select(${outside.key} <= 0, -${extremeReversal}, ` +
        `${constants.gas} * (celsius + ${zeroCelsius}) / (${valence} * ${constants.faraday}) * 1000 * ` +
        `log(max(${outside.key}, ${leastConcentration}) / max(${inside.key}, ${leastConcentration}))))`,
    },
    states: {
      [reversal]: { value: 0, unit: "mV", shared: true, update: "potential", initial: "potential" },
      [inside.key]: { value: inside.value, unit: "mM", shared: true, domain: "positive" },
      [outside.key]: { value: outside.value, unit: "mM", shared: true, domain: "positive" },
    },
    ...(currentName === undefined ? {} : { currentName }),
  });
}

/** A concentration that follows from a current. */
export interface ConcentrationDefinition {
  /** Key of the concentration inside, in mM. */
  readonly ion: string;
  /** Name of the membrane current that carries the ion, in mA/cm2. */
  readonly current: string;
  /** Charge of the ion. */
  readonly valence: number;
  /** Start value in mM. */
  readonly start: number;
  /**
   * How much membrane a volume has: `area` (default), the compartment's own area and volume, or `radius`, 2 / radius, which
   * is that of a cylinder and what Jaxley takes everywhere.
   */
  readonly surface?: "area" | "radius";
  readonly currentName?: string;
  /** Default: those of CODATA 2018. The built-in mechanisms of calcium have Jaxley's digits. */
  readonly constants?: PhysicalConstants;
}

/**
 * A pump by which a concentration follows from the current of the ion (Faraday's law), at once all over the compartment.
 *
 * @throws ValueError for a valence of 0.
 */
export function concentrationChange<
  const Name extends string,
  const Definition extends ConcentrationDefinition,
>(
  name: Name,
  definition: Definition,
): Channel<Name, never, Definition["ion"] | Definition["current"], CurrentOf<Name, Definition>>;
export function concentrationChange(name: string, definition: ConcentrationDefinition): Channel {
  checkName(name, "channel");
  checkOptions(definition, concentrationKinds, `The definition of ${name}`);
  const { ion, current, valence, start, surface = "area", currentName } = definition;
  const { constants = physicalConstants } = definition;
  checkValence(name, valence);
  const perVolume = surface === "area" ? "(area / volume)" : "(2 / radius)";
  return definePump(name, {
    about: `Concentration ${ion} from the current ${current}`,
    states: {
      [current]: { value: 1e-8, unit: "mA/cm2", shared: true },
      [ion]: { value: start, unit: "mM", shared: true },
    },
    ion,
    // mA/cm2 over um is 1e4 mA/cm3, and mA/cm3 per C/mol is mM/ms
    current: `${current} * ${perVolume} * 1e4 / (${valence} * ${constants.faraday})`,
    ...(currentName === undefined ? {} : { currentName }),
  });
}

function checkValence(name: string, valence: number): void {
  if (Number.isInteger(valence) && valence !== 0) return;
  throw new ValueError(`The valence of the ion of ${name} is ${valence}.`, {
    subject: "valence",
    value: valence,
    remedy: "Give the charge of the ion, a whole number other than 0.",
  });
}
