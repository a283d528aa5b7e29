/**
 * @file Spikes on the way back. The number of spikes that a source sends jumps; its derivative by the voltage is that of a smooth
 * step in its place, for spikes that came and for those that nearly did. Derivatives by these numbers wait in a ring of each
 * source, one per step, from the step in which the spikes arrive back to that in which they were sent.
 */
import { type Expression, input } from "../../expressions/expression.ts";
import { type Surrogate, surrogateSlope } from "../../expressions/surrogate.ts";
import type { AdjointLayout, ArrivalAdjoint } from "./adjoint-layout.ts";
import type { Local } from "./assembler.ts";
import { emitExpressions } from "./emit.ts";
import type { Emitter } from "./emitter.ts";
import { header, type SynapseLayout } from "./layout.ts";
import type { Slots } from "./slots.ts";
import { connection, detector, origin } from "./spikes.ts";

/** How the arrivals of a kind of synapse are evaluated. */
export interface ArrivalEvaluation {
  /** Values for one connection, in both lanes. */
  evaluate(
    edge: Local,
    roots: readonly Expression[],
    known: (name: string) => Local | undefined,
  ): Local[];
  /** Takes derivatives back through one arrival at states that are given. */
  undo(edge: Local, known: (name: string) => Local | undefined): void;
}

/** Takes derivatives back through the spikes that arrived in a step, the last one first. */
export function emitArrivalsBackwards(
  emitter: Emitter,
  adjoint: AdjointLayout,
  { sources }: SynapseLayout,
  arrival: ArrivalAdjoint,
  sample: Local,
  { evaluate, undo }: ArrivalEvaluation,
): void {
  const { f } = emitter;
  const integers = Array.from({ length: 6 }, () => f.local("i32"));
  const [at, end, edge, spikes, applied, next] = integers;
  if (!at || !end || !edge || !spikes || !applied || !next) return;
  const states = arrival.before.map(({ to: key }) => ({ key, local: f.local("v128") }));
  const known = (name: string) => states.find(({ key }) => key === name)?.local;
  const assign = (values: readonly Local[]) => {
    for (const [k, { local }] of states.entries()) {
      const value = values[k];
      if (value !== undefined) f.get(value).set(local);
    }
  };
  /** Number of spikes that arrive in the given step. */
  const arriving = (entry: Local, step: Local, into: Local) => {
    f.get(entry).memory("i32.load", origin.ring);
    f.get(step).get(at).memory("i32.load", connection.delay).op("i32.sub");
    f.get(entry).memory("i32.load", origin.mask).op("i32.and").op("i32.add");
    f.memory("i32.load8_u", 0).set(into);
  };
  emitter.overList(sources, sources + 4, origin.size, (entry) => {
    f.get(entry).memory("i32.load", origin.first).set(at);
    f.get(entry).memory("i32.load", origin.end).set(end);
    f.loop(
      () => {
        f.get(at).memory("i32.load", connection.edge).set(edge);
        arriving(entry, sample, spikes);
        const first = () =>
          assign(
            evaluate(
              edge,
              arrival.before.map(({ value }) => value),
              () => undefined,
            ),
          );
        if (adjoint.surrogate !== undefined || arrival.delays !== 0) {
          first();
          const [value] = evaluate(
            edge,
            arrival.gains.map(({ value: gain }) => gain),
            known,
          );
          if (value !== undefined) {
            if (adjoint.surrogate !== undefined) addToSource(emitter, entry, at, sample, value);
            if (arrival.delays !== 0) {
              // An arrival a step later would have the gain of the next step, one a step earlier that of the step before
              f.get(sample).i32(1).op("i32.add").set(next);
              arriving(entry, next, applied);
              f.get(edge).get(edge).memory("f64.load", arrival.delays);
              f.get(spikes).op("f64.convert_i32_u");
              f.get(edge).memory("f64.load", arrival.nextGains).op("f64.mul").op("f64.add");
              f.get(applied).op("f64.convert_i32_u").get(value).extractFloat(0).op("f64.mul");
              f.op("f64.sub").memory("f64.store", arrival.delays);
              f.get(edge).get(value).extractFloat(0).memory("f64.store", arrival.nextGains);
            }
          }
        }
        f.get(spikes);
        f.if(() =>
          f.loop(
            () => {
              first();
              f.i32(1).set(applied);
              f.get(applied).get(spikes).op("i32.lt_u");
              f.if(() =>
                f.loop(
                  () =>
                    assign(
                      evaluate(
                        edge,
                        arrival.after.map(({ value }) => value),
                        known,
                      ),
                    ),
                  () => f.get(applied).i32(1).op("i32.add").tee(applied).get(spikes).op("i32.lt_u"),
                ),
              );
              undo(edge, known);
            },
            () => f.get(spikes).i32(1).op("i32.sub").tee(spikes),
          ),
        );
      },
      () => f.get(at).i32(connection.size).op("i32.add").tee(at).get(end).op("i32.lt_u"),
    );
  });
  for (const local of integers) f.release(local);
  for (const { local } of states) f.release(local);
}

