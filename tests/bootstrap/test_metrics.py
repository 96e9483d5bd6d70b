"""What the settings tell a process's figures."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.samples import Sample

from surtitle.bootstrap.metrics import metrics_for
from surtitle.config import MetricsSettings, Settings, WritingSettings
from surtitle.domain.cloud import CloudService, CloudUnit, CloudUse

COST = "surtitle_cloud_cost_total"


def test_a_model_costs_from_its_first_use_on_where_its_service_has_one_price(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        metrics=MetricsSettings(
            cloud_prices={
                "writing": {CloudUnit.INPUT_TOKENS: 0.001},
                "speech/hd": {CloudUnit.CHARACTERS: 1.0},
            }
        ),
        writing=WritingSettings(url="http://127.0.0.1:1/v1", model="small"),
        _env_file=None,
    )
    metrics = metrics_for(settings)
    told = {tuple(sample.labels.values()): sample.value for sample in _costs(metrics.registry)}
    assert told == {("writing", "small"): 0, ("speech", "hd"): 0}
    metrics.cloud.used(CloudUse(CloudService.WRITING, "small", units={CloudUnit.INPUT_TOKENS: 100.0}))
    labels = {"service": "writing", "model": "small"}
    assert metrics.registry.get_sample_value(COST, labels) == pytest.approx(0.1)


def _costs(registry: CollectorRegistry) -> list[Sample]:
    return [sample for family in registry.collect() for sample in family.samples if sample.name == COST]
