"""Figures by day, for those who answer for the installation.

They stand on what Prometheus has kept, over all projects. By project and for every day there ever was, the
installation's own table has them: `GET /api/kpis/daily` and the page /admin/kpis.
"""

from deploy.grafana.dashboards_source.panels import AnyPanel, dashboard, figure, filled, lines
from grafana_foundation_sdk.models.dashboard import Dashboard

DAY = "[1d]"


def build() -> Dashboard:
    frame = dashboard("kpis", "KPIs", since="now-30d", refresh="5m")
    return filled(frame, {"Last 24 hours": _day(), "Day by day": _days(), "What it takes": _means()})


def _ended(*chosen: str) -> str:
    return f"max by (recipe, state) (increase(surtitle_jobs_finished_total{{{','.join(chosen)}}}{DAY}))"


def _quantile(share: str) -> str:
    buckets = f"sum by (le) (max by (le, recipe) (increase(surtitle_job_seconds_bucket{DAY})))"
    return f"histogram_quantile({share}, {buckets})"


SUCCEEDED = 'state="succeeded"'
RATE = f"sum({_ended(SUCCEEDED)}) / sum({_ended('state!=' + chr(34) + 'cancelled' + chr(34))})"
MEAN = (
    f"sum(max by (recipe) (increase(surtitle_job_seconds_sum{DAY})))"
    f" / sum(max by (recipe) (increase(surtitle_job_seconds_count{DAY})))"
)
FACTOR = (
    f"sum(max by (recipe) (increase(surtitle_job_real_time_factor_sum{DAY})))"
    f" / sum(max by (recipe) (increase(surtitle_job_real_time_factor_count{DAY})))"
)
WAITED = f"histogram_quantile(0.95, sum by (le) (increase(surtitle_claim_wait_seconds_bucket{DAY})))"


def _day() -> list[AnyPanel]:
    return [
        figure("Jobs", f"sum({_ended()})", "That ended, however."),
        figure(
            "Success rate",
            RATE,
            "Of those that ended and were not cancelled.",
            unit="percentunit",
            amber=0.95,
            red=0.8,
        ),
        figure("A job takes", MEAN, "On average: time that workers spent on it.", unit="s"),
        figure("95 of 100 take", _quantile("0.95"), "Time that workers spent on it.", unit="s"),
        figure(
            "Waited", WAITED, "95 of 100 jobs waited no longer for a worker.", unit="s", amber=300, red=1800
        ),
        figure(
            "Credits", "max(surtitle_credits_charged_last_day)", "Charged for jobs, less what was given back."
        ),
    ]


def _days() -> list[AnyPanel]:
    return [
        lines(
            "Jobs a day",
            {"{{recipe}}": f"sum by (recipe) ({_ended()})"},
            "That ended in the 24 hours before.",
            stacked=True,
        ),
        lines(
            "Success rate",
            {"all recipes": RATE},
            "In the 24 hours before; cancelled jobs are left out.",
            unit="percentunit",
            most=1,
        ),
        lines(
            "A job takes",
            {"mean": MEAN, "half": _quantile("0.5"), "95 of 100": _quantile("0.95")},
            "In the 24 hours before.",
            unit="s",
        ),
    ]


def _means() -> list[AnyPanel]:
    return [
        lines(
            "Real-time factor",
            {"mean": FACTOR},
            "Time spent on a recording over its length; below 1 is faster than it lasts.",
        ),
        lines(
            "Kept in the store",
            {"{{kind}}": "max by (kind) (surtitle_storage_used_bytes)"},
            "Recordings, results, and files of jobs under way.",
            unit="bytes",
            stacked=True,
        ),
        lines(
            "Credits and cloud",
            {
                "credits charged": "max(surtitle_credits_charged_last_day)",
                "cost of cloud engines": f"sum(increase(surtitle_cloud_cost_total{DAY})) or vector(0)",
            },
            "In the 24 hours before. Cost in your currency, where prices are set.",
        ),
    ]
