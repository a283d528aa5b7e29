/** @file A loss of a simulation as a function of its trainables, with its gradient. */
import { ModelError, NameError, ValueError } from "../errors.ts";
import type { Surrogate } from "../expressions/surrogate.ts";
import type { Domain } from "../mechanisms/domain.ts";
import type { Description } from "../modules/description.ts";
import { viewKind } from "../modules/navigation.ts";
import {
  domainOf,
  type Parameter,
  parameterList,
  spreadOverPlaces,
  sumOverGroups,
} from "../modules/trainable.ts";
import type { View } from "../modules/view.ts";
import { sampleTimes } from "../numerics/sample-times.ts";
import { makePlan, type Plan, type States } from "../plan/plan.ts";
import { announce, type OnWarning, onWarningKind } from "../simulation/announce.ts";
import { type Evaluated, runBackwards } from "../simulation/backwards.ts";
import { pullBack, pushForward, wantedBy } from "../simulation/chain.ts";
import { checkLengths, chooseLengths, memoryOf } from "../simulation/checkpoints.ts";
import {
  backendOf,
  feedFields,
  type ModelOptions,
  modelOptionFields,
  type Setup,
  setUp,
} from "../simulation/compile.ts";
import {
  checkRecorded,
  countSteps,
  type DurationOptions,
  durationFields,
} from "../simulation/duration.ts";
import { runForwards } from "../simulation/forwards.ts";
import { warnOfOutcome } from "../simulation/outcome.ts";
import { warnOfRun } from "../simulation/warnings.ts";
import {
  abortSignal,
  callback,
  check,
  either,
  type Fields,
  type Kind,
  list,
  number,
  object,
  positive,
  required,
  text,
  whole,
} from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { checkLoss } from "./check-loss.ts";
import {
  checkDifferentiable,
  checkTrainables,
  checkVariables,
  warnOfOverlaps,
} from "./check-trainables.ts";
import type { Loss, LossContext } from "./loss.ts";

export interface ObjectiveOptions extends ModelOptions, DurationOptions {
  /** What is to become small. */
  readonly loss: Loss;
  /** Most memory in bytes that the way back may take for moments and steps, up to 3e9; default 256e6. */
  readonly memoryLimit?: number;
  /**
   * Lengths of spans of steps, as in Jaxley: their product is at least the number of steps, the last one is how many steps are kept at
   * once. Default: chosen by `memoryLimit`.
   */
  readonly checkpointLengths?: readonly number[];
  /**
   * Slope of spikes and resets on the way back: a kind (of slope 1 per mV), a kind with a slope, or `none`. Default `sigmoid`. Models
   * without spikes and resets have exact gradients whatever it is.
   */
  readonly surrogate?: Surrogate | Surrogate["kind"] | "none";
}

