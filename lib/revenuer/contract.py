"""What a table promises, and everything that follows from the promise alone.

A contract lists columns (see :mod:`revenuer.columns`), grain, partition, row rules (SQL) and table checks. From it come
schema, DDL, data dictionary, ``conform()``, the reasons to quarantine a row, checks, the tests' row builder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from revenuer.casting import is_castable
from revenuer.columns import COLUMNS, Column
from revenuer.errors import ContractError
from revenuer.markdown import table_lines

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Severity = Literal["fail", "warn"]
Layer = Literal["input", "working", "published", "internal"]


@dataclass(frozen=True)
class RowRule:
    """A rule every row must satisfy.

    Attributes:
        name: snake_case name, unique in the contract.
        sql: SQL predicate that is true for good rows; null counts as good.
        message: What a row that breaks it did wrong.
    """

    name: str
    sql: str
    message: str


@dataclass(frozen=True)
class TableCheck:
    """A check over one partition of a table, run by Great Expectations.

    Attributes:
        expectation: Expectation class name in Great Expectations.
        arguments: Its keyword arguments.
        severity: ``fail`` stops publication, ``warn`` is recorded.
        message: What a failure means and how to mend it.
    """

    expectation: str
    arguments: Mapping[str, Any]
    severity: Severity
    message: str


@dataclass(frozen=True)
class Contract:
    """One table's contract.

    Attributes:
        name: Name without version; readers' views carry it.
        description: What a row is.
        layer: ``input``, ``working``, ``published`` or ``internal``.
        columns: Column names in order.
        required: Columns that must exist in input and be non-null; the key is always required.
        key: Columns that identify a row.
        partition_by: Partition columns; empty for small dimension tables.
        grain: The key in words.
        owner: Who answers for the table.
        version: Physical version; a schema change makes a new one.
        row_rules: Rules of single rows.
        checks: Checks of a whole partition.
        usage_warnings: What a reader must know before drawing conclusions.
        retention_days: How long a partition is kept; None keeps it for ever.
        effective_column: Instant from which on a row counts: it changes no run of an earlier date.
    """

    name: str
    description: str
    layer: Layer
    columns: tuple[str, ...]
    key: tuple[str, ...]
    partition_by: tuple[str, ...]
    grain: str
    owner: str
    required: tuple[str, ...] = ()
    version: int = 1
    row_rules: tuple[RowRule, ...] = ()
    checks: tuple[TableCheck, ...] = ()
    usage_warnings: tuple[str, ...] = field(default=())
    retention_days: int | None = None
    effective_column: str | None = None

    @property
    def table_name(self) -> str:
        """Physical name, for instance ``campaigns_v1``."""
        return f"{self.name}_v{self.version}"

    @property
    def required_columns(self) -> tuple[str, ...]:
        """Columns that must be present and non-null, in table order."""
        wanted = {*self.key, *self.required, *self.partition_by}
        return tuple(name for name in self.columns if name in wanted)

    @property
    def retention(self) -> str:
        """How long a partition is kept, in words."""
        if self.layer == "input":
            return "by its owners"
        return f"{self.retention_days} days" if self.retention_days else "for ever"

    def column_definitions(self) -> tuple[Column, ...]:
        """Definitions of the table's columns, in order."""
        return tuple(COLUMNS[name] for name in self.columns)

    # -- schema and DDL

    def schema_ddl(self) -> str:
        """The schema as a DDL string, usable wherever Spark takes one."""
        return ", ".join(f"`{c.name}` {c.type}" for c in self.column_definitions())

    def ddl(self, table: str | None = None) -> str:
        """``CREATE TABLE`` statement with comments.

        Args:
            table: Qualified table name; the physical name when omitted.
        """
        lines = []
        for c in self.column_definitions():
            unit = f" [{c.unit}]" if c.unit else ""
            lines.append(f"  `{c.name}` {c.type.upper()} COMMENT '{_quote(c.description + unit)}'")
        parts = [f"CREATE TABLE IF NOT EXISTS {table or self.table_name} (", ",\n".join(lines), ")", "USING DELTA"]
        if self.partition_by:
            parts.append(f"PARTITIONED BY ({', '.join(self.partition_by)})")
        parts.append(f"COMMENT '{_quote(self.description)}'")
        return "\n".join(parts)

    # -- conforming and judging rows

    def differences(self, actual: Mapping[str, str]) -> list[str]:
        """Every way a frame's columns differ from the contract.

        Args:
            actual: Column name to Spark SQL type string.

        Returns:
            One line per discrepancy that conforming cannot mend; empty when there is none.
        """
        problems = []
        for name in self.required_columns:
            if name not in actual:
                problems.append(
                    f"column {name}: missing; {COLUMNS[name].type} is required ({COLUMNS[name].description})"
                )
        for name in self.columns:
            if name in actual and not is_castable(actual[name], COLUMNS[name].type):
                problems.append(f"column {name}: type {actual[name]}, expected {COLUMNS[name].type}")
        return problems

    def unknown_columns(self, actual: Sequence[str]) -> list[str]:
        """Columns the contract does not know; they are ignored, and the run says so."""
        return sorted(set(actual) - set(self.columns))

    def conform(self, frame: DataFrame, where: str = "") -> DataFrame:
        """Project a frame onto the contract: its columns, order and types; missing optional columns become null.

        Args:
            frame: Frame with at least the required columns.
            where: Date, file or table the frame came from, for the error.

        Raises:
            ContractError: All discrepancies at once.
        """
        actual = {f.name: f.dataType.simpleString() for f in frame.schema.fields}
        problems = self.differences(actual)
        if problems:
            raise ContractError(
                f"table {self.name}{' ' + where if where else ''} does not follow its contract",
                problems,
                f"write the columns as `revenuer tables {self.name}` lists them and run again",
            )
        return frame.selectExpr(
            *(
                f"`{c.name}`"
                if actual.get(c.name) == c.type
                else (
                    f"cast(`{c.name}` as {c.type}) as `{c.name}`"
                    if c.name in actual
                    else f"cast(null as {c.type}) as `{c.name}`"
                )
                for c in self.column_definitions()
            )
        )

    def empty(self, spark: SparkSession) -> DataFrame:
        """A frame of the contract's columns without rows."""
        return spark.range(0).selectExpr(*(f"cast(null as {c.type}) as `{c.name}`" for c in self.column_definitions()))

    def all_row_rules(self) -> tuple[RowRule, ...]:
        """The contract's rules, led by one non-null rule per required column."""
        nulls = tuple(
            RowRule(f"{name}_present", f"{name} is not null", f"{name} is null") for name in self.required_columns
        )
        return nulls + self.row_rules

    def errors_sql(self, extra: Sequence[RowRule] = ()) -> str:
        """SQL expression for ``_errors``: the messages of all rules a row breaks.

        Args:
            extra: Rules that depend on the run, for instance the partition's date.
        """
        cases = ", ".join(
            f"case when not coalesce(({rule.sql}), true) then '{_quote(rule.message)}' end"
            for rule in (*self.all_row_rules(), *extra)
        )
        return f"filter(array({cases}), e -> e is not null)" if cases else "cast(array() as array<string>)"

    # -- dictionary and builders

    def to_dict(self) -> dict[str, Any]:
        """The contract as plain data, for ``--format json``."""
        return {
            "name": self.name,
            "table": self.table_name,
            "layer": self.layer,
            "description": self.description,
            "grain": self.grain,
            "key": list(self.key),
            "partition_by": list(self.partition_by),
            "owner": self.owner,
            "retention_days": self.retention_days,
            "columns": [
                {
                    "name": c.name,
                    "type": c.type,
                    "unit": c.unit,
                    "description": c.description,
                    "required": c.name in self.required_columns,
                }
                for c in self.column_definitions()
            ],
            "row_rules": [{"name": r.name, "sql": r.sql, "message": r.message} for r in self.all_row_rules()],
            "checks": [
                {
                    "expectation": k.expectation,
                    "arguments": dict(k.arguments),
                    "severity": k.severity,
                    "message": k.message,
                }
                for k in self.checks
            ],
            "usage_warnings": list(self.usage_warnings),
        }

    def to_markdown(self) -> str:
        """The contract as a page of the data dictionary."""
        partition = ", ".join(self.partition_by) or "none"
        lines = [
            f"## `{self.name}` ({self.layer})",
            "",
            self.description,
            "",
            f"Grain: {self.grain}. Key: {', '.join(self.key) or 'none'}. Partition: {partition}. "
            f"Physical table: `{self.table_name}`. Kept: {self.retention}. Owner: {self.owner}.",
            "",
        ]
        lines += [f"> {warning}" for warning in self.usage_warnings]
        lines += [""] if self.usage_warnings else []
        lines += table_lines(
            ["column", "type", "unit", "required", "meaning"],
            (
                (f"`{c.name}`", f"`{c.type}`", c.unit, "yes" if c.name in self.required_columns else "", c.description)
                for c in self.column_definitions()
            ),
        )
        if self.all_row_rules():
            lines += ["", "Row rules:", ""]
            lines += [f"- `{r.name}`: `{r.sql}`" for r in self.all_row_rules()]
        if self.checks:
            lines += ["", "Table checks:", ""]
            lines += [f"- {k.severity}: {k.expectation} {dict(k.arguments)}: {k.message}" for k in self.checks]
        return "\n".join(lines) + "\n"

    def row(self, **values: Any) -> tuple[Any, ...]:
        """A row in column order for tests: given values, null elsewhere.

        Raises:
            KeyError: A name that is no column of the table.
        """
        unknown = set(values) - set(self.columns)
        if unknown:
            raise KeyError(f"{self.name} has no column {sorted(unknown)}")
        return tuple(values.get(name) for name in self.columns)


def _quote(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
