"""Known voices: is the same person told from another, and are strangers left without a name.

The people are those of `shared/media/voices` (ten clips each), the same played 12 % slower and faster, which
count as other people (so does the training of the network take them, and they are harder to tell apart than
real strangers), and the local voice in three pitches. Everything is compared by the product's own code with
its own threshold and margin (`pipelines/voices/matching.py`). **Equal error rate**: where as many pairs of
one person are taken for two as pairs of two are taken for one. *Clean*: clips of 4.5 to 6 s, each against
each. *Noisy*: turns of 2 s in babble at 10 dB, against people known from three clean clips. **Open set**:
each person in turn is the stranger, everybody else of their group is known from three clips; a turn is named,
left without a name, or given a wrong one. Groups: the real people alone, and everybody.
"""

import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

import numpy as np

from benchmarks import sounds
from benchmarks.materials import Materials, shared_media
from benchmarks.report import Report, progress
from benchmarks.sounds import SAMPLE_RATE_HZ, Sound
from benchmarks.utterances import local_utterances, trimmed_clip
from surtitle.config import Settings
from surtitle.domain.speakers import Diarization, SpeakerVoice
from surtitle.engines.builtin import CAMPPLUS
from surtitle.engines.builtin.campplus import ENCODER, CampplusNet
from surtitle.engines.models import ModelStore
from surtitle.pipelines.voices.matching import MARGIN, THRESHOLDS, Embedding, Known, identified, mean_of

_OTHER_SPEEDS = (0.88, 1.12)
_CLIP_SECONDS = (4.5, 6.0)
_TURN_SECONDS = 2.0
_BABBLE_DECIBELS = 10.0
_KNOWN_FROM = 3
_LOCAL_CLIPS = 8
_DRAWS, _QUICK_DRAWS = 5, 1


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    real: bool
    clips: tuple[Sound, ...]

    @property
    def origin(self) -> str:
        """The voice that a made-up person is made of."""
        return self.name.partition("*")[0]


@dataclass(frozen=True, slots=True)
class _Turn:
    """Something that a person says: `clip` is the number of the clip that it is cut from."""

    person: str
    clip: int
    embedding: Embedding


@dataclass(slots=True)
class _Named:
    """What became of turns in the open set."""

    right: int = 0
    unnamed: int = 0
    wrong: int = 0
    strangers: int = 0
    strangers_named: int = 0

    @property
    def known(self) -> int:
        return self.right + self.unnamed + self.wrong


def run(report: Report, materials: Materials) -> None:
    if shared_media("voices") is None:
        report.say("It needs the folder `shared/media/voices` beside the checkout, which is not here.")
        return
    lab = _Lab(materials)
    report.say(f"Threshold {THRESHOLDS[ENCODER]:g}, margin {MARGIN:g}; encoder `{ENCODER}`.")
    for group, people in (("real people", lab.real), ("everybody", lab.people)):
        _report(report, lab, group, people)


def _report(report: Report, lab: "_Lab", group: str, people: Sequence[_Person]) -> None:
    progress(f"voices of {group}")
    clean, noisy = lab.clean(people), lab.noisy(people)
    same, other = _pairs(clean)
    clean_rate, clean_at = equal_error_rate(same, other)
    known_same, known_other = lab.against_known(people, clean, noisy)
    noisy_rate, noisy_at = equal_error_rate(known_same, known_other)
    rows = [
        ("clean clips", f"{len(same)}, {len(other)}", f"{clean_rate:.2%}", f"{clean_at:.3f}"),
        ("noisy turns", f"{len(known_same)}, {len(known_other)}", f"{noisy_rate:.2%}", f"{noisy_at:.3f}"),
    ]
    report.say(f"{group.capitalize()} ({len(people)}):")
    report.table(("", "pairs: same, other", "equal error rate", "at"), rows)
    clean_named, noisy_named = lab.open_set(people, clean, clean), lab.open_set(people, clean, noisy)
    named = [("clean clips", clean_named), ("noisy turns", noisy_named)]
    report.table(
        ("", "turns of known people", "named", "not named", "named wrongly", "strangers' turns", "named"),
        [
            (
                kind,
                f"{one.known}",
                _share(one.right, one.known),
                _share(one.unnamed, one.known),
                _share(one.wrong, one.known),
                f"{one.strangers}",
                _share(one.strangers_named, one.strangers),
            )
            for kind, one in named
        ],
    )
    if all(person.real for person in people):
        _aims(report, clean_rate, noisy_rate, clean_named, noisy_named)


