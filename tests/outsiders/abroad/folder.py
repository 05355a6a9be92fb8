"""Turning a finished world into its folder: ids, strings, partitions, truth."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from yonder.world import CHANNELS, CONSOLE, SUB

from abroad.clients import CATALOGUE
from abroad.finish import Columns, account_columns, deliver, finish, operation
from abroad.hashing import mix, u01
from abroad.nets import CC, TYPES
from abroad.works import CAPS
from abroad.world import DAYS, World
from revenuer.tables import CONTRACTS

STAMP = pa.timestamp("us", tz="UTC")
OPERATIONS = np.array(  # a row a channel
    [
        ("messages", "messages.stream", "responses"),
        ("batch.messages", "", ""),
        ("app.turn", "", ""),
        ("console.run", "", ""),
        ("invoke", "invoke.stream", ""),
    ],
    object,
)
CODES = {"template": ("tmpl:", 13), "toolset": ("tools:", 11), "settings": ("cfg-", 8), "session": ("sess_", 14)}
ID_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
ID_PREFIX = {"acct": "acct_", "user": "U-"}


def _times(t: np.ndarray) -> pa.Array:
    """Seconds since 1970 as timestamps; NaN is null."""
    gone = np.isnan(t)
    return pa.array(np.where(gone, 0, t * 1e6).astype("int64"), pa.int64(), mask=gone).cast(STAMP)


def _text(values: Iterable[object], missing: np.ndarray | None = None) -> pa.Array:
    """Strings; None and what is missing is null."""
    if missing is not None:
        values = np.where(missing, None, np.asarray(values, object))
    return pa.array([None if v is None else str(v) for v in values], pa.string())


def _codes(w: World, kind: str) -> np.ndarray:
    """Texts of all codes of a kind; the last entry is None, for -1."""
    prefix, digits = CODES[kind]
    h = mix(np.arange(w.next_code[kind]), sum(map(ord, kind)), w.salt)
    return np.array([f"{prefix}{x & ((1 << 4 * digits) - 1):0{digits}x}" for x in h.tolist()] + [None], object)


def _account_ids(w: World) -> np.ndarray:
    """Account ids in the world's own format."""

    def name(i: int, x: int) -> str:
        if w.ids == "uuid":
            tail = (x * 31 + i) & 0xFFFFFFFFFFFF
            return f"{x >> 32:08x}-{x >> 16 & 0xFFFF:04x}-4{x & 0xFFF:03x}-a{i & 0xFFF:03x}-{tail:012x}"
        if w.ids == "number":
            return f"{10**11 + x % (8 * 10**11)}{i:05d}"
        return ID_PREFIX[w.ids] + "".join(ID_LETTERS[x >> s & 31] for s in range(0, 60, 5))

    return np.array([name(i, x) for i, x in enumerate(mix(np.arange(w.n_acc), 99, w.salt).tolist())], object)


def _save(out: Path, name: str, columns: dict[str, pa.Array]) -> None:
    """Write one of the site's tables in the order of its contract."""
    table = pa.table({c: columns[c] for c in CONTRACTS[name].columns})
    pq.write_table(table, out / f"{name}.parquet")


