"""Kits: works outside pools that the same parties use, looked at together before anything is judged.

An operator whose accounts nothing links and who writes two dozen templates comes as two dozen cohorts, each with a part
of his accounts and a part of each one's day. None shows how even the loads are or how many networks an account wanders
over. Together they may.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.rank.joining import SEVERITY_SQL, Components, grouped, wholes
from revenuer.stages.settling import settled

# Two works go together when this share of the more popular one's parties does both, this many times more than chance
# would have it (link.min_lift's bar): so a work of an eighth of the site or more goes with nothing.
_COMMON_SHARE = 0.25
_LIFT = 8.0
# Two works with the same accounts are nearly the same rows; a kit tells more than its parts from three on.
_MIN_WORKS = 3
MIN_WORKS_DONE = 2
"""An account that does one of a kit's works may be anybody's."""
TYPICAL_SHARE = 0.5
"""An account is the kit's if it does half as many of its works as half of those do that do two or more: who uses a
suite of which the operator uses a piece is not his."""
# Who does many works costs their square: everybody is heard as long as this many pairs of works are looked at, beyond
# that those with few works first. An operator who writes two hundred templates for each account is heard on most sites.
_MAX_PAIRS = 200_000_000
# Even so, somebody who does no more works than this is always heard.
_ALWAYS_HEARD = 64
TOLD_SHARE = 0.8
"""A candidate is told by a kit that holds so much of what it does."""


@dataclass(frozen=True)
class Kits:
    """Works that go together.

    Attributes:
        rows: Assignments of the kits, ``candidate_id, source, pool_id, account_id, workload_id, is_own``.
        told: ``candidate_id, part_id``: cohorts nearly all of whose exchanges are a kit's.
    """

    rows: DataFrame
    told: DataFrame


def kits(assigned: DataFrame, work: DataFrame, components: Components, settings: Mapping[str, Any]) -> Kits | None:
    """Find kits among the cohorts.

    Args:
        assigned: ``candidate_id, source, pool_id, account_id, workload_id, is_own``.
        work: As :func:`revenuer.stages.rank.candidates.work_of` returns it.
        components: Connected components of ``(src, dst)`` as ``(id, component)``.
        settings: Section ``rank``.

    Returns:
        The kits, or None when there are none.
    """
    min_parties = int(settings["min_candidate_parties"])
    done = settled(
        assigned.where("source = 'cohort'")
        .withColumnRenamed("candidate_id", "part_id")
        .join(work.select("account_id", "workload_id", "party_id", "template", "exchange_count"),
              ["account_id", "workload_id"])
    )  # fmt: skip
    # A tool set that a template goes with is no work of its own.
    works = done.where("template is null or part_id = 'cohort:t:' || template")
    pairs = settled(_pairs(works.selectExpr("part_id as candidate_id", "party_id").distinct(), work, min_parties))
    if pairs.isEmpty():
        return None
    named = (
        wholes(settled(grouped(pairs, components, "min")))
        .selectExpr(
            "candidate_id as part_id", "'kit:' || merged_id as candidate_id",
            "count(*) over (partition by merged_id) as works",
        )
        .where(f"works >= {_MIN_WORKS}")
        .drop("works")
    )  # fmt: skip
    placed = settled(works.join(named.hint("broadcast"), "part_id"))
    if placed.isEmpty():
        return None
    members = _members(placed, min_parties)
    rows = settled(placed.join(members, ["candidate_id", "account_id"]).select(*assigned.columns).distinct())
    return Kits(rows, settled(_told(done, rows)))


def _pairs(users: DataFrame, work: DataFrame, min_parties: int) -> DataFrame:
    """Works with more users in common than chance brings: ``candidate_id, other_id``.

    Args:
        users: ``candidate_id, party_id``, distinct.
        work: Everybody's work.
        min_parties: Users that two works have in common at least.
    """
    population = work.agg(expr("count(distinct party_id) as population"))
    sizes = (
        users.groupBy("candidate_id").agg(expr("count(*) as parties")).crossJoin(population)
        .where(f"{_LIFT} * parties <= population")
    )  # fmt: skip
    several = settled(
        users.join(sizes, "candidate_id")
        .selectExpr("*", "count(*) over (partition by party_id) as works")
        .where("works >= 2")
    )
    telling = several.where(f"works <= {_most_works(several)}").drop("works")
    others = telling.selectExpr("candidate_id as other_id", "party_id", "parties as other_parties")
    return (
        telling.join(others, "party_id")
        .where("candidate_id < other_id")
        .where(f"least(parties, other_parties) >= {_COMMON_SHARE} * greatest(parties, other_parties)")
        .groupBy("candidate_id", "other_id")
        .agg(*(expr(f"max({name}) as {name}") for name in ("parties", "other_parties", "population")),
             expr("count(*) as common"))
        .where(
            f"common >= {min_parties} and common >= {_COMMON_SHARE} * greatest(parties, other_parties)"
            f" and common * population >= {_LIFT} * parties * other_parties"
        )
        .select("candidate_id", "other_id")
    )  # fmt: skip


def _most_works(several: DataFrame) -> int:
    """How many works somebody may do who is heard: as many as keep the pairs of works within bounds.

    Args:
        several: ``party_id, works`` and more, a row for each work that somebody does.
    """
    # A party with n works has n rows and n * n pairs, so each row stands for n of them. By powers of two there are no
    # more than a few dozen rows to look at.
    by_size = several.groupBy(expr("cast(ceil(log2(works)) as int) as size")).agg(expr("sum(works) as pairs")).collect()
    pairs, most = 0, _ALWAYS_HEARD
    for row in sorted(by_size, key=lambda row: int(row["size"])):
        pairs += int(row["pairs"])
        if pairs > _MAX_PAIRS:
            break
        most = max(most, 2 ** int(row["size"]))
    return most


def _members(placed: DataFrame, min_parties: int) -> DataFrame:
    """Accounts of the kits, ``candidate_id, account_id``; a kit of too few parties has none.

    Args:
        placed: ``candidate_id, part_id, account_id, party_id``.
        min_parties: Parties a kit has at least.
    """
    several = (
        placed.groupBy("candidate_id", "account_id")
        .agg(expr("count(distinct part_id) as works"), expr("max(party_id) as party_id"))
        .where(f"works >= {MIN_WORKS_DONE}")
    )
    typical = several.groupBy("candidate_id").agg(expr("percentile(works, 0.5) as typical_works"))
    members = settled(several.join(typical, "candidate_id").where(f"works >= {TYPICAL_SHARE} * typical_works"))
    wide = (
        members.groupBy("candidate_id")
        .agg(expr("count(distinct party_id) as parties"))
        .where(f"parties >= {min_parties}")
        .select("candidate_id")
    )
    return members.join(wide, "candidate_id").select("candidate_id", "account_id")


def _told(done: DataFrame, rows: DataFrame) -> DataFrame:
    """Cohorts that the kits hold: ``candidate_id, part_id``.

    Args:
        done: ``part_id, account_id, workload_id, exchange_count`` of all cohorts.
        rows: Assignments of the kits.
    """
    inside = (
        done.join(rows.select("candidate_id", "account_id", "workload_id"), ["account_id", "workload_id"])
        .groupBy("candidate_id", "part_id")
        .agg(expr("sum(exchange_count) as inside_count"))
    )
    totals = done.groupBy("part_id").agg(expr("sum(exchange_count) as exchange_count"))
    return (
        inside.join(totals, "part_id")
        .where(f"inside_count >= {TOLD_SHARE} * exchange_count")
        .select("candidate_id", "part_id")
    )


def superseded(found: Kits, scored: DataFrame, undecided: DataFrame) -> DataFrame:
    """Candidates that the choice between kits and cohorts leaves out.

    A kit that is watched or convicted, and no milder than any cohort it tells, stands for those of them that are not
    convicted; convicted ones stay, to be joined to it by their accounts. Any other kit says nothing that its parts do
    not say better. What an analyst decided of a part is not spread over the kit.

    Args:
        found: As :func:`kits` returns them.
        scored: ``candidate_id, verdict`` of kits and cohorts.
        undecided: Those of them that continue no campaign which an analyst decided on.

    Returns:
        ``candidate_id``.
    """
    judged = scored.join(undecided.selectExpr("candidate_id", "true as is_free"), "candidate_id", "left").selectExpr(
        "candidate_id", f"{SEVERITY_SQL} as severity", "is_free is null as is_decided"
    )
    parts = judged.selectExpr("candidate_id as part_id", "severity as part_severity", "is_decided as is_part_decided")
    whole = found.rows.select("candidate_id").distinct().join(judged, "candidate_id")
    told = whole.join(found.told, "candidate_id", "left").join(parts, "part_id", "left")
    by_kit = "over (partition by candidate_id)"
    stands = (
        f"severity >= 1 and severity >= coalesce(max(part_severity) {by_kit}, 0)"
        f" and (is_decided or not coalesce(max(is_part_decided) {by_kit}, false))"
    )
    return (
        told.selectExpr("*", f"{stands} as stands")
        .selectExpr("if(stands, if(part_severity < 2, part_id, null), candidate_id) as candidate_id")
        .where("candidate_id is not null")
        .distinct()
    )