def _aims(report: Report, clean_rate: float, noisy_rate: float, clean: _Named, noisy: _Named) -> None:
    report.aim("equal error rate on clean clips at most 0.3 %", f"{clean_rate:.2%}", met=clean_rate <= 0.003)
    report.aim("in babble at 10 dB at most 3 %", f"{noisy_rate:.2%}", met=noisy_rate <= 0.03)
    strangers = (clean.strangers_named + noisy.strangers_named) / (clean.strangers + noisy.strangers)
    wrong = (clean.wrong + noisy.wrong) / (clean.known + noisy.known)
    report.aim("strangers given a name at most 1 %", f"{strangers:.2%}", met=strangers <= 0.01)
    report.aim("wrong names at most 0.5 %", f"{wrong:.2%}", met=wrong <= 0.005)


class _Lab:
    """People, and what the encoder makes of what they say; each sound is heard once."""

    def __init__(self, materials: Materials) -> None:
        self._materials = materials
        self._draws = _QUICK_DRAWS if materials.quick else _DRAWS
        self._net = CampplusNet(ModelStore(Settings()).pull(CAMPPLUS.model), os.cpu_count() or 1)
        self._heard: dict[int, Embedding] = {}

    @cached_property
    def people(self) -> list[_Person]:
        if self._materials.quick:
            return self.real
        made_up = [person for speed in _OTHER_SPEEDS for person in _people_at(speed)]
        return [*self.real, *made_up, *self._local]

    @cached_property
    def real(self) -> list[_Person]:
        return _people_at(1.0)

    @cached_property
    def _local(self) -> list[_Person]:
        clips: dict[str, list[Sound]] = {}
        for one in local_utterances(self._materials.folder):
            if one.sound.size >= _CLIP_SECONDS[0] * SAMPLE_RATE_HZ:
                clips.setdefault(one.speaker, []).append(one.sound)
        return [_Person(f"local*{name}", False, tuple(mine[:_LOCAL_CLIPS])) for name, mine in clips.items()]

    def clean(self, people: Sequence[_Person]) -> list[_Turn]:
        """The first seconds of each clip that is long enough."""
        least, most = (round(seconds * SAMPLE_RATE_HZ) for seconds in _CLIP_SECONDS)
        return [
            _Turn(person.name, number, self._embedding(clip[:most]))
            for person in people
            for number, clip in enumerate(person.clips)
            if clip.size >= least
        ]

    def noisy(self, people: Sequence[_Person]) -> list[_Turn]:
        """Two turns of each clip, in the babble of other people."""
        return [
            _Turn(person.name, number, self._embedding(turn))
            for person in people
            for number, clip in enumerate(person.clips)
            for turn in self._turns(person, number, clip)
        ]

    def against_known(
        self, people: Sequence[_Person], clean: Sequence[_Turn], turns: Sequence[_Turn]
    ) -> tuple[list[float], list[float]]:
        """Likenesses of turns to their own person and to others."""
        same: list[float] = []
        other: list[float] = []
        for known, used in self._enrolled(people, clean):
            for turn in turns:
                for one in known:
                    if one.name != turn.person:
                        other.append(float(one.embedding @ turn.embedding))
                    elif turn.clip not in used[one.name]:
                        same.append(float(one.embedding @ turn.embedding))
        return same, other

    def open_set(self, people: Sequence[_Person], clean: Sequence[_Turn], turns: Sequence[_Turn]) -> _Named:
        found = _Named()
        for known, used in self._enrolled(people, clean):
            for stranger in people:
                others = [one for one in known if one.name != stranger.name]
                for turn in turns:
                    _judge(found, turn, stranger.name, others, used)
        return found

    def _enrolled(
        self, people: Sequence[_Person], clean: Sequence[_Turn]
    ) -> Iterator[tuple[list[Known], dict[str, set[int]]]]:
        """Everybody as known from some of their clips, and which those are: several draws."""
        for draw in range(self._draws):
            rng = np.random.default_rng(draw)
            known, used = [], {}
            for number, person in enumerate(people):
                mine = [turn for turn in clean if turn.person == person.name]
                chosen = [mine[at] for at in rng.permutation(len(mine))[:_KNOWN_FROM]]
                used[person.name] = {turn.clip for turn in chosen}
                mean = mean_of([turn.embedding for turn in chosen])
                known.append(Known(UUID(int=number), person.name, ENCODER, mean))
            yield known, used

    def _turns(self, person: _Person, number: int, clip: Sound) -> Iterator[Sound]:
        size = round(_TURN_SECONDS * SAMPLE_RATE_HZ)
        rng = np.random.default_rng(zlib.crc32(f"{person.name}/{number}".encode()))
        crowd = [one.clips[0] for one in self.real if one.name != person.origin]
        for _ in range(2 if clip.size >= size else 0):
            begin = int(rng.integers(clip.size - size + 1))
            said = clip[begin : begin + size]
            level = 20 * np.log10(max(sounds.level(said), 1e-9)) - _BABBLE_DECIBELS
            yield said + sounds.at_level(sounds.babble(rng, size, crowd), float(level))

    def _embedding(self, sound: Sound) -> Embedding:
        key = zlib.crc32(sound.tobytes())
        if key not in self._heard:
            found = self._net.embedding(sound)
            assert found is not None
            self._heard[key] = found
        return self._heard[key]


