"""Stage ``validate``: split a day's usage into rows to trust and rows to set aside, and say what the day must meet.

Duplicates are judged among good rows only, so a good row survives a broken twin. Of several good rows with one
``request_id`` the kept one depends on the rows alone, never on their order or partitioning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import floor
from statistics import median
from typing import TYPE_CHECKING, Any

from revenuer.blanks import without_blanks
from revenuer.contract import RowRule, TableCheck
from revenuer.stages.settling import settled
from revenuer.tables import quarantined_usage, usage_events, valid_usage

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

EVENTS = usage_events.CONTRACT
GOOD, DUPLICATE, QUARANTINED = "good", "duplicate", "quarantined"
_REQUEST = "case when request_id is not null then xxhash64(request_id) end"
# Repeated requests of a day that every executor can hold a list of: some 24 MB.
_MANY_REPEATED = 1_000_000

SECOND_OF_DAY = "second_of_usage_date"
KNOWN_ACCOUNT = "is_known_account"


@dataclass(frozen=True)
class ValidateResult:
    """What validation made of one day; every frame is lazy.

    Attributes:
        day: The day.
        judged: All input rows with ``_errors`` and ``_verdict`` (``good``, ``duplicate`` or ``quarantined``).
            Persist this one before using the others: they are filters over it.
        good: One row per distinct good request, in ``valid_usage``'s columns.
        quarantined: Rows that broke a rule, in ``quarantined_usage``'s columns, every reason in ``_errors``.
    """

    day: date
    judged: DataFrame
    good: DataFrame
    quarantined: DataFrame


@dataclass(frozen=True)
class ValidateCounts:
    """Rows of one day: ``row_count = good_count + duplicate_count + quarantined_count``.

    Attributes:
        reasons: Rows by broken rule's message, most frequent first; a row counts under each of its reasons.
        null_shares: Share of the good rows without a value, by optional column; none on a day without good rows.
    """

    row_count: int
    good_count: int
    duplicate_count: int
    quarantined_count: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    null_shares: Mapping[str, float] = field(default_factory=dict)

    @property
    def quarantined_share(self) -> float:
        """Quarantined rows over all rows, 0 on an empty day."""
        return self.quarantined_count / self.row_count if self.row_count else 0.0

    @property
    def duplicate_share(self) -> float:
        """Dropped duplicates over all rows, 0 on an empty day."""
        return self.duplicate_count / self.row_count if self.row_count else 0.0

    def top_reasons(self, limit: int = 3) -> str:
        """The most frequent reasons as one phrase."""
        return "; ".join(f"{reason} ({count:,})" for reason, count in list(self.reasons.items())[:limit])


def day_rules(day: date) -> tuple[RowRule, ...]:
    """Row rules that depend on the partition's day."""
    return (
        RowRule("usage_date_is_partition", f"usage_date = date'{day}'", "usage_date is not the day of its partition"),
    )


def validate(events: DataFrame, *, day: date) -> ValidateResult:
    """Judge every row of one day's ``usage_events``; which requests came more than once is counted at once.

    Args:
        events: The day's partition; missing optional columns and blank texts count as null.
        day: The partition's day.

    Raises:
        ContractError: A required column is missing or a type does not fit.
    """
    known = without_blanks(EVENTS.conform(events, f"on {day}"), EVENTS)
    judged = _judged(known, f"{EVENTS.errors_sql(day_rules(day))} as _errors")
    # A quarantined row keeps the day it was found under, whatever its own column says.
    found = {"usage_date": f"date'{day}' as usage_date"}
    return ValidateResult(
        day=day,
        judged=judged,
        good=judged.where(f"_verdict = '{GOOD}'").select(*valid_usage.CONTRACT.columns),
        quarantined=judged.where(f"_verdict = '{QUARANTINED}'").selectExpr(
            *(found.get(name, name) for name in quarantined_usage.CONTRACT.columns)
        ),
    )


