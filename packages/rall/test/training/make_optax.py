"""Makes optax.json: where optax's optimizers go on given gradients, and its schedules.

    python3 -m venv /tmp/optax-env && /tmp/optax-env/bin/pip install optax==0.2.8 jax==0.10.2
    JAX_ENABLE_X64=1 /tmp/optax-env/bin/python packages/rall/test/training/make_optax.py

Gradients are random, the same for all, and stored; some are large, so that clipping has something to do. optax counts steps in int32, for which
JAX computes schedules in float32 even where float64 is on; here they are given the count in float64.
"""

import json
import math
import os
import random

os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import optax

STEPS = 100
CHECKED = [1, 2, 3, 5, 10, 30, 50, 100]
SHAPE = [3, 2]

random.seed(7)
start = [[0.5, -1.25, 3.0], [1e-3, -200.0]]
gradients = [
    [[round(random.gauss(0.1 * k, 1.0) * (20 if step % 9 == 0 else 1), 6) for _ in range(n)] for k, n in enumerate(SHAPE)]
    for step in range(STEPS)
]
values = [round(random.uniform(0.1, 3.0), 6) for _ in range(STEPS)]



def in_float64(schedule):
    return lambda count: schedule(jnp.asarray(count, jnp.float64))


warm_up = optax.join_schedules([optax.linear_schedule(0.0, 0.1, 20), optax.cosine_decay_schedule(0.1, 50, 0.05)], [20])
schedules = {
    "exponential": in_float64(optax.exponential_decay(0.1, 20, 0.5)),
    "staircase": in_float64(optax.exponential_decay(0.1, 20, 0.5, staircase=True)),
    "cosine": in_float64(optax.cosine_decay_schedule(0.1, 60, 0.1)),
    "linear": in_float64(optax.linear_schedule(0.01, 0.1, 30)),
    "piecewise": in_float64(optax.piecewise_constant_schedule(0.1, {10: 0.5, 40: 0.1})),
    "warmUpThenCosine": in_float64(warm_up),
}

big = 1e30
optimizers = {
    "sgd": optax.sgd(0.1),
    "momentum": optax.sgd(0.1, momentum=0.9),
    "nesterov": optax.sgd(0.1, momentum=0.9, nesterov=True),
    "adam": optax.adam(0.01),
    "adamSettings": optax.adam(0.03, b1=0.8, b2=0.95, eps=1e-3),
    "nadam": optax.adam(0.01, nesterov=True),
    "adamW": optax.adamw(0.01, weight_decay=0.05),
    "nadamW": optax.adamw(0.01, weight_decay=0.05, nesterov=True),
    "rmsProp": optax.rmsprop(0.01),
    "rmsPropCentered": optax.rmsprop(0.01, decay=0.8, eps=1e-4, centered=True),
    "rmsPropMomentum": optax.rmsprop(schedules["exponential"], momentum=0.9),
    "rmsPropNesterov": optax.rmsprop(0.01, momentum=0.9, nesterov=True),
    "polyak": optax.polyak_sgd(max_learning_rate=big, f_min=0.05, eps=0.0),
    "adamCosine": optax.adam(schedules["cosine"]),
    "sgdWarmUp": optax.sgd(schedules["warmUpThenCosine"], momentum=0.9),
    "adamWPiecewise": optax.adamw(schedules["piecewise"], weight_decay=0.1),
    "clipByGlobalNorm": optax.chain(optax.clip_by_global_norm(2.0), optax.adam(0.01)),
    "clipByValue": optax.chain(optax.clip(0.5), optax.sgd(0.1, momentum=0.5)),
}


def trajectory(optimizer):
    optimizer = optax.with_extra_args_support(optimizer)
    parameters = [jnp.array(x) for x in start]
    state = optimizer.init(parameters)
    kept = []
    for step in range(STEPS):
        gradient = [jnp.array(g) for g in gradients[step]]
        updates, state = optimizer.update(gradient, state, parameters, value=jnp.array(values[step]))
        parameters = optax.apply_updates(parameters, updates)
        if step + 1 in CHECKED:
            kept.append([[float(x) for x in vector] for vector in parameters])
    assert all(math.isfinite(x) for vectors in kept for vector in vectors for x in vector)
    return kept


assert jnp.array(1.0).dtype == jnp.float64
data = {
    "madeWith": {"optax": optax.__version__, "jax": jax.__version__},
    "start": start,
    "gradients": gradients,
    "values": values,
    "checked": CHECKED,
    "trajectories": {name: trajectory(optimizer) for name, optimizer in optimizers.items()},
    "schedules": {name: [float(schedule(step)) for step in range(80)] for name, schedule in schedules.items()},
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "optax.json"), "w") as file:
    json.dump(data, file, separators=(",", ":"))
    file.write("\n")