def equal_error_rate(same: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """The rate, and the score at which it is reached."""
    scores = np.unique(np.concatenate([same, other]))
    missed = np.searchsorted(np.sort(same), scores, side="left") / len(same)
    taken = 1 - np.searchsorted(np.sort(other), scores, side="left") / len(other)
    at = int(np.argmin(np.abs(missed - taken)))
    return float((missed[at] + taken[at]) / 2), float(scores[at])


def _judge(
    found: _Named, turn: _Turn, stranger: str, known: Sequence[Known], used: dict[str, set[int]]
) -> None:
    if turn.person != stranger and turn.clip in used.get(turn.person, set()):
        return
    voice = SpeakerVoice("speaker_1", 2.0, ENCODER, tuple(turn.embedding.tolist()))
    name = identified(Diarization(60.0, (), (voice,)), known).speakers[0].name
    if turn.person == stranger:
        found.strangers += 1
        found.strangers_named += name is not None
    elif name is None:
        found.unnamed += 1
    elif name == turn.person:
        found.right += 1
    else:
        found.wrong += 1


def _pairs(turns: Sequence[_Turn]) -> tuple[list[float], list[float]]:
    same: list[float] = []
    other: list[float] = []
    for at, one in enumerate(turns):
        for two in turns[at + 1 :]:
            (same if one.person == two.person else other).append(float(one.embedding @ two.embedding))
    return same, other


def _people_at(speed: float) -> list[_Person]:
    """The people of `shared/media`, or at another speed those whom they pass for."""
    folder = shared_media("voices")
    assert folder is not None
    clips: dict[str, list[Sound]] = {}
    for path in sorted(folder.glob("*.flac")):
        sound = trimmed_clip(path, round(SAMPLE_RATE_HZ / speed))
        clips.setdefault(path.stem.partition("-")[0], []).append(sound)
    real = speed == 1.0
    return [
        _Person(name if real else f"{name}*{speed:g}", real, tuple(mine))
        for name, mine in sorted(clips.items())
    ]


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.2%})" if whole else "none"
