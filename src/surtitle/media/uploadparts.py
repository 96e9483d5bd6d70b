"""Into which parts a file is cut for its way into the object store."""

from collections.abc import Iterable
from dataclasses import dataclass

from surtitle.config import MIB
from surtitle.storage import StoredPart

SMALLEST_PART_BYTES = 16 * MIB
"""S3 takes no part below 5 MiB but the last; fewer and larger ones cost fewer requests."""

MOST_PARTS = 1000


@dataclass(frozen=True, slots=True)
class PartPlan:
    """A file of `size_bytes` in parts of `part_bytes`, numbered from 1; the last one may be shorter."""

    size_bytes: int
    part_bytes: int

    @classmethod
    def of(cls, size_bytes: int) -> "PartPlan":
        """The smallest parts that are large enough."""
        part_bytes = SMALLEST_PART_BYTES
        while part_bytes * MOST_PARTS < size_bytes:
            part_bytes *= 2
        return cls(size_bytes, part_bytes)

    @property
    def count(self) -> int:
        return -(-self.size_bytes // self.part_bytes)

    def bytes_of(self, number: int) -> int:
        """The size of one part."""
        return min(self.part_bytes, self.size_bytes - (number - 1) * self.part_bytes)

    def missing(self, stored: Iterable[StoredPart]) -> list[int]:
        """The parts that have not come, or not whole."""
        whole = {part.number for part in stored if part.size_bytes == self.bytes_of(part.number)}
        return [number for number in range(1, self.count + 1) if number not in whole]


@dataclass(frozen=True, slots=True)
class PartLink:
    """Where to PUT one part: just these bytes of the file, and nothing else."""

    number: int
    size_bytes: int
    url: str
