/** @file Geometry and cable properties of compartments, one array per quantity. */
import type { Domain } from "../mechanisms/domain.ts";
import { cylinderArea, cylinderLoad, cylinderVolume } from "../morphology/cylinder.ts";

/** Keys of the properties that every compartment has, with unit and domain; the derived ones follow from the first two. */
export const geometryKeys = {
  length: { unit: "um", domain: "positive" },
  radius: { unit: "um", domain: "positive" },
  axial_resistivity: { unit: "Ohm cm", domain: "positive" },
  capacitance: { unit: "uF/cm2", domain: "positive" },
  v: { unit: "mV", domain: "any" },
  area: { unit: "um2", domain: "positive" },
  volume: { unit: "um3", domain: "positive" },
  resistive_load_in: { unit: "1/um", domain: "positive" },
  resistive_load_out: { unit: "1/um", domain: "positive" },
  celsius: { unit: "deg C", domain: "temperature" },
} as const satisfies Readonly<Record<string, { readonly unit: string; readonly domain: Domain }>>;

export type GeometryKey = keyof typeof geometryKeys;
export type Geometry = Record<GeometryKey, Float64Array>;

export function isGeometryKey(key: string): key is GeometryKey {
  return Object.hasOwn(geometryKeys, key);
}

const names = Object.keys(geometryKeys).filter(isGeometryKey);

/** Builds all columns from one function of the key. */
export function makeGeometry(column: (key: GeometryKey) => Float64Array): Geometry {
  return Object.fromEntries(names.map((key) => [key, column(key)])) as Geometry;
}

/** One compartment as it is made: 10 um long, 1 um in radius, 5000 Ohm cm, 1 uF/cm2, at -70 mV and 6.3 deg C. */
export function defaultGeometry(): Geometry {
  const values: Partial<Record<GeometryKey, number>> = {
    length: 10,
    radius: 1,
    axial_resistivity: 5000,
    capacitance: 1,
    v: -70,
    celsius: 6.3,
  };
  const geometry = makeGeometry((key) => Float64Array.of(values[key] ?? 0));
  makeCylinder(geometry, 0);
  return geometry;
}

/** Gives compartment `i` the area, volume and resistive loads of a cylinder of its radius and length. */
export function makeCylinder(geometry: Geometry, i: number): void {
  const radius = geometry.radius[i] ?? 0;
  const length = geometry.length[i] ?? 0;
  geometry.area[i] = cylinderArea(radius, length);
  geometry.volume[i] = cylinderVolume(radius, length);
  geometry.resistive_load_in[i] = cylinderLoad(radius, length / 2);
  geometry.resistive_load_out[i] = cylinderLoad(radius, length / 2);
}

/** How the derived properties of a cylinder change with its radius and its length. */
export function cylinderSlopes(
  radius: number,
  length: number,
): readonly { readonly key: GeometryKey; readonly byRadius: number; readonly byLength: number }[] {
  const crossSection = Math.PI * radius * radius;
  const byRadius = -length / (crossSection * radius);
  const byLength = 1 / (2 * crossSection);
  return [
    { key: "area", byRadius: 2 * Math.PI * length, byLength: 2 * Math.PI * radius },
    { key: "volume", byRadius: 2 * Math.PI * radius * length, byLength: crossSection },
    { key: "resistive_load_in", byRadius, byLength },
    { key: "resistive_load_out", byRadius, byLength },
  ];
}

export function concatenateGeometry(parts: readonly Geometry[]): Geometry {
  return makeGeometry((key) => concatenate(parts.map((part) => part[key])));
}

export function concatenate(parts: readonly Float64Array[]): Float64Array {
  const joined = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
