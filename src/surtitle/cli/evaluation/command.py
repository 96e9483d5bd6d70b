"""`surtitle evaluate`: error rates of a result against what is known to be right."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from surtitle.cli.evaluation.reading import Said, read_said
from surtitle.errors import Invalid


def evaluate(
    result: Annotated[
        list[Path],
        typer.Argument(help="What was made: result.json, diarization.json, rttm, stm, SegLST json or txt."),
    ],
    reference: Annotated[
        list[Path],
        typer.Option(
            "--reference", "-r", help="What is right: rttm, stm, SegLST json or txt. May be repeated."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Compare a result with a reference: DER, JER, WER and cpWER."""
    from surtitle.cli.evaluation.rates import turn_rates, word_rates  # noqa: PLC0415

    right, made = _read(reference), _read(result)
    turns = turn_rates(right.turns, made.turns) if right.turns and made.turns else None
    words = word_rates(right.words, made.words) if right.words and made.words else None
    if turns is None and words is None:
        raise Invalid(
            "The two have nothing in common to compare: one has words only, the other turns only.",
            field="reference",
        )
    if as_json:
        told = {"turns": asdict(turns) if turns else None, "words": asdict(words) if words else None}
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
        return
    if turns:
        _show(
            ("DER", turns.der),
            ("  missed", turns.missed),
            ("  false alarm", turns.false_alarm),
            ("  wrong speaker", turns.confused),
            ("DER, collar 0.25 s, no overlap", turns.der_collar),
            ("JER", turns.jer),
        )
        typer.echo(f"{'speakers':<32}{turns.speakers_found:>8} of {turns.speakers}")
    if words:
        _show(("WER", words.wer), *([("cpWER", words.cpwer)] if words.cpwer is not None else []))
        typer.echo(f"{'words':<32}{words.words:>8}")


class _Both:
    """What several files tell together."""

    def __init__(self, said: Sequence[Said]) -> None:
        timed = [one for one in said if one.speaker is not None]
        # Where a file tells turns and words apart, its turns are the better judge of times.
        self.turns = [one for one in timed if one.text is None] or timed
        self.words = [one for one in said if one.text is not None]


def _read(paths: Sequence[Path]) -> _Both:
    for path in paths:
        if not path.is_file():
            raise Invalid(f"There is no file {path}.", field="file")
    return _Both([one for path in paths for one in read_said(path)])


def _show(*rates: tuple[str, float]) -> None:
    for name, rate in rates:
        typer.echo(f"{name:<32}{rate:>8.2%}")