/** Adds to the derivative by the number of spikes that a source sent as many steps ago as the delay of a connection. */
function addToSource({ f }: Emitter, entry: Local, at: Local, sample: Local, value: Local): void {
  const place = f.local("i32");
  f.get(sample).get(at).memory("i32.load", connection.delay).op("i32.sub");
  f.get(entry).memory("i32.load", origin.barMask).op("i32.and").i32(8).op("i32.mul");
  f.get(entry).memory("i32.load", origin.bars).op("i32.add").set(place);
  f.get(place).get(place).memory("f64.load", 0);
  f.get(value).extractFloat(0).op("f64.add").memory("f64.store", 0);
  f.release(place);
}

/**
 * Takes the derivatives by the spikes at the end of a step back to the voltages that were watched. A crossing is a product,
 * `H(v - threshold) (1 - H(v before - threshold))`, of which both factors have a slope; what goes to the voltage before waits until
 * the step has been gone back over (`emitWatchedBefore`).
 *
 * @param end - slot with what the step ended with, clamps included.
 */
export function emitWatchBackwards(
  emitter: Emitter,
  { surrogate, bars }: AdjointLayout,
  { old }: Slots,
  end: Local,
  sample: Local,
): void {
  if (surrogate === undefined) return;
  const { f } = emitter;
  const [at, address] = [f.local("i32"), f.local("i32")];
  const [isAbove, wasAbove] = [f.local("i32"), f.local("i32")];
  const sum = f.local("f64");
  emitter.overList(header.detectors, header.detectorsEnd, detector.size, (entry) => {
    f.get(entry).memory("i32.load", detector.bars);
    f.get(sample).i32(1).op("i32.add").get(entry).memory("i32.load", detector.barMask);
    f.op("i32.and").i32(8).op("i32.mul").op("i32.add").set(at);
    f.get(at).memory("f64.load", 0).set(sum);
    f.get(at).f64(0).memory("f64.store", 0);
    f.get(entry).memory("i32.load", detector.value).i32(bars).op("i32.add").set(address);
    const add = (amount: () => void) => {
      f.get(address).get(address).memory("f64.load", 0);
      amount();
      f.op("f64.add").memory("f64.store", 0);
    };
    f.get(entry).f64(0).memory("f64.store", detector.before);
    f.get(entry).memory("i32.load", detector.isCrossing);
    f.if(
      () => {
        const now = emitSlope(emitter, surrogate, entry, end, isAbove);
        const before = emitSlope(emitter, surrogate, entry, old, wasAbove);
        f.get(wasAbove).op("i32.eqz");
        f.if(() => add(() => f.get(sum).get(now).extractFloat(0).op("f64.mul")));
        f.get(isAbove);
        f.if(() => {
          f.get(entry).get(sum).get(before).extractFloat(0).op("f64.mul");
          f.memory("f64.store", detector.before);
        });
      },
      () => add(() => f.get(sum)),
    );
  });
  for (const local of [at, address, sum, isAbove, wasAbove]) f.release(local);
}

/**
 * The slope of the smooth step at what an entry watches.
 *
 * @param slot - where that stands.
 * @param side - is set to 1 at and above the threshold, else to 0.
 */
export function emitSlope(
  { f, to, layout }: Emitter,
  surrogate: Surrogate,
  entry: Local,
  slot: Local,
  side: Local,
): Local {
  f.get(entry).memory("i32.load", detector.value).i32(layout.moving[0]).op("i32.sub");
  f.get(slot).op("i32.add").memory("f64.load", 0);
  f.get(entry).memory("f64.load", detector.threshold).op("f64.sub").op("f64x2.splat");
  const distance = to.result();
  f.get(distance).extractFloat(0).f64(0).op("f64.ge").set(side);
  const slope = surrogateSlope(surrogate, input("x"));
  return emitExpressions(to, [slope], () => distance)[0] ?? distance;
}

/** Takes what was left of crossings to the voltages with which the step began. */
export function emitWatchedBefore(emitter: Emitter, { surrogate, bars }: AdjointLayout): void {
  if (surrogate === undefined) return;
  const { f } = emitter;
  const address = f.local("i32");
  emitter.overList(header.detectors, header.detectorsEnd, detector.size, (entry) => {
    f.get(entry).memory("i32.load", detector.value).i32(bars).op("i32.add").set(address);
    f.get(address).get(address).memory("f64.load", 0);
    f.get(entry).memory("f64.load", detector.before).op("f64.sub").memory("f64.store", 0);
  });
  f.release(address);
}
