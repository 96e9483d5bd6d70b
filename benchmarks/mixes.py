"""Conversations made of single utterances, so that who says what and when is known exactly.

`python -m benchmarks.mixes FOLDER [--set tuning|apart|more]` writes them: `FOLDER/SET/NAME.wav` (16 kHz,
mono) and `NAME.json` (times, speakers, words). Rules and thresholds may be tuned on the set `tuning`; `apart`
and `more` are for the verdict. The same seed gives the same mix.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import count, pairwise
from pathlib import Path

import numpy as np

from benchmarks import sounds
from benchmarks.report import progress
from benchmarks.sounds import SAMPLE_RATE_HZ, Sound
from benchmarks.utterances import Utterance, local_utterances, real_utterances

SETS = {"tuning": range(8), "apart": range(100, 108), "more": range(300, 324)}

_SPEECH_DECIBELS = -23.0
_MUSIC_DECIBELS = -30.0
_MUSIC_GAP_SECONDS = 2.0
_MOST_OVERLAP_SECONDS = 1.0
_MOST_GAIN_DECIBELS = 15.0
_LENGTH_SECONDS = (120.0, 235.0)
_LEAD_SECONDS = (0.0, 1.5)
_PEAK = 0.97
_FIRST_TALK_SEED = 5000
_ROOM_DECIBELS = -55.0


class _Gaps(StrEnum):
    QUICK = "quick"
    TALK = "talk"
    SLOW = "slow"
    ANY = "any"


_GAP_SECONDS = {
    _Gaps.QUICK: (0.05, 0.5),
    _Gaps.TALK: (0.2, 1.5),
    _Gaps.SLOW: (1.0, 12.0),
    _Gaps.ANY: (0.05, 12.0),
}


@dataclass(frozen=True, slots=True)
class _Traits:
    """What makes a mix hard. `overlaps` is the share of turns that begin before the last one ends."""

    gaps: _Gaps
    overlaps: float = 0.0
    uneven: bool = False
    noise: str = ""
    telephone: bool = False
    music: bool = False
    local_voice: bool = False


# Eight seeds in a row meet each difficulty; all amounts are drawn by the seed.
_TRAITS = (
    _Traits(_Gaps.QUICK),
    _Traits(_Gaps.TALK, overlaps=0.3, uneven=True),
    _Traits(_Gaps.SLOW, music=True),
    _Traits(_Gaps.QUICK, noise="white", uneven=True, local_voice=True),
    _Traits(_Gaps.ANY, noise="pink", uneven=True),
    _Traits(_Gaps.TALK, telephone=True, noise="hum"),
    _Traits(_Gaps.ANY, noise="babble", overlaps=0.15),
    _Traits(_Gaps.ANY, music=True, telephone=True, local_voice=True),
)


_TALK = _Traits(_Gaps.TALK, overlaps=0.1)


@dataclass(frozen=True, slots=True)
class Turn:
    """When somebody says what."""

    start_seconds: float
    end_seconds: float
    speaker: str
    clip: str
    text: str


@dataclass(frozen=True, slots=True)
class Mix:
    """A conversation. `difficulties` tells in words what was done to it."""

    name: str
    path: Path
    difficulties: str
    turns: list[Turn]

    @property
    def reference(self) -> str:
        """What is said, in the order in which the turns begin."""
        return " ".join(turn.text for turn in self.turns)


class MixMaker:
    """Makes mixes in `folder` and keeps there what it needs again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def mixes(self, name: str, most: int | None = None) -> list[Mix]:
        """A set by its name, or its first `most`; from disk where it was made before."""
        return [self._mix(name, seed) for seed in SETS[name][:most]]

    def talk(self, name: str, seconds: float) -> Mix:
        """People in conversation for so long or a little longer. Its stretches are of ever new lengths, as in
        meetings, and unlike what is said again and again.
        """
        turns: list[Turn] = []
        path = sounds.write_parts(self._talked(seconds, turns), self._folder / f"{name}.wav")
        return Mix(name, path, "talk, with overlaps", turns)

    def _talked(self, seconds: float, turns: list[Turn]) -> Iterator[Sound]:
        """One conversation after another, whose turns go to `turns`."""
        now = 0.0
        for seed in count(_FIRST_TALK_SEED):
            if now >= seconds:
                return
            rng = np.random.default_rng(seed)
            said, sound = _conversation(rng, _TALK, self._real or self._local)
            turns += [
                replace(one, start_seconds=now + one.start_seconds, end_seconds=now + one.end_seconds)
                for one in said
            ]
            now += sound.size / SAMPLE_RATE_HZ
            yield sound + sounds.at_level(sounds.pink(rng, sound.size), _ROOM_DECIBELS)

    def _mix(self, set_name: str, seed: int) -> Mix:
        path = self._folder / set_name / f"{set_name}-{seed}.wav"
        described = path.with_suffix(".json")
        if not described.exists():
            progress(f"mixing {path.stem}")
            self._make(path, seed)
        told = json.loads(described.read_text(encoding="utf-8"))
        turns = [Turn(**turn) for turn in told["utterances"]]
        return Mix(path.stem, path, told["difficulties"], turns)

    def _make(self, path: Path, seed: int) -> None:
        local = _traits_of(seed).local_voice or not self._real
        turns, sound, difficulties = mixed(seed, self._local if local else self._real)
        path.parent.mkdir(parents=True, exist_ok=True)
        sounds.write_wav(sound, path)
        told = {
            "seed": seed,
            "difficulties": difficulties,
            "reference": " ".join(turn.text for turn in turns),
            "utterances": [asdict(turn) for turn in turns],
        }
        path.with_suffix(".json").write_text(json.dumps(told, indent=1), encoding="utf-8")

    @cached_property
    def _real(self) -> list[Utterance]:
        return real_utterances(self._folder / "decoded-alone.json")

    @cached_property
    def _local(self) -> list[Utterance]:
        return local_utterances(self._folder)


