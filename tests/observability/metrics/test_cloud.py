"""What servers of others cost."""

import pytest
from prometheus_client import CollectorRegistry
from pydantic import ValidationError

from surtitle.config import MetricsSettings
from surtitle.domain.cloud import CloudOutcome, CloudService, CloudUnit, CloudUse
from surtitle.observability.metrics import CloudMetrics

PRICES = {
    "writing": {CloudUnit.INPUT_TOKENS: 0.001, CloudUnit.OUTPUT_TOKENS: 0.002},
    "writing/large": {CloudUnit.OUTPUT_TOKENS: 0.02},
}
UNITS = {CloudUnit.INPUT_TOKENS: 100.0, CloudUnit.OUTPUT_TOKENS: 10.0}


def cost(model: str, units: dict[CloudUnit, float], service: CloudService = CloudService.WRITING) -> float:
    registry = CollectorRegistry()
    CloudMetrics(registry, PRICES).used(CloudUse(service, model, units=units))
    told = registry.get_sample_value("surtitle_cloud_cost_total", {"service": service, "model": model})
    assert told is not None
    return told


def test_units_cost_what_is_set_for_the_model_before_the_service() -> None:
    assert cost("small", UNITS) == pytest.approx(0.12)
    assert cost("large", UNITS) == pytest.approx(0.3)


def test_what_has_no_price_costs_nothing() -> None:
    assert cost("any", {CloudUnit.CHARACTERS: 900.0}, CloudService.SPEECH) == 0


def test_an_answer_with_units_below_nought_takes_nothing_back() -> None:
    assert cost("small", {CloudUnit.INPUT_TOKENS: -1e9}) == 0


def test_every_outcome_of_a_model_is_told_from_its_first_request_on() -> None:
    registry = CollectorRegistry()
    CloudMetrics(registry).used(CloudUse(CloudService.FAL, "ltx", CloudOutcome.ANSWERED))
    told = {
        outcome: registry.get_sample_value(
            "surtitle_cloud_requests_total", {"service": "fal", "model": "ltx", "outcome": outcome}
        )
        for outcome in CloudOutcome
    }
    assert told == {"answered": 1, "refused": 0, "away": 0, "lost": 0}


def test_what_is_learnt_later_of_a_request_is_no_second_one() -> None:
    registry = CollectorRegistry()
    metrics = CloudMetrics(registry)
    metrics.used(CloudUse(CloudService.FAL, "ltx"))
    metrics.used(CloudUse(CloudService.FAL, "ltx", None, {CloudUnit.CLIPS: 1.0}))
    labels = {"service": "fal", "model": "ltx"}
    assert registry.get_sample_value("surtitle_cloud_requests_total", labels | {"outcome": "answered"}) == 1
    assert registry.get_sample_value("surtitle_cloud_units_total", labels | {"unit": "clips"}) == 1


@pytest.mark.parametrize("name", ["openai", "writing/", "Fal/x", ""])
def test_a_price_for_a_service_that_there_is_not_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="knows no service"):
        MetricsSettings.model_validate({"cloud_prices": {name: {"clips": 1.0}}})


@pytest.mark.parametrize("price", [{"clips": -1}, {"clips": "nan"}, {"minutes": 1}])
def test_a_price_that_is_none_is_refused(price: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MetricsSettings.model_validate({"cloud_prices": {"fal/fal-ai/ltx-video": price}})


def test_a_model_that_has_a_price_is_told_before_it_has_cost_anything() -> None:
    """Its first use in a process is an increase only then, and counts for the alert on the budget."""
    registry = CollectorRegistry()
    CloudMetrics(registry, PRICES)
    labels = {"service": "writing", "model": "large"}
    assert registry.get_sample_value("surtitle_cloud_cost_total", labels) == 0
