"""Write a finished world: parquet tables and exact truth."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from yonder.finish import finish
from yonder.tokens import random_base36, random_hex
from yonder.world import API, BATCH, CHANNELS, RESALE, World

_TIME = pa.timestamp("us", tz="UTC")


def _text(values: Sequence[str | None] | np.ndarray, codes: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """Vocabulary taken by code, missing where told."""
    index = pa.array(codes, mask=missing) if missing is not None else pa.array(codes)
    return pa.array(values, pa.string()).take(index)


def _ints(values: np.ndarray, missing: np.ndarray | None = None, kind: pa.DataType | None = None) -> pa.Array:
    return pa.array(values.astype(np.int64), kind or pa.int64(), mask=missing)


def _times(w: World, seconds: np.ndarray) -> pa.Array:
    """Seconds since the first midnight as timestamps; NaN is null."""
    base = int(w.when(0).timestamp())
    bad = np.isnan(seconds)
    micros = (np.where(bad, 0.0, seconds) * 1e6).astype(np.int64) + base * 1_000_000
    return pa.array(micros, pa.int64(), mask=bad).cast(_TIME)


def _events(w: World, ev: dict[str, np.ndarray]) -> pa.Table:
    """The usage_events table (with the partition day still in it)."""
    rng, book, frame = w.rng, w.recipes, w.accounts.frame()
    ips, place = np.unique(ev["ip"], return_inverse=True)
    ip_text, system = w.net.render(ips)
    rows, client = np.unique(ev["client"], return_inverse=True)
    names, versions, heads, tls = w.clients.render(rows)
    keys, key = np.unique(ev["acc"].astype(np.int64) * 8 + ev["key"], return_inverse=True)
    sessions, session = np.unique(ev["ses"], return_inverse=True)
    requests = random_hex(rng, int(ev["req"].max()) + 1, 20, "req_")
    stream = w.recipes.numbers()["stream"][ev["rec"]] > 0
    operation = np.where(ev["chan"] == BATCH, 2, np.where(stream, 1, 0))
    keyless = ~np.isin(ev["chan"], [API, BATCH, RESALE])
    sysrow = system[place]
    nonet = ev["no_net"]
    return pa.table(
        {
            "request_id": _text(requests, ev["req"]),
            "event_at": _times(w, ev["at"]),
            "account_id": _text(frame["account_id"].tolist(), ev["acc"]),
            "organization_id": _text(frame["organization_id"].tolist(), ev["acc"]),
            "api_key_id": _text(random_base36(rng, len(keys), 14, "key-"), key, keyless),
            "channel": _text(CHANNELS, ev["chan"]),
            "operation": _text(["messages", "messages_stream", "batch_item"], operation),
            "model": _text([m[0] for m in w.models], ev["model"], ev["no_model"]),
            "capability": _text([s.capability for s in book.shape], ev["rec"]),
            "input_tokens": _ints(ev["input"]),
            "cached_input_tokens": _ints(ev["cached"], ev["no_cached"]),
            "output_tokens": _ints(ev["output"]),
            "reasoning_tokens": _ints(ev["reasoning"], ev["no_reason"]),
            "status_code": _ints(ev["status"], None, pa.int32()),
            "duration_ms": _ints(ev["ms"], ev["no_ms"]),
            "session_id": _text(random_hex(rng, len(sessions), 18, "s"), session, ev["no_session"]),
            "turn_index": _ints(ev["turn"], ev["no_session"], pa.int32()),
            "prompt_template_id": _text(book.template, ev["rec"]),
            "toolset_id": _text(book.toolset, ev["rec"]),
            "request_settings_id": _text(book.settings, ev["rec"], ev["no_settings"]),
            "client_name": _text(names, client, ev["no_client"]),
            "client_version": _text(versions, client, ev["no_client"]),
            "header_fingerprint": _text(heads, client, ev["no_head"]),
            "tls_fingerprint": _text(tls, client, ev["no_tls"]),
            "client_ip": _text(ip_text, place, ev["no_ip"]),
            "asn": _ints(np.array(w.net.asn)[sysrow], nonet),
            "ip_country": _text(w.net.country, sysrow, nonet),
            "network_type": _text(w.net.kind, sysrow, nonet),
        }
    )


def _truth(w: World, ev: dict[str, np.ndarray], out: Path) -> None:
    """Exact truth by account and by (account, workload, campaign), in distinct request ids."""
    frame = w.accounts.frame()
    first = np.unique(ev["req"], return_index=True)[1]
    rows = pd.DataFrame(
        {"acc": ev["acc"][first], "workload": w.recipes.workloads()[ev["rec"][first]], "camp": ev["camp"][first]}
    )
    work = rows.groupby(["acc", "workload", "camp"], sort=True).size().reset_index(name="n")
    names = np.array([*w.campaigns, None], dtype=object)
    ids = frame["account_id"].to_numpy()
    pq.write_table(
        pa.table(
            {
                "account_id": pa.array(ids[work["acc"]], pa.string()),
                "workload": pa.array(work["workload"], pa.string()),
                "campaign": pa.array(names[work["camp"]], pa.string()),
                "exchange_count": _ints(work["n"].to_numpy()),
            }
        ),
        out / "truth_workload.parquet",
    )
    total = np.bincount(rows["acc"], minlength=len(frame))
    lab = work[work["camp"] >= 0].sort_values(["acc", "n"]).drop_duplicates("acc", keep="last")
    campaign = frame["campaign"].where(frame["campaign"].notna(), None).to_numpy(dtype=object).copy()
    campaign[lab["acc"].to_numpy()] = names[lab["camp"]]
    pq.write_table(
        pa.table(
            {
                "account_id": pa.array(ids, pa.string()),
                "campaign": pa.array(campaign.tolist(), pa.string()),
                "decoy": pa.array([d if isinstance(d, str) else None for d in frame["decoy"]], pa.string()),
                "exchange_count": _ints(total),
            }
        ),
        out / "truth.parquet",
    )


def _accounts(w: World, out: Path) -> None:
    """accounts.parquet."""
    frame = w.accounts.frame()
    text = {
        c: pa.array([v if isinstance(v, str) else None for v in frame[c]], pa.string())
        for c in (
            "account_id",
            "organization_id",
            "plan",
            "payment_fingerprint",
            "payment_issuer",
            "billing_country",
            "email_domain",
            "phone_prefix",
        )
    }
    signup = frame["signup"].to_numpy(dtype=np.int64)
    ips = w.net.render(signup)[0]
    created = _times(w, frame["created"].to_numpy(dtype=float))
    blank = w.rng.random(len(frame)) < 0.03
    pq.write_table(
        pa.table(
            {
                "account_id": text["account_id"],
                "organization_id": text["organization_id"],
                "created_at": created,
                "plan": text["plan"],
                "payment_fingerprint": text["payment_fingerprint"],
                "payment_issuer": text["payment_issuer"],
                "billing_country": text["billing_country"],
                "email_domain": text["email_domain"],
                "phone_prefix": text["phone_prefix"],
                "signup_ip": pa.array(ips, pa.string(), mask=blank),
                "closed_at": _times(w, frame["closed"].to_numpy(dtype=float)),
            }
        ),
        out / "accounts.parquet",
    )


def write(w: World, out: Path) -> None:
    """Write one world folder."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    ev = finish(w)
    table = _events(w, ev)
    bounds = np.searchsorted(ev["day"], np.arange(w.days + 1))
    for d in range(w.days):
        folder = out / "usage_events" / f"usage_date={w.when(d * 86400).date()}"
        folder.mkdir(parents=True)
        pq.write_table(table.slice(bounds[d], bounds[d + 1] - bounds[d]), folder / "part-0.parquet", compression="zstd")
    _truth(w, ev, out)
    _accounts(w, out)
    ids = w.accounts.frame()["account_id"].to_numpy()
    act = sorted(w.enforcement, key=lambda r: r[2])
    pq.write_table(
        pa.table(
            {
                "account_id": pa.array([ids[r[0]] for r in act], pa.string()),
                "action": pa.array([r[1] for r in act], pa.string()),
                "action_at": _times(w, np.array([r[2] for r in act])),
                "reason": pa.array([r[3] for r in act], pa.string()),
            }
        ),
        out / "enforcement_actions.parquet",
    )
    pq.write_table(
        pa.table(
            {
                "model": pa.array([m[0] for m in w.models], pa.string()),
                "released_at": _times(w, np.array([m[1] for m in w.models])),
            }
        ),
        out / "model_releases.parquet",
    )
    labels = w.net.labels()
    pq.write_table(
        pa.table({k: pa.array([r[i] for r in labels], pa.string()) for i, k in enumerate(("cidr", "label", "source"))}),
        out / "network_labels.parquet",
    )
