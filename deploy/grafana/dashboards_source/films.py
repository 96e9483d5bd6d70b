"""Films: how long they take, step by step, and what engines in the cloud cost."""

from deploy.grafana.dashboards_source.panels import AnyPanel, dashboard, figure, filled, lines, listing
from grafana_foundation_sdk.models.dashboard import Dashboard

FILM = 'recipe="film"'
SECONDS = "surtitle_job_seconds"


def build() -> Dashboard:
    rows = {"Now": _now(), "Work": _work(), "Engines in the cloud": _cloud()}
    return filled(dashboard("films", "Films"), rows)


def _now() -> list[AnyPanel]:
    ended = f"sum(max by (state) (increase(surtitle_jobs_finished_total{{{FILM}}}[$__range])))"
    good = f'max(increase(surtitle_jobs_finished_total{{state="succeeded",{FILM}}}[$__range]))'
    return [
        figure("Films that ended", ended, "In the time that is shown."),
        figure(
            "Succeeded",
            f"({good} or vector(0)) / {ended}",
            "Share of those that ended.",
            unit="percentunit",
            amber=0.95,
            red=0.8,
        ),
        figure("Half of them took", _quantile("0.5", "$__range"), "All tries together.", unit="s"),
        figure("95 of 100 took", _quantile("0.95", "$__range"), "All tries together.", unit="s"),
        figure(
            "Cloud, in a day",
            "sum(increase(surtitle_cloud_cost_total[1d])) or vector(0)",
            "At the prices in SURTITLE_METRICS__CLOUD_PRICES; nothing without prices.",
        ),
        figure(
            "Of the day's budget",
            "sum(increase(surtitle_cloud_cost_total[1d])) / max(surtitle_cloud_budget_daily)",
            "Where SURTITLE_METRICS__DAILY_CLOUD_BUDGET sets one. Above 80 % is an alert.",
            unit="percentunit",
            amber=0.5,
            red=0.8,
        ),
    ]


def _work() -> list[AnyPanel]:
    ended = f"max by (state) (increase(surtitle_jobs_finished_total{{{FILM}}}[$__rate_interval]))"
    step = f"max by (step) (rate(surtitle_job_step_seconds_sum{{{FILM}}}[$__rate_interval]))"
    return [
        lines("Films that ended", {"{{state}}": ended}, "How they ended.", stacked=True),
        lines(
            "A film takes",
            {
                "half": _quantile("0.5", "$__rate_interval"),
                "95 of 100": _quantile("0.95", "$__rate_interval"),
            },
            "Time that workers spent on it. A film drawn here takes less than it lasts.",
            unit="s",
        ),
        lines(
            "Where the time goes",
            {"{{step}}": step},
            "Seconds of work a second: script, narration, picture, finish.",
            stacked=True,
        ),
    ]


def _cloud() -> list[AnyPanel]:
    return [
        lines(
            "Requests",
            {
                "{{service}}, {{outcome}}": "sum by (service, outcome) (increase(surtitle_cloud_requests_total[$__rate_interval]))"
            },
            "To engines of others. `away`: nobody answered. `lost`: it was taken, and never came back.",
            stacked=True,
        ),
        lines(
            "What they charge by",
            {
                "{{service}}, {{unit}}": "sum by (service, unit) (increase(surtitle_cloud_units_total[$__rate_interval]))"
            },
            "Tokens, characters, clips.",
        ),
        listing(
            "Cost",
            "sort_desc(sum by (service, model) (increase(surtitle_cloud_cost_total[$__range])))",
            "In the time that is shown, in your currency.",
            named={"service": "Service", "model": "Model"},
            width=8,
        ),
    ]


def _quantile(share: str, window: str) -> str:
    return f"histogram_quantile({share}, max by (le) (rate({SECONDS}_bucket{{{FILM}}}[{window}])))"
