/**
 * @file Any array program as a loss: jax-js (an optional peer, `@jax-js/jax`) differentiates it, and Rall carries the derivative on
 * through the run. The library knows jax-js by the few functions below alone, which are handed in.
 */
import { ValueError } from "../errors.ts";
import { callback, check, having, required } from "../util/kinds.ts";
import type { Loss, LossContext } from "./loss.ts";
import { checkRun } from "./losses/rows.ts";

/** An array of jax-js, as far as it is read. */
export interface JaxArray {
  dataSync(): ArrayLike<number>;
}

/** The parts of jax-js that a loss takes: the module itself fits. */
export interface Jax<A extends JaxArray, Type> {
  readonly DType: { readonly Float64: Type };
  readonly numpy: {
    array(data: Float64Array<ArrayBuffer>, options: { dtype: Type }): A;
  };
  readonly valueAndGrad: (
    f: (recordings: A[]) => A,
  ) => (recordings: A[]) => readonly [unknown, unknown];
}

const jaxKind = having(
  {
    DType: required(having({}, "DType of jax-js")),
    numpy: required(having({ array: required(callback) }, "numpy of jax-js")),
    valueAndGrad: required(callback),
  },
  "the module @jax-js/jax",
);

/**
 * A loss written with jax-js, in float64.
 *
 * ```ts
 * import * as jax from "@jax-js/jax";
 * await jax.init("wasm");
 * jax.defaultDevice("wasm");
 * const loss = jaxLoss(jax, ([v]) => jax.numpy.mean(jax.numpy.square(jax.numpy.subtract(v, -65))));
 * ```
 *
 * @param jax - the module, initialised; the device `wasm` (or `cpu`) has float64.
 * @param program - from one array per recording, as long as it, to an array of one number.
 * @throws ValueError when it is called, if the program returns more than one number.
 */
export function jaxLoss<A extends JaxArray, Type>(
  jax: Jax<A, Type>,
  program: (recordings: A[], context: LossContext) => A,
): Loss {
  check(jax, jaxKind, "jax");
  check(program, callback, "program");
  return (recordings, context) => {
    checkRun(recordings, context);
    const arrays = recordings.map((row) =>
      jax.numpy.array(Float64Array.from(row), { dtype: jax.DType.Float64 }),
    );
    const [value, gradient] = jax.valueAndGrad((rows) => program(rows, context))(arrays);
    const [number, ...rest] = numbersOf(value);
    if (number === undefined || rest.length > 0) {
      throw new ValueError(`The loss written with jax-js returned ${rest.length + 1} numbers.`, {
        subject: "loss",
        value: rest.length + 1,
        remedy: "Reduce them to one, with jax.numpy.sum or mean.",
      });
    }
    const series = Array.isArray(gradient) ? gradient : [];
    return {
      value: number,
      gradient: recordings.map((_, row) => Float64Array.from(numbersOf(series[row]))),
    };
  };
}

function numbersOf(value: unknown): number[] {
  const isArray = (one: unknown): one is JaxArray =>
    typeof one === "object" && one !== null && "dataSync" in one;
  return isArray(value) ? Array.from(value.dataSync()) : [];
}
