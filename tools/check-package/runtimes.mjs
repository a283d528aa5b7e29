// Other runtimes, installed for the check: Deno, Bun and further versions of Node.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { folder, run, skip } from "./shell.mjs";

const npm = ["install", "--no-audit", "--no-fund", "--prefer-offline"];
const nodes = { "Node 20.16": "20.16.0", "Node 22": "22", "Node 24": "24" };

/** Each as its name, the command with its arguments, and whether it runs TypeScript. */
export async function installRuntimes(at) {
  const found = [];
  for (const [name, version] of Object.entries(nodes)) {
    const home = folder(join(at, name.replace(" ", "-")));
    const isFound = await installed(name, home, [`node@${version}`]);
    const command = join(home, "node_modules/node/bin/node");
    if (isFound) found.push({ name, command, args: [], runsTypes: !name.includes("20") });
  }
  for (const [name, installer, args] of [
    ["deno", "install.cjs", ["run", "--allow-read", "--allow-env"]],
    ["bun", "install.js", []],
  ]) {
    const home = folder(join(at, name));
    if (!(await installed(name, home, [name]))) continue;
    // npm may leave the scripts of packages out
    const script = join(home, "node_modules", name, installer);
    if (existsSync(script)) await run(process.execPath, [script]).catch(() => {});
    found.push({ name, command: join(home, "node_modules/.bin", name), args, runsTypes: true });
  }
  return found;
}

/** Installs packages into a folder, or says that they are left out. */
export async function installed(name, home, packages) {
  try {
    await run("npm", [...npm, ...packages], { cwd: home });
    return true;
  } catch (error) {
    skip(name, `It could not be installed. ${error.message.split("\n").slice(-3).join(" ")}`);
    return false;
  }
}
