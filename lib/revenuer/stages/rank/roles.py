"""Which accounts of a candidate are its members, and which are merely suspected: a verdict closes members' accounts."""

from __future__ import annotations

from revenuer.stages.rank.companions import BUSY_SQL

IN_POOL_SQL = "(pool_id is not null and membership_bits is not null)"
_USUAL = "greatest(population_network_count, 1.5)"
# Networks vouch where the candidate as a whole moves over more of them than is usual. Then a third of what is typical
# of it will do, since some accounts do little, but never as few as most customers have.
_MOVES_SQL = (
    f"(network_count_median > {_USUAL} and network_count > {_USUAL}"
    f" and network_count >= least(network_count_median / 3, 2 * {_USUAL}))"
)


def role_sql(vouched: str = "true", *, knows_bans: bool) -> str:
    """SQL of an account's role, ``member`` or ``suspected``.

    A pool's links vouch for an account. In a cohort nothing does, so it must show the concealment itself: it moves over
    networks as its fellows do, or hides together with another party's account (``is_hiding``), or was banned with
    others (``is_fallen``), or took over from these (``has_taken_over``).

    Args:
        vouched: SQL condition without which an account is suspected, whatever it shows.
        knows_bans: Whether the rows have ``is_fallen`` and ``has_taken_over``.
    """
    regenerates = " or is_fallen or has_taken_over" if knows_bans else ""
    shows = f"coalesce({IN_POOL_SQL} or {_MOVES_SQL} or is_hiding{regenerates}, false)"
    return f"case when {vouched} and {BUSY_SQL} and {shows} then 'member' else 'suspected' end"
