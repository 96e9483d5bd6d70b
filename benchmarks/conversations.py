"""Conversations for telling voices apart: one to eight people, who take turns and talk into each other.

Who speaks when is known exactly. There are four real people in `shared/media/voices`; played faster they pass
for eight. Two of them are for tuning, the other two for the verdict (`People`); the same seed gives the
same conversation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from benchmarks import sounds
from benchmarks.materials import shared_media
from benchmarks.sounds import SAMPLE_RATE_HZ, Sound
from benchmarks.utterances import trimmed_clip

_SPEECH_DECIBELS = -24.0
_MOST_GAIN_DECIBELS = 6.0
_GAP_SECONDS = (0.1, 1.5)
_OVERLAP_SECONDS = (0.5, 3.5)
_INTERJECTION_SECONDS = (0.7, 1.8)
_LEAST_INTERRUPTED_SECONDS = 4.0
_FADE_SECONDS = 0.02
_PEAK = 0.97


class People(StrEnum):
    """Whose voices: rules and thresholds may be tuned on `TUNING`."""

    TUNING = "tuning"
    APART = "apart"
    ALL = "all"


_SPEAKERS = {
    People.TUNING: ("1688", "2033"),
    People.APART: ("1998", "2414"),
    People.ALL: ("1688", "1998", "2033", "2414"),
}
# Slower voices will not do: played at 0.8 two strangers are as alike to CAM++ as one person is (0.6).
_PITCHES = (1.0, 1.3)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a conversation is to be. `overlaps` is the share of turns that begin before the last one ends,
    `interjections` the share of long turns into which somebody says a word.
    """

    name: str
    people: People
    speakers: int
    seed: int
    seconds: float = 180.0
    overlaps: float = 0.0
    interjections: float = 0.0
    noise: str = ""
    noise_decibels: float = 20.0


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """When somebody speaks."""

    start_seconds: float
    end_seconds: float
    speaker: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation that was made, and who speaks when in it."""

    name: str
    sound: Sound
    turns: tuple[SpokenTurn, ...]

    @property
    def overlapped_share(self) -> float:
        """How much of the time in which anybody speaks is spoken by two or more."""
        voices = np.zeros(self.sound.size // 160 + 1, dtype=np.int8)
        for turn in self.turns:
            voices[round(turn.start_seconds * 100) : round(turn.end_seconds * 100)] += 1
        return float((voices > 1).sum() / max((voices > 0).sum(), 1))


def have_voices() -> bool:
    """Whether there are real voices to make conversations of."""
    return shared_media("voices") is not None


def conversation(plan: Plan) -> Conversation:
    """The conversation that `plan` describes."""
    rng = np.random.default_rng(plan.seed)
    voices = _cast(rng, plan)
    gains = {name: -rng.uniform(0, _MOST_GAIN_DECIBELS) for name in voices}
    sound = np.zeros(int((plan.seconds + 60) * SAMPLE_RATE_HZ), dtype=np.float32)
    turns: list[SpokenTurn] = []
    now, speaker = rng.uniform(0.2, 1.0), ""
    while now < plan.seconds:
        speaker = _next_speaker(rng, list(voices), speaker, turns)
        said = _drawn(rng, voices[speaker])
        turn = _spoken(sound, said, now, speaker, gains[speaker])
        turns.append(turn)
        if rng.random() < plan.interjections and len(voices) > 1 and _is_long(turn):
            turns.append(_interjected(rng, sound, turn, voices, gains))
        now = max(turn.end_seconds + _gap(rng, plan), turn.start_seconds + 0.5)
    whole = sound[: round((max(turn.end_seconds for turn in turns) + 0.5) * SAMPLE_RATE_HZ)]
    return Conversation(plan.name, _finished(rng, plan, whole, voices), _in_order(turns))


def write_rttm(turns: Sequence[SpokenTurn], name: str, path: Path) -> Path:
    """As RTTM, the format that evaluations read (NIST, 2009)."""
    lines = [
        f"SPEAKER {name} 1 {turn.start_seconds:.3f} {turn.end_seconds - turn.start_seconds:.3f} "
        f"<NA> <NA> {turn.speaker} <NA> <NA>\n"
        for turn in turns
    ]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def _cast(rng: np.random.Generator, plan: Plan) -> dict[str, list[Sound]]:
    """Each voice's utterances in the order in which they will be said."""
    folder = shared_media("voices")
    if folder is None:
        raise FileNotFoundError("There is no folder shared/media/voices beside the checkout.")
    people = _SPEAKERS[plan.people]
    # Everyone as they are first; only then the same people faster.
    names = [(person, pitch) for pitch in _PITCHES for person in people][: plan.speakers]
    cast = {}
    for person, pitch in names:
        clips = sorted(folder.glob(f"{person}-*.flac"))
        cast[f"{person}x{pitch:g}"] = [
            trimmed_clip(clips[index], round(SAMPLE_RATE_HZ / pitch)) for index in rng.permutation(len(clips))
        ]
    return cast


