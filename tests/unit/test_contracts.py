"""Every table's contract keeps the house rules, and everything derived from it works. No session is needed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from revenuer.columns import COLUMNS, Column
from revenuer.contract import Contract, RowRule, TableCheck
from revenuer.errors import ConfigError
from revenuer.suite import rule_columns, suite_of
from revenuer.tables import CONTRACTS, contract_of

DAY = date(2026, 3, 1)
EVERY = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=list(CONTRACTS))
EVERY_COLUMN = pytest.mark.parametrize("column", COLUMNS.values(), ids=list(COLUMNS))
SNAKE_CASE = re.compile(r"_?[a-z][a-z0-9]*(_[a-z0-9]+)*")
SUFFIX_OF_TYPE = {"date": "_date", "timestamp": "_at"}
TYPES_OF_SUFFIX = {
    "_date": {"date"},
    "_at": {"timestamp"},
    "_count": {"bigint", "int"},
    "_tokens": {"bigint"},
    "_share": {"double"},
    "_bits": {"double"},
    "_seconds": {"double", "bigint", "array<int>"},
    "_ids": {"array<string>"},
    "_counts": {"array<bigint>", "map<string,bigint>"},
    "_shares": {"map<string,double>"},
}
DESIGNED = {
    "input": {
        "usage_events", "accounts", "enforcement_actions", "model_releases", "network_labels", "dispositions",
    },
    "working": {
        "valid_usage", "quarantined_usage", "sightings", "account_activity", "key_usage", "window_facts",
        "links", "hub_ledger", "pools",
    },
    "published": {
        "campaigns", "campaign_members", "campaign_evidence", "campaign_links", "campaign_lineage",
        "campaign_regeneration", "run_metrics",
    },
    "internal": {"manifest", "erasures"},
}  # fmt: skip


def names_in(sql: str) -> set[str]:
    """Column names that a SQL expression reads."""
    return {column.name for column in sqlglot.parse_one(sql, dialect="spark").find_all(exp.Column)}


def columns_of(check: TableCheck) -> set[str]:
    """Columns that a check looks at."""
    return {name for name in (check.arguments.get("column"), *check.arguments.get("column_list", ())) if name}


# -- columns


@EVERY_COLUMN
def test_column__is_described(column: Column) -> None:
    assert column.description.endswith(".") and len(column.description) >= 10
    # A truth value has no unit; everything else says what one of it is.
    assert bool(column.unit) == (column.type != "boolean")


@EVERY_COLUMN
def test_column__is_named_by_the_rules(column: Column) -> None:
    assert SNAKE_CASE.fullmatch(column.name)
    assert column.name.startswith(("is_", "has_")) == (column.type == "boolean")
    if column.type in SUFFIX_OF_TYPE:
        assert column.name.endswith(SUFFIX_OF_TYPE[column.type])
    for suffix, types in TYPES_OF_SUFFIX.items():
        # An expectation over counts is a mean, so it may be fractional.
        if column.name.endswith(suffix) and not column.name.startswith("expected_"):
            assert column.type in types
    # turn_index, status_code, rank and the like are int; an id never is, but for the component engines' numbers.
    if column.name.endswith("_id") and column.unit != "hash":
        assert column.type == "string" or column.name in ("component_id", "vertex_id")


@EVERY_COLUMN
def test_column__has_a_type_that_spark_reads(column: Column) -> None:
    (parsed,) = sqlglot.parse_one(f"create table t (c {column.type})", dialect="spark").find_all(exp.ColumnDef)
    assert parsed.kind is not None and parsed.kind.this != exp.DataType.Type.USERDEFINED


def test_columns__are_all_used() -> None:
    used = {name for contract in CONTRACTS.values() for name in contract.columns}
    assert set(COLUMNS) == used


# -- contracts


def test_contracts__are_those_of_the_design_and_the_manifest() -> None:
    assert {name: c.layer for name, c in CONTRACTS.items()} == {n: layer for layer, ns in DESIGNED.items() for n in ns}
    assert len({contract.table_name for contract in CONTRACTS.values()}) == len(CONTRACTS)


@EVERY
def test_contract__is_documented(contract: Contract) -> None:
    assert contract.description.endswith(".") and contract.grain and contract.owner
    assert all(warning.endswith(".") for warning in contract.usage_warnings)
    assert contract.table_name == f"{contract.name}_v{contract.version}"


@EVERY
def test_contract__has_each_column_once_and_knows_it(contract: Contract) -> None:
    assert len(set(contract.columns)) == len(contract.columns)
    assert set(contract.columns) <= set(COLUMNS)
    assert contract.column_definitions() == tuple(COLUMNS[name] for name in contract.columns)


@EVERY
def test_contract__requires_its_key_and_partition(contract: Contract) -> None:
    named = {*contract.key, *contract.partition_by, *contract.required}
    assert named <= set(contract.columns)
    assert named == set(contract.required_columns)
    rules = {rule.sql for rule in contract.all_row_rules()}
    assert {f"{name} is not null" for name in named} <= rules


@EVERY
def test_contract__is_partitioned_by_its_layers_date(contract: Contract) -> None:
    if contract.layer == "published":
        assert contract.partition_by == ("run_date",)
    assert all(COLUMNS[name].type == "date" for name in contract.partition_by)
    # One partition is checked and replaced at a time, so a key must not reach across dates unless it holds the date.
    if contract.key and contract.partition_by and contract.layer != "input":
        assert set(contract.partition_by) <= set(contract.key)


@EVERY
def test_contract__has_rules_over_its_own_columns(contract: Contract) -> None:
    rules = contract.all_row_rules()
    assert len({rule.name for rule in rules}) == len(rules)
    assert len({rule.message for rule in rules}) == len(rules)  # reasons are counted by message
    for rule in rules:
        assert SNAKE_CASE.fullmatch(rule.name)
        assert names_in(rule.sql) <= set(contract.columns)
        assert not rule.message.endswith(".")


@EVERY
def test_contract__has_checks_over_its_own_columns(contract: Contract) -> None:
    for check in contract.checks:
        assert columns_of(check) <= set(contract.columns)
        assert check.severity in ("fail", "warn") and check.message


# -- what follows from a contract


@EVERY
def test_ddl__parses_and_says_what_the_contract_says(contract: Contract) -> None:
    statement = sqlglot.parse_one(contract.ddl("lake.t"), dialect="spark")
    assert isinstance(statement, exp.Create)
    columns = list(statement.find_all(exp.ColumnDef))
    assert [column.name for column in columns] == list(contract.columns)
    comments = [comment.this.name for comment in statement.find_all(exp.CommentColumnConstraint)]
    assert len(comments) == len(contract.columns)
    assert "USING DELTA" in contract.ddl() and f"EXISTS {contract.table_name} " in contract.ddl()
    assert ("PARTITIONED BY" in contract.ddl()) == bool(contract.partition_by)


def test_ddl__quotes_what_people_write() -> None:
    contract = Contract("t", r"It's a \ test.", "internal", ("note",), (), (), "g", "o")
    assert r"COMMENT 'It\'s a \\ test.'" in contract.ddl()


@EVERY
def test_to_dict__survives_json(contract: Contract) -> None:
    data = json.loads(json.dumps(contract.to_dict()))
    assert [column["name"] for column in data["columns"]] == list(contract.columns)
    assert {column["name"] for column in data["columns"] if column["required"]} == set(contract.required_columns)
    assert data["table"] == contract.table_name


@EVERY
def test_to_markdown__has_a_line_for_each_column_and_rule(contract: Contract) -> None:
    lines = contract.to_markdown().splitlines()
    assert lines[0].startswith(f"## `{contract.name}`")
    table = [line for line in lines if line.startswith("| `")]
    assert len(table) == len(contract.columns)
    assert all(len(re.split(r"(?<!\\)\|", line)) == 7 for line in table)  # no stray bar breaks a row
    assert all(any(rule.name in line for line in lines) for rule in contract.all_row_rules())


@EVERY
def test_errors_sql__reads_only_the_tables_columns(contract: Contract) -> None:
    sql = contract.errors_sql()
    assert names_in(sql) - {"e"} <= set(contract.columns)
    assert sql.count("case when") == len(contract.all_row_rules())


def test_row__fills_by_name_and_refuses_strangers() -> None:
    contract = CONTRACTS["model_releases"]
    assert contract.row(model="m") == ("m", None)
    with pytest.raises(KeyError, match="modle"):
        contract.row(modle="m")


# -- conforming, by types alone (frames: tests/stages/test_conform.py)


def actual(contract: Contract, **changes: str | None) -> Mapping[str, str]:
    types = {column.name: column.type for column in contract.column_definitions()}
    return {name: kind for name, kind in {**types, **changes}.items() if kind is not None}


@EVERY
def test_differences__is_empty_for_the_contracts_own_types(contract: Contract) -> None:
    assert contract.differences(actual(contract)) == []


@EVERY
def test_differences__names_every_required_column_that_is_missing(contract: Contract) -> None:
    problems = contract.differences({})
    assert [problem.split(":")[0] for problem in problems] == [f"column {n}" for n in contract.required_columns]


@pytest.mark.parametrize(
    ("column", "kind", "is_fine"),
    [
        ("input_tokens", "int", True),  # a narrower integer
        ("status_code", "bigint", False),  # a wider one could lose digits
        ("input_tokens", "double", False),  # fractions of a token
        ("input_tokens", "string", False),  # guessing
        ("event_at", "timestamp_ntz", True),  # the session's zone is UTC
        ("event_at", "string", False),
        ("event_at", "bigint", False),  # seconds or milliseconds?
        ("usage_date", "timestamp", False),
        ("account_id", "bigint", False),  # 007 would have become 7 already
        ("account_id", "varchar(20)", True),
        ("model", "void", True),  # a column of nothing but nulls
    ],
)
def test_differences__casts_only_what_cannot_go_wrong(column: str, kind: str, is_fine: bool) -> None:
    contract = contract_of("usage_events")
    assert (contract.differences(actual(contract, **{column: kind})) == []) == is_fine


def test_unknown_columns__are_named_in_order() -> None:
    assert contract_of("accounts").unknown_columns(["zodiac", "account_id", "age"]) == ["age", "zodiac"]


# -- the registry and the suite


def test_contract_of__takes_both_names_and_suggests_near_ones() -> None:
    assert contract_of("campaigns") is contract_of("campaigns_v1")
    with pytest.raises(ConfigError, match="did you mean campaigns"):
        contract_of("campaings")


@EVERY
def test_suite__covers_columns_keys_and_rules(contract: Contract) -> None:
    checks = suite_of(contract, DAY)
    kinds = [check.expectation for check in checks]
    assert kinds.count("ExpectTableColumnsToMatchSet") == 1
    columns = [str(check.arguments.get("column")) for check in checks]
    not_null = {c.arguments["column"] for c in checks if c.expectation == "ExpectColumnValuesToNotBeNull"}
    assert set(contract.required_columns) <= not_null
    unique = [columns_of(check) for check in checks if "Unique" in check.expectation]
    assert unique.count(set(contract.key)) == (1 if contract.key else 0)  # spelled out or implied, never both
    ruled = {name for name in columns if name.startswith("rule_")}
    assert ruled == {sql.rsplit(" as ", 1)[1] for sql in rule_columns(contract, DAY, contract.columns)}


def test_suite__leaves_out_what_an_absent_column_would_break() -> None:
    contract = contract_of("campaigns")
    columns = [name for name in contract.columns if name != "rank"]
    checks = suite_of(contract, DAY, columns)
    assert not any("rank" in columns_of(check) for check in checks)
    assert not rule_columns(contract, DAY, columns)
    assert any(check.arguments == {"column": "verdict"} for check in checks)


def contract_with(**parts: Any) -> Contract:
    return Contract("t", "A t.", "working", ("account_id", "rank"), ("account_id",), (), "one t", "o", **parts)


def test_suite__does_not_repeat_what_the_contract_spells_out() -> None:
    own = TableCheck("ExpectColumnValuesToBeUnique", {"column": "account_id"}, "warn", "twice")
    assert [c for c in suite_of(contract_with(checks=(own,)), DAY) if "Unique" in c.expectation] == [own]


def test_rule_columns__count_unknown_as_good() -> None:
    rule = RowRule("rank_positive", "rank > 0", "rank is not positive")
    sql = rule_columns(contract_with(row_rules=(rule,)), DAY, ["account_id", "rank"])
    assert sql == ("coalesce((rank > 0), true) as rule_rank_positive",)
