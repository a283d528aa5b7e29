"""Makes seclamp.json: what NEURON 9 gives under SEClamp, at a resistance that does not matter.

    python3 -m venv /tmp/neuron-env && /tmp/neuron-env/bin/pip install neuron==9.0.2
    cd packages/rall/test/physics && /tmp/neuron-env/bin/python make_seclamp.py

Backward Euler (`secondorder` 0), 6.3 degrees, from -65 mV with gates at their steady states there. The clamp holds the middle of a compartment
at three levels. `cable`: a section of 5 compartments with hh, and a passive one of 4 behind it. `nseg1`, `nseg3`: seclamp.swc with hh
everywhere, and as many segments per section. Voltages in mV, one row per compartment (cable) or middle of a section
in the order of Import3d, at `moments` (steps).
"""

import json
import os

from neuron import h

h.load_file("stdrun.hoc")
h.load_file("import3d.hoc")

DT, STEPS = 0.025, 400
DURATIONS, LEVELS = [2, 3, 5], [-65, -20, -85]
MOMENTS = sorted({*range(0, STEPS + 1, 20), *range(78, 84), *range(198, 204)})


def run(clamped, segments):
    electrode = h.SEClamp(clamped)
    electrode.rs = 1e-10
    electrode.dur1, electrode.dur2, electrode.dur3 = DURATIONS
    electrode.amp1, electrode.amp2, electrode.amp3 = LEVELS
    rows = [h.Vector().record(segment._ref_v) for segment in segments]
    h.secondorder, h.celsius, h.usetable_hh = 0, 6.3, 0
    h.dt, h.steps_per_ms = DT, 1 / DT
    h.finitialize(-65)
    for _ in range(STEPS):
        h.fadvance()
    return [[round(row[k], 10) for k in MOMENTS] for row in rows]


def cable():
    active, passive = h.Section(name="active"), h.Section(name="passive")
    passive.connect(active(1), 0)
    for section, nseg, length, diameter in [(active, 5, 200, 2), (passive, 4, 240, 1)]:
        section.nseg, section.L, section.diam, section.Ra, section.cm = nseg, length, diameter, 120, 1
    active.insert("hh")
    passive.insert("pas")
    for segment in passive:
        segment.pas.g, segment.pas.e = 2e-4, -60
    values = run(active(0.3), [*active, *passive])
    for section in [active, passive]:
        h.delete_section(sec=section)
    return values


def name_of(one):
    kind = {1: "soma", 2: "axon", 3: "dend"}[int(one.type)]
    return f"{kind}[{int(one.nameindex)}]"


def traced(nseg):
    reader = h.Import3d_SWC_read()
    reader.quiet = 1
    reader.input("seclamp.swc")
    gui = h.Import3d_GUI(reader, 0)
    gui.instantiate(None)
    by_name = {section.name(): section for section in h.allsec()}
    sections = [by_name[name_of(reader.sections.o(i))] for i in range(int(reader.sections.count()))]
    for section in sections:
        section.nseg, section.Ra, section.cm = nseg, 100, 1
        section.insert("hh")
    values = run(sections[0](0.5), [section(0.5) for section in sections])
    for section in sections:
        h.delete_section(sec=section)
    return values


if __name__ == "__main__":
    result = {
        "dt": DT,
        "durations": DURATIONS,
        "levels": LEVELS,
        "moments": MOMENTS,
        "cable": cable(),
        "nseg1": traced(1),
        "nseg3": traced(3),
    }
    lines = [f"{json.dumps(name)}: {json.dumps(one, separators=(',', ':'))}" for name, one in result.items()]
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "seclamp.json"), "w") as out:
        out.write("{\n" + ",\n".join(lines) + "\n}\n")
