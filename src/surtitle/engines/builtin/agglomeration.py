"""Agglomerative clustering with average linkage of vectors of unit length.

The mean similarity of two clusters' members is the product of the clusters' sums over their weights, so a
cluster is no more than its sum: clustering can go on from clusters that were made before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Clusters so far. `sums` is of weighted vectors, shape `(groups, values)`; `apart` is how much less
    alike two groups are to count than their vectors say, times their weights.
    """

    sums: NDArray[np.float64]
    weights: NDArray[np.float64]
    apart: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        vectors: NDArray[np.float32],
        weights: NDArray[np.float64],
        penalty: NDArray[np.float64] | None = None,
    ) -> Self:
        """Each vector a group. `penalty`, shape `(groups, groups)`, is taken off the similarities."""
        apart = np.zeros((len(weights), len(weights))) if penalty is None else penalty
        return cls(vectors * weights[:, None], weights, apart * np.outer(weights, weights))

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def means(self) -> NDArray[np.float32]:
        """The direction of each group, of unit length."""
        return np.asarray(self.sums / np.linalg.norm(self.sums, axis=1, keepdims=True), dtype=np.float32)

    def similarity(self) -> NDArray[np.float64]:
        """Of each two; of a group with itself minus infinity."""
        found = (self.sums @ self.sums.T - self.apart) / np.outer(self.weights, self.weights)
        np.fill_diagonal(found, -np.inf)
        return np.asarray(found)

    def folded(self, labels: NDArray[np.intp]) -> "Groups":
        """Groups of one label put together; labels count from 0 without gaps."""
        into = np.zeros((int(labels.max()) + 1, len(self)))
        into[labels, np.arange(len(self))] = 1.0
        return Groups(into @ self.sums, into @ self.weights, into @ self.apart @ into.T)


@dataclass(frozen=True, slots=True)
class Merge:
    """Two groups that become one: `gone` goes into `kept`."""

    kept: int
    gone: int
    similarity: float


def joined(pieces: Sequence[Groups]) -> Groups:
    """Groups of several places beside each other."""
    total = sum(len(piece) for piece in pieces)
    apart, begin = np.zeros((total, total)), 0
    for piece in pieces:
        apart[begin : begin + len(piece), begin : begin + len(piece)] = piece.apart
        begin += len(piece)
    return Groups(
        np.concatenate([piece.sums for piece in pieces]),
        np.concatenate([piece.weights for piece in pieces]),
        apart,
    )


def merges_of(groups: Groups, least: float = -np.inf, left: int = 1) -> list[Merge]:
    """The most alike first, until `left` groups are left or no two are alike by `least`."""
    table = _Table(groups)
    merges: list[Merge] = []
    while len(groups) - len(merges) > left:
        merge = table.most_alike()
        if merge.similarity < least:
            break
        merges.append(merge)
        table.merge(merge.kept, merge.gone)
    return merges


class _Table:
    """The similarity of each two groups, while they merge. Of each it is known which other is most like it,
    so that a merge looks at a few rows and not at the whole table.
    """

    def __init__(self, groups: Groups) -> None:
        self._weights = groups.weights.copy()
        self._similarity = groups.similarity()
        self._nearest = self._similarity.argmax(axis=1)
        self._best = self._similarity.max(axis=1)

    def most_alike(self) -> Merge:
        kept = int(self._best.argmax())
        return Merge(kept, int(self._nearest[kept]), float(self._best[kept]))

    def merge(self, kept: int, gone: int) -> None:
        """What the two are like together is the mean of what each is like, by their weights."""
        similarity, weights = self._similarity, self._weights
        together = weights[kept] + weights[gone]
        row = (weights[kept] * similarity[kept] + weights[gone] * similarity[gone]) / together
        weights[kept] = together
        similarity[kept] = similarity[:, kept] = row
        similarity[gone] = similarity[:, gone] = -np.inf
        self._look_again(kept, gone)

    def _look_again(self, kept: int, gone: int) -> None:
        """For the nearest of those whose nearest has changed, and of those who are now nearest to `kept`."""
        changed = (self._nearest == kept) | (self._nearest == gone)
        changed[[kept, gone]] = True
        rows = self._similarity[changed]
        self._nearest[changed], self._best[changed] = rows.argmax(axis=1), rows.max(axis=1)
        nearer = self._similarity[kept] > self._best
        self._nearest[nearer], self._best[nearer] = kept, self._similarity[kept][nearer]


def labels_of(count: int, merges: Sequence[Merge]) -> NDArray[np.intp]:
    """For each of `count` groups, which one it ends in, counted from 0 without gaps."""
    into = list(range(count))
    for merge in reversed(merges):
        into[merge.gone] = into[merge.kept]
    return np.asarray(np.unique(into, return_inverse=True)[1], dtype=np.intp)
