// A real browser: a page and a worker, bundled and not, with and without Content Security Policies.
import { spawn } from "node:child_process";
import { accessSync, constants, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, extname, join } from "node:path";
import { build } from "vite";
import { check, expect, folder, skip } from "./shell.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const types = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript" };

const program = (rall, HH) => `
import { integrate, NameError, readSwc, stepCurrent } from ${JSON.stringify(rall)};
import { HH } from ${JSON.stringify(HH)};
export async function program() {
  const cell = await readSwc("/ca1.swc", { ncomp: 2 });
  cell.insert(HH).set("axial_resistivity", 100).set("v", -65).initStates();
  const soma = cell.group("soma").loc(0.5);
  soma.stimulate(stepCurrent({ delay: 1, duration: 5, amplitude: 0.6, tMax: 8 })).record("v");
  const peak = async (backend) => {
    try {
      const { recordings } = await integrate(cell, { backend });
      return Math.max(...recordings[0]);
    } catch (error) {
      return error.name + ": " + error.message;
    }
  };
  return { wasm: await peak("wasm"), reference: await peak("reference"), name: new NameError("").name };
}
`;
const report = `const report = (what) => fetch("/result", { method: "POST", body: JSON.stringify(what) });`;
const inPage = `import { program } from "./program.js";
${report}
program().then(report, (error) => report({ failed: String(error) }));
`;
const inWorker = `import { program } from "./program.js";
program().then(postMessage, (error) => postMessage({ failed: String(error) }));
`;
const withWorker = `${report}
const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => report(data);
worker.onerror = ({ message }) => report({ failed: message });
`;
const page = (script, head = "") =>
  `<!doctype html>${head}<script type="module" src="${script}"></script>`;

/** @param at - folder in which the packages are installed and ca1.swc lies. */
export async function checkBrowser(at) {
  const browser = findBrowser();
  if (browser === undefined) {
    skip("a browser", `None of ${names.join(", ")} is on the path.`);
    return;
  }
  await writeSite(at);
  const policies = { open: undefined, strict: "'self'", allowed: "'self' 'wasm-unsafe-eval'" };
  const { server, results, port } = await serve(at, policies);
  const profile = join(at, "profile");
  const visit = async (path) => {
    const result = results.next();
    const flags = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
    ];
    const url = `http://localhost:${port}/${path}`;
    const child = spawn(browser, [...flags, `--user-data-dir=${profile}`, url], {
      stdio: "ignore",
    });
    try {
      return await result;
    } finally {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await ended;
    }
  };
  try {
    for (const path of ["open/plain/page.html", "open/plain/worker.html"]) {
      await check(`browser, ${path}`, async () => says(await visit(path), true));
    }
    for (const policy of Object.keys(policies)) {
      for (const kind of ["page", "worker"]) {
        const path = `${policy}/bundled/${kind}.html`;
        await check(`browser, ${path}`, async () => says(await visit(path), policy !== "strict"));
      }
    }
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

function says(result, isAllowed) {
  const text = JSON.stringify(result);
  expect(result.name === "NameError" && result.reference > 20, text);
  if (isAllowed) expect(Math.abs(result.wasm - result.reference) < 1e-9, text);
  else expect(/^PlatformError: .*'wasm-unsafe-eval'/s.test(result.wasm), text);
  return isAllowed ? `${result.wasm.toFixed(3)} mV` : result.wasm.split("\n")[0];
}

/** The same program as files that the browser loads one by one, and as bundles. */
async function writeSite(at) {
  const plain = folder(join(at, "plain"));
  const source = folder(join(at, "source"));
  const rall = "/open/node_modules/rall/dist/";
  writeFileSync(join(plain, "program.js"), program("rall", "rall/channels.js"));
  writeFileSync(
    join(plain, "program-of-worker.js"),
    program(`${rall}index.js`, `${rall}channels.js`),
  );
  writeFileSync(join(source, "program.js"), program("rall", "rall/channels"));
  for (const place of [plain, source]) {
    writeFileSync(join(place, "page.js"), inPage);
    writeFileSync(join(place, "with-worker.js"), withWorker);
    writeFileSync(join(place, "worker.js"), inWorker);
  }
  // Import maps are for pages, not for workers
  writeFileSync(join(plain, "worker.js"), inWorker.replace("program.js", "program-of-worker.js"));
  const imports = JSON.stringify({ imports: { rall: `${rall}index.js`, "rall/": rall } });
  const map = `<script type="importmap">${imports}</script>`;
  for (const [place, head] of [
    [plain, map],
    [source, ""],
  ]) {
    writeFileSync(join(place, "page.html"), page("./page.js", head));
    writeFileSync(join(place, "worker.html"), page("./with-worker.js", head));
  }
  const warnings = [];
  const note = (message) => warnings.push(message);
  const customLogger = {
    info() {},
    clearScreen() {},
    hasErrorLogged: () => false,
    hasWarned: false,
  };
  await build({
    root: source,
    base: "./",
    configFile: false,
    logLevel: "warn",
    customLogger: { ...customLogger, warn: note, warnOnce: note, error: note },
    worker: { format: "es" },
    build: {
      outDir: join(at, "bundled"),
      emptyOutDir: true,
      modulePreload: false,
      rollupOptions: { input: [join(source, "page.html"), join(source, "worker.html")] },
    },
  });
  await check("bundling with Vite", () => {
    expect(warnings.length === 0, warnings.join("\n"));
    return "no warnings";
  });
}

/** Serves `/<policy>/...`, and gathers what pages post. */
async function serve(at, policies) {
  let receive;
  const results = {
    next: () =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error("The page said nothing in 60 s.")), 60_000);
        receive = (result) => {
          clearTimeout(late);
          resolve(result);
        };
      }),
  };
  const server = createServer((request, response) => {
    if (request.method === "POST") {
      let body = "";
      request.on("data", (part) => {
        body += part;
      });
      request.on("end", () => {
        response.end();
        receive?.(JSON.parse(body));
      });
      return;
    }
    const [, first, ...rest] = new URL(request.url, "http://localhost").pathname.split("/");
    const file = first === "ca1.swc" ? "ca1.swc" : rest.join("/");
    const policy = policies[first];
    try {
      const bytes = readFileSync(join(at, file));
      const type = types[extname(file)] ?? "text/plain";
      const security = policy && { "content-security-policy": `script-src ${policy}` };
      response.writeHead(200, { "content-type": type, ...security }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  return { server, results, port: server.address().port };
}

function findBrowser() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const paths = folders.flatMap((one) => names.map((name) => join(one, name)));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
