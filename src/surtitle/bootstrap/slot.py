"""A worker's slots: each with an engine host of its own, a share of the machine and, at work, a GPU."""

from collections.abc import Sequence
from dataclasses import dataclass

from surtitle.engines.gpus import GpuLocks, HeldGpu
from surtitle.engines.host import EngineHost
from surtitle.engines.models import Hardware
from surtitle.engines.registry import Capability, EngineRegistry, EngineSpec
from surtitle.jobs.offer import Offer
from surtitle.jobs.scratch_room import ScratchRoom


@dataclass(frozen=True, slots=True)
class Abilities:
    """What every slot of a worker can do when it has the GPU that it may need."""

    queues: tuple[str, ...]
    engines: frozenset[str]
    engines_without_gpu: frozenset[str]
    memory_bytes: int

    @classmethod
    def of(
        cls, queues: Sequence[str], registry: EngineRegistry, share: Hardware, *, has_gpus: bool
    ) -> "Abilities":
        asked_for = [spec for spec in registry.specs if _is_asked_for(spec)]
        return cls(
            tuple(queues),
            frozenset(spec.name for spec in asked_for),
            frozenset(spec.name for spec in asked_for if not (has_gpus and spec.takes_gpu)),
            (share.gpu_memory_bytes if has_gpus else None) or share.memory_bytes,
        )


def _is_asked_for(spec: EngineSpec) -> bool:
    """Whether a job may be placed by it; see `pipelines.placement`."""
    if spec.capability is Capability.DIARIZER:
        return spec.uses_gpu
    return spec.capability in {Capability.TRANSCRIBER, Capability.VIDEO_ENGINE}


class EngineSlot:
    """A `jobs.slot.Slot` around an engine host.

    Where there are GPUs, a slot takes jobs for an engine only while it holds one: with more slots than cards,
    the others do what needs none. A job never waits for a card in a slot that it blocks, and never runs on
    the CPU because it came at the wrong moment.
    """

    def __init__(
        self, host: EngineHost, abilities: Abilities, locks: GpuLocks, room: ScratchRoom | None = None
    ) -> None:
        self.host = host
        self._room = room
        self._abilities = abilities
        self._locks = locks
        self._held: HeldGpu | None = None
        self._last: str | None = None

    @property
    def gpu(self) -> str | None:
        """The card that this slot holds."""
        return self._held.gpu if self._held else None

    def offer(self) -> Offer | None:
        if self._room is not None and not self._room.is_enough():
            return None
        able = self._abilities
        if self._locks.gpus and self._held is None:
            self._hold(self._locks.take_one(self._last))
            if self._held is None:
                return Offer(able.queues, able.engines_without_gpu, able.memory_bytes)
        return Offer(able.queues, able.engines, able.memory_bytes)

    def keep_for(self, engine: str) -> None:
        if not engine:
            self.leave()

    def leave(self) -> None:
        if self._held is not None:
            self._held.release()
            self._held = None

    def _hold(self, held: HeldGpu | None) -> None:
        self._held = held
        if held is not None:
            # The model that the host's child has loaded lies on this card, if on any.
            self._last = self.host.gpu = held.gpu
