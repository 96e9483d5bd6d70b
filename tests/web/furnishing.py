"""An installation in which people have worked: recordings, jobs in every state, a project with all that is in
it.

Everything that is shown goes through `named`, so that the same rooms can be furnished with hostile words.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from httpx import Cookies
from sqlalchemy import update
from tests.api.installation import Installation, wav
from tests.api.people import Somebody, person
from tests.films import painted_png
from tests.web.every_page import LINK_PAGES, Shown, Who
from tests.web.made_up import FILM_TEXT, MEETING, TALK, Line, spoken_by

from surtitle.accounts.access import ProjectRole, Role
from surtitle.accounts.sessions import SessionKind
from surtitle.api.browser_sessions import ACCESS_COOKIE, CSRF_COOKIE, REFRESH_COOKIE, REFRESH_PATH
from surtitle.clock import utc_now
from surtitle.db.account_models import CreditEntry, Membership, Profile, Project, User
from surtitle.db.job_models import Job
from surtitle.db.models import Media
from surtitle.db.notification_models import Channel
from surtitle.db.voice_models import Consent, KnownVoice, Voiceprint
from surtitle.domain.minutes import minutes_json
from surtitle.domain.transcript import Transcript
from surtitle.ids import new_id
from surtitle.notifications.events import Event
from surtitle.pipelines.minutes.extraction import extracted

Named = Callable[[str, str], str]
"""What stands in a field, by the field's name and what would stand there of itself."""

ADMINISTRATOR = "hanna@example.org"
"""Who runs the installation, and works in the project that everything is in."""

_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_MEMBERS = (
    ("luis@example.org", "Luis Prieto", ProjectRole.EDITOR),
    ("mira@example.org", "Mira Lindqvist", ProjectRole.VIEWER),
)


def plain(_field: str, text: str) -> str:
    return text


@dataclass(frozen=True)
class Furnished:
    """`ids` are what stands in addresses; see `every_page.Shown.filled`."""

    api: Installation
    administrator: Somebody
    ids: dict[str, str]
    cookies: dict[Who, list[dict[str, Any]]] = field(default_factory=dict)
    """What a browser keeps, as Playwright takes it but for the address."""

    def jar(self, who: Who) -> Cookies:
        jar = Cookies()
        for cookie in self.cookies[who]:
            jar.set(cookie["name"], cookie["value"])
        return jar

    def address(self, page: Shown) -> str:
        return page.address(self.ids)


async def furnished(
    api: Installation, named: Named = plain, recordings: Mapping[str, bytes] | None = None
) -> Furnished:
    """`recordings` are the files of `meeting.wav`, `talk.mp4` and the others, where a hum does not do."""
    administrator = await person(api, ADMINISTRATOR, Role.ADMIN)
    house = Furnished(api, administrator, dict(LINK_PAGES))
    work = _Work(house, named, recordings or {})
    await _name_the_project(work)
    await _people(work)
    await _recordings(work)
    await _jobs_in_other_states(work)
    await _of_the_project(work)
    await _voices(work)
    await api.services.search.indexing.work_off()
    api.services.authenticator.forget_everybody()
    for who, email in ((Who.ADMINISTRATOR, ADMINISTRATOR), (Who.PERSON, ADMINISTRATOR)):
        house.cookies[who] = await browser_cookies(api, email, named)
    house.cookies[Who.VISITOR] = []
    return house


def kept_here(cookies: Sequence[dict[str, Any]]) -> Any:
    """Cookies as Playwright takes them, for a server of this machine."""
    return [{**cookie, "domain": "127.0.0.1"} for cookie in cookies]


async def browser_cookies(api: Installation, email: str, named: Named = plain) -> list[dict[str, Any]]:
    """Those of somebody who has signed in with a browser."""
    people = api.services.people
    user = await people.users.named(email)
    async with api.services.database.writing() as session:
        opened = await people.sessions.open(
            session,
            user,
            kind=SessionKind.BROWSER,
            address="192.0.2.7",
            user_agent=named("browser", _BROWSER),
        )
    token = people.sessions.csrf_token(opened.session_id)
    return [
        {"name": ACCESS_COOKIE, "value": opened.access_token, "path": "/"},
        {"name": REFRESH_COOKIE, "value": opened.refresh_token, "path": REFRESH_PATH},
        {"name": CSRF_COOKIE, "value": token, "path": "/"},
    ]


