"""How each stage meets the lake: what it reads, the pure function it calls, what it wants written."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.blanks import PARTY_SQL, without_blanks
from revenuer.components import connected_components
from revenuer.components.bridges import bridge_links
from revenuer.lake.erasure import dropped_warnings, without_erased
from revenuer.lake.hash_keys import KEY_ID, key_id
from revenuer.lake.staging import refuse_other_settings
from revenuer.lake.tablespace import rows_by_day
from revenuer.pipeline import measures, remarks
from revenuer.pipeline.kept_facts import facts_of, keep_facts
from revenuer.pipeline.run import Outcome, Run
from revenuer.pipeline.upstream import new_columns
from revenuer.quality import check_partition
from revenuer.stages import validate as validation
from revenuer.stages.cluster import cluster, uncut
from revenuer.stages.decisions import benign_ids, in_force
from revenuer.stages.facets import TOO_FEW_FACETS, WindowFacets
from revenuer.stages.link import link
from revenuer.stages.observe import observe
from revenuer.stages.rank import History, RankInputs, rank
from revenuer.stages.rank.ranking import activity_from_sightings
from revenuer.tables import CONTRACTS

RANKED = ("campaigns", "campaign_members", "campaign_evidence", "campaign_links", "campaign_lineage")
# Published too, where the site has what it is made from.
RANKED_IF_KNOWN = ("campaign_regeneration",)
_OPTIONAL_EVIDENCE = {
    "enforcement_actions": "regeneration after bans",
    "model_releases": "pivots to new models",
    "dispositions": "analysts' decisions",
}
# Rows of the day's hub_ledger that are the cluster stage's; the others are the link stage's.
CUTS = "reason like 'cut by guard%'"
# Of usage: 50 to 100 MB.
_ROWS_PER_FILE = 1_000_000


def run_validate(run: Run) -> Outcome:
    """Judge the day's events, check the good ones, keep both kinds.

    Raises:
        MissingPartitionError: The day is not in ``usage_events``.
        ContractError: Its columns differ from the contract.
        QualityError: A fail-severity check failed; nothing was written.
    """
    lake, settings = run.lake, run.config.section("validate")
    lake.require_partition("usage_events", run.run_date)
    # One version for all queries: which requests came twice is asked before the rows are read.
    events = lake.read_raw("usage_events", run.run_date, version=lake.version("usage_events"))
    known = [*new_columns(lake, CONTRACTS, run.run_date), *dropped_warnings(lake, events, run.hash_key)]
    result = validation.validate(without_erased(lake, events, run.hash_key), day=run.run_date)
    run.keep(result.judged)
    counts = validation.measure(result)
    accounts = lake.read("accounts") if lake.exists("accounts") else None
    recent = lake.read_window(
        "valid_usage", run.run_date - timedelta(days=int(settings["recent_days"])), run.run_date - timedelta(days=1)
    )
    recent_counts = rows_by_day(recent, "usage_date")
    checks = validation.day_checks(
        counts, day=run.run_date, recent_counts=recent_counts, settings=settings, has_accounts=accounts is not None
    )
    frame = validation.checked_frame(result.good, accounts)
    report = check_partition(frame, CONTRACTS["valid_usage"], day=run.run_date, extra=checks, docs_dir=run.docs_dir)
    report.raise_for_failures()
    warnings = [*known, *(str(finding) for finding in report.warnings), *remarks.of_rows(counts, settings)]
    if accounts is not None:
        warnings += remarks.of_accounts(accounts)
    measured = measures.of_usage(counts)
    warnings += measures.drift_warnings(run, "validate", measured)
    return Outcome(
        {
            # The rows are kept in memory as they were read, so that few large files take no shuffle.
            "valid_usage": result.good.coalesce(max(1, ceil(counts.good_count / _ROWS_PER_FILE))),
            "quarantined_usage": result.quarantined,
        },
        counts.row_count,
        tuple(warnings),
        measures=measured,
        balanced=frozenset(("valid_usage",)),
    )


def run_observe(run: Run) -> Outcome:
    """Turn the day's valid usage into sightings, activity and key history."""
    run.lake.require_partition("valid_usage", run.run_date)
    labels = _known(run, "network_labels")
    observation = observe(
        run.day("valid_usage"),
        _accounts(run),
        network_labels=labels,
        identifiers=run.config.section("identifiers"),
        composites=run.config.section("composites"),
        settings=run.config.section("observe"),
        hash_key=run.hash_key,
    )
    event_count = run.keep(observation.gathered).selectExpr("coalesce(sum(event_count), 0)").collect()[0][0]
    missing: tuple[str, ...] = ()
    if not run.lake.exists("accounts"):
        missing = ("payment, mail, phone and sign-up evidence: table accounts is absent",)
    return Outcome(
        {
            "sightings": observation.sightings,
            "account_activity": observation.account_activity,
            "key_usage": observation.key_usage,
        },
        int(event_count),
        () if labels is None else remarks.of_network_labels(labels, run.config.value("observe.network_types")),
        missing_evidence=missing,
        balanced=frozenset(("sightings", "account_activity", "key_usage")),
        origin={KEY_ID: key_id(run.hash_key)},
    )


