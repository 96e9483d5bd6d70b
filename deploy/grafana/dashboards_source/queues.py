"""Jobs before, on and after workers: what waits, who works, what goes wrong."""

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

CLAIMS = 'sum by (le) (rate(surtitle_claim_wait_seconds_bucket{queue=~"$queue"}[$__rate_interval]))'


def build() -> Dashboard:
    frame = dashboard("queues", "Queue and workers")
    frame.with_variable(chooser("queue", "Queue", "surtitle_queue_jobs"))
    rows = {"Now": _now(), "What waits": _waiting(), "Who works": _working(), "Trouble": _trouble()}
    return filled(frame, rows)


def _now() -> list[AnyPanel]:
    return [
        figure(
            "Jobs that wait",
            'sum(max by (queue) (surtitle_queue_jobs{state="queued",queue=~"$queue"}))',
            "Parts of long recordings among them.",
            amber=10,
            red=20,
        ),
        figure(
            "Jobs that run",
            'sum(max by (queue) (surtitle_queue_jobs{state="running",queue=~"$queue"}))',
            "On workers.",
        ),
        figure(
            "Oldest",
            'max(surtitle_queue_oldest_seconds{queue=~"$queue"})',
            "How long the job has been due that has waited longest. Above an hour is an alert.",
            unit="s",
            amber=600,
            red=3600,
        ),
        figure("Workers alive", "max(surtitle_workers_alive)", "Seen within a lease.", amber=1, red=0.5),
        figure(
            "Busy slots",
            'sum(surtitle_worker_slots{state="busy"}) / sum(surtitle_worker_slots)',
            "Share of the places on workers that have a job. All busy and jobs waiting: more workers.",
            unit="percentunit",
        ),
        figure(
            "Paused queues",
            'sum(max by (queue) (surtitle_queue_paused{queue=~"$queue"}))',
            "By an administrator: `surtitle queues resume NAME`.",
            amber=1,
        ),
    ]


def _waiting() -> list[AnyPanel]:
    return [
        lines(
            "Jobs that wait",
            {"{{queue}}": 'max by (queue) (surtitle_queue_jobs{state="queued",queue=~"$queue"})'},
            "By queue, parts among them.",
            stacked=True,
        ),
        lines(
            "Age of the oldest",
            {"{{queue}}": 'max by (queue) (surtitle_queue_oldest_seconds{queue=~"$queue"})'},
            "It grows by a second a second where nobody takes it.",
            unit="s",
        ),
        lines(
            "Wait until a worker took it",
            {
                "half": f"histogram_quantile(0.5, {CLAIMS})",
                "95 of 100": f"histogram_quantile(0.95, {CLAIMS})",
            },
            "From the moment that a job was due. Milliseconds where a slot is free.",
            unit="s",
        ),
    ]


def _working() -> list[AnyPanel]:
    return [
        lines(
            "Workers by queue",
            {"{{queue}}": 'max by (queue) (surtitle_queue_workers{queue=~"$queue"})'},
            "Alive, and serving the queue.",
        ),
        lines(
            "Slots",
            {"{{state}}": "sum by (state) (surtitle_worker_slots)"},
            "Each runs one job at a time.",
            stacked=True,
        ),
        lines(
            "Runs by how they ended",
            {"{{outcome}}": "sum by (outcome) (increase(surtitle_job_runs_total[$__rate_interval]))"},
            "`retried`: a fault that can pass. `handed-back`: the worker stopped. `taken-over`: it was thought gone.",
            stacked=True,
        ),
        listing(
            "Memory",
            'sort_desc(process_resident_memory_bytes{job=~"surtitle|workers"})',
            "Of the processes themselves; engines have processes of their own.",
            unit="bytes",
            named={"job": "What", "instance": "Where"},
            width=8,
        ),
        lines(
            "Time a step takes",
            {
                "{{step}}": "sum by (step) (max by (recipe, step) (rate(surtitle_job_step_seconds_sum[$__rate_interval])))"
            },
            "Seconds of work a second, by step: what the workers spend their time on.",
            stacked=True,
        ),
        listing(
            "Last done",
            "sort_desc(time() - max by (schedule) (surtitle_schedule_last_success_timestamp_seconds))",
            "How long ago each scheduled task was done. Three times its interval is an alert.",
            unit="s",
            named={"schedule": "Task"},
            width=8,
        ),
    ]


def _trouble() -> list[AnyPanel]:
    return [
        lines(
            "Failed jobs by reason",
            {"{{kind}}": "max by (kind) (increase(surtitle_job_failures_total[$__rate_interval]))"},
            "`surtitle jobs list --state failed` shows them, each with a sentence.",
            stacked=True,
        ),
        lines(
            "Lost leases, deaths of engines",
            {
                "lost leases": "sum(increase(surtitle_lost_leases_total[$__rate_interval])) or vector(0)",
                "engine processes that died": "sum(increase(surtitle_engine_child_deaths_total[$__rate_interval]))",
                "memory ran out": "sum(increase(surtitle_engine_out_of_memory_total[$__rate_interval])) or vector(0)",
            },
            "Each costs a job some time and no words. More than two in half an hour is an alert.",
        ),
        lines(
            "Engine processes replaced in order",
            {
                "{{reason}}": "sum by (reason) (increase(surtitle_engine_child_recycled_total[$__rate_interval]))"
            },
            "`memory`: it had grown past the mark. `jobs`: it had done its share.",
        ),
    ]