@dataclass(frozen=True)
class _Work:
    house: Furnished
    named: Named
    recordings: Mapping[str, bytes]

    @property
    def somebody(self) -> Somebody:
        return self.house.administrator

    async def bring(self, kind: str, name: str, seconds: float) -> str:
        data = self.recordings.get(kind) or wav(seconds)
        ending = "mp4" if kind in self.recordings and kind != "meeting" else "wav"
        sent = await self.somebody.asks("POST", "/api/media", files={"file": (f"{name}.{ending}", data)})
        assert sent.status_code == 201, sent.text
        media_id = str(sent.json()["id"])
        given = self.named(f"recording {kind}", f"{name}.{ending}")
        async with self.house.api.services.database.writing() as session:
            await session.execute(update(Media).where(Media.id == UUID(media_id)).values(name=given))
        return media_id

    async def begin(self, recipe: str, **wish: Any) -> str:
        job = await self.somebody.does("/api/jobs", {"recipe": recipe, **wish}, status=202)
        return str(job["id"])

    def said(self, lines: Sequence[Line]) -> Transcript:
        """The lines with hostile words and speakers, where words are hostile."""
        return spoken_by([Line(*self._line(line)) for line in lines])

    def _line(self, line: Line) -> Iterator[Any]:
        yield self.named("speaker", line.speaker) if line.speaker else None
        yield self.named("words", line.text)
        yield line.doubtful


async def _name_the_project(work: _Work) -> None:
    async with work.house.api.services.database.writing() as session:
        name = work.named("project", "Harbour museum")
        await session.execute(update(Project).where(Project.id == work.somebody.project_id).values(name=name))
    work.house.ids["project_id"] = str(work.somebody.project_id)


async def _people(work: _Work) -> None:
    api, home = work.house.api, work.somebody.project_id
    for email, name, role in _MEMBERS:
        member = await person(api, email)
        async with api.services.database.writing() as session:
            session.add(Membership(project_id=home, user_id=member.id, role=role))
            await session.execute(
                update(Profile).where(Profile.user_id == member.id).values(name=work.named("person", name))
            )
        work.house.ids["user_id"] = str(member.id)
    async with api.services.database.writing() as session:
        own = update(Profile).where(Profile.user_id == work.somebody.id)
        await session.execute(own.values(name=work.named("profile", "Hanna Okafor")))
        await session.execute(
            update(User)
            .where(User.id == work.somebody.id)
            .values(default_project_id=home, password_hash="fits nothing")
        )
    api.services.authenticator.forget_everybody()
    assert work.somebody.id is not None
    links = api.services.notifications.choices._unsubscribing
    work.house.ids["unsubscribing"] = links.token(work.somebody.id, Event.JOB_COMPLETED)
    [profile] = (await work.somebody.gets("/api/users/me/profiles"))["items"]
    work.house.ids["profile_id"] = profile["id"]


async def _recordings(work: _Work) -> None:
    """A meeting whose speakers are known, a talk with captions, and a film."""
    api, ids = work.house.api, work.house.ids
    meeting = work.said(MEETING)
    media = await work.bring("meeting", "Monday meeting", meeting.duration_seconds)
    ids["meeting_id"] = ids["job_id"] = await work.begin("meeting", media_id=media)
    await _finish_meeting(work, meeting)
    talk = work.said(TALK)
    media = await work.bring("talk", "Opening talk", talk.duration_seconds)
    ids["talk_id"] = await work.begin("subtitles", media_id=media)
    await api.finish(talk)
    ids["film_id"] = await work.begin("film", prompt=work.named("prompt", FILM_TEXT))
    await _finish_film(work)
    found = await work.somebody.gets(f"/api/jobs/{ids['meeting_id']}")
    ids["transcript_id"], ids["media_id"] = found["transcript_id"], found["media_id"]
    wish = {"tags": [work.named("tag", "museum")[:60]]}
    tagged = await work.somebody.asks("PUT", f"/api/transcripts/{ids['transcript_id']}/tags", json=wish)
    assert tagged.status_code == 200, tagged.text


async def _finish_meeting(work: _Work, said: Transcript) -> None:
    minutes = minutes_json(extracted(said, work.named("recording meeting", "Monday meeting")))
    await work.house.api.finish(said, [("minutes.json", minutes, "application/json")])


