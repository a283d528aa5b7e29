"""Jaxley on one core in float64. The compile time is that of jax.jit; runs are of the compiled function."""
from common import *
import jax
jax.config.update("jax_enable_x64", True); jax.config.update("jax_platform_name", "cpu")
import jax.numpy as jnp, numpy as np, jaxley as jx
from jaxley.channels import HH, CaL, CaT
from jaxley.pumps import CaNernstReversal, CaPump
from jaxley.synapses import IonotropicSynapse


def build():
    if CASE["kind"] == "swc":
        cell = jx.read_swc(SWC, ncomp=CASE["ncomp"]); place = cell.soma.branch(0).comp(0)
    elif CASE["kind"] == "network":
        if CASE["synapse"] != "graded": raise SystemExit("error: Jaxley has no event synapses")
        one = jx.Cell(jx.Branch(jx.Compartment(), ncomp=1), parents=[-1] + [0] * (CASE["branches"] - 1))
        cell = jx.Network([one for _ in range(CASE["cells"])]); rows = np.array(pairs()); n = CASE["branches"]
        cell.set("length", CASE["length"]); cell.set("radius", CASE["radius"]); place = cell.cell(0).branch(0).comp(0)
        nodes = cell.nodes; cell._append_multiple_synapses(nodes.iloc[n * rows[:, 0]], nodes.iloc[n * rows[:, 1] + rows[:, 2]], IonotropicSynapse())
        for key, value in dict(MODEL["graded"], s=0.0).items(): cell.set("IonotropicSynapse_" + key, value)
    else:
        cell = jx.Branch(jx.Compartment(), ncomp=CASE["ncomp"])
        cell.set("radius", CASE["radius"]); cell.set("length", CASE["length"] / CASE["ncomp"]); place = cell.comp(0)
    cell.insert(HH()); cell.set("axial_resistivity", MODEL["axial_resistivity"]); cell.set("v", MODEL["v"])
    for key, value in MODEL["channel"].items(): cell.set("HH_" + key, value)
    if CASE.get("calcium"):
        for mechanism in (CaL(), CaT(), CaPump(), CaNernstReversal()): cell.insert(mechanism)
        cell.diffuse("CaCon_i"); cell.set("axial_diffusion_CaCon_i", 2.0)
    cell.init_states(); place.record("v", verbose=False)
    current = jx.step_current(i_delay=ON, i_dur=OFF - ON, i_amp=CASE["amplitude"], delta_t=DT, t_max=T_MAX - DT)
    return cell, place, current


def compile_(state):
    cell, place, current = state
    run = jax.jit(lambda scale: jx.integrate(cell, delta_t=DT, data_stimuli=place.data_stimulate(scale * current, None)))
    return run.lower(jnp.ones(())).compile(), cell


measure(build, compile_, lambda state: np.asarray(state[0](jnp.ones(())))[0], lambda state: state[1].nodes.shape[0], jx.__version__)
