import subprocess
from datetime import timedelta
from pathlib import Path

import imageio_ffmpeg
from sqlalchemy import update
from tests.pipelines.voices.conftest import (
    ANA,
    BEN,
    CLEO,
    CONSENT,
    TALK,
    Choir,
    corrects,
    ends_consent,
    humming,
)

from surtitle.clock import utc_now
from surtitle.db.job_models import JobStep
from surtitle.db.voice_models import Voiceprint
from surtitle.pipelines.voices.enrolment import MOST_CLIPS


async def test_who_is_known_by_a_clip_is_named_in_a_meeting_and_a_stranger_is_not(choir: Choir) -> None:
    voice = await choir.enrols("Ana Duarte", ANA)
    assert voice["state"] == "known"
    assert voice["consents"][0]["given_by"] == "Ana Duarte, in writing"
    meeting = await choir.meets(*TALK)
    assert await choir.speakers(meeting) == ["Ana Duarte", "speaker_2"]
    told = await choir.file(meeting, "speakers.json")
    assert [(one["name"], one["voice_id"]) for one in told["speakers"]] == [
        ("Ana Duarte", voice["id"]),
        (None, None),
    ]
    undecided = await choir.meets(*TALK, identification={"enabled": False})
    assert await choir.speakers(undecided) == ["speaker_1", "speaker_2"]


async def test_who_is_known_is_named_whatever_numbers_the_diarizer_has_for_voices(choir: Choir) -> None:
    await choir.enrols("Ana Duarte", ANA)
    meeting = await choir.meets(*TALK, diarization={"engine": "pitch-otherwise"})
    assert (await choir.file(meeting, "diarization.json"))["engine"] == "pitch-otherwise"
    assert await choir.speakers(meeting) == ["Ana Duarte", "speaker_2"]
    assert (await choir.file(meeting, "speakers.json"))["encoder"] == "pitch-16"


async def test_the_step_done_again_later_hears_the_speakers_anew(choir: Choir) -> None:
    meeting = await choir.meets(*TALK)
    await choir.enrols("Ben", BEN)
    async with choir.parts.database.writing() as session:
        failed = update(JobStep).where(JobStep.name == "identification").values(state="failed")
        await session.execute(failed)
    await choir.asks("POST", f"/api/jobs/{meeting['id']}/steps/identification/retry", status=202)
    again = await choir.ends(meeting)
    assert await choir.speakers(again) == ["speaker_1", "Ben"]


async def test_clips_that_teach_nothing_or_the_wrong_thing_are_refused(choir: Choir) -> None:
    known = await choir.enrols("Ana", ANA)
    assert (await choir.enrols(" ANA ", BEN, status=409))["type"] == "/problems/voice-name-taken"
    alike = await choir.enrols("Anna", ANA, status=409)
    assert (alike["type"], alike["voice_id"]) == ("/problems/voice-known-otherwise", known["id"])
    over = (utc_now() - timedelta(days=1)).isoformat()
    assert "ended already" in (await choir.enrols("Ben", BEN, status=422, expires_at=over))["detail"]
    assert "given_by" in (await choir.enrols("Ben", BEN, status=422, given_by=" "))["detail"]
    form = {"name": "Ben", **CONSENT}
    for clip, why in (
        (humming((BEN, 6), (CLEO, 4)), "several-voices"),
        (humming((BEN, 2)), "too-short"),
        (humming((0, 5)), "no-speech"),
    ):
        assert (await choir.sends("/api/voices", clip, form, 422))["why"] == why
    clips = f"/api/voices/{known['id']}/clips"
    assert (await choir.sends(clips, humming((BEN, 5)), {}, 422))["type"] == "/problems/another-voice"
    same = await choir.sends(clips, humming((ANA, 5)), {})
    assert len(same["clips"]) == 1, "the same clip twice is one"
    surer = await choir.sends(clips, humming((ANA, 8)), {})
    removed = await choir.asks("DELETE", f"{clips}/{surer['clips'][0]['id']}")
    assert [clip["speech_seconds"] for clip in removed["clips"]] == [8.0]
    assert (await choir.enrols("Twin of Ana", ANA, alike="true"))["state"] == "known"


async def test_what_another_encoder_heard_can_be_learned_again(choir: Choir) -> None:
    known = await choir.enrols("Ana", ANA)
    clips = f"/api/voices/{known['id']}/clips"
    for seconds in range(6, 5 + MOST_CLIPS):
        await choir.sends(clips, humming((ANA, seconds)), {})
    async with choir.parts.database.writing() as session:
        await session.execute(update(Voiceprint).values(encoder="older-1"))
    again = await choir.sends(clips, humming((ANA, 5)), {})
    assert len(again["clips"]) == MOST_CLIPS + 1
    assert "Ana" in await choir.speakers(await choir.meets(*TALK))
    assert len((await choir.sends(clips, humming((ANA, 5)), {}))["clips"]) == MOST_CLIPS + 1


