"""From choices to full rows: what an account does by habit, failures and retries, token counts."""

from __future__ import annotations

import numpy as np
from yonder.world import API, BATCH, DAY

from abroad.hashing import mix, pick, u01
from abroad.world import DAYS, FIELDS, HOUR, SERVER, World

Columns = dict[str, np.ndarray]


def account_columns(w: World) -> Columns:
    """All accounts' columns; a card has one issuer."""
    a = {k: np.concatenate([p.c[k] for p in w.pops]) for k in w.pops[0].c}
    has = np.flatnonzero(np.not_equal(a["card"], None))
    _, first, back = np.unique(a["card"][has].astype(str), return_index=True, return_inverse=True)
    a["issuer"][has] = a["issuer"][has[first]][back]
    return a


def _possible(w: World, a: Columns, e: Columns) -> np.ndarray:
    """Which events can happen: inside the window, after sign-up, not closed (but for refusals), not suspended."""
    acc, t = e["acc"], e["t"]
    keep = (t >= np.maximum(w.start, a["created"][acc] + 60)) & (t < w.end - 60)
    keep &= ~((t > a["closed"][acc]) & (e["status"] < 400))
    pause, back = np.full(w.n_acc, np.inf), np.full(w.n_acc, np.inf)
    for g, act, at, why in w.actions:
        if act == "suspend" and why != "admin_request":
            pause[g] = at
        elif act == "reinstate":
            back[g] = at
    return keep & ~((t > pause[acc]) & (t < back[acc]))


