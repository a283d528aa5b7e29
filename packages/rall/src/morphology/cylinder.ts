/** @file Geometry of a compartment that is a cylinder. Lengths in um. */

/** Membrane area `2 pi r l` in um2, without the end faces. */
export function cylinderArea(radius: number, length: number): number {
  return 2 * Math.PI * radius * length;
}

/** Volume `pi r^2 l` in um3. */
export function cylinderVolume(radius: number, length: number): number {
  return Math.PI * radius * radius * length;
}

/** Resistive load `l / (pi r^2)` in 1/um: times the axial resistivity it is the resistance along the cylinder. */
export function cylinderLoad(radius: number, length: number): number {
  return length / (Math.PI * radius * radius);
}
