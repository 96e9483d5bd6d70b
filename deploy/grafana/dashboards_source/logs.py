"""Lines of the log, as docs/operate/logs.md says that they reach Loki."""

from deploy.grafana.dashboards_source.panels import AnyPanel, dashboard, filled, log_counts, log_lines
from grafana_foundation_sdk.builders.dashboard import CustomVariable, TextBoxVariable
from grafana_foundation_sdk.models.dashboard import Dashboard

# Labels alone choose streams; ids are in the lines, where a search finds them without a stream each.
STREAM = '{service=~"$service",level=~"$level"}'
FOUND = f"{STREAM} |= `$find`"
# Our own lines are JSON with their sentence in `event`; those of others are as they stand.
READABLE = "| json | line_format `{{ if .event }}{{ .event }}{{ else }}{{ __line__ }}{{ end }}`"


def build() -> Dashboard:
    frame = dashboard("logs", "Logs", since="now-1h")
    frame.with_variable(_choice("service", "Of", "api,worker,worker-gpu,traefik,db,redis,s3"))
    frame.with_variable(_choice("level", "Level", "debug,info,warning,error,critical,unknown"))
    frame.with_variable(TextBoxVariable("find").label("With the words or the id").default_value(""))
    rows: dict[str, list[AnyPanel]] = {
        "How many": [
            log_counts(
                "Lines by level",
                f"sum by (level) (count_over_time({FOUND} [$__auto]))",
                "{{level}}",
                "Of what is chosen above.",
            ),
            log_counts(
                "Warnings and errors by who wrote them",
                'sum by (logger) (count_over_time({service=~"$service",level=~"warning|error|critical"}'
                " |= `$find` | json logger [$__auto]))",
                "{{logger}}",
                "The part of the program.",
            ),
        ],
        "Errors": [
            log_lines(
                "Errors",
                '{service=~"$service",level=~"error|critical"} |= `$find` ' + READABLE,
                "With the id of the request or job in each line's details; type it above to see all that belongs to it.",
            ),
        ],
        "Lines": [
            log_lines(
                "Lines",
                f"{FOUND} {READABLE}",
                "Newest first. Spoken text and secrets are in none of them.",
                height=20,
            ),
        ],
    }
    return filled(frame, rows)


def _choice(name: str, label: str, values: str) -> CustomVariable:
    return CustomVariable(name).label(label).values(values).multi(True).include_all(True).all_value(".+")