def run_link(run: Run) -> Outcome:
    """Link accounts over the window."""
    run.lake.require_partition("sightings", run.run_date)
    facts, is_rolled = keep_facts(run)
    dispositions = _known(run, "dispositions")
    benign = None
    if dispositions is not None:
        benign = benign_ids(in_force(dispositions, run.run_date), "identifier", "identifier_id")
    result = link(
        facts,
        sightings=run.window("sightings"),
        run_date=run.run_date,
        settings=run.config.section("link"),
        identifiers=run.config.section("identifiers"),
        composites=run.config.section("composites"),
        benign=benign,
    )
    return Outcome(
        {"links": result.links, "hub_ledger": result.hub_ledger},
        facts.count(),
        remarks.of_keys(run),
        missing_evidence=result.missing_evidence,
        measures={"is_rolled": float(is_rolled)},
        balanced=frozenset(("links",)),
    )


def run_cluster(run: Run) -> Outcome:
    """Pools from links, certified."""
    run.lake.require_partition("links", run.run_date)
    links = run.day("links")
    result = cluster(links, settings=run.config.section("cluster"), engine=run.engine, run_date=run.run_date)
    run.announce(f"      engine: {result.engine.engine} ({result.engine.reason})")
    return Outcome(
        {"pools": result.pools, "hub_ledger": result.cuts},
        links.count(),
        tuple(result.notes),
        conditions={"hub_ledger": CUTS},
    )


def run_rank(run: Run) -> Outcome:
    """Rank candidates and stage the published tables."""
    lake = run.lake
    lake.require_partition("pools", run.run_date)
    window = facts_of(run)
    # Read where it is needed, a few columns at a time: kept whole, a long window would fill the memory.
    activity = run.window("account_activity").withColumn("party_id", expr(PARTY_SQL))
    has_behaviour = not activity.isEmpty()
    missing: list[str] = []
    if not has_behaviour:
        activity = run.keep(activity_from_sightings(run.window("sightings")))
        missing.append("behaviour: no account_activity in the window, so no verdict can exceed watch")
    identifiers, composites = run.config.section("identifiers"), run.config.section("composites")
    is_thin = WindowFacets.of(window, identifiers, composites).is_thin(int(run.config.value("link.required_facets")))
    if is_thin:
        missing.append(TOO_FEW_FACETS)
    missing += [
        f"{evidence}: table {table} is absent"
        for table, evidence in _OPTIONAL_EVIDENCE.items()
        if not lake.exists(table)
    ]
    engine = run.engine
    limit = int(run.config.value("cluster.task_max_link_count"))
    result = rank(
        RankInputs(
            activity=activity,
            facts=window,
            links=run.keep(uncut(run.day("links"), run.day("hub_ledger").where(CUTS))),
            pools=run.day("pools"),
            accounts=_accounts(run),
            enforcement_actions=_known(run, "enforcement_actions"),
            model_releases=_known(run, "model_releases"),
            dispositions=_known(run, "dispositions"),
            history=history_before(run),
        ),
        run_date=run.run_date,
        settings=run.config.section("rank"),
        identifiers=identifiers,
        ceiling="campaign" if has_behaviour and not is_thin else "watch",
        has_behaviour=has_behaviour,
        common_lift=float(run.config.value("link.min_lift")),
        components=lambda links: connected_components(links, engine=engine, task_max_links=limit),
        bridges=bridge_links,
    )
    tables = result.tables()
    # What an earlier run published for the date goes.
    tables |= {name: lake.empty(name) for name in RANKED_IF_KNOWN if name not in tables and lake.exists(name)}
    warnings = _lost_decisions(run, result.campaigns)
    return Outcome(tables, run.day("pools").count(), warnings, missing_evidence=tuple(missing), staged=True)


