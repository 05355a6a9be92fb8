"""Turning a finished world into its folder: strings, nulls, duplicates, partitions, truth."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from as_logged import as_stamps, as_table, as_text, truth_tables

from overseas.countries import CODES
from overseas.ids import BASE36, HEX, text
from overseas.people import BATCH, CHANNELS, CONSOLE, DAY, DAYS, SPAN, SUBSCRIPTION
from overseas.requests import CLOCKS, Columns, measures, requests
from overseas.shapes import KINDS
from overseas.world import World
from revenuer.tables import CONTRACTS

SESSIONS_SHOWN = np.array([0.055, 0.985, 0.93, 0.03, 0.04])  # share of sessions with an id, by channel
DUPLICATES, REDELIVERED = 0.018, 0.03  # share of rows, and of those the share in the next day's partition
STRAGGLERS = 0.01  # share of rows that come in a file of their own


def _pick(values: Iterable[object], rows: np.ndarray, lost: np.ndarray | None = None) -> pa.Array:
    """A string for each row; some are lost."""
    return as_text(values).take(pa.array(np.asarray(rows, np.int64), mask=lost))


def _network_types(w: World) -> np.ndarray:
    """What the site takes each address for; a few are wrong or unknown."""
    system_of, rng = np.array(w.net.system_of), w.rng
    kind = np.array([system[2] for system in w.net.systems], object)[system_of]
    u = rng.random(len(kind))
    kind = np.where((kind == "vpn") & (u < 0.15), "hosting", kind)
    kind = np.where((kind == "mobile") & (u < 0.06), "residential", kind)
    kind = np.where((kind == "business") & (u < 0.12), "residential", kind)
    return np.where(u > 0.98, None, kind)


def _strings(w: World, e: Columns) -> tuple[dict[str, pa.Array], np.ndarray]:
    """The columns of strings, and whether a row's session is shown; the order is that of the draws."""
    rng, a, works, n = w.rng, w.account, w.works, len(e["t"])
    acc, work, channel, ip, build = e["acc"], e["work"], e["channel"], e["ip"], e["build"]

    def lost(share: float) -> np.ndarray:
        """Rows without a value."""
        return rng.random(n) < share

    types = _network_types(w)
    system_of = np.array(w.net.system_of)
    country = CODES[np.array([system[1] for system in w.net.systems])[system_of]]
    name, version, header, tls = np.array(w.clients.rows, dtype=object).T
    keyless = (channel == SUBSCRIPTION) | (channel == CONSOLE)
    keys = text(rng, w.n * 3, 10, BASE36, "k_")
    numbers, session = np.unique(e["session"], return_inverse=True)
    sessions = text(rng, len(numbers), 16, HEX, "sx")
    shown = rng.random(len(numbers))[session] < SESSIONS_SHOWN[channel]
    ids = text(rng, n, 20, HEX, "r-")
    kinds = [KINDS[kind].capability for kind in works.kind]
    columns = {
        "request_id": as_text(ids),
        "account_id": _pick(a["id"], acc),
        "organization_id": _pick(a["organization"], acc, lost(0.01)),
        "api_key_id": _pick(keys, acc * 3 + e["key"], keyless | lost(0.01)),
        "channel": _pick(CHANNELS, channel),
        "operation": _pick(("messages", "batch_item"), channel == BATCH),
        "model": _pick(w.releases, e["model"]),
        "capability": _pick(kinds, work, lost(0.06)),
        "session_id": _pick(sessions, session, ~shown),
        "prompt_template_id": _pick(works.template, work),
        "toolset_id": _pick(works.toolset, work),
        "request_settings_id": _pick(works.settings, work, lost(0.03)),
        "client_name": _pick(name, build, lost(0.012)),
        "client_version": _pick(version, build, lost(0.015)),
        "header_fingerprint": _pick(header, build, lost(0.004)),
        "tls_fingerprint": _pick(tls, build, lost(0.02)),
        "client_ip": _pick(w.net.ips, ip, lost(0.003)),
        "ip_country": _pick(country, ip, lost(0.004)),
        "network_type": _pick(types, ip, lost(0.004)),
    }
    return columns, shown


