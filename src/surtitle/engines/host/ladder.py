"""What to try when an engine does not fit into memory: the rungs, from the cheapest to the dearest."""

from dataclasses import replace

from surtitle.domain.options import ComputeType
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.registry import EngineSpec


def step_down(setup: EngineSetup, spec: EngineSpec) -> EngineSetup | None:
    """The next lighter setup: a smaller batch, a lighter compute type, the CPU; None below the last."""
    if setup.batch_size > 1:
        return replace(setup, batch_size=setup.batch_size // 2)
    may_be_int8 = ComputeType.INT8 in spec.compute_types
    if may_be_int8 and setup.compute_type != ComputeType.INT8:
        return replace(setup, compute_type=ComputeType.INT8.value)
    if setup.device != "cpu":
        return replace(setup, device="cpu")
    return None


def describe_step(before: EngineSetup, after: EngineSetup) -> str:
    """One sentence for the person whose job it is."""
    if after.batch_size != before.batch_size:
        change = f"decodes {after.batch_size} windows at once instead of {before.batch_size}"
    elif after.compute_type != before.compute_type:
        change = f"computes in {after.compute_type} instead of {before.compute_type}"
    else:
        change = f"works on the {after.device.upper()} instead of {before.device}"
    return f"Memory ran out, so {before.engine} ({before.model}) now {change}."
