import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

from surtitle.domain.transcript import PERSON, PERSON_ORIGIN, Origin, Transcript, Word
from surtitle.transcripts.schema import (
    UnreadableTranscript,
    read_transcript,
    transcript_json,
    transcript_schema,
    transcript_schema_json,
)

DOCUMENTED = Path(__file__).parents[2] / "docs/user/transcript.schema.json"


def test_a_transcript_survives_the_way_to_json_and_back(transcript: Transcript) -> None:
    data = transcript_json(transcript)
    assert read_transcript(data) == transcript
    assert transcript_json(read_transcript(data)) == data
    assert data.endswith(b"}\n")


def test_readers_find_the_text_beside_the_words(transcript: Transcript) -> None:
    document = json.loads(transcript_json(transcript))
    assert document["text"] == "Good morning, Zoë Müller-Smith. <b>& {\\N}"
    assert document["segments"][0]["text"] == "Good morning, Zoë Müller-Smith."
    assert document["segments"][0]["words"][0] == {
        "id": "w1",
        "text": "Good",
        "start_seconds": 0.5,
        "end_seconds": 0.8,
        "confidence": 0.991,
        "glued": False,
    }


def test_a_persons_word_says_so_and_an_engines_says_nothing(transcript: Transcript) -> None:
    first, *rest = transcript.segments
    mine = replace(first, words=(replace(first.words[0], origin=PERSON, confidence=None), *first.words[1:]))
    edited = replace(transcript, segments=(mine, *rest), origins={PERSON: PERSON_ORIGIN})
    document = json.loads(transcript_json(edited))
    words = document["segments"][0]["words"]
    assert words[0]["origin"] == "person"
    assert "origin" not in words[1]
    assert document["origins"]["person"]["kind"] == "person"
    jsonschema.Draft202012Validator(transcript_schema()).validate(document)
    assert read_transcript(transcript_json(edited)) == edited


def test_a_document_written_before_words_had_origins_is_read(transcript: Transcript) -> None:
    document = json.loads(transcript_json(transcript))
    for key in ("origins", "unheard", "speech_seconds", "covered_seconds", "doubtful_seconds"):
        del document[key]
    del document["origin"]["kind"]
    assert read_transcript(json.dumps(document).encode()) == transcript


def test_the_document_keeps_its_own_schema(transcript: Transcript) -> None:
    validator = jsonschema.Draft202012Validator(transcript_schema())
    validator.validate(json.loads(transcript_json(transcript)))
    empty = Transcript(0.0, None, None, Origin("dummy", "none", "float32", "cpu"))
    validator.validate(json.loads(transcript_json(empty)))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({"schema_version": 1})


def test_the_documented_schema_is_the_present_one() -> None:
    assert DOCUMENTED.read_text() == transcript_schema_json(), (
        "write it again: python -m surtitle.transcripts.schema > docs/user/transcript.schema.json"
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "schema_version None"),
        (b'{"schema_version": 2}', "schema_version 2"),
        (b'{"schema_version": 1}', "damaged at 'duration_seconds'"),
    ],
)
def test_what_is_no_transcript_is_refused_with_a_reason(data: bytes, said: str) -> None:
    with pytest.raises(UnreadableTranscript, match=said):
        read_transcript(data)


def test_a_damaged_word_is_named(transcript: Transcript) -> None:
    data = transcript_json(transcript).replace(b'"confidence": 0.991', b'"confidence": 7')
    with pytest.raises(UnreadableTranscript, match=r"segments\.0\.words\.0\.confidence"):
        read_transcript(data)


def test_a_damaged_word_is_told_by_its_place(transcript: Transcript) -> None:
    document = json.loads(transcript_json(transcript))
    document["segments"][1]["words"][1]["start_seconds"] = -1
    with pytest.raises(UnreadableTranscript, match=r"damaged at 'segments\.1\.words\.1\.start_seconds'"):
        read_transcript(json.dumps(document).encode())
    document["segments"][1] = "x"
    with pytest.raises(UnreadableTranscript, match=r"damaged at 'segments\.1'"):
        read_transcript(json.dumps(document).encode())


def test_a_long_document_is_read_in_little_memory(transcript: Transcript) -> None:
    words = tuple(Word(f"w{number}", "ambassador", 0.5, 0.5, 0.9) for number in range(20_000))
    data = transcript_json(replace(transcript, segments=(replace(transcript.segments[0], words=words),)))
    tracemalloc.start()
    try:
        assert len(read_transcript(data).words) == len(words)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * len(data)