async def test_a_voice_without_consent_is_not_compared_and_soon_forgotten(choir: Choir) -> None:
    voice = await choir.enrols("Ana", ANA)
    await ends_consent(choir, voice["id"], days_ago=2)
    assert await choir.speakers(await choir.meets(*TALK)) == ["speaker_1", "speaker_2"]
    home = f"/api/voices/{voice['id']}"
    assert (await choir.asks("GET", home))["state"] == "consent-over"
    assert (await choir.sends(f"{home}/clips", humming((ANA, 8)), {}, 409))[
        "type"
    ] == "/problems/consent-over"
    assert await choir.parts.voices.forgetting.forget_expired(timedelta(days=30)) == 0
    renewed = await choir.asks("PATCH", home, json={"consent": CONSENT})
    assert (renewed["state"], len(renewed["consents"])) == ("known", 2)
    assert await choir.parts.voices.forgetting.forget_expired(timedelta(days=1)) == 0
    await ends_consent(choir, voice["id"], days_ago=2)
    assert await choir.parts.voices.forgetting.forget_expired(timedelta(days=1)) == 1
    assert (await choir.asks("GET", home))["clips"] == []


async def test_a_labelled_speaker_is_enrolled_and_named_in_past_meetings(choir: Choir) -> None:
    first = await choir.meets(*TALK)
    second = await choir.meets((CLEO, 5), (BEN, 5))
    await corrects(choir, second, "speaker_1", "Cleopatra")
    wish = {"name": "Ben", "consent": CONSENT, "transcript_id": first["transcript_id"]}
    nobody = await choir.asks(
        "POST", "/api/voices/from-speaker", json={**wish, "speaker": "speaker_9"}, status=422
    )
    assert nobody["type"] == "/problems/nothing-of-speaker"
    voice = await choir.asks(
        "POST", "/api/voices/from-speaker", json={**wish, "speaker": "speaker_2"}, status=201
    )
    past = await choir.asks("POST", f"/api/voices/{voice['id']}/name-past-meetings")
    assert past["looked_at"] == 2
    assert {one["transcript_id"] for one in past["named"]} == {
        first["transcript_id"],
        second["transcript_id"],
    }
    assert await choir.speakers(first) == ["speaker_1", "Ben"]
    assert await choir.speakers(second) == ["Cleopatra", "Ben"]
    await choir.asks("PATCH", f"/api/voices/{voice['id']}", json={"name": "Benjamin"})
    await choir.asks("POST", f"/api/voices/{voice['id']}/name-past-meetings")
    assert await choir.speakers(first) == ["speaker_1", "Benjamin"]


async def test_a_job_that_took_its_text_from_elsewhere_names_nobody_there(choir: Choir) -> None:
    meeting = await choir.meets(*TALK)
    files = {"file": ("other.wav", humming((BEN, 5), (ANA, 5), (BEN, 5)))}
    other = await choir.asks("POST", "/api/media", files=files, status=201)
    wish = {"recipe": "meeting", "transcript_id": meeting["transcript_id"], "media_id": other["id"]}
    await choir.ends(await choir.asks("POST", "/api/jobs", json=wish, status=202))
    # `speaker_1` of the second job, and `speaker_2` of the first.
    voice = await choir.enrols("Ben", BEN)
    past = await choir.asks("POST", f"/api/voices/{voice['id']}/name-past-meetings")
    assert await choir.speakers(meeting) == ["speaker_1", "Ben"]
    assert past["looked_at"] == 1


async def test_a_name_that_a_voice_gave_wrongly_stays_with_those_to_whom_a_person_gave_it(
    choir: Choir,
) -> None:
    ana = await choir.enrols("Ana", BEN)
    meeting = await choir.meets(*TALK)
    assert await choir.speakers(meeting) == ["speaker_1", "Ana"]
    await corrects(choir, meeting, "Ana", "Ben")
    await corrects(choir, meeting, "speaker_1", "Ana")
    clips = f"/api/voices/{ana['id']}/clips"
    await choir.sends(clips, humming((ANA, 5)), {"alike": "true"})
    await choir.asks("DELETE", f"{clips}/{ana['clips'][0]['id']}")
    ben = await choir.enrols("Ben", BEN)
    past = await choir.asks("POST", f"/api/voices/{ben['id']}/name-past-meetings")
    assert (past["looked_at"], past["named"]) == (1, [])
    assert await choir.speakers(meeting) == ["Ana", "Ben"]