def _tell_sessions(w: World, e: Columns) -> None:
    """A few honest programs send session ids."""
    few = (u01(mix(e["acc"], 46, w.salt)) < 0.045) & (e["channel"] == API) & (e["session"] < 0) & (e["camp"] < 0)
    spell = ((e["t"][few] - w.start) // 1500).astype(np.int64)
    uniq, at = np.unique(e["acc"][few] * 100000 + spell, return_inverse=True)
    e["session"][few] = w.new("session", len(uniq))[at]


def _fail(w: World, e: Columns, keep: np.ndarray) -> Columns:
    """Ordinary failures, and the retry a client makes a moment later on the same account."""
    r = w.rng
    fails = (r.random(len(keep)) < 0.014) & (e["status"] == 200)
    again = np.flatnonzero(keep & fails & (r.random(len(keep)) < 0.7))
    e["status"][fails] = r.choice([429, 529, 500, 400, 408], int(fails.sum()), p=[0.4, 0.25, 0.15, 0.15, 0.05])
    order = np.concatenate([np.flatnonzero(keep), again])
    e = {f: v[order] for f, v in e.items()}
    m = len(again)
    e["t"][-m:] += 1 + r.exponential(6, m)
    e["status"][-m:] = 200
    return e


def _address(w: World, a: Columns, e: Columns) -> None:
    """Fill in where events come from: server, office in its hours, VPN, phone, or home."""
    acc, t = e["acc"], e["t"]
    hour = (t / HOUR + a["tz"][acc]) % 24
    weekday = ((t + a["tz"][acc] * HOUR) // DAY + 3) % 7
    block = mix(acc, t // 5400, 51, w.salt)
    u, v = u01(block), u01(mix(block, 1))
    place, key = a["home"][acc], a["hkey"][acc]
    at_work = (weekday < 5) & (hour > 8.5) & (hour < 18.2) & (u > 0.12)
    for name, when in (("mobile", u < 0.25), ("vpn", v < 0.6), ("office", at_work)):
        there = a[name][acc]
        go = (there >= 0) & when
        place[go], key[go] = there[go], acc[go]
    go = e["where"] == SERVER
    place[go], key[go] = a["server"][acc][go], a["skey"][acc][go]
    net, addr = w.nets.address(place, key, t)
    given = e["net"] >= 0
    e["net"], e["addr"] = np.where(given, e["net"], net), np.where(given, e["addr"], addr)


def _program(w: World, a: Columns, e: Columns) -> None:
    """Fill in client versions, headers and models."""
    acc, t, installation = e["acc"], e["t"], a["ckey"][e["acc"]]
    e["client"] = e["client"].astype(int)
    e["ver"] = np.where(e["ver"] >= 0, e["ver"], w.clients.version(e["client"], installation, t))
    e["hdr"] = np.where(e["hdr"] >= 0, e["hdr"], w.clients.variant(e["client"], installation))
    e["model"] = np.where(e["model"] >= 0, e["model"], w.works.model_of(acc, t, e["channel"]))


def _measure(w: World, e: Columns) -> None:
    """Token counts and durations by kind of work."""
    r, n, st = w.rng, len(e["t"]), e["style"]
    kind = {f: np.concatenate(parts)[st] for f, parts in w.styles.items()}
    z, y = r.normal(0, 1, n), r.normal(0, 1, n)
    deep = np.maximum(e["turn"], 0) ** 0.6
    size = kind["in_med"] * np.exp(kind["in_sig"] * z) * (1 + 0.18 * deep)
    size = np.where(r.random(n) < kind["fixin"], kind["in_med"], size)
    tokens_in = np.clip(size, 4, 198000).astype(np.int64)
    out = kind["out_med"] * np.exp(kind["out_sig"] * y)
    out = np.where(r.random(n) < kind["fixout"], kind["out_med"], out)
    out = np.clip(np.round(out), 1, 32000).astype(np.int64)
    think = r.random(n) < kind["reason"]
    reasoning = np.where(think, np.round(out * r.uniform(0.3, 2.5, n)), 0).astype(np.int64)
    out = out + reasoning
    cached = (tokens_in * np.where(r.random(n) < 0.75, kind["cache"], 0) * r.uniform(0.6, 1, n)).astype(np.int64)
    failed = e["status"] != 200
    out[failed], reasoning[failed], cached[failed] = 0, 0, 0
    refused = r.exponential(400, n) + 40
    took = np.where(failed, refused, 250 + tokens_in * 0.05 + out * r.uniform(9, 22, n))
    took = np.where(e["channel"] == BATCH, took * r.uniform(3, 40, n), took)
    e |= {
        "input_tokens": tokens_in,
        "cached_input_tokens": cached,
        "output_tokens": out,
        "reasoning_tokens": reasoning,
        "duration_ms": took.astype(np.int64),
    }
    e |= {f: kind[f].astype(int) for f in ("template", "toolset", "settings", "cap")}
    e["template"] = np.where(u01(mix(np.arange(n), 61)) < 0.004, -1, e["template"])


def finish(w: World, a: Columns) -> Columns:
    """All exchanges of a world as columns, in time order."""
    e = {f: np.concatenate(w.events[f]) for f in FIELDS}
    w.events.clear()
    keep = _possible(w, a, e)
    _tell_sessions(w, e)
    e = _fail(w, e, keep)
    e["t"] += w.rng.normal(0, 0.4, len(e["t"]))
    order = np.argsort(e["t"], kind="stable")
    e = {f: v[order] for f, v in e.items()}
    _address(w, a, e)
    _program(w, a, e)
    _measure(w, e)
    return e


def deliver(w: World, e: Columns) -> Columns:
    """Rows as they arrive (`row` of the exchanges, `when`, `day` of the partition): duplicates and late rows too."""
    r, n = w.rng, len(e["t"])
    twice = np.flatnonzero(r.random(n) < 0.005)
    moved = np.where(r.random(len(twice)) < 0.5, 0, r.exponential(3, len(twice)))
    when = np.clip(np.concatenate([e["t"], e["t"][twice] + moved]), w.start, w.end - 1)
    day = ((when - w.start) // DAY).astype(int)
    late = r.random(len(when)) < 0.0008
    return {
        "row": np.concatenate([np.arange(n), twice]),
        "when": when,
        "day": np.where(late, np.minimum(day + 1, DAYS - 1), day),
    }


def operation(acc: np.ndarray, channel: np.ndarray) -> np.ndarray:
    """Which of its channel's operations an account calls (a number)."""
    return pick(mix(acc, 84), 12) % np.array([3, 1, 1, 1, 2])[channel]
