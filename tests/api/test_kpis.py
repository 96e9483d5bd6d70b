"""Daily figures over HTTP: who sees whose, as JSON and as CSV."""

import csv
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert
from tests.analytics.moments import event, happen
from tests.api.installation import UNKNOWN_ID, Installation
from tests.api.people import Somebody, key_in, person

from surtitle.accounts.access import Permission, Role
from surtitle.bootstrap.analytics import open_analytics
from surtitle.clock import utc_now
from surtitle.db.kpi_models import KpiDay
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.ids import new_id

DAILY = "/api/kpis/daily"
DAY = date(2031, 5, 10)
_COUNTS = ("events", "jobs_created", "jobs_succeeded", "jobs_failed", "jobs_cancelled", "films_out",
           "active_people", "storage_bytes")  # fmt: skip


async def figures(api: Installation, project: UUID, days: int = 1, **values: Any) -> None:
    usual = {**dict.fromkeys(_COUNTS, 0), "time_zone": "UTC", "minutes_in": 0.0, "credits": 0.0}
    rows = [
        {**usual, **values, "project_id": project, "day": DAY + timedelta(days=number)}
        for number in range(days)
    ]
    async with api.services.database.writing() as session:
        await session.execute(insert(KpiDay), rows)


async def seen(who: Somebody, query: str = "") -> list[UUID]:
    return [UUID(item["project_id"]) for item in (await who.gets(DAILY + query))["items"]]


async def test_jobs_of_yesterday_are_figures_today(api: Installation) -> None:
    await happen(
        api.services.database,
        event("created", utc_now() - timedelta(days=1), media_ms=90_000),
        event("succeeded", utc_now() - timedelta(days=1), processing_ms=3_000, media_ms=90_000),
    )
    await open_analytics(api.settings, api.services.database).daily().compute_due()
    answer = await api.client.get(DAILY)
    assert answer.status_code == 200
    document = answer.json()
    assert (document["schema_version"], document["next_cursor"]) == (1, None)
    (line,) = document["items"]
    assert line["project_id"] == str(PERSONAL_PROJECT)
    assert line["day"] == (utc_now() - timedelta(days=1)).date().isoformat()
    assert (line["jobs_succeeded"], line["success_rate"], line["duration_p95_seconds"]) == (1, 1.0, 3.0)
    assert (line["minutes_in"], line["real_time_factor"], line["wait_mean_seconds"]) == (1.5, 0.033333, None)


async def test_everybody_sees_the_figures_that_are_theirs_to_see(exposed: Installation) -> None:
    ana, ben = await person(exposed), await person(exposed, "ben@example.org")
    admin = await person(exposed, "root@example.org", Role.ADMIN)
    support = await person(exposed, "help@example.org", Role.SUPPORT)
    for who in (ana, ben):
        await figures(exposed, who.project_id)
    both = sorted([ana.project_id, ben.project_id])
    assert await seen(ana) == [ana.project_id]
    assert await seen(await key_in(exposed, ben.project_id)) == [ben.project_id]
    assert await seen(admin) == await seen(support) == both
    assert await seen(admin, f"?project={ben.project_id}") == [ben.project_id]
    assert await seen(await person(exposed, "new@example.org")) == []


async def test_anothers_project_is_not_found(exposed: Installation) -> None:
    ana, ben = await person(exposed), await person(exposed, "ben@example.org")
    admin = await person(exposed, "root@example.org", Role.ADMIN)
    await figures(exposed, ben.project_id)
    theirs = f"{DAILY}?project={ben.project_id}"
    key = await key_in(exposed, ana.project_id)
    for who, path in ((ana, theirs), (key, theirs), (admin, f"{DAILY}?project={UNKNOWN_ID}")):
        for form in ("json", "csv"):
            answer = await who.asks("GET", f"{path}&format={form}")
            assert (answer.status_code, answer.json()["type"]) == (404, "/problems/project-not-found")
    # The header of other routes changes nothing here.
    answer = await ana.asks("GET", DAILY, headers={"X-Surtitle-Project": str(ben.project_id)})
    assert answer.json()["items"] == []


async def test_figures_are_for_those_who_sign_in_and_for_keys_that_may_read(exposed: Installation) -> None:
    assert (await exposed.client.get(DAILY)).status_code == 401
    ana = await person(exposed)
    writer = await key_in(exposed, ana.project_id, {Permission.WRITE})
    assert (await writer.asks("GET", DAILY)).status_code == 403


async def test_days_are_chosen_and_turned_page_by_page(api: Installation) -> None:
    others = [new_id() for _ in range(3)]
    for project in others:
        await figures(api, project, days=4)
    found: list[tuple[str, str]] = []
    query: dict[str, str] | None = {"from": "2031-05-11", "to": "2031-05-12", "limit": "2"}
    while query:
        page = (await api.client.get(DAILY, params=query)).json()
        assert len(page["items"]) <= 2
        found += [(item["day"], item["project_id"]) for item in page["items"]]
        query = {**query, "cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert found == [(day, str(one)) for day in ("2031-05-11", "2031-05-12") for one in sorted(others)]


@pytest.mark.parametrize(
    "query",
    ["from=soon", "to=2031-02-30", "to=0", "project=x", "format=xml", "cursor=x", "cursor=AAAA", "limit=0"],
)
async def test_a_question_that_makes_no_sense_is_told_so(api: Installation, query: str) -> None:
    answer = await api.client.get(f"{DAILY}?{query}")
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_figures_come_as_csv_whole(api: Installation) -> None:
    project = new_id()
    await figures(api, project, days=700, success_rate=0.25, computed_at=datetime(2031, 6, 1, tzinfo=UTC))
    answer = await api.client.get(DAILY, params={"format": "csv", "from": "2031-05-10"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"].startswith("attachment")
    rows = list(csv.DictReader(answer.text.splitlines()))
    assert len(rows) == 700
    assert (rows[0]["day"], rows[0]["project_id"]) == ("2031-05-10", str(project))
    assert (rows[0]["success_rate"], rows[0]["duration_mean_seconds"]) == ("0.25", "")
    item = (await api.client.get(DAILY, params={"limit": "1"})).json()["items"][0]
    assert list(item) == list(rows[0])