def _lost_decisions(run: Run, ranked: DataFrame) -> tuple[str, ...]:
    """Warnings of decisions about campaigns that are neither ranked now nor published for another date."""
    dispositions = _known(run, "dispositions")
    if dispositions is None:
        return ()
    pins, _ = run.lake.pins()
    others = [day for day in run.lake.published_dates() if day != run.run_date]
    known = run.lake.published("campaigns", pins, others).select("campaign_id").union(ranked.select("campaign_id"))
    return remarks.of_decisions(in_force(dispositions, run.run_date), known)


def _accounts(run: Run) -> DataFrame:
    """Table ``accounts`` as stages read it; empty where the site has none."""
    return without_blanks(run.lake.read("accounts"), CONTRACTS["accounts"])


def _known(run: Run, table: str) -> DataFrame | None:
    """Rows of an optional table up to the end of the run date, or None: a backfill must not know what came later.

    Of a table without dates all rows are known.
    """
    if not run.lake.exists(table):
        return None
    rows, at = run.lake.read(table), CONTRACTS[table].effective_column
    return rows if at is None else rows.where(f"{at} < timestamp'{run.run_date + timedelta(days=1)} 00:00:00 UTC'")


def history_before(run: Run) -> History | None:
    """What was published before the run date, as far back as ids are remembered."""
    lake = run.lake
    days = [day for day in lake.published_dates() if day < run.run_date]
    if not days:
        return None
    memory = timedelta(days=int(run.config.value("rank.memory_days")))
    remembered = [day for day in days if day > days[-1] - memory]
    pins, _ = lake.pins()

    def seen(table: str, dates: list[date]) -> DataFrame:
        return lake.published(table, pins, dates)

    return History(
        days[-1],
        campaigns=seen("campaigns", remembered),
        campaign_members=seen("campaign_members", remembered),
        campaign_links=seen("campaign_links", remembered),
        campaign_evidence=seen("campaign_evidence", days),
        past_campaigns=seen("campaigns", days),
        past_members=seen("campaign_members", days),
    )


def run_publish(run: Run) -> Outcome:
    """Check the staged tables, then reveal the date.

    Raises:
        LakeError: Nothing is staged, or with other settings, or another run staged or published the date.
        QualityError: A staged table broke a fail-severity check; nothing was revealed.
    """
    warnings: list[str] = []
    measured: dict[str, float] = {}
    rows = 0
    staged = run.lake.staging.current(run.run_date)
    refuse_other_settings(staged, run.run_date, run.lake.config.fingerprint)
    names = [*RANKED, *(name for name in RANKED_IF_KNOWN if name in staged.tables)]
    for table in names:
        with run.lake.staging.in_use(run.run_date, staged.manifest_version):
            frame = run.keep(run.lake.staging.read(table, run.run_date, staged))
            rows += frame.count()
        if table == "campaigns":
            # Pools are only measured here: what is published does not depend on them.
            measured = measures.of_ranking(frame, run.day("pools"))
        report = check_partition(frame, CONTRACTS[table], day=run.run_date, docs_dir=run.docs_dir)
        report.raise_for_failures("a bug in ranking or a damaged staging area: run rank again")
        warnings.extend(str(finding) for finding in report.warnings)
    warnings += measures.drift_warnings(run, "publish", measured)
    written = run.lake.publish(run.run_date, names, staged)
    return Outcome({}, rows, tuple(warnings), written=written, measures=measured)
