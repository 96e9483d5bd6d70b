from prometheus_client import REGISTRY

from surtitle.domain.jobs import JobState
from surtitle.observability.metrics import Metrics


def test_two_apps_in_one_process_count_apart() -> None:
    first, second = Metrics(), Metrics()
    first.received_bytes.inc(7)
    assert first.registry.get_sample_value("surtitle_http_received_bytes_total") == 7
    assert second.registry.get_sample_value("surtitle_http_received_bytes_total") == 0
    assert REGISTRY.get_sample_value("surtitle_http_received_bytes_total") is None


def test_jobs_have_figures_before_the_first_of_them() -> None:
    text = Metrics().exposition().decode()
    for state in (JobState.QUEUED, JobState.RUNNING):
        assert f'surtitle_jobs{{state="{state}"}} 0.0' in text
