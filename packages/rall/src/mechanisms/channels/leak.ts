import { defineChannel } from "../channel.ts";

/** Passive conductance. */
export const Leak = defineChannel("Leak", {
  about: "Leak",
  parameters: {
    gLeak: { value: 1e-4, unit: "S/cm2", about: "conductance" },
    eLeak: { value: -70, unit: "mV", about: "reversal potential" },
  },
  current: "gLeak * (v - eLeak)",
});
