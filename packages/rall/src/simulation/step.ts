/** @file Steps under the user's control: for closed loops, other clocks, and experiments that look before they act. */
import type { Kernel } from "../backends/backend.ts";
import { ValueError } from "../errors.ts";
import type { View } from "../modules/view.ts";
import { sampleClock } from "../numerics/sample-times.ts";
import type { Plan, States } from "../plan/plan.ts";
import { check, having, list, numbers, record, required } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { announce } from "./announce.ts";
import {
  compileKernel,
  type ModelOptions,
  modelOptionFields,
  type Setup,
  setUp,
} from "./compile.ts";
import { warnOfModel } from "./warnings.ts";

const statesKind = having(
  { values: required(record(numbers)), branchPoints: numbers, sent: list(having({}, "spikes")) },
  "states that a run returned",
);

/** What one step is given; what is left out is 0 for stimuli, and as before for clamps. */
export interface StepInput {
  /** nA, one for each stimulus of the module, in the order of the calls of `stimulate`. */
  readonly stimuli?: ArrayLike<number>;
  /** One for each clamp of the module. */
  readonly clamps?: ArrayLike<number>;
}

/**
 * A simulation that goes on a step at a time.
 *
 * ```ts
 * const loop = await compileStep(cell, { dt: 0.025 });
 * let [v = -65] = loop.readings;
 * for (let k = 0; k < 4000; k++) [v = v] = await loop.step({ stimuli: [v < -60 ? 0.1 : 0] });
 * ```
 */
export class StepLoop {
  readonly #plan: Plan;
  readonly #make: (states: States | undefined) => Promise<Kernel>;
  #kernel: Kernel;
  #readings: Float64Array;
  #clamps: Float64Array;
  #done = 0;

  /** @internal */
  constructor(plan: Plan, kernel: Kernel, make: (states: States | undefined) => Promise<Kernel>) {
    this.#plan = plan;
    this.#make = make;
    this.#kernel = kernel;
    this.#readings = kernel.recordStart();
    this.#clamps = Float64Array.from(plan.clamps, ({ samples }) => samples[0] ?? 0);
  }

  /** Names of the readings: those of the module's recordings. */
  get names(): string[] {
    return this.#plan.recordings.map(({ name }) => name);
  }

  /** Values of the recordings now. */
  get readings(): Float64Array {
    return this.#readings;
  }

  /** Time in ms since the last `init`. */
  get time(): number {
    return sampleClock(this.#plan.dt)(this.#done);
  }

  /** Goes to given states, or back to those of the module. @throws as `integrate` for states that do not fit. */
  async init(states?: States): Promise<void> {
    if (states !== undefined) check(states, statesKind, "states");
    this.#kernel = await this.#make(states);
    this.#readings = this.#kernel.recordStart();
    this.#done = 0;
  }

  /**
   * One step.
   *
   * @returns the values of the recordings after it.
   * @throws ValueError for more or fewer inputs than the module has stimuli or clamps, or one that is not finite.
   */
  async step(input: StepInput = {}): Promise<Float64Array> {
    checkOptions(input, { stimuli: numbers, clamps: numbers }, "step");
    const { stimuli, clamps } = input;
    const count = this.#plan.stimuli.length;
    if (stimuli !== undefined) checkInput("stimuli", stimuli, count);
    if (clamps !== undefined) {
      checkInput("clamps", clamps, this.#clamps.length);
      this.#clamps = Float64Array.from(clamps);
    }
    this.#kernel.feed(stimuli ?? new Float64Array(count), this.#clamps);
    this.#readings = await this.#kernel.advance(1);
    this.#done++;
    return this.#readings;
  }

  /** All states now; `init` takes them. */
  states(): States {
    return this.#kernel.states();
  }
}

/**
 * Compiles a module for steps of `dt` under the user's control. Sample by sample it gives what `integrate` gives.
 *
 * @throws as `integrate` for options that do not fit.
 */
export async function compileStep(module: View, options: ModelOptions = {}): Promise<StepLoop> {
  checkOptions(options, modelOptionFields, "compileStep");
  return openLoop(module, options, {});
}

/** @param parts - which parts of the model take part: spikes, junctions that close loops. */
export async function openLoop(
  module: View,
  options: ModelOptions,
  parts: Pick<Setup, "hasEvents" | "hasExchanges">,
): Promise<StepLoop> {
  const tabulates = options.tabulate === true;
  const setup = { ...setUp(module, options), ...parts };
  const make = (initialState: States | undefined) =>
    compileKernel({ ...setup, initialState }, { tabulates, returnStates: true });
  const { plan, kernel } = await make(setup.initialState);
  announce(warnOfModel(setup, plan), options.onWarning);
  return new StepLoop(plan, kernel, async (states) => (await make(states)).kernel);
}

function checkInput(subject: string, values: ArrayLike<number>, count: number): void {
  const wrong = Array.from(values).find((value) => !Number.isFinite(value));
  if (values.length === count && wrong === undefined) return;
  throw new ValueError(
    wrong === undefined
      ? `A step was given ${values.length} ${subject}; the module has ${count}.`
      : `A step was given ${wrong} among its ${subject}.`,
    { subject, value: wrong ?? values.length, remedy: "Give one finite number for each." },
  );
}
