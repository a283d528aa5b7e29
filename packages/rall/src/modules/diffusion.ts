/** @file Which ions diffuse along the cells. */
import { NameError } from "../errors.ts";
import { nearestName } from "../util/suggest.ts";
import { type Description, diffusionKey } from "./description.ts";

/** Diffusion constant in um2/ms that a state begins with. */
const defaultConstant = 1;

/**
 * Lets a state diffuse all over the module; where no mechanism has it, it begins at 0.
 *
 * @throws NameError for a state that nothing has.
 */
export function diffuse(description: Description, state: string): void {
  if (description.diffusing.includes(state)) return;
  const quantities = description.quantities();
  if (quantities.get(state)?.isState !== true) throw unknown(description, state, quantities.keys());
  const present = description.presence(state);
  const column = description.columns.get(state) ?? new Float64Array(description.count);
  description.columns.set(
    state,
    column.map((value, i) => (present[i] === 1 ? value : 0)),
  );
  const constants = new Float64Array(description.count).fill(defaultConstant);
  description.columns.set(diffusionKey(state), constants);
  description.diffusing = [...description.diffusing, state];
}

/** @throws NameError for a state that does not diffuse. */
export function deleteDiffusion(description: Description, state: string): void {
  if (!description.diffusing.includes(state))
    throw unknown(description, state, description.diffusing);
  description.diffusing = description.diffusing.filter((one) => one !== state);
  description.columns.delete(diffusionKey(state));
  const present = description.presence(state);
  description.recordings = description.recordings.filter(
    (row) => row.synapse !== undefined || row.state !== state || present[row.index] === 1,
  );
}

function unknown(description: Description, state: string, known: Iterable<string>): NameError {
  const names = [...known];
  const suggestion = nearestName(state, names);
  return new NameError(
    `There is no state ${JSON.stringify(state)} that could diffuse in this ${description.kind}.`,
    {
      subject: state,
      ...(suggestion === undefined
        ? { remedy: names.length === 0 ? "None does." : `There are: ${names.join(", ")}.` }
        : { suggestion }),
    },
  );
}
