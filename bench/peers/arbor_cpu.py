"""Arbor on one core, vectorised as its wheel is."""
from common import *
import arbor as A, numpy as np
from arbor import units as U


NETWORK = CASE["kind"] == "network"
COUNT = CASE["cells"] if NETWORK else 1
EVENTS = MODEL["events"]
if NETWORK and CASE["synapse"] != "events": raise SystemExit("error: Arbor has no graded synapses")


def cell(gid=0):
    if NETWORK:
        tree = A.segment_tree(); r, l = CASE["radius"], CASE["length"]
        root = tree.append(A.mnpos, (0, 0, 0, r), (l, 0, 0, r), tag=1)
        tree.append(root, (l, 0, 0, r), (2 * l, 0, 0, r), tag=1); tree.append(root, (l, 0, 0, r), (l, l, 0, r), tag=1)
        shape = A.morphology(tree); policy, where = A.cv_policy_fixed_per_branch(1), "(location 0 0.5)"
    elif CASE["kind"] == "swc":
        read = A.load_swc_neuron(SWC); shape = getattr(read, "morphology", read)
        policy, where = A.cv_policy_fixed_per_branch(CASE["ncomp"]), "(location 0 0.5)"
    else:
        tree = A.segment_tree(); r = CASE["radius"]
        tree.append(A.mnpos, (0, 0, 0, r), (CASE["length"], 0, 0, r), tag=1); shape = A.morphology(tree)
        policy, where = A.cv_policy_fixed_per_branch(CASE["ncomp"]), "(location 0 %g)" % (0.5 / CASE["ncomp"])
    c = MODEL["channel"]
    decor = A.decor().set_property(Vm=MODEL["v"] * U.mV, cm=MODEL["capacitance"] * 0.01 * U.F / U.m2,
                                   rL=MODEL["axial_resistivity"] * U.Ohm * U.cm, tempK=279.45 * U.Kelvin)
    decor.set_ion("na", rev_pot=c["eNa"] * U.mV); decor.set_ion("k", rev_pot=c["eK"] * U.mV)
    decor.paint("(all)", A.density("hh", dict(gnabar=c["gNa"], gkbar=c["gK"], gl=c["gLeak"], el=c["eLeak"])))
    if NETWORK:
        decor.place(where, A.threshold_detector(EVENTS["threshold"] * U.mV), "detector")
        for k in range(CASE["branches"]): decor.place("(location %d 0.5)" % k, A.synapse("expsyn", dict(tau=EVENTS["tau"], e=EVENTS["e"])), "synapse%d" % k)
    if gid == 0: decor.place(where, A.i_clamp(ON * U.ms, (OFF - ON) * U.ms, CASE["amplitude"] * U.nA))
    return A.cable_cell(shape, decor, A.label_dict(), policy), where


class Recipe(A.recipe):
    def __init__(self): A.recipe.__init__(self); self.cell, self.where = cell(); self.properties = A.neuron_cable_properties()
    def num_cells(self): return COUNT
    def cell_kind(self, gid): return A.cell_kind.cable
    def cell_description(self, gid): return self.cell if gid == 0 else cell(gid)[0]
    def global_properties(self, kind): return self.properties
    def probes(self, gid): return [A.cable_probe_membrane_voltage(self.where, "v")] if gid == 0 else []
    def connections_on(self, gid):
        if not NETWORK: return []
        return [A.connection((pre, "detector"), "synapse%d" % branch, EVENTS["weight"], EVENTS["delay"] * U.ms) for pre, post, branch in PAIRS if post == gid]


PAIRS = pairs() if NETWORK else []


def build():
    recipe = Recipe(); context = A.context(threads=1, gpu_id=None)
    # One group of all cells is the fastest
    hint = A.partition_hint(); hint.cpu_group_size = COUNT
    simulation = A.simulation(recipe, context, A.partition_load_balance(recipe, context, {A.cell_kind.cable: hint}))
    handle = simulation.sample((0, "v"), A.regular_schedule(DT * U.ms))
    return simulation, handle, COUNT * (CASE["branches"] if NETWORK else A.cv_data(recipe.cell).num_cv)


def run(state):
    simulation, handle, _ = state
    simulation.reset(); simulation.run(T_MAX * U.ms, DT * U.ms)
    return np.asarray(simulation.samples(handle)[0][0])[:, 1]


measure(build, lambda state: state, run, lambda state: state[2], A.__version__)
