"""The model store: which models there are, where they come from, which one suits this machine."""

from surtitle.engines.models.choice import Choice, choose_model
from surtitle.engines.models.hardware import Hardware, probe_hardware
from surtitle.engines.models.setups import EngineChooser
from surtitle.engines.models.store import InstalledModel, ModelStore, Verification

__all__ = [
    "Choice",
    "EngineChooser",
    "Hardware",
    "InstalledModel",
    "ModelStore",
    "Verification",
    "choose_model",
    "probe_hardware",
]
