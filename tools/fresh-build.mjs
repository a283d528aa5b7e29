// Before a package is packed: builds it from nothing, so that no output of a file that is gone goes with it.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

for (const output of ["dist", "tsconfig.tsbuildinfo"]) {
  rmSync(output, { recursive: true, force: true });
}
const cwd = fileURLToPath(new URL("..", import.meta.url));
execFileSync("npm", ["run", "--silent", "build"], { cwd, stdio: ["ignore", "ignore", "inherit"] });
