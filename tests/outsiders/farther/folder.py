"""Turning a finished world into its folder: strings, nulls, duplicates, partitions, truth."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from afield.world import DAY
from as_logged import as_stamps, as_table, as_text, truth_tables

from farther.finish import CLOCKS, Columns, measures, requests
from farther.ids import B32, text
from farther.networks import CC
from farther.world import DAYS, SPAN, World
from revenuer.tables import CONTRACTS

DUPLICATES = 0.005


def _strings(w: World, e: Columns, works: Columns, net: Columns) -> Columns:
    """The columns of strings; what is lost is lost of a request, so that its duplicates are exact copies."""
    rng, a, n = w.rng, w.a, len(e["t"])
    acc, k, ip = e["acc"], e["work"], e["ip"]
    name, version, header, tls = np.array(w.clients.rows, dtype=object)[e["build"]].T

    def holes(values: np.ndarray, share: float) -> np.ndarray:
        return np.where(rng.random(n) < share, None, values)

    keyless = np.isin(e["channel"], ("subscription", "console"))
    keys = text(rng, w.n * 5, 8, B32, "ak/").reshape(w.n, 5)
    numbers, session = np.unique(e["sess"], return_inverse=True)
    sessions = text(rng, len(numbers), 13, B32, "s.")
    return {
        "request_id": text(rng, n, 12, B32, "rq"),
        "account_id": a["account_id"][acc],
        "organization_id": a["organization_id"][acc],
        "api_key_id": np.where(keyless, None, keys[acc, e["key"]]),
        "channel": e["channel"],
        "operation": np.where(e["channel"] == "batch", "batch_item", "messages"),
        "model": e["model"],
        "capability": holes(works["capability"][k], 0.03),
        "session_id": np.where(e["shown"], sessions[session], None),
        "prompt_template_id": works["template"][k],
        "toolset_id": works["toolset"][k],
        "request_settings_id": holes(works["settings"][k], 0.02),
        "client_name": holes(name, 0.006),
        "client_version": holes(version, 0.006),
        "header_fingerprint": header,
        "tls_fingerprint": holes(tls, 0.012),
        "client_ip": holes(net["ip"][ip], 0.002),
        "ip_country": net["country"][ip],
        "network_type": net["type"][ip],
    }


def _truth(w: World, e: Columns, strings: Columns, campaign: np.ndarray) -> dict[str, pa.Table]:
    """Exact exchange counts by account, and by account and workload with the campaign that has most of it."""
    acc, a, count = e["acc"], w.a, "exchange_count"
    template, toolset = (pd.Series(strings[c]).fillna("-") for c in ("prompt_template_id", "toolset_id"))
    d = pd.DataFrame({"acc": acc, "campaign": campaign, "workload": template + "+" + toolset})
    d["campaign"] = d["campaign"].fillna("")
    g = d.groupby(["acc", "workload", "campaign"], observed=True).size().reset_index(name=count)
    g = g.sort_values(count, ascending=False)
    total = g.groupby(["acc", "workload"], as_index=False)[count].sum()
    best = g.drop_duplicates(["acc", "workload"])[["acc", "workload", "campaign"]]
    g = total.merge(best, on=["acc", "workload"])
    hostile = g[g.campaign != ""].groupby(["acc", "campaign"], as_index=False)[count].sum()
    hostile = hostile.sort_values(count, ascending=False).drop_duplicates("acc")
    own = a["campaign"][: w.n].copy()
    own[hostile["acc"].to_numpy()] = hostile["campaign"].to_numpy()
    decoy = np.where(np.equal(own, None), a["decoy"][: w.n], None)
    return truth_tables(a["account_id"][: w.n], own, decoy, acc, g)


def _tables(w: World, net: Columns) -> dict[str, pa.Table]:
    a = {k: v[: w.n] for k, v in w.a.items()}
    unknown = w.rng.random(w.n) < 0.03
    accounts = {
        "account_id": as_text(a["account_id"]),
        "organization_id": as_text(a["organization_id"]),
        "created_at": as_stamps(w.start, a["created"]),
        "plan": as_text(a["plan"]),
        "payment_fingerprint": as_text(a["payment"]),
        "payment_issuer": as_text(a["issuer"]),
        "billing_country": as_text(CC[a["country"]]),
        "email_domain": as_text(a["email"]),
        "phone_prefix": as_text(a["phone"]),
        "signup_ip": as_text(np.where(unknown, None, net["ip"][a["signup"]])),
        "closed_at": as_stamps(w.start, a["closed"]),
    }
    acts = sorted((act for act in w.actions if act[2] < SPAN), key=lambda act: act[2])
    actions = {
        "account_id": as_text([a["account_id"][act[0]] for act in acts]),
        "action": as_text([act[1] for act in acts]),
        "action_at": as_stamps(w.start, np.array([act[2] for act in acts], float)),
        "reason": as_text([act[3] for act in acts]),
    }
    releases = {
        "model": as_text([name for _, name in w.releases]),
        "released_at": as_stamps(w.start, np.array([day * DAY for day, _ in w.releases])),
    }
    w.net.label_systems()
    labels = zip(*dict.fromkeys(w.net.labels), strict=True)
    names = CONTRACTS["network_labels"].columns
    return {
        "accounts": as_table("accounts", accounts),
        "enforcement_actions": as_table("enforcement_actions", actions),
        "model_releases": as_table("model_releases", releases),
        "network_labels": pa.table({c: as_text(v) for c, v in zip(names, labels, strict=True)}),
    }


def write(w: World, out: Path) -> None:
    """Write every file of the world, replacing the folder."""
    works, net = w.works.finish(), w.net.finish()
    e = requests(w)
    whole = measures(w, e, works)
    t, partition = CLOCKS.read(w.rng, e["t"], w.a["created"][e["acc"]], DAYS)
    strings = _strings(w, e, works, net)
    whole["asn"] = net["asn"][e["ip"]]
    tables = _truth(w, e, strings, works["campaign"][e["work"]])
    n = len(t)
    rows = np.sort(np.r_[np.arange(n), np.flatnonzero(w.rng.random(n) < DUPLICATES)])
    shutil.rmtree(out, ignore_errors=True)
    for d in range(DAYS):
        i = rows[partition[rows] == d]
        cols = {c: as_text(v[i]) for c, v in strings.items()}
        cols |= {c: pa.array(v[i], pa.int64()) for c, v in whole.items()}
        cols["event_at"] = as_stamps(w.start, t[i])
        cols["status_code"] = pa.array(e["status"][i], pa.int32())
        cols["turn_index"] = pa.array(e["turn"][i], pa.int32(), mask=~e["shown"][i])
        table, half = as_table("usage_events", cols), len(i) // 2
        folder = out / "usage_events" / f"usage_date={(w.start + dt.timedelta(days=d)).date()}"
        folder.mkdir(parents=True)
        pq.write_table(table.slice(0, half), folder / "part-0.parquet", compression="zstd")
        pq.write_table(table.slice(half), folder / "part-1.parquet", compression="zstd")
    for name, table in (tables | _tables(w, net)).items():
        pq.write_table(table, out / f"{name}.parquet")
