"""What the lake's owners changed in the tables they write: new columns are reported, lost and retyped ones refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from pyspark.sql import DataFrame

from revenuer.contract import Contract
from revenuer.errors import ContractError
from revenuer.lake.lake import Lake
from revenuer.session import SPARK_ERRORS
from revenuer.tables import contract_of

# Its commits say which versions of the owners' tables the last validation read.
_READER = "valid_usage"
_GONE_FOR_GOOD = "What is gone for good: --set validate.removed_columns='[\"TABLE.COLUMN\"]', once"


def refuse_changes(lake: Lake, names: Iterable[str], accepted: Sequence[str] = ()) -> None:
    """Stop before anything is written when an input table lost a column or changed a type.

    Args:
        lake: Lake.
        names: Tables a run is going to read; those that do not exist or are not the owners' are passed over.
        accepted: Columns that may be missing from now on, as ``table.column``.

    Raises:
        ContractError: Every lost or retyped column of every table; nothing was written.
    """
    contracts = [contract_of(name) for name in names if contract_of(name).layer == "input" and lake.exists(name)]
    versions = _last_read(lake) if contracts else {}
    problems = []
    for contract in contracts:
        types = _types(lake.stored(contract.name))
        found = contract.differences(types)
        lost = _lost_columns(lake, contract, types, versions.get(contract.name))
        found += [
            f"column {name}: removed since version {versions[contract.name]}, the last one that was validated"
            for name in lost
            if name not in contract.required_columns and f"{contract.name}.{name}" not in accepted
        ]
        problems += [f"table {contract.name}, {problem}" for problem in found]
    if problems:
        raise ContractError(
            f"the input tables in {lake.uri} no longer follow their contracts", problems,
            "restore the columns as `revenuer tables NAME` lists them and run again; nothing was written."
            f" {_GONE_FOR_GOOD}",
        )  # fmt: skip


def new_columns(lake: Lake, names: Iterable[str], run_date: date) -> list[str]:
    """Warnings about columns that the contracts do not know, once per table and set of columns.

    Args:
        lake: Lake.
        names: Tables a run reads.
        run_date: The run's date; what earlier dates were warned of is not repeated.
    """
    warnings = []
    for name in names:
        contract = contract_of(name)
        if contract.layer != "input" or not lake.exists(name):
            continue
        unknown = contract.unknown_columns(lake.stored(contract.name).columns)
        if unknown:
            plural, are = ("s", "are") if len(unknown) > 1 else ("", "is")
            warnings.append(f"table {name} has new column{plural} {', '.join(unknown)}, which {are} not read")
    if not warnings:
        return []
    told = lake.read("run_metrics").where(f"run_date < date'{run_date}' and stage = 'validate'")
    known = {row["warning"] for row in told.selectExpr("explode(warnings) as warning").distinct().collect()}
    return [warning for warning in warnings if warning not in known]


def refuse_losses(
    lake: Lake,
    contract: Contract,
    columns: Collection[str],
    accepted: Sequence[str],
    replaced_by: DataFrame | None = None,
) -> None:
    """Stop a load that lacks columns which the table's last load had: its rows would say less, and nobody would know.

    Args:
        lake: Lake.
        contract: The table's contract.
        columns: Columns that are there, or follow from others.
        accepted: Columns that may be missing from now on, as ``table.column``.
        replaced_by: Rows of a load from which nulls may be left out: only stored rows of their keys can lose anything.

    Raises:
        ContractError: Every lost column; nothing was written.
    """
    lacking = [name for name in contract.columns if name not in columns and f"{contract.name}.{name}" not in accepted]
    if not lacking or not lake.exists(contract.name):
        return
    rows = lake.read(contract.name)
    if replaced_by is not None:
        rows = rows.join(replaced_by.select(*contract.key), list(contract.key), "left_semi")
    if contract.partition_by:
        loads = (c.metadata for c in lake.commits(contract.name).newest_first() if c.metadata.get("stage") == "ingest")
        day = next((load["partitions"][-1] for load in loads if load.get("partitions")), None)
        rows = rows.where(f"{contract.partition_by[0]} = date'{day}'") if day else rows.limit(0)
    (filled,) = rows.selectExpr(*(f"count(`{name}`) > 0 as `{name}`" for name in lacking)).collect()
    lost = [name for name in lacking if filled[name]]
    if lost:
        raise ContractError(
            f"table {contract.name}: the files lack columns that the last load had",
            [f"column {name}: missing in every file" for name in lost],
            "load files with these columns (in JSON lines null where there is no value); nothing was written."
            f" {_GONE_FOR_GOOD}",
        )


def _types(frame: DataFrame) -> dict[str, str]:
    return {field.name: field.dataType.simpleString() for field in frame.schema.fields}


def _last_read(lake: Lake) -> dict[str, int]:
    for commit in lake.commits(_READER).newest_first():
        if commit.metadata.get("stage") == "validate":
            return dict(commit.metadata.get("input_versions", {}))
    return {}


def _lost_columns(lake: Lake, contract: Contract, types: dict[str, str], version: int | None) -> list[str]:
    """Columns of the contract that the table had at a version and has no more."""
    log = lake.commits(contract.name)
    if version is None or not any(log.changes_schema(later) for later in log.versions() if later > version):
        return []
    try:
        before = lake.stored(contract.name, version).columns
    except SPARK_ERRORS:
        return []  # so old that its log is gone
    return [name for name in contract.columns if name in before and name not in types]
