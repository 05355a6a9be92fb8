"""Which accounts of a candidate are its members, and which are merely suspected: a verdict closes members' accounts."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.quoting import escaped, quoted
from revenuer.stages.rank.companions import BUSY_SQL

IN_POOL_SQL = "(pool_id is not null and membership_bits is not null)"
_USUAL = "greatest(population_network_count, 1.5)"
# Networks vouch where the candidate as a whole moves over more of them than is usual. Then a third of what is typical
# of it will do, since some accounts do little, but never as few as most customers have. Customers of VPN and relay
# services have many, too: it must be homes, carriers and the like, or unknown ones, for half of what the account does.
_IS_PLACED = "home_events + unknown_events >= 0.5 * event_count"
_MOVES_SQL = (
    f"(network_count_median > {_USUAL} and network_count > {_USUAL}"
    f" and network_count >= least(network_count_median / 3, 2 * {_USUAL}) and {_IS_PLACED})"
)
# Address ranges vouch likewise, where there is one for two exchanges or fewer and eight times more than most customers
# have, as in the rules of scoring.toml: a proxy within few networks gives each request another.
_MANY = "8 * greatest(population_prefix_count, 2)"
_ROAMS_SQL = (
    f"(least(prefix_count_median, prefix_count) >= {_MANY} and prefix_count >= 0.5 * event_count and {_IS_PLACED})"
)
# By what an account may hide with another party's, and the finding that says whether the candidate hides so at all.
_FINDING_OF = {"card": "rotating_cards", "batch": "bought_batches"}


def with_proven(rows: DataFrame, found: DataFrame) -> DataFrame:
    """Rows of accounts whose ``hides_by`` names cards and batches only where these are what the candidate hides by.

    Among the users of any tool are couples with one card and colleagues who signed up together. Where an accusation
    does not rest on cards, or on batches, sharing one says nothing of whose an account is.

    Args:
        rows: ``candidate_id, verdict, hides_by`` and more. What the job does not accuse stays as it is.
        found: Findings, ``candidate_id, signal, drawn_bits``.
    """
    kinds = " ".join(f"when '{signal}' then '{kind}'" for kind, signal in _FINDING_OF.items())
    proven = (
        found.where(f"drawn_bits > 0 and signal in ({quoted(_FINDING_OF.values())})")
        .groupBy("candidate_id")
        .agg(expr(f"collect_set(case signal {kinds} end) as proven"))
    )
    is_proven = f"kind not in ({quoted(_FINDING_OF)}) or array_contains(coalesce(proven, array()), kind)"
    kept = f"if(verdict = 'campaign', filter(hides_by, kind -> {is_proven}), hides_by)"
    return rows.join(proven, "candidate_id", "left").selectExpr(
        "* except (hides_by, proven)", f"nullif({kept}, cast(array() as array<string>)) as hides_by"
    )


def role_sql(vouched: str = "true", *, knows_bans: bool) -> str:
    """SQL of an account's role, ``member`` or ``suspected``.

    A pool's links vouch for an account. In a cohort nothing does, so it must show the concealment itself: it moves over
    networks or address ranges as its fellows do, or hides together with another party's account (``hides_by``), or was
    banned with others (``fallen_at``), or took over from these (``has_taken_over``).

    Args:
        vouched: SQL condition without which an account is suspected, whatever it shows.
        knows_bans: Whether the rows have ``fallen_at`` and ``has_taken_over``.
    """
    return f"case when {vouched} and {BUSY_SQL} and {_shows_sql(knows_bans)} then 'member' else 'suspected' end"


def _shows_sql(knows_bans: bool) -> str:
    regenerates = " or fallen_at is not null or has_taken_over" if knows_bans else ""
    return f"coalesce({IN_POOL_SQL} or {_MOVES_SQL} or {_ROAMS_SQL} or hides_by is not null{regenerates}, false)"


def why_sql(*, knows_bans: bool) -> str:
    """SQL of what ties an account to its candidate, in words; what came after bans is told elsewhere.

    Everything that makes a member in :func:`role_sql` is said, and of who is suspected what is missing. Whether
    accounts hide with others is not looked for where a candidate is cleared, so nothing is said of it there.

    Args:
        knows_bans: Whether the rows have ``fallen_at`` and ``has_taken_over``.
    """
    others = escaped(" with another party's account")
    banned = "coalesce('; banned with others on ' || date_format(fallen_at, 'yyyy-MM-dd'), '')" if knows_bans else "''"
    return (
        f"case when {IN_POOL_SQL} then concat('linked to the pool with ', format_number(membership_bits, 1),"
        " ' bits, and does the same work in ', event_count, ' exchanges')"
        " else concat('does the same work in ', event_count, ' exchanges over ', network_count, ' networks',"
        f" if(coalesce({_MOVES_SQL}, false), ', beyond what three in four customers use', ''),"
        f" if(coalesce({_ROAMS_SQL}, false), ', from ' || prefix_count || ' address ranges', '')) end"
        " || coalesce(array_join(transform(hides_by, kind -> case kind"
        f" when 'card' then '; shares a card{others}'"
        " when 'batch' then '; was opened in one batch with others'"
        f" else '; shares a ' || replace(kind, '_', ' ') || '{others}' end), ''), '')"
        f" || {banned}"
        f" || case when verdict = 'cleared' then '' when not {_shows_sql(knows_bans)}"
        f" then '; shows no concealment itself' when not {BUSY_SQL} then '; hardly does this work' else '' end"
    )