async def test_voices_are_heard_on_the_audio_track_that_the_job_listened_to(
    choir: Choir, tmp_path: Path
) -> None:
    recording = two_tracks(tmp_path, humming((CLEO, 15)), humming(*TALK))
    meeting = await choir.holds(recording, audio_track=1)
    wish = {"name": "Ben", "consent": CONSENT, "transcript_id": meeting["transcript_id"]}
    voice = await choir.asks(
        "POST", "/api/voices/from-speaker", json={**wish, "speaker": "speaker_2"}, status=201
    )
    assert await choir.speakers(await choir.meets((CLEO, 5), (BEN, 5))) == ["speaker_1", "Ben"]
    await choir.asks("POST", f"/api/voices/{voice['id']}/name-past-meetings")
    assert await choir.speakers(meeting) == ["speaker_1", "Ben"]
    await corrects(choir, meeting, "speaker_1", "Ana")
    await choir.asks("DELETE", f"/api/jobs/{meeting['id']}", status=204)
    ana = {**wish, "name": "Ana", "speaker": "Ana"}
    refused = await choir.asks("POST", "/api/voices/from-speaker", json=ana, status=422)
    assert "several audio tracks" in refused["detail"]


def two_tracks(folder: Path, *sounds: bytes) -> bytes:
    """A Matroska file with an audio track for each."""
    inputs = []
    for number, sound in enumerate(sounds):
        path = folder / f"{number}.wav"
        path.write_bytes(sound)
        inputs += ["-i", str(path)]
    maps = [part for number in range(len(sounds)) for part in ("-map", f"{number}:a")]
    output = folder / "tracks.mkv"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *inputs, *maps, "-c", "copy"]
    subprocess.run([*command, str(output)], check=True)
    return output.read_bytes()


async def test_a_clip_is_compared_with_whom_the_project_knows(choir: Choir) -> None:
    unknown = await choir.sends("/api/voices/recognise", humming((ANA, 4)), {}, 200)
    assert (unknown["voice"], unknown["nearest"]) == (None, [])
    ana, ben = await choir.enrols("Ana", ANA), await choir.enrols("Ben", BEN)
    known = await choir.sends("/api/voices/recognise", humming((ANA, 4)), {}, 200)
    assert known["voice"] == {"voice_id": ana["id"], "name": "Ana", "score": 1.0}
    assert [one["name"] for one in known["nearest"]] == ["Ana", "Ben"]
    assert (known["threshold"], known["margin"], known["speech_seconds"]) == (0.65, 0.05, 4.0)
    stranger = await choir.sends("/api/voices/recognise", humming((CLEO, 4)), {}, 200)
    assert stranger["voice"] is None
    # Both would be as likely: no name is better than a wrong one.
    await choir.enrols("Twin", ANA, alike="true")
    assert (await choir.sends("/api/voices/recognise", humming((ANA, 4)), {}, 200))["voice"] is None
    await ends_consent(choir, ben["id"], days_ago=1)
    over = await choir.sends("/api/voices/recognise", humming((BEN, 4)), {}, 200)
    assert "Ben" not in [one["name"] for one in over["nearest"]]
    assert (await choir.sends("/api/voices/recognise", humming((BEN, 1)), {}, 422))["why"] == "too-short"


async def test_a_clip_of_a_speaker_can_be_heard_again_and_one_of_a_file_cannot(choir: Choir) -> None:
    meeting = await choir.meets(*TALK)
    wish = {"name": "Ben", "consent": CONSENT, "transcript_id": meeting["transcript_id"]}
    ben = await choir.asks(
        "POST", "/api/voices/from-speaker", json={**wish, "speaker": "speaker_2"}, status=201
    )
    [clip] = ben["clips"]
    sound = f"/api/voices/{ben['id']}/clips/{clip['id']}/sound"
    heard = await choir.client.get(sound)
    assert (heard.status_code, heard.headers["content-type"]) == (200, "audio/wav")
    # The speaker bears the name now.
    await choir.asks("POST", f"/api/voices/{ben['id']}/name-past-meetings")
    assert (await choir.client.get(sound)).content == heard.content
    ana = await choir.enrols("Ana", ANA)
    file = f"/api/voices/{ana['id']}/clips/{ana['clips'][0]['id']}/sound"
    assert (await choir.asks("GET", file, status=409))["type"] == "/problems/sound-not-kept"
    await choir.asks("GET", f"/api/voices/{ana['id']}/clips/{clip['id']}/sound", status=404)
