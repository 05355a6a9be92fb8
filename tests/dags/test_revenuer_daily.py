"""What the DAG promises without the package: its tasks, its command lines, its dates, its retries."""

from __future__ import annotations

import ast
import datetime as dt
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db
from airflow.models.dagbag import DBDagBag
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.execution_time.context import VariableAccessor
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.types import DagRunTriggeredByType, DagRunType

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun
    from airflow.sdk import DAG
    from sqlalchemy.orm import Session

PROJECT = Path(__file__).resolve().parents[2]
DAGS = PROJECT / "airflow_dags"
GOLDEN = Path(__file__).parent / "golden"
SUCCESS, UPSTREAM_FAILED = TaskInstanceState.SUCCESS, TaskInstanceState.UPSTREAM_FAILED
MARCH_FIRST = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def package_stages() -> tuple[str, ...]:
    """Read the package's stage list from its source: Airflow's environment cannot import the package."""
    tree = ast.parse((PROJECT / "lib" / "revenuer" / "pipeline" / "stage.py").read_text(encoding="utf-8"))
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "STAGE_NAMES" for target in targets):
            return tuple(ast.literal_eval(node.value))
    raise AssertionError("lib/revenuer/pipeline/stage.py defines no literal STAGE_NAMES")


def rendered(dag: DAG, stage: str, **context: Any) -> str:
    """Render one task's command as a worker would; what a run lacks is absent from the context, not None."""
    task = dag.get_task(stage)
    context = {"params": {"run_date": None}, "var": {"value": VariableAccessor(deserialize_json=False)}, **context}
    return str(task.render_template(task.bash_command, context, task.get_template_env(dag=dag)))


def recorded_runs(dag: DAG, logical_dates: list[dt.datetime], session: Session) -> list[DagRun]:
    """Record open runs of a DAG in the metadata database, as a scheduler does."""
    DagBundlesManager().sync_bundles_to_db(session=session)
    session.commit()
    sync_bag_to_db(BundleDagBag(str(DAGS), bundle_path=DAGS, bundle_name="dags-folder"), "dags-folder", None)
    known = DBDagBag().get_latest_version_of_dag(dag.dag_id, session=session)
    return [
        known.create_dagrun(
            run_id=f"scheduled__{date:%F}",
            logical_date=date,
            data_interval=(date, date + dt.timedelta(days=1)),
            run_after=date + dt.timedelta(days=1),
            run_type=DagRunType.SCHEDULED,
            triggered_by=DagRunTriggeredByType.TEST,
            state=DagRunState.RUNNING,
            session=session,
        )
        for date in logical_dates
    ]


