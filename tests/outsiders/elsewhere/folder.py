"""Turning a finished world into its folder: printed codes, nulls, partitions, truth."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from afield.world import CHANNELS, DAY

from elsewhere.finish import Columns, finish
from elsewhere.ids import mix, unit
from elsewhere.networks import TYPES
from elsewhere.world import CAPABILITIES, CONSOLE, DAYS, OPERATIONS, SUB, World
from revenuer.tables import CONTRACTS

STAMP = pa.timestamp("us", tz="UTC")
TEXT, WHOLE = pa.string(), pa.int64()
# What a site that logs little does not have.
NOT_LOGGED = {
    "accounts": (
        *("plan", "payment_fingerprint", "payment_issuer", "billing_country"),
        *("email_domain", "phone_prefix", "signup_ip"),
    ),
    "usage_events": (
        *("request_settings_id", "client_name", "client_version", "header_fingerprint", "tls_fingerprint"),
        *("capability", "duration_ms", "ip_country", "network_type"),
    ),
}


def _table(w: World, name: str, cols: dict[str, pa.Array]) -> pa.Table:
    """The contract's columns, with nulls where this site does not log."""
    if w.thin:
        cols = cols | {c: pa.nulls(len(cols[c]), cols[c].type) for c in NOT_LOGGED.get(name, ())}
    return pa.table({c: cols[c] for c in CONTRACTS[name].columns if c != "usage_date"})


def _taken(values: list, index: np.ndarray, missing: np.ndarray, kind: pa.DataType) -> pa.Array:
    numbers = pa.array(np.where(missing, 0, index), pa.int32(), mask=missing)
    return pa.DictionaryArray.from_arrays(numbers, pa.array(values, kind)).cast(kind)


def _looked_up(
    values: list | tuple, index: np.ndarray, null: np.ndarray | bool = False, kind: pa.DataType = TEXT
) -> pa.Array:
    """Values by number; negative = null."""
    return _taken(values, index, (index < 0) | null, kind)


def _coded(w: World, kind: str, codes: np.ndarray, null: np.ndarray | bool = False) -> pa.Array:
    """Printed codes; negative = null."""
    missing = (codes < 0) | null
    u, index = np.unique(np.where(missing, 0, codes), return_inverse=True)
    return _taken(w.show(kind, u), index, missing, TEXT)


def _stamps(w: World, t: np.ndarray) -> pa.Array:
    """Seconds of the window as timestamps of whole milliseconds; NaN = null."""
    us = np.where(np.isnan(t), 0, np.round(t * 1000) * 1000).astype(np.int64) + int(w.start.timestamp()) * 10**6
    return pa.array(us, STAMP, mask=np.isnan(t))


def _truth(w: World, e: Columns, a: Columns, ids: list[str]) -> tuple[pa.Table, pa.Table]:
    """Exact exchange counts by account, and by account and workload with the campaign that has most of it."""
    key = ["acct", "tpl", "tool"]
    d = pd.DataFrame({k: e[k] for k in (*key, "req", "camp")}).drop_duplicates("req")
    g = d.groupby([*key, "camp"]).size().rename("n").reset_index().sort_values("n", ascending=False, kind="stable")
    top = g.drop_duplicates(key).set_index(key)["camp"]
    work = pd.concat([g.groupby(key)["n"].sum(), top], axis=1).reset_index().sort_values(key)
    names = np.array([*w.campaigns, None], object)

    def shown(kind: str) -> np.ndarray:
        return np.array(_coded(w, kind, work[kind].to_numpy()).fill_null("-").to_pylist(), object)

    detail = pa.table(
        {
            "account_id": pa.array(np.array(ids, object)[work["acct"]], TEXT),
            "workload": pa.array(shown("tpl") + "+" + shown("tool"), TEXT),
            "campaign": pa.array(names[work["camp"]], TEXT),
            "exchange_count": pa.array(work["n"].to_numpy(), WHOLE),
        }
    )
    camp = np.full(w.n_acc, -1)
    lab = work[work.camp >= 0].sort_values("n")
    camp[lab["acct"]] = lab["camp"]
    return pa.table(
        {
            "account_id": pa.array(ids, TEXT),
            "campaign": pa.array(names[camp], TEXT),
            "decoy": pa.array(np.where(camp >= 0, None, a["decoy"]), TEXT),
            "exchange_count": pa.array(np.bincount(d["acct"], minlength=w.n_acc), WHOLE),
        }
    ), detail


def _accounts(w: World, a: Columns, ids: list[str]) -> pa.Table:
    ip = a["signup_ip"]
    cols = {
        "account_id": pa.array(ids, TEXT),
        "organization_id": _coded(w, "org", a["org"]),
        "created_at": _stamps(w, a["created"]),
        "plan": pa.array(a["plan"], TEXT),
        "payment_fingerprint": _coded(w, "card", a["card"]),
        "payment_issuer": _coded(w, "issuer", np.where(a["card"] < 0, -1, a["issuer"])),
        "billing_country": pa.array(a["country"], TEXT),
        "email_domain": pa.array(a["domain"], TEXT),
        "phone_prefix": pa.array(a["phone"], TEXT),
        "signup_ip": pa.array(w.nets.strings(np.maximum(ip, 0)), TEXT, mask=ip < 0),
        "closed_at": _stamps(w, a["closed"]),
    }
    return _table(w, "accounts", cols)


