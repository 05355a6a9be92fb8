"""Handover: facts that need two events, a session seen under two parties or a refused request retried elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.hashing import with_digits

_SECONDS_PER_DAY = 86_400
MAX_CHANCE = 0.05
"""A retry counts only where another party would have sent the same request in that minute by chance in fewer cases, if
requests were spread over the day. So many of all refusals may look retried; what counts them takes that off.
"""
# A session id that more parties show is a constant, or a number that their clients count up.
_MAX_SESSION_PARTIES = 20
# Ids that are unique within an account only ("1", "2") would all look handed over. They show by how many ids several
# parties share: three in four where every client counts, and where one in twenty does, still one in seventy, a tenth of
# these by more than twenty parties. A simulated pool handed one random id in forty on, none of them to so many; three
# such ids may be constants.
_TRUSTED_DAY = (
    "handed_count <= greatest(1, 0.01 * id_count) or"
    " (handed_count <= 0.1 * id_count and wide_count <= greatest(3, 0.05 * handed_count))"
)
# A request is tried again until it is answered: by one other party, or by two where the first answer came late.
_MAX_ANSWERING_PARTIES = 2
_REFUSED = "status_code in (401, 403, 429)"


def handover_sightings(
    usage: DataFrame, sessions: DataFrame, parties: DataFrame, *, settings: Mapping[str, Any], hash_key: bytes
) -> DataFrame:
    """Sightings of kinds ``shared_session`` and ``failover``, columns of ``sightings``.

    Args:
        usage: One or several days of ``valid_usage``.
        sessions: One row per day, account and session id, with its measures.
        parties: One row per day and account.
        settings: Section ``observe``; ``retry_seconds`` in seconds.
        hash_key: The site's secret.
    """
    failovers = _failovers(usage, parties, int(settings["retry_seconds"]), hash_key)
    return _shared_sessions(sessions, hash_key).unionByName(failovers)


def _shared_sessions(sessions: DataFrame, hash_key: bytes) -> DataFrame:
    """A session id under several parties; none on a day whose ids do not tell one account's sessions from another's."""
    # One that was seen once could not be seen under two.
    ids = (
        sessions.groupBy("usage_date", "session_id")
        .agg(expr("count(distinct party_id) as parties"), expr("sum(event_count) as events"))
        .where("events > 1")
    )
    handed = f"parties between 2 and {_MAX_SESSION_PARTIES}"
    trusted = (
        ids.groupBy("usage_date")
        .agg(
            expr("count(*) as id_count"),
            expr(f"count_if({handed}) as handed_count"),
            expr(f"count_if(parties > {_MAX_SESSION_PARTIES}) as wide_count"),
        )
        .where(_TRUSTED_DAY)
        .select("usage_date")
    )
    shared = ids.where(handed).select("usage_date", "session_id").join(trusted.hint("broadcast"), "usage_date")
    found = sessions.join(shared, ["usage_date", "session_id"])
    return _sightings(found, "shared_session", "session_id", hash_key)


def _failovers(usage: DataFrame, parties: DataFrame, retry_seconds: int, hash_key: bytes) -> DataFrame:
    """A refused request sent again on another party's account within a minute.

    The same request is the same template, tool set, settings, model and input length; keys that are busy enough for
    chance to explain the retry are left out. Chance is that of requests spread over the day. Strangers whose schedules
    start at one moment send the same request in one minute and are refused in it together, so nothing was handed over
    where the refused account got its answer itself (within two minutes: it may have been told to wait for the next) or
    its party did within one, where strangers got theirs in the minute before as well (what happens on both sides of a
    refusal is not because of it), or where many answered. A pool that sends one request to several accounts at once
    looks like such a schedule, and is not told from it. Events travel as narrow as they can: parties join the few pairs
    left.
    """
    keyed = usage.where(
        "input_tokens is not null and coalesce(prompt_template_id, toolset_id, request_settings_id) is not null"
    ).selectExpr(
        "usage_date", "account_id", "request_id", "event_at", "status_code",
        "xxhash64(prompt_template_id, toolset_id, request_settings_id, model, input_tokens) as request_key",
    )  # fmt: skip
    busy_limit = MAX_CHANCE * _SECONDS_PER_DAY / retry_seconds
    rare = (
        keyed.groupBy("usage_date", "request_key")
        .agg(expr("count(*) as requests"), expr(f"count_if({_REFUSED}) as refusals"))
        .where(f"refusals > 0 and requests <= {busy_limit}")
        .select("usage_date", "request_key")
    )
    refused = (
        keyed.where(_REFUSED)
        .join(rare, ["usage_date", "request_key"])
        .selectExpr(
            "usage_date", "request_key", "request_id as refused_request_id", "account_id as refused_account_id",
            "event_at as refused_at",
        )
    )  # fmt: skip
    seconds_after = "(unix_micros(event_at) - unix_micros(refused_at)) / 1e6"
    answers = (
        keyed.where("coalesce(status_code, 200) < 400")
        .select("usage_date", "request_key", "account_id", "event_at")
        .join(refused, ["usage_date", "request_key"])
        .selectExpr("*", f"{seconds_after} as seconds_after", "account_id = refused_account_id as is_own")
        .where(f"seconds_after between if(is_own, 0, -{retry_seconds}) and if(is_own, 2, 1) * {retry_seconds}")
    )
    refusal = "over (partition by usage_date, request_key, refused_account_id, refused_request_id)"
    # An account is of its own party: what it got answered itself, as most clients do, can go before parties are known.
    unanswered = answers.selectExpr("*", f"bool_or(is_own) {refusal} as is_answered").where("not is_answered")
    refused_parties = parties.selectExpr(
        "usage_date", "account_id as refused_account_id", "party_id as refused_party_id"
    )
    both = (
        unanswered.join(parties, ["usage_date", "account_id"])
        .join(refused_parties, ["usage_date", "refused_account_id"])
        .selectExpr("*", "party_id = refused_party_id as is_of_party")
        .selectExpr(
            "*",
            f"bool_or(if(is_of_party, seconds_after >= 0, seconds_after <= 0)) {refusal} as is_explained",
            f"size(collect_set(if(seconds_after > 0, party_id, null)) {refusal}) as answering_parties",
        )
        .where(f"seconds_after > 0 and not is_explained and answering_parties <= {_MAX_ANSWERING_PARTIES}")
        .selectExpr(
            "usage_date", "refused_request_id",
            "inline(array("
            "struct(refused_account_id as account_id, refused_party_id as party_id, refused_at as seen_at),"
            "struct(account_id as account_id, party_id as party_id, event_at as seen_at)))",
        )
    )  # fmt: skip
    found = both.groupBy("usage_date", "account_id", "party_id", "refused_request_id").agg(
        expr("count(*) as event_count"),
        expr("0L as token_count"),
        expr("min(seen_at) as first_seen_at"),
        expr("max(seen_at) as last_seen_at"),
    )
    return _sightings(found, "failover", "refused_request_id", hash_key)


def _sightings(found: DataFrame, kind: str, value: str, hash_key: bytes) -> DataFrame:
    hashed = with_digits(found, hash_key, kind, value, "identifier_id")
    return hashed.selectExpr(
        "usage_date", "account_id", "party_id", "'handover' as facet", f"'{kind}' as identifier_kind", "identifier_id",
        "event_count", "token_count", "first_seen_at", "last_seen_at",
    )  # fmt: skip
