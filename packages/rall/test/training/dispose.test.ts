/** The memory of gradients goes with the objective. */
import { Branch, Compartment, ModelError } from "rall";
import { HH } from "rall/channels";
import { compileObjective, meanSquaredError, type Objective } from "rall/training";
import { afterEach, expect, test, vi } from "vitest";

const samples = 200;

function cable(): Branch {
  const branch = new Branch(new Compartment(), { ncomp: 8 });
  branch.insert(HH).set("v", -65).initStates();
  branch.loc(0).stimulate(new Float64Array(samples).fill(0.1)).record();
  branch.makeTrainable("HH_gNa");
  return branch;
}

const objectiveOf = (branch: Branch): Promise<Objective> =>
  compileObjective(branch, { loss: meanSquaredError([new Float64Array(samples + 1).fill(-60)]) });

afterEach(() => {
  vi.restoreAllMocks();
});

/** Counts the memories that are made while `work` runs. */
async function memoriesOf(work: () => Promise<unknown>): Promise<number> {
  const { Memory } = WebAssembly;
  let count = 0;
  const spy = vi.spyOn(WebAssembly, "Memory").mockImplementation(function make(descriptor) {
    count++;
    return new Memory(descriptor);
  });
  await work();
  spy.mockRestore();
  return count;
}

test("an objective keeps its memory for the next gradient, and shares it with no other", async () => {
  const branch = cable();
  const [one, other] = [await objectiveOf(branch), await objectiveOf(branch)];
  const first = await one.valueAndGradient();
  expect(await memoriesOf(() => one.valueAndGradient())).toBe(0);
  expect(await memoriesOf(() => other.valueAndGradient())).toBe(1);
  expect((await one.valueAndGradient()).gradient).toEqual(first.gradient);
});

test("what was disposed of is refused, and the model and other objectives go on", async () => {
  const branch = cable();
  const [one, other] = [await objectiveOf(branch), await objectiveOf(branch)];
  const { value, gradient } = await one.valueAndGradient();
  one.dispose();
  one.dispose();
  for (const evaluate of [
    () => one.value(),
    () => one.valueAndGradient(),
    () => one.jvp(one.parameters, one.parameters),
  ])
    await expect(evaluate()).rejects.toThrow(ModelError);
  expect(await other.valueAndGradient()).toMatchObject({ value, gradient });
});

test("a gradient under way comes to its end", async () => {
  const objective = await objectiveOf(cable());
  const running = objective.valueAndGradient();
  objective.dispose();
  expect((await running).value).toBeGreaterThan(0);
});
