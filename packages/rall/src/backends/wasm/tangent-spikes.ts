/**
 * @file How numbers of spikes move, by the smooth steps of `adjoint-spikes.ts`, and what that does where they arrive. The numbers wait in
 * the same rings. Delays do not move.
 */
import type { AdjointLayout, ArrivalAdjoint } from "./adjoint-layout.ts";
import { type ArrivalEvaluation, emitSlope } from "./adjoint-spikes.ts";
import type { Local } from "./assembler.ts";
import type { Emitter } from "./emitter.ts";
import { header, type SynapseLayout } from "./layout.ts";
import type { Slots } from "./slots.ts";
import { connection, detector, origin } from "./spikes.ts";

/** Moves states through the spikes that arrive in a step, in order. */
export function emitArrivalsMoved(
  emitter: Emitter,
  adjoint: AdjointLayout,
  { sources, columns }: SynapseLayout,
  arrival: ArrivalAdjoint,
  sample: Local,
  { evaluate, undo }: ArrivalEvaluation,
): void {
  const { f } = emitter;
  const [at, end, edge, spikes] = [0, 1, 2, 3].map(() => f.local("i32"));
  if (at === undefined || end === undefined || edge === undefined || spikes === undefined) return;
  const moved = f.local("f64");
  const states = arrival.before.map(({ to: key }) => ({ key, local: f.local("v128") }));
  const known = (name: string) => states.find(({ key }) => key === name)?.local;
  const assign = (values: readonly Local[]) => {
    for (const [k, { local }] of states.entries()) {
      const value = values[k];
      if (value !== undefined) f.get(value).set(local);
    }
  };
  const sent = () => f.get(sample).get(at).memory("i32.load", connection.delay).op("i32.sub");
  emitter.overList(sources, sources + 4, origin.size, (entry) => {
    f.get(entry).memory("i32.load", origin.first).set(at);
    f.get(entry).memory("i32.load", origin.end).set(end);
    f.loop(
      () => {
        f.get(at).memory("i32.load", connection.edge).set(edge);
        f.get(entry).memory("i32.load", origin.ring);
        sent().get(entry).memory("i32.load", origin.mask).op("i32.and").op("i32.add");
        f.memory("i32.load8_u", 0).set(spikes);
        assign(
          evaluate(
            edge,
            arrival.before.map(({ value }) => value),
            () => undefined,
          ),
        );
        const gains =
          adjoint.surrogate === undefined
            ? []
            : evaluate(
                edge,
                arrival.gains.map(({ value }) => value),
                known,
              );
        f.get(spikes);
        f.if(() =>
          f.loop(
            () => {
              undo(edge, known);
              assign(
                evaluate(
                  edge,
                  arrival.after.map(({ value }) => value),
                  known,
                ),
              );
            },
            () => f.get(spikes).i32(1).op("i32.sub").tee(spikes),
          ),
        );
        if (adjoint.surrogate === undefined) return;
        f.get(entry).memory("i32.load", origin.bars);
        sent().get(entry).memory("i32.load", origin.barMask).op("i32.and");
        f.i32(8).op("i32.mul").op("i32.add").memory("f64.load", 0).set(moved);
        for (const [k, { to: key }] of arrival.gains.entries()) {
          const [address, gain] = [columns.get(key), gains[k]];
          if (address === undefined || gain === undefined) continue;
          f.get(edge)
            .get(edge)
            .memory("f64.load", address + adjoint.bars);
          f.get(gain).extractFloat(0).get(moved).op("f64.mul").op("f64.add");
          f.memory("f64.store", address + adjoint.bars);
        }
      },
      () => f.get(at).i32(connection.size).op("i32.add").tee(at).get(end).op("i32.lt_u"),
    );
  });
  for (const local of [at, end, edge, spikes, moved]) f.release(local);
  for (const { local } of states) f.release(local);
}

/** Notes how what is watched moves at the start of a step. */
export function emitWatchedStart(emitter: Emitter, { surrogate, bars }: AdjointLayout): void {
  if (surrogate === undefined) return;
  const { f } = emitter;
  emitter.overList(header.detectors, header.detectorsEnd, detector.size, (entry) => {
    f.get(entry).get(entry).memory("i32.load", detector.value).i32(bars).op("i32.add");
    f.memory("f64.load", 0).memory("f64.store", detector.before);
  });
}

/** How the numbers of spikes at the end of a step move. @param end - slot with what it ended with, clamps included. */
export function emitWatchMoved(
  emitter: Emitter,
  { surrogate, bars }: AdjointLayout,
  { old }: Slots,
  end: Local,
  sample: Local,
): void {
  if (surrogate === undefined) return;
  const { f } = emitter;
  const [isAbove, wasAbove] = [f.local("i32"), f.local("i32")];
  const sum = f.local("f64");
  const dot = (entry: Local) =>
    f.get(entry).memory("i32.load", detector.value).i32(bars).op("i32.add").memory("f64.load", 0);
  emitter.overList(header.detectors, header.detectorsEnd, detector.size, (entry) => {
    f.get(entry).memory("i32.load", detector.isCrossing);
    f.if(
      () => {
        const now = emitSlope(emitter, surrogate, entry, end, isAbove);
        const before = emitSlope(emitter, surrogate, entry, old, wasAbove);
        f.f64(0).set(sum);
        f.get(wasAbove).op("i32.eqz");
        f.if(() => {
          dot(entry).get(now).extractFloat(0).op("f64.mul").set(sum);
        });
        f.get(isAbove);
        f.if(() => {
          f.get(sum).get(entry).memory("f64.load", detector.before);
          f.get(before).extractFloat(0).op("f64.mul").op("f64.sub").set(sum);
        });
      },
      () => dot(entry).set(sum),
    );
    f.get(entry).memory("i32.load", detector.bars);
    f.get(sample).i32(1).op("i32.add").get(entry).memory("i32.load", detector.barMask);
    f.op("i32.and").i32(8).op("i32.mul").op("i32.add");
    f.get(sum).memory("f64.store", 0);
  });
  for (const local of [isAbove, wasAbove, sum]) f.release(local);
}
