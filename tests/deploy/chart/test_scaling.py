"""How many workers KEDA is told to run: the chart's own query, answered by Prometheus' own engine."""

import subprocess
from pathlib import Path

import pytest
import yaml
from tests.deploy.chart.helm import one, rendered

_JOBS = 'surtitle_queue_jobs{{queue="{}",namespace="media",state="{}"}}'.format
_PAUSED = 'surtitle_queue_paused{{queue="{}",namespace="media"}}'.format


@pytest.mark.parametrize(
    ("paused", "workers"),
    [((), 4), (("urgent",), 3), (("cpu", "urgent"), 1)],
    ids=["none is paused", "one is paused", "all are paused"],
)
def test_no_worker_is_started_for_jobs_that_may_not_begin(
    paused: tuple[str, ...], workers: int, tmp_path: Path
) -> None:
    scaled = one(rendered("everything"), "ScaledObject", "test-worker-cpu")["spec"]
    series = {
        _JOBS("cpu", "queued"): 8,
        _JOBS("urgent", "queued"): 4,
        _JOBS("cpu", "running"): 2,
        _JOBS("urgent", "running"): 0,
        _JOBS("gpu", "queued"): 1000,
        **{_PAUSED(queue): int(queue in paused) for queue in ("cpu", "urgent", "gpu")},
    }
    asked = {
        "expr": scaled["triggers"][0]["metadata"]["query"],
        "eval_time": "1m",
        "exp_samples": [{"labels": "{}", "value": workers}],
    }
    told = [{"series": name, "values": f"{value}x2"} for name, value in series.items()]
    file = tmp_path / "workers.test.yaml"
    file.write_text(
        yaml.safe_dump({"tests": [{"interval": "1m", "input_series": told, "promql_expr_test": [asked]}]})
    )
    done = subprocess.run(
        ["promtool", "test", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
