/** The last benchmark as a page of tables and two pictures. */
import { writeFileSync } from "node:fs";

const titles = {
  single: "single compartment",
  cable100: "cable of 100",
  cable1000: "cable of 1,000",
  ca1_small: "CA1 cell, 10 branches of 4",
  ca1: "CA1 cell, 155 branches of 8",
  cable10000: "cable of 10,000",
  cable100000: "cable of 100,000",
  calcium: "CA1 cell of 620, HH, CaL, CaT, pump, reversal, diffusion, 100 ms",
  net100: "100 cells of 3 branches, 1,000 graded synapses, 100 ms",
  net100_events: "the same with 1,000 event synapses",
  points1000: "1,000 point cells, 10,000 graded synapses, 20 ms",
};

const perStep = ({ run, compartments, steps }) => (run * 1e9) / compartments / steps;

/** Prints the tables; writes page and pictures if `folder` is given. */
export async function writeReport(report, folder) {
  const { cases, networks, cold, simulators, results } = report;
  const at = (simulator, name) => results[`${simulator}/${name}`] ?? { problem: "not run" };
  const cell = (result, show) => (result.problem === undefined ? show(result) : "-");
  const table = (head, rows) =>
    [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
  const speed = table(
    ["ns per compartment and step", ...simulators],
    cases.map((name) => [
      titles[name],
      ...simulators.map((one) => cell(at(one, name), (result) => perStep(result).toFixed(1))),
    ]),
  );
  const total = table(
    ["ms per run", ...simulators],
    cases.map((name) => [
      `${titles[name]}, ${at("Rall", name).steps} steps`,
      ...simulators.map((one) => cell(at(one, name), ({ run }) => (run * 1e3).toPrecision(3))),
    ]),
  );
  const ratio = table(
    ["time of Rall / time of", ...simulators.slice(1)],
    cases.map((name) => [
      titles[name],
      ...simulators
        .slice(1)
        .map((one) => cell(at(one, name), ({ run }) => (at("Rall", name).run / run).toFixed(2))),
    ]),
  );
  const start = table(
    ["CPU s, cold process to first trace (MB at peak)", ...simulators],
    cold.map((name) => [
      titles[name],
      ...simulators.map((one) =>
        cell(
          at(one, `cold ${name}`),
          ({ process, memory }) => `${process.toFixed(2)} (${memory.toFixed(0)})`,
        ),
      ),
    ]),
  );
  const stages = table(
    ["build / compile, CPU ms in that process", ...simulators],
    cold.map((name) => [
      titles[name],
      ...simulators.map((one) =>
        cell(
          at(one, `cold ${name}`),
          ({ build, compile }) => `${(build * 1e3).toFixed(0)} / ${(compile * 1e3).toFixed(0)}`,
        ),
      ),
    ]),
  );
  const nets = table(
    ["ms per run (time of Rall / time of)", ...simulators],
    networks.map((name) => [
      titles[name],
      ...simulators.map((one) =>
        cell(at(one, name), ({ run }) => {
          const relation = one === "Rall" ? "" : ` (${(at("Rall", name).run / run).toFixed(2)})`;
          return `${(run * 1e3).toPrecision(3)}${relation}`;
        }),
      ),
    ]),
  );
  const missing = Object.entries(results).filter(([, { problem }]) => problem !== undefined);
  const versions = simulators
    .filter((one) => at(one, cases[0]).version !== undefined)
    .map((one) => `${one} ${at(one, cases[0]).version}`);
  const page = `# Benchmarks

The last run of \`npm run bench\` (${report.date}): ${report.machine}; Node ${report.node}; ${versions.join(", ")}.

Hodgkin-Huxley channels everywhere, float64, one thread, dt 0.025 ms, one voltage recorded; the same model in all (\`bench/model.json\`). Each figure is
the median of several runs in three processes, which took turns with those of the others; the clock is CPU time. A run of Rall is a whole call of
\`integrate\`. Rall's rates come from tables that are exact to rounding; "NEURON, tables" interpolates its rates linearly in steps of 1 mV, "NEURON" evaluates them.

${speed}

![ns per compartment and step](benchmarks/speed.svg)

${total}

${ratio}

Calcium and networks: Hodgkin-Huxley cells connected at random, graded synapses (Jaxley's \`IonotropicSynapse\`) or spikes through \`ExpSyn\` after 1 ms. Arbor has
all cells in one group, its fastest setting here.

${nets}

${start}

${stages}

![cost over size](benchmarks/scaling.svg)
${missing.length === 0 ? "" : `\nNot measured: ${missing.map(([key, { problem }]) => `${key}: ${problem}`).join("; ")}.\n`}`;
  console.log(page);
  if (folder === undefined) return;
  writeFileSync(`${folder}/benchmarks.md`, page);
  const [Plot, { parseHTML }] = await Promise.all([
    import("@observablehq/plot"),
    import("linkedom"),
  ]);
  const { document } = parseHTML("<html><body></body></html>");
  const save = (name, options) => {
    const svg = Plot.plot({ document, ...options });
    svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    svg.setAttribute("style", "background: white; font-family: system-ui, sans-serif");
    writeFileSync(`${folder}/benchmarks/${name}.svg`, `${svg.outerHTML}\n`);
  };
  const rows = cases.flatMap((name) =>
    simulators.flatMap((simulator) => {
      const result = at(simulator, name);
      if (result.problem !== undefined) return [];
      return [{ case: titles[name], simulator, size: result.compartments, ns: perStep(result) }];
    }),
  );
  save("speed", {
    width: 900,
    marginLeft: 110,
    marginRight: 170,
    color: { domain: simulators, scheme: "observable10" },
    x: { label: "ns per compartment and step", type: "log", grid: true },
    y: { label: null, domain: simulators },
    fy: { label: null, domain: cases.map((name) => titles[name]) },
    marks: [
      Plot.ruleY(rows, {
        fy: "case",
        y: "simulator",
        x1: 5,
        x2: "ns",
        stroke: "simulator",
        strokeWidth: 8,
      }),
      Plot.text(rows, {
        fy: "case",
        y: "simulator",
        x: "ns",
        text: ({ ns }) => ns.toFixed(1),
        dx: 4,
        textAnchor: "start",
      }),
    ],
  });
  const cables = rows.filter((row) => row.case.startsWith("cable"));
  save("scaling", {
    width: 900,
    marginRight: 110,
    color: { domain: simulators, scheme: "observable10" },
    x: { label: "compartments", type: "log", grid: true },
    y: { label: "ns per compartment and step", zero: true, grid: true },
    marks: [
      Plot.line(cables, { x: "size", y: "ns", stroke: "simulator", marker: true }),
      Plot.text(
        cables,
        Plot.selectLast({
          x: "size",
          y: "ns",
          z: "simulator",
          text: "simulator",
          dx: 8,
          textAnchor: "start",
        }),
      ),
    ],
  });
}
