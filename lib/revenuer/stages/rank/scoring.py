"""Scoring: from features to findings in bits, group sums, a probability and a verdict.

The rules live in ``scoring.toml`` so that an analyst can read them; this module turns them into SQL.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.quoting import escaped
from revenuer.stages.rank.sentences import columns_named, reason_sql, sentence_sql
from revenuer.stages.totals import exact_sum_sql

GROUPS = ("relatedness", "physics", "concealment", "harvest", "against")
GATED = ("physics", "concealment")


@dataclass(frozen=True)
class Signal:
    """One finding's rule.

    Attributes:
        name: snake_case name.
        group: One of :data:`GROUPS`.
        value: SQL over candidate features; null means not computable, which adds nothing.
        baseline: SQL of the population's value, or ``null``.
        requires: SQL condition without which the value says nothing.
        curve: Points (value, bits), linear in between and flat outside.
        sentence: Finding in words, with placeholders (:func:`revenuer.stages.rank.sentences.sentence_sql`).
        contrary: The words where it speaks against what the signal is for; as ``sentence`` when empty.
        explains: Whether it is an honest explanation of why the accounts are one, not a habit that anybody can imitate.
        covers: Whether it names one owner, payer or place of most of the accounts, and by itself says why they are one.
        owner: Whether it names an owner or payer of most of the accounts: the contrary of hiding that they are one.
        people: Whether it is taken off what a program shows where it is asked who is spared (not whom to accuse).
        factor: How loudly it speaks, as learnt: the curve times this is what it weighs.
    """

    name: str
    group: str
    value: str
    curve: tuple[tuple[float, float], ...]
    sentence: str
    contrary: str = ""
    baseline: str = "cast(null as double)"
    requires: str = "true"
    explains: bool = False
    covers: bool = False
    owner: bool = False
    people: bool = False
    factor: float = 1.0

    def words_sql(self) -> str:
        """SQL branches of a ``case signal``: what the finding says, by the sign of ``drawn_bits``."""
        words = sentence_sql(self.sentence)
        if self.contrary:
            words = f"if(drawn_bits < 0, {sentence_sql(self.contrary)}, {words})"
        return f"when '{self.name}' then {words}"

    def bits_sql(self) -> str:
        """SQL of the curve's bits as a function of column ``value``."""
        points = self.curve
        cases = [f"when value <= {points[0][0]}D then {points[0][1]}D"]
        for (x0, y0), (x1, y1) in pairwise(points):
            cases.append(f"when value <= {x1}D then {y0}D + (value - {x0}D) * {(y1 - y0) / (x1 - x0)!r}D")
        return f"case {' '.join(cases)} else {points[-1][1]}D end"


@dataclass(frozen=True)
class Scoring:
    """The readable scoring rules.

    Attributes:
        prior_bits: Log2 odds of a candidate before evidence.
        caps: Group to (lowest, highest) sum.
        verdict: Thresholds of the verdict.
        crumbs: SQL condition of what a pool's customers may do, which is watched at most.
        placed: SQL condition of candidates of which it is known where they work from and who pays for them.
        roaming: SQL condition of candidates whose accounts change addresses as no customers do.
        human: SQL condition without which nothing can be said to be people's work.
        sole: SQL condition of work that is all a pool does.
        signals: The findings.
        lookalikes: (name, SQL condition), first match wins.
    """

    prior_bits: float
    caps: Mapping[str, tuple[float, float]]
    verdict: Mapping[str, float]
    crumbs: str
    placed: str
    roaming: str
    human: str
    sole: str
    signals: tuple[Signal, ...]
    lookalikes: tuple[tuple[str, str], ...]

    def weighted(self, weights: Mapping[str, Any]) -> Scoring:
        """The rules with factors on their curves; a signal without one stays as it is.

        The gates of the verdict go on counting the curves themselves: what *kinds* of evidence an accusation takes is
        policy, and must not move because one kind was rarer than another in the worlds learnt from.

        Args:
            weights: As ``weights.toml`` of ``revenuer fit`` has them: ``factors`` by signal, ``prior_bits``, and
                ``watch_cap_bits`` and ``cleared_cap_bits`` of the verdict.
        """
        signals = tuple(replace(s, factor=weights["factors"].get(s.name, 1.0)) for s in self.signals)
        caps = {name: weights[name] for name in ("watch_cap_bits", "cleared_cap_bits")}
        return replace(self, prior_bits=weights["prior_bits"], verdict={**self.verdict, **caps}, signals=signals)


@cache
def load_scoring() -> Scoring:
    """The packaged rules: curves drawn by hand, with the weights that ``revenuer fit`` learnt."""
    learnt = files("revenuer.stages.rank").joinpath("weights.toml")
    drawn = drawn_scoring()
    return drawn.weighted(tomllib.loads(learnt.read_text(encoding="utf-8"))) if learnt.is_file() else drawn


