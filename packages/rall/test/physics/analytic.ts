/** Closed forms of cable theory. Units: um, ms, mV, nA, Ohm cm, Ohm cm2, uF/cm2, MOhm. */

export interface CableConstants {
  /** Length of the cable and its diameter. */
  readonly length: number;
  readonly diameter: number;
  readonly axialResistivity: number;
  readonly membraneResistance: number;
  readonly capacitance: number;
}

/** Length constant (um), time constant (ms) and axial resistance per length (MOhm/um). */
export function constantsOf(cable: CableConstants) {
  const { diameter, axialResistivity, membraneResistance, capacitance } = cable;
  const inCm = diameter * 1e-4;
  return {
    lambda: 1e4 * Math.sqrt(((inCm / 4) * membraneResistance) / axialResistivity),
    tau: membraneResistance * capacitance * 1e-3,
    resistance: ((4 * axialResistivity) / (Math.PI * inCm * inCm)) * 1e-10,
  };
}

/**
 * Depolarisation at place x and time t of a cable with sealed ends, for a current that flows into its start from time 0 on
 * (Rall 1969, Biophys. J. 9:1483; the distributed references of Rallpack 1 and 2).
 */
export function sealedCable(cable: CableConstants, x: number, t: number, current: number): number {
  if (t <= 0) return 0;
  const { lambda, tau, resistance } = constantsOf(cable);
  const [place, time, length] = [x / lambda, t / tau, cable.length / lambda];
  let sum = Math.cosh(length - place) / Math.sinh(length) - Math.exp(-time) / length;
  for (let k = 1; k < 4000; k++) {
    const a = (k * Math.PI) / length;
    const decay = Math.exp(-time * (1 + a * a));
    if (decay < 1e-18) break;
    sum -= ((2 / length) * Math.cos(a * place) * decay) / (1 + a * a);
  }
  return resistance * lambda * current * sum;
}

/** Times at which a trace crosses 0 mV upwards, interpolated between samples. */
export function spikeTimes(time: Float64Array, v: Float64Array): number[] {
  const times: number[] = [];
  for (let k = 1; k < v.length; k++) {
    const [a = 0, b = 0] = [v[k - 1], v[k]];
    if (a < 0 && b >= 0)
      times.push((time[k - 1] ?? 0) + (-a / (b - a)) * ((time[k] ?? 0) - (time[k - 1] ?? 0)));
  }
  return times;
}

/** Root of the mean square deviation, relative to the largest reference value. */
export function relativeRms(values: ArrayLike<number>, reference: readonly number[]): number {
  const squares = reference.reduce((sum, value, k) => sum + ((values[k] ?? 0) - value) ** 2, 0);
  return Math.sqrt(squares / reference.length) / Math.max(...reference.map(Math.abs));
}