def _next_speaker(rng: np.random.Generator, names: list[str], last: str, turns: Sequence[SpokenTurn]) -> str:
    silent = [name for name in names if name not in {turn.speaker for turn in turns}]
    others = [name for name in silent or names if name != last] or names
    return str(rng.choice(others))


def _drawn(rng: np.random.Generator, utterances: list[Sound]) -> Sound:
    """The next utterance, which goes to the end of the row; sometimes its beginning only."""
    said = utterances.pop(0)
    utterances.append(said)
    if rng.random() < 0.3:
        return _faded(said[: round(rng.uniform(1.0, 3.0) * SAMPLE_RATE_HZ)])
    return said


def _spoken(sound: Sound, said: Sound, when: float, speaker: str, gain: float) -> SpokenTurn:
    start = round(when * SAMPLE_RATE_HZ)
    sound[start : start + said.size] += sounds.at_level(said, _SPEECH_DECIBELS + gain)
    return SpokenTurn(
        round(start / SAMPLE_RATE_HZ, 3), round((start + said.size) / SAMPLE_RATE_HZ, 3), speaker
    )


def _is_long(turn: SpokenTurn) -> bool:
    return turn.end_seconds - turn.start_seconds >= _LEAST_INTERRUPTED_SECONDS


def _interjected(
    rng: np.random.Generator,
    sound: Sound,
    turn: SpokenTurn,
    voices: dict[str, list[Sound]],
    gains: dict[str, float],
) -> SpokenTurn:
    """Somebody else says a word into `turn`."""
    speaker = str(rng.choice([name for name in voices if name != turn.speaker]))
    utterance = voices[speaker][int(rng.integers(len(voices[speaker])))]
    said = _faded(utterance[: round(rng.uniform(*_INTERJECTION_SECONDS) * SAMPLE_RATE_HZ)])
    when = rng.uniform(turn.start_seconds + 0.5, turn.end_seconds - 2.5)
    return _spoken(sound, said, when, speaker, gains[speaker])


def _faded(sound: Sound) -> Sound:
    """Without the click of a sound that is cut off."""
    faded = sound.copy()
    count = min(round(_FADE_SECONDS * SAMPLE_RATE_HZ), faded.size)
    faded[-count:] *= np.linspace(1, 0, count, dtype=np.float32)
    return faded


def _gap(rng: np.random.Generator, plan: Plan) -> float:
    """Seconds until the next turn; negative when it begins early."""
    if rng.random() < plan.overlaps:
        return -float(rng.uniform(*_OVERLAP_SECONDS))
    least, most = _GAP_SECONDS
    return float(np.exp(rng.uniform(np.log(least), np.log(most))))


def _in_order(turns: list[SpokenTurn]) -> tuple[SpokenTurn, ...]:
    return tuple(sorted(turns, key=lambda turn: turn.start_seconds))


def _finished(rng: np.random.Generator, plan: Plan, sound: Sound, voices: dict[str, list[Sound]]) -> Sound:
    if plan.noise:
        loudness = 20 * np.log10(sounds.level(sound)) - plan.noise_decibels
        sound = sound + sounds.at_level(_noise(rng, plan.noise, sound.size, voices), loudness)
    return sound * min(1.0, _PEAK / float(np.abs(sound).max()))


def _noise(rng: np.random.Generator, kind: str, samples: int, voices: dict[str, list[Sound]]) -> Sound:
    if kind == "babble":
        return sounds.babble(rng, samples, [said for row in voices.values() for said in row])
    return {"white": sounds.white, "pink": sounds.pink, "hum": sounds.hum, "music": sounds.music}[kind](
        rng, samples
    )