def _judged(events: DataFrame, errors: str) -> DataFrame:
    """All rows with ``_errors`` and ``_verdict``.

    Hardly any request comes twice. Which ones do is asked of the request ids alone, and only their rows are shuffled
    and put in order; a day on which very many do is put in order as a whole.
    """
    keyed = events.selectExpr("*", f"{_REQUEST} as _request")
    # Two requests of one hash are compared for nothing; none is lost.
    counts = keyed.where("_request is not null").groupBy("_request").count()
    repeated = settled(counts.where("count > 1").select("_request"))
    count = repeated.count()
    if count > _MANY_REPEATED:
        return _in_order(events, errors)
    known = repeated.hint("broadcast")
    once = (keyed.join(known, "_request", "left_anti") if count else events).selectExpr(*events.columns, errors)
    judged = once.selectExpr("*", f"case when size(_errors) > 0 then '{QUARANTINED}' else '{GOOD}' end as _verdict")
    if not count:
        return judged
    again = keyed.join(known, "_request", "left_semi").select(*events.columns)
    return judged.unionByName(_in_order(again, errors))


def _in_order(events: DataFrame, errors: str) -> DataFrame:
    """Rows with ``_errors`` and ``_verdict``, those of a request compared with each other."""
    return events.selectExpr("*", errors).selectExpr("*", f"{_verdict_sql()} as _verdict")


def _verdict_sql() -> str:
    """Verdict of each marked row.

    Preferred among duplicates: an answered request over a refused one, then the fuller row, then the earlier one;
    all remaining columns follow, so that only identical rows can tie.
    """
    rest = [name for name in EVENTS.columns if name not in ("event_at", "request_id")]
    filled = " + ".join(f"int({name} is not null)" for name in rest)
    order = ", ".join(["coalesce(status_code >= 400, true)", f"({filled}) desc", "event_at", *rest])
    # Bad rows are spread by their content: millions of null request_ids must not meet in one window.
    bad_row = f"case when size(_errors) > 0 then xxhash64({', '.join(EVENTS.columns)}) end"
    group = f"case when size(_errors) = 0 then request_id end, {bad_row}"
    return (
        f"case when size(_errors) > 0 then '{QUARANTINED}'"
        f" when row_number() over (partition by {group} order by {order}) > 1 then '{DUPLICATE}'"
        f" else '{GOOD}' end"
    )


def measure(result: ValidateResult) -> ValidateCounts:
    """Count a day's rows by verdict and by reason, in one aggregate."""
    rules = (*EVENTS.all_row_rules(), *day_rules(result.day))
    optional = [name for name in EVENTS.columns if name not in EVENTS.required_columns]
    row = result.judged.selectExpr(
        "count(1)",
        *(f"count_if(_verdict = '{verdict}')" for verdict in (GOOD, DUPLICATE, QUARANTINED)),
        *(f"count_if(array_contains(_errors, '{_literal(rule.message)}'))" for rule in rules),
        *(f"count_if(_verdict = '{GOOD}' and {name} is null)" for name in optional),
    ).collect()[0]
    reasons = {rule.message: int(count) for rule, count in zip(rules, row[4 : 4 + len(rules)], strict=True) if count}
    nulls = zip(optional, row[4 + len(rules) :], strict=True)
    null_shares = {name: int(count) / row[1] for name, count in nulls} if row[1] else {}
    ordered = dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
    return ValidateCounts(int(row[0]), int(row[1]), int(row[2]), int(row[3]), ordered, null_shares)


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def checked_frame(good: DataFrame, accounts: DataFrame | None = None) -> DataFrame:
    """The day's good rows with the two derived columns that :func:`day_checks` refers to; for checking only.

    Args:
        good: ``ValidateResult.good``.
        accounts: ``accounts`` table, or None where the site has none.

    Returns:
        ``good`` plus ``second_of_usage_date`` (seconds after UTC midnight; a number, because timestamps that reach
        Python are shifted to the machine's zone) and, with accounts, ``is_known_account``.
    """
    timed = good.selectExpr("*", f"unix_seconds(event_at) - unix_date(usage_date) * 86400L as {SECOND_OF_DAY}")
    if accounts is None:
        return timed
    known = accounts.selectExpr("account_id", f"true as {KNOWN_ACCOUNT}").where("account_id is not null").distinct()
    joined = timed.join(known, "account_id", "left")
    return joined.selectExpr(*timed.columns, f"coalesce({KNOWN_ACCOUNT}, false) as {KNOWN_ACCOUNT}")


