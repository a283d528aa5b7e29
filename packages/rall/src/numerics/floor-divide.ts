/**
 * Floor division of floats as Python does it, from the exact remainder and not from the rounded quotient: 10 // 0.025 is
 * 399, because 0.025 as a double is a little more than 1/40. The reference counts its samples so, and so do we.
 */
export function floorDivide(a: number, b: number): number {
  const remainder = a % b;
  const exact = (a - remainder) / b;
  const isAcross = remainder !== 0 && remainder < 0 !== b < 0;
  return Math.round(isAcross ? exact - 1 : exact);
}