def _events(w: World, e: Columns) -> tuple[pa.Table, np.ndarray, np.ndarray]:
    """All rows but duplicates, the days of their partitions, and which of them are late."""
    whole = measures(w, e)
    t, partition = CLOCKS.read(w.rng, e["t"], w.account["created"][e["acc"]], DAYS)
    columns, shown = _strings(w, e)
    asn = np.array([system[0] for system in w.net.systems])[np.array(w.net.system_of)]
    columns |= {name: pa.array(values, pa.int64()) for name, values in whole.items()}
    columns["asn"] = pa.array(asn[e["ip"]], pa.int64())
    columns["event_at"] = as_stamps(w.start, t)
    columns["status_code"] = pa.array(e["status"].astype(np.int32), pa.int32())
    columns["turn_index"] = pa.array(e["turn"].astype(np.int32), pa.int32(), mask=~shown)
    return as_table("usage_events", columns), partition, partition != (t // DAY).astype(int)


def _write_events(w: World, out: Path, events: pa.Table, partition: np.ndarray, late: np.ndarray) -> None:
    """Write the partitions, each with its stragglers apart; duplicates are exact copies."""
    rng, n = w.rng, len(events)
    twice = np.flatnonzero(rng.random(n) < DUPLICATES)
    next_day = (rng.random(len(twice)) < REDELIVERED) & (partition[twice] < DAYS - 1)
    rows, days = np.r_[np.arange(n), twice], np.r_[partition, partition[twice] + next_day]
    for day in range(DAYS):
        i = rows[days == day]
        apart = late[i] | (rng.random(len(i)) < STRAGGLERS)
        folder = out / "usage_events" / f"usage_date={(w.start + dt.timedelta(days=day)).date()}"
        folder.mkdir(parents=True)
        merged = events.take(pa.array(rng.permutation(i[~apart])))
        pq.write_table(merged, folder / "hour-merged.parquet", compression="zstd")
        if apart.any():
            pq.write_table(events.take(pa.array(i[apart])), folder / "straggler.parquet", compression="zstd")


def _truth(w: World, e: Columns) -> dict[str, pa.Table]:
    """Exact exchange counts by account, and by account and workload, which is a lab's as a whole or not at all."""
    a, works, acc, count = w.account, w.works, e["acc"], "exchange_count"
    names = [f"{x or '-'}+{y or '-'}" for x, y in zip(works.template, works.toolset, strict=True)]
    number, workloads = pd.factorize(np.array(names, object))
    campaign = np.array([c or "" for c in works.campaign], object)
    d = pd.DataFrame({"acc": acc, "workload": number[e["work"]], "campaign": campaign[e["work"]]})
    g = d.groupby(["acc", "workload", "campaign"]).size().reset_index(name=count)
    assert not g.duplicated(["acc", "workload"]).any(), "a workload of an account is the lab's and not the lab's"
    own = np.full(w.n, None, object)
    hostile = g[g.campaign != ""].groupby(["acc", "campaign"], as_index=False)[count].sum()
    hostile = hostile.sort_values(count).drop_duplicates("acc", keep="last")
    own[hostile["acc"].to_numpy()] = hostile["campaign"].to_numpy()
    assert not (~np.equal(own, None) & ~np.equal(a["decoy"], None)).any(), "a look-alike works for a lab"
    g["workload"] = workloads[g["workload"]]
    return truth_tables(a["id"], own, a["decoy"], acc, g)


def _tables(w: World) -> dict[str, pa.Table]:
    """Accounts, enforcement actions, model releases and network labels."""
    a, rng = w.account, w.rng
    unknown = (rng.random(w.n) < 0.04) | (a["signup"] < 0)
    accounts = {
        "account_id": as_text(a["id"]),
        "organization_id": as_text(a["organization"]),
        "created_at": as_stamps(w.start, a["created"]),
        "plan": as_text(a["plan"]),
        "payment_fingerprint": as_text(a["card"]),
        "payment_issuer": as_text(a["issuer"]),
        "billing_country": as_text(np.where(rng.random(w.n) < 0.03, None, CODES[a["country"]])),
        "email_domain": as_text(a["email"]),
        "phone_prefix": as_text(np.where(rng.random(w.n) < 0.12, None, a["phone"])),
        "signup_ip": as_text(np.where(unknown, None, np.array(w.net.ips, object)[a["signup"]])),
        "closed_at": as_stamps(w.start, a["closed"]),
    }
    acts = {(round(s, 3), i, action, reason) for i, action, s, reason in w.actions if 0 <= s < SPAN}
    seconds, who, action, reason = zip(*sorted(acts), strict=True)
    actions = {
        "account_id": as_text(a["id"][list(who)]),
        "action": as_text(action),
        "action_at": as_stamps(w.start, np.array(seconds, float)),
        "reason": as_text(reason),
    }
    days = np.array(list(w.releases.values()))
    releases = {"model": as_text(w.releases), "released_at": as_stamps(w.start, days * DAY)}
    labels: dict[tuple[str, str], str] = {}  # the first source of a label counts
    for cidr, label, source in w.net.labels:
        labels.setdefault((cidr, label), source)
    rows = [(*key, source) for key, source in labels.items()]
    names = CONTRACTS["network_labels"].columns
    return {
        "accounts": as_table("accounts", accounts),
        "enforcement_actions": as_table("enforcement_actions", actions),
        "model_releases": as_table("model_releases", releases),
        "network_labels": pa.table({name: as_text(v) for name, v in zip(names, zip(*rows, strict=True), strict=True)}),
    }


def write(w: World, out: Path) -> None:
    """Write every file of the world, replacing the folder."""
    e = requests(w)
    events, partition, late = _events(w, e)
    shutil.rmtree(out, ignore_errors=True)
    _write_events(w, out, events, partition, late)
    for name, table in (_truth(w, e) | _tables(w)).items():
        pq.write_table(table, out / f"{name}.parquet")
