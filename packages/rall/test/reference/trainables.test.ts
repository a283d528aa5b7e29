/** Golden cases of what shares a value after `makeTrainable` on different views. */
import { SynapseView } from "rall";
import { expect, test } from "vitest";
import { buildModule, target } from "./build.ts";
import { type Path, readCases } from "./case.ts";

interface Entry {
  readonly key: string;
  readonly where?: Path;
  readonly synapse?: string;
  readonly init?: number | readonly number[];
  readonly groups: readonly (readonly number[])[];
  readonly values: readonly number[];
}

for (const golden of readCases().filter(({ kind }) => kind === "trainables")) {
  test(golden.name, () => {
    const module = buildModule(golden.model);
    const entries = golden.entries as readonly Entry[];
    for (const { key, where, init } of entries) {
      const selected = target(module, where);
      if (selected instanceof SynapseView) selected.makeTrainable(key, init);
      else selected.makeTrainable(key, init);
    }
    const parameters = module.getParameters();
    expect(parameters.length).toBe(entries.length);
    for (const [k, { key, synapse, groups, values }] of entries.entries()) {
      const trainable = module.trainables[k];
      expect(trainable?.key).toBe(key);
      expect(trainable?.synapse).toBe(synapse);
      expect(trainable?.groups.map((group) => [...group])).toEqual(groups);
      expect(parameters[k]?.values.length).toBe(values.length);
      for (const [i, value] of values.entries()) {
        const error = Math.abs((parameters[k]?.values[i] ?? Number.NaN) - value);
        expect(error, key).toBeLessThanOrEqual(golden.tolerance.relative * Math.abs(value));
      }
    }
  });
}
