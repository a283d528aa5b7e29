/**
 * @file The part of a program that watches sources of spikes and hands them to synapses. Each source has a ring with one
 * byte per step: how many spikes it sent then. A synapse looks up the byte as many steps back as its delay is long, and
 * only while its source has sent a spike of late, so that silence costs next to nothing.
 */
import type { Local } from "./assembler.ts";
import type { Emitter } from "./emitter.ts";
import { header, type SynapseLayout } from "./layout.ts";

/** Offsets in the record of a source: step of its last spike; whether it is above its threshold, or its next spike in a train. */
export const record = { last: 0, isAbove: 4, next: 4, size: 8 } as const;
/**
 * Entry of a compartment that is watched. On the way back: the ring of derivatives by the spikes of each step, and what is left for
 * the voltage before.
 */
export const detector = {
  value: 0,
  isCrossing: 4,
  threshold: 8,
  ring: 16,
  mask: 20,
  record: 24,
  bars: 28,
  barMask: 32,
  before: 40,
  size: 48,
} as const;
/** Entry of a train. */
export const train = { ring: 0, mask: 4, record: 8, size: 12 } as const;
/** Entry of a source in the list of a kind of synapse. */
export const origin = {
  ring: 0,
  mask: 4,
  record: 8,
  longest: 12,
  first: 16,
  end: 20,
  bars: 24,
  barMask: 28,
  size: 32,
} as const;
/** Entry of a connection. */
export const connection = { edge: 0, delay: 4, size: 8 } as const;

/** Notes who spikes at the end of a step. @param sample - number of the step. */
export function emitWatch(emitter: Emitter, sample: Local): void {
  const { f } = emitter;
  const [now, isAbove, at, spikes] = [0, 1, 2, 3].map(() => f.local("i32"));
  if (now === undefined || isAbove === undefined || at === undefined || spikes === undefined)
    return;
  f.get(sample).i32(1).op("i32.add").set(now);
  emitter.overList(header.detectors, header.detectorsEnd, detector.size, (entry) => {
    f.get(entry).memory("i32.load", detector.record).set(at);
    f.get(entry).memory("i32.load", detector.value).memory("f64.load", 0);
    f.get(entry).memory("f64.load", detector.threshold).op("f64.ge").set(isAbove);
    f.get(at).memory("i32.load", record.isAbove);
    f.get(entry).memory("i32.load", detector.isCrossing).op("i32.and").op("i32.eqz");
    f.get(isAbove).op("i32.and").set(spikes);
    f.get(at).get(isAbove).memory("i32.store", record.isAbove);
    ringPlace(emitter, entry, detector, now);
    f.get(spikes).memory("i32.store8", 0);
    f.get(spikes).if(() => f.get(at).get(now).memory("i32.store", record.last));
  });
  emitter.overList(header.trains, header.trainsEnd, train.size, (entry) => {
    f.get(entry).memory("i32.load", train.record).set(at);
    f.i32(0).set(spikes);
    const isNow = () =>
      f.get(at).memory("i32.load", record.next).memory("i32.load", 0).get(now).op("i32.eq");
    isNow().if(() => {
      f.loop(() => {
        f.get(spikes).i32(1).op("i32.add").set(spikes);
        f.get(at).get(at).memory("i32.load", record.next).i32(4).op("i32.add");
        f.memory("i32.store", record.next);
      }, isNow);
      f.get(at).get(now).memory("i32.store", record.last);
    });
    ringPlace(emitter, entry, train, now);
    f.get(spikes).memory("i32.store8", 0);
  });
  for (const local of [now, isAbove, at, spikes]) f.release(local);
}

/** Runs `receive` for each spike that arrives at the start of a step, with the offset of its connection. */
export function emitArrivals(
  emitter: Emitter,
  { sources }: SynapseLayout,
  sample: Local,
  receive: (edge: Local) => void,
): void {
  const { f } = emitter;
  const [at, end, edge, spikes] = [0, 1, 2, 3].map(() => f.local("i32"));
  if (at === undefined || end === undefined || edge === undefined || spikes === undefined) return;
  emitter.overList(sources, sources + 4, origin.size, (entry) => {
    f.get(sample).get(entry).memory("i32.load", origin.record).memory("i32.load", record.last);
    f.op("i32.sub").get(entry).memory("i32.load", origin.longest).op("i32.le_s");
    f.if(() => {
      f.get(entry).memory("i32.load", origin.first).set(at);
      f.get(entry).memory("i32.load", origin.end).set(end);
      f.loop(
        () => {
          f.get(entry).memory("i32.load", origin.ring);
          f.get(sample).get(at).memory("i32.load", connection.delay).op("i32.sub");
          f.get(entry).memory("i32.load", origin.mask).op("i32.and").op("i32.add");
          f.memory("i32.load8_u", 0).tee(spikes);
          f.if(() => {
            f.get(at).memory("i32.load", connection.edge).set(edge);
            f.loop(
              () => receive(edge),
              () => f.get(spikes).i32(1).op("i32.sub").tee(spikes),
            );
          });
        },
        () => f.get(at).i32(connection.size).op("i32.add").tee(at).get(end).op("i32.lt_u"),
      );
    });
  });
  for (const local of [at, end, edge, spikes]) f.release(local);
}

/** Address of the byte of a step in the ring of a source. */
function ringPlace(
  { f }: Emitter,
  entry: Local,
  layout: { readonly ring: number; readonly mask: number },
  step: Local,
): void {
  f.get(entry).memory("i32.load", layout.ring);
  f.get(step).get(entry).memory("i32.load", layout.mask).op("i32.and").op("i32.add");
}
