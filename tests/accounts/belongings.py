"""A person with something in every table and every folder, and a search for what is left of them."""

import gzip
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import inspect, text
from tests.api.installation import Installation, spoken, wav
from tests.api.people import Somebody, person

from surtitle.accounts.access import OWNER_OF_MACHINE, ProjectRole
from surtitle.accounts.erasure import Mode
from surtitle.clock import utc_now
from surtitle.db.account_models import (
    CreditEntry,
    Erasure,
    Identity,
    Membership,
    OneTimeToken,
    RecoveryCode,
    UsageEntry,
)
from surtitle.db.engine import Database
from surtitle.db.fetch_models import Fetch
from surtitle.db.keeping_models import Purge, RetentionRule
from surtitle.db.kpi_models import KpiDay
from surtitle.db.models import DirectUpload
from surtitle.db.notification_models import Channel, MailChoice, OutboxLetter, QuotaNotice
from surtitle.db.tables import METADATA
from surtitle.db.voice_models import Consent, KnownVoice, SpeakerLabel, Voiceprint
from surtitle.db.webhook_models import Webhook, WebhookDelivery
from surtitle.ids import new_id

EMAIL = "zuzanna.q@example.org"
SECRET_WORD = "xylophonist"

# Ids of erased people and projects stay here, and only here: to erase again what a restore brings back.
KEPT_ON_PURPOSE = {"erasures"}


@dataclass(frozen=True)
class Belongings:
    """Zuzanna, who has a project of her own and works in Bob's."""

    zuzanna: Somebody
    bob: Somebody
    others: dict[str, UUID]
    """What Bob made: a job on her recording, and a transcript that she edited."""

    @property
    def traces(self) -> list[str]:
        """All that tells of her: names, words, and ids in both spellings."""
        assert self.zuzanna.id is not None
        ids = [self.zuzanna.id, self.zuzanna.project_id]
        return [EMAIL, SECRET_WORD, *(str(one) for one in ids), *(one.hex for one in ids)]


async def settled(api: Installation) -> Belongings:
    """Both of them, with all that they have."""
    zuzanna, bob = await person(api, EMAIL), await person(api, "bob@example.org")
    assert zuzanna.id is not None
    async with api.services.database.writing() as session:
        session.add(Membership(project_id=bob.project_id, user_id=zuzanna.id, role=ProjectRole.EDITOR))
        await session.flush()
        _add_rows(session, zuzanna, bob)
    api.services.authenticator.forget_everybody()
    there = {"X-Surtitle-Project": str(bob.project_id)}
    alone = await transcribed(api, zuzanna)
    await _known_by_voice(api.services.database, zuzanna, bob, UUID(alone["transcript"]))
    shared = await transcribed(api, zuzanna, there)
    others = {"job": await works_on(api, bob, shared["media"])}
    text_id = (await transcribed(api, bob, word="plumber"))["transcript"]
    operations = [{"op": "change_word", "word": "w2", "text": "secrets"}]
    wish = {"base_revision": 1, "operations": operations}
    answer = await zuzanna.asks("POST", f"/api/transcripts/{text_id}/revisions", json=wish)
    assert answer.status_code == 201, answer.text
    others["transcript"] = UUID(text_id)
    await _bring_the_rest(zuzanna, there)
    tags = await zuzanna.asks(
        "PUT", f"/api/transcripts/{alone['transcript']}/tags", json={"tags": [SECRET_WORD]}
    )
    assert tags.status_code == 200, tags.text
    await api.services.search.indexing.work_off()
    return Belongings(zuzanna, bob, others)


async def transcribed(
    api: Installation,
    who: Somebody,
    headers: dict[str, str] | None = None,
    word: str = SECRET_WORD,
) -> dict[str, Any]:
    """A recording, the finished job on it, and its transcript: their ids."""
    brought = await who.asks(
        "POST", "/api/media", files={"file": (f"{word}.wav", wav())}, headers=headers or {}
    )
    assert brought.status_code == 201, brought.text
    media_id = brought.json()["id"]
    wish = {"recipe": "transcript", "media_id": media_id, "options": {"hotwords": word}}
    started = await who.asks(
        "POST", "/api/jobs", json=wish, headers={**(headers or {}), "Idempotency-Key": media_id}
    )
    assert started.status_code == 202, started.text
    await api.finish(spoken(f"My secret is that I am a {word}."))
    job = await who.gets(f"/api/jobs/{started.json()['id']}")
    return {"media": media_id, "job": job["id"], "transcript": job["transcript_id"]}


