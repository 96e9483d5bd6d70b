import json

import pytest
from starlette.exceptions import HTTPException
from tests.api.installation import UNKNOWN_ID, Installation
from tests.api.people import person

from surtitle.api.bodies import MAX_DEPTH, require_shallow

JSON = {"Content-Type": "application/json"}


def nested(levels: int, opening: str = "[", closing: str = "]") -> bytes:
    return (opening * levels + closing * levels).encode()


@pytest.mark.parametrize(
    "document",
    [
        nested(100_000),
        nested(100_000, '{"a":', "}").replace(b":}", b":1}", 1),
        nested(MAX_DEPTH + 1),
        b"[" * 100_000,
        b'{"a": "]]]]", "b": ' + nested(MAX_DEPTH + 1) + b"}",
        b'["\\"", ' + nested(MAX_DEPTH) + b"]",
    ],
)
def test_what_is_nested_too_deeply_is_refused(document: bytes) -> None:
    with pytest.raises(HTTPException, match="64 levels"):
        require_shallow(document)


@pytest.mark.parametrize(
    "document",
    [
        nested(MAX_DEPTH),
        b"[" + b"[]," * 1000 + b"[]]",
        json.dumps({"text": "[" * 1000 + '"\\' + "{" * 1000}).encode(),
        b"",
        b"null",
        b'"' + b'\\"' * 500_000,
        b"]" * 1000,
    ],
)
def test_brackets_in_texts_and_side_by_side_are_no_depth(document: bytes) -> None:
    require_shallow(document)


async def test_a_deep_body_is_the_clients_fault(api: Installation) -> None:
    for levels in (65, 500, 990, 5_000, 100_000):
        deep = nested(levels)
        wish = (
            b'{"recipe": "transcript", "media_id": "' + UNKNOWN_ID.encode() + b'", "options": ' + deep + b"}"
        )
        for body in (wish, deep):
            answer = await api.client.post("/api/jobs", content=body, headers=JSON)
            assert (answer.status_code, "64 levels" in answer.text) == (400, True)


NUMBERS = ["1" * 5000, "-" + "9" * 4000, "1e999", "-1e999", "NaN", "Infinity", "0.1" + "0" * 5000]


async def test_a_number_without_end_is_the_clients_fault(exposed: Installation) -> None:
    ana = await person(exposed)
    media_id = (await ana.starts())["media_id"]
    options = ("audio_track", "beam_size", "nonsense")
    jobs = [
        f'{{"recipe": "subtitles", "media_id": "{media_id}", "options": {{"{option}": %s}}}}'
        for option in options
    ]
    wishes = [
        *(("POST", "/api/jobs", wish) for wish in jobs),
        ("POST", "/api/users/me/profiles", '{"name": "x", "default_options": {"subtitles": {"a": %s}}}'),
        ("PATCH", ana.home, '{"default_options": {"subtitles": {"audio_track": %s}}}'),
        ("PATCH", ana.home, '{"retention_days": %s}'),
        ("POST", f"/api/media/{media_id}/link", '{"expires_in_seconds": %s}'),
    ]
    for method, path, wish in wishes:
        for number in NUMBERS:
            answer = await ana.asks(method, path, content=(wish % number).encode(), headers=JSON)
            assert answer.status_code in {400, 422}, (path, wish, number[:20], answer.text)