def mixed(seed: int, voices: list[Utterance]) -> tuple[list[Turn], Sound, str]:
    """A conversation among `voices`: its turns, its sound, and in words what makes it hard."""
    rng, traits = np.random.default_rng(seed), _traits_of(seed)
    turns, speech = _conversation(rng, traits, voices)
    return turns, *_hardened(rng, traits, turns, speech, voices)


def _traits_of(seed: int) -> _Traits:
    return _TRAITS[seed % len(_TRAITS)]


def _conversation(
    rng: np.random.Generator, traits: _Traits, voices: list[Utterance]
) -> tuple[list[Turn], Sound]:
    """Turns in the order in which they begin, and their sound with nothing around it."""
    said = _cast(rng, voices)
    gains = _gains(rng, traits, sorted({utterance.speaker for utterance in voices}))
    sound = np.zeros(int((_LENGTH_SECONDS[1] + 60) * SAMPLE_RATE_HZ), dtype=np.float32)
    length, now, turns = rng.uniform(*_LENGTH_SECONDS), rng.uniform(*_LEAD_SECONDS), []
    for utterance in said:
        start = round(now * SAMPLE_RATE_HZ)
        end = start + utterance.sound.size
        sound[start:end] += sounds.at_level(utterance.sound, _SPEECH_DECIBELS + gains[utterance.speaker])
        times = (round(start / SAMPLE_RATE_HZ, 3), round(end / SAMPLE_RATE_HZ, 3))
        turns.append(Turn(*times, utterance.speaker, utterance.clip, utterance.text))
        # No turn begins before the one before it began: the order of the words stays known.
        now = max(times[1] + _gap(rng, traits), times[0] + 0.5)
        if now > length:
            break
    last = max(turn.end_seconds for turn in turns) + rng.uniform(*_LEAD_SECONDS)
    return turns, sound[: round(last * SAMPLE_RATE_HZ)]


