/**
 * @file How much tests do. `npm test` is quick; `npm run test:long` (RALL_LONG=1) runs the same tests on many more random models, and
 * those that take long by nature.
 */
export const isLong = process.env.RALL_LONG === "1";

/** How often a property is tried. */
export const runs = (quick: number, long: number): number => (isLong ? long : quick);

/** Reason given for a test that only the long run has; undefined in the long run. */
export const leftToLongRun: string | undefined = isLong
  ? undefined
  : "left to the long run: npm run test:long";
