"""What KEDA and the Prometheus operator take, of what the chart uses: nothing else passes.

Kubernetes' own schemas do not know these kinds. Written after the references of KEDA 2 (ScaledObject, scaler
`prometheus`) and of the Prometheus operator (`monitoring.coreos.com/v1`).
"""

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}


def of(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": properties,
    }


def list_of(items: Schema) -> Schema:
    return {"type": "array", "minItems": 1, "items": items}


MAP: Schema = {"type": "object", "additionalProperties": TEXT}
SELECTOR = of(matchLabels=MAP, matchExpressions=list_of({"type": "object"}))
AUTHORIZATION = of(type=TEXT, credentials=of(("name", "key"), name=TEXT, key=TEXT))
ENDPOINT = of(
    ("port",),
    port=TEXT,
    path=TEXT,
    interval=TEXT,
    authorization=AUTHORIZATION,
    relabelings=list_of(of(targetLabel=TEXT, replacement=TEXT)),
)
RULE = of(
    ("expr",), alert=TEXT, record=TEXT, expr=TEXT, labels=MAP, annotations=MAP, keep_firing_for=TEXT,
    **{"for": TEXT},
)  # fmt: skip
SCALED = of(
    ("scaleTargetRef", "triggers"),
    scaleTargetRef=of(("name",), name=TEXT),
    minReplicaCount=COUNT,
    maxReplicaCount=COUNT,
    cooldownPeriod=COUNT,
    fallback=of(("failureThreshold", "replicas"), failureThreshold=COUNT, replicas=COUNT),
    advanced=of(horizontalPodAutoscalerConfig=of(behavior={"type": "object"})),
    triggers=list_of(
        # KEDA reads all metadata of a trigger as text.
        of(("type", "metadata"), type={"const": "prometheus"}, metadata=of(
            ("serverAddress", "query", "threshold"), serverAddress=TEXT, query=TEXT, threshold=TEXT
        ))
    ),
)  # fmt: skip

SPECS: dict[tuple[str, str], Schema] = {
    ("keda.sh/v1alpha1", "ScaledObject"): SCALED,
    ("monitoring.coreos.com/v1", "ServiceMonitor"): of(
        ("selector", "endpoints"), jobLabel=TEXT, selector=SELECTOR, endpoints=list_of(ENDPOINT)
    ),
    ("monitoring.coreos.com/v1", "PodMonitor"): of(
        ("selector", "podMetricsEndpoints"), selector=SELECTOR, podMetricsEndpoints=list_of(ENDPOINT)
    ),
    ("monitoring.coreos.com/v1", "PrometheusRule"): of(
        ("groups",),
        groups=list_of(of(("name", "rules"), name=TEXT, interval=TEXT, rules=list_of(RULE))),
    ),
}


def schema_of(api_version: str, kind: str) -> Schema:
    metadata = of(("name", "namespace"), name=TEXT, namespace=TEXT, labels=MAP, annotations=MAP)
    return of(
        ("apiVersion", "kind", "metadata", "spec"),
        apiVersion={"const": api_version},
        kind={"const": kind},
        metadata=metadata,
        spec=SPECS[api_version, kind],
    )
