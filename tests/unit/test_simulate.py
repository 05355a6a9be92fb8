"""The simulator: same seed same world, contracts' columns, known facts of real traffic, and a truthful truth."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from revenuer.columns import COLUMNS
from revenuer.errors import ConfigError
from revenuer.simulate import SimulationReport, derive, list_worlds, simulate, traces
from revenuer.simulate.build import REGISTRY
from revenuer.simulate.generation import build_world
from revenuer.simulate.ids import STYLES, generator, mint
from revenuer.simulate.networks import address_text
from revenuer.simulate.world import load_world, parse_world
from revenuer.tables import accounts, enforcement_actions, model_releases, network_labels, usage_events

ARROW_TYPES = {
    "string": "string",
    "bigint": "int64",
    "int": "int32",
    "timestamp": "timestamp[us, tz=UTC]",
    "date": "date32[day]",
}


def events_of(out: Path) -> pd.DataFrame:
    return ds.dataset(out / "usage_events", partitioning="hive").to_table().to_pandas()


def write_world(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SimulationReport]:
    out = tmp_path_factory.mktemp("demo")
    return out, simulate("demo", seed=7, out=out)


@pytest.fixture(scope="module")
def events(demo: tuple[Path, SimulationReport]) -> pd.DataFrame:
    return events_of(demo[0])


@pytest.fixture(scope="module")
def truth(demo: tuple[Path, SimulationReport]) -> pd.DataFrame:
    return pd.read_parquet(demo[0] / "truth.parquet")


# -- shape


def test_simulate__writes_the_contracts_columns_and_types(demo: tuple[Path, SimulationReport]) -> None:
    out, report = demo
    first = out / "usage_events" / f"usage_date={report.dates[0]}" / "part-0.parquet"
    for path, contract, in_path in (
        (first, usage_events.CONTRACT, ("usage_date",)),
        (out / "accounts.parquet", accounts.CONTRACT, ()),
        (out / "network_labels.parquet", network_labels.CONTRACT, ()),
    ):
        schema = pq.read_schema(path)
        assert schema.names == [c for c in contract.columns if c not in in_path]
        for field in schema:
            assert (field.name, str(field.type)) == (field.name, ARROW_TYPES[COLUMNS[field.name].type])


def test_simulate__reports_what_it_wrote(demo: tuple[Path, SimulationReport], events: pd.DataFrame) -> None:
    out, report = demo
    assert (report.events, len(report.dates)) == (len(events), 5)
    assert report.accounts == pq.read_metadata(out / "accounts.parquet").num_rows == 2250


def test_simulate__is_deterministic_by_seed(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        simulate("demo", days=2, accounts=1500, seed=seed, out=tmp_path / name)
    tables = {
        n: [
            events_of(tmp_path / n),
            *(pd.read_parquet(tmp_path / n / f"{t}.parquet") for t in ("accounts", "truth", "truth_workload")),
        ]
        for n in "abc"
    }
    for left, right in zip(tables["a"], tables["b"], strict=True):
        pd.testing.assert_frame_equal(left, right)
    assert not set(tables["a"][1]["account_id"]) & set(tables["c"][1]["account_id"])


def test_simulate__gives_each_account_one_row_and_no_name_a_meaning(
    demo: tuple[Path, SimulationReport], truth: pd.DataFrame
) -> None:
    people = pd.read_parquet(demo[0] / "accounts.parquet")
    assert people["account_id"].is_unique
    assert set(people["account_id"]) == set(truth["account_id"])
    ranks = people["account_id"].rank()[people["account_id"].isin(truth.loc[truth["campaign"].notna(), "account_id"])]
    assert 0.4 < float(ranks.mean()) / len(people) < 0.6


# -- facts of real traffic


def test_simulate__keeps_the_mess_of_real_logs(events: pd.DataFrame) -> None:
    assert 0.02 < events["request_id"].duplicated().mean() < 0.032
    assert 0.012 < (events["status_code"] >= 400).mean() < 0.025
    api = events[events["channel"] == "api"]
    assert 0.90 < api["session_id"].isna().mean() < 0.97
    impossible = events["request_id"].isna() | events["account_id"].isna() | (events["status_code"] == 0)
    impossible |= events["input_tokens"] < 0
    assert 0.0003 < impossible.mean() < 0.0012
    misplaced = events["event_at"].dt.strftime("%Y-%m-%d") != events["usage_date"].astype(str)
    assert 0 < misplaced.mean() < 0.001


def test_background__has_the_heavy_tail_of_real_clients(tmp_path: Path) -> None:
    path = write_world(
        tmp_path / "plain.toml", "[world]\nsummary = 'plain'\n[population]\nmedian_rate = 3.0\ncap = 5000.0\n"
    )
    simulate(path, days=3, accounts=3000, seed=2, out=tmp_path / "w")
    events = events_of(tmp_path / "w")
    rate = events.groupby("account_id").size().to_numpy() / 3
    assert 1.4 < np.log(rate).std() < 2.3
    ordered = np.sort(rate)
    gini = (2 * np.arange(1, len(rate) + 1) - len(rate) - 1) @ ordered / len(rate) / ordered.sum()
    assert 0.65 < gini < 0.92
    chat = events[(events["channel"] == "subscription") & (events["turn_index"] == 0)]
    assert 300 < chat["input_tokens"].median() < 1500
    assert 80 < chat["output_tokens"].median() < 400
    sessions = events[events["channel"] == "subscription"].drop_duplicates("request_id").groupby("session_id").size()
    assert 1.5 < sessions.mean() < 2.6
    common = events["prompt_template_id"].value_counts()
    holders = events.groupby("prompt_template_id")["account_id"].nunique().loc[common.index]
    assert holders.max() > 100


def test_background__adopts_releases_gradually(events: pd.DataFrame, truth: pd.DataFrame) -> None:
    honest = events[~events["account_id"].isin(truth.loc[truth["campaign"].notna(), "account_id"])]
    users = honest[honest["client_name"] == "python-sdk"].groupby("client_version")["account_id"].nunique()
    assert len(users) > 8
    assert users.max() / users.sum() < 0.6


def test_background__has_several_addresses_per_account(events: pd.DataFrame) -> None:
    addresses = events.groupby("account_id")["client_ip"].nunique()
    assert 1.3 < addresses.mean() < 8
    assert {"residential", "mobile", "hosting", "vpn", "relay", "business", "education"} <= set(
        events["network_type"].dropna()
    )
    assert events["client_ip"].str.contains(":", na=False).mean() > 0.02


def test_lengths__follow_the_published_quantiles() -> None:
    rng = generator(1, "lengths")
    inputs, outputs, rows = traces.lengths()
    for name, model, median, high in (
        ("conv", inputs, 1020, 2735),
        ("conv", outputs, 129, 424),
        ("code", inputs, 1469, 5188),
        ("long", inputs, 6909, 27367),
    ):
        drawn = model.draw(np.full(40_000, rows[name]), rng.random(40_000))
        assert np.median(drawn) == pytest.approx(median, rel=0.06)
        assert np.percentile(drawn, 90) == pytest.approx(high, rel=0.08)


def test_background__spreads_rates_like_the_traced_clients() -> None:
    logs = np.log(traces.table("client_rates").set_index("model")["requests_per_day"])
    traced = logs.groupby(level="model").std().mean()
    assert REGISTRY.kinds["background"].defaults["sigma"] == pytest.approx(traced, abs=0.35)


def test_hours__keep_the_campus_night() -> None:
    rng = generator(1, "hours")
    drawn = traces.hours(np.zeros(50_000, np.int64), rng.random(50_000)).astype(int)
    counts = np.bincount(drawn, minlength=24)
    assert counts[7] < counts[14] / 6


# -- the planted campaign


def test_reference_pool__has_its_true_intensity_and_lengths(events: pd.DataFrame, truth: pd.DataFrame) -> None:
    mine = events[events["account_id"].isin(truth.loc[truth["campaign"] == "reference", "account_id"])].drop_duplicates(
        "request_id"
    )
    per_day = mine.groupby(["account_id", "usage_date"]).size()
    assert mine["account_id"].nunique() == 250
    assert len(mine) / 250 / 5 == pytest.approx(26, rel=0.1)
    assert per_day.max() < 120
    assert mine["output_tokens"].mean() == pytest.approx(500, rel=0.12)
    assert mine["prompt_template_id"].nunique() == 1


def test_reference_pool__is_a_scheduler_over_churning_exits(events: pd.DataFrame, truth: pd.DataFrame) -> None:
    mine = events[events["account_id"].isin(truth.loc[truth["campaign"] == "reference", "account_id"])].drop_duplicates(
        "request_id"
    )
    load = mine.groupby("account_id").size()
    assert load.std() / load.mean() < 0.35
    hours = mine.groupby(mine["event_at"].dt.hour).size()
    assert hours.max() / hours.min() < 1.4
    assert mine["header_fingerprint"].nunique() == 1
    assert mine["asn"].nunique() > 60
    assert 3 < mine.groupby("client_ip")["account_id"].nunique().mean() < 12


def test_reference_pool__reuses_cards_and_signs_up_in_bursts(
    demo: tuple[Path, SimulationReport], truth: pd.DataFrame
) -> None:
    people = pd.read_parquet(demo[0] / "accounts.parquet")
    mine = people[people["account_id"].isin(truth.loc[truth["campaign"] == "reference", "account_id"])]
    cards = mine["payment_fingerprint"].value_counts()
    assert 2 <= cards.median() <= 5
    assert cards.max() <= 10
    assert mine["created_at"].dt.strftime("%Y-%m-%d").nunique() <= 10


# -- truth


def test_truth__counts_exchanges_once(
    demo: tuple[Path, SimulationReport], events: pd.DataFrame, truth: pd.DataFrame
) -> None:
    workload = pd.read_parquet(demo[0] / "truth_workload.parquet")
    unique = int((~events["request_id"].duplicated() | events["request_id"].isna()).sum())
    assert abs(int(workload["exchange_count"].sum()) - unique) < unique * 0.002
    harvested = workload[workload["campaign"].notna()].groupby("account_id")["exchange_count"].sum()
    stated = truth[truth["campaign"].notna()].set_index("account_id")["exchange_count"]
    pd.testing.assert_series_equal(harvested, stated.sort_index(), check_names=False)


def test_truth__workload_is_what_the_log_shows(demo: tuple[Path, SimulationReport], events: pd.DataFrame) -> None:
    workload = pd.read_parquet(demo[0] / "truth_workload.parquet")
    shown = set(events["prompt_template_id"].fillna("-") + "+" + events["toolset_id"].fillna("-"))
    assert shown == set(workload["workload"])


def test_truth__labels_every_look_alike_population(truth: pd.DataFrame) -> None:
    wanted = {s.name: s.count() for s in load_world("demo").lookalikes}
    assert truth["decoy"].value_counts().to_dict() == wanted
    assert truth.loc[truth["decoy"].notna(), "campaign"].isna().all()


# -- worlds


@pytest.mark.parametrize("name", sorted(list_worlds()))
def test_worlds__build_and_write_at_small_size(name: str, tmp_path: Path) -> None:
    report = simulate(name, days=1, accounts=1000, seed=1, out=tmp_path)
    truth = pd.read_parquet(tmp_path / "truth.parquet")
    assert report.events > 1000
    assert truth["campaign"].notna().any() == bool(load_world(name).adversaries)


def test_worlds__say_what_they_are_about() -> None:
    assert all(len(summary) > 3 for summary in list_worlds().values())
    assert {"demo", "reference", "careful", "honest_platforms"} <= set(list_worlds())


def test_mixed_pool__lets_one_account_serve_two_labs_and_honest_customers(tmp_path: Path) -> None:
    simulate("mixed_pool", days=2, accounts=1000, seed=1, out=tmp_path)
    truth = pd.read_parquet(tmp_path / "truth.parquet")
    assert truth[truth["campaign"].notna()].groupby("account_id")["campaign"].nunique().max() == 2
    workload = pd.read_parquet(tmp_path / "truth_workload.parquet")
    both = workload[workload["account_id"].isin(truth.loc[truth["campaign"].notna(), "account_id"])]
    share = both.loc[both["campaign"].isna(), "exchange_count"].sum() / both["exchange_count"].sum()
    assert 0.2 < share < 0.55


def test_truth__an_account_that_only_honest_customers_used_is_honest(tmp_path: Path) -> None:
    changes = "accounts=400:lab_share=0.05:idle_accounts=0.2"
    simulate(f"reference:{changes}", days=1, accounts=600, seed=1, out=tmp_path)
    truth = pd.read_parquet(tmp_path / "truth.parquet").set_index("account_id")
    workload = pd.read_parquet(tmp_path / "truth_workload.parquet")
    events = workload.groupby("account_id")["exchange_count"].sum()
    worked = workload[workload["campaign"].notna()].groupby("account_id")["exchange_count"].sum()
    guilty = truth[truth["campaign"].notna()]
    assert 0 < len(worked) < 60
    assert set(guilty.index[guilty["exchange_count"] > 0]) == set(worked.index)
    # Bought and never used: nothing is known of them but who bought them.
    unused = guilty.index[guilty["exchange_count"] == 0]
    assert len(unused) >= 40
    assert not set(unused) & set(events.index)
    honest = truth.loc[truth["campaign"].isna(), "exchange_count"]
    assert honest.to_dict() == events.reindex(honest.index, fill_value=0).to_dict()


def test_handover__moves_the_work_to_other_accounts_within_a_day(tmp_path: Path) -> None:
    simulate("handover", days=9, accounts=1000, seed=1, out=tmp_path)
    actions = pd.read_parquet(tmp_path / "enforcement_actions.parquet")
    assert list(actions.columns) == list(enforcement_actions.CONTRACT.columns)
    workload = pd.read_parquet(tmp_path / "truth_workload.parquet")
    mine = workload[workload["campaign"] == "handover"]
    banned = mine["account_id"].isin(actions["account_id"])
    assert set(mine[banned]["workload"]) == set(mine[~banned]["workload"])
    events = events_of(tmp_path)
    after = events[events["account_id"].isin(actions["account_id"]) & (events["usage_date"].astype(str) > "2026-03-08")]
    assert after.empty


def test_pivot__moves_faster_than_the_population(tmp_path: Path) -> None:
    simulate("pivot", days=8, accounts=1500, seed=1, out=tmp_path)
    releases = pd.read_parquet(tmp_path / "model_releases.parquet")
    assert list(releases.columns) == list(model_releases.CONTRACT.columns)
    events = events_of(tmp_path)
    last = events[events["usage_date"].astype(str) == "2026-03-08"]
    truth = pd.read_parquet(tmp_path / "truth.parquet")
    is_pool = last["account_id"].isin(truth.loc[truth["campaign"].notna(), "account_id"])
    new = last["model"] == releases["model"].iloc[0]
    assert new[is_pool].mean() == pytest.approx(0.55, abs=0.08)
    assert new[~is_pool].mean() < 0.25


# -- what bad worlds get


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"lookalikes": [{"kind": "no_code_recpie"}]}, "did you mean 'no_code_recipe'"),
        ({"lookalikes": [{"kind": "reseller", "acounts": 3}]}, "did you mean 'accounts'"),
        ({"adversary": []}, "unknown adversary"),
        ({"adversaries": [{"kind": "pool", "order": 3}]}, "another type"),
        ({"adversaries": [{"kind": "pool"}, {"kind": "pool"}]}, "named twice"),
        ({"world": {"dayz": 3}}, "world.dayz"),
    ],
)
def test_parse_world__explains_what_is_wrong(raw: Mapping[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_world("mine", raw)


def test_simulate__names_the_worlds_when_it_knows_none_of_that_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="demo"):
        simulate("no_such_world", out=tmp_path)


def test_build_world__leaves_the_background_what_look_alikes_do_not_take() -> None:
    world = load_world("demo")
    taken = sum(s.count() for s in world.lookalikes)
    build = build_world(world, days=1, accounts=2000, seed=1)
    assert build.roster.account_count == 2000 + 250
    assert taken < 2000


@pytest.mark.parametrize("style", STYLES)
def test_mint__gives_distinct_ids_in_every_style(style: str) -> None:
    assert len(set(mint(style, 5000, generator(1, style)))) == 5000


@pytest.mark.reference
def test_derive__makes_the_shipped_tables_again(tmp_path: Path) -> None:
    shared = Path(__file__).resolve().parents[3] / "shared" / "data"
    if not (shared / "servegen").is_dir():
        pytest.skip("the full traces are not here (../shared/data/servegen)")
    assert derive.main([str(shared), str(tmp_path)]) == 0
    for path in tmp_path.iterdir():
        pd.testing.assert_frame_equal(pd.read_csv(path), traces.table(path.stem), rtol=1e-6)
        assert path.stat().st_size < 60_000


def test_load_world__takes_changes_after_colons() -> None:
    world = load_world("reference:jitter_hours=3:client=rotated:ban_days=[2, 4]:missing=client_ip+asn")
    (pool,) = world.adversaries
    assert (pool.number("jitter_hours"), pool.text("client"), pool.values["ban_days"]) == (3.0, "rotated", [2, 4])
    assert world.missing_columns == ("client_ip", "asn")


@pytest.mark.parametrize(
    ("changes", "said"),
    [("jitter_hour=3", "did you mean"), ("jitter_hours", "sets nothing"), ("missing=request_id", "optional column")],
)
def test_load_world__refuses_changes_it_cannot_make(changes: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_world(f"reference:{changes}")


def test_simulate__leaves_out_columns_the_site_does_not_keep(tmp_path: Path) -> None:
    simulate("reference:accounts=30:missing=asn+payment_issuer", days=1, accounts=300, seed=2, out=tmp_path)
    events = pq.read_table(tmp_path / "usage_events" / "usage_date=2026-03-01" / "part-0.parquet")
    assert "asn" not in events.column_names
    assert "client_ip" in events.column_names
    accounts = pq.read_table(tmp_path / "accounts.parquet").column_names
    assert "payment_issuer" not in accounts
    assert "payment_fingerprint" in accounts


def test_address_text__writes_the_groups_that_prefixes_are_cut_from_in_full() -> None:
    # The yardsticks of observe cut prefixes from the text as it is: so it must be what observe makes of any spelling.
    codes = np.array([0x20010DB8 << 32, 0x20010DB800000001 + 0xFFFF, 0xFFFF << 32, (0x2A0100FF << 32) + 9], np.uint64)
    for text in address_text(codes).to_pylist():
        groups = ip_address(text).exploded.split(":")[:4]
        assert text.split(":")[:4] == [f"{int(group, 16):x}" for group in groups]
