"""The site's own experience: how often analysts confirmed what the job had said, and what that makes of odds."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

# The job's own word counts as this many decisions: the first few move little, dozens outweigh it.
_OWN_WORD = 20.0
# Decisions are made about what was looked at, no fair sample: they move odds by a factor of eight at most.
_MAX_SHIFT_BITS = 3.0


def site_odds(decisions: DataFrame, published: DataFrame) -> DataFrame:
    """By how much the site's decisions move the odds of each verdict.

    Per verdict that the job had published before an analyst decided: ``share = (confirmed + 20 m) / (decided + 20)``
    where ``m`` is the mean probability it had given them, the mean of a Beta law with twenty pseudo-observations; the
    shift is the log2 odds of ``share`` less those of ``m``.

    Args:
        decisions: As :func:`revenuer.stages.decisions.in_force` returns them.
        published: ``campaigns`` of remembered dates before the run date.

    Returns:
        ``verdict, shift_bits, decided_count``, one row for each verdict that was decided about.
    """
    about = decisions.where("subject_kind = 'campaign'").selectExpr(
        "subject_id as campaign_id", "verdict = 'confirmed' as is_confirmed", "to_date(decided_at) as decided_date"
    )
    said = (
        published.select("campaign_id", "run_date", "verdict", "score_bits")
        .join(about.hint("broadcast"), "campaign_id")
        # From its day on, a decision is part of what is published.
        .where("run_date < decided_date")
        .groupBy("campaign_id", "is_confirmed")
        .agg(expr("max_by(struct(verdict, score_bits), run_date) as last"))
        .selectExpr("is_confirmed", "last.verdict as verdict", "1 / (1 + pow(2.0, -last.score_bits)) as probability")
    )
    return (
        said.groupBy("verdict")
        .agg(
            expr("count(*) as decided_count"),
            expr("count_if(is_confirmed) as confirmed_count"),
            # To a millionth: the mean must not depend on the order of the rows.
            expr("sum(cast(round(1e6 * probability) as bigint)) / 1e6 / count(*) as said_share"),
        )
        .selectExpr(
            "*",
            f"(confirmed_count + {_OWN_WORD} * said_share) / (decided_count + {_OWN_WORD}) as share",
            "least(greatest(said_share, 1e-6), 1 - 1e-6) as known_share",
        )
        .selectExpr(
            "verdict",
            f"greatest(-{_MAX_SHIFT_BITS}D, least({_MAX_SHIFT_BITS}D, log2(greatest(share, 1e-6) / greatest(1 - share,"
            " 1e-6)) - log2(known_share / (1 - known_share)))) as shift_bits",
            "decided_count",
        )
    )


def with_site_odds(judged: DataFrame, odds: DataFrame) -> DataFrame:
    """Candidates with the probability that the site's decisions leave them; scores and verdicts stay as they are.

    Args:
        judged: Candidates with ``verdict, score_bits, probability``.
        odds: As :func:`site_odds` returns them.
    """
    return judged.join(odds.select("verdict", "shift_bits").hint("broadcast"), "verdict", "left").selectExpr(
        "* except (shift_bits, probability)",
        "case when shift_bits is null then probability else 1 / (1 + pow(2.0, -(score_bits + shift_bits))) end"
        " as probability",
    )
