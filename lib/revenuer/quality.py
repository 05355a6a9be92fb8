"""Checks of a table's partition with Great Expectations; the only module that imports it.

Great Expectations sees a Spark frame and returns counts. It never gets to copy rows: values stay out of results and
Data Docs (they would be account ids and addresses), and so does the work of collecting them.
"""

from __future__ import annotations

import logging
import re
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from revenuer.contract import Contract, TableCheck
from revenuer.errors import LakeError, QualityError
from revenuer.suite import rule_columns, suite_of

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
    from great_expectations.expectations.expectation import Expectation
    from pyspark.sql import DataFrame

# Counts only: with a partial count of 0 Spark plans an empty relation instead of fetching offending values.
_RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}
# The library keeps its current context in a global.
_ONE_AT_A_TIME = Lock()
# The library turns whatever a query raises into a broken check; what comes of files is no fault of the check's.
_STORAGE = re.compile(r"\bjava\.(io\.(?!EOF)|nio\.file\.|net\.)\w+Exception|\[FAILED_READ_FILE")
_SEVERITY = {"fail": "critical", "warn": "warning"}


@dataclass(frozen=True)
class Finding:
    """One check that did not pass.

    Attributes:
        check: The check.
        observed: What was measured, in words; for a broken check, what went wrong inside it.
    """

    check: TableCheck
    observed: str

    def __str__(self) -> str:
        column = self.check.arguments.get("column")
        subject = f" on {column}" if column else ""
        return f"{self.check.message} [{self.check.expectation}{subject}; observed: {self.observed}]"


@dataclass(frozen=True)
class QualityReport:
    """Outcome of all checks of one partition.

    Attributes:
        failures: Fail-severity checks the data did not meet.
        warnings: Warn-severity checks the data did not meet.
        broken: Checks of either severity that could not be evaluated; they say nothing about the data.
        check_count: Checks in all.
        docs: Index page of the Data Docs, where they were asked for.
    """

    table: str
    day: date
    failures: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    broken: tuple[Finding, ...] = ()
    check_count: int = 0
    docs: Path | None = None

    @property
    def is_passed(self) -> bool:
        """Whether publication may go on."""
        return not self.failures and not self.broken

    def raise_for_failures(self, fix: str | None = None) -> None:
        """Gate on the worst severity: warnings pass.

        Args:
            fix: What the reader should do about bad data.

        Raises:
            QualityError: A fail-severity check failed, or any check is broken; lists every one of them.
        """
        if self.is_passed:
            return
        problems = [f"bad data: {finding}" for finding in self.failures]
        problems += [f"broken check (no verdict on the data): {finding}" for finding in self.broken]
        parts = [f"{len(self.failures)} of {self.check_count} checks failed"] if self.failures else []
        parts += [f"{len(self.broken)} checks are themselves broken"] if self.broken else []
        fixes = [fix or f"correct the input of {self.day} and run the day again"] if self.failures else []
        fixes += ["mend the broken check: its column, arguments or setting"] if self.broken else []
        if self.docs:
            fixes.append(f"details: {self.docs}")
        raise QualityError(f"table {self.table} on {self.day}: {' and '.join(parts)}", problems, "; ".join(fixes))


def preload() -> None:
    """Import Great Expectations in the background: it takes seconds, which the start of the JVM takes anyway."""
    Thread(target=import_module, args=("great_expectations.expectations",), daemon=True).start()


def check_partition(
    frame: DataFrame,
    contract: Contract,
    *,
    day: date,
    extra: Sequence[TableCheck] = (),
    docs_dir: Path | None = None,
) -> QualityReport:
    """Run a contract's suite and further checks over one partition.

    Args:
        frame: The partition; persist it first if it is dear to compute (the checks read it a few times). Columns
            beyond the contract's are allowed, ``extra`` may refer to them.
        contract: The table's contract.
        day: The partition's date.
        extra: Checks of this day, for instance :func:`revenuer.stages.validate.day_checks`.
        docs_dir: Where to write Data Docs: a static site per date and table, ``<docs_dir>/<day>/<table>/``.

    Raises:
        LakeError: Data Docs cannot be written, or the storage refused what the checks were to read.
    """
    checks = (*suite_of(contract, day, frame.columns), *extra)
    ruled = frame.selectExpr("*", *rule_columns(contract, day, frame.columns))
    expectations, broken = _expectations(checks)
    site = docs_dir.absolute() / str(day) / contract.name if docs_dir else None
    with _ONE_AT_A_TIME, _quiet():
        context = _context(site)
        result = _run(context, contract.name, ruled, expectations)
        docs = _write_docs(context, site) if site else None
    failures: list[Finding] = []
    soft: list[Finding] = []
    for one in result.results:
        if one.expectation_config is None or one.expectation_config.meta is None:
            raise RuntimeError(f"Great Expectations returned a result of no expectation: {one}")
        check = checks[one.expectation_config.meta["index"]]
        exception = _exception(one.exception_info)
        if exception is not None:
            if _STORAGE.search(str(one.exception_info)):
                fix = "make sure that the lake's store answers, and run the command again"
                raise LakeError(f"table {contract.name} on {day} could not be read to be checked", [exception], fix)
            broken.append(Finding(check, exception))
        elif not one.success:
            (failures if check.severity == "fail" else soft).append(Finding(check, _observed(one.result)))
    return QualityReport(
        contract.name, day, _in_order(failures, checks), _in_order(soft, checks), _in_order(broken, checks),
        len(checks), docs,
    )  # fmt: skip


