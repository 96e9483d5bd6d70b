"""When each alert comes, and when it does not: `promtool test rules` is asked about all of these.

Series are in promtool's notation, a value a minute: `0+94x30` grows by 94 for thirty minutes.
Time begins at 0.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    alert: str
    series: dict[str, str]
    quiet_at: str
    """It is not there yet, though what will cause it may have begun."""
    fires_at: str
    summary: str
    labels: dict[str, str] = field(default_factory=dict)
    """Beside those that the rule itself gives."""


@dataclass(frozen=True)
class Silence:
    """What looks like the alert's cause, and is none."""

    alert: str
    why: str
    series: dict[str, str]
    at: str


_OK, _ERROR = 'surtitle_http_requests_total{status="2xx"}', 'surtitle_http_requests_total{status="5xx"}'
_FINISHED = 'surtitle_jobs_finished_total{{recipe="transcript",state="{}"}}'.format

CASES = [
    Case(
        "APIHighErrorRate",
        {_OK: "0+94x30", _ERROR: "0+4x15 60+6x15"},
        "20m",
        "28m",
        "6% of requests are answered with an error of ours",
    ),
    Case(
        "ErrorBudgetBurnedFast",
        {_OK: "0+92x120", _ERROR: "0x30 8+8x90"},
        "35m",
        "95m",
        "At this pace of errors (8%) the month's budget is gone in two days",
    ),
    Case(
        "ErrorBudgetBurnedSlowly",
        {_OK: "0+96x800", _ERROR: "0x60 4+4x740"},
        "70m",
        "500m",
        "At this pace of errors (4%) the month's budget is gone in five days",
    ),
    Case(
        "WorkerQueueBacklog",
        {
            'surtitle_jobs{state="queued",instance="a"}': "20x15 21x15",
            'surtitle_jobs{state="queued",instance="b"}': "20x15 21x15",
        },
        "25m",
        "27m",
        "21 jobs have waited for ten minutes",
    ),
    Case(
        "OldestJobTooOld",
        {
            'surtitle_queue_oldest_seconds{queue="gpu"}': "0+60x90",
            'surtitle_queue_paused{queue="gpu"}': "0x90",
        },
        "60m",
        "68m",
        "A job in the queue gpu has waited for 1h 8m 0s",
        {"queue": "gpu"},
    ),
    Case(
        "WorkerFailure",
        {'up{job="workers",instance="10.0.0.7:9101"}': "1x5 0x10", "surtitle_workers_alive": "1x15"},
        "7m",
        "9m",
        "The worker at 10.0.0.7:9101 does not answer",
        {"job": "workers", "instance": "10.0.0.7:9101"},
    ),
    Case(
        "WorkerFailure",
        {"surtitle_workers_alive": "2x5 0x10"},
        "7m",
        "9m",
        "No worker is alive, so jobs wait",
    ),
    Case(
        "NoWorkerForQueue",
        {
            'surtitle_queue_jobs{queue="gpu",state="queued"}': "0x5 3x20",
            'surtitle_queue_workers{queue="gpu"}': "0x25",
            'surtitle_queue_jobs{queue="cpu",state="queued"}': "9x25",
            'surtitle_queue_workers{queue="cpu"}': "1x25",
        },
        "9m",
        "12m",
        "3 job(s) wait in the queue gpu, which no living worker serves",
        {"queue": "gpu"},
    ),
    Case(
        "LostLeases",
        {'surtitle_lost_leases_total{queue="cpu"}': "0x10 2x20 4x60"},
        "30m",
        "35m",
        "4 jobs were taken back from workers that were gone, in half an hour",
    ),
    Case(
        "EngineChildDeaths",
        {'surtitle_engine_child_deaths_total{instance="a"}': "0x10 2x20 4x60"},
        "30m",
        "35m",
        "4 engine processes died in half an hour",
    ),
    Case(
        "JobsFail",
        {_FINISHED("failed"): "0x10 2x35 5x60", _FINISHED("succeeded"): "0x10 2x35 10x60"},
        "30m",
        "60m",
        "27.27% of the jobs that ended in half an hour failed",
    ),
    Case(
        "StorageUsageThreshold",
        {"surtitle_storage_capacity_bytes": "100x40", "surtitle_storage_free_bytes": "20x20 19x20"},
        "20m",
        "35m",
        "81% of the store is used",
    ),
    Case(
        "StorageUsageThreshold",
        {
            'SeaweedFS_volumeServer_resource{name="/data",type="all"}': "100x40",
            'SeaweedFS_volumeServer_resource{name="/data",type="used"}': "80x20 81x20",
        },
        "25m",
        "35m",
        "81% of the store is used (/data)",
        {"name": "/data"},
    ),
    Case(
        "DiskNearlyFull",
        {
            'surtitle_disk_size_bytes{place="scratch",instance="a:1"}': "100x40",
            'surtitle_disk_free_bytes{place="scratch",instance="a:1"}': "11x20 9x20",
        },
        "20m",
        "28m",
        "9% of the disk for scratch is free at a:1",
        {"place": "scratch", "instance": "a:1"},
    ),
    Case(
        "BackupMissing",
        {"surtitle_backup_last_success_timestamp_seconds": "3600x2000"},
        "27h10m",
        "28h",
        "The newest backup is 1d 3h 0m 0s old",
    ),
    Case(
        "BackupNeverMade",
        {"surtitle_backup_last_success_timestamp_seconds": "0x2000"},
        "25h",
        "27h",
        "No backup was ever made",
    ),
    Case(
        "BackupFailed",
        {
            "surtitle_backup_last_success_timestamp_seconds": "60x30",
            "surtitle_backup_last_failure_timestamp_seconds": "0x9 600x20",
        },
        "9m",
        "11m",
        "The last backup failed",
    ),
    Case(
        "WebhookFailures",
        {
            'surtitle_webhook_last_hour{outcome="failed"}': "2x10 6x30",
            'surtitle_webhook_last_hour{outcome="delivered"}': "2x40",
        },
        "15m",
        "25m",
        "75% of the last hour's webhooks were not taken by who wanted them",
    ),
    Case(
        "MailsStuck",
        {'surtitle_outbox_oldest_seconds{channel="mail"}': "0+60x90"},
        "65m",
        "75m",
        "Messages by mail have waited for 1h 15m 0s",
        {"channel": "mail"},
    ),
    Case(
        "MailsRefused",
        {'surtitle_outbox_last_hour{channel="mail",outcome="failed"}': "2x10 3x20"},
        "10m",
        "18m",
        "3 messages by mail were given up in the last hour",
        {"channel": "mail"},
    ),
    Case(
        "CloudBudgetBurned",
        {
            'surtitle_cloud_cost_total{service="fal",model="m"}': "0+0.01x1500",
            "surtitle_cloud_budget_daily": "10x1500",
        },
        "12h",
        "16h40m",
        "Engines in the cloud have cost 10 in a day, which is over 80 % of the budget",
    ),
    Case(
        "TargetDown",
        {'up{job="store",instance="s3:9327"}': "1x5 0x10", 'up{job="surtitle"}': "1x15"},
        "7m",
        "9m",
        "store does not answer at s3:9327",
        {"job": "store", "instance": "s3:9327"},
    ),
    Case(
        "TargetDown",
        {'up{job="surtitle"}': "1x5 _x10"},
        "8m",
        "14m",
        "surtitle does not answer",
        {"job": "surtitle"},
    ),
    Case(
        "CertificateExpiring",
        {'surtitle_certificate_expiry_timestamp_seconds{host="x"}': f"{14 * 86400 + 600}x200"},
        "60m",
        "100m",
        "The certificate ends in 13d 22h 30m 0s",
    ),
    Case(
        "CertificateExpiring",
        {"traefik_tls_certs_not_after": f"{14 * 86400 + 600}x200"},
        "60m",
        "100m",
        "The certificate ends in 13d 22h 30m 0s",
    ),
    Case(
        "ScheduleOverdue",
        {
            'surtitle_schedule_last_success_timestamp_seconds{schedule="media.sweep"}': "0x90",
            'surtitle_schedule_every_seconds{schedule="media.sweep"}': "600x90",
        },
        "44m",
        "50m",
        "The scheduled task media.sweep was last done 50m 0s ago",
        {"schedule": "media.sweep"},
    ),
    Case(
        "NoScheduler",
        {
            'surtitle_schedule_every_seconds{schedule="media.sweep"}': "600x5 stale",
            'surtitle_schedule_last_success_timestamp_seconds{schedule="media.sweep"}': "0x5 stale",
        },
        "15m",
        "17m",
        "Nobody does the scheduled tasks: no process tells of them",
        {"schedule": "media.sweep"},
    ),
    Case(
        "NoScheduler",
        {'up{job="workers",instance="10.0.0.7:9101"}': "1x20"},
        "9m",
        "11m",
        "Nobody does the scheduled tasks: no process tells of them",
        {"schedule": "media.sweep"},
    ),
    Case(
        "FiguresUnread",
        {'surtitle_reading_up{part="outbox"}': "1x5 0x20"},
        "10m",
        "17m",
        "Figures of outbox cannot be read, so their alerts are blind",
        {"part": "outbox"},
    ),
    Case(
        "NotificationsFail",
        {'alertmanager_notifications_failed_total{integration="slack"}': "0x5 1x3 2x20"},
        "8m",
        "13m",
        "Alerts could not be sent by slack",
        {"integration": "slack"},
    ),
]

