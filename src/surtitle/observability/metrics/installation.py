"""The names of the figures that are about the whole installation; `surtitle.figures` reads them."""

from surtitle.observability.metrics.readings import Figure

INSTALLATION_FIGURES = (
    Figure("surtitle_jobs", "Jobs that wait and run, now.", ("state",)),
    Figure("surtitle_queue_jobs", "Jobs and parts of jobs, now, by queue.", ("queue", "state")),
    Figure("surtitle_queue_oldest_seconds", "How long the job has been due that waited longest.", ("queue",)),
    Figure("surtitle_queue_workers", "Workers seen lately that serve the queue.", ("queue",)),
    Figure("surtitle_queue_paused", "Whether an administrator paused the queue.", ("queue",)),
    Figure("surtitle_workers_alive", "Workers seen lately."),
    Figure("surtitle_storage_used_bytes", "Kept in the store.", ("kind",)),
    Figure("surtitle_storage_capacity_bytes", "What the store can hold."),
    Figure("surtitle_storage_free_bytes", "What the store has left."),
    Figure("surtitle_outbox_waiting", "Messages still to be sent.", ("channel",)),
    Figure("surtitle_outbox_oldest_seconds", "Age of the oldest message that waits.", ("channel",)),
    Figure(
        "surtitle_outbox_last_hour",
        "Messages of the last hour, by what became of them.",
        ("channel", "outcome"),
    ),
    Figure("surtitle_webhook_waiting", "Deliveries still to be made."),
    Figure("surtitle_webhook_oldest_seconds", "Age of the oldest delivery that waits."),
    Figure(
        "surtitle_webhook_last_hour", "Deliveries of the last hour, by how the last try went.", ("outcome",)
    ),
    Figure("surtitle_webhooks_disabled", "Webhooks switched off after failing for long."),
    Figure(
        "surtitle_backup_last_success_timestamp_seconds", "When the newest whole backup was finished, or 0."
    ),
    Figure("surtitle_backup_last_failure_timestamp_seconds", "When a backup last failed, or 0."),
    Figure("surtitle_backup_size_bytes", "Size of the newest whole backup."),
    Figure("surtitle_credits_charged_last_day", "Credits charged for jobs in the last 24 hours."),
    Figure(
        "surtitle_certificate_expiry_timestamp_seconds",
        "When the certificate ends that people's browsers are shown.",
        ("host",),
    ),
)