def _in_order(findings: Sequence[Finding], checks: Sequence[TableCheck]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: checks.index(finding.check)))


def _expectations(checks: Sequence[TableCheck]) -> tuple[list[Expectation], list[Finding]]:
    """Build expectations; one that cannot be built is a broken check, not a crash."""
    import great_expectations.expectations as library

    built: list[Expectation] = []
    broken: list[Finding] = []
    for index, check in enumerate(checks):
        maker = getattr(library, check.expectation, None)
        if maker is None:
            broken.append(Finding(check, f"Great Expectations has no {check.expectation}"))
            continue
        try:
            # The description is what Data Docs show; there $ would start a placeholder.
            text = f"{check.severity} if {check.message}".replace("$", "$$")
            severity = _SEVERITY[check.severity]
            built.append(maker(**check.arguments, severity=severity, description=text, meta={"index": index}))
        except (TypeError, ValueError) as error:
            broken.append(Finding(check, " ".join(str(error).split())))
    return built, broken


def _context(site: Path | None) -> EphemeralDataContext:
    """A context that lives in memory, reports to nobody and draws no bars."""
    import great_expectations
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    docs = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(site)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", "show_cta_footer": False},
    }
    return great_expectations.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(),
            data_docs_sites={"revenuer": docs} if site else {},
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False),
        ),
    )


def _run(
    context: EphemeralDataContext, table: str, frame: DataFrame, expectations: Sequence[Expectation]
) -> ExpectationSuiteValidationResult:
    from great_expectations import ExpectationSuite, ValidationDefinition

    source = context.data_sources.add_spark("revenuer", persist=False)
    batch = source.add_dataframe_asset(table).add_batch_definition_whole_dataframe("partition")
    suite = context.suites.add(ExpectationSuite(table, expectations=list(expectations)))
    definition = context.validation_definitions.add(ValidationDefinition(name=table, data=batch, suite=suite))
    return definition.run(batch_parameters={"dataframe": frame}, result_format=_RESULT_FORMAT)


def _write_docs(context: EphemeralDataContext, site: Path) -> Path:
    try:
        shutil.rmtree(site, ignore_errors=True)  # pages are named by their run's instant and would pile up
        site.mkdir(parents=True)
        context.build_data_docs()
    except OSError as error:
        raise LakeError(f"cannot write Data Docs to {site}: {error}", fix="make room, or it writable") from error
    # 3 MB of tutorial pictures that no page shows while the how-to buttons are off.
    shutil.rmtree(site / "static" / "images", ignore_errors=True)
    return site / "index.html"


def _exception(info: Mapping[str, Any] | None) -> str | None:
    """What a check raised, or None. The shape is flat, or nested by metric."""
    entries = [info, *info.values()] if info else []
    for entry in entries:
        if isinstance(entry, Mapping) and entry.get("raised_exception"):
            lines = str(entry.get("exception_message") or "no message").strip().splitlines()
            return lines[0] if lines else "no message"
    return None


def _observed(result: Mapping[str, Any]) -> str:
    mismatched = (result.get("details") or {}).get("mismatched") or {}
    if mismatched:
        return "; ".join(f"{kind} {', '.join(map(str, names))}" for kind, names in mismatched.items())
    if result.get("unexpected_count") is not None:
        count, rows = result["unexpected_count"], result.get("element_count") or 0
        return f"{count:,} of {rows:,} rows ({count / rows:.2%})" if rows else f"{count:,} rows"
    value = result.get("observed_value")
    return f"{value:,}" if isinstance(value, int | float) else str(value)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's logging and warnings out of the run's output."""
    logger = logging.getLogger("great_expectations")
    propagates = logger.propagate
    silence = logging.NullHandler()
    logger.addHandler(silence)
    logger.propagate = False  # several of its loggers set their own level, so a level here would not reach them
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.propagate = propagates
        logger.removeHandler(silence)
