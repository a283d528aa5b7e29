"""The recovery of rall-recovery.mjs with Jaxley and optax, in float64 on one core: jaxley_recovery.py [ITERATIONS]."""
import json, os, resource, sys
import jax
jax.config.update("jax_enable_x64", True); jax.config.update("jax_platform_name", "cpu")
import jax.numpy as jnp, jaxley as jx, optax
from jaxley.channels import HH
from jaxley.optimize.transforms import ParamTransform, SigmoidTransform

HERE = os.path.dirname(os.path.abspath(__file__))
S = json.load(open(os.path.join(HERE, "..", "recovery.json")))
iterations = int(sys.argv[1]) if len(sys.argv) > 1 else S["iterations"]
cell = jx.read_swc(os.path.join(HERE, "..", "..", "examples", "morphologies", S["file"]), ncomp=S["ncomp"])
cell.insert(HH()); cell.set("axial_resistivity", S["axial_resistivity"]); cell.set("v", S["v"])
for key, value in S["truth"].items(): cell.set(key, value)
cell.init_states()
soma = cell.soma.branch(0).comp(0); soma.record("v", verbose=False)
one = S["stimulus"]
soma.stimulate(jx.step_current(i_delay=one["delay"], i_dur=one["duration"], i_amp=one["amplitude"], delta_t=S["dt"], t_max=one["tMax"]), verbose=False)
target = jx.integrate(cell, delta_t=S["dt"])
for key, value in S["truth"].items(): cell.make_trainable(key, S["start"] * value, verbose=False)
transform = ParamTransform([{key: SigmoidTransform(*S["bounds"][key])} for key in S["truth"]])
free = transform.inverse(cell.get_parameters())
cell.to_jax()
loss = lambda free: jnp.mean((jx.integrate(cell, params=transform.forward(free), delta_t=S["dt"]) - target) ** 2)
step = jax.jit(jax.value_and_grad(loss))
optimizer = optax.adam(S["learningRate"]); state = optimizer.init(free)
losses = []; best = (float("inf"), free)
for _ in range(iterations):
    value, gradient = step(free); losses.append(float(value))
    if losses[-1] < best[0]: best = (losses[-1], free)
    updates, state = optimizer.update(gradient, state); free = optax.apply_updates(free, updates)
fitted = {key: float(jnp.ravel(p[key])[0]) for p, key in zip(transform.forward(best[1]), S["truth"])}
print("RESULT " + json.dumps(dict(iterations=iterations, losses=losses, fitted=fitted,
    off=max(abs(fitted[key] / value - 1) for key, value in S["truth"].items()),
    memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)))
