"""One day of Revenuer: ``validate → observe → link → cluster → rank → publish``.

Every task is one command line of the ``revenuer`` program, so the same line can be typed in a shell. The day comes
from the Param ``run_date``, else from the run's partition key, else from its logical date.

Settings are Airflow Variables (or ``AIRFLOW_VAR_*`` in the environment):

* ``revenuer_lake`` – root of the lake, required: a relative path would mean each task's own scratch directory.
* ``revenuer_bin`` – the program; default ``revenuer`` on the worker's ``PATH``.
* ``revenuer_config`` – a site's TOML file; default none.
"""

from __future__ import annotations

import datetime as dt
import re
import shlex
from collections.abc import Mapping

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, CronDataIntervalTimetable, Param, RetryDecision, RetryPolicy, chain
from airflow.sdk.exceptions import AirflowFailException

STAGES = ("validate", "observe", "link", "cluster", "rank", "publish")

# Exit codes that the same command would only repeat: settings, contract, quality or certificate.
# A missing partition (3) may still arrive and a storage conflict (7) may clear; anything unknown is retried too.
FINAL_EXIT_CODES = frozenset({2, 4, 5, 6})

COMMAND = (
    "{{ var.value.get('revenuer_bin', 'revenuer') | quote }} run STAGE"
    " --run-date {{ run_date(params, partition_key | default(none), logical_date | default(none)) | quote }}"
    " --lake {{ var.value.revenuer_lake | quote }}"
    "{% if var.value.get('revenuer_config', '') %} --config {{ var.value.revenuer_config | quote }}{% endif %}"
)


def run_date(params: Mapping[str, str | None], partition_key: str | None, logical_date: dt.datetime | None) -> str:
    """Return the day to run as ``YYYY-MM-DD``.

    Raises:
        AirflowFailException: If the run carries no date at all, which a retry would not change.
    """
    if params.get("run_date"):
        return str(params["run_date"])
    if partition_key:
        return partition_key[:10]
    if logical_date:
        return logical_date.strftime("%Y-%m-%d")
    raise AirflowFailException("this run has no date: trigger it with the Param run_date, as in 2026-03-01")


class UnlessFinal(RetryPolicy):
    """Retries a stage unless its exit code says that a retry cannot help."""

    def evaluate(self, exception: BaseException, *_: object, **__: object) -> RetryDecision:
        """Read the exit code out of what the operator raised, and decide."""
        code = re.search(r"exit code (\d+)", str(exception))
        if code and int(code[1]) in FINAL_EXIT_CODES:
            return RetryDecision.fail(f"exit code {code[1]}: the same command would fail again")
        return RetryDecision.default()


with DAG(
    dag_id="revenuer_daily",
    description="Ranks coordinated distillation campaigns, one usage day at a time",
    doc_md=__doc__,
    # The interval that ends when the run starts: its logical date is the last complete day of usage.
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    catchup=False,
    # Where a day failed, the runs after it stand open before rank until it is mended: there must be room for it beside
    # them. They get no dagrun_timeout: it would skip what waits, and to Airflow a skipped rank has succeeded.
    max_active_runs=16,
    params={"run_date": Param(None, type=["null", "string"], format="date", description="Day to run, YYYY-MM-DD")},
    user_defined_macros={"run_date": run_date},
    user_defined_filters={"quote": shlex.quote},
    tags=["revenuer"],
) as dag:
    chain(
        *(
            BashOperator(
                task_id=stage,
                bash_command=COMMAND.replace("STAGE", stage),
                # Only rank reads the day before (lasting ids), so only it waits for the run before to succeed.
                depends_on_past=stage == "rank",
                wait_for_downstream=stage == "rank",
                # However many days are open, a stage works on one of them.
                max_active_tis_per_dag=1,
                skip_on_exit_code=None,
                do_xcom_push=False,
                retries=6,
                retry_delay=dt.timedelta(minutes=20),
                retry_policy=UnlessFinal(),
                execution_timeout=dt.timedelta(hours=6),
            )
            for stage in STAGES
        )
    )
