"""Voices made of random numbers, as alike as real ones are: clustering of any length, in bounded memory."""

import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray

from surtitle.engines.builtin.agglomeration import Groups, labels_of, merges_of
from surtitle.engines.builtin.voice_clustering import SpeakerBounds, voices_found
from surtitle.engines.builtin.voice_tracks import VoiceTrack

VALUES = 192
WINDOWS_AN_HOUR = 1800
MEGABYTES = 1e6


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def voices(rng: np.random.Generator, people: int) -> NDArray[np.float64]:
    """People who are alike by 0.5, so that pieces of two of them are by 0.3."""
    apart = np.linalg.qr(rng.standard_normal((VALUES, people + 1)))[0].T
    return np.asarray(np.sqrt(0.5) * (apart[:1] + apart[1:]))


def meeting(rng: np.random.Generator, people: NDArray[np.float64], hours: float) -> list[VoiceTrack]:
    """Pieces of one person are alike by 0.6. Each speaks for some windows, now and then two in one window."""
    tracks: list[VoiceTrack] = []
    for window in range(round(hours * WINDOWS_AN_HOUR)):
        if window % 5 == 0:
            speaking = rng.permutation(len(people))
        for person in range(1 + (window % 50 == 0)):
            noise = unit(rng.standard_normal(VALUES))
            heard = unit(np.sqrt(0.6) * people[speaking[person]] + np.sqrt(0.4) * noise)
            seconds = float(rng.uniform(1.5, 4.0))
            tracks.append(VoiceTrack(window, person, seconds, heard.astype(np.float32)))
    return tracks


@pytest.mark.parametrize(("hours", "count"), [(0.4, 4), (6.0, 12)])
def test_hours_of_scattered_voices_are_as_many_people_as_speak(hours: float, count: int) -> None:
    rng = np.random.default_rng(5)
    people = voices(rng, count)
    tracks = meeting(rng, people, hours)
    tracemalloc.start()
    found = voices_found(tracks, SpeakerBounds())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.shape == (count, VALUES)
    likeness = found @ people.T
    assert sorted(likeness.argmax(axis=1).tolist()) == list(range(count))
    assert likeness.max(axis=1).min() > 0.95
    # Six tables of 800 voices; what comes in is not counted.
    assert peak < 40 * MEGABYTES


def test_many_strangers_are_put_together_rather_than_kept_apart_without_end() -> None:
    rng = np.random.default_rng(6)
    tracks = [
        VoiceTrack(window, 0, 4.0, unit(rng.standard_normal(VALUES)).astype(np.float32))
        for window in range(2000)
    ]
    tracemalloc.start()
    found = voices_found(tracks, SpeakerBounds(1, 7))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.shape == (7, VALUES)
    assert peak < 40 * MEGABYTES


def test_the_most_alike_are_put_together_first() -> None:
    rng = np.random.default_rng(7)
    count = 30
    vectors = unit(rng.standard_normal((count, 8))).astype(np.float32)
    weights = rng.uniform(1, 5, count)
    apart = np.triu(rng.uniform(size=(count, count)) > 0.9, 1)
    penalty = np.where(apart | apart.T, 0.8, 0.0)
    merges = merges_of(Groups.of(vectors, weights, penalty), left=5)
    assert len(merges) == count - 5
    clusters: list[set[int]] = [{one} for one in range(count)]
    pairs = (vectors @ vectors.T - penalty) * np.outer(weights, weights)

    def mean_likeness(one: set[int], other: set[int]) -> float:
        share = weights[list(one)].sum() * weights[list(other)].sum()
        return float(pairs[np.ix_(list(one), list(other))].sum() / share)

    for merge in merges:
        best, here, there = max(
            (mean_likeness(one, other), a, b)
            for b, one in enumerate(clusters)
            for a, other in enumerate(clusters[:b])
        )
        assert merge.similarity == pytest.approx(best, abs=1e-6)
        clusters[here] |= clusters.pop(there)
    labels = labels_of(count, merges)
    assert {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())} == {
        frozenset(cluster) for cluster in clusters
    }