async def _finish_film(work: _Work) -> None:
    film = work.recordings.get("film") or b"\0\0\0 ftypisom" + bytes(64)
    poster = work.recordings.get("poster") or painted_png(16, 9)
    files = {"film.mp4": (film, "video/mp4"), "poster.jpg": (poster, "image/jpeg")}
    claim = await work.house.api.claim()
    made = await work.house.api.work_on(claim)
    for name, (data, media_type) in files.items():
        await made.save(name, data, media_type=media_type)
    assert await work.house.api.queue.succeed(claim, {})


async def _jobs_in_other_states(work: _Work) -> None:
    api = work.house.api
    media = await work.bring("tour", "Guided tour", 90)
    work.house.ids["failed_id"] = await work.begin("captioned-video", media_id=media)
    await api.fail("rendering-failed", work.named("engine's words", "The decoder gave up at 00:41."))
    media = await work.bring("interview", "Interview with the lock keeper", 600)
    work.house.ids["running_id"] = running = await work.begin("transcript", media_id=media)
    await api.claim()
    async with api.services.database.writing() as session:
        half = {
            "progress": 0.46,
            "warnings": [{"detail": work.named("warning", "It is quiet at the start.")}],
        }
        await session.execute(update(Job).where(Job.id == UUID(running)).values(**half))
    cancelled = await work.begin("subtitles", media_id=media)
    await work.somebody.does(f"/api/jobs/{cancelled}/cancel", status=202)
    await work.begin("subtitles", media_id=media)


async def _of_the_project(work: _Work) -> None:
    somebody, ids = work.somebody, work.house.ids
    for name in ("Archive import", "Website"):
        key = await somebody.does(
            f"{somebody.home}/keys", {"name": work.named("key", name), "scopes": ["read", "write"]}
        )
        ids["key_id"] = str(key["id"])
    wish = {
        "name": work.named("webhook", "Archive"),
        "url": "https://93.184.215.14/hook",
        "events": ["job.succeeded"],
    }
    hook = await somebody.does(f"{somebody.home}/webhooks", wish)
    delivery = await somebody.does(f"{hook['links']['self']}/test", status=202)
    ids |= {"webhook_id": hook["id"], "delivery_id": delivery["id"]}
    await somebody.does(f"{somebody.home}/invitations", {"role": "viewer", "email": "noor@example.org"})
    await _channel_and_credit(work)
    terms = {"terms": [work.named("term", "Kvistholm")[:100]]}
    assert (await somebody.asks("PUT", "/api/glossary", json=terms)).status_code == 200


async def _channel_and_credit(work: _Work) -> None:
    home = work.somebody.project_id
    async with work.house.api.services.database.writing() as session:
        name = work.named("channel", "Team chat")
        session.add(
            Channel(
                id=new_id(), project_id=home, name=name, service="slack", url_sealed="", events=["job_failed"]
            )
        )
        reason = work.named("credit", "For the exhibition")
        session.add(CreditEntry(project_id=home, granted_by=work.somebody.id, amount=50.0, reason=reason))


async def _voices(work: _Work) -> None:
    """As if an engine had heard them."""
    somebody, ids = work.somebody, work.house.ids
    for number, name in enumerate(("Hanna Okafor", "Luis Prieto")):
        voice_id = new_id()
        consent = {"given_by": work.named("consent", f"{name}, in writing"), "given_at": utc_now()}
        async with work.house.api.services.database.writing() as session:
            voice = KnownVoice(
                id=voice_id, project_id=somebody.project_id, created_by=somebody.id,
                name=work.named("voice", name), name_key=f"voice {number}",
            )  # fmt: skip
            session.add(voice)
            await session.flush()
            purpose = work.named("purpose", "Names in the minutes of our meetings")
            ends = utc_now() + timedelta(days=300)
            session.add(Consent(voice_id=voice_id, purpose=purpose, expires_at=ends, **consent))
            session.add(
                Voiceprint(
                    voice_id=voice_id, encoder="campplus", embedding=b"\0\0\x80?", sha256=f"{number}" * 64,
                    speech_seconds=31.0, noise_decibels=32.0,
                )
            )  # fmt: skip
        ids["voice_id"] = str(voice_id)
