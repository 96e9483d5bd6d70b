"""All figures of a process, and the page that tells of them."""

import re
from pathlib import Path

from prometheus_client import REGISTRY

from surtitle.domain.jobs import JobState
from surtitle.observability.metrics import Metrics, Role

PAGE = Path(__file__).resolve().parents[3] / "docs" / "operate" / "metrics.md"
_ROW = re.compile(r"^\| `(surtitle_\w+)` \| (\w+) \|([^|]*)\| (\w+) \|", re.MULTILINE)


def documented() -> dict[str, str]:
    return {name: kind for name, kind, _labels, _from in _ROW.findall(PAGE.read_text())}


def test_two_apps_in_one_process_count_apart() -> None:
    first, second = Metrics(), Metrics()
    first.http.received_bytes.inc(7)
    assert first.registry.get_sample_value("surtitle_http_received_bytes_total") == 7
    assert second.registry.get_sample_value("surtitle_http_received_bytes_total") == 0
    assert REGISTRY.get_sample_value("surtitle_http_received_bytes_total") is None


def test_each_figure_stands_on_the_page_and_each_on_the_page_is_a_figure() -> None:
    told = {
        f"{name}_total" if kind == "counter" else name: kind
        for name, kind in Metrics.known().items()
        if name.startswith("surtitle_")
    }
    assert documented() == told


def test_the_page_names_the_labels_that_there_are() -> None:
    labels = {
        name: set(re.findall(r"`(\w+)`", written)) for name, _, written, _ in _ROW.findall(PAGE.read_text())
    }
    for role in Role:
        metrics = Metrics(role, queues=("cpu",))
        for family in metrics.registry.collect():
            for sample in family.samples:
                if family.name.startswith("surtitle_"):
                    name = f"{family.name}_total" if family.type == "counter" else family.name
                    assert sample.labels.keys() - {"le"} == labels[name], name


def test_counters_are_at_nought_before_the_first_of_them() -> None:
    # A counter that begins at 1 shows no increase, and an alert on it never comes.
    server, worker = Metrics(), Metrics(Role.WORKER, queues=("cpu", "gpu"))
    failed = {"recipe": "film", "state": JobState.FAILED}
    assert server.registry.get_sample_value("surtitle_jobs_finished_total", failed) == 0
    for queue in ("cpu", "gpu"):
        assert worker.registry.get_sample_value("surtitle_lost_leases_total", {"queue": queue}) == 0
    retried = {"recipe": "transcript", "outcome": "retried"}
    assert worker.registry.get_sample_value("surtitle_job_runs_total", retried) == 0
    assert worker.registry.get_sample_value("surtitle_engine_child_deaths_total") == 0


def test_a_process_tells_what_it_does_and_no_more() -> None:
    server, worker, scheduler = (Metrics(role).exposition().decode() for role in Role)
    assert "surtitle_http_received_bytes_total" in server
    assert "surtitle_http_" not in worker + scheduler
    assert "surtitle_lost_leases_total" in worker
    assert "surtitle_lost_leases" not in server + scheduler
    assert 'role="scheduler"' in scheduler
    for text in (server, worker, scheduler):
        assert "process_resident_memory_bytes" in text
        assert "_created" not in text, "a second series for each counter"
