"""A published date for people: the ranking, and why its first campaign is there."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr
from rich.console import Console, JustifyMethod
from rich.table import Table

from revenuer.errors import MissingPartitionError
from revenuer.lake.lake import Lake

_WIDTH = 118


@dataclass(frozen=True)
class Ranking:
    """One published date.

    Attributes:
        run_date: The date.
        campaigns: Rows of ``campaigns`` with ``alike_ids`` (:func:`lines`), best first, at most as many as asked for.
        total: Candidates in all, by verdict.
        evidence: Findings about the first campaign, heaviest first.
    """

    run_date: date
    campaigns: list[dict[str, Any]]
    total: dict[str, int]
    evidence: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return vars(self)

    def text(self) -> str:
        """The ranking as a table, then the evidence in sentences."""
        page = io.StringIO()
        # Reasons quote analysts' names: no markup, no emoji.
        console = Console(file=page, width=_WIDTH, color_system=None, markup=False, emoji=False)
        if not self.campaigns:
            return f"ranking of {self.run_date}: no candidates; nothing links and no work is shared widely enough"
        table = Table(title=f"Ranking of {self.run_date}", title_justify="left", box=None, pad_edge=False)
        columns: tuple[tuple[str, JustifyMethod], ...] = (
            ("rank", "right"),
            ("campaign", "left"),
            ("verdict", "left"),
            ("prob.", "right"),
            ("accounts", "right"),
            ("exchanges", "right"),
            ("output tokens", "right"),
            ("from", "left"),
            ("looks like", "left"),
        )
        for name, justify in columns:
            table.add_column(name, justify=justify, no_wrap=name != "looks like")
        for row in self.campaigns:
            alike = len(row["alike_ids"])
            table.add_row(
                str(row["rank"]), row["campaign_id"], row["verdict"], f"{row['probability']:.3f}",
                f"{row['account_count']:,}", f"{row['exchange_count']:,}", f"{row['output_token_count']:,}",
                row["source"], (row["resembles"] or "a campaign") + (f" (+{alike:,})" if alike else ""),
            )  # fmt: skip
        console.print(table)
        if any(row["alike_ids"] for row in self.campaigns):
            console.print(
                "(+N): N more candidates of the same pool, verdict and look-alike; table campaigns has them all"
            )
        counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(self.total.items()))
        console.print(f"{sum(self.total.values())} candidates: {counts}")
        first = self.campaigns[0]
        if self.evidence:
            console.print(f"\nWhy {first['campaign_id']} is {first['verdict']}: {first['verdict_reason']}")
            for finding in self.evidence:
                console.print(
                    f"  {finding['weight_bits']:+5.1f} bits  {finding['evidence_group']:12} {finding['sentence']}",
                    soft_wrap=True,
                )
        return page.getvalue().rstrip()


def lines(campaigns: DataFrame) -> DataFrame:
    """What an analyst looks at one by one: candidates of a pool that are not accused are one, where they look alike.

    A pool of three dozen products comes as three dozen candidates.

    Args:
        campaigns: ``campaigns`` of one run date.

    Returns:
        Rows of ``campaigns`` with ``alike_ids``, the campaigns of the same pool, verdict and look-alike, in order of
        their rank, for which the first of them stands.
    """
    line = "if(verdict = 'campaign' or pool_id is null, campaign_id, concat_ws(' ', pool_id, verdict, resembles))"
    return (
        campaigns.withColumn("line", expr(line))
        .selectExpr(
            "*", "row_number() over (partition by line order by rank) as place",
            "collect_list(campaign_id) over (partition by line order by rank"
            " rows between 1 following and unbounded following) as alike_ids",
        )
        .where("place = 1")
        .drop("line", "place")
    )  # fmt: skip


def read_ranking(lake: Lake, run_date: date | None, *, top: int) -> Ranking:
    """Read a published date.

    Args:
        lake: The lake.
        run_date: The date; the latest published when None.
        top: Lines to keep.

    Raises:
        MissingPartitionError: The date is not published.
    """
    published = lake.published_dates()
    day = run_date or (published[-1] if published else None)
    if day is None or day not in published:
        latest = f"the latest is {published[-1]}" if published else "nothing is"
        raise MissingPartitionError(
            f"table campaigns: {day or 'no date'} is not published; {latest}", fix="`revenuer run all --run-date DATE`"
        )
    rows = lake.view("campaigns").where(f"run_date = date'{day}'").persist()
    total = {row["verdict"]: row["count"] for row in rows.groupBy("verdict").count().collect()}
    campaigns = [row.asDict(recursive=True) for row in lines(rows).orderBy("rank").limit(top).collect()]
    evidence: list[dict[str, Any]] = []
    if campaigns:
        found = lake.view("campaign_evidence").where(
            f"run_date = date'{day}' and campaign_id = '{campaigns[0]['campaign_id']}'"
        )
        evidence = [row.asDict(recursive=True) for row in found.orderBy("weight_bits", ascending=False).collect()]
    return Ranking(day, campaigns, total, evidence)
