import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) =>
  fileURLToPath(new URL(`packages/rall/src/${path}`, import.meta.url));
const alias = [
  { find: /^rall\/(.+)$/, replacement: source("$1.ts") },
  { find: /^rall$/, replacement: source("index.ts") },
];
/** No test is cut off by a clock on a busy machine; one that hangs ends all the same. */
const timeouts = { testTimeout: 600_000, hookTimeout: 600_000 };

export default defineConfig({
  resolve: { alias },
  test: {
    // Warnings of models that are wrong on purpose are shown where a test fails only
    silent: "passed-only",
    reporters: ["default", "./tools/plain-reporter.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          isolate: false,
          ...timeouts,
          include: ["packages/rall/test/**/*.test.ts"],
          exclude: ["**/reference/**"],
        },
      },
      {
        extends: true,
        test: {
          name: "reference",
          isolate: false,
          ...timeouts,
          include: ["packages/rall/test/reference/*.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "command",
          ...timeouts,
          include: ["packages/cli/test/**/*.test.ts"],
          globalSetup: ["./tools/build-first.ts"],
        },
      },
    ],
  },
});