/** What one evaluation is given besides parameters; the rest is as in the objective's options. */
export interface ObjectiveInputs
  extends Pick<
    ModelOptions,
    "initialState" | "dataSet" | "dataStimuli" | "dataClamps" | "onWarning"
  > {
  /** Default: the loss of the objective. */
  readonly loss?: Loss;
  /** Called between chunks with the steps done and all there are to do. */
  readonly onProgress?: (done: number, all: number) => void;
  /** Ends the evaluation between two chunks, which is then rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

const lossKind: Kind = {
  ...callback,
  what: "a function of the recordings, such as meanSquaredError([target])",
};

const inputFields: Fields = {
  ...feedFields,
  onWarning: onWarningKind,
  loss: callback,
  onProgress: callback,
  signal: abortSignal,
};

/** A value with its gradient. */
export interface ValueAndGradient {
  readonly value: number;
  /** By the parameters, in their shape. */
  readonly gradient: Parameter[];
  /** By the values of each `dataSet`: a number for one value for all places, else one for each. */
  readonly byDataSet: readonly Float64Array[];
  /** By the samples (nA) of each stimulus, those of the module first; one value per step, 0 after the last sample. */
  readonly byStimuli: readonly Float64Array[];
  /** By the samples of each clamp: those of the module that are not replaced, then those of `dataClamps`. */
  readonly byClamps: readonly Float64Array[];
  /** By the states of `initialState`, if it was given. */
  readonly byInitialState: Readonly<Record<string, Float64Array>> | undefined;
  readonly recordings: readonly Float64Array[];
  /** Time in ms of each sample. */
  readonly time: Float64Array;
  /** The surrogate that took part; undefined if nothing spikes or is reset. */
  readonly surrogate: Surrogate | undefined;
  readonly statistics: GradientStatistics;
}

/** What a gradient took. */
export interface GradientStatistics {
  readonly steps: number;
  /** Lengths of spans; one means that all steps were kept. */
  readonly checkpointLengths: readonly number[];
  /** Bytes kept at once. */
  readonly memory: number;
  /** Wall time in ms of lowering the model, of compiling (little if nothing was new) and of running. */
  readonly planTime: number;
  readonly compileTime: number;
  readonly runTime: number;
}

const surrogateKinds = ["sigmoid", "arctan", "exponential"] as const;
const surrogateKind = object({ kind: required(text), slope: required(number) });

const { parameters: _, ...modelFields } = modelOptionFields;
const objectiveFields: Fields = {
  ...modelFields,
  ...durationFields,
  loss: required(lossKind),
  memoryLimit: { ...positive, what: "a number of bytes" },
  checkpointLengths: list(whole),
  surrogate: either(text, surrogateKind),
};

const defaultMemoryLimit = 256e6;
/** A kernel's memory has 32-bit addresses; this leaves room for all but the tape. */
const mostMemory = 3e9;

/** A loss as a function of the trainables of a module. Made by `compileObjective`. */
export class Objective {
  readonly #module: View;
  readonly #options: ObjectiveOptions;
  /** Evaluations differ in numbers: the first one says what there is to be warned of. */
  #isFirst = true;
  /** What the memory for gradients is kept for; without it nothing is kept. */
  #owner: object | undefined = {};

  /** @internal */
  constructor(module: View, options: ObjectiveOptions) {
    this.#module = module;
    this.#options = options;
  }

  /** The trainables with the values that they begin with. */
  get parameters(): Parameter[] {
    return initialParameters(this.#module.root.description);
  }

  /**
   * Gives back the memory that gradients took (up to `memoryLimit`), which is otherwise kept for the next one until nothing refers to
   * the objective any more. Evaluations after it are refused; one under way comes to its end.
   */
  dispose(): void {
    this.#owner = undefined;
  }

  /** Which values each trainable may have. */
  get domains(): Domain[] {
    const { description } = this.#module.root;
    return description.trainables.map((trainable) => domainOf(description, trainable));
  }

  /** The loss at the given parameters; default: the initial ones. @throws as `valueAndGradient`. */
  async value(
    parameters: readonly Parameter[] = this.parameters,
    inputs: ObjectiveInputs = {},
  ): Promise<number> {
    const task = this.#begin(parameters, inputs);
    checkDifferentiable(task.description);
    const plan = makePlan(task.description, { ...task, returnStates: true });
    if (task.isFirst) announce(warnOfRun(task, plan), task.onWarning);
    const kernel = await backendOf(task.backend).compile(plan, task.description.memory);
    try {
      const { recordings } = await runForwards(kernel, plan, task.steps, inputs);
      return task.evaluate(plan, recordings, kernel.states()).value;
    } finally {
      kernel.release();
    }
  }

  /**
   * The loss and its gradient.
   *
   * @throws ValueError for parameters that are not those of the module, values out of their domain, or a loss whose derivative has
   *   another shape than the recordings; ModelError if nothing is trainable or nothing reads what is; NumericalError for states or
   *   derivatives that stop being finite.
   */
  async valueAndGradient(
    parameters: readonly Parameter[] = this.parameters,
    inputs: ObjectiveInputs = {},
  ): Promise<ValueAndGradient> {
    const started = performance.now();
    const task = this.#begin(parameters, inputs);
    const { description, sets, steps } = task;
    const plan = this.#plan(task);
    checkVariables(sets, plan, task.initialState !== undefined);
    const surrogate = this.#surrogate(plan);
    const wanted = wantedBy(description, sets);
    const { memoryLimit = defaultMemoryLimit, checkpointLengths } = this.#options;
    const backend = backendOf(task.backend);
    const memory = description.memory;
    const common = { wanted, surrogate, steps, mode: "backwards" } as const;
    const make = (tapeLength: number) =>
      backend.differentiate(plan, memory, { ...common, tapeLength, owner: task.owner });
    const planned = performance.now();
    const sizes = await backend.sizes(plan, memory, common);
    const lengths =
      checkpointLengths === undefined
        ? chooseLengths(steps, sizes, Math.min(memoryLimit, mostMemory))
        : checkLengths(checkpointLengths, steps);
    const compiled = performance.now();
    const kernel = await make(Math.min(steps, lengths.at(-1) ?? steps));
    let recordings: readonly Float64Array[] = [];
    const { value, gradient } = await runBackwards(
      kernel,
      plan,
      steps,
      (rows) => {
        recordings = rows;
        return task.evaluate(plan, rows, kernel.states());
      },
      { lengths, signal: inputs.signal, onProgress: inputs.onProgress },
    ).finally(() => kernel.release());
    const lowering = { description, sets, initialState: task.initialState, plan };
    const pulled = pullBack(lowering, gradient);
    const { trainables } = this.#module.root.description;
    return {
      value,
      gradient: trainables.map((trainable, k) => ({
        key: trainable.key,
        values: sumOverGroups(trainable, pulled.sets[k] ?? new Float64Array()),
      })),
      byDataSet: sets.slice(trainables.length).map((set, k) => {
        const byPlace = pulled.sets[trainables.length + k] ?? new Float64Array();
        return typeof set.value === "number"
          ? Float64Array.of(byPlace.reduce((sum, one) => sum + one, 0))
          : byPlace;
      }),
      byStimuli: gradient.stimuli,
      byClamps: gradient.clamps,
      byInitialState: pulled.initialState,
      recordings,
      time: task.time,
      surrogate,
      statistics: {
        steps,
        checkpointLengths: lengths,
        memory: memoryOf(lengths, sizes),
        planTime: planned - started,
        compileTime: compiled - planned,
        runTime: performance.now() - compiled,
      },
    };
  }

  /**
   * The loss and how it changes when the parameters move in a direction (forward mode). Costs about four runs, and no memory to speak
   * of: of use for long runs and few parameters, and as a check of the gradient.
   *
   * @param direction - in the shape of the parameters.
   * @throws as `valueAndGradient`, and ValueError for a loss that depends on final states.
   */
  async jvp(
    parameters: readonly Parameter[],
    direction: readonly Parameter[],
    inputs: ObjectiveInputs = {},
  ): Promise<{ readonly value: number; readonly tangent: number }> {
    const task = this.#begin(parameters, inputs);
    const { description, sets, steps } = task;
    const plan = this.#plan(task);
    const { trainables } = this.#module.root.description;
    checkDirection(parameters, direction);
    const spread = trainables.map((trainable, k) =>
      spreadOverPlaces(trainable, direction[k]?.values ?? new Float64Array()),
    );
    const still = sets
      .slice(trainables.length)
      .map(({ places }) => new Float64Array(places.length));
    const lowering = { description, sets, initialState: task.initialState, plan };
    const silent = (inputs: readonly unknown[]) => inputs.map(() => new Float64Array(steps));
    const pushed = pushForward(lowering, {
      sets: [...spread, ...still],
      stimuli: silent(plan.stimuli),
      clamps: silent(plan.clamps),
    });
    const kernel = await backendOf(task.backend).differentiate(plan, description.memory, {
      wanted: wantedBy(description, sets),
      surrogate: this.#surrogate(plan),
      mode: "forwards",
      tapeLength: 1,
      owner: task.owner,
      steps,
    });
    try {
      const { recordings, tangents } = await runForwards(kernel, plan, steps, inputs, pushed);
      const { value, byRecordings, byStates } = task.evaluate(plan, recordings, kernel.states());
      checkNoStates(byStates);
      let tangent = 0;
      for (const [row, series] of byRecordings.entries())
        for (const [k, slope] of series.entries()) tangent += slope * (tangents[row]?.[k] ?? 0);
      return { value, tangent };
    } finally {
      kernel.release();
    }
  }

  #begin(parameters: readonly Parameter[], inputs: ObjectiveInputs): Task {
    check(parameters, parameterList, "parameters");
    checkOptions(inputs, inputFields, "an evaluation of an objective");
    const owner = this.#owner;
    if (owner === undefined) {
      throw new ModelError("The objective was disposed of.", {
        subject: "objective",
        remedy: "Make another one with compileObjective.",
      });
    }
    const { loss, tabulate = "auto" } = this.#options;
    const { signal: _, onProgress: __, loss: own = loss, onWarning, ...data } = inputs;
    const say = onWarning ?? this.#options.onWarning;
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    const setup = setUp(this.#module, { ...this.#options, ...data, parameters });
    const steps = countSteps(setup.signals, setup.dt, this.#options);
    checkRecorded(setup.description.recordings.length, steps + 1);
    const time = sampleTimes(steps + 1, setup.dt);
    return {
      ...setup,
      ...{ steps, time, isFirst, owner, onWarning: say },
      tabulates: tabulate === "auto" ? steps * setup.description.count >= 2000 : tabulate,
      evaluate: (plan, recordings, { values }) => {
        const names = plan.recordings.map(({ name }) => name);
        const context: LossContext = { time, dt: setup.dt, names, states: values };
        const result = own(recordings, context);
        checkLoss(result, recordings, names, values);
        if (isFirst) {
          const status = { code: "completed", message: "" } as const;
          const end = time.at(-1) ?? 0;
          const isFresh = setup.initialState === undefined;
          const voltages = values.v ?? new Float64Array();
          announce(warnOfOutcome({ plan, status, end, recordings, voltages, isFresh }), say);
        }
        return {
          value: result.value,
          byRecordings: result.gradient,
          byStates: result.byStates ?? {},
        };
      },
    };
  }

  #plan(task: Task): Plan {
    checkDifferentiable(task.description);
    const plan = makePlan(task.description, { ...task, returnStates: true });
    const { trainables } = this.#module.root.description;
    checkTrainables(trainables, plan);
    if (task.isFirst)
      announce([...warnOfRun(task, plan), ...warnOfOverlaps(trainables)], task.onWarning);
    return plan;
  }

  #surrogate({ mechanisms, events }: Plan): Surrogate | undefined {
    const { surrogate = "sigmoid" } = this.#options;
    const spikes =
      mechanisms.some(({ isSpiking }) => isSpiking) ||
      events.wirings.some((wiring) => wiring !== undefined);
    if (!spikes || surrogate === "none") return undefined;
    return typeof surrogate === "string" ? { kind: surrogate, slope: 1 } : surrogate;
  }
}

/** An evaluation about to run. */
interface Task extends Setup {
  readonly steps: number;
  readonly time: Float64Array;
  readonly tabulates: boolean;
  readonly isFirst: boolean;
  readonly owner: object;
  readonly onWarning: OnWarning | undefined;
  readonly evaluate: (plan: Plan, recordings: readonly Float64Array[], states: States) => Evaluated;
}

/**
 * Makes a loss of a simulation a function of the trainables of a module, with exact gradients.
 *
 * ```ts
 * cell.makeTrainable("HH_gNa");
 * const objective = await compileObjective(cell, { loss: meanSquaredError([target]) });
 * const { value, gradient } = await objective.valueAndGradient();
 * ```
 *
 * @throws NameError for unknown options, ValueError for options out of their domain.
 */
export async function compileObjective(
  module: View,
  options: ObjectiveOptions,
): Promise<Objective> {
  check(module, viewKind, "module");
  checkOptions(options, objectiveFields, "compileObjective");
  checkSurrogate(options.surrogate);
  checkDifferentiable(module.root.description);
  return new Objective(module, options);
}

function checkSurrogate(surrogate: ObjectiveOptions["surrogate"]): void {
  if (surrogate === undefined) return;
  const isPlain = typeof surrogate === "string";
  const kind = isPlain ? surrogate : surrogate.kind;
  const known: readonly string[] = [...surrogateKinds, ...(isPlain ? ["none"] : [])];
  if (!known.includes(kind)) {
    throw new NameError(`There is no surrogate ${JSON.stringify(kind)}.`, {
      subject: "surrogate",
      value: kind,
      remedy: `Known: ${known.join(", ")}.`,
    });
  }
  if (!isPlain && !(surrogate.slope > 0 && Number.isFinite(surrogate.slope))) {
    throw new ValueError(`The slope of a surrogate is ${surrogate.slope}.`, {
      subject: "surrogate",
      value: surrogate.slope,
      remedy: "Give a steepness above 0, in 1/mV.",
    });
  }
}

function initialParameters({ trainables }: Description): Parameter[] {
  return trainables.map(({ key, initial }) => ({ key, values: initial.slice() }));
}

function checkDirection(parameters: readonly Parameter[], direction: readonly Parameter[]): void {
  check(direction, parameterList, "direction");
  const shape = (list: readonly Parameter[]) =>
    list.map(({ key, values }) => `${key} (${values.length})`).join(", ");
  if (shape(parameters) === shape(direction)) {
    const wrong = direction.find(({ values }) => !values.every(Number.isFinite));
    if (wrong === undefined) return;
    throw new ValueError(`The direction of ${wrong.key} is not finite.`, {
      subject: wrong.key,
      value: wrong.values,
      remedy: "Give finite numbers.",
    });
  }
  throw new ValueError(`A direction of ${shape(direction)} does not fit ${shape(parameters)}.`, {
    subject: "direction",
    remedy: "Give one number for each parameter, in the same order.",
  });
}

/** Forward mode tells how recordings move, not how states do. */
function checkNoStates(byStates: Readonly<Record<string, Float64Array>>): void {
  const key = Object.keys(byStates).find((one) => byStates[one]?.some((slope) => slope !== 0));
  if (key === undefined) return;
  throw new ValueError(`The loss depends on the final state ${key}, which jvp does not follow.`, {
    subject: key,
    remedy: "Record it and look at its last sample, or use valueAndGradient.",
  });
}
