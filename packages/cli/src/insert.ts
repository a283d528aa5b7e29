/** @file Mechanisms from the command line: `NAME[@PLACE][,PARAMETER=VALUE,...]`. */
import { type Channel, connect, type Module, SpikeTrain, type Synapse, type View } from "rall";
import { type Mechanism, mechanismCalled } from "./catalogue.ts";
import { atPlace, splitPlace } from "./place.ts";
import { Settings } from "./settings.ts";

/** A mechanism that is to be put in. */
export interface Insertion {
  readonly kind: Mechanism["kind"];
  apply(model: Module): void;
}

/** @throws UsageError for a name, a parameter or a source that does not exist. */
export function readInsertion(command: string, text: string): Insertion {
  const settings = new Settings(command, "--insert", text);
  const { what, place } = splitPlace(settings.subject, "all");
  const { kind, mechanism } = mechanismCalled(command, what);
  const locals = mechanism.parameters.map(({ local }) => local);
  settings.only(kind === "synapse" ? ["train", "from", ...locals] : locals);
  const given = locals.filter((local) => settings.text(local) !== undefined);
  const values = Object.fromEntries(given.map((local) => [local, settings.number(local)]));
  const at = (model: View, where: string) => atPlace(command, model, where);
  if (kind === "synapse") {
    const source = sourceOf(settings);
    return {
      kind,
      apply(model) {
        const pre = source(model, at);
        connect(pre, at(model, place), mechanism, { values });
      },
    };
  }
  return {
    kind,
    apply(model) {
      const view = at(model, place).insert(mechanism);
      for (const local of given) view.set(keyOf(mechanism, local), settings.number(local));
    },
  };
}

/** What a synapse listens to: a train of spikes (`train=MS:MS`) or compartments (`from=PLACE`). */
function sourceOf(settings: Settings) {
  const [train, from] = [settings.numbers("train"), settings.text("from")];
  if ((train === undefined) === (from === undefined)) {
    throw settings.fail(
      "a synapse takes spikes from a train (train=5:10:15, in ms) or from a place (from=3/soma:0.5)",
    );
  }
  return (model: View, at: (model: View, where: string) => View) =>
    train === undefined ? at(model, from ?? "") : new SpikeTrain(train);
}

function keyOf(mechanism: Channel | Synapse, local: string): string {
  return mechanism.parameters.find((one) => one.local === local)?.key ?? local;
}
