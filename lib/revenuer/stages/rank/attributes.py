"""Attribute features of candidates: cards, sign-up batches, handovers, moves to new models.

Evidence an account inherits (its card, its sign-up) says something about a tenant only in proportion to the
tenant's reach in its pool; the callers scale it so.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.membership import placeholder_sql
from revenuer.stages.quoting import quoted


def _cards(facts: DataFrame, card_kinds: list[str]) -> DataFrame:
    return facts.where(f"identifier_kind in ({quoted(card_kinds)})").selectExpr(
        "account_id", "party_id", "identifier_id as card", "is_benign", "is_common", "site_share"
    )


# A party with several cards is one party. A card that an analyst called benign is known, and is somebody's, and may be
# most parties' payer; that it is shared says nothing, nor does it of one that a good part of the site shows.
_IS_SHARED = "parties > 1 and not is_benign and not is_common"
_SHARING = f"count(distinct if({_IS_SHARED}, party_id, null))"


# Handovers of a candidate as a whole may be more than chance; of one account they may always be chance.
_CHANCE_KINDS = ("shared_session", "failover")

# How fast somebody moves to a new model is said of so many exchanges in two days, and this share of all of his.
_MIN_MOVED = 20
_MIN_MOVED_SHARE = 0.02

# A card that a good part of the site shows pays for a candidate's parties only where it is theirs more than anybody's.
_IS_TELLING = "not is_common or parties >= 2 * site_share * size"


def with_site_shares(facts: DataFrame, parties: DataFrame, common_lift: float) -> DataFrame:
    """Facts with what share of the site's parties shows the identifier, and whether it ``is_common``.

    Args:
        facts: ``identifier_kind, identifier_id, party_id`` and others.
        parties: ``party_id`` of the window.
        common_lift: An identifier is common where its lift could not exceed this, in whatever group of parties.

    Returns:
        ``facts`` with ``site_share`` and ``is_common``.
    """
    by = ["identifier_kind", "identifier_id"]
    counted = (
        facts.groupBy(*by)
        .agg(expr("count(distinct party_id) as holders"))
        .crossJoin(parties.agg(expr("count(distinct party_id) as site")).hint("broadcast"))
        .selectExpr(
            *by,
            "least(holders / greatest(site, 1), 1.0D) as site_share",
            f"{placeholder_sql('holders', 'site', common_lift)} as is_common",
        )
    )
    return facts.join(counted, by)


def population_cards(facts: DataFrame, card_kinds: list[str]) -> DataFrame:
    """One row: ``population_card_shared_share``, the share of parties behind a card that others use too."""
    used = _cards(facts, card_kinds).select("card", "party_id", "is_benign", "is_common").distinct()
    return _with_parties(used, "card").agg(
        expr(f"coalesce({_SHARING} / nullif(count(distinct party_id), 0), 0.0D) as population_card_shared_share")
    )


def _with_parties(used: DataFrame, *by: str) -> DataFrame:
    """Rows of parties and their cards, each once, with the ``parties`` that use the card."""
    return used.withColumn("parties", expr(f"count(*) over (partition by {', '.join(by)})"))


def card_features(members: DataFrame, facts: DataFrame, card_kinds: list[str]) -> DataFrame:
    """Cards shared across parties inside each candidate.

    Args:
        members: ``candidate_id, account_id, party_id``.
        facts: Window facts with ``is_benign``, whether an analyst found the identifier so, and what
            :func:`with_site_shares` adds.
        card_kinds: Kinds that are payment instruments.

    Returns:
        ``candidate_id, card_known_share, card_shared_share, shared_card_count, top_card_share, effective_card_count``;
        shares are of parties. The last is how many cards, if all had as many parties, would be as concentrated: one
        over the sum of squared shares (Laakso and Taagepera 1979, Effective number of parties).
    """
    used = (
        members.select("candidate_id", "account_id", "party_id")
        .join(_cards(facts, card_kinds).drop("party_id"), "account_id")
        .select("candidate_id", "card", "party_id", "is_benign", "is_common", "site_share")
        .distinct()
    )
    sizes = members.groupBy("candidate_id").agg(expr("count(distinct party_id) as size"))
    inside = (
        _with_parties(used, "candidate_id", "card")
        .join(sizes, "candidate_id")
        .withColumn("is_telling", expr(_IS_TELLING))
        .groupBy("candidate_id", "size")
        .agg(
            expr("count(distinct if(is_telling, party_id, null)) as carded"),
            expr(f"{_SHARING} as sharing"),
            expr(f"count(distinct if({_IS_SHARED}, card, null)) as shared_card_count"),
            expr("coalesce(max(if(is_telling, parties, null)), 0) as widest"),
            # A row for each party of a card: the sum over cards of their parties, squared. Of those that are shared:
            # strangers with cards of their own hide nobody's behind a holding's four.
            expr(
                f"pow(count_if({_IS_SHARED}), 2) / nullif(sum(if({_IS_SHARED}, parties, 0)), 0) as effective_card_count"
            ),
        )
    )
    return inside.selectExpr(
        "candidate_id", "carded / size as card_known_share", "sharing / size as card_shared_share",
        "shared_card_count", "widest / size as top_card_share", "effective_card_count",
    )  # fmt: skip


def hiding_accounts(members: DataFrame, facts: DataFrame, links: DataFrame) -> DataFrame:
    """Accounts of a candidate that themselves show whose they are, each once, and by what.

    Such an account shares a card with another party of the candidate, or was opened in one batch with others.

    Args:
        members: ``candidate_id, account_id, party_id``, each account once in a candidate.
        facts: Cards and handovers of the window, with ``is_benign`` and ``is_common``.
        links: ``links`` of the run date.

    Returns:
        ``candidate_id, account_id, hides_by``: in order ``batch``, ``card``, and kinds of a site's own handovers.
    """
    placed = members.select("candidate_id", "account_id", "party_id")
    # Too little to accuse somebody for: a session id may be unique within an account only, and chance brings back one
    # refused request in twenty on somebody else's account, or more where a product's customers ask at the full hour. So
    # nearly everybody has one in a month, and no number of them tells whose an account is.
    shown = facts.where(
        f"not is_benign and not is_common and identifier_kind not in ({quoted(_CHANCE_KINDS)})"
    ).selectExpr(
        "account_id", "identifier_kind", "identifier_id",
        "if(facet = 'handover', identifier_kind, 'card') as hides_by",
    )  # fmt: skip
    batches = _batches(links).selectExpr(
        "account_id", "node_kind as identifier_kind", "node_id as identifier_id", "'batch' as hides_by"
    )
    rows = placed.join(shown.unionByName(batches), "account_id")
    by = ["candidate_id", "identifier_kind", "identifier_id"]
    shared = rows.groupBy(*by).agg(expr("count(distinct party_id) as parties")).where("parties > 1").select(*by)
    return (
        rows.join(shared, by, "left_semi")
        .groupBy("candidate_id", "account_id")
        .agg(expr("sort_array(collect_set(hides_by)) as hides_by"))
    )


def _batches(links: DataFrame) -> DataFrame:
    return links.where("facet in ('identity', 'payment+identity')").selectExpr(
        "account_id", "node_id", "node_kind", "substring_index(node_id, '+', 1) as batch_source"
    )


def batched(links: DataFrame) -> DataFrame:
    """Accounts that were opened in one batch with others: ``account_id, is_batched``, each once."""
    return _batches(links).selectExpr("account_id", "true as is_batched").distinct()


def batch_features(members: DataFrame, links: DataFrame) -> DataFrame:
    """Accounts opened in batches: behind a surprising issuer, mail or phone x sign-up node that another party shares.

    A batch counts where two parties of the candidate are in it: only what is shared inside can hide that these are one.

    Args:
        members: ``candidate_id, account_id, party_id``, each account once in a candidate.
        links: ``links`` of the run date.

    Returns:
        ``candidate_id, batch_share`` (of accounts), ``batch_count`` and ``batch_source_count`` (distinct batches and
        distinct issuers, domains or prefixes of the kind that covers most).
    """
    batches, batch = _batches(links), "partition by candidate_id, node_kind, node_id"
    sizes = members.groupBy("candidate_id").agg(expr("count(*) as accounts"))
    per_kind = (
        members.select("candidate_id", "account_id", "party_id")
        .join(batches, "account_id")
        .selectExpr("*", f"min(party_id) over ({batch}) <> max(party_id) over ({batch}) as is_shared")
        .where("is_shared")
        .groupBy("candidate_id", "node_kind")
        .agg(
            expr("count(distinct account_id) as batched"),
            expr("count(distinct node_id) as batches"),
            expr("count(distinct batch_source) as sources"),
        )
        .groupBy("candidate_id")
        .agg(expr("max(struct(batched, batches, sources, node_kind)) as best"))
    )
    return per_kind.join(sizes, "candidate_id").selectExpr(
        "candidate_id", "best.batched / accounts as batch_share", "best.batches as batch_count",
        "best.sources as batch_source_count",
    )  # fmt: skip


def refusals(activity: DataFrame) -> DataFrame:
    """Requests that were refused, whatever for: ``account_id, account_refused_count``, where there are any."""
    return (
        activity.where("refused_count > 0")
        .groupBy("account_id")
        .agg(expr("sum(refused_count) as account_refused_count"))
    )


def refusal_features(members: DataFrame, refused: DataFrame) -> DataFrame:
    """What was refused on a candidate's accounts: ``candidate_id, account_refused_count``.

    Args:
        members: ``candidate_id, account_id``, each once.
        refused: As :func:`refusals` returns it.
    """
    rows = members.select("candidate_id", "account_id").join(refused, "account_id")
    return rows.groupBy("candidate_id").agg(expr("sum(account_refused_count) as account_refused_count"))


def handover_features(members: DataFrame, facts: DataFrame) -> DataFrame:
    """Refused requests retried, and sessions continued, on another party's account of the same candidate.

    Returns:
        ``candidate_id, failover_count, shared_session_count``.
    """
    handed = facts.where("facet = 'handover' and not is_benign").select(
        "identifier_kind", "identifier_id", "account_id"
    )
    inside = (
        members.select("candidate_id", "account_id", "party_id")
        .join(handed, "account_id")
        .groupBy("candidate_id", "identifier_kind", "identifier_id")
        .agg(expr("count(distinct party_id) as parties"))
        .where("parties > 1")
    )
    return inside.groupBy("candidate_id").agg(
        expr("count_if(identifier_kind = 'failover') as failover_count"),
        expr("count_if(identifier_kind <> 'failover') as shared_session_count"),
    )


def signup_features(members: DataFrame, accounts: DataFrame) -> DataFrame:
    """How the candidate's accounts came to be.

    Returns:
        ``candidate_id, signup_spread_days``: days between the 10th and 90th percentile of sign-up.
    """
    return (
        members.select("candidate_id", "account_id")
        .join(accounts.where("created_at is not null").select("account_id", "created_at"), "account_id")
        .groupBy("candidate_id")
        .agg(expr("percentile(unix_seconds(created_at) / 86400.0, array(0.1, 0.9)) as points"))
        .selectExpr("candidate_id", "points[1] - points[0] as signup_spread_days")
    )


def pivot_features(daily: DataFrame, releases: DataFrame) -> DataFrame:
    """Speed of moving to a new model.

    For the release in the window with the candidate's largest share: its share of the candidate's exchanges on the
    release day and the day after. Of releases on which the candidate hardly worked nothing is said: one exchange would
    be all of it.

    Returns:
        ``candidate_id, pivot_share``.
    """
    rows = daily.selectExpr("candidate_id", "usage_date", "explode(model_counts) as (model, n)").join(
        releases.selectExpr("model", "to_date(released_at) as release_date").hint("broadcast"), "model", "left"
    )
    in_time = "usage_date between release_date and date_add(release_date, 1)"
    window = (
        daily.selectExpr("candidate_id", "usage_date", "event_count")
        .crossJoin(releases.selectExpr("model", "to_date(released_at) as release_date").hint("broadcast"))
        .groupBy("candidate_id", "model")
        .agg(expr(f"sum(event_count) filter (where {in_time}) as total"), expr("sum(event_count) as whole"))
    )
    moved = rows.where(in_time).groupBy("candidate_id", "model").agg(expr("sum(n) as moved"))
    return (
        window.join(moved, ["candidate_id", "model"])
        .where(f"total >= greatest({_MIN_MOVED}, {_MIN_MOVED_SHARE} * whole)")
        .groupBy("candidate_id")
        .agg(expr("max(moved / total) as pivot_share"))
    )
