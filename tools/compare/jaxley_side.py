"""Jaxley's side of the comparison: reads families as JSON lines, writes one line of results for each."""
import contextlib, io, json, os, sys, warnings

os.environ.setdefault("JAX_PLATFORMS", "cpu")
warnings.filterwarnings("ignore")
import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import jaxley as jx
import jaxley.channels as channels
import jaxley.pumps as pumps
import jaxley.synapses as synapses
import numpy as np


def build(family):
    cells = [
        jx.Cell([jx.Branch(jx.Compartment(), ncomp=n) for n in c["ncomp"]], parents=c["parents"])
        for c in family["cells"]
    ]
    module = cells[0] if len(cells) == 1 and not family["synapses"] else jx.Network(cells)
    # Jaxley numbers branch points among its nodes
    table = module.base.nodes
    node = table.index.to_numpy()[np.argsort(table["global_comp_index"].to_numpy())]
    at = lambda places: module.select(nodes=node[np.asarray(places)])
    for c in family["channels"]:
        at(c["at"]).insert(getattr(channels, c["name"])())
    for p in family["pumps"]:
        at(p["at"]).insert(getattr(pumps, p["name"])())
    if family["diffuses"]:
        module.diffuse("CaCon_i")
        module.set("axial_diffusion_CaCon_i", 2.0)
    for s in family["synapses"]:
        jx.connect(at([s["pre"]]), at([s["post"]]), getattr(synapses, s["name"])())
    for name in {s["name"] for s in family["synapses"]}:
        values = next(s["values"] for s in family["synapses"] if s["name"] == name)
        for key, value in values.items():
            module.set(f"{name}_{key}", value)
    for r in family["recorded"]:
        for place in r["at"]:
            at([place]).record(r["key"], verbose=False)
    return module, at


def places_of(family, key):
    for c in family["channels"]:
        if key.startswith(c["name"] + "_"):
            return c["at"]
    return list(range(sum(sum(c["ncomp"]) for c in family["cells"])))


def run(family):
    with contextlib.redirect_stdout(io.StringIO()):
        module, at = build(family)

    def simulate(values, stimuli, clamp):
        state, data, clamps = None, None, None
        for key, value in values.items():
            state = at(places_of(family, key)).data_set(key, value, state)
        for k, place in enumerate(family["stimulated"]):
            data = at([place]).data_stimulate(stimuli[k], data)
        if family.get("clamp"):
            clamps = at([family["clamp"]["at"]]).data_clamp(family["clamp"]["key"], clamp, clamps)
        return jx.integrate(
            module, param_state=state, data_stimuli=data, data_clamps=clamps, delta_t=family["dt"], solver=family["solver"]
        )

    def loss(*inputs):
        recordings = simulate(*inputs)
        return jnp.sum(recordings**2), recordings

    function = jax.jit(jax.value_and_grad(loss, has_aux=True) if family["wantsGradient"] else simulate)
    results = []
    for s in family["samples"]:
        inputs = jax.tree_util.tree_map(
            lambda x: jnp.asarray(x, dtype=jnp.float64), (s["values"], s["stimuli"], s.get("clamp", [0.0])), is_leaf=lambda x: isinstance(x, list)
        )
        if family["wantsGradient"]:
            (value, recordings), gradient = function(*inputs)
            results.append(
                {"recordings": np.asarray(recordings).tolist(), "value": float(value), "gradient": {k: np.asarray(g).tolist() for k, g in gradient.items()}}
            )
        else:
            results.append({"recordings": np.asarray(function(*inputs)).tolist()})
    return results


for line in sys.stdin:
    family = json.loads(line)
    try:
        answer = {"id": family["id"], "samples": run(family)}
    except Exception as problem:
        answer = {"id": family["id"], "problem": f"{type(problem).__name__}: {problem}"[:500]}
    print(json.dumps(answer), flush=True)
    jax.clear_caches()
