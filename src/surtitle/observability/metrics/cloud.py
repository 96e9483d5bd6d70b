"""Figures of requests to servers of others, which may cost money."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge

from surtitle.domain.cloud import CloudOutcome, CloudUnit, CloudUse
from surtitle.observability.metrics.labels import Vocabulary

# The operator names them in settings.
_MORE_MODELS = 40


class CloudMetrics:
    """`prices`: what a unit costs, by `service` or, before that, by `service/model`."""

    def __init__(
        self,
        registry: CollectorRegistry | None = None,
        prices: Mapping[str, Mapping[CloudUnit, float]] | None = None,
        daily_budget: float | None = None,
    ) -> None:
        self._prices = prices or {}
        self._model = Vocabulary(more=_MORE_MODELS)
        self.requests = Counter(
            "surtitle_cloud_requests",
            "Requests to servers of others.",
            ("service", "model", "outcome"),
            registry=registry,
        )
        self.units = Counter(
            "surtitle_cloud_units",
            "What those servers charge by.",
            ("service", "model", "unit"),
            registry=registry,
        )
        self.cost = Counter(
            "surtitle_cloud_cost",
            "These units at the prices that are set.",
            ("service", "model"),
            registry=registry,
        )
        for pair in self._prices:
            service, _, model = pair.partition("/")
            if model:
                # A counter that begins with its first cost shows no increase, and a budget would not see it.
                self.cost.labels(service, self._model(model))
        if daily_budget is not None:
            budget = Gauge(
                "surtitle_cloud_budget_daily", "What all of it may cost in a day.", registry=registry
            )
            budget.set(daily_budget)

    def used(self, use: CloudUse) -> None:
        """One request is over, however it ended."""
        model = self._model(use.model)
        if use.outcome is not None:
            for outcome in CloudOutcome:
                self.requests.labels(use.service, model, outcome)
            self.requests.labels(use.service, model, use.outcome).inc()
        for unit, amount in use.units.items():
            self.units.labels(use.service, model, unit).inc(max(amount, 0.0))
        self.cost.labels(use.service, model).inc(self._cost(use))

    def _cost(self, use: CloudUse) -> float:
        of_model = self._prices.get(f"{use.service}/{use.model}", {})
        of_service = self._prices.get(use.service, {})
        return sum(
            max(amount, 0.0) * of_model.get(unit, of_service.get(unit, 0.0))
            for unit, amount in use.units.items()
        )