def _cast(rng: np.random.Generator, voices: list[Utterance]) -> list[Utterance]:
    """Two to four people in random order; nobody says the same thing twice."""
    people = sorted({utterance.speaker for utterance in voices})
    present = set(rng.choice(people, size=rng.integers(2, len(people) + 1), replace=False))
    said = [utterance for utterance in voices if utterance.speaker in present]
    return [said[index] for index in rng.permutation(len(said))]


def _gains(rng: np.random.Generator, traits: _Traits, speakers: list[str]) -> dict[str, float]:
    """Decibels of each speaker against the loudest."""
    most = _MOST_GAIN_DECIBELS if traits.uneven else 2.0
    return {speaker: -rng.uniform(0, most) for speaker in speakers}


def _gap(rng: np.random.Generator, traits: _Traits) -> float:
    """Seconds until the next turn; negative when it begins early."""
    if rng.random() < traits.overlaps:
        return -rng.uniform(0.1, _MOST_OVERLAP_SECONDS)
    least, most = _GAP_SECONDS[traits.gaps]
    # On a logarithmic scale: most gaps are short, a few long.
    return float(np.exp(rng.uniform(np.log(least), np.log(most))))


def _hardened(
    rng: np.random.Generator, traits: _Traits, turns: list[Turn], speech: Sound, voices: list[Utterance]
) -> tuple[Sound, str]:
    """The speech with all that makes it hard, and that in words."""
    sound, told = speech, [f"{traits.gaps} gaps"]
    told += ["overlaps"] * bool(traits.overlaps) + ["uneven voices"] * traits.uneven
    if traits.music:
        sound = sound + _music_in_gaps(rng, turns, speech.size)
        told.append("music in gaps")
    if traits.noise:
        ratio = rng.uniform(8, 30)
        loudness = 20 * np.log10(_speech_level(turns, speech)) - ratio
        sound = sound + sounds.at_level(_noise(rng, traits.noise, speech.size, voices), loudness)
        told.append(f"{traits.noise} noise at {ratio:.0f} dB")
    if traits.telephone:
        sound = sounds.over_telephone(sound)
        told.append("telephone")
    if traits.local_voice:
        told.append("local voice")
    return sound * min(1.0, _PEAK / float(np.abs(sound).max())), ", ".join(told)


def _noise(rng: np.random.Generator, kind: str, samples: int, voices: list[Utterance]) -> Sound:
    if kind == "babble":
        return sounds.babble(rng, samples, [utterance.sound for utterance in voices])
    return {"white": sounds.white, "pink": sounds.pink, "hum": sounds.hum}[kind](rng, samples)


def _speech_level(turns: list[Turn], speech: Sound) -> float:
    """Root mean square while somebody speaks."""
    spoken = [
        speech[round(turn.start_seconds * SAMPLE_RATE_HZ) : round(turn.end_seconds * SAMPLE_RATE_HZ)]
        for turn in turns
    ]
    return sounds.level(np.concatenate(spoken))


def _music_in_gaps(rng: np.random.Generator, turns: list[Turn], samples: int) -> Sound:
    tune = np.zeros(samples, dtype=np.float32)
    for before, after in pairwise(turns):
        if after.start_seconds - before.end_seconds >= _MUSIC_GAP_SECONDS:
            start = round(before.end_seconds * SAMPLE_RATE_HZ)
            end = round(after.start_seconds * SAMPLE_RATE_HZ)
            tune[start:end] = sounds.at_level(sounds.music(rng, end - start), _MUSIC_DECIBELS)
    return tune


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mixes", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--set", choices=SETS, action="append", help="which set; all when left out")
    chosen = parser.parse_args()
    maker = MixMaker(chosen.folder)
    for name in chosen.set or SETS:
        for mix in maker.mixes(name):
            print(f"{mix.path}: {len(mix.turns)} turns, {mix.difficulties}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
