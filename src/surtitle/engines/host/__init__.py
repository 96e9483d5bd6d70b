"""Engines run here: in a child process that holds one model and may die without harm."""

from surtitle.engines.host.host import EngineHost, HostFacts, SpokenFile

__all__ = ["EngineHost", "HostFacts", "SpokenFile"]
