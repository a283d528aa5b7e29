/**
 * @file Functions of the voltage alone as tables: between -150 and 100 mV, in cells of 0.5 mV, each is a polynomial of degree
 * 5 through its values at Chebyshev nodes, exact to rounding for anything as smooth as a rate. A cell in which that is not sure
 * (`smooth.ts`: a cut-off exponential has a kink) or not so is marked, and the kernel evaluates there directly, as out of range.
 */
import { type Expression, operands, topologicalOrder } from "../../expressions/expression.ts";

/** Lowest voltage in mV, width of a cell in mV, and number of cells. */
export const tableRange = { low: -150, width: 0.5, cells: 500 } as const;

/** Cells for which there is room: a power of two, so that any number is easily made one of a cell. */
export const cellSlots = 512;

const degree = 5;
/** Coefficients of a pair of functions in a cell. */
export const coefficientCount = degree + 1;
/** Places of a cell, from -1/2 to 1/2, at which the polynomial is compared with the function. */
const checkPlaces = [-0.5, 0.21];
/** Largest deviation there, relative to the larger of 1 and the value. */
const checkTolerance = 5e-14;

const nodePlaces = Array.from(
  { length: coefficientCount },
  (_, k) => 0.5 * Math.cos((Math.PI * (2 * k + 1)) / (2 * coefficientCount)),
);
const places = [...nodePlaces, ...checkPlaces];

/** Number of voltages at which a table is sampled. */
export const sampleCount = tableRange.cells * places.length;

/** Bytes of the coefficients of `count` functions in one cell. */
export function tableStride(count: number): number {
  return 16 * coefficientCount * Math.ceil(count / 2);
}

/**
 * The largest sub-expressions that depend on nothing but the voltage, the time step and uniform parameters, and that
 * cost more than looking them up.
 *
 * @param voltage - name of the voltage.
 */
export function selectFunctions(
  roots: readonly Expression[],
  uniform: ReadonlySet<string>,
  voltage = "v",
): Expression[] {
  const order = topologicalOrder(roots);
  const isFree = new Set<Expression>();
  const isVarying = new Set<Expression>();
  const isCostly = new Set<Expression>();
  for (const node of order) {
    if (node.op === "constant") isFree.add(node);
    else if (node.op === "input") {
      if (node.name === voltage || node.name === "dt" || uniform.has(node.name)) isFree.add(node);
      if (node.name === voltage) isVarying.add(node);
    } else {
      if (node.args.every((argument) => isFree.has(argument))) isFree.add(node);
      if (node.args.some((argument) => isVarying.has(argument))) isVarying.add(node);
      if (costly.has(node.op) || node.args.some((argument) => isCostly.has(argument)))
        isCostly.add(node);
    }
  }
  const isTabulable = (node: Expression) =>
    isFree.has(node) && isVarying.has(node) && isCostly.has(node) && !truths.has(node.op);
  const chosen = new Set<Expression>(roots.filter(isTabulable));
  for (const node of order) {
    if (isFree.has(node)) continue;
    for (const argument of operands(node)) if (isTabulable(argument)) chosen.add(argument);
  }
  return [...chosen];
}

const costly = new Set<string>(["exp", "log", "tanh", "exprel", "divide", "power"]);
const truths = new Set<string>(["less", "lessEqual", "equal", "not", "and", "or"]);

/** The voltages at which a table is sampled, cell by cell. */
export function sampleVoltages(): Float64Array {
  const { low, width } = tableRange;
  return Float64Array.from({ length: sampleCount }, (_, k) => {
    const cell = Math.floor(k / places.length);
    return low + width * (cell + 0.5 + (places[k % places.length] ?? 0));
  });
}

/**
 * Fills a table from samples.
 *
 * @param samples - one array per function, at `sampleVoltages`.
 * @param isSmooth - 1 for each cell in which samples tell how the functions go in between.
 * @param coefficients - by cell, pair of functions, power, and function in the pair.
 * @param valid - 1 for each cell whose polynomials hold.
 */
export function fillTable(
  samples: readonly Float64Array[],
  isSmooth: Uint8Array,
  coefficients: Float64Array,
  valid: Int32Array,
): void {
  const inverse = inverseVandermonde();
  const stride = tableStride(samples.length) / 8;
  const polynomial = new Float64Array(coefficientCount);
  for (let cell = 0; cell < tableRange.cells; cell++) {
    const at = cell * places.length;
    let holds = isSmooth[cell] === 1;
    for (let f = 0; f < samples.length; f++) {
      const values = samples[f] ?? new Float64Array();
      const start = cell * stride + 2 * coefficientCount * (f >> 1) + (f & 1);
      for (let power = 0; power < coefficientCount; power++) {
        let sum = 0;
        for (let k = 0; k < coefficientCount; k++) {
          sum += (inverse[power * coefficientCount + k] ?? 0) * (values[at + k] ?? 0);
        }
        polynomial[power] = sum;
        coefficients[start + 2 * power] = sum;
      }
      for (let k = 0; k < checkPlaces.length; k++) {
        const value = values[at + coefficientCount + k] ?? Number.NaN;
        const error = Math.abs(evaluatePolynomial(polynomial, checkPlaces[k] ?? 0) - value);
        holds &&= error <= checkTolerance * Math.max(1, Math.abs(value));
      }
    }
    valid[cell] = holds ? 1 : 0;
  }
}

function evaluatePolynomial(coefficients: Float64Array, s: number): number {
  let sum = 0;
  for (let power = coefficients.length - 1; power >= 0; power--)
    sum = sum * s + (coefficients[power] ?? 0);
  return sum;
}

/** Matrix, row by row, that turns the values at the nodes into the coefficients of each power, from Lagrange's basis. */
function inverseVandermonde(): Float64Array {
  const matrix = new Float64Array(coefficientCount * coefficientCount);
  for (const [k, own] of nodePlaces.entries()) {
    let basis = [1];
    for (const other of nodePlaces) {
      if (other === own) continue;
      const scale = 1 / (own - other);
      const next = new Array<number>(basis.length + 1).fill(0);
      for (const [power, c] of basis.entries()) {
        next[power] = (next[power] ?? 0) - c * other * scale;
        next[power + 1] = (next[power + 1] ?? 0) + c * scale;
      }
      basis = next;
    }
    for (const [power, c] of basis.entries()) matrix[power * coefficientCount + k] = c;
  }
  return matrix;
}
