/**
 * @file CMA-ES: a search without gradients, by a normal distribution that learns the shape of the loss (Hansen 2016, "The
 * CMA evolution strategy: a tutorial", arXiv:1604.00772; numbers of equations are its). With recombination by weights that
 * are not negative.
 */
import { ValueError } from "../../errors.ts";
import { check, having, list, number, required } from "../../util/kinds.ts";
import { checkSize } from "../../util/limits.ts";
import { checkOptions } from "../../util/options.ts";
import { checkWhole, normalPair, substream } from "../substream.ts";
import {
  checkIterate,
  checkParameters,
  checkState,
  type Evaluation,
  type Iterate,
  type Optimizer,
  type OptimizerState,
} from "./optimizer.ts";
import { isCount, isFiniteNumber, listOf, objectWith, type Shape } from "./state-shape.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";
import { along, dot, flatten, unflatten } from "./vectors.ts";

/** Settings of CMA-ES. */
export interface CmaEsOptions {
  /**
   * How far from the start, in each parameter, the first generation reaches: a third of the way to where the optimum may
   * be; default 0.3.
   */
  readonly standardDeviation?: number;
  /** Candidates in a generation; default 4 + floor(3 ln n) for n numbers. */
  readonly populationSize?: number;
  /** A whole number from 0; default 0. */
  readonly seed?: number;
  /** Stops when the distribution is narrower in all directions; default 1e-12. */
  readonly tolerance?: number;
}

export interface CmaEsState extends OptimizerState {
  readonly generation: number;
  readonly mean: readonly number[];
  readonly sigma: number;
  readonly covariance: readonly (readonly number[])[];
  /** Evolution paths of the covariance and of the step size. */
  readonly pathC: readonly number[];
  readonly pathSigma: readonly number[];
  /** This generation, and the values of those that were evaluated. */
  readonly candidates: readonly (readonly number[])[];
  readonly values: readonly number[];
  readonly best: { readonly point: readonly number[]; readonly value: number };
}

export interface CmaEs extends Optimizer<CmaEsState> {
  /** One candidate; gradients are not asked for. Values that are not finite count as the worst. */
  step(at: Iterate<CmaEsState>, evaluation: Pick<Evaluation, "value">): Iterate<CmaEsState>;
  /** The candidates of this generation that are not evaluated yet, to be evaluated side by side. */
  ask(at: Iterate<CmaEsState>): Float64Array[][];
  /** As `step` for each of their values, in order. @throws ValueError for more values than candidates. */
  tell(at: Iterate<CmaEsState>, values: readonly number[]): Iterate<CmaEsState>;
}

/**
 * Minimizes without gradients; as a comparison, or where there are none. Each step is the evaluation of one candidate;
 * every `populationSize` steps the distribution moves. The same seed gives the same search.
 *
 * @throws NameError for an unknown option.
 * @throws ValueError for an option out of range.
 */