@cache
def drawn_scoring() -> Scoring:
    """The packaged rules as they were drawn by hand."""
    raw = tomllib.loads(files("revenuer.stages.rank").joinpath("scoring.toml").read_text(encoding="utf-8"))
    signals = tuple(
        Signal(name=name, **{**entry, "curve": tuple(tuple(point) for point in entry["curve"])})
        for name, entry in raw["signals"].items()
    )
    return Scoring(
        prior_bits=raw["prior_bits"],
        caps={group: tuple(raw["caps"][group]) for group in GROUPS},
        verdict=raw["verdict"],
        **{name: raw[name]["condition"] for name in ("crumbs", "placed", "roaming", "human", "sole")},
        signals=signals,
        lookalikes=tuple((entry["name"], entry["condition"]) for entry in raw["lookalikes"]),
    )


def findings(features: DataFrame, scoring: Scoring) -> DataFrame:
    """Every finding about every candidate.

    Returns:
        ``candidate_id, evidence_group, signal, value, baseline_value, weight_bits, sentence, drawn_bits`` (the curve's,
        without the factor); findings of less than a twentieth of a bit are left out.
    """
    structs = ", ".join(
        f"struct('{s.group}' as evidence_group, '{s.name}' as signal,"
        f" case when {s.requires} then cast({s.value} as double) end as value,"
        f" cast({s.baseline} as double) as baseline_value)"
        for s in scoring.signals
    )
    bits = " ".join(f"when '{s.name}' then {s.bits_sql()}" for s in scoring.signals)
    factors = " ".join(f"when '{s.name}' then {s.factor!r}D" for s in scoring.signals)
    told = sorted({column for s in scoring.signals for column in columns_named(s.sentence + s.contrary)})
    sentences = " ".join(s.words_sql() for s in scoring.signals)
    return (
        features.selectExpr("candidate_id", *told, f"inline(array({structs}))")
        .where("value is not null")
        .selectExpr("*", f"case signal {bits} end as drawn_bits", f"case signal {sentences} end as sentence")
        .drop(*told)
        .where("abs(drawn_bits) >= 0.05")
        .withColumn("weight_bits", expr(f"drawn_bits * case signal {factors} end"))
    )


