/**
 * What fitting takes besides gradients: transforms to and from bounds, for single parameters and for sets of them.
 *
 * @packageDocumentation
 */
export { type Parameter, ParameterTransform } from "./training/parameters.ts";
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
