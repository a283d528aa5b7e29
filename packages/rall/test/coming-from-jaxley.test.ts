/** The table for users of Jaxley names nothing that does not exist, and leaves out nothing that Jaxley has. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as rall from "rall";
import * as channels from "rall/channels";
import * as expressions from "rall/expressions";
import * as pumps from "rall/pumps";
import * as synapses from "rall/synapses";
import * as training from "rall/training";
import { expect, test } from "vitest";

const page = readFileSync(
  fileURLToPath(new URL("../../../docs/coming-from-jaxley.md", import.meta.url)),
  "utf8",
);
const rows = page
  .split("\n")
  .filter(
    (line) => line.startsWith("| ") && !line.startsWith("| ---") && !line.startsWith("| Jaxley"),
  )
  .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| /, "")));
const names = (cell = "") => Array.from(cell.matchAll(/`([\w.]+)`/g), ([, name = ""]) => name);

/** What `dir` shows of Jaxley 0.14 (modules, views, functions, mechanisms), without its submodules. */
const jaxley =
  `Branch Cell Compartment Module Network ParamTransform connect connectivity_matrix_connect
  datapoint_to_step_currents fully_connect integrate read_swc solver_gate solver_voltage sparse_connect step_current
  add_to_group append_channel_currents_to_states arrange_in_layers branch branches build_exp_euler_transition_matrix cell cells clamp comp
  compartment_params compartment_states branch_params branch_states cell_params cell_states network_params network_states comps
  compute_compartment_centers compute_xyz copy copy_node_property_to_edges customize_solver_exp_euler data_clamp data_set data_stimulate delete
  delete_clamps delete_diffusion delete_recordings delete_stimuli delete_trainables diffuse edge get_all_parameters get_all_states get_parameters
  init_states initialize initialized insert loc make_trainable move move_to record rotate scope select set set_ncomp set_scope shape show step
  stimulate to_jax view vis write_trainables
  AdEx CaL CaT Channel Fire HH Izhikevich K Km Leak Na Rate CaFaradayConcentrationChange CaNernstReversal CaPump Pump
  IonotropicSynapse Synapse TanhConductanceSynapse TanhRateSynapse TestSynapse TypeOptimizer
  distance_direct distance_pathwise morph_connect morph_delete build_init_and_step_fn build_dynamic_state_utils to_graph from_graph`
    .trim()
    .split(/\s+/);

test("every public name of Jaxley 0.14 is in the table", () => {
  const known = new Set(rows.flatMap(([theirs]) => names(theirs)));
  expect(jaxley.filter((name) => !known.has(name))).toEqual([]);
});

test("every name of ours exists", async () => {
  const exported: Readonly<Record<string, unknown>> = {
    ...{ ...rall, ...channels, ...pumps, ...synapses },
    ...{ ...expressions, ...training },
  };
  const net = new rall.Network([new rall.Compartment()]);
  rall.connect(net.cell(0), net.cell(0), synapses.ExpSyn);
  const things: Readonly<Record<string, object>> = {
    view: net,
    module: net,
    net,
    synapses: net.synapse("ExpSyn"),
  };
  expect(rows.length).toBeGreaterThan(40);
  for (const [, ours = ""] of rows) {
    for (const name of names(ours)) {
      const [thing = "", member] = name.split(".");
      if (member !== undefined) expect(member in (things[thing] ?? {}), name).toBe(true);
      else if (ours.startsWith("options")) {
        const options = { [name]: undefined };
        await expect(rall.integrate(net, options as never)).rejects.not.toThrow("has no option");
      } else expect(name in exported, name).toBe(true);
    }
  }
});

test("each bug that the table says is absent is one of those known", () => {
  const bugs = Array.from(page.matchAll(/bugs? (\d+)(?: and (\d+))?/g)).flatMap(([, a, b]) => [
    a,
    b,
  ]);
  for (const bug of bugs) if (bug !== undefined) expect(Number(bug)).toBeLessThanOrEqual(24);
});
