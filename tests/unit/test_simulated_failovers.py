"""Refused requests of simulated pools: sent again on another account, as they were and in their conversation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
import pytest

from revenuer.simulate import simulate
from revenuer.simulate.ids import generator
from revenuer.simulate.scheduler import Exits, Pool, Rules, Tenant
from revenuer.simulate.sessions import Block, join

# As stage observe tells that two requests are the same, and how soon after a refusal; schedules it leaves out.
SAME_REQUEST = ["prompt_template_id", "toolset_id", "request_settings_id", "model", "input_tokens"]
REFUSED = [401, 403, 429]
RETRY = pd.Timedelta(seconds=60)

# Clocks that are right and nothing delivered twice, so that what is wrong with a retry is the retry's.
WORLD = """
[world]
summary = "a pool, and honest vendors that move refused requests as it does"
[mess]
duplicates = 0.0
malformed = 0.0
clock_skew_s = 0.0
[[models]]
name = "atlas-4"
share = 0.5
[[models]]
name = "atlas-4-mini"
share = 0.5
[[lookalikes]]
kind = "retrying_gateway"
accounts = 60
refusals = {refusals}
[[lookalikes]]
kind = "batch_vendor"
accounts = 150
refusals = {refusals}
[[adversaries]]
kind = "pool"
accounts = 100
refusals = {refusals}
turns = {turns}
settings = "common"
channel = "{channel}"
"""


def events_of(folder: Path, *, refusals: float, turns: float = 1.0, channel: str = "api") -> pd.DataFrame:
    """Events of a day of the world, with whose account each was on; ``None`` for the background's."""
    (folder / "mine.toml").write_text(WORLD.format(refusals=refusals, turns=turns, channel=channel))
    simulate(folder / "mine.toml", days=1, accounts=600, seed=4, out=folder / "world")
    truth = pd.read_parquet(folder / "world" / "truth.parquet").set_index("account_id")
    events = ds.dataset(folder / "world" / "usage_events").to_table().to_pandas()
    return events.assign(who=events["account_id"].map(truth["campaign"].fillna(truth["decoy"])))


def failovers(events: pd.DataFrame) -> pd.DataFrame:
    """Refused requests that another account sent within a minute, as the log shows them."""
    keyed = events.assign(key=events[SAME_REQUEST].astype(str).agg("|".join, axis=1))
    columns = ["key", "request_id", "account_id", "event_at", "status_code", "who", "output_tokens"]
    refused = keyed.loc[keyed["status_code"].isin(REFUSED), columns]
    answered = keyed.loc[keyed["status_code"] < 400, columns]
    pairs = refused.merge(answered, on="key", suffixes=("", "_again"))
    waited = pairs["event_at_again"] - pairs["event_at"]
    pairs = pairs[(waited > pd.Timedelta(0)) & (waited <= RETRY)]
    return pairs[pairs["account_id"] != pairs["account_id_again"]].drop_duplicates("request_id")


def test_retry__is_the_refused_request_on_another_account(tmp_path: Path) -> None:
    events = events_of(tmp_path, refusals=0.4)
    moved = failovers(events)
    for who in ("pool", "retrying_gateway", "batch_vendor"):
        # Nothing but a pool's loop meets a 403, and every one of its retries is in the log unless the day ends.
        banned = events[(events["who"] == who) & (events["status_code"] == 403)]
        assert len(banned) >= 8
        assert banned["request_id"].isin(moved["request_id"]).mean() > 0.9
    assert (moved["who"] == moved["who_again"]).all()
    assert (moved["output_tokens"] == 0).all()
    assert (moved["output_tokens_again"] > 0).all()


def test_retry__without_refusals_no_request_moves(tmp_path: Path) -> None:
    events = events_of(tmp_path, refusals=0.0)
    # Ordinary refusals remain, which clients repeat on the same account.
    assert (events["status_code"].isin(REFUSED) & events["who"].notna()).sum() > 20
    assert failovers(events).empty


