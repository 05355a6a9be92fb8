"""Candidates: which (account, workload) rows are looked at together.

Two sources. A *tenant* is a component of workloads inside a pool: templates and tool sets join when both are
concentrated in the pool; common settings never join; works too small to be judged alone are one tenant; work that
nearly the whole pool does is one by itself, however common it is. A *cohort* is one template or tool set that several
parties use outside any tenant: no link is needed, since a careful operator leaves none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.blanks import latest_owner_sql
from revenuer.stages.settling import settled

# A value belongs to a pool when most of its parties are there, or when the pool's parties use it this many times
# more often than the site at large (link.min_lift's bar): a popular template is nobody's own.
_OWN_SHARE = 0.5
_OWN_LIFT = 8.0
# What more than an eighth of the site does cannot be done eight times as often. It is the pool's *usual* work when its
# parties go without it that many times less often, with one party more on either side (Laplace's rule of succession),
# since four of four may be chance. It stands alone: it joins nothing, and other work is judged as if it were not there.
_USUAL_SQL = f"(1 - all_parties / population) / ((pool_parties - in_parties + 1) / (pool_parties + 2)) >= {_OWN_LIFT}"
EXCLUSIVE_SHARE = 2 / 3
"""It is the pool's, the tenants' or the kit's alone when few others use it. Work that others do too may be a popular
product that customers of a pool use, so what they do with it matters (scoring, popular_conversations)."""
# Works of a pool that each occupy less than this share of its accounts are looked at together: an operator who varies
# the template leaves hundreds of crumbs, none of which says anything alone.
_SMALL_SHARE = 0.1
UNLABELLED = "-+-"
MOST_NAMED = 64
"""As many of its works a campaign names, the first by name."""
# What ends the name of a pool's small works, and of what nearly all of it does.
_SMALL = ":small"
IS_SMALL_SQL = f"candidate_id like '%{_SMALL}'"
_USUAL = ":usual"
IS_USUAL_SQL = f"candidate_id like '%{_USUAL}'"
# Rows of work with their template and then with their tool set.
VALUES_SQL = "inline(array(struct('template' as role, template as value), struct('toolset' as role, toolset as value)))"


def _part_sql(workload: str, place: int) -> str:
    return f"nullif(substring_index({workload}, '+', {place}), '-')"


def product_sql(template: str = "template", toolset: str = "toolset") -> str:
    """SQL of what work is told by: its template, or else its tool set. With other tools it is no other product."""
    return f"coalesce('t' || {template}, 's' || {toolset})"


def products_sql(works: str) -> str:
    """SQL array of what works are told by, from an array of workload ids; those that have neither are left out."""
    told = product_sql(_part_sql("w", 1), _part_sql("w", -1))
    return f"array_compact(transform(coalesce({works}, array()), w -> {told}))"


def with_owners(activity: DataFrame) -> DataFrame:
    """Activity in which an account has one party: the owner that was named last in the window, else the account itself.

    Channels that never name owners, and an account that moved, must not make two parties of one account, as
    :func:`revenuer.stages.facts.window_facts` has it for links.

    Args:
        activity: ``account_activity`` of the window.
    """
    # Hardly any account needs it, so what is joined is small.
    owners = settled(
        activity.groupBy("account_id")
        .agg(expr(f"{latest_owner_sql()}.party_id as owner_id"), expr("min(party_id) <> max(party_id) as is_mixed"))
        .where("is_mixed")
        .select("account_id", "owner_id")
    )
    return (
        activity.join(owners, "account_id", "left")
        .withColumn("party_id", expr("coalesce(owner_id, party_id)"))
        .select(*activity.columns)
    )


def work_of(activity: DataFrame) -> DataFrame:
    """Who does which work in the window.

    Args:
        activity: ``account_activity`` of the window, as :func:`with_owners` returns it.

    Returns:
        ``account_id, workload_id, party_id, template, toolset, exchange_count``.
    """
    return (
        activity.groupBy("account_id", "workload_id")
        .agg(expr("max(party_id) as party_id"), expr("sum(event_count) as exchange_count"))
        .selectExpr(
            "*",
            f"{_part_sql('workload_id', 1)} as template",
            f"{_part_sql('workload_id', -1)} as toolset",
        )
    )


def tenants(
    work: DataFrame, pools: DataFrame, components: Callable[[DataFrame], DataFrame], min_accounts: int
) -> DataFrame:
    """Tenants inside pools.

    Args:
        work: As :func:`work_of` returns it.
        pools: ``pools`` of the run date.
        components: Connected components of ``(src, dst)`` bigints as ``(id, component)``.
        min_accounts: Tenants of fewer accounts are dropped.

    Returns:
        ``candidate_id, source, pool_id, account_id, workload_id, is_own`` (whether hardly anybody else does it).
    """
    inside = settled(work.join(pools.select("account_id", "pool_id"), "account_id"))
    population = work.agg(expr("count(distinct party_id) as population"))
    parties = inside.groupBy("pool_id").agg(expr("count(distinct party_id) as pool_parties"))
    sizes = settled(parties.crossJoin(population))
    everywhere = (
        work.selectExpr("party_id", VALUES_SQL)
        .where("value is not null")
        .groupBy("role", "value")
        .agg(expr("count(distinct party_id) as all_parties"))
    )
    own = (
        inside.selectExpr("pool_id", "party_id", VALUES_SQL)
        .where("value is not null")
        .groupBy("pool_id", "role", "value")
        .agg(expr("count(distinct party_id) as in_parties"))
        .join(everywhere, ["role", "value"])
        .join(sizes, "pool_id")
        .where(
            f"in_parties / all_parties >= {_OWN_SHARE}"
            f" or (in_parties / pool_parties) / (all_parties / population) >= {_OWN_LIFT}"
        )
        .selectExpr("pool_id", "role", "value", f"in_parties / all_parties >= {EXCLUSIVE_SHARE} as is_exclusive")
    )
    owned_templates, owned_toolsets = (
        own.where(f"role = '{role}'").selectExpr(
            "pool_id", f"value as {role}", f"true as owns_{role}", f"is_exclusive as is_{role}_exclusive"
        )
        for role in ("template", "toolset")
    )
    every = settled(
        inside.join(owned_templates, ["pool_id", "template"], "left")
        .join(owned_toolsets, ["pool_id", "toolset"], "left")
        .selectExpr(
            "pool_id", "account_id", "party_id", "workload_id", f"{product_sql()} as done",
            "case when owns_template then xxhash64(pool_id, 't', template) end as t_vertex",
            "case when owns_toolset then xxhash64(pool_id, 's', toolset) end as s_vertex",
            "coalesce(is_template_exclusive, false) or coalesce(is_toolset_exclusive, false) as is_own",
        )
        .selectExpr(
            "*",
            f"case when workload_id = '{UNLABELLED}' then xxhash64(pool_id, 'u')"
            " else coalesce(t_vertex, s_vertex) end as vertex",
        )
    )  # fmt: skip
    marked = every.where("vertex is not null")
    edges = marked.selectExpr("vertex as src", "coalesce(s_vertex, vertex) as dst").distinct()
    placed = settled(
        marked.join(components(edges).withColumnRenamed("id", "vertex"), "vertex").select(
            "pool_id", "account_id", "workload_id", "is_own", "component"
        )
    )
    small = (
        placed.groupBy("pool_id", "component")
        .agg(expr("count(distinct account_id) as accounts"))
        .join(pools.groupBy("pool_id").agg(expr("count(*) as pool_accounts")), "pool_id")
        .where(f"accounts < {_SMALL_SHARE} * pool_accounts")
        .selectExpr("pool_id", "component", "true as is_small")
    )
    named = (
        placed.join(small, ["pool_id", "component"], "left")
        .selectExpr(
            "pool_id", "account_id", "workload_id", "is_own", "case when is_small is null then component end as tenant"
        )
        .selectExpr(
            f"'pool:' || pool_id || coalesce(':' || hex(tenant), '{_SMALL}') as candidate_id", "'pool' as source",
            "pool_id", "account_id", "workload_id", "is_own",
        )
    )  # fmt: skip
    named = named.unionByName(_usual(every.where("vertex is null"), work, sizes))
    # An account with several works is one account.
    wide = named.groupBy("candidate_id").agg(expr("count(distinct account_id) as account_count"))
    return named.join(wide.where(f"account_count >= {min_accounts}"), "candidate_id", "left_semi")


def _usual(rest: DataFrame, work: DataFrame, sizes: DataFrame) -> DataFrame:
    """Work of which nothing is a pool's own, but that nearly all of the pool's parties do: tenants by themselves.

    Args:
        rest: ``pool_id, account_id, party_id, workload_id, done`` of the work that nothing else places.
        work: Everybody's, as :func:`work_of` returns it.
        sizes: ``pool_id, pool_parties, population``: parties of the pool, and of the site.

    Returns:
        As :func:`tenants`.
    """
    everywhere = (
        work.selectExpr("party_id", f"{product_sql()} as done")
        .groupBy("done")
        .agg(expr("count(distinct party_id) as all_parties"))
    )
    usual = (
        rest.groupBy("pool_id", "done")
        .agg(expr("count(distinct party_id) as in_parties"))
        .join(everywhere, "done")
        .join(sizes, "pool_id")
        .where(_USUAL_SQL)
        .select("pool_id", "done")
    )
    return rest.join(usual, ["pool_id", "done"]).selectExpr(
        f"'pool:' || pool_id || ':' || hex(xxhash64(done)) || '{_USUAL}' as candidate_id", "'pool' as source",
        "pool_id", "account_id", "workload_id", "false as is_own",
    )  # fmt: skip


def cohorts(work: DataFrame, assigned: DataFrame, settings: Mapping[str, Any]) -> DataFrame:
    """Cohorts outside tenants: one template or tool set, enough parties.

    A tool set used by exactly the same rows as a template adds nothing and is dropped.

    Returns:
        ``candidate_id, source, pool_id, account_id, workload_id, is_own``.
    """
    outside = work.join(assigned.select("account_id", "workload_id"), ["account_id", "workload_id"], "left_anti")
    rows = outside.selectExpr(
        "account_id", "party_id", "workload_id", "exchange_count",
        "inline(array(struct('t' as role, template as value), struct('s' as role, toolset as value)))",
    ).where("value is not null")  # fmt: skip
    groups = (
        rows.groupBy("role", "value")
        .agg(
            expr("count(distinct party_id) as parties"),
            expr("bit_xor(xxhash64(account_id, workload_id)) as signature"),
            expr("sum(exchange_count) as exchanges"),
        )
        .where(f"parties >= {int(settings['min_candidate_parties'])}")
        .selectExpr(
            "role", "value", "row_number() over (partition by signature, exchanges order by role desc, value) as copy"
        )
        .where("copy = 1")
    )
    return rows.join(groups, ["role", "value"]).selectExpr(
        "'cohort:' || role || ':' || value as candidate_id", "'cohort' as source", "cast(null as string) as pool_id",
        "account_id", "workload_id", "true as is_own",
    )  # fmt: skip
