"""Great Expectations over real Spark frames: pass, warn, fail, broken, Data Docs, silence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from revenuer.config import load_config
from revenuer.contract import Contract, RowRule, TableCheck
from revenuer.errors import LakeError, QualityError
from revenuer.quality import QualityReport, check_partition
from revenuer.stages.validate import EVENTS, checked_frame, day_checks, measure, validate
from revenuer.tables import campaigns, valid_usage

DAY = date(2026, 3, 1)
USAGE = valid_usage.CONTRACT
SETTINGS = load_config().section("validate")
NO_MODEL = TableCheck("ExpectColumnValuesToNotBeNull", {"column": "model", "mostly": 0.5}, "warn", "no models")
MANY_ROWS = TableCheck("ExpectTableRowCountToBeBetween", {"min_value": 1000}, "fail", "too few rows")
NO_COLUMN = TableCheck("ExpectColumnMaxToBeBetween", {"column": "nope", "min_value": 1}, "warn", "nope is large")
NO_CHECK = TableCheck("ExpectMiracles", {}, "fail", "a miracle")
NO_ARGUMENT = TableCheck("ExpectTableRowCountToBeBetween", {"minimum": 1}, "fail", "misspelt")


def usage(spark: SparkSession, count: int = 4, contract: Contract = USAGE, **values: Any) -> DataFrame:
    """Rows at the end of the day, one request each."""
    late = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
    row = {"event_at": late, "usage_date": DAY, "account_id": "a", "model": "m", "output_tokens": 5, **values}
    rows = [contract.row(**{"request_id": f"r{n}", **row}) for n in range(count)]
    return spark.createDataFrame(rows, contract.schema_ddl())


def campaign_rows(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    base = {"run_date": DAY, "source": "pool", "probability": 0.9}
    filled = [campaigns.CONTRACT.row(**{**base, **row}) for row in rows]
    return spark.createDataFrame(filled, campaigns.CONTRACT.schema_ddl())


def check(frame: DataFrame, *extra: TableCheck, contract: Contract = USAGE, **options: Any) -> QualityReport:
    return check_partition(frame, contract, day=DAY, extra=extra, **options)


def messages(findings: tuple[Any, ...]) -> list[str]:
    return [finding.check.message for finding in findings]


def test_check_partition__passes_good_data(spark: SparkSession) -> None:
    report = check(usage(spark), NO_MODEL)
    assert (report.failures, report.warnings, report.broken) == ((), (), ())
    assert report.check_count == 1 + 4 + 1 + 1 + 1  # columns, required ones, key, partition's date, the extra one
    report.raise_for_failures()


def test_check_partition__lets_warnings_pass(spark: SparkSession) -> None:
    report = check(usage(spark, model=None), NO_MODEL)
    assert messages(report.warnings) == ["no models"]
    assert report.warnings[0].observed == "4 of 4 rows (100.00%)"
    report.raise_for_failures()


def test_check_partition__stops_on_failures_and_lists_them_all(spark: SparkSession) -> None:
    report = check(usage(spark, request_id="same", account_id=None), NO_MODEL, MANY_ROWS)
    with pytest.raises(QualityError) as caught:
        report.raise_for_failures("repair the export")
    text = str(caught.value)
    assert caught.value.exit_code == 5
    assert "valid_usage on 2026-03-01: 3 of 9 checks failed" in text
    for part in ("counted twice", "without an account", "too few rows", "observed: 4]", "fix: repair the export"):
        assert part in text
    assert "broken" not in text


def test_check_partition__calls_a_broken_check_broken_not_bad_data(spark: SparkSession) -> None:
    report = check(usage(spark), NO_COLUMN, NO_CHECK, NO_ARGUMENT, NO_MODEL)
    assert not report.failures and not report.warnings
    assert messages(report.broken) == ["nope is large", "a miracle", "misspelt"]
    assert "nope" in report.broken[0].observed
    with pytest.raises(QualityError) as caught:
        report.raise_for_failures()
    text = str(caught.value)
    assert "3 checks are themselves broken" in text and "no verdict on the data" in text
    assert "bad data" not in text and "Traceback" not in text


def test_check_partition__tells_bad_data_and_broken_checks_apart(spark: SparkSession) -> None:
    report = check(usage(spark), NO_COLUMN, MANY_ROWS)
    assert (messages(report.failures), messages(report.broken)) == (["too few rows"], ["nope is large"])


def test_check_partition__calls_a_rule_that_raises_broken(spark: SparkSession) -> None:
    rule = RowRule("model_is_number", "cast(model as int) > 0", "model is no number")
    contract = Contract("t", "A t.", "working", ("model",), (), (), "a t", "tests", row_rules=(rule,))
    report = check(spark.createDataFrame([("many",)], "model string"), contract=contract)
    assert (messages(report.failures), messages(report.broken)) == ([], ["model is no number"])
    assert "CAST_INVALID_INPUT" in report.broken[0].observed


def test_check_partition__reports_missing_columns_once(spark: SparkSession) -> None:
    report = check(usage(spark).drop("account_id", "request_id"))
    (failure,) = report.failures
    assert "account_id" in failure.observed and "request_id" in failure.observed
    assert not report.broken


def test_check_partition__passes_an_empty_partition(spark: SparkSession) -> None:
    assert check(usage(spark, 0), NO_MODEL).is_passed
    assert check(campaign_rows(spark), contract=campaigns.CONTRACT).is_passed


def test_check_partition__checks_rules_and_dates_of_published_rows(spark: SparkSession) -> None:
    frame = campaign_rows(
        spark,
        {"campaign_id": "c1", "rank": 1, "verdict": "campaign"},
        {"campaign_id": "c2", "rank": 2, "verdict": "guilty"},  # no such verdict
        {"campaign_id": "c3", "rank": 2, "verdict": "watch", "probability": 1.5},  # impossible, and the rank is taken
        {"campaign_id": "c4", "rank": 4, "verdict": "watch", "run_date": DAY - timedelta(days=1)},  # another day's row
    )
    report = check(frame, contract=campaigns.CONTRACT)
    assert sorted(messages(report.failures)) == [
        "probability is outside 0..1",
        "run_date is not the partition's date 2026-03-01",
        "two campaigns share a rank",
        "verdict is none of campaign, watch, cleared",
    ]


def test_check_partition__writes_data_docs_that_hold_no_values(spark: SparkSession, tmp_path: Path) -> None:
    frame = usage(spark, request_id="r-secret", client_ip="192.0.2.77")
    for _ in range(2):  # a second run replaces the pages of the first
        report = check(frame, MANY_ROWS, NO_COLUMN, docs_dir=tmp_path)
    site = tmp_path / "2026-03-01" / "valid_usage"
    assert report.docs == site / "index.html" and report.docs.is_file()
    (page,) = (site / "validations").rglob("*.html")
    pages = page.read_text(encoding="utf-8")
    assert "fail if too few rows" in pages and "warn if nope is large" in pages
    assert "r-secret" not in pages and "192.0.2.77" not in pages
    with pytest.raises(QualityError, match=r"index\.html"):
        report.raise_for_failures()


def test_check_partition__what_the_storage_refuses_is_no_broken_check(spark: SparkSession, tmp_path: Path) -> None:
    usage(spark).write.parquet(str(tmp_path / "rows"))
    frame = spark.read.schema(USAGE.schema_ddl()).parquet(str(tmp_path / "rows"))
    for part in (tmp_path / "rows").glob("*.parquet"):
        part.unlink()
    with pytest.raises(LakeError, match="valid_usage on 2026-03-01 could not be read to be checked") as refused:
        check(frame)
    assert refused.value.exit_code == 7


def test_check_partition__names_an_unwritable_docs_directory(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(LakeError, match="cannot write Data Docs"):
        check(usage(spark), docs_dir=tmp_path / "taken")


def test_check_partition__is_silent(spark: SparkSession, capfd: pytest.CaptureFixture[str]) -> None:
    check(usage(spark), NO_COLUMN, MANY_ROWS)
    written = capfd.readouterr()
    assert (written.out, written.err) == ("", "")


def test_check_partition__leaves_nothing_cached(spark: SparkSession) -> None:
    frame = usage(spark)
    check(frame)
    assert not frame.is_cached


def usual_day(spark: SparkSession, *rows: dict[str, Any]) -> QualityReport:
    """Validate and check a day of ten good events, changed by the given rows, after five days of ten."""
    late = {"event_at": datetime(2026, 3, 1, 23, 59, tzinfo=UTC), "usage_date": DAY, "account_id": "a"}
    known = {"model": "m", "input_tokens": 1, "output_tokens": 1, "client_ip": "192.0.2.1"}
    filled = [EVENTS.row(**{"request_id": f"r{n}", **late, **known, **row}) for n, row in enumerate(rows)]
    result = validate(spark.createDataFrame(filled, EVENTS.schema_ddl()), day=DAY)
    result.judged.persist()
    accounts = spark.createDataFrame([("a",)], "account_id string")
    recent = {DAY - timedelta(days=n): 10 for n in range(1, 6)}
    extra = day_checks(measure(result), day=DAY, recent_counts=recent, settings=SETTINGS, has_accounts=True)
    report = check(checked_frame(result.good, accounts), *extra)
    result.judged.unpersist()
    return report


def test_day_checks__pass_a_usual_day(spark: SparkSession) -> None:
    report = usual_day(spark, *({} for _ in range(10)))
    assert (report.failures, report.warnings, report.broken) == ((), (), ())


def test_day_checks__warn_of_a_thin_stale_day_of_strangers(spark: SparkSession) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    report = usual_day(spark, *({"model": None, "account_id": "z", "event_at": noon} for _ in range(4)))
    assert not report.failures and not report.broken
    assert [finding.check.arguments.get("column", "rows") for finding in report.warnings] == [
        "rows", "model", "second_of_usage_date", "is_known_account",
    ]  # fmt: skip
    assert report.warnings[2].observed == "43,200"


def test_day_checks__fail_a_collapsed_day(spark: SparkSession) -> None:
    (failure,) = usual_day(spark, {}).failures
    assert "volume collapsed" in failure.check.message


def test_day_checks__fail_a_day_with_too_many_bad_rows(spark: SparkSession) -> None:
    (failure,) = usual_day(spark, *({"account_id": None} if n < 2 else {} for n in range(10))).failures
    assert "2 of 10 rows (20.0%)" in failure.check.message and "account_id is null (2)" in failure.check.message


def test_day_checks__pass_a_declared_empty_day(spark: SparkSession) -> None:
    report = usual_day(spark)
    report.raise_for_failures()
    assert len(report.warnings) == 2
