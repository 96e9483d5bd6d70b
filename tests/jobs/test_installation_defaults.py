from pathlib import Path

from tests.api.installation import installed

from surtitle.config import JobSettings


async def test_a_job_has_what_the_installation_says_where_nobody_names_it(tmp_path: Path) -> None:
    async with installed(tmp_path, jobs=JobSettings(default_language="French", default_vad=False)) as api:
        media_id = (await api.bring())["id"]
        bare = await api.start("subtitles", media_id=media_id)
        named = await api.start("transcript", media_id=media_id, options={"language": "es", "vad": True})
        other = await api.start("transcript", media_id=media_id, options={"multilingual": True})

    assert (bare["options"]["language"], bare["options"]["vad"]) == ("fr", False)
    assert (named["options"]["language"], named["options"]["vad"]) == ("es", True)
    # One language and several contradict each other: what was asked for stays.
    assert (other["options"]["language"], other["options"]["vad"]) == (None, False)
