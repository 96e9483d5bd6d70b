import json
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

from surtitle.domain.transcript import Origin, Transcript
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
