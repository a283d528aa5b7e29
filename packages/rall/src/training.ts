/**
 * Fitting: gradients of a run, losses on recordings, costs of parameters, transforms to and from bounds, optimizers with
 * their schedules, batches of data, and the loop over all of it.
 *
 * @module rall/training
 */

export type { Surrogate } from "./expressions/surrogate.ts";
export type { Bound, Bounds, Distribution } from "./training/bounds.ts";
export type { Checkpoint } from "./training/checkpoint.ts";
export { DataLoader, type DataLoaderOptions } from "./training/data-loader.ts";
export { fit } from "./training/fit.ts";
export type { FitOptions, MultiStart } from "./training/fit-options.ts";
export type { FitPoint, FitResult, FitStart, FitStatus } from "./training/fit-result.ts";
export { type Fittable, type LossAndGradient, weightedObjectives } from "./training/fittable.ts";
export { type Jax, type JaxArray, jaxLoss } from "./training/jax-loss.ts";
export type { Loss, LossContext, LossValue } from "./training/loss.ts";
export { type CrossEntropyOptions, crossEntropy } from "./training/losses/cross-entropy.ts";
export { type Feature, type FeatureOptions, featureLoss } from "./training/losses/feature.ts";
export {
  type MeanSquaredErrorOptions,
  meanSquaredError,
} from "./training/losses/mean-squared-error.ts";
export { type PhasePlaneOptions, phasePlane } from "./training/losses/phase-plane.ts";
export type { Row } from "./training/losses/rows.ts";
export { type SoftDtwOptions, softDtw } from "./training/losses/soft-dtw.ts";
export { type SoftSpikeCountOptions, softSpikeCount } from "./training/losses/soft-spike-count.ts";
export type { SoftThreshold } from "./training/losses/soft-threshold.ts";
export { type SpikeLatencyOptions, spikeLatency } from "./training/losses/spike-latency.ts";
export { type SpikeWidthOptions, spikeWidth } from "./training/losses/spike-width.ts";
export { sumOfSquares } from "./training/losses/sum-of-squares.ts";
export { type VanRossumOptions, vanRossum } from "./training/losses/van-rossum.ts";
export { weightedSum } from "./training/losses/weighted-sum.ts";
export type { Window } from "./training/losses/window.ts";
export { windowedMean } from "./training/losses/windowed-mean.ts";
export { windowedStandardDeviation } from "./training/losses/windowed-standard-deviation.ts";
export {
  compileObjective,
  type GradientStatistics,
  Objective,
  type ObjectiveInputs,
  type ObjectiveOptions,
  type ValueAndGradient,
} from "./training/objective.ts";
export {
  type AdamOptions,
  type AdamWOptions,
  adam,
  adamW,
} from "./training/optimizers/adam.ts";
export { clipByGlobalNorm, clipByValue } from "./training/optimizers/clip.ts";
export {
  type CmaEs,
  type CmaEsOptions,
  type CmaEsState,
  cmaEs,
} from "./training/optimizers/cma-es.ts";
export { type DescentRule, type DescentState, descent } from "./training/optimizers/descent.ts";
export { iterateFromJSON, iterateToJSON } from "./training/optimizers/iterate.ts";
export { type LbfgsOptions, type LbfgsState, lbfgs } from "./training/optimizers/lbfgs.ts";
export type {
  Evaluation,
  Iterate,
  Optimizer,
  OptimizerState,
} from "./training/optimizers/optimizer.ts";
export { type PolyakOptions, type PolyakState, polyak } from "./training/optimizers/polyak.ts";
export { type RmsPropOptions, rmsProp } from "./training/optimizers/rms-prop.ts";
export {
  type CosineDecay,
  constant,
  cosineDecay,
  type ExponentialDecay,
  exponentialDecay,
  type LinearWarmup,
  linearWarmup,
  piecewise,
  type Rate,
  type Schedule,
} from "./training/optimizers/schedule.ts";
export { type SgdOptions, sgd } from "./training/optimizers/sgd.ts";
export { type TypeOptimizerState, typeOptimizer } from "./training/optimizers/type-optimizer.ts";
export { type Parameter, ParameterTransform } from "./training/parameters.ts";
export {
  type Expectation,
  gaussianPrior,
  l1,
  l2,
  type Regularizer,
  type Strength,
} from "./training/regularizers.ts";
export { type Reparametrization, reparametrized } from "./training/reparametrized.ts";
export {
  affine,
  chain,
  customTransform,
  identity,
  logistic,
  masked,
  negativeSoftplus,
  sigmoid,
  softplus,
  type Transform,
} from "./training/transforms.ts";
