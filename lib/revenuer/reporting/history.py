"""A campaign over its published dates, and every campaign that was ever published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql.functions import expr
from rich.table import Table

from revenuer.errors import ConfigError, MissingPartitionError
from revenuer.pipeline.measures import VERDICTS
from revenuer.terminal import drawn

if TYPE_CHECKING:
    from revenuer.lake.lake import Lake

_DAYS = ("run_date", "verdict", "rank", "probability", "account_count", "party_count", "exchange_count",
         "output_token_count", "source", "resembles")  # fmt: skip


@dataclass(frozen=True)
class History:
    """One campaign.

    Attributes:
        campaign_id: Its lasting id.
        days: Its row of ``campaigns`` on each published date that has it, oldest first.
        events: Lineage events that name it, on either side, oldest first.
    """

    campaign_id: str
    days: list[dict[str, Any]]
    events: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return vars(self)

    def text(self, width: int = 150) -> str:
        """A line a date, with what happened to its identity on that date."""
        table = Table(title=f"Campaign {self.campaign_id}")
        for head in ("date", "verdict", "rank", "prob.", "accounts", "parties", "exchanges", "output tokens",
                     "identity"):  # fmt: skip
            is_text = head in ("date", "verdict", "identity")
            table.add_column(head, justify="left" if is_text else "right", no_wrap=head == "date")
        rows = {day["run_date"]: day for day in self.days}
        for date in sorted({*rows, *(event["run_date"] for event in self.events)}):
            told = "; ".join(self._told(event) for event in self.events if event["run_date"] == date)
            day = rows.get(date)
            if day is None:
                table.add_row(str(date), *["-"] * 7, told)
                continue
            table.add_row(
                str(date), day["verdict"], str(day["rank"]), f"{day['probability']:.3f}",
                *(f"{day[name] or 0:,}" for name in ("account_count", "party_count", "exchange_count",
                                                     "output_token_count")), told,
            )  # fmt: skip
        return drawn([table], width)

    def _told(self, event: dict[str, Any]) -> str:
        name = str(event["lineage_event"])
        overlap = "" if event["overlap_share"] is None else f" ({event['overlap_share']:.0%} in common)"
        if event["campaign_id"] != self.campaign_id:
            return f"{event['campaign_id']}: {name} with this one{overlap}"
        other = f" with {event['related_campaign_id']}" if event["related_campaign_id"] else ""
        return f"{name}{other}{overlap}"


@dataclass(frozen=True)
class Catalogue:
    """Campaigns ever published, those seen last first.

    Attributes:
        rows: One per campaign.
        total: How many there are in all.
    """

    rows: list[dict[str, Any]]
    total: int

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return vars(self)

    def text(self, width: int = 156) -> str:
        """A line a campaign."""
        table = Table(title="Campaigns ever published")
        for head in ("campaign", "first", "last", "days", "as campaign", "watch", "cleared", "last verdict",
                     "last rank", "most accounts", "ended"):  # fmt: skip
            is_count = head in ("days", "as campaign", "watch", "cleared", "last rank", "most accounts")
            is_whole = head in ("campaign", "first", "last", "ended")
            table.add_column(head, justify="right" if is_count else "left", no_wrap=is_whole)
        for row in self.rows:
            table.add_row(
                row["campaign_id"], f"{row['first_date']}", f"{row['last_date']}",
                *(str(row[f"{name}_count"]) for name in ("day", *VERDICTS)),
                row["last_verdict"], str(row["last_rank"]), f"{row['most_account_count'] or 0:,}",
                _ended(row),
            )  # fmt: skip
        text = drawn([table], width)
        left = self.total - len(self.rows)
        return f"{text}\n{left:,} more; --last N shows more" if left else text


def _ended(row: dict[str, Any]) -> str:
    if row["end_event"] is None:
        return "-"
    into = f" into {row['end_campaign_id']}" if row["end_campaign_id"] else ""
    return f"{row['end_event']}{into}, {row['end_date']}"


def read_history(lake: Lake, campaign_id: str) -> History:
    """Read one campaign's published dates.

    Raises:
        ConfigError: The campaign was never published.
        MissingPartitionError: Nothing is published.
    """
    _require_published(lake)
    name = campaign_id.replace("\\", "\\\\").replace("'", "\\'")
    days = lake.view("campaigns").where(f"campaign_id = '{name}'").select(*_DAYS).orderBy("run_date").collect()
    if not days:
        raise ConfigError(f"campaign {campaign_id} was never published", fix="`revenuer history` lists them all")
    named = lake.view("campaign_lineage").where(f"'{name}' in (campaign_id, related_campaign_id)")
    events = named.orderBy("run_date", "campaign_id", "lineage_event").collect()
    return History(campaign_id, [row.asDict() for row in days], [row.asDict() for row in events])


def read_catalogue(lake: Lake, *, last: int) -> Catalogue:
    """List the campaigns ever published.

    Args:
        lake: The lake.
        last: How many of them, those seen last first.

    Raises:
        MissingPartitionError: Nothing is published.
    """
    _require_published(lake)
    seen = lake.view("campaigns").selectExpr("*", "struct(run_date, verdict, rank) as state")
    known = seen.groupBy("campaign_id").agg(*map(expr, (
        "min(run_date) as first_date", "max(run_date) as last_date", "count(*) as day_count",
        *(f"count_if(verdict = '{verdict}') as {verdict}_count" for verdict in VERDICTS),
        "max(state).verdict as last_verdict", "max(state).rank as last_rank",
        "max(account_count) as most_account_count",
    )))  # fmt: skip
    ends = lake.view("campaign_lineage").where("lineage_event in ('merge', 'retire')").groupBy("campaign_id").agg(
        expr("max(struct(run_date, lineage_event, related_campaign_id)) as ending")
    )  # fmt: skip
    # An id that came back after its end has not ended.
    joined = (
        known.join(ends, "campaign_id", "left")
        .selectExpr("*", "case when ending.run_date > last_date then ending end as last_end")
        .selectExpr("*", "last_end.lineage_event as end_event",
                    "last_end.related_campaign_id as end_campaign_id",
                    "last_end.run_date as end_date", "count(*) over () as total_count")
        .drop("ending", "last_end")
        .orderBy("last_date", "last_rank", "campaign_id", ascending=[False, True, True])
        .limit(last)
    )  # fmt: skip
    rows = [row.asDict() for row in joined.collect()]
    total = int(rows[0]["total_count"]) if rows else 0
    return Catalogue([{k: v for k, v in row.items() if k != "total_count"} for row in rows], total)


def _require_published(lake: Lake) -> None:
    if not lake.published_dates():
        raise MissingPartitionError(f"nothing is published in {lake.uri}", fix="`revenuer run all --run-date DATE`")
