/** @file Dividing a branch into another number of compartments. */
import { ModelError, ValueError } from "../errors.ts";
import { compartmentsOfBranch } from "../morphology/frustum.ts";
import { checkSize } from "../util/limits.ts";
import { Memory } from "../util/memory.ts";
import { Description } from "./description.ts";
import { concatenate, type Geometry, makeCylinder, makeGeometry } from "./geometry.ts";

/**
 * The same model with branch `branch` in `ncomp` equal compartments. What is uniform along the branch stays; the
 * geometry of a traced branch is computed anew from its points, that of any other is a cylinder of the same radius.
 *
 * @throws ModelError if the branch is not uniform, or if there are recordings, stimuli, clamps or trainables (their places would move).
 */
export function divideBranch(
  description: Description,
  branch: number,
  ncomp: number,
  minRadius?: number,
): Description {
  if (!Number.isInteger(ncomp) || ncomp < 1) {
    throw new ValueError(`A branch cannot have ${ncomp} compartments.`, {
      value: ncomp,
      remedy: "Give a whole number from 1 up.",
    });
  }
  checkSize(ncomp, "branch", "compartments in a branch", "Give fewer; is the length in um?");
  checkNothingPlaced(description);
  const start = description.firstCompartment[branch] ?? 0;
  const old = description.ncomp[branch] ?? 0;
  checkUniform(description, branch, start, start + old);
  const spread = <A extends Float64Array | Uint8Array>(values: A, join: (parts: A[]) => A): A => {
    const middle = values.slice(start, start + 1) as A;
    const repeated = Array.from({ length: ncomp }, () => middle);
    return join([values.slice(0, start) as A, ...repeated, values.slice(start + old) as A]);
  };
  const floats = (values: Float64Array) => spread(values, concatenate);
  const bytes = (values: Uint8Array) =>
    spread(values, (parts) => Uint8Array.from(parts.flatMap((part) => [...part])));
  const geometry = makeGeometry((key) => floats(description.geometry[key]));
  divideGeometry(geometry, description, branch, { start, old, ncomp, minRadius });
  const counts = description.ncomp.slice();
  counts[branch] = ncomp;
  const divided = new Description(
    description.kind,
    description.parents,
    counts,
    geometry,
    description.tracedPoints,
    description.cellOf,
    new Memory(),
    description.attachedAt,
  );
  divided.diffusing = description.diffusing;
  divided.laidPoints = description.laidPoints;
  divided.insertions = description.insertions.map(({ channel, present }) => ({
    channel,
    present: bytes(present),
  }));
  for (const [key, column] of description.columns) divided.columns.set(key, floats(column));
  for (const [group, mask] of description.groups) divided.groups.set(group, bytes(mask));
  return divided;
}

function divideGeometry(
  geometry: Geometry,
  description: Description,
  branch: number,
  part: { start: number; old: number; ncomp: number; minRadius: number | undefined },
): void {
  const { start, old, ncomp, minRadius } = part;
  const mean = (values: Float64Array) =>
    values.subarray(start, start + old).reduce((sum, value) => sum + value, 0) / old;
  geometry.length.fill((mean(description.geometry.length) * old) / ncomp, start, start + ncomp);
  geometry.v.fill(mean(description.geometry.v), start, start + ncomp);
  const points = description.tracedPoints[branch];
  if (points === undefined) {
    for (let i = start; i < start + ncomp; i++) makeCylinder(geometry, i);
    return;
  }
  const traced = compartmentsOfBranch(points, ncomp, minRadius);
  geometry.radius.set(traced.radius, start);
  geometry.area.set(traced.area, start);
  geometry.volume.set(traced.volume, start);
  geometry.resistive_load_in.set(traced.resistiveLoadIn, start);
  geometry.resistive_load_out.set(traced.resistiveLoadOut, start);
}

function checkNothingPlaced(description: Description): void {
  const { recordings, spikeRecordings, stimuli, clamps, synapses, trainables } = description;
  const placed = {
    recordings,
    "recordings of spikes": spikeRecordings,
    stimuli,
    clamps,
    synapses,
    trainables,
  };
  for (const [what, list] of Object.entries(placed)) {
    if (list.length === 0) continue;
    throw new ModelError(`The number of compartments cannot change while there are ${what}.`, {
      subject: what,
      remedy: "Set it first, or delete them and place them again.",
    });
  }
}

function checkUniform(description: Description, branch: number, start: number, end: number): void {
  const differs = (values: Float64Array | Uint8Array) =>
    values.subarray(start, end).some((value: number) => value !== values[start]);
  const refuse = (what: string) => {
    throw new ModelError(`${what} differs between the compartments of branch ${branch}.`, {
      subject: what,
      remedy: "Set the number of compartments first, then what differs along the branch.",
    });
  };
  const { length, radius, capacitance, axial_resistivity } = description.geometry;
  for (const [key, values] of Object.entries({ length, capacitance, axial_resistivity })) {
    if (differs(values)) refuse(key);
  }
  if (description.tracedPoints[branch] === undefined && differs(radius)) refuse("radius");
  for (const { channel, present } of description.insertions) {
    if (differs(present)) refuse(`The presence of ${channel.name}`);
  }
  for (const [key, column] of description.columns) {
    if (description.presence(key)[start] === 1 && differs(column)) refuse(key);
  }
  for (const [group, mask] of description.groups) if (differs(mask)) refuse(`The group ${group}`);
}
