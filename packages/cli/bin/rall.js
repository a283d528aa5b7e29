#!/usr/bin/env node
// npm makes the command when it installs, which in a fresh clone is before dist is there; so this file stands for it.
await import("../dist/main.js").catch((error) => {
  if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
  console.error("rall has not been built yet: run `npm run build` first.");
  process.exitCode = 1;
});
