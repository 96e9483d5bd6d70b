"""Every question of a dashboard and of an alert, asked of a Prometheus that watched a living installation.

What cannot happen here comes from elsewhere: the figures of a worker with a card are our program's own,
with a stand-in for the card's driver; those of SeaweedFS and Traefik were recorded from the servers.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from itertools import combinations
from pathlib import Path

import httpx
import psutil
import pytest
import yaml
from deploy.grafana.dashboards_source.files import written
from tests.deploy.alert_rules import RULES
from tests.deploy.compose import ROOT
from tests.deploy.living import (
    PACE_SECONDS,
    RECORDED,
    Watched,
    card_worker,
    installation,
    recording,
    scraped,
    served,
    worker,
)
from tests.deploy.watching import hurried, prometheus, within
from tests.server import Server, free_port

from surtitle.observability.metrics import Metrics

PLACE = ROOT / "deploy" / "grafana" / "dashboards"
DASHBOARDS = {name: json.loads(text) for name, text in written().items() if "/" not in name}
PANELS = [
    (name, panel)
    for name, document in DASHBOARDS.items()
    for panel in document["panels"]
    if panel["type"] != "row"
]
# Of which nothing is there: no certificate is looked at, and no Alertmanager is asked.
ELSEWHERE = {"surtitle_certificate_expiry_timestamp_seconds", "alertmanager_notifications_failed_total"}
OURS = re.compile(r"\b((?:surtitle|traefik|SeaweedFS|process|alertmanager)_\w+)(\{[^}]*\})?")


def queries() -> dict[str, str]:
    """Each PromQL of the dashboards, by panel."""
    return {
        f"{name}: {panel['title']} {target['refId']}": target["expr"]
        for name, panel in PANELS
        for target in panel["targets"]
        if target["datasource"]["type"] == "prometheus"
    }


def filled_in(query: str) -> str:
    """As Grafana sends it, for an hour at a pace of a minute."""
    for variable, value in {
        "$__rate_interval": "60s",
        # Whatever happened since the installation began, however slow the machine is.
        "$__range": "1h",
        "$queue": ".*",
        "$recipe": ".*",
    }.items():
        query = query.replace(variable, value)
    assert "$" not in query, query
    return query


def rules() -> dict[str, str]:
    groups = [
        group for file in sorted(RULES.glob("*.yaml")) for group in yaml.safe_load(file.read_text())["groups"]
    ]
    return {
        rule.get("alert", rule.get("record")): rule["expr"] for group in groups for rule in group["rules"]
    }


def selectors(query: str) -> set[str]:
    return {name + labels for name, labels in OURS.findall(query)}


def test_the_files_are_those_of_the_sources() -> None:
    there = {file.relative_to(PLACE).as_posix(): file.read_text() for file in PLACE.rglob("*.json")}
    assert there == written(), "run `make dashboards`"


def test_every_dashboard_that_was_promised_is_there() -> None:
    titles = {document["title"].removeprefix("Surtitle: ") for document in DASHBOARDS.values()}
    assert titles == {
        "Overview", "API", "Queue and workers", "Recognition", "Films", "GPU worker", "Logs", "KPIs",
    }  # fmt: skip
    uids = [json.loads(text)["uid"] for text in written().values()]
    assert len(uids) == len(set(uids))
    assert all(len(uid) <= 40 for uid in uids), "Grafana takes no longer ones"


@pytest.mark.parametrize("name", written())
def test_panels_have_numbers_of_their_own_and_lie_beside_each_other(name: str) -> None:
    panels = json.loads(written()[name])["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for one, other in combinations([panel["gridPos"] for panel in panels], 2):
        apart_x = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        apart_y = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert apart_x or apart_y, (one, other)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


def test_every_panel_says_what_it_shows() -> None:
    for name, panel in PANELS:
        assert panel["description"].endswith((".", "`", "?")), f"{name}: {panel['title']}"


def test_dashboards_and_alerts_ask_for_figures_that_there_are() -> None:
    named = {
        name + suffix
        for name, kind in Metrics.known().items()
        for suffix in {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(kind, [""])
    }
    asked = {name for query in (*queries().values(), *rules().values()) for name, _ in OURS.findall(query)}
    ours = {name for name in asked if name.startswith("surtitle_")}
    assert len(ours) > 40
    assert ours <= named


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    variables = {
        "SURTITLE_METRICS__DAILY_CLOUD_BUDGET": "10",
        "SURTITLE_JOBS__RETRY_DELAYS_SECONDS": "[]",
    }
    port = free_port()
    with ExitStack() as stack:
        server = stack.enter_context(installation(folder, **variables))
        at_work = stack.enter_context(worker(server, port))
        places = {
            "surtitle": [f"127.0.0.1:{server.port}"],
            "workers": [f"127.0.0.1:{port}", stack.enter_context(served(asyncio.run(card_worker())))],
            "store": [stack.enter_context(served((RECORDED / "store.txt").read_text()))],
            "traefik": [stack.enter_context(served((RECORDED / "traefik.txt").read_text()))],
            # One that does not answer, so that an alert is firing.
            "away": ["127.0.0.1:9"],
        }
        hurried(RULES, folder, within_seconds=0)
        seen = Watched(server, stack.enter_context(prometheus(folder, scraped(**places))))
        within(60, "all is scraped", lambda: len(seen.ask("up == 1")) == 5)
        tone = recording(folder, 12)
        stack.enter_context(a_job_that_nobody_can_do(server, tone))
        # Twice: there is no growth to be seen in a counter that was not there before.
        for round_ in (1, 2):
            jobs_of_each_end(server, at_work.pid, folder, tone)
            not_ready(server)
            ended = f'sum(surtitle_jobs_finished_total{{state="failed"}}) == {round_}'
            within(30, "Prometheus has seen it", partial(seen.ask, ended))
            refused = f'sum(surtitle_http_requests_total{{status="5xx"}}) >= {round_}'
            within(30, "and that it was not ready", partial(seen.ask, refused))
        within(30, "and looked again", lambda: seen.ask("sum(increase(surtitle_job_seconds_count[60s])) > 0"))
        yield seen


@contextmanager
def a_job_that_nobody_can_do(server: Server, tone: Path) -> Iterator[None]:
    """It waits, and somebody listens to it."""
    job = server.begin(recipe="transcript", media_id=server.upload(tone), queue="gpu")
    with httpx.stream("GET", f"{server.url}/api/jobs/{job}/events", timeout=60) as stream:
        next(stream.iter_lines())
        yield


def jobs_of_each_end(server: Server, worker_pid: int, folder: Path, tone: Path) -> None:
    media = server.upload(tone)
    film = {"resolution": "360p", "duration_seconds": 1, "voice_over": "off"}
    done = [
        server.begin(recipe="transcript", media_id=media),
        server.begin(recipe="film", prompt="Hello.", options=film),
    ]
    assert [server.wait(job)["state"] for job in done] == ["succeeded", "succeeded"]
    (folder / "pace").write_text("5")
    failing = server.begin(recipe="transcript", media_id=media)

    def ended() -> bool:
        for engine in engines_of(worker_pid):
            engine.kill()
        return str(server.job(failing)["state"]) == "failed"

    within(60, "its engine died under it", ended)
    (folder / "pace").write_text(PACE_SECONDS)


def engines_of(worker_pid: int) -> list[psutil.Process]:
    found = []
    for child in psutil.Process(worker_pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "surtitle.engines.host.child" in " ".join(child.cmdline()):
                found.append(child)
    return found


def not_ready(server: Server) -> None:
    """An answer with an error of ours: the store's folder is no folder for a moment."""
    files = server.data_dir / "files"
    files.rename(files.with_name("elsewhere"))
    files.touch()
    try:
        refused = lambda: httpx.get(f"{server.url}/health/ready", timeout=10).status_code == 503  # noqa: E731
        within(10, "it is not ready", refused)
    finally:
        files.unlink()
        files.with_name("elsewhere").rename(files)


@pytest.mark.parametrize("panel", queries())
def test_a_panels_question_has_an_answer(watched: Watched, panel: str) -> None:
    query = filled_in(queries()[panel])
    values = [float(found["value"][1]) for found in watched.ask(query)]
    assert values, query
    assert any(value == value for value in values), f"{query} gives no number"  # noqa: PLR0124


@pytest.mark.parametrize("alert", rules())
def test_all_that_an_alert_looks_at_is_there(watched: Watched, alert: str) -> None:
    asked = {one for one in selectors(rules()[alert]) if one.partition("{")[0] not in ELSEWHERE}
    missing = [one for one in asked if not watched.ask(one)]
    assert missing == []


def test_an_alert_fires_and_the_overview_shows_it(watched: Watched) -> None:
    shown = next(query for panel, query in queries().items() if "Alerts firing" in panel)
    firing = within(20, "it fires", lambda: watched.ask(filled_in(shown)))
    assert "TargetDown" in {found["metric"]["alertname"] for found in firing}
