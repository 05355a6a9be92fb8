"""What a run says of its input where it goes on all the same: sentences for ``run_metrics.warnings``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from revenuer.lake.hash_keys import foreign_days
from revenuer.stages.network_types import ranges, type_sql, typed_ranges

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from revenuer.pipeline.run import Run
    from revenuer.stages.validate import ValidateCounts


def of_rows(counts: ValidateCounts, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """What became of a day's rows that were not kept.

    Args:
        counts: The day's rows.
        settings: Section ``validate``.
    """
    found = []
    if counts.quarantined_count:
        found.append(f"{counts.quarantined_count} rows quarantined: {counts.top_reasons()}")
    usual = settings["warn_duplicate_share"]
    if counts.duplicate_share > usual:
        found.append(
            f"{counts.duplicate_count:,} of {counts.row_count:,} rows ({counts.duplicate_share:.1%}) repeat another"
            f" row's request_id and were dropped, more than validate.warn_duplicate_share ({usual:.1%}): where they are"
            " exchanges of their own, make request_id unique, for instance with the gateway's name in it"
        )
    elif counts.duplicate_count:
        found.append(f"{counts.duplicate_count} duplicate rows dropped")
    return tuple(found)


def of_accounts(accounts: DataFrame) -> tuple[str, ...]:
    """What is wrong with a site's ``accounts``."""
    repeated = accounts.where("account_id is not null").groupBy("account_id").count().where("count > 1").count()
    if not repeated:
        return ()
    return (
        f"{repeated:,} account ids stand more than once in accounts; of each the greatest row counts: keep one row an"
        " account",
    )


def of_network_labels(labels: DataFrame, names: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """What of a site's ``network_labels`` says nothing.

    Args:
        labels: The table.
        names: Labels by network type.
    """
    (row,) = (
        ranges(labels)
        .selectExpr("cidr", "label", "prefix is null as is_broken", f"{type_sql(names)} is null as is_unnamed")
        .selectExpr(
            "count_if(is_broken) as broken", "min(if(is_broken, coalesce(cidr, 'null'), null)) as broken_cidr",
            "count_if(is_unnamed) as unnamed", "min(if(is_unnamed, coalesce(label, 'null'), null)) as unnamed_label",
        )
        .collect()
    )  # fmt: skip
    found = []
    if row["broken"]:
        found.append(
            f"{row['broken']:,} rows of network_labels are left out, their cidr is no range of addresses, for instance"
            f" {row['broken_cidr']!r}: write 203.0.113.0/24 or 2001:db8::/32"
        )
    if row["unnamed"]:
        found.append(
            f"{row['unnamed']:,} rows of network_labels say nothing, their label names no type of network, for instance"
            f" {row['unnamed_label']!r}: add it to a list of observe.network_types"
        )
    unsettled = typed_ranges(labels, names).where("labelled_type is null").count()
    if unsettled:
        found.append(
            f"{unsettled:,} ranges of network_labels say nothing, they are labelled as networks of two types: delete"
            " the row that is out of date (ingest adds labels and takes none away)"
        )
    return tuple(found)


def of_decisions(decisions: DataFrame, known: DataFrame) -> tuple[str, ...]:
    """What is said where analysts decided about campaigns that are not there.

    Args:
        decisions: As :func:`revenuer.stages.decisions.in_force` returns them.
        known: ``campaign_id`` of all that is ranked now or published for any other date.
    """
    about = decisions.where("subject_kind = 'campaign'").selectExpr("subject_id as campaign_id")
    lost = about.join(known, "campaign_id", "left_anti").selectExpr("count(*) as number", "min(campaign_id) as first")
    (row,) = lost.collect()
    if not row["number"]:
        return ()
    return (
        f"{row['number']:,} campaigns that analysts decided about are published on no date, for instance"
        f" {row['first']}: a date that was made again may have given them other ids; look up their accounts in"
        " campaign_members and decide about the ids that these stand under",
    )


def of_keys(run: Run) -> tuple[str, ...]:
    """What is said where days of the window cannot be compared with each other."""
    days = foreign_days(run.lake, run.window_days, run.hash_key)
    if not days:
        return ()
    named = f"{days[0]} to {days[-1]} ({len(days)} days)" if len(days) > 1 else f"{days[0]}"
    return (
        f"sightings of {named} were hashed with another key, so nothing links them with the other days;"
        " use the key they were made with, or `revenuer backfill --changed` makes them again with this one",
    )
