"""What callers of the API notice: how many, how quick, how often in vain."""

from deploy.grafana.dashboards_source.overview import ERROR_RATIO
from deploy.grafana.dashboards_source.panels import AnyPanel, dashboard, figure, filled, lines, listing
from grafana_foundation_sdk.models.dashboard import Dashboard

REQUESTS = "surtitle_http_requests_total"
BUCKETS = "surtitle_http_request_seconds_bucket"
BUDGET = "0.005"
"""The share of a month's requests that may be answered with an error of ours: deploy/prometheus/rules/api.yaml."""


def build() -> Dashboard:
    return filled(dashboard("api", "API"), {"Now": _now(), "How": _how(), "By route": _routes()})


def _now() -> list[AnyPanel]:
    spent = f'(sum(increase({REQUESTS}{{status="5xx"}}[30d])) or vector(0)) / sum(increase({REQUESTS}[30d])) / {BUDGET}'
    return [
        figure(
            "Requests a second",
            f"sum(rate({REQUESTS}[5m]))",
            "Of all servers, over five minutes.",
            unit="reqps",
        ),
        figure(
            "With an error of ours",
            ERROR_RATIO,
            "5xx, over five minutes.",
            unit="percentunit",
            amber=0.01,
            red=0.05,
        ),
        figure(
            "Budget left, 30 days",
            f"clamp_min(1 - {spent}, 0)",
            "Of the 0.5 % of requests that may go wrong in a month. At nothing, leave the installation as it is for a while.",
            unit="percentunit",
            amber=0.5,
            red=0.1,
        ),
        figure("95 of 100 answered in", _quantile("0.95"), "Over five minutes.", unit="s", amber=1, red=5),
        figure(
            "Being answered", "sum(surtitle_http_requests_in_progress)", "Now, open event streams among them."
        ),
        figure("Event streams", "sum(surtitle_sse_listeners)", "Browsers and programs that follow a job."),
    ]


def _how() -> list[AnyPanel]:
    return [
        lines(
            "Requests by how they were answered",
            {"{{status}}": f"sum by (status) (rate({REQUESTS}[$__rate_interval]))"},
            "`none`: the caller left before the answer.",
            unit="reqps",
            stacked=True,
        ),
        lines(
            "Until an answer begins",
            {
                "half": _quantile("0.5", "$__rate_interval"),
                "95 of 100": _quantile("0.95", "$__rate_interval"),
                "99 of 100": _quantile("0.99", "$__rate_interval"),
            },
            "A stream counts until it begins, so listeners do not distort this.",
            unit="s",
        ),
        lines(
            "Bytes",
            {
                "received": "sum(rate(surtitle_http_received_bytes_total[$__rate_interval]))",
                "sent": "sum(rate(surtitle_http_sent_bytes_total[$__rate_interval]))",
            },
            "Bodies of requests and answers. Where files go to and from the store by signed addresses, they are not here.",
            unit="Bps",
        ),
    ]


def _routes() -> list[AnyPanel]:
    return [
        listing(
            "Requests",
            f"sort_desc(sum by (method, route) (increase({REQUESTS}[$__range])))",
            "By route, in the time that is shown.",
            named={"method": "Method", "route": "Route"},
            width=8,
        ),
        listing(
            "95 of 100 within",
            f"sort_desc(histogram_quantile(0.95, sum by (le, route) (rate({BUCKETS}[$__range]))))",
            "The slowest routes first.",
            unit="s",
            named={"route": "Route"},
            width=8,
        ),
        listing(
            "Errors of ours",
            f'sort_desc(sum by (method, route) (increase({REQUESTS}{{status="5xx"}}[$__range])) > 0)',
            "Where they come from. Empty is well.",
            named={"method": "Method", "route": "Route"},
            width=8,
        ),
    ]


def _quantile(share: str, window: str = "5m") -> str:
    return f"histogram_quantile({share}, sum by (le) (rate({BUCKETS}[{window}])))"
