/** Numbers of losses and optimizers against what their papers say, worked out apart. */
import { cmaEs, phasePlane } from "rall/training";
import { expect, test } from "vitest";

test("two voltages that rest far apart differ by 0.5 in the plane of v and dv/dt", () => {
  // At the edge of a bin the splines weigh 1/6, 4/6, 1/6: squares add up to 1/2, in two dimensions to 1/4, for both densities
  const length = 7;
  const loss = phasePlane([new Float64Array(length)], { voltageBin: 5 });
  const context = {
    time: Float64Array.from({ length }, (_, k) => k / 40),
    ...{ dt: 0.025, names: ["v"], states: {} },
  };
  expect(loss([new Float64Array(length).fill(500)], context).value).toBeCloseTo(0.5, 12);
});

/** One generation from the identity, as in Hansen's purecmaes.m. */
function generation(
  mean: readonly number[],
  sigma: number,
  candidates: readonly (readonly number[])[],
  values: readonly number[],
) {
  const [n, lambda] = [mean.length, candidates.length];
  const mu = Math.floor(lambda / 2);
  const raw = Array.from({ length: mu }, (_, i) => Math.log((lambda + 1) / 2) - Math.log(i + 1));
  const weights = raw.map((w) => w / raw.reduce((a, b) => a + b));
  const mueff = 1 / weights.reduce((sum, w) => sum + w * w, 0);
  const cc = (4 + mueff / n) / (n + 4 + (2 * mueff) / n);
  const cs = (mueff + 2) / (n + mueff + 5);
  const c1 = 2 / ((n + 1.3) ** 2 + mueff);
  const cmu = Math.min(1 - c1, (2 * (mueff - 2 + 1 / mueff + 0.25)) / ((n + 2) ** 2 + mueff));
  const damps = 1 + 2 * Math.max(0, Math.sqrt((mueff - 1) / (n + 1)) - 1) + cs;
  const chiN = Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n ** 2));
  const ranked = candidates
    .map((x, k) => ({ x, value: values[k] ?? 0 }))
    .sort((a, b) => a.value - b.value)
    .slice(0, mu)
    .map(({ x }) => x.map((one, i) => (one - (mean[i] ?? 0)) / sigma));
  const y = mean.map((_, i) =>
    ranked.reduce((sum, one, k) => sum + (weights[k] ?? 0) * (one[i] ?? 0), 0),
  );
  const ps = y.map((one) => Math.sqrt(cs * (2 - cs) * mueff) * one);
  const norm = Math.hypot(...ps);
  const hsig = norm / Math.sqrt(1 - (1 - cs) ** 2) / chiN < 1.4 + 2 / (n + 1) ? 1 : 0;
  const pc = y.map((one) => hsig * Math.sqrt(cc * (2 - cc) * mueff) * one);
  const covariance = mean.map((_, i) =>
    mean.map((_, j) => {
      const identity = i === j ? 1 : 0;
      const rankMu = ranked.reduce(
        (sum, one, k) => sum + (weights[k] ?? 0) * (one[i] ?? 0) * (one[j] ?? 0),
        0,
      );
      const rankOne = (pc[i] ?? 0) * (pc[j] ?? 0) + (1 - hsig) * cc * (2 - cc) * identity;
      return (1 - c1 - cmu) * identity + c1 * rankOne + cmu * rankMu;
    }),
  );
  return {
    hsig,
    mean: mean.map((m, i) => m + sigma * (y[i] ?? 0)),
    sigma: sigma * Math.exp((cs / damps) * (norm / chiN - 1)),
    covariance,
  };
}

test("a generation of CMA-ES moves the distribution as the tutorial's code does", () => {
  const seen = new Set<number>();
  for (const n of [1, 2, 5]) {
    for (const populationSize of [4, 7, 60]) {
      for (let seed = 0; seed < 10; seed++) {
        const optimizer = cmaEs({ seed, populationSize, standardDeviation: 0.4 });
        const at = optimizer.start([Float64Array.from({ length: n }, (_, k) => k)]);
        const { candidates, mean, sigma } = at.state;
        // A slope, so that all of the best lie on one side
        const values = candidates.map((x) => x.reduce((sum, one) => sum + one, 0));
        const { state } = optimizer.tell(at, values);
        const { hsig, ...expected } = generation(mean, sigma, candidates, values);
        seen.add(hsig);
        expect(state.sigma).toBeCloseTo(expected.sigma, 12);
        for (const [i, row] of expected.covariance.entries()) {
          expect(state.mean[i]).toBeCloseTo(expected.mean[i] ?? Number.NaN, 12);
          for (const [j, one] of row.entries())
            expect(state.covariance[i]?.[j]).toBeCloseTo(one, 12);
        }
      }
    }
  }
  expect(seen, "with a path that goes on, and one that halts").toEqual(new Set([0, 1]));
});
