import math
from typing import Any

import httpx
import pytest
from openai import APIStatusError, BadRequestError, InternalServerError, NotFoundError, OpenAI
from tests.api.installation import installed, wav
from tests.api.openai.conftest import calling
from tests.server import Server

from surtitle.config import LimitSettings

SOUND = ("talk.wav", wav())
TRANSCRIPTIONS = "/v1/audio/transcriptions"


@pytest.mark.parametrize(
    ("wish", "param", "code"),
    [
        ({"response_format": "docx"}, "response_format", "invalid_value"),
        ({"include": ["logprobs"], "response_format": "diarized_json"}, "include", "unsupported_value"),
        ({"known_speaker_names": ["Ann"]}, "known_speaker_names", "unsupported_value"),
        ({"timestamp_granularities": ["word"]}, "timestamp_granularities", "unsupported_value"),
        (
            {"timestamp_granularities": ["letter"], "response_format": "verbose_json"},
            "timestamp_granularities",
            "invalid_value",
        ),
        ({"include": ["logprobs"], "response_format": "text"}, "include", "unsupported_value"),
        ({"include": ["speed"]}, "include", "invalid_value"),
        ({"stream": True, "response_format": "srt"}, "stream", "unsupported_value"),
        ({"temperature": 1.2}, "temperature", "invalid_value"),
        ({"temperature": -0.1}, "temperature", "invalid_value"),
        ({"temperature": math.nan}, "temperature", "invalid_value"),
        ({"language": "english"}, "language", "invalid_value"),
        ({"language": "xx"}, "language", "invalid_value"),
        ({"language": "en", "languages": ["fr"]}, "languages", "unsupported_value"),
        ({"keywords": ["word " * 500]}, "keywords", "invalid_value"),
        ({"chunking_strategy": "none"}, "chunking_strategy", "invalid_value"),
        ({"chunking_strategy": {"type": "client_vad"}}, "chunking_strategy", "invalid_value"),
        ({"extra_body": {"speed": "2"}}, "speed", "unknown_parameter"),
        ({"extra_body": {"model": ""}}, "model", "missing_required_parameter"),
        ({"prompt": "x" * 70_000}, None, "malformed_upload"),
        ({"file": ("empty.wav", b"")}, None, "not_media"),
        ({"file": ("talk.wav", b"no sound at all " * 100)}, None, "not_media"),
        ({"extra_headers": {"X-Surtitle-Keep": "perhaps"}}, "X-Surtitle-Keep", "invalid_request"),
    ],
)
def test_what_cannot_be_done_is_a_bad_request_that_names_the_field(
    server: Server, client: OpenAI, wish: dict[str, Any], param: str | None, code: str
) -> None:
    with pytest.raises(BadRequestError) as refused:
        client.audio.transcriptions.create(**{"model": "whisper-1", "file": SOUND, **wish})
    assert (refused.value.param, refused.value.code) == (param, code)
    assert refused.value.type == "invalid_request_error"
    for kept in ("media", "jobs"):
        assert httpx.get(f"{server.url}/api/{kept}").json()["items"] == []


def test_a_language_by_name_is_refused_with_its_code(client: OpenAI) -> None:
    with pytest.raises(BadRequestError, match="write 'fr'"):
        client.audio.transcriptions.create(model="whisper-1", file=SOUND, language="French")


def test_a_model_that_does_not_exist_is_not_found(client: OpenAI) -> None:
    def transcribe() -> object:
        return client.audio.transcriptions.create(model="whisper-9", file=SOUND)

    for ask in (transcribe, lambda: client.models.retrieve("whisper-9")):
        with pytest.raises(NotFoundError, match="GET /v1/models") as refused:
            ask()
        assert (refused.value.code, refused.value.param) == ("model_not_found", "model")


@pytest.mark.parametrize(
    ("request_line", "sent", "status", "code"),
    [
        (f"POST {TRANSCRIPTIONS}", {"json": {"model": "whisper-1"}}, 400, "malformed_upload"),
        (f"POST {TRANSCRIPTIONS}", {"files": {"model": (None, "whisper-1")}}, 400, "malformed_upload"),
        (f"POST {TRANSCRIPTIONS}", {"files": {"file": (None, "talk.wav")}}, 400, "malformed_upload"),
        (f"POST {TRANSCRIPTIONS}", {"headers": {"Origin": "http://evil"}}, 403, "foreign_origin"),
        ("GET /v1/models", {"headers": {"Host": "evil"}}, 421, "foreign_host"),
        (f"GET {TRANSCRIPTIONS}", {}, 405, "method_not_allowed"),
        ("GET /v1/chat/completions", {}, 404, "no_such_route"),
    ],
)
def test_every_refusal_has_openais_envelope(
    server: Server, request_line: str, sent: Any, status: int, code: str
) -> None:
    method, path = request_line.split()
    answer = httpx.request(method, server.url + path, **sent)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()["error"]
    assert (error["type"], error["code"]) == ("invalid_request_error", code)
    assert error["message"]


def test_other_paths_keep_their_problem_documents(server: Server) -> None:
    for path in ("/v1", "/v10/models", "/api/v1/models"):
        assert httpx.get(server.url + path).headers["content-type"] == "application/problem+json"


async def test_a_full_disk_and_a_large_file_have_the_clients_own_classes(tmp_path: Any) -> None:
    async with (
        installed(tmp_path / "full", limits=LimitSettings(free_disk_bytes=2**60)) as full,
        calling(full) as client,
    ):
        with pytest.raises(InternalServerError) as refused:
            await client.audio.transcriptions.create(model="whisper-1", file=SOUND)
        assert (refused.value.status_code, refused.value.code) == (507, "storage_full")
    async with (
        installed(tmp_path / "small", limits=LimitSettings(upload_bytes=1000)) as small,
        calling(small) as client,
    ):
        with pytest.raises(APIStatusError) as refused_too:
            await client.audio.transcriptions.create(model="whisper-1", file=SOUND)
        assert (refused_too.value.status_code, refused_too.value.code) == (413, "too_large")
