"""Engines run here: in a child process that holds one model and may die without harm."""

from surtitle.engines.host.host import EngineHost, SpokenFile
from surtitle.engines.host.keeper import HostFacts, StepDown
from surtitle.engines.host.vectors import Embeddings

__all__ = ["Embeddings", "EngineHost", "HostFacts", "SpokenFile", "StepDown"]
