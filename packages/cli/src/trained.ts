/** @file What the command line wants fitted: keys, who shares a value, starts and bounds. */
import { type Module, NameError, type View } from "rall";
import type { Bound, Parameter } from "rall/training";
import { extent } from "./extent.ts";
import { UsageError } from "./failure.ts";
import { number } from "./options.ts";
import { atPlace, splitPlace } from "./place.ts";

const sharings = ["all", "cell", "branch", "compartment"] as const;
type Sharing = (typeof sharings)[number];

/** A trainable of the model as the command line names it. */
export interface Trained {
  /** With its place, if it was given one: `HH_gNa@soma`. */
  readonly label: string;
  readonly key: string;
  readonly unit: string;
  /** What tells its values apart: `branch 3`; empty if there is but one. */
  readonly parts: readonly string[];
  readonly bound: Bound;
  /** Whether the bound was chosen here. */
  readonly isDefault: boolean;
  /** Whether places that had values of their own have to share one now. */
  readonly isLevelled: boolean;
}

export interface TrainedValues {
  readonly train: string;
  readonly share: string;
  readonly start: readonly string[];
  readonly bounds: readonly string[];
}

/**
 * Marks what is to be fitted in the model.
 *
 * @throws UsageError for options that cannot be read; NameError for a key or place that is not there; ValueError for a
 *   start that a key cannot have.
 */
export function trainModel(command: string, model: Module, values: TrainedValues): Trained[] {
  const share = sharings.find((one) => one === values.share);
  if (share === undefined) {
    throw new UsageError(`--share is one of ${sharings.join(", ")}.`, command);
  }
  const labels = values.train.split(",").map((label) => label.trim());
  const starts = settings(command, "--start", values.start, labels);
  const bounds = settings(command, "--bounds", values.bounds, labels);
  return labels.map((label) => {
    const { what: key, place } = splitPlace(label, "all");
    if (key === "") throw new UsageError("--train has an empty name among its keys.", command);
    const start = starts(label);
    const initial = start === undefined ? undefined : number(command, `--start ${key}`, start);
    const view = atPlace(command, model, place);
    const before = markTrainable(view, key, share, initial);
    const trainable = model.trainables.at(-1);
    const unit = unitOfKey(model, key, trainable?.synapse);
    const given = bounds(label);
    const first = trainable?.initial ?? new Float64Array();
    const { branchOf } = model.root.description;
    const parts =
      first.length === 1
        ? [""]
        : (trainable?.groups ?? []).map((group) => {
            const [place = 0] = group;
            if (trainable?.synapse !== undefined) return `synapse ${place}`;
            return share === "branch" ? `branch ${branchOf[place] ?? 0}` : `${share} ${place}`;
          });
    return {
      label,
      key,
      unit,
      parts,
      bound:
        given === undefined
          ? defaultBound(command, label, unit, first)
          : readBound(command, label, given),
      isDefault: given === undefined,
      isLevelled: new Set(before).size > first.length,
    };
  });
}

/** Values as one list of rows for people: name, start and fitted value. */
export function rowsOf(
  trained: readonly Trained[],
  start: readonly Parameter[],
  fitted: readonly Parameter[],
) {
  return trained.flatMap(({ label, unit, parts, bound }, k) =>
    parts.map((part, i) => ({
      name: part === "" ? label : `${label} ${part}`,
      unit,
      start: start[k]?.values[i] ?? Number.NaN,
      fitted: fitted[k]?.values[i] ?? Number.NaN,
      bounds: bound,
    })),
  );
}

/** @returns the values that the places have. */
function markTrainable(
  view: View,
  key: string,
  share: Sharing,
  initial: number | undefined,
): Float64Array {
  const { description } = view.root;
  const table = description.synapses.find(({ synapse }) =>
    [...synapse.parameters, ...synapse.states].some((quantity) => quantity.key === key),
  );
  if (table !== undefined) {
    const synapses = view.synapse(table.synapse.name);
    (share === "all" ? synapses : synapses.edge("all")).makeTrainable(key, initial);
    return synapses.get(key);
  }
  shared(view, share).makeTrainable(key, initial);
  return view.get(key);
}

/** A view whose last step says who shares a value. */
function shared(view: View, share: Sharing): View {
  const { kind } = view.root.description;
  if (share === "all" || kind === "compartment") return view;
  if (kind === "branch") return share === "compartment" ? view.comp("all") : view;
  if (share === "cell") return kind === "network" ? view.cell("all") : view;
  return share === "branch" ? view.branch("all") : view.branch("all").comp("all");
}

/** `KEY=VALUE` by key, or by key and place. */
function settings(
  command: string,
  option: string,
  texts: readonly string[],
  labels: readonly string[],
): (label: string) => string | undefined {
  const given = new Map<string, string>();
  for (const text of texts) {
    const [name = "", value, ...rest] = text.split("=");
    if (value === undefined || rest.length > 0)
      throw new UsageError(`${option} is KEY=..., not ${JSON.stringify(text)}.`, command);
    const isTrained = labels.some((label) => label === name || splitPlace(label, "").what === name);
    if (!isTrained) {
      throw new NameError(`${option} is about ${JSON.stringify(name)}, which is not fitted.`, {
        subject: name,
        value: text,
        remedy: `--train has ${labels.join(", ")}.`,
      });
    }
    given.set(name, value);
  }
  return (label) => given.get(label) ?? given.get(splitPlace(label, "").what);
}

function readBound(command: string, label: string, text: string): Bound {
  const [lower, upper, ...rest] = text.split(":");
  if (lower === undefined || upper === undefined || rest.length > 0)
    throw new UsageError(`--bounds is KEY=LOW:HIGH, not ${label}=${text}.`, command);
  const read = (part: string) => number(command, `--bounds ${label}`, part);
  return [read(lower), read(upper)];
}

/** Voltages 20 mV to both sides, other values a tenth to ten times of what they begin with. */
function defaultBound(
  command: string,
  label: string,
  unit: string,
  first: ArrayLike<number>,
): Bound {
  const { low: least, high: largest } = extent(Array.from(first));
  if (unit === "mV") return [least - 20, largest + 20];
  if (least > 0) return [least / 10, largest * 10];
  throw new UsageError(
    `${label} begins with ${least}; say between which values it may lie: --bounds ${label}=LOW:HIGH.`,
    command,
  );
}

const geometryUnits: Readonly<Record<string, string>> = {
  radius: "um",
  length: "um",
  axial_resistivity: "Ohm cm",
  capacitance: "uF/cm2",
  v: "mV",
};

function unitOfKey(model: Module, key: string, synapse: string | undefined): string {
  const { synapses } = model.root.description;
  const table = synapses.find((one) => one.synapse.name === synapse)?.synapse;
  const own = [...(table?.parameters ?? []), ...(table?.states ?? [])];
  const found = own.find((quantity) => quantity.key === key)?.unit;
  const inCompartments = model.root.description.quantities().get(key)?.quantity.unit;
  return found ?? inCompartments ?? geometryUnits[key] ?? "";
}
