"""What the scripts for the peers share: the model, the clock and the line of results."""
import json, os, resource, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = json.load(open(os.path.join(HERE, "..", "model.json")))
NAME, MODE = sys.argv[1], sys.argv[2]  # MODE: "once" (cold process to first trace) or the number of runs
CASE = MODEL["cases"][NAME]
DT = MODEL["dt"]
STEPS = CASE.get("steps", MODEL["steps"])
T_MAX = STEPS * DT
ON, OFF = MODEL["stimulus"]["delay"], MODEL["stimulus"]["delay"] + MODEL["stimulus"]["duration"]
SWC = os.path.join(HERE, "..", "..", "examples", "morphologies", CASE.get("file", ""))
clock = time.process_time


def pairs():
    """Pre-synaptic cell, post-synaptic cell and branch of each synapse, as in bench/network.mjs."""
    state = 1; found = []
    for _ in range(CASE["synapses"]):
        row = []
        for count in (CASE["cells"], CASE["cells"], CASE["branches"]):
            state = state * 48271 % 2147483647; row.append(state % count)
        found.append(row)
    return found


def measure(build, compile_, run, compartments, version):
    """Builds, compiles and runs; prints CPU seconds of each, the spikes at the recorded place and the peak memory."""
    start = clock(); state = build(); built = clock() - start
    start = clock(); state = compile_(state); compiled = clock() - start
    start = clock(); v = run(state); first = clock() - start
    times = []
    if MODE != "once":
        for _ in range(int(MODE)):
            inner = max(1, min(200, int(0.1 / max(first, 1e-6))))
            start = clock()
            for _ in range(inner): v = run(state)
            times.append((clock() - start) / inner)
    spikes = sum(1 for a, b in zip(v[:-1], v[1:]) if a < 0 <= b)
    print("RESULT " + json.dumps(dict(
        case=NAME, compartments=compartments(state), steps=STEPS, build=built, compile=compiled, first=first, runs=times,
        spikes=spikes, version=version, memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)))
