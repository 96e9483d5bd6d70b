"""What one looks at first: is all well, and if not, where."""

from deploy.grafana.dashboards_source.panels import AnyPanel, dashboard, figure, filled, lines, listing
from grafana_foundation_sdk.models.dashboard import Dashboard

ERROR_RATIO = (
    '(sum(rate(surtitle_http_requests_total{status="5xx"}[5m])) or vector(0))'
    " / sum(rate(surtitle_http_requests_total[5m]))"
)
ENDED = "sum by (state) (max by (recipe, state) (increase(surtitle_jobs_finished_total[$__rate_interval])))"


def build() -> Dashboard:
    return filled(dashboard("overview", "Overview"), {"Now": _now(), "Work": _work(), "Trouble": _trouble()})


def _now() -> list[AnyPanel]:
    return [
        figure(
            "Alerts",
            'count(ALERTS{alertstate="firing"}) or vector(0)',
            "Alerts that are firing. The table below names them; each mail of theirs links to what to do.",
            amber=1,
            red=3,
        ),
        figure(
            "Servers that answer",
            'sum(up{job="surtitle"})',
            "Processes of the API that Prometheus reaches.",
            amber=1,
            red=0.5,
        ),
        figure(
            "Workers alive",
            "max(surtitle_workers_alive)",
            "Seen within a lease, by the job table. Without one, jobs wait.",
            amber=1,
            red=0.5,
        ),
        figure(
            "Jobs that wait",
            'max(surtitle_jobs{state="queued"})',
            "More than 20 for ten minutes is an alert.",
            amber=10,
            red=20,
        ),
        figure("Jobs that run", 'max(surtitle_jobs{state="running"})', "Under way on some worker."),
        figure(
            "Answers with an error of ours",
            ERROR_RATIO,
            "Share of requests answered with 5xx, over five minutes. Above 5 % for five minutes is an alert.",
            unit="percentunit",
            amber=0.01,
            red=0.05,
        ),
    ]


def _work() -> list[AnyPanel]:
    return [
        lines("Jobs that ended", {"{{state}}": ENDED}, "How they ended, all recipes together.", stacked=True),
        lines(
            "Jobs that wait, by queue",
            {"{{queue}}": 'max by (queue) (surtitle_queue_jobs{state="queued"})'},
            "With the parts of long recordings that many workers share.",
            stacked=True,
        ),
        lines(
            "Until an answer begins",
            {
                "half of the requests": _latency("0.5"),
                "95 of 100": _latency("0.95"),
            },
            "From a request's arrival to the start of its answer. Uploads take as long as they take.",
            unit="s",
        ),
    ]


def _trouble() -> list[AnyPanel]:
    return [
        listing(
            "Alerts firing",
            'ALERTS{alertstate="firing"}',
            "By name. docs/operate/runbooks has a page for each.",
            named={"alertname": "Alert", "severity": "Severity", "instance": "Where", "queue": "Queue"},
        ),
        lines(
            "Room that is used",
            {
                "store": "1 - max(surtitle_storage_free_bytes) / max(surtitle_storage_capacity_bytes)",
                "{{place}}": "max by (place) (1 - surtitle_disk_free_bytes / surtitle_disk_size_bytes)",
            },
            "Of the store and of the fullest disk for data and scratch files. Above 80 % of the store is an alert.",
            unit="percentunit",
            width=6,
            most=1,
        ),
        lines(
            "What is still to be sent",
            {
                "{{channel}}": "max by (channel) (surtitle_outbox_waiting)",
                "webhooks": "max(surtitle_webhook_waiting)",
            },
            "Mails, messages and webhooks. They go within seconds; what stays has a receiver that does not answer.",
            width=6,
        ),
    ]


def _latency(share: str) -> str:
    buckets = "sum by (le) (rate(surtitle_http_request_seconds_bucket[$__rate_interval]))"
    return f"histogram_quantile({share}, {buckets})"
