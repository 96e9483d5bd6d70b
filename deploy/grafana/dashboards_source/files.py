"""What Grafana reads: a JSON file a dashboard, by its path below deploy/grafana/dashboards."""

import json

from deploy.grafana.dashboards_source import (
    api,
    films,
    gpu,
    kpis,
    logs,
    overview,
    queues,
    recognition,
    runbooks,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

DASHBOARDS = {
    "overview": overview,
    "api": api,
    "queues": queues,
    "recognition": recognition,
    "films": films,
    "gpu": gpu,
    "logs": logs,
    "kpis": kpis,
}


def written() -> dict[str, str]:
    """The text of each file, by its path."""
    files = {f"{name}.json": _text(module.build()) for name, module in DASHBOARDS.items()}
    return files | {f"runbooks/{name}.json": _text(page) for name, page in runbooks.build().items()}


def _text(dashboard: Dashboard) -> str:
    return json.dumps(dashboard, cls=JSONEncoder, indent=1, ensure_ascii=False) + "\n"
