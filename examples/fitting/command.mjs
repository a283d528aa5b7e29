/** What the examples have in common: `--iterations N`, `--out FILE.svg`, and a line now and then while they fit. */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

/** Options of the command line, with defaults of the example. */
export function options(iterations, out) {
  const { values } = parseArgs({
    options: {
      iterations: { type: "string", default: String(iterations) },
      out: { type: "string", default: out },
    },
  });
  return { iterations: Number(values.iterations), out: values.out };
}

/** For `onIteration`: the loss at powers of two, so that ten lines are enough for any fit. */
export function report({ start, iteration, loss, parameters }) {
  if (((iteration + 1) & iteration) !== 0) return;
  const values = parameters
    .slice(0, 4)
    .map(({ key, values }) => `${key} ${values[0].toPrecision(4)}`);
  console.log(
    `${start > 0 ? `start ${start}, ` : ""}iteration ${iteration}: loss ${loss.toPrecision(5)}  ${values.join("  ")}`,
  );
}

/** How it began and ended, and the picture. */
export async function finish(from, to, out, picture) {
  console.log(`loss ${from.toPrecision(5)} -> ${to.toPrecision(5)}`);
  await writeFile(out, picture);
  console.log(`drew ${out}`);
}
