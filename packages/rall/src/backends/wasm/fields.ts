/** @file What flows along the tree: the voltage, and concentrations. */
import type { Local } from "./assembler.ts";
import { Cable, type Field } from "./cable.ts";
import type { Emitter } from "./emitter.ts";
import type { Balance, Membrane } from "./membrane.ts";

/** The voltage, whose equation the mechanisms make. */
export function voltageField({ layout, voltage }: Emitter, membrane: Membrane): Field {
  const { base, link, diagonal, right, inverse, hasMassiveJoints } = layout;
  return {
    ...{ value: voltage, base, link, diagonal, right, inverse },
    balance: (i) => membrane.balance(i),
    atJoint: (i, sum) => (hasMassiveJoints ? membrane.addFused(i, sum) : sum),
  };
}

/** New concentrations: along the tree where they diffuse, else each compartment for itself by backward Euler. */
export function emitIons(emitter: Emitter): void {
  const { layout, to } = emitter;
  for (const ion of layout.ions) {
    const value = layout.columns.get(ion.key);
    if (value === undefined) continue;
    const own = (i: Local): Balance => ({
      diagonal: to.add(emitter.load(i, ion.base), emitter.load(i, ion.slope)),
      right: emitter.load(i, ion.right),
    });
    if (!ion.isLinked) {
      emitter.overAllRows((i) => {
        const { diagonal, right } = own(i);
        if (ion.inverse !== 0) emitter.store(i, ion.inverse, to.div(to.constant(1), diagonal));
        emitter.increase(i, value, to.div(right, diagonal));
      });
      continue;
    }
    const { base, link, inverse, jointDiagonal: diagonal, jointRight: right } = ion;
    const atJoint = (i: Local, sum: Balance) => ({
      diagonal: to.add(sum.diagonal, emitter.load(i, ion.slope)),
      right: to.add(sum.right, emitter.load(i, ion.right)),
    });
    new Cable(emitter, {
      ...{ value, base, link, diagonal, right, inverse },
      balance: own,
      atJoint,
    }).solve();
  }
}
