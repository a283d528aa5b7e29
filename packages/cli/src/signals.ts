/** @file Currents and clamps from the command line. */
import { type SampledCurrent, stepCurrent, type View } from "rall";
import { atPlace } from "./place.ts";
import { counted } from "./remarks.ts";
import { Settings } from "./settings.ts";

/** Something that goes on in time at a place. */
export interface TimedInput {
  /** Until when it says what happens, in ms. */
  readonly end: number;
  /** Puts it on the model, with samples for steps of `dt` until `tMax`, both in ms. */
  apply(model: View, dt: number, tMax: number): void;
}

/** A step of current: `PLACE,delay=MS,duration=MS,amplitude=NA`. */
export function readStimulus(command: string, text: string): TimedInput {
  const settings = new Settings(command, "--stimulate", text);
  settings.only(["delay", "duration", "amplitude"]);
  const [delay, duration] = [settings.number("delay"), settings.number("duration")];
  const amplitude = settings.number("amplitude");
  return {
    end: delay + duration,
    apply(model, dt, tMax) {
      const samples = stepCurrent({ delay, duration, amplitude, dt, tMax });
      atPlace(command, model, settings.subject).stimulate(sampled(samples.slice(0, -1), dt));
    },
  };
}

/** A clamp to levels one after the other: `PLACE,v=MV:MV:...,times=MS:MS:...`, each from its time on, the last to the end. */
export function readClamp(command: string, text: string): TimedInput {
  const settings = new Settings(command, "--clamp", text);
  const [state, ...others] = settings.names.filter((name) => name !== "times");
  if (state === undefined) throw settings.fail("it lacks a level, such as v=-20");
  if (others.length > 0) throw settings.fail("it holds one state; repeat --clamp for more");
  const levels = settings.numbers(state) ?? [];
  const times = settings.numbers("times") ?? [0];
  if (times.length !== levels.length)
    throw settings.fail(
      `${counted(levels.length, "level")} of ${state} for ${counted(times.length, "time")}`,
    );
  if (times[0] !== 0 || times.some((time, k) => k > 0 && !(time > (times[k - 1] ?? 0))))
    throw settings.fail("times ascend from 0, and each is when its level begins");
  return {
    end: times.at(-1) ?? 0,
    apply(model, dt, tMax) {
      // As many as a stimulus for this time has
      const none = stepCurrent({ delay: 0, duration: 0, amplitude: 0, dt, tMax });
      const samples = none.slice(0, -1);
      for (const [k, time] of times.entries()) samples.fill(levels[k] ?? 0, Math.round(time / dt));
      atPlace(command, model, settings.subject).clamp(state, sampled(samples, dt));
    },
  };
}

/**
 * Samples that know their time step. `stepCurrent` makes one more than the run of that length has steps, which in a model file
 * would make the run longer.
 */
function sampled(samples: Float64Array, dt: number): SampledCurrent {
  return Object.assign(samples, { dt });
}
