/** @file Reading and writing the values of parameters and states. */
import { ModelError, NameError, SelectionError, ValueError } from "../errors.ts";
import { checkWithin, type Domain, strictest } from "../mechanisms/domain.ts";
import { check, flag, numberOrNumbers, text } from "../util/kinds.ts";
import { nearestName } from "../util/suggest.ts";
import { type Description, diffusionKey } from "./description.ts";
import { geometryKeys, isGeometryKey, makeCylinder } from "./geometry.ts";

/** What `set` accepts. */
export interface SetOptions {
  /** Whether conductances may be below 0; default false. */
  readonly allowNegative?: boolean;
}

export const setOptionKinds = { allowNegative: flag };

/**
 * Writes `value` to the chosen compartments that have the key: one number for all, or one per compartment.
 *
 * @throws NameError for a key that nothing has, with the nearest one.
 * @throws ValueError for values that are not finite or out of their domain, or a list of the wrong length.
 */
export function setValues(
  description: Description,
  compartments: Int32Array,
  key: string,
  value: number | ArrayLike<number>,
  { allowNegative = false }: SetOptions = {},
): void {
  check(value, numberOrNumbers, key);
  const rows = rowsWithKey(description, compartments, key);
  if (typeof value !== "number" && value.length !== rows.length) {
    throw new ValueError(
      `${key} was given ${value.length} values for ${rows.length} compartments.`,
      {
        subject: key,
        value: value.length,
        remedy: "Give one number, or one per selected compartment that has it.",
      },
    );
  }
  const values = Array.from(
    rows,
    (_, i) => (typeof value === "number" ? value : value[i]) ?? Number.NaN,
  );
  const domainAt = domainsOf(description, key);
  for (const [i, compartment] of rows.entries()) {
    const domain = domainAt(compartment);
    checkWithin(
      values[i] ?? Number.NaN,
      domain === "conductance" && allowNegative ? "any" : domain,
      key,
      `${key} of compartment ${compartment}`,
    );
  }
  const column = columnOf(description, key);
  for (const [i, compartment] of rows.entries()) column[compartment] = values[i] ?? Number.NaN;
  if (key === "radius" || key === "length") {
    for (const compartment of rows) makeCylinder(description.geometry, compartment);
  }
}

/** Which values a key may have in a compartment: what all mechanisms there that have it allow. */
export function domainsOf(description: Description, key: string): (compartment: number) => Domain {
  if (isGeometryKey(key)) {
    const { domain } = geometryKeys[key];
    return () => domain;
  }
  if (description.diffusing.some((state) => diffusionKey(state) === key)) return () => "positive";
  const having = description.insertions.flatMap(({ channel, present }) =>
    [...channel.parameters, ...channel.states].flatMap((quantity) =>
      quantity.key === key ? [{ domain: quantity.domain, present }] : [],
    ),
  );
  return (compartment) =>
    strictest(having.filter(({ present }) => present[compartment] === 1).map((one) => one.domain));
}

/** Values of the key in the chosen compartments that have it. */
export function getValues(
  description: Description,
  compartments: Int32Array,
  key: string,
): Float64Array {
  const column = columnOf(description, key);
  return Float64Array.from(
    rowsWithKey(description, compartments, key),
    (i) => column[i] ?? Number.NaN,
  );
}

/** @throws NameError for a name that no inserted channel and no compartment has. */
export function unknownKey(description: Description, key: string, what: string): NameError {
  const known = [...Object.keys(geometryKeys), ...description.quantities().keys()];
  const suggestion = nearestName(key, known);
  return new NameError(`There is no ${what} ${JSON.stringify(key)} here.`, {
    subject: key,
    ...(suggestion === undefined
      ? {
          remedy: `There are: ${known.join(", ")}. Insert the channel first if it is one of a channel.`,
        }
      : { suggestion }),
  });
}

function columnOf(description: Description, key: string): Float64Array {
  if (isGeometryKey(key)) return description.geometry[key];
  const column = description.columns.get(key);
  if (column === undefined) throw unknownKey(description, key, "parameter or state");
  return column;
}

/** The chosen compartments in which the key exists; at least one. */
export function rowsWithKey(
  description: Description,
  compartments: Int32Array,
  key: string,
): Int32Array {
  if (isGeometryKey(key)) return compartments;
  if (!description.quantities().has(key)) throw unknownKey(description, key, "parameter or state");
  const present = description.presence(key);
  const rows = compartments.filter((compartment) => present[compartment] === 1);
  if (rows.length === 0) {
    throw new SelectionError(`None of the selected compartments has ${key}.`, {
      subject: key,
      remedy: "Insert its channel there, or select other compartments.",
    });
  }
  return rows;
}

/** @throws ModelError if a channel or group of this name is there already in the other role. */
export function checkFree(description: Description, name: string, role: "channel" | "group"): void {
  check(name, text, `The name of a ${role}`);
  const isTaken =
    role === "group" ? description.insertion(name) !== undefined : description.groups.has(name);
  if (!isTaken) return;
  const other = role === "group" ? "channel" : "group";
  throw new ModelError(`The name ${name} of a ${role} is that of a ${other} already.`, {
    subject: name,
    remedy: "Choose another name.",
  });
}
