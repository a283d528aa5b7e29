"""Gradients of Jaxley on one core in float64: jaxley_gradient.py CASE RUNS CHECKPOINTS, with lengths as 64,63 or none."""
from common import *
import statistics
import jax
jax.config.update("jax_enable_x64", True); jax.config.update("jax_platform_name", "cpu")
import jax.numpy as jnp, numpy as np, jaxley as jx
from jaxley.channels import HH

if CASE["kind"] == "swc":
    cell = jx.read_swc(SWC, ncomp=CASE["ncomp"]); place = cell.soma.branch(0).comp(0)
else:
    cell = jx.Branch(jx.Compartment(), ncomp=CASE["ncomp"])
    cell.set("radius", CASE["radius"]); cell.set("length", CASE["length"] / CASE["ncomp"]); place = cell.comp(0)
cell.insert(HH()); cell.set("axial_resistivity", MODEL["axial_resistivity"]); cell.set("v", MODEL["v"])
for key, value in MODEL["channel"].items(): cell.set("HH_" + key, value)
cell.init_states(); place.record("v", verbose=False)
current = jx.step_current(i_delay=ON, i_dur=OFF - ON, i_amp=CASE["amplitude"], delta_t=DT, t_max=T_MAX - DT)
every = cell.branch("all").comp("all") if CASE["kind"] == "swc" else cell.comp("all")
for key in ("radius", "length", "HH_gNa"): every.make_trainable(key, verbose=False)
params = cell.get_parameters(); cell.to_jax()
lengths = None if sys.argv[3] == "none" else [int(one) for one in sys.argv[3].split(",")]


def integrate(params, scale, checkpoints):
    stimuli = place.data_stimulate(scale * current, None)
    return jx.integrate(cell, params=params, data_stimuli=stimuli, delta_t=DT, checkpoint_lengths=checkpoints)


one = jnp.ones(())
start = clock()
forward = jax.jit(lambda p, s: integrate(p, s, None)).lower(params, one).compile()
start = clock()
gradient = jax.jit(jax.value_and_grad(lambda p, s: jnp.sum(integrate(p, s, lengths) ** 2))).lower(params, one).compile()
compiled = clock() - start


def time_of(run):
    jax.block_until_ready(run(params, one)); times = []
    for _ in range(int(MODE)):
        start = clock(); jax.block_until_ready(run(params, one)); times.append(clock() - start)
    return statistics.median(times)


value, grads = gradient(params, one)
print("RESULT " + json.dumps(dict(
    case=NAME, steps=STEPS, value=float(value), gradient=[float(jnp.linalg.norm(next(iter(g.values())))) for g in grads],
    compile=compiled, forward=time_of(forward), run=time_of(gradient), checkpoints=sys.argv[3], version=jx.__version__,
    memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)))