export function cmaEs(options: CmaEsOptions = {}): CmaEs {
  const fields = { standardDeviation: number, populationSize: number, seed: number };
  checkOptions(options, { ...fields, tolerance: number }, "cmaEs");
  const { standardDeviation = 0.3, populationSize, seed = 0, tolerance = 1e-12 } = options;
  checkWhole("seed", seed);
  for (const [subject, value, isGood] of [
    ["standardDeviation", standardDeviation, standardDeviation > 0],
    ["tolerance", tolerance, tolerance >= 0],
    ["populationSize", populationSize ?? 2, Number.isInteger(populationSize ?? 2)],
    ["populationSize", populationSize ?? 2, (populationSize ?? 2) >= 2],
  ] as const) {
    if (isGood && Number.isFinite(value)) continue;
    throw new ValueError(`The ${subject} is ${value}.`, {
      subject,
      value,
      remedy: "Give a number above 0, of candidates at least two.",
    });
  }
  const kind = "cmaEs";

  const optimizer: CmaEs = {
    kind,
    isSearch: true,
    start(parameters) {
      checkParameters(parameters);
      const mean = flatten(parameters);
      const n = mean.length;
      const zeros = mean.map(() => 0);
      const distribution = {
        kind,
        generation: 0,
        mean,
        sigma: standardDeviation,
        covariance: mean.map((_, i) => zeros.with(i, 1)),
        pathC: zeros,
        pathSigma: zeros,
        values: [],
        best: { point: mean, value: Number.MAX_VALUE },
      };
      const size = populationSize ?? 4 + Math.floor(3 * Math.log(Math.max(1, n)));
      checkSize(
        Math.max(size, n) * n,
        "table",
        "numbers in a generation",
        "Give a smaller populationSize, or fit fewer parameters.",
      );
      const candidates = sample(distribution, size, seed);
      return {
        parameters: unflatten(candidates[0] ?? mean, parameters),
        state: { ...distribution, candidates },
      };
    },
    step(at, evaluation) {
      checkIterate(at);
      check(
        evaluation,
        having({ value: required(number) }, "an evaluation { value }"),
        "evaluation",
      );
      const { value } = evaluation;
      if (at.stopped !== undefined) return at;
      const { state, parameters } = at;
      checkState(state, kind, shapeOf(countOf(parameters)));
      const { candidates, best } = state;
      // JSON has no infinity
      const finite = Number.isFinite(value) ? value : Number.MAX_VALUE;
      const point = candidates[state.values.length] ?? [];
      const told = {
        ...state,
        values: [...state.values, finite],
        best: finite < best.value ? { point, value: finite } : best,
      };
      const next = candidates[told.values.length];
      if (next !== undefined) return { parameters: unflatten(next, parameters), state: told };
      const moved = evolve(told);
      const widest = Math.max(...symmetricEigen(moved.covariance).values);
      if (!(moved.sigma * Math.sqrt(widest) > tolerance)) {
        return {
          parameters: unflatten(moved.best.point, parameters),
          state: moved,
          stopped: `the distribution is narrower than ${tolerance}`,
        };
      }
      const sampled = { ...moved, candidates: sample(moved, candidates.length, seed) };
      return { parameters: unflatten(sampled.candidates[0] ?? [], parameters), state: sampled };
    },
    ask(at) {
      checkIterate(at);
      const { state, parameters, stopped } = at;
      if (stopped !== undefined) return [];
      checkState(state, kind, shapeOf(countOf(parameters)));
      return state.candidates
        .slice(state.values.length)
        .map((candidate) => unflatten(candidate, parameters));
    },
    tell(at, values) {
      check(values, list(number, "a list of numbers"), "values");
      const asked = optimizer.ask(at).length;
      if (values.length > asked) {
        throw new ValueError(`${values.length} values for ${asked} candidates.`, {
          subject: "values",
          value: values.length,
          remedy: "Give one for each that was asked for.",
        });
      }
      return values.reduce((before, value) => optimizer.step(before, { value }), at);
    },
  };
  return Object.freeze(optimizer);
}

function countOf(vectors: readonly Float64Array[]): number {
  return vectors.reduce((sum, { length }) => sum + length, 0);
}

/** What a state for so many numbers looks like: with candidates that were not evaluated yet. */
function shapeOf(length: number): Shape {
  const vector = listOf(isFiniteNumber, length);
  const members = objectWith({
    ...{
      generation: isCount,
      mean: vector,
      sigma: isFiniteNumber,
      covariance: listOf(vector, length),
    },
    ...{
      pathC: vector,
      pathSigma: vector,
      candidates: listOf(vector),
      values: listOf(isFiniteNumber),
    },
    best: objectWith({ point: vector, value: isFiniteNumber }),
  });
  const isOpen = (state: unknown) => {
    const { candidates, values } = state as CmaEsState;
    return candidates.length >= 2 && values.length < candidates.length;
  };
  return (state) => members(state) && isOpen(state);
}

type Distribution = Omit<CmaEsState, "candidates" | "values">;

