"""What analysts' decisions about campaigns were made about, and what they say of a run date's candidates.

A decision names a campaign, but an analyst decided on what he saw: the accounts and works that had been published with
it by then. Campaigns change, and what is confirmed or cleared must not spread to whoever joins them later.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.decisions import OTHER_WORK
from revenuer.stages.rank.candidates import MOST_NAMED, UNLABELLED, products_sql
from revenuer.stages.rank.identity import History
from revenuer.stages.settling import settled

_DECISION = (
    "decided_id", "decided_verdict", "decided_date", "decided_by", "until_date", "known_count", "is_other_work",
    "holds",
)  # fmt: skip
_NOTHING = "cast(array() as array<string>)"
# A list that was cut short names the first works: what comes after them may have been cleared all the same. And what
# was confirmed when nobody logged what it was is known by its accounts alone, on which others may work since.
_IS_OTHER_WORK = (
    "not does_any and size(now_products) > 0 and if(decided_verdict = 'benign',"
    " size(decided_products) > 0 and not coalesce(last_work > cut_after, false), until_date is not null)"
)
# What is said of a decision about another campaign.
_MENTION = (
    "if(is_other_work, '; ' || decided_verdict || ' by ' || decided_by || ' on ' || decided_date"
    f" || ' {OTHER_WORK}', '; ' || known_count || ' of its '"
    " || account_count || ' accounts had been in ' || decided_id || ', ' || decided_verdict || ' by ' || decided_by"
    " || ' on ' || decided_date)"
)


@dataclass(frozen=True)
class Precedents:
    """Decisions about campaigns, each with what had been published of the campaign by then.

    That is on run dates before the day of the decision, whose own ranking is made after it. Of a campaign that was
    published later only, since the decision was dated back, the first date counts.

    Attributes:
        campaigns: ``decided_id`` (the campaign), ``decided_verdict, decided_date, decided_by``. ``until_date`` is the
            last date that counts and has the campaign, null where nothing was published; ``decided_works`` and
            ``decided_count`` (accounts) are what was published until then, and ``cut_after`` is the last work of a
            list that was cut short.
        accounts: ``decided_id, account_id, was_member``, each account once; suspects were none.
        published: ``campaign_id, run_date`` of all campaigns on all published dates; None before the first.
    """

    campaigns: DataFrame
    accounts: DataFrame
    published: DataFrame | None


def precedents(decisions: DataFrame, history: History | None) -> Precedents | None:
    """What the decisions in force were made about; None where none is about a campaign.

    Args:
        decisions: As :func:`revenuer.stages.decisions.in_force` returns them.
        history: What was published before; None before the first published date.
    """
    about = decisions.where("subject_kind = 'campaign'").selectExpr(
        "subject_id as decided_id",
        "verdict as decided_verdict",
        "to_date(decided_at) as decided_date",
        "coalesce(nullif(decided_by, ''), 'an analyst') as decided_by",
    )
    if about.isEmpty():
        return None
    if history is None:
        nobody = about.selectExpr("decided_id", "decided_id as account_id", "false as was_member").where("false")
        unseen = about.selectExpr(
            "*",
            "cast(null as date) as until_date",
            f"{_NOTHING} as decided_works",
            "cast(null as string) as cut_after",
            "0L as decided_count",
        )
        return Precedents(unseen, nobody, None)
    counts = "run_date <= greatest(date_sub(decided_date, 1), min(run_date) over (partition by decided_id)) as counts"
    seen = (
        history.past_campaigns.selectExpr("campaign_id as decided_id", "run_date", "workload_ids")
        .join(about.hint("broadcast"), "decided_id")
        .selectExpr("decided_id", "run_date", "workload_ids", counts)
        .where("counts")
        .groupBy("decided_id")
        .agg(
            expr("max(run_date) as until_date"),
            expr(f"array_remove(array_distinct(flatten(collect_set(workload_ids))), '{UNLABELLED}') as decided_works"),
            expr(f"min(if(size(workload_ids) >= {MOST_NAMED}, array_max(workload_ids), null)) as cut_after"),
        )
    )
    told = settled(about.join(seen.hint("broadcast"), "decided_id", "left"))
    # Nothing after the last decision need be read.
    (last,) = told.selectExpr("max(until_date)").collect()[0]
    accounts = settled(
        history.past_members.where(f"run_date <= date'{last or history.previous_date}'")
        .selectExpr("campaign_id as decided_id", "run_date", "account_id", "role")
        .join(told.select("decided_id", "until_date").hint("broadcast"), "decided_id")
        .where("run_date <= until_date")
        .groupBy("decided_id", "account_id")
        .agg(expr("max(role = 'member') as was_member"))
    )
    sizes = accounts.groupBy("decided_id").agg(expr("count(*) as decided_count"))
    known = told.join(sizes.hint("broadcast"), "decided_id", "left").selectExpr(
        "* except (decided_works, decided_count)",
        f"coalesce(decided_works, {_NOTHING}) as decided_works",
        "coalesce(decided_count, 0L) as decided_count",
    )
    return Precedents(settled(known), accounts, history.past_campaigns.select("campaign_id", "run_date"))


def bearing(judged: DataFrame, members: DataFrame, works: DataFrame, known: Precedents) -> DataFrame:
    """Candidates with the decision that is about them, whether it holds, and what else was decided of their accounts.

    A confirmation holds where at least half of the candidate's accounts had been published with the campaign by then,
    and it does any of the work that had. Where the id was made by this very run, the date is made again: the analyst
    saw this candidate.

    A clearing follows the accounts under other ids, as when a pool is cut: it holds for the work that was cleared where
    at least half of the accounts had been published with the campaign by then. It does not for a campaign that stood
    beside the cleared one, and was not cleared with it, nor where half of the accounts were confirmed since.

    Args:
        judged: Candidates with ``candidate_id, campaign_id, is_minted, account_count``.
        members: ``candidate_id, account_id``, each account once in a candidate.
        works: ``candidate_id, workload_id`` of all that they do; rows may repeat.
        known: The decisions.

    Returns:
        ``judged`` with ``decided_id, decided_verdict, decided_date, decided_by, until_date``, with ``known_count`` of
        its accounts that had been published with that campaign and whether what they do ``is_other_work``, all null
        where nothing was decided, and ``holds``; and ``mention``, a sentence on another campaign that was decided about
        and had half of the accounts, of the candidate's or of its own, or nothing.
    """
    now = judged.select("candidate_id", "campaign_id", "is_minted", "account_count").hint("broadcast")
    done = works.groupBy("candidate_id").agg(
        expr("collect_set(workload_id) as now_ids"), expr("max(workload_id) as last_work")
    )
    common = (
        members.select("candidate_id", "account_id")
        .join(known.accounts, "account_id")
        .groupBy("candidate_id", "decided_id")
        .agg(expr("count(*) as known_count"))
    )
    confirmed = "decided_verdict = 'confirmed' and is_part"
    own = now.selectExpr("candidate_id", "campaign_id as decided_id", "0L as known_count")
    pairs = (
        common.unionByName(own)
        .groupBy("candidate_id", "decided_id")
        .agg(expr("sum(known_count) as known_count"))
        .join(known.campaigns.hint("broadcast"), "decided_id")
        .join(now, "candidate_id")
        .join(done, "candidate_id", "left")
        .selectExpr(
            "* except (now_ids)",
            "decided_id = campaign_id as is_own",
            "2 * known_count >= account_count as is_half",
            f"{products_sql('now_ids')} as now_products",
            f"{products_sql('decided_works')} as decided_products",
        )
        .withColumn("does_any", expr("arrays_overlap(now_products, decided_products)"))
        .withColumn("is_other_work", expr(_IS_OTHER_WORK))
        .where("is_own or 2 * known_count >= least(account_count, decided_count)")
        .selectExpr("*", "is_half and not is_other_work as is_part")
        .selectExpr("*", f"max(if({confirmed}, decided_date, null)) over (partition by candidate_id) as confirmed_date")
    )
    pairs = _with_beside(pairs, known.published).withColumn(
        "holds",
        expr(
            "if(is_own, decided_verdict = 'benign' or ((is_minted or is_half) and not is_other_work),"
            " decided_verdict = 'benign' and is_part and not is_beside"
            " and coalesce(confirmed_date <= decided_date, true))"
        ),
    )
    first = "is_own desc, holds desc, known_count desc, decided_date desc, decided_id"
    placed = pairs.selectExpr(
        "*", f"row_number() over (partition by candidate_id order by {first}) as place"
    ).selectExpr("*", "place = 1 and (is_own or holds) as is_main", f"{_MENTION} as sentence")
    said = placed.groupBy("candidate_id").agg(
        expr(f"max(struct({', '.join(_DECISION)})) filter (where is_main) as main"),
        expr("min_by(sentence, place) filter (where not is_main) as mention"),
    )
    return judged.join(said.hint("broadcast"), "candidate_id", "left").selectExpr(
        "* except (main, mention)",
        *(f"main.{name}" for name in _DECISION if name != "holds"),
        "coalesce(main.holds, false) as holds",
        "coalesce(mention, '') as mention",
    )


def _with_beside(pairs: DataFrame, published: DataFrame | None) -> DataFrame:
    """Pairs with ``is_beside``: whether the candidate's id was in the last ranking that the decision was made about."""
    if published is None:
        return pairs.withColumn("is_beside", expr("false"))
    pairs = settled(pairs)
    asked = pairs.where("not is_own").select("campaign_id", "until_date").distinct().hint("broadcast")
    beside = published.withColumnRenamed("run_date", "until_date").join(asked, ["campaign_id", "until_date"])
    return pairs.join(
        beside.withColumn("is_ranked", expr("true")).hint("broadcast"), ["campaign_id", "until_date"], "left"
    ).withColumn("is_beside", expr("is_ranked is not null"))