def schedulable(run: DagRun, session: Session) -> list[str]:
    """Names of the tasks that a scheduler would start now."""
    session.flush()
    tasks, _ = run.update_state(session=session)
    return [task.task_id for task in tasks]


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the one Variable that has no default."""
    monkeypatch.setenv("AIRFLOW_VAR_REVENUER_LAKE", "s3a://lake/revenuer")


def test_tasks__are_the_package_stages_in_order(dag: DAG) -> None:
    stages = package_stages()
    assert tuple(dag.task_ids) == stages
    for stage, following in zip(stages, [*stages[1:], None], strict=True):
        assert dag.get_task(stage).downstream_task_ids == ({following} if following else set())


@pytest.mark.parametrize("golden", sorted(GOLDEN.glob("*.txt")), ids=lambda path: path.stem)
def test_command__equals_its_golden_file(dag: DAG, golden: Path) -> None:
    assert rendered(dag, golden.stem, logical_date=MARCH_FIRST) + "\n" == golden.read_text(encoding="utf-8")


def test_command__has_a_golden_file_for_every_task(dag: DAG) -> None:
    assert sorted(dag.task_ids) == sorted(path.stem for path in GOLDEN.glob("*.txt"))


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"params": {"run_date": "2026-03-03"}, "partition_key": "2026-03-02", "logical_date": MARCH_FIRST}, "03"),
        ({"partition_key": "2026-03-02", "logical_date": MARCH_FIRST}, "02"),
        ({"partition_key": "2026-03-02T00:00:00"}, "02"),
        ({"partition_key": None, "logical_date": MARCH_FIRST}, "01"),
    ],
    ids=["param-first", "then-partition-key", "timestamp-key", "then-logical-date"],
)
def test_run_date__prefers_param_then_partition_key_then_logical_date(
    dag: DAG, context: dict[str, Any], expected: str
) -> None:
    argv = shlex.split(rendered(dag, "link", **context))
    assert argv[argv.index("--run-date") + 1] == f"2026-03-{expected}"


def test_run_date__missing_everywhere_fails_without_retry(dag: DAG) -> None:
    with pytest.raises(AirflowFailException, match="trigger it with the Param run_date"):
        rendered(dag, "link", partition_key=None)


def test_command__quotes_every_value(dag: DAG, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_VAR_REVENUER_LAKE", "/data/my lake; rm -r x")
    monkeypatch.setenv("AIRFLOW_VAR_REVENUER_BIN", "/opt/revenuer 1/bin/revenuer")
    monkeypatch.setenv("AIRFLOW_VAR_REVENUER_CONFIG", "/etc/it's/site.toml")
    assert shlex.split(rendered(dag, "rank", partition_key="2026-03-01 $(id)")) == [
        "/opt/revenuer 1/bin/revenuer", "run", "rank",
        "--run-date", "2026-03-01",
        "--lake", "/data/my lake; rm -r x",
        "--config", "/etc/it's/site.toml",
    ]  # fmt: skip


@pytest.mark.parametrize(("code", "is_retried"), [(1, True), (2, False), (3, True), (4, False), (5, False), (6, False),
                                                  (7, True), (137, True)])  # fmt: skip
def test_retry__only_where_it_can_help(dag: DAG, code: int, is_retried: bool) -> None:
    with pytest.raises(Exception, match="exit code") as failure:
        BashOperator(task_id="stub", bash_command=f"exit {code}", skip_on_exit_code=None).execute({})
    decision = dag.get_task("link").retry_policy.evaluate(failure.value, try_number=1, max_tries=6, context=None)
    assert decision.action.value == ("default" if is_retried else "fail")


def test_order__only_rank_waits_for_the_day_before(dag: DAG) -> None:
    assert [task.task_id for task in dag.tasks if task.depends_on_past and task.wait_for_downstream] == ["rank"]
    assert dag.dagrun_timeout is None, "it skips what waits, and a skipped rank counts as one that succeeded"
    assert dag.max_active_runs > 1, "a mended day runs while later ones wait for it"
    assert {task.max_active_tis_per_dag for task in dag.tasks} == {1}, "no stage works on two days at once"


@pytest.mark.usefixtures("airflow_database")
def test_order__rank_is_scheduled_once_the_day_before_is_published(dag: DAG) -> None:
    with create_session() as session:
        before, run = recorded_runs(dag, [dt.datetime(2026, 4, day, tzinfo=dt.UTC) for day in (1, 2)], session)
        for task in before.get_task_instances(session=session):
            task.set_state(UPSTREAM_FAILED if task.task_id in ("rank", "publish") else SUCCESS, session=session)
        for task in run.get_task_instances(session=session):
            task.set_state(None if task.task_id in ("rank", "publish") else SUCCESS, session=session)
        assert schedulable(run, session) == []
        assert run.state == "running", "it stands open until the day before is mended"
        before.get_task_instance("rank", session=session).set_state(SUCCESS, session=session)
        assert schedulable(run, session) == []
        before.get_task_instance("publish", session=session).set_state(SUCCESS, session=session)
        assert schedulable(run, session) == ["rank"]


@pytest.mark.usefixtures("airflow_database")
def test_run__stops_at_the_first_stage_that_fails(dag: DAG, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "revenuer"
    program.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/calls\n[ "$2" != observe ] || exit 5\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("AIRFLOW_VAR_REVENUER_BIN", str(program))

    run = dag.test(logical_date=None, run_conf={"run_date": "2026-03-01"})

    assert run.state == "failed"
    assert (tmp_path / "calls").read_text(encoding="utf-8").splitlines() == [
        "run validate --run-date 2026-03-01 --lake s3a://lake/revenuer",
        "run observe --run-date 2026-03-01 --lake s3a://lake/revenuer",
    ]
