"""Turning a finished world into its folder: mess, token counts, strings, partitions, truth."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from afield.justice import judge
from afield.works import SHAPES
from afield.world import CHANNELS, DAY, World
from revenuer.tables import CONTRACTS

STAMP = pa.timestamp("us", tz="UTC")


def _mess(w: World, ev: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Failures and their retries (new request ids), exact duplicates (the same id), late rows, skewed clocks."""
    rng, n = w.rng, len(ev["t"])
    status = ev["status"]
    fails = (status == 0) & (rng.random(n) < 0.016)
    status[fails] = rng.choice([429, 500, 529, 400, 408, 503], int(fails.sum()), p=[0.42, 0.16, 0.18, 0.14, 0.04, 0.06])
    status[status == 0] = 200
    again = np.flatnonzero(fails & (status != 400) & (rng.random(n) < 0.7))
    retry = {k: v[again] for k, v in ev.items()}
    retry["t"] = np.minimum(retry["t"] + rng.lognormal(1.2, 1.0, len(again)), w.days * DAY - 0.5)
    retry["status"] = np.where(rng.random(len(again)) < 0.12, retry["status"], 200).astype(np.int16)
    ev = {k: np.concatenate([ev[k], retry[k]]) for k in ev}
    n = len(ev["t"])
    ev["request"] = np.arange(n)
    drift = rng.random(n) < 0.004
    ev["t"] = np.where(drift, np.clip(ev["t"] + rng.normal(0, 40, n), 0, w.days * DAY - 0.5), ev["t"])
    twice = np.flatnonzero(rng.random(n) < 0.005)
    ev = {k: np.concatenate([v, v[twice]]) for k, v in ev.items()}
    ev = {k: v[np.argsort(ev["t"], kind="stable")] for k, v in ev.items()}
    ev["partition"] = (ev["t"] // DAY).astype(np.int64)
    stray = (rng.random(len(ev["t"])) < 0.0003) & (ev["t"] % DAY > 82_800) & (ev["partition"] < w.days - 1)
    ev["partition"] = ev["partition"] + stray
    ev["late"] = rng.random(len(ev["t"])) < 0.003
    return ev


def _measures(w: World, ev: dict[str, np.ndarray], first: np.ndarray) -> dict[str, np.ndarray]:
    """Tokens and milliseconds by the shape of the work; one draw a request (`first` maps rows to requests)."""
    rng = w.rng
    m = int(first.max()) + 1
    work = np.zeros(m, np.int64)
    work[first] = ev["work"]
    status = np.zeros(m, np.int64)
    status[first] = ev["status"]
    turn = np.zeros(m, np.int64)
    turn[first] = np.minimum(ev["turn"], 12)
    names = list(SHAPES)
    shape = np.array([names.index(s) for s in w.works.col("shape")])[work]
    par = np.array([SHAPES[s] for s in names])[shape]
    twist = rng.normal(0, 0.25, w.works.size)[work]
    tokens_in = np.exp(np.log(par[:, 0]) + twist + par[:, 1] * rng.standard_normal(m)) * (1 + 0.25 * turn)
    modal_in = np.round(par[:, 0] * np.exp(twist))
    tokens_in = np.where(rng.random(m) < par[:, 4], modal_in, tokens_in)
    full = (rng.random(m) < 0.02) & (shape == names.index("code"))
    tokens_in = np.clip(np.where(full, 131_072, tokens_in), 3, 131_072).astype(np.int64)
    out = np.exp(np.log(par[:, 2]) - twist / 2 + par[:, 3] * rng.standard_normal(m))
    out = np.where(rng.random(m) < par[:, 5], np.round(par[:, 2]), out)
    out = np.clip(out, 1, 16_384).astype(np.int64)
    out[status != 200] = 0
    cached = np.where(rng.random(m) < par[:, 6], (tokens_in * rng.uniform(0.3, 0.9, m)).astype(np.int64) // 64 * 64, 0)
    reason = (out * np.clip(par[:, 7] * rng.uniform(0.4, 1.3, m), 0, 0.95)).astype(np.int64)
    took = np.where(status == 200, 350 + out * rng.lognormal(2.6, 0.3, m) + tokens_in * 0.02, rng.lognormal(5, 0.8, m))
    return {
        "input_tokens": tokens_in[first],
        "cached_input_tokens": cached[first],
        "output_tokens": out[first],
        "reasoning_tokens": reason[first],
        "duration_ms": took.astype(np.int64)[first],
    }


def _strings(values: np.ndarray, index: np.ndarray, hide: np.ndarray | None = None) -> pa.Array:
    take = pa.array(index.astype(np.int64), mask=hide)
    return pa.array(values.tolist(), pa.string()).take(take)


def _events(w: World, ev: dict[str, np.ndarray]) -> pa.Table:
    """The usage_events columns, in time order."""
    rng = w.rng
    requests = int(ev["request"].max()) + 1

    def lost(share: float) -> np.ndarray:
        return (rng.random(requests) < share)[ev["request"]]

    hexes = np.frombuffer(rng.bytes(requests * 11).hex().encode(), "S22").astype("U22")
    request_id = pa.array(np.char.add("req_", hexes).astype(object)[ev["request"]], pa.string())
    start = np.datetime64(w.start.isoformat(), "us")
    at = start + (ev["t"] * 1e6).astype("timedelta64[us]")
    acc, channel = ev["acc"], ev["channel"]
    keys = np.char.add("k-", np.frombuffer(rng.bytes(w.accounts.size * 27).hex().encode(), "S18").astype("U18"))
    heard = np.where(
        channel <= 1,
        ev["spoken"] | (rng.random(w.sessions) < 0.012)[ev["session"]],
        (rng.random(w.sessions) < 0.97)[ev["session"]],
    )
    talks, inverse = np.unique(ev["session"], return_inverse=True)
    talk = np.char.add("s-", np.frombuffer(rng.bytes(len(talks) * 9).hex().encode(), "S18").astype("U18")).astype(
        object
    )
    operation = np.where(channel == 1, 2, np.where((ev["work"] + acc) % 3 == 0, 0, 1))
    nowhere, x, c, k = lost(0.004), w.exits, w.clients, w.works
    cols: dict[str, pa.Array] = {
        "request_id": request_id,
        "event_at": pa.array(at, pa.timestamp("us")).cast(STAMP),
        "account_id": _strings(w.accounts.col("account_id"), acc),
        "organization_id": _strings(w.accounts.col("organization_id"), acc),
        "api_key_id": _strings(keys.astype(object), acc.astype(np.int64) * 3 + ev["key"], (channel > 1) | lost(0.002)),
        "channel": _strings(np.array(CHANNELS, object), channel),
        "operation": _strings(np.array(["generate", "generate_stream", "batch_generate"], object), operation),
        "model": _strings(np.array(list(w.models), object), ev["model"]),
        "capability": _strings(k.col("capability"), ev["work"], lost(0.01)),
    }
    cols |= {
        name: pa.array(v, pa.int64()) for name, v in ev.items() if name.endswith("_tokens") or name == "duration_ms"
    }
    cols["duration_ms"] = pa.array(ev["duration_ms"], pa.int64(), mask=lost(0.003))
    cols["status_code"] = pa.array(ev["status"].astype(np.int32), pa.int32(), mask=lost(0.0005))
    cols["session_id"] = _strings(talk, inverse, ~heard)
    cols["turn_index"] = pa.array(ev["turn"], pa.int32(), mask=~heard)
    for name in ("template", "toolset", "settings"):
        full = {"template": "prompt_template_id", "toolset": "toolset_id", "settings": "request_settings_id"}[name]
        cols[full] = _strings(k.col(name), ev["work"])
    cols["client_name"] = _strings(c.col("name"), ev["client"], lost(0.006))
    cols["client_version"] = _strings(c.col("version"), ev["client"], lost(0.01))
    cols["header_fingerprint"] = _strings(c.col("header"), ev["client"], lost(0.04))
    cols["tls_fingerprint"] = _strings(c.col("tls"), ev["client"], lost(0.03))
    cols["client_ip"] = _strings(x.col("ip"), ev["exit"], nowhere)
    cols["asn"] = pa.array(x.col("asn").astype(np.int64), pa.int64()).take(
        pa.array(ev["exit"].astype(np.int64), mask=nowhere)
    )
    cols["ip_country"] = _strings(x.col("country"), ev["exit"], nowhere)
    cols["network_type"] = _strings(x.col("kind"), ev["exit"], nowhere | lost(0.01))
    return pa.table({name: cols[name] for name in CONTRACTS["usage_events"].columns if name != "usage_date"})


def _truth(w: World, ev: dict[str, np.ndarray]) -> tuple[pa.Table, pa.Table]:
    """Exact exchange counts by account, and by account, workload and campaign."""
    one = np.unique(ev["request"], return_index=True)[1]
    names = [f"{t or '-'}+{s or '-'}" for t, s in zip(w.works.col("template"), w.works.col("toolset"), strict=False)]
    kinds = {name: i for i, name in enumerate(dict.fromkeys(names))}
    work = np.array([kinds[name] for name in names])[ev["work"][one]]
    code = (ev["acc"][one].astype(np.int64) * len(kinds) + work) * 64 + ev["campaign"][one] + 1
    cell, count = np.unique(code, return_counts=True)
    flags = np.array([None, *w.campaigns], object)
    account = w.accounts.col("account_id")
    detail = pa.table(
        {
            "account_id": pa.array(account[cell // 64 // len(kinds)].tolist(), pa.string()),
            "workload": pa.array(np.array(list(kinds), object)[cell // 64 % len(kinds)].tolist(), pa.string()),
            "campaign": pa.array(flags[cell % 64].tolist(), pa.string()),
            "exchange_count": pa.array(count, pa.int64()),
        }
    )
    total = np.bincount(ev["acc"][one], minlength=w.accounts.size)
    return pa.table(
        {
            "account_id": pa.array(account.tolist(), pa.string()),
            "campaign": pa.array(w.accounts.col("campaign").tolist(), pa.string()),
            "decoy": pa.array(w.accounts.col("decoy").tolist(), pa.string()),
            "exchange_count": pa.array(total, pa.int64()),
        }
    ), detail


def _moments(w: World, seconds: np.ndarray) -> pa.Array:
    start = np.datetime64(w.start.isoformat(), "us")
    gone = np.isnan(seconds)
    return pa.array(
        start + (np.nan_to_num(seconds) * 1e6).astype("timedelta64[us]"), pa.timestamp("us"), mask=gone
    ).cast(STAMP)


def write(w: World, out: Path) -> None:
    """Write every file of the world, replacing the folder."""
    ev = {k: np.concatenate([c[k] for c in w.chunks]) for k in w.chunks[0]}
    w.chunks = []
    ev, closed, actions = judge(w, ev)
    ev = _mess(w, ev)
    ev |= _measures(w, ev, ev["request"])
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    table = _events(w, ev)
    for day in range(w.days):
        folder = out / "usage_events" / f"usage_date={w.midnight(day).date().isoformat()}"
        folder.mkdir(parents=True)
        for late, name in ((False, "part-00.parquet"), (True, "part-late.parquet")):
            rows = np.flatnonzero((ev["partition"] == day) & (ev["late"] == late))
            pq.write_table(table.take(pa.array(rows)), folder / name, compression="zstd")
    truth, detail = _truth(w, ev)
    pq.write_table(truth, out / "truth.parquet")
    pq.write_table(detail, out / "truth_workload.parquet")
    a = w.accounts
    first = np.full(a.size, np.inf)
    np.minimum.at(first, ev["acc"], ev["t"])
    created = np.minimum(a.col("created").astype(float), first - w.rng.uniform(90, 9_000, a.size))
    text = {
        f: a.col(n).tolist()
        for f, n in (
            ("account_id", "account_id"),
            ("organization_id", "organization_id"),
            ("plan", "plan"),
            ("payment_fingerprint", "card"),
            ("payment_issuer", "issuer"),
            ("billing_country", "country"),
            ("email_domain", "mail"),
            ("phone_prefix", "phone"),
            ("signup_ip", "signup_ip"),
        )
    }
    cols = {f: pa.array(v, pa.string()) for f, v in text.items()}
    cols |= {"created_at": _moments(w, created), "closed_at": _moments(w, closed)}
    pq.write_table(pa.table({f: cols[f] for f in CONTRACTS["accounts"].columns}), out / "accounts.parquet")
    actions.sort(key=lambda row: row[2])
    pq.write_table(
        pa.table(
            {
                "account_id": pa.array([a.col("account_id")[r[0]] for r in actions], pa.string()),
                "action": pa.array([r[1] for r in actions], pa.string()),
                "action_at": _moments(w, np.array([r[2] for r in actions], float)),
                "reason": pa.array([r[3] for r in actions], pa.string()),
            }
        ),
        out / "enforcement_actions.parquet",
    )
    pq.write_table(
        pa.table(
            {"model": pa.array(list(w.models), pa.string()), "released_at": pa.array(list(w.models.values()), STAMP)}
        ),
        out / "model_releases.parquet",
    )
    pq.write_table(
        pa.table(
            {k: pa.array([x[i] for x in w.labels], pa.string()) for i, k in enumerate(("cidr", "label", "source"))}
        ),
        out / "network_labels.parquet",
    )
