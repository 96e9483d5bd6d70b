"""Figures of one server's requests."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# From a health check to the upload of a long film over a slow line.
_REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_LABELS = ("method", "route", "status")


class RequestMetrics:
    """`route` is a template and `status` a class (`2xx`), so that no caller makes a series."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.requests = Counter("surtitle_http_requests", "Requests answered.", _LABELS, registry=registry)
        self.request_seconds = Histogram(
            "surtitle_http_request_seconds",
            "From a request's arrival to the start of its answer, so that streams do not distort it.",
            _LABELS,
            buckets=_REQUEST_SECONDS,
            registry=registry,
        )
        self.requests_in_progress = Gauge(
            "surtitle_http_requests_in_progress", "Requests being answered.", registry=registry
        )
        self.received_bytes = Counter(
            "surtitle_http_received_bytes", "Bytes of request bodies.", registry=registry
        )
        self.sent_bytes = Counter("surtitle_http_sent_bytes", "Bytes of answers' bodies.", registry=registry)
        self.sse_listeners = Gauge("surtitle_sse_listeners", "Open event streams.", registry=registry)