async def works_on(api: Installation, who: Somebody, media_id: str) -> UUID:
    """A finished job of somebody on a recording that is there."""
    await who.does("/api/jobs", {"recipe": "transcript", "media_id": media_id}, status=202)
    return await api.finish(spoken("Heard by Bob."))


async def _bring_the_rest(zuzanna: Somebody, there: dict[str, str]) -> None:
    for where in ({}, there):
        tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "1000", **where}
        assert (await zuzanna.asks("POST", "/api/uploads", headers=tus)).status_code == 201
    keys = {"name": f"{SECRET_WORD} key", "scopes": ["read"]}
    await zuzanna.does(f"{zuzanna.home}/keys", keys)
    await zuzanna.does(f"{zuzanna.home}/invitations", {"role": "viewer", "email": "carol@example.org"})
    terms = await zuzanna.asks("PUT", "/api/glossary", json={"terms": [SECRET_WORD]})
    assert terms.status_code == 200, terms.text


def _add_rows(session: Any, zuzanna: Somebody, bob: Somebody) -> None:
    assert zuzanna.id is not None
    now = utc_now()
    session.add_all(
        [
            Identity(issuer="https://issuer.example", subject="zuzanna-at-issuer", user_id=zuzanna.id),
            RecoveryCode(code_hash="c" * 64, user_id=zuzanna.id),
            OneTimeToken(
                token_hash="t" * 64, purpose="confirm", user_id=zuzanna.id, data={"email": EMAIL},
                expires_at=now,
            ),
            CreditEntry(
                project_id=bob.project_id, granted_by=zuzanna.id, amount=5.0, reason="a gift"
            ),
            CreditEntry(project_id=zuzanna.project_id, amount=5.0, reason=SECRET_WORD),
            UsageEntry(
                project_id=bob.project_id, user_id=zuzanna.id, kind="jobs", amount=1.0, state="settled"
            ),
            RetentionRule(project_id=zuzanna.project_id, kind="recording", days=30),
            Purge(project_id=zuzanna.project_id, plan={}, counts={}, finished_at=now),
            KpiDay(
                day=now.date(), project_id=zuzanna.project_id, time_zone="UTC", events=2, jobs_created=1,
                jobs_succeeded=1, jobs_failed=0, jobs_cancelled=0, minutes_in=0.0, films_out=0, credits=0.0,
                active_people=1, storage_bytes=0,
            ),
            *(_direct_upload(zuzanna, project_id) for project_id in (zuzanna.project_id, bob.project_id)),
        ]
    )  # fmt: skip
    for project_id in (zuzanna.project_id, bob.project_id):
        session.add_all(_sent_and_fetched(zuzanna, project_id))
        session.add_all(_told(zuzanna, project_id))
    session.add(MailChoice(user_id=zuzanna.id, event="quota", wanted=False))


def _sent_and_fetched(zuzanna: Somebody, project_id: UUID) -> list[Any]:
    """A webhook with a delivery, and a recording that is to be fetched."""
    webhook = Webhook(
        id=new_id(), project_id=project_id, created_by=zuzanna.id, name=SECRET_WORD,
        url=f"https://{SECRET_WORD}.example", events=["job.failed"], secret_sealed="-",
    )  # fmt: skip
    delivery = WebhookDelivery(
        webhook_id=webhook.id, project_id=project_id, event="job.failed", state="pending",
        body=f'{{"data":{{"project_id":"{project_id}"}}}}',
    )  # fmt: skip
    fetch = Fetch(
        project_id=project_id, created_by=zuzanna.id, origin=f"https://{SECRET_WORD}.example", url_sealed="-",
        state="waiting",
    )  # fmt: skip
    return [webhook, delivery, fetch]


def _told(zuzanna: Somebody, project_id: UUID) -> list[Any]:
    """A channel, a letter to her that waits, and that a quota was told of."""
    return [
        Channel(
            project_id=project_id, created_by=zuzanna.id, name="Team", service="json", url_sealed="-",
            events=[],
        ),
        OutboxLetter(channel="mail", kind="job_failed", user_id=zuzanna.id, project_id=project_id),
        QuotaNotice(project_id=project_id, quota="minutes", percent=80, period="2026-01"),
    ]  # fmt: skip


