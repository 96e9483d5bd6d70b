"""Workers with a card: its memory, its work, its heat. Two workers that share a card both tell of it: max by card."""

from deploy.grafana.dashboards_source.panels import AnyPanel, dashboard, figure, filled, lines, listing
from grafana_foundation_sdk.models.dashboard import Dashboard

CARD = "max by (instance, gpu, name) ({})".format
USED, TOTAL = "surtitle_gpu_memory_used_bytes", "surtitle_gpu_memory_total_bytes"


def build() -> Dashboard:
    return filled(
        dashboard("gpu", "GPU worker"), {"Now": _now(), "Cards": _cards(), "Models on them": _models()}
    )


def _now() -> list[AnyPanel]:
    return [
        figure("Cards", f"count({CARD(TOTAL)})", "That workers may use."),
        figure(
            "Fullest card",
            f"max({USED} / {TOTAL})",
            "Share of its memory in use, by whomever. Near 1, a larger model or batch will not fit.",
            unit="percentunit",
            amber=0.9,
            red=0.98,
        ),
        figure(
            "Computing",
            f"avg({CARD('surtitle_gpu_busy_ratio')})",
            "Share of the time, all cards. Low while jobs wait: a worker is missing.",
            unit="percentunit",
        ),
        figure(
            "Hottest",
            "max(surtitle_gpu_temperature_celsius)",
            "Most cards slow down from about 85 °C.",
            unit="celsius",
            amber=80,
            red=88,
        ),
        figure("Power", f"sum({CARD('surtitle_gpu_power_watts')})", "All cards together.", unit="watt"),
        figure(
            "Jobs for a GPU that wait",
            'max(surtitle_queue_jobs{queue="gpu",state="queued"})',
            "In the queue `gpu`.",
            amber=10,
            red=20,
        ),
    ]


def _cards() -> list[AnyPanel]:
    return [
        lines(
            "Memory in use",
            {"{{instance}} {{gpu}}": CARD(f"{USED} / {TOTAL}")},
            "By card. It falls back after each job that needed more; memory that creeps up is a fault.",
            unit="percentunit",
            most=1,
        ),
        lines(
            "Computing",
            {"{{instance}} {{gpu}}": CARD("surtitle_gpu_busy_ratio")},
            "Share of the last moment.",
            unit="percentunit",
            most=1,
        ),
        lines(
            "Temperature",
            {"{{instance}} {{gpu}}": CARD("surtitle_gpu_temperature_celsius")},
            "Most cards slow down from about 85 °C.",
            unit="celsius",
        ),
    ]


def _models() -> list[AnyPanel]:
    return [
        listing(
            "Memory of the card",
            CARD(TOTAL),
            "Every card, by the worker that may use it.",
            unit="bytes",
            named={"instance": "Worker", "gpu": "Card", "name": "Make"},
        ),
        listing(
            "Processes that hold it",
            'sum by (instance, engine, model, compute_type) (surtitle_model_resident{device=~"cuda.*"})',
            "Models on cards now.",
            named={"instance": "Worker", "engine": "Engine", "model": "Model", "compute_type": "Numbers"},
        ),
    ]
