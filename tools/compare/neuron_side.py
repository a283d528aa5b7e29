"""NEURON's side of the comparison: reads models as JSON lines, writes one line of results for each."""
import json, sys

import numpy as np
from neuron import h

h.load_file("stdrun.hoc")
h.usetable_hh = 0
ORDER = {"bwd_euler": 0, "crank_nicolson": 1, "staggered": 2}


def run(family):
    for section in list(h.allsec()):
        h.delete_section(sec=section)
    values, per_branch = family["values"], family["branchValues"]
    segments, k, branch = [], 0, 0
    sections = []
    for number, cell in enumerate(family["cells"]):
        own = []
        for parent, n in zip(cell["parents"], cell["ncomp"]):
            s = h.Section(name=f"c{number}_{len(own)}")
            if parent >= 0:
                s.connect(own[parent](1), 0)
            s.L, s.nseg, s.Ra = per_branch["length"][branch], n, per_branch["axial_resistivity"][branch]
            active = branch in family["hh"]
            s.insert("hh" if active else "pas")
            for seg in s:
                seg.diam, seg.cm = 2 * values["radius"][k], values["capacitance"][k]
                if active:
                    seg.hh.gnabar, seg.hh.gkbar = values["gNa"][k], values["gK"][k]
                    seg.hh.gl, seg.hh.el = values["gLeak"][k], values["eLeak"][k]
                    seg.ena, seg.ek = 50, -77
                else:
                    seg.pas.g, seg.pas.e = values["gLeak"][k], values["eLeak"][k]
                segments.append(seg)
                k += 1
            own.append(s)
            branch += 1
        sections += own
    kept = []
    for s in family["stimuli"]:
        electrode = h.IClamp(segments[s["at"]])
        electrode.delay, electrode.dur, electrode.amp = s["delay"] * family["dt"], s["duration"] * family["dt"], s["amplitude"]
        kept.append(electrode)
    if family.get("clamp"):
        electrode = h.SEClamp(segments[family["clamp"]["at"]])
        # Its resistance (MOhm) times the charging current is what it misses the level by
        electrode.rs, electrode.dur1, electrode.amp1 = 1e-10, 1e9, family["clamp"]["level"]
        kept.append(electrode)
    for s in family["synapses"]:
        pre, post = segments[s["pre"]], segments[s["post"]]
        synapse = getattr(h, s["name"])(post)
        synapse.e = s["e"]
        if s["name"] == "ExpSyn":
            synapse.tau = s["kinetics"][1]
        else:
            synapse.tau1, synapse.tau2 = s["kinetics"]
        link = h.NetCon(pre._ref_v, synapse, sec=pre.sec)
        link.threshold, link.delay, link.weight[0] = s["values"]["threshold"], s["values"]["delay"], s["values"]["weight"]
        kept += [synapse, link]
    rows = [h.Vector().record(seg._ref_v) for seg in segments]
    h.secondorder, h.celsius = ORDER[family["solver"]], 6.3
    h.steps_per_ms, h.dt = 1 / family["dt"], family["dt"]
    h.finitialize(family["v"])
    h.fcurrent()
    for _ in range(family["steps"]):
        h.fadvance()
    return [{"recordings": [np.array(row).tolist() for row in rows]}]


for line in sys.stdin:
    family = json.loads(line)
    try:
        answer = {"id": family["id"], "samples": run(family)}
    except Exception as problem:
        answer = {"id": family["id"], "problem": f"{type(problem).__name__}: {problem}"[:500]}
    print(json.dumps(answer), flush=True)