/** Candidates of a generation: `mean + sigma B D z` (39, 40). */
function sample({ generation, mean, sigma, covariance }: Distribution, size: number, seed: number) {
  const { values, vectors } = symmetricEigen(covariance);
  const random = substream(seed, generation);
  return Array.from({ length: size }, () =>
    vectors.reduce(
      (point: number[], vector, k) => {
        const [z] = normalPair(random);
        return along(point, sigma * Math.sqrt(Math.max(0, values[k] ?? 0)) * z, [...vector]);
      },
      [...mean],
    ),
  );
}

/** The distribution after a generation. */
function evolve(state: CmaEsState): CmaEsState {
  const { mean, sigma, covariance, candidates, values } = state;
  const n = mean.length;
  const lambda = candidates.length;
  const mu = Math.floor(lambda / 2);
  // Weights (49, 53) and rates of learning (55 to 58)
  const raw = Array.from({ length: mu }, (_, i) => Math.log((lambda + 1) / 2) - Math.log(i + 1));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  const weights = raw.map((weight) => weight / total);
  const muEff = 1 / dot(weights, weights);
  const cSigma = (muEff + 2) / (n + muEff + 5);
  const damping = 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (n + 1)) - 1) + cSigma;
  const cC = (4 + muEff / n) / (n + 4 + (2 * muEff) / n);
  const c1 = 2 / ((n + 1.3) ** 2 + muEff);
  const cMu = Math.min(1 - c1, (2 * (0.25 + muEff + 1 / muEff - 2)) / ((n + 2) ** 2 + muEff));
  // Mean length of a normal vector
  const expected = Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));

  const order = [...candidates.keys()].sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0));
  const steps = order
    .slice(0, mu)
    .map((i) => along(candidates[i] ?? mean, -1, mean).map((x) => x / sigma));
  const step = steps.reduce(
    (sum: number[], y, i) => along(sum, weights[i] ?? 0, y),
    mean.map(() => 0),
  );

  // Step size (43, 44)
  const whitened = whiten(covariance, step);
  const pathSigma = along(
    state.pathSigma.map((x) => (1 - cSigma) * x),
    Math.sqrt(cSigma * (2 - cSigma) * muEff),
    whitened,
  );
  const length = Math.sqrt(dot(pathSigma, pathSigma));
  const nextSigma = sigma * Math.exp((cSigma / damping) * (length / expected - 1));

  // Covariance (45 to 47), whose path halts while the step size grows fast
  const filled = Math.sqrt(1 - (1 - cSigma) ** (2 * (state.generation + 1)));
  const isSteady = length / filled < (1.4 + 2 / (n + 1)) * expected;
  const pathC = along(
    state.pathC.map((x) => (1 - cC) * x),
    isSteady ? Math.sqrt(cC * (2 - cC) * muEff) : 0,
    step,
  );
  const lost = isSteady ? 0 : cC * (2 - cC);
  const keep = 1 + c1 * lost - c1 - cMu;
  const nextCovariance = covariance.map((row, i) =>
    row.map((x, j) => {
      const rankMu = steps.reduce(
        (sum, y, k) => sum + (weights[k] ?? 0) * ((y[i] ?? 0) * (y[j] ?? 0)),
        0,
      );
      return keep * x + c1 * ((pathC[i] ?? 0) * (pathC[j] ?? 0)) + cMu * rankMu;
    }),
  );
  return {
    ...state,
    generation: state.generation + 1,
    mean: along(mean, sigma, step),
    sigma: nextSigma,
    covariance: nextCovariance,
    pathC,
    pathSigma,
    values: [],
  };
}

/** `C^(-1/2)` times a vector. */
function whiten(covariance: CmaEsState["covariance"], vector: readonly number[]): number[] {
  const { values, vectors } = symmetricEigen(covariance);
  return vectors.reduce(
    (sum: number[], axis, k) => {
      const root = Math.sqrt(values[k] ?? 0);
      const axes = [...axis];
      return along(sum, root > 0 ? dot(axes, vector) / root : 0, axes);
    },
    vector.map(() => 0),
  );
}