def _events(w: World, e: Columns, ids: np.ndarray, org: np.ndarray) -> pa.Table:
    """One partition; what is lost is lost of a request, so that its duplicates stay exact copies."""
    req, acct = e["req"], e["acct"]

    def gone(salt: int, share: float) -> np.ndarray:
        return unit(req, salt) < share

    def whole(x: np.ndarray, null: np.ndarray | bool = False, kind: pa.DataType = WHOLE) -> pa.Array:
        return pa.array(x.astype(np.int64), WHOLE, mask=(x < 0) | null).cast(kind)

    builds, build = np.unique(e["build"], return_inverse=True)
    names, versions, heads, tls = w.clients.show(builds)
    ips, ip = np.unique(e["ip"], return_inverse=True)
    net = w.nets.ip_net[ips]
    # The site's own look-up of addresses errs as well.
    kinds = np.where(unit(net, w.salt % 997) < 0.025, mix(net) % np.uint64(7), np.array(w.nets.type)[net]).astype(int)
    country = np.where(unit(ips, 83) < 0.015, "US", np.array(w.nets.country)[net])
    no_key, unlocated = np.isin(e["chan"], (SUB, CONSOLE)), gone(40, 0.01)
    cols = {
        "request_id": _coded(w, "req", req),
        "event_at": _stamps(w, e["t"]),
        "account_id": pa.array(ids[acct], TEXT),
        "organization_id": _coded(w, "org", org[acct], gone(31, 0.02)),
        "api_key_id": _coded(w, "key", np.where(no_key, -1, acct.astype(np.int64) * 8 + e["key"])),
        "channel": _looked_up(CHANNELS, e["chan"]),
        "operation": _looked_up(OPERATIONS, e["op"], gone(32, 0.004)),
        "model": _looked_up([m for m, _ in w.models], e["model"]),
        "capability": _looked_up(CAPABILITIES, e["cap"], gone(33, 0.03)),
        "input_tokens": whole(e["inp"]),
        "cached_input_tokens": whole(e["cached"], gone(34, 0.01)),
        "output_tokens": whole(e["out"]),
        "reasoning_tokens": whole(e["reas"], gone(35, 0.02)),
        "status_code": whole(e["status"], kind=pa.int32()),
        "duration_ms": whole(e["dur"], gone(36, 0.003)),
        "session_id": _coded(w, "sess", e["sess"]),
        "turn_index": whole(e["turn"], kind=pa.int32()),
        "prompt_template_id": _coded(w, "tpl", e["tpl"]),
        "toolset_id": _coded(w, "tool", e["tool"]),
        "request_settings_id": _coded(w, "sett", e["sett"]),
        "client_name": _looked_up(names, build, gone(37, 0.005)),
        "client_version": _looked_up(versions, build, gone(37, 0.02)),
        "header_fingerprint": _looked_up(heads, build, gone(38, 0.02)),
        "tls_fingerprint": _looked_up(tls, build, gone(39, 0.03)),
        "client_ip": _looked_up(w.nets.strings(ips).tolist(), ip),
        "asn": _looked_up(np.array(w.nets.asn)[net].tolist(), ip, kind=WHOLE),
        "ip_country": _looked_up(country.tolist(), ip, unlocated),
        "network_type": _looked_up([TYPES[k] for k in kinds], ip, unlocated),
    }
    return _table(w, "usage_events", cols)


def write(w: World, out: Path) -> None:
    """Write every file of the world, replacing the folder."""
    e, a = finish(w)
    w.nets.freeze()
    ids = w.show("acct", np.arange(w.n_acc))
    truth, detail = _truth(w, e, a, ids)
    labels = zip(*w.nets.labels(), strict=True)
    models, released = zip(*w.models, strict=True)
    acts = sorted((b for b in w.bans if b[1] > a["created"][b[0]]), key=lambda b: b[1])
    actions = {
        "account_id": pa.array([ids[b[0]] for b in acts], TEXT),
        "action": pa.array([b[2] for b in acts], TEXT),
        "action_at": _stamps(w, np.array([b[1] for b in acts], float)),
        "reason": pa.array([b[3] for b in acts], TEXT),
    }
    columns = CONTRACTS["network_labels"].columns
    shuffled = np.random.default_rng([w.seed, 5]).permutation(w.n_acc)  # the file's order tells nothing
    tables = {
        "accounts": _accounts(w, a, ids).take(shuffled),
        "truth": truth,
        "truth_workload": detail,
        "network_labels": pa.table({c: pa.array(v, TEXT) for c, v in zip(columns, labels, strict=True)}),
        "model_releases": pa.table(
            {"model": pa.array(models, TEXT), "released_at": _stamps(w, np.array(released) * DAY)}
        ),
        "enforcement_actions": _table(w, "enforcement_actions", actions),
    }
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for name, table in tables.items():
        pq.write_table(table, out / f"{name}.parquet")
    rng, names = np.random.default_rng([w.seed, 6]), np.array(ids, object)
    for d in range(DAYS):
        rows = np.flatnonzero(e["day"] == d)
        rows = rows[np.argsort(e["t"][rows] + rng.normal(0, 30, len(rows)))]
        path = out / "usage_events" / f"usage_date={w.day(d):%Y-%m-%d}"
        path.mkdir(parents=True)
        day = _events(w, {f: v[rows] for f, v in e.items()}, names, a["org"])
        pq.write_table(day, path / "part-0.parquet")