class _Log:
    """The usage log of one world, a partition at a time."""

    def __init__(self, w: World, a: Columns, e: Columns, names: np.ndarray) -> None:
        self.w, self.a, self.e, self.names = w, a, e, names
        self.codes = {kind: _codes(w, kind) for kind in CODES}
        self.noise = mix(np.arange(len(e["t"])), 71, w.salt)
        self.tls_missing = np.array([missing for _, _, missing in CATALOGUE.values()])

    def partition(self, rows: np.ndarray, when: np.ndarray) -> pa.Table:
        """Some rows' usage_events columns."""
        order = np.argsort(when, kind="stable")
        rows, when = rows[order], when[order]
        e = {f: v[rows] for f, v in self.e.items()}
        h = self.noise[rows]
        cols = {"request_id": _text(f"rq{x:016x}{i:06x}" for x, i in zip(h.tolist(), rows.tolist(), strict=True))}
        cols["event_at"] = _times(when)
        cols |= self._account(e, h) | self._work(e, h) | self._client(e, h) | self._network(e, h)
        return pa.table({c: cols[c] for c in CONTRACTS["usage_events"].columns if c != "usage_date"})

    def _account(self, e: Columns, h: np.ndarray) -> dict[str, pa.Array]:
        acc, channel = e["acc"], e["channel"]
        keys = [f"k.{x >> 12:x}" for x in mix(acc, e["key"], 83, self.w.salt).tolist()]
        keyless = (channel == SUB) | (channel == CONSOLE) | (u01(mix(h, 3)) <= 0.01)
        unsaid = e["session"] < 0
        return {
            "account_id": _text(self.names[acc]),
            "organization_id": _text(self.a["org"][acc]),
            "api_key_id": _text(keys, keyless),
            "channel": _text(CHANNELS[channel]),
            "operation": _text(OPERATIONS[channel, operation(acc, channel)]),
            "session_id": _text(self.codes["session"][np.maximum(e["session"], -1)]),
            "turn_index": pa.array(np.maximum(e["turn"], 0).astype(np.int32), mask=(e["turn"] < 0) | unsaid),
        }

    def _work(self, e: Columns, h: np.ndarray) -> dict[str, pa.Array]:
        counts = ("input_tokens", "cached_input_tokens", "output_tokens", "duration_ms")
        return {f: pa.array(e[f]) for f in counts} | {
            "model": _text(np.array(self.w.works.models, object)[e["model"]]),
            "capability": _text(np.array(CAPS, object)[e["cap"]], u01(mix(h, 5)) < 0.06),
            "reasoning_tokens": pa.array(e["reasoning_tokens"], mask=e["reasoning_tokens"] == 0),
            "status_code": pa.array(e["status"].astype(np.int32)),
            "prompt_template_id": _text(self.codes["template"][e["template"]]),
            "toolset_id": _text(self.codes["toolset"][e["toolset"]]),
            "request_settings_id": _text(self.codes["settings"][e["settings"]]),
        }

    def _client(self, e: Columns, h: np.ndarray) -> dict[str, pa.Array]:
        client, version, header, salt = e["client"], e["ver"], e["hdr"], self.w.salt
        versions = self.w.clients.versions
        heads = [f"hf{x >> 16:012x}" for x in mix(client, version, header, 81, salt).tolist()]
        hellos = [
            f"t13d{x >> 40:06x}_{x >> 4 & 0xFFFFFFFF:08x}"
            for x in mix(client, version // 12, header // 3, 82, salt).tolist()
        ]
        return {
            "client_name": _text(np.array(list(CATALOGUE), object)[client], u01(mix(h, 6)) < 0.005),
            "client_version": _text(versions[c][v] for c, v in zip(client.tolist(), version.tolist(), strict=True)),
            "header_fingerprint": _text(heads, u01(mix(h, 1)) < 0.01),
            "tls_fingerprint": _text(hellos, u01(mix(h, 2)) < self.tls_missing[client]),
        }

    def _network(self, e: Columns, h: np.ndarray) -> dict[str, pa.Array]:
        nets, net = self.w.nets, e["net"]
        nowhere = u01(mix(h, 4)) < 0.003
        return {
            "client_ip": _text(nets.text(net, e["addr"]), nowhere),
            "asn": pa.array(np.array(nets.asn)[net].astype(np.int64), mask=nowhere | (u01(mix(h, 7)) < 0.005)),
            "ip_country": _text(CC[np.array(nets.country)[net]], nowhere),
            "network_type": _text(np.array(TYPES, object)[np.array(nets.shown)[net]], nowhere),
        }


def _write_truth(w: World, a: Columns, e: Columns, names: np.ndarray, out: Path) -> None:
    """Exact exchange counts by account, and by account and workload with its most frequent campaign."""
    total = np.bincount(e["acc"], minlength=w.n_acc)
    truth = {"account_id": _text(names), "campaign": _text(a["camp"]), "decoy": _text(a["decoy"])}
    pq.write_table(pa.table(truth | {"exchange_count": pa.array(total.astype(np.int64))}), out / "truth.parquet")
    code = (e["acc"] << 42) | ((e["template"] + 1) << 18) | (e["toolset"] + 1)
    uniq, back, count = np.unique(code, return_inverse=True, return_counts=True)
    votes = np.zeros((len(uniq), len(w.campaigns) + 1))
    np.add.at(votes, (back, e["camp"] + 1), 1)
    templates = _codes(w, "template")[((uniq >> 18) & 0xFFFFFF) - 1]
    tools = _codes(w, "toolset")[(uniq & 0x3FFFF) - 1]
    detail = {
        "account_id": _text(names[uniq >> 42]),
        "workload": _text(f"{x or '-'}+{y or '-'}" for x, y in zip(templates, tools, strict=True)),
        "campaign": _text(np.array([None, *w.campaigns], object)[votes.argmax(1)]),
        "exchange_count": pa.array(count.astype(np.int64)),
    }
    pq.write_table(pa.table(detail), out / "truth_workload.parquet")


def _write_accounts(w: World, a: Columns, names: np.ndarray, out: Path) -> None:
    net, addr = w.nets.address(a["home"], a["hkey"], a["created"])
    given = a["sign_net"] >= 0
    ip = w.nets.text(np.where(given, a["sign_net"], net), np.where(given, a["sign_addr"], addr))
    columns = {
        "account_id": _text(names),
        "organization_id": _text(a["org"]),
        "created_at": _times(a["created"]),
        "plan": _text(a["plan"]),
        "payment_fingerprint": _text(a["card"]),
        "payment_issuer": _text(a["issuer"]),
        "billing_country": _text(a["bill"]),
        "email_domain": _text(a["email"]),
        "phone_prefix": _text(a["phone"]),
        "signup_ip": _text(ip, w.rng.random(len(ip)) < 0.04),
        "closed_at": _times(a["closed"]),
    }
    _save(out, "accounts", columns)


def write(w: World, out: Path) -> None:
    """Write every file of the world, replacing the folder."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    a = account_columns(w)
    e = finish(w, a)
    names = _account_ids(w)
    _write_truth(w, a, e, names, out)
    _write_accounts(w, a, names, out)
    log, arrived = _Log(w, a, e, names), deliver(w, e)
    for day in range(DAYS):
        today = arrived["day"] == day
        folder = out / "usage_events" / f"usage_date={w.first_day + dt.timedelta(days=day)}"
        folder.mkdir(parents=True)
        table = log.partition(arrived["row"][today], arrived["when"][today])
        pq.write_table(table, folder / "part-0.parquet", compression="zstd")
    _save(out, "model_releases", {"model": _text(w.works.models), "released_at": _times(w.works.released)})
    cidr, label, source = zip(*w.labels, *w.nets.labels(), strict=True)
    _save(out, "network_labels", {"cidr": _text(cidr), "label": _text(label), "source": _text(source)})
    actions = sorted((x for x in w.actions if w.start <= x[2] < w.end), key=lambda x: x[2])
    account, action, at, reason = zip(*actions, strict=True)
    columns = {"account_id": _text(names[list(account)]), "action": _text(action), "reason": _text(reason)}
    _save(out, "enforcement_actions", columns | {"action_at": _times(np.array(at, float))})
