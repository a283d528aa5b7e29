// The packages as strangers meet them: packed, installed into an empty folder, and used there as the READMEs say, on
// what runtimes and browser there are. `npm run check:package` needs npm's registry or cache for what it installs.
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkBrowser } from "./browser.mjs";
import { commands, programs } from "./readme.mjs";
import { installed, installRuntimes } from "./runtimes.mjs";
import { check, clone, countFailures, expect, folder, run } from "./shell.mjs";

const place = mkdtempSync(join(tmpdir(), "rall-package-"));
const project = folder(join(place, "project"));
const { version } = JSON.parse(readFileSync(join(clone, "packages/rall/package.json"), "utf8"));
const tarballs = ["rall", "rall-cli"].map((name) => join(place, `${name}-${version}.tgz`));

await check("packing", async () => {
  await run("npm", ["pack", "--workspaces", "--pack-destination", place], { cwd: clone });
  const sizes = [];
  for (const [k, tarball] of tarballs.entries()) {
    const files = (await run("tar", ["tzf", tarball])).trim().split("\n");
    for (const needed of ["README.md", "LICENSE", "package.json"]) {
      expect(files.includes(`package/${needed}`), `${tarball} has no ${needed}`);
    }
    const stray = files.find(
      (file) => !/\/(dist|bin)\/|(README\.md|LICENSE|package\.json)$/.test(file),
    );
    expect(stray === undefined, `${tarball} has ${stray}`);
    expect(!files.some((file) => /\.(map|tsbuildinfo|log)$/.test(file)), `${tarball} has maps`);
    const { size } = statSync(tarball);
    expect(size < [700_000, 100_000][k], `${tarball} has ${size} bytes`);
    sizes.push(`${Math.round(size / 1000)} kB in ${files.length} files`);
  }
  return sizes.join(", ");
});

await check("installing", async () => {
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
  const options = ["install", "--no-audit", "--no-fund", "--prefer-offline"];
  await run("npm", [...options, ...tarballs], { cwd: project });
});

for (const { name, text } of programs) {
  writeFileSync(join(project, `${name}.mjs`), text);
  writeFileSync(join(project, `${name}.ts`), text);
  await check(`Node ${process.versions.node}, ${name}`, () =>
    run(process.execPath, [`${name}.mjs`], { cwd: project }).then(() => undefined),
  );
}

cpSync(join(clone, "examples/networks"), join(project, "examples/networks"), { recursive: true });
for (const args of commands) {
  await check(["npx", "rall", ...args].join(" "), () =>
    run("npx", ["--no-install", "rall", ...args], { cwd: project }).then(() => undefined),
  );
}

await check("rall demo a second time, and beside another ca1.swc", async () => {
  await run("npx", ["--no-install", "rall", "demo"], { cwd: project });
  const other = folder(join(place, "other"));
  writeFileSync(join(other, "ca1.swc"), "1 1 0 0 0 1 -1\n");
  const bin = join(project, "node_modules/.bin/rall");
  const said = await run(bin, ["demo"], { cwd: other }).catch(({ message }) => message);
  expect(said.includes("another ca1.swc"), said);
});

await checkTypes();

for (const { name, command, args, runsTypes } of await installRuntimes(join(place, "runtimes"))) {
  for (const program of programs) {
    await check(`${name}, ${program.name}`, () =>
      run(command, [...args, `${program.name}.${runsTypes ? "ts" : "mjs"}`], { cwd: project }).then(
        () => undefined,
      ),
    );
  }
}

await checkBrowser(project);

console.log(
  countFailures() === 0 ? "The packages are right." : `${countFailures()} checks failed.`,
);
if (countFailures() === 0) rmSync(place, { recursive: true });
else {
  console.log(`What was tried lies in ${place}.`);
  process.exitCode = 1;
}

/** The programs, and one whose own declarations are written, under strict options, by the oldest TypeScript and by ours. */
async function checkTypes() {
  const exported = `import { Compartment, connect, defineChannel, Network } from "rall";
import { HH } from "rall/channels";
import { ExpSyn } from "rall/synapses";
export const cell = new Compartment().insert(HH, { name: "HH_2" });
export const own = defineChannel("Own", { parameters: { g: { value: 1 } }, current: "g * v" });
export const both = cell.insert(own);
const net = new Network([cell, cell]);
export const made = connect(net.cell(0), net.cell(1), ExpSyn);
`;
  writeFileSync(join(project, "exported.ts"), exported);
  const files = [...programs.map(({ name }) => name), "exported"].map((name) => `${name}.ts`);
  const options = [
    ...["--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes"],
    ...["--skipLibCheck", "false", "--declaration", "--outDir", "out", "--target", "es2022"],
    ...["--lib", "es2023,dom"],
  ];
  const kinds = { nodenext: "nodenext", preserve: "bundler" };
  const old = folder(join(place, "typescript"));
  const hasOld = await installed("TypeScript 5.7", old, ["typescript@5.7"]);
  const compilers = [
    ...(hasOld ? [["TypeScript 5.7", old]] : []),
    ["TypeScript of the clone", clone],
  ];
  for (const [name, home] of compilers) {
    for (const [module, resolution] of Object.entries(kinds)) {
      await check(`${name}, module ${module}`, () => {
        const tsc = join(home, "node_modules/typescript/bin/tsc");
        const args = ["--module", module, "--moduleResolution", resolution, ...options, ...files];
        return run(process.execPath, [tsc, ...args], { cwd: project }).then(() => undefined);
      });
    }
  }
}
