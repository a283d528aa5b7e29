/** @file The tree that a module is solved on. */

import { axialTree } from "../modules/axial.ts";
import { viewKind } from "../modules/navigation.ts";
import type { View } from "../modules/view.ts";
import type { Tree } from "../numerics/tree.ts";
import { check } from "../util/kinds.ts";

/**
 * Compartments (first, in order) and branch points of a module as a tree, for `stepVoltageImplicit` and its kin.
 * Conductances are in 100 uS and capacities in 100 uS ms.
 */
export function moduleTree(module: View): Tree {
  check(module, viewKind, "module");
  return axialTree(module.root.description);
}