def scores(
    features: DataFrame,
    found: DataFrame,
    scoring: Scoring,
    *,
    rank: Mapping[str, Any],
    ceiling: str,
    driven: DataFrame | None = None,
) -> DataFrame:
    """Sums, probability, verdict and reason by candidate.

    Args:
        features: Candidate features.
        found: As :func:`findings` returns them.
        scoring: The rules.
        rank: Section ``rank`` of the configuration.
        ceiling: Highest verdict the site's evidence allows, ``campaign`` or ``watch``.
        driven: ``candidate_id`` of those whose accounts are known to be driven by a program from other work of theirs.

    Returns:
        ``features`` plus ``is_driven``, ``is_spared`` (cleared, though its sum would be watched) since it ``is_human``
        (people do it) or ``is_explained`` (it is hardly a program's and one owner, payer or place covers it), ``*_bits,
        score_bits, probability, verdict, verdict_reason, resembles, top_evidence``.
    """
    # A name that no signal has: what is left out must not leave a list empty.
    of = {
        kind: "signal in (" + ", ".join(["''", *(f"'{s.name}'" for s in scoring.signals if getattr(s, kind))]) + ")"
        for kind in ("explains", "owner", "covers", "people")
    }
    sums = found.groupBy("candidate_id").agg(
        *(expr(exact_sum_sql("weight_bits", f"evidence_group = '{g}'") + f" as raw_{g}") for g in GROUPS),
        *(expr(exact_sum_sql("drawn_bits", f"evidence_group = '{g}'") + f" as drawn_{g}") for g in GATED),
        expr(exact_sum_sql("drawn_bits", "evidence_group = 'physics' and drawn_bits > 0") + " as drawn_program"),
        *(expr(exact_sum_sql("drawn_bits", of[k]) + f" as drawn_{k}") for k in ("explains", "owner", "people")),
        expr(f"min(drawn_bits) filter (where {of['covers']}) as drawn_cover"),
        expr(f"min_by(sentence, struct(drawn_bits, signal)) filter (where {of['covers']}) as strongest_cover"),
        expr(
            "transform(slice(array_sort("
            "collect_list(struct(weight_bits, signal, sentence)) filter (where weight_bits > 0),"
            " (l, r) -> case when l.weight_bits <> r.weight_bits then cast(sign(r.weight_bits - l.weight_bits) as int)"
            " when l.signal < r.signal then -1 else 1 end), 1, 5), e -> e.sentence) as top_evidence"
        ),
        expr("min_by(sentence, struct(weight_bits, signal)) filter (where weight_bits < 0) as strongest_against"),
    )
    v = scoring.verdict
    groups = [_capped(f"raw_{g}", scoring.caps[g]) + f" as {g}_bits" for g in GROUPS]
    summed = (
        features.join(sums, "candidate_id", "left")
        .selectExpr("*", *groups, *(_capped(f"drawn_{g}", scoring.caps[g]) + f" as {g}_gate_bits" for g in GATED))
        .withColumn("sum_bits", expr(f"{scoring.prior_bits}D + " + " + ".join(f"{g}_bits" for g in GROUPS)))
    )
    campaign_bits = f"log2({v['campaign_probability']}D / (1 - {v['campaign_probability']}D))"
    watch_bits = f"log2({v['watch_probability']}D / (1 - {v['watch_probability']}D))"
    known = summed.withColumn("is_driven", expr("false"))
    if driven is not None:
        marks = driven.withColumn("is_driven", expr("true"))
        known = summed.join(marks, "candidate_id", "left").withColumn("is_driven", expr("coalesce(is_driven, false)"))
    # What names an owner is taken off all that hides, however much more of it there is than the cap lets count.
    hidden = _capped("(coalesce(drawn_concealment, 0.0D) + coalesce(drawn_owner, 0.0D))", scoring.caps["concealment"])
    sole = f"coalesce({scoring.sole}, false) and hidden_bits >= {v['sole_concealment_bits']}D"
    shows_none = f"concealment_gate_bits < {v['open_concealment_bits']}D"
    min_physics = f"if(is_driven or is_sole, {v['min_driven_physics_bits']}D, {v['min_physics_bits']}D)"
    judged = (
        known.withColumn("hidden_bits", expr(hidden))
        .withColumn("is_sole", expr(sole))
        .withColumn("has_physics", expr(f"physics_gate_bits >= {min_physics}"))
        .withColumn("has_concealment", expr(f"hidden_bits >= {v['min_concealment_bits']}D"))
        .withColumn("is_placed", expr(f"coalesce({scoring.placed}, false)"))
        .withColumn("is_crumbs", expr(f"coalesce({scoring.crumbs}, false)"))
        .withColumn("is_open", expr(f"{shows_none} and is_placed and not coalesce({scoring.roaming}, false)"))
        .withColumn("is_hard", expr(f"concealment_gate_bits >= {v['hard_concealment_bits']}D"))
        .withColumn(
            "may_be_spared",
            expr(f"coalesce({scoring.human}, false) and is_placed and not is_open and sum_bits >= {watch_bits}"),
        )
        .withColumn(
            "is_human",
            expr(f"may_be_spared and not is_hard and coalesce(drawn_program, 0.0D) < {v['min_watch_physics_bits']}D"),
        )
        .withColumn(
            "is_explained",
            expr(
                "may_be_spared and not is_human"
                f" and physics_gate_bits + coalesce(drawn_people, 0.0D) < {v['min_driven_physics_bits']}D"
                f" and coalesce(drawn_program, 0.0D) < {v['min_physics_bits']}D"
                f" and least(drawn_cover, 0.0D) <= if(is_hard, {v['explained_bits']}D, {v['mild_explained_bits']}D)"
            ),
        )
        .withColumn("is_spared", expr("is_human or is_explained"))
        .withColumn(
            "has_parties",
            expr(
                f"party_count >= {int(rank['min_convict_parties'])}"
                f" or (party_count >= {int(rank['min_candidate_parties'])}"
                f" and hidden_bits >= {v['hard_concealment_bits']}D)"
            ),
        )
        .withColumn(
            "verdict",
            expr(
                f"case when has_physics and has_concealment and has_parties and sum_bits >= {campaign_bits}"
                f" and not is_crumbs and '{ceiling}' = 'campaign' then 'campaign'"
                f" when (sum_bits >= {watch_bits} and not is_open and not is_spared)"
                " or (not has_behaviour and source = 'pool' and against_bits > -4)"
                f" or (party_count >= {int(rank['min_convict_parties'])} and is_hard"
                f" and coalesce(drawn_explains, 0.0) > {v['explained_bits']}D)"
                " then 'watch' else 'cleared' end"
            ),
        )
    )
    lookalikes = " ".join(f"when {condition} then '{escaped(name)}'" for name, condition in scoring.lookalikes)
    return (
        judged.withColumn("resembles", expr(f"case when verdict <> 'campaign' then case {lookalikes} end end"))
        .withColumn(
            "score_bits",
            expr(
                f"case verdict when 'campaign' then sum_bits when 'watch' then least(sum_bits, {v['watch_cap_bits']}D)"
                f" else least(sum_bits, {v['cleared_cap_bits']}D) end"
            ),
        )
        .withColumn("probability", expr("1 / (1 + pow(2.0, -score_bits))"))
        .withColumn("verdict_reason", expr(reason_sql(ceiling, v)))
        .withColumn("top_evidence", expr("coalesce(top_evidence, cast(array() as array<string>))"))
    )


def _capped(column: str, cap: tuple[float, float]) -> str:
    return f"least(greatest(coalesce({column}, 0.0), {cap[0]}D), {cap[1]}D)"
