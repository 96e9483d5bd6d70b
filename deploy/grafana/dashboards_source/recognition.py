"""Recordings into text: how fast, step by step, with which models."""

from deploy.grafana.dashboards_source.panels import (
    AnyPanel,
    chooser,
    dashboard,
    figure,
    filled,
    lines,
    listing,
)
from grafana_foundation_sdk.models.dashboard import Dashboard

CHOSEN = 'recipe!="film",recipe=~"$recipe"'
FACTOR = "surtitle_job_real_time_factor"
SECONDS = "surtitle_job_seconds"


def build() -> Dashboard:
    frame = dashboard("recognition", "Recognition")
    frame.with_variable(chooser("recipe", "Recipe", f"{SECONDS}_count"))
    return filled(frame, {"Now": _now(), "Speed": _speed(), "Models": _models()})


def _now() -> list[AnyPanel]:
    ended = f"max by (recipe, state) (increase(surtitle_jobs_finished_total{{{CHOSEN}}}[$__range]))"
    good = f'max by (recipe, state) (increase(surtitle_jobs_finished_total{{state="succeeded",{CHOSEN}}}[$__range]))'
    work = f"sum(max by (recipe) (increase({FACTOR}_sum{{{CHOSEN}}}[$__range])))"
    count = f"sum(max by (recipe) (increase({FACTOR}_count{{{CHOSEN}}}[$__range])))"
    return [
        figure("Jobs that ended", f"sum({ended})", "In the time that is shown."),
        figure(
            "Succeeded",
            f"sum({good}) / sum({ended})",
            "Share of those that ended. Bad recordings fail too, with a sentence that says why.",
            unit="percentunit",
            amber=0.95,
            red=0.8,
        ),
        figure(
            "Real-time factor",
            f"{work} / {count}",
            "Time spent on a recording over its length, on average. Below 1 is faster than it lasts.",
            amber=0.5,
            red=1,
        ),
        figure(
            "Half the jobs took",
            _quantile("0.5", SECONDS, "$__range"),
            "All tries together.",
            unit="s",
        ),
        figure("95 of 100 took", _quantile("0.95", SECONDS, "$__range"), "All tries together.", unit="s"),
        figure(
            "Memory ran out",
            "sum(increase(surtitle_engine_out_of_memory_total[$__range])) or vector(0)",
            "Steps that went on with a lighter setup: smaller batches, a lighter number format, the processor.",
            amber=1,
            red=10,
        ),
    ]


def _speed() -> list[AnyPanel]:
    step = f"max by (recipe, step) (rate(surtitle_job_step_seconds_sum{{{CHOSEN}}}[$__rate_interval]))"
    return [
        lines(
            "Real-time factor",
            {
                "half": _quantile("0.5", FACTOR, "$__rate_interval"),
                "95 of 100": _quantile("0.95", FACTOR, "$__rate_interval"),
            },
            "Of jobs that succeeded. Below 1 is faster than the recording lasts.",
        ),
        lines(
            "A job takes",
            {
                "half": _quantile("0.5", SECONDS, "$__rate_interval"),
                "95 of 100": _quantile("0.95", SECONDS, "$__rate_interval"),
            },
            "Time that workers spent on it, all tries together.",
            unit="s",
        ),
        lines(
            "Where the time goes",
            {"{{step}}": f"sum by (step) ({step})"},
            "Seconds of work a second, by step.",
            stacked=True,
        ),
    ]


def _models() -> list[AnyPanel]:
    return [
        listing(
            "Processes that hold it",
            "sum by (engine, model, device, compute_type) (surtitle_model_resident)",
            "Models that are loaded now. One process holds one model.",
            named={"engine": "Engine", "model": "Model", "device": "On", "compute_type": "Numbers"},
            width=10,
        ),
        lines(
            "Memory of the engines' processes",
            {
                "{{engine}} {{model}} on {{device}}": "sum by (engine, model, device) (surtitle_model_resident_bytes)"
            },
            "The machine's memory, not the card's. A process past its mark is replaced after its job.",
            unit="bytes",
            width=7,
        ),
        lines(
            "Until a model stood ready",
            {
                "{{engine}} {{model}}": (
                    "sum by (engine, model) (increase(surtitle_model_load_seconds_sum[$__range]))"
                    " / sum by (engine, model) (increase(surtitle_model_load_seconds_count[$__range]))"
                )
            },
            "On average, in the time that is shown. Loaded often: jobs of several models take turns on few workers.",
            unit="s",
            width=7,
        ),
    ]


def _quantile(share: str, histogram: str, window: str) -> str:
    return f"histogram_quantile({share}, sum by (le) (max by (le, recipe) (rate({histogram}_bucket{{{CHOSEN}}}[{window}]))))"
