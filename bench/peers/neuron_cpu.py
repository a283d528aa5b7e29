"""NEURON on one core; a third argument "exact" turns its tables of rates (1 mV wide) off."""
from common import *
from neuron import h
import numpy as np
PARALLEL = h.ParallelContext(); PARALLEL.set_maxstep(10)
h.usetable_hh = 0 if "exact" in sys.argv[3:] else 1


KEPT = []


def build():
    if CASE["kind"] == "swc":
        h.load_file("stdlib.hoc"); h.load_file("import3d.hoc")
        reader = h.Import3d_SWC_read(); reader.quiet = 1; reader.input(SWC); h.Import3d_GUI(reader, 0).instantiate(None)
        sections = list(h.allsec()); soma = [s for s in sections if "soma" in s.name()]; where = (soma or sections)[0](0.5)
        for s in sections: s.nseg = CASE["ncomp"]
    elif CASE["kind"] == "network":
        if CASE["synapse"] != "events": raise SystemExit("error: NEURON needs a compiled mechanism for graded synapses")
        cells = [[h.Section(name="c%d_%d" % (i, k)) for k in range(CASE["branches"])] for i in range(CASE["cells"])]
        for sections in cells:
            for s in sections: s.L, s.diam = CASE["length"], 2 * CASE["radius"]
            for s in sections[1:]: s.connect(sections[0](1))
        sections = [s for one in cells for s in one]; where = cells[0][0](0.5); events = MODEL["events"]
        for pre, post, branch in pairs():
            synapse = h.ExpSyn(cells[post][branch](0.5)); synapse.tau, synapse.e = events["tau"], events["e"]
            link = h.NetCon(cells[pre][0](0.5)._ref_v, synapse, sec=cells[pre][0])
            link.threshold, link.delay, link.weight[0] = events["threshold"], events["delay"], events["weight"]; KEPT.append((synapse, link))
    else:
        s = h.Section(name="cable"); s.L, s.diam, s.nseg = CASE["length"], 2 * CASE["radius"], CASE["ncomp"]
        sections = [s]; where = s(0.5 / CASE["ncomp"])
    channel = MODEL["channel"]
    for s in sections:
        s.insert("hh"); s.Ra, s.cm, s.ena, s.ek = MODEL["axial_resistivity"], MODEL["capacitance"], channel["eNa"], channel["eK"]
        for seg in s: seg.hh.gnabar, seg.hh.gkbar, seg.hh.gl, seg.hh.el = (channel[k] for k in ("gNa", "gK", "gLeak", "eLeak"))
    clamp = h.IClamp(where); clamp.delay, clamp.dur, clamp.amp = ON, OFF - ON, CASE["amplitude"]
    trace = h.Vector().record(where._ref_v)
    h.celsius, h.dt = 6.3, DT
    return sections, clamp, trace


def run(state):
    h.finitialize(MODEL["v"]); PARALLEL.psolve(T_MAX)
    return np.array(state[2])


measure(build, lambda state: state, run, lambda state: sum(s.nseg for s in state[0]), h.nrnversion(0))
