"""What NEURON 9 makes of SWC files: sections, where they are attached, length, area, volume, and voltages.

    pip install neuron==9.0.2
    python from_neuron.py FILE.swc ... > neuron.json

Lengths in um, areas in um2, volumes in um3. Sections stand in the order of Import3d. `parent` and `at` are where the
section begins, after following connections to starts of sections up to where these begin; at the start of the first
section `parent` is -1. Voltages (mV): hh everywhere, Ra 100, cm 1, 6.3 degrees, from -65 mV, backward Euler with steps of
0.025 ms; 0.5 nA into the middle of the first section for 2 ms. A section whose points coincide is 1e-9 um long; beside it
NEURON's voltages are rounding errors or not finite, so such files have none. With several segments NEURON now and then
loses the membrane between points that coincide at the end of a section, by rounding; such files have one segment only.
"""

import contextlib
import json
import os
import sys

from neuron import h

h.load_file("stdrun.hoc")
h.load_file("import3d.hoc")

DT, END, CURRENT, DURATION = 0.025, 10, 0.5, 2
EVERY = 10
MOMENTS = [1, 2, 4, 10]


def read(path):
    """The sections of a file, in the order of Import3d."""
    reader = h.Import3d_SWC_read()
    reader.quiet = 1
    reader.input(path)
    gui = h.Import3d_GUI(reader, 0)
    gui.instantiate(None)
    by_name = {section.name(): section for section in h.allsec()}
    return [by_name[name_of(one)] for one in (reader.sections.o(i) for i in range(int(reader.sections.count())))]


def name_of(one):
    kind, index = int(one.type), int(one.nameindex)
    names = {1: "soma", 2: "axon", 3: "dend", 4: "apic"}
    return f"{names[kind] if kind in names else f'minus_{-kind}' if kind < 0 else f'dend_{kind}'}[{index}]"


def place(section):
    """Parent section and relative place of the start of a section."""
    segment = section.parentseg()
    while segment is not None and segment.x == 0:
        above = segment.sec.parentseg()
        if above is None:
            return None, 0
        segment = above
    return (None, 0) if segment is None else (segment.sec, segment.x)


def voltages(sections, nseg):
    h.celsius = 6.3
    h.usetable_hh = 0
    for section in sections:
        section.nseg = nseg
        section.Ra = 100
        section.cm = 1
        section.insert("hh")
    clamp = h.IClamp(sections[0](0.5))
    clamp.delay, clamp.dur, clamp.amp = 0, DURATION - DT / 2, CURRENT
    rows = [h.Vector().record(section(0.5)._ref_v) for section in sections]
    h.dt = DT
    h.steps_per_ms = 1 / DT
    h.finitialize(-65)
    for _ in range(round(END / DT)):
        h.fadvance()
    values = [list(row) for row in rows]
    return {
        "trace": [round(v, 7) for v in values[0][::EVERY]],
        "moments": [[round(row[round(t / DT)], 7) for row in values] for t in MOMENTS],
    }


def describe(path):
    sections = read(path)
    number = {section.name(): i for i, section in enumerate(sections)}
    rows = []
    for section in sections:
        parent, at = place(section)
        rows.append(
            {
                "parent": -1 if parent is None else number[parent.name()],
                "at": at,
                "length": section.L,
                "area": sum(segment.area() for segment in section),
                "volume": sum(segment.volume() for segment in section),
            }
        )
    result = {"sections": rows}
    if all(section.L > 1e-6 for section in sections):
        result["nseg1"] = voltages(sections, 1)
        divided = voltages(sections, 3)
        areas = [sum(segment.area() for segment in section) for section in sections]
        if all(abs(area - row["area"]) < 1e-6 * row["area"] for area, row in zip(areas, rows)):
            result["nseg3"] = divided
    for section in list(h.allsec()):
        h.delete_section(sec=section)
    return result


if __name__ == "__main__":
    # What NEURON prints on files is no part of the result
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    result = {}
    for path in sys.argv[1:]:
        with contextlib.suppress(RuntimeError):
            result[os.path.basename(path).removesuffix(".swc")] = describe(path)
            continue
        result[os.path.basename(path).removesuffix(".swc")] = None
        for section in list(h.allsec()):
            h.delete_section(sec=section)
    lines = [f"{json.dumps(name)}: {json.dumps(one, separators=(',', ':'))}" for name, one in result.items()]
    out.write("{\n" + ",\n".join(lines) + "\n}\n")
