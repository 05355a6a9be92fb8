"""What it costs an attacker to be missed: variants of one world, what each gave, and what it took."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from pyspark.sql.functions import expr

from revenuer.evaluation.result import worst_rank
from revenuer.evaluation.truth import read_truth
from revenuer.markdown import table_lines

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from revenuer.evaluation.judged import Trial
    from revenuer.evaluation.trial_world import World


@dataclass(frozen=True)
class Variant:
    """One thing changed.

    Attributes:
        title: What, in words.
        scenario: World with the changes, as :func:`revenuer.simulate.world.load_world` takes it.
    """

    title: str
    scenario: str


@dataclass(frozen=True)
class Plan:
    """All variants, and the size at which they are judged unless told otherwise."""

    variants: tuple[Variant, ...]
    days: int
    accounts: int


@dataclass(frozen=True)
class Cost:
    """What a world's campaigns used.

    Attributes:
        account_count: Accounts bought.
        idle_count: Of them never used.
        card_count: Distinct cards.
        prefix_count: Distinct address prefixes; 0 where the site logs no addresses.
        exchange_count: Exchanges a day of an account in use, those of other customers of its pool included.
    """

    account_count: int
    idle_count: int
    card_count: int
    prefix_count: int
    exchange_count: float


def load_plan() -> Plan:
    """The shipped variants, ``simulate/robustness.toml``."""
    raw = tomllib.loads(files("revenuer.simulate").joinpath("robustness.toml").read_text(encoding="utf-8"))
    variants = tuple(
        Variant(entry["title"], ":".join(filter(None, (raw["world"], raw["changes"], entry.get("changes", "")))))
        for entry in raw["variants"]
    )
    return Plan(variants, int(raw["days"]), int(raw["accounts"]))


def cost_of(spark: SparkSession, world: World) -> Cost:
    """Count what a world's campaigns used, on all its days."""
    truth = read_truth(spark, world.source / "truth.parquet")
    guilty = truth.where("campaign is not null").select("account_id").distinct().persist()
    accounts = world.table(spark, "accounts").join(guilty, "account_id")
    activity = world.table(spark, "account_activity").join(guilty, "account_id")
    cards, bought = accounts.selectExpr("count(distinct payment_fingerprint)", "count(*)").collect()[0]
    prefixes = (
        world.table(spark, "sightings")
        .where("identifier_kind = 'ip_prefix'")
        .join(guilty, "account_id")
        .selectExpr("count(distinct identifier_id)")
        .collect()[0][0]
    )
    used = (
        activity.groupBy("account_id")
        .agg(expr("sum(event_count) as events"), expr("count(distinct usage_date) as days"))
        .selectExpr("count(*)", "coalesce(sum(events) / sum(days), 0D)")
        .collect()[0]
    )
    guilty.unpersist()
    return Cost(int(bought), int(bought) - int(used[0]), int(cards), int(prefixes), float(used[1]))


def robustness_markdown(rows: Sequence[tuple[Variant, Trial, Cost]]) -> str:
    """The table in Markdown."""
    heads = ["the attacker, or the site", "verdict", "account P / R", "noticed", "rank", "honest accused",
             "accounts (idle)", "cards", "prefixes", "exchanges a day"]  # fmt: skip
    cells = []
    for variant, trial, cost in rows:
        e = trial.evaluation
        cells.append((
            variant.title, ", ".join(match.verdict or "unseen" for match in e.matches),
            f"{e.account_precision:.3f} / {e.account_recall:.3f}", f"{e.noticed_recall:.3f}",
            worst_rank(e.matches) or "-", e.honest_accused_count, f"{cost.account_count} ({cost.idle_count})",
            cost.card_count, cost.prefix_count, f"{cost.exchange_count:.1f}",
        ))  # fmt: skip
    return "\n".join(table_lines(heads, cells))