def test_session__is_seen_on_two_accounts_only_where_a_refused_request_moved(tmp_path: Path) -> None:
    events = events_of(tmp_path, refusals=0.4, turns=6.0, channel="subscription")
    mine = events[(events["who"] == "pool") & events["session_id"].notna()].sort_values("event_at")
    accounts = mine.groupby("session_id")["account_id"].nunique()
    shared = mine[mine["session_id"].isin(accounts.index[accounts > 1])]
    assert shared["session_id"].nunique() > 20
    moved = set(failovers(events)["request_id"])
    for _, session in shared.groupby("session_id"):
        leaves = session["account_id"].to_numpy()[:-1] != session["account_id"].to_numpy()[1:]
        assert set(session["request_id"].to_numpy()[:-1][leaves]) <= moved
    # No account takes up again what another was answered.
    answered = shared[shared["status_code"] < 400]
    turns = answered.groupby(["session_id", "turn_index"])["account_id"].nunique()
    assert turns.max() == 1


def test_session__without_refusals_stays_on_its_account(tmp_path: Path) -> None:
    events = events_of(tmp_path, refusals=0.0, turns=6.0, channel="subscription")
    sessions = events[events["who"] == "pool"].groupby("session_id")
    assert len(sessions) > 100
    assert sessions["account_id"].nunique().max() == 1


# -- the loop itself


def days_of(pool: Pool, days: int) -> Block:
    return join([pool.day(day, generator(1, day)) for day in range(days)])


def pool_of(*, refusals: float, turns: float) -> Pool:
    tenants = [Tenant(np.arange(40), 0.5, turns=turns), Tenant(np.arange(40, 80), 0.5, turns=turns)]
    rules = Rules("lru", 7200.0, 20.0, refusals)
    forever = np.full(40, 1e9)
    return Pool(
        lanes=8, opens=np.zeros(40), closes=forever, tenants=tenants, rules=rules, exits=Exits(), days=3,
        rng=generator(1, "pool"),
    )  # fmt: skip


@pytest.mark.parametrize("turns", [1.0, 2.2, 6.0])
def test_pool__a_conversation_goes_on_where_it_was(turns: float) -> None:
    block = days_of(pool_of(refusals=0.5, turns=turns), 3)
    answered = pd.DataFrame({"session": block.session, "turn": block.turn, "at": block.at})[block.status < 400]
    answered = answered.sort_values("at")
    assert not answered.duplicated(["session", "turn"]).any()
    by_session = answered.groupby("session")["turn"]
    assert (by_session.first() == 0).all()
    assert (by_session.max() + 1 == by_session.size()).all()
    assert by_session.size().max() == int(np.ceil(turns))


def test_pool__a_retry_is_the_work_of_the_stream_that_was_refused() -> None:
    block = days_of(pool_of(refusals=0.5, turns=2.2), 3)
    twice = pd.DataFrame({f: getattr(block, f) for f in ("request", "stream", "work", "status", "session", "turn")})
    assert (twice.loc[twice["request"] == 0, "stream"] == twice.loc[twice["request"] == 0, "work"]).all()
    twice = twice[twice["request"] > 0]
    refused, again = twice[twice["status"] >= 400].set_index("request"), twice[twice["status"] == 200]
    assert len(again) > 100
    assert again["request"].is_unique
    before = refused.loc[again["request"]]
    for field in ("work", "session", "turn"):
        assert (again[field].to_numpy() == before[field].to_numpy()).all()
    assert (again["work"].to_numpy() == before["stream"].to_numpy()).all()
    assert (again["stream"].to_numpy() != before["stream"].to_numpy()).all()


def test_pool__does_not_depend_on_the_days_before() -> None:
    pool, other = pool_of(refusals=0.5, turns=6.0), pool_of(refusals=0.5, turns=6.0)
    days_of(pool, 2)
    np.testing.assert_array_equal(pool.day(2, generator(1, 2)).session, other.day(2, generator(1, 2)).session)
