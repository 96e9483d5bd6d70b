"""Yesterday's figures on Spark, every night: Airflow's part of docs/operate/kpis.md.

Put this file into Airflow's folder of DAGs. Its task calls the program `surtitle`, which need not be in
Airflow's own environment: SURTITLE_KPI_COMMAND names it. Settings are variables of Airflow's workers.
To fill in past days: trigger it with `{"from": "2026-01-01", "to": "2026-01-31"}`.
"""

import os
from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, Param

COMMAND = os.environ.get("SURTITLE_KPI_COMMAND", "surtitle kpis compute --engine spark")
SCHEDULE = os.environ.get("SURTITLE_KPI_SCHEDULE", "30 0 * * *")
"""By UTC. A few minutes past midnight of the installation's time zone is early enough."""

RETRIES = int(os.environ.get("SURTITLE_KPI_RETRIES", "3"))

_A_DAY = Param(None, type=["null", "string"], format="date", description="Left out: what is due.")

with DAG(
    dag_id="spark_kpi_daily",
    description="Figures of each day and project, into kpi_daily",
    schedule=SCHEDULE,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    # A run computes all that is due, however long ago the one before it was.
    catchup=False,
    max_active_runs=1,
    default_args={"retries": RETRIES, "retry_delay": timedelta(minutes=5), "retry_exponential_backoff": True},
    params={"from": _A_DAY, "to": _A_DAY},
    tags=["surtitle"],
):
    BashOperator(
        task_id="compute",
        # The days come as variables: nothing that somebody types is a part of the command.
        bash_command=f'{COMMAND} ${{KPI_FROM:+--from "$KPI_FROM"}} ${{KPI_TO:+--to "$KPI_TO"}}',
        env={"KPI_FROM": "{{ params['from'] or '' }}", "KPI_TO": "{{ params['to'] or '' }}"},
        append_env=True,
        execution_timeout=timedelta(hours=6),
    )