def day_checks(
    counts: ValidateCounts,
    *,
    day: date,
    recent_counts: Mapping[date, int],
    settings: Mapping[str, Any],
    has_accounts: bool,
) -> tuple[TableCheck, ...]:
    """Checks of one day's ``valid_usage`` (as :func:`checked_frame` gives it) that depend on the day and its past.

    Args:
        counts: The day's rows.
        day: The day.
        recent_counts: Valid rows by earlier day; days outside the recent window are ignored.
        settings: Section ``validate`` of the configuration.
        has_accounts: Whether an ``accounts`` table exists.
    """
    checks = [*_volume_checks(counts, day, recent_counts, settings)]
    if not counts.row_count:
        return tuple(checks)  # a declared empty day has nothing else to check
    allowed = floor(settings["max_quarantined_share"] * counts.row_count + 1e-9)
    checks.append(
        TableCheck(
            "ExpectTableRowCountToBeBetween",
            {"min_value": counts.row_count - counts.duplicate_count - allowed},
            "fail",
            f"{counts.quarantined_count:,} of {counts.row_count:,} rows ({counts.quarantined_share:.1%}) broke a row"
            f" rule; validate.max_quarantined_share allows {settings['max_quarantined_share']:.1%}"
            + (f". Most frequent: {counts.top_reasons()}" if counts.reasons else ""),
        )
    )
    if not counts.good_count:
        return tuple(checks)
    checks.extend(
        TableCheck(
            "ExpectColumnValuesToNotBeNull",
            {"column": column, "mostly": 1 - settings["warn_null_share"]},
            "warn",
            f"{column} is null in more than {settings['warn_null_share']:.0%} of the rows: evidence from it is thin",
        )
        for column in settings["null_share_columns"]
    )
    hours = settings["fresh_within_hours"]
    checks.append(
        TableCheck(
            "ExpectColumnMaxToBeBetween",
            {"column": SECOND_OF_DAY, "min_value": int(86400 - 3600 * hours)},
            "warn",
            f"the day's last event lies more than {hours:g} h before midnight UTC: {day} may have arrived incomplete",
        )
    )
    if has_accounts:
        share = settings["min_known_account_share"]
        checks.append(
            TableCheck(
                "ExpectColumnValuesToBeInSet",
                {"column": KNOWN_ACCOUNT, "value_set": [True], "mostly": share},
                "warn",
                f"less than {share:.0%} of the rows name an account that table accounts knows: refresh accounts",
            )
        )
    return tuple(checks)


def _volume_checks(
    counts: ValidateCounts, day: date, recent_counts: Mapping[date, int], settings: Mapping[str, Any]
) -> tuple[TableCheck, ...]:
    first = day - timedelta(days=settings["recent_days"])
    recent = [rows for past, rows in recent_counts.items() if first <= past < day]
    usual = median(recent) if len(recent) >= settings["min_recent_days"] else 0
    if not usual:
        return ()
    low, warn_low, warn_high = (
        settings[name] for name in ("min_volume_share", "warn_volume_share", "warn_volume_factor")
    )
    past = f"the median of the last {len(recent)} known days is {usual:,.0f} rows"
    return (
        TableCheck(
            "ExpectTableRowCountToBeBetween",
            {"min_value": int(usual * low)},
            # Rows that are absent because the owners declared the day empty are their word, not a fault.
            "fail" if counts.row_count else "warn",
            f"volume collapsed below {low:.0%} of recent days: {past}",
        ),
        TableCheck(
            "ExpectTableRowCountToBeBetween",
            {"min_value": int(usual * warn_low), "max_value": int(usual * warn_high)},
            "warn",
            f"volume lies outside {warn_low:.0%} to {warn_high:.0%} of recent days: {past}",
        ),
    )