async def _known_by_voice(database: Database, zuzanna: Somebody, bob: Somebody, transcript_id: UUID) -> None:
    """Voices that she enrolled, in her own project and in Bob's, and hers that Bob enrolled."""
    async with database.writing() as session:
        for project_id, enrolled_by, user_id in (
            (zuzanna.project_id, zuzanna.id, None),
            (bob.project_id, zuzanna.id, None),
            (bob.project_id, bob.id, zuzanna.id),
        ):
            name = f"{SECRET_WORD} {new_id()}"
            voice = KnownVoice(
                id=new_id(), project_id=project_id, created_by=enrolled_by, user_id=user_id, name=name,
                name_key=name,
            )  # fmt: skip
            session.add(voice)
            await session.flush()
            session.add(
                Consent(
                    voice_id=voice.id, given_by=SECRET_WORD, purpose="names", given_at=utc_now(),
                    created_by=enrolled_by,
                )
            )  # fmt: skip
            session.add(
                Voiceprint(
                    voice_id=voice.id, encoder="toy-1", embedding=b"\0\0\x80?", sha256="a" * 64,
                    speech_seconds=9.0, noise_decibels=30.0,
                )
            )  # fmt: skip
            if project_id == zuzanna.project_id:
                session.add(
                    SpeakerLabel(
                        transcript_id=transcript_id, speaker="speaker_1", project_id=project_id,
                        voice_id=voice.id, name=name,
                    )
                )  # fmt: skip


def _direct_upload(zuzanna: Somebody, project_id: UUID) -> DirectUpload:
    """As if it had gone to a bucket, of which this installation has none."""
    media_id = new_id()
    return DirectUpload(
        id=media_id.hex, project_id=project_id, created_by=zuzanna.id, media_id=media_id, multipart_id="1",
        name=f"{SECRET_WORD}.wav", size_bytes=9, part_bytes=9,
    )  # fmt: skip


async def rows_with(database: Database, traces: list[str]) -> dict[str, list[str]]:
    """By table: the rows in which one of `traces` stands, whatever the column."""
    found: dict[str, list[str]] = {}
    async with database.reading() as session:
        tables = await session.run_sync(lambda sync: inspect(sync.get_bind()).get_table_names())
        for table in tables:
            rows = [str(tuple(row)) for row in await session.execute(text(f'SELECT * FROM "{table}"'))]
            hits = [row for row in rows if any(trace in row.lower() for trace in traces)]
            if hits:
                found[table] = hits
    return found


async def objects_with(api: Installation, traces: list[str]) -> list[str]:
    """Objects of the store, and files of uploads, in whose name or content one of `traces` stands."""
    hits = []
    root = api.services.store.local_root
    assert root is not None
    folders = [root, api.settings.data_dir / "uploads", api.settings.scratch_directory]
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        told = f"{path} {data.decode(errors='replace')}".lower()
        if any(trace in told for trace in traces):
            hits.append(str(path))
    return hits


def naming_columns() -> set[str]:
    """Every column that by its name or its reference tells of a person or a project."""
    words = ("user_id", "created_by", "invited_by", "granted_by", "project_id", "author", "email")
    found = set()
    for table in METADATA.tables.values():
        for column in table.columns:
            refers = any(key.column.table.name in {"users", "projects"} for key in column.foreign_keys)
            if refers or any(word in column.name for word in words):
                found.add(f"{table.name}.{column.name}")
    return found | {"users.id", "projects.id"}


async def columns_with(database: Database, traces: list[str]) -> set[str]:
    """The columns in which one of `traces` stands somewhere."""
    found = set()
    async with database.reading() as session:
        for table in METADATA.tables.values():
            for row in (await session.execute(text(f'SELECT * FROM "{table.name}"'))).mappings():
                for name, value in row.items():
                    told = json.dumps(value, default=str).lower()
                    if any(trace in told for trace in traces):
                        found.add(f"{table.name}.{name}")
    return found


async def erased(api: Installation, who: UUID | None, mode: Mode = Mode.ERASE) -> Erasure:
    assert who is not None
    erasures = api.services.data_protection.erasures
    begun = await erasures.begin(OWNER_OF_MACHINE, who, mode, "192.0.2.1")
    done = await erasures.go_on(begun.id)
    assert done.finished_at is not None
    return done