SILENCES = [
    Silence("APIHighErrorRate", "five in a hundred", {_OK: "0+95x30", _ERROR: "0+5x30"}, "28m"),
    Silence(
        "APIHighErrorRate",
        "errors of the caller",
        {'surtitle_http_requests_total{status="4xx"}': "0+9x30"},
        "28m",
    ),
    Silence("ErrorBudgetBurnedFast", "nine errors at night", {_OK: "0+0.2x90", _ERROR: "0+0.1x90"}, "80m"),
    Silence("ErrorBudgetBurnedFast", "a fault that is over", {_OK: "0+9x90", _ERROR: "0+1x50 50x40"}, "62m"),
    Silence("ErrorBudgetBurnedSlowly", "an even pace", {_OK: "0+1000x800", _ERROR: "0+5x800"}, "700m"),
    Silence(
        "OldestJobTooOld",
        "an administrator paused the queue",
        {'surtitle_queue_oldest_seconds{queue="q"}': "9999x60", 'surtitle_queue_paused{queue="q"}': "1x60"},
        "50m",
    ),
    Silence(
        "NoWorkerForQueue",
        "nothing waits in the queue that nobody serves",
        {
            'surtitle_queue_jobs{queue="gpu",state="queued"}': "0x25",
            'surtitle_queue_workers{queue="gpu"}': "0x25",
        },
        "20m",
    ),
    Silence(
        "LostLeases", "one worker was lost", {'surtitle_lost_leases_total{queue="cpu"}': "0x9 1x60"}, "20m"
    ),
    Silence("EngineChildDeaths", "one death", {"surtitle_engine_child_deaths_total": "0x9 1x60"}, "20m"),
    Silence(
        "JobsFail",
        "two failed jobs are an accident",
        {_FINISHED("failed"): "0x10 2x60", _FINISHED("succeeded"): "0x70"},
        "30m",
    ),
    Silence("BackupFailed", "none failed", {"surtitle_backup_last_failure_timestamp_seconds": "0x9"}, "5m"),
    Silence(
        "BackupMissing",
        "last night's is there",
        {"surtitle_backup_last_success_timestamp_seconds": "9x1500"},
        "24h",
    ),
    Silence(
        "WebhookFailures",
        "one receiver of many fails",
        {
            'surtitle_webhook_last_hour{outcome="failed"}': "9x30",
            'surtitle_webhook_last_hour{outcome="delivered"}': "99x30",
        },
        "25m",
    ),
    Silence(
        "CloudBudgetBurned",
        "no budget is set",
        {'surtitle_cloud_cost_total{service="fal"}': "0+9x1500"},
        "20h",
    ),
    Silence(
        "TargetDown",
        "a worker and an Alertmanager have alerts of their own, or none",
        {'up{job="workers"}': "0x20", 'up{job="alertmanager"}': "0x20", 'up{job="surtitle"}': "1x20"},
        "15m",
    ),
    Silence(
        "NoScheduler",
        "Prometheus reads the API alone, which leaves tasks to a scheduler",
        {'up{job="surtitle"}': "1x20"},
        "15m",
    ),
    Silence(
        "ScheduleOverdue",
        "a daily task of yesterday",
        {
            'surtitle_schedule_last_success_timestamp_seconds{schedule="d"}': "0x2000",
            'surtitle_schedule_every_seconds{schedule="d"}': "86400x2000",
        },
        "30h",
    ),
]
