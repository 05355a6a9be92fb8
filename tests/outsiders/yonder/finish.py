"""From choices to full rows: tokens, statuses, retries, duplicates and the other mess of real logs."""

from __future__ import annotations

import numpy as np

from yonder.world import API, BATCH, RESALE, World

DAY = 86400.0
_ERRORS = np.array([429, 500, 503, 529, 400, 408, 413])
_ERROR_SHARES = np.array([0.45, 0.1, 0.1, 0.15, 0.12, 0.06, 0.02])


def _statuses(w: World, ev: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Fail about 1.8 % (some accounts far more often) and let most failures be retried soon after."""
    rng = w.rng
    habit = rng.lognormal(-0.7, 1.2, w.accounts.count) * 0.016
    drawn = rng.random(len(ev["at"])) < np.minimum(habit[ev["acc"]], 0.25)
    open_rows = ev["status"] == 0
    failed = rng.choice(_ERRORS, len(drawn), p=_ERROR_SHARES)
    ev["status"] = np.where(open_rows, np.where(drawn, failed, 200), ev["status"]).astype(np.int16)
    again = np.flatnonzero(
        open_rows & drawn & np.isin(failed, [429, 500, 503, 529, 408]) & (rng.random(len(drawn)) < 0.6)
    )
    extra = {k: v[again].copy() for k, v in ev.items()}
    extra["at"] = extra["at"] + rng.lognormal(1.6, 1.0, len(again))
    extra["status"] = np.full(len(again), 200, dtype=np.int16)
    return {k: np.concatenate([ev[k], extra[k]]) for k in ev}


def _tokens(w: World, ev: dict[str, np.ndarray]) -> None:
    """Draw token counts and durations from the recipes."""
    rng, p, rec = w.rng, w.recipes.numbers(), ev["rec"]
    n = len(rec)
    owner = rng.normal(0, 0.25, w.accounts.count)[ev["acc"]]
    size = p["in_mid"][rec] * np.exp(p["in_sig"][rec] * rng.normal(size=n) + owner)
    size *= 1.0 + p["growth"][rec] * np.minimum(ev["turn"], 30)
    limit = np.where(p["in_mid"][rec] > 5000, 195000, 128000)
    ev["input"] = np.clip(size, 4, limit).astype(np.int64)
    out = p["out_mid"][rec] * np.exp(p["out_sig"][rec] * rng.normal(size=n))
    out = np.where(rng.random(n) < p["fixed"][rec], np.rint(p["out_mid"][rec]), out)
    out = np.clip(np.rint(out), 1, p["cap"][rec])
    bad = ev["status"] != 200
    ev["output"] = np.where(bad, 0, out).astype(np.int64)
    share = np.clip(p["reason"][rec] + rng.normal(0, 0.1, n), 0, 0.95) * (p["reason"][rec] > 0)
    ev["reasoning"] = np.where(bad, 0, out * share).astype(np.int64)
    hit = rng.random(n) < p["cache"][rec] + 0.2 * (ev["turn"] > 0)
    ev["cached"] = np.where(hit & ~bad, ev["input"] * rng.uniform(0.2, 0.95, n), 0).astype(np.int64)
    speed = rng.lognormal(3.9, 0.35, n)
    ms = 250 + ev["input"] * 0.02 + out / speed * 1000 * rng.lognormal(0, 0.2, n)
    ms = np.where(ev["chan"] == BATCH, ms + rng.exponential(1.2e6, n), ms)
    ev["ms"] = np.where(bad, rng.lognormal(5.5, 0.8, n), ms).astype(np.int64)


def _nulls(w: World, ev: dict[str, np.ndarray]) -> None:
    """Decide which optional fields are missing (True = missing)."""
    rng, n = w.rng, len(ev["at"])
    bare = np.isin(ev["chan"], [API, BATCH, RESALE])
    keeps = rng.random(w.sessions + 1) < 0.05
    ev["no_session"] = np.where(bare, ~keeps[ev["ses"]], rng.random(n) < 0.01)
    ev["no_ip"] = np.where(ev["chan"] == RESALE, rng.random(n) < 0.4, rng.random(n) < 0.004)
    ev["no_net"] = ev["no_ip"] | (rng.random(n) < 0.012)
    ev["no_head"] = np.where(ev["chan"] == RESALE, True, rng.random(n) < 0.015)
    ev["no_tls"] = ev["no_head"] | (rng.random(n) < 0.03)
    ev["no_client"] = rng.random(n) < np.where(bare, 0.02, 0.004)
    ev["no_settings"] = rng.random(n) < 0.01
    ev["no_reason"] = (ev["reasoning"] == 0) & (rng.random(n) < 0.85)
    ev["no_ms"] = rng.random(n) < 0.006
    ev["no_cached"] = rng.random(n) < 0.03
    ev["no_model"] = rng.random(n) < 0.0008


def finish(w: World) -> dict[str, np.ndarray]:
    """All events of a world as columns, sorted by partition day and time, mess included."""
    rng = w.rng
    ev = {k: np.concatenate([p[k] for p in w.parts]) for k in w.parts[0]}
    w.parts = []
    born = w.accounts.frame()["created"].to_numpy(dtype=float)[ev["acc"]]
    ev = {k: v[ev["at"] >= born] for k, v in ev.items()}
    closed = w.accounts.frame()["closed"].to_numpy(dtype=float)[ev["acc"]]
    late = ev["at"] > np.where(np.isnan(closed), np.inf, closed)
    grace = late & (ev["at"] < closed + 400.0)
    ev["status"] = np.where(grace, rng.choice([401, 403], len(late)), ev["status"]).astype(np.int16)
    keep = ~late | grace
    ev = {k: v[keep] for k, v in ev.items()}
    ev = _statuses(w, ev)
    inside = ev["at"] < w.days * DAY - 1
    ev = {k: v[inside] for k, v in ev.items()}
    _tokens(w, ev)
    _nulls(w, ev)
    n = len(ev["at"])
    ev["req"] = np.arange(n)
    ev["day"] = (ev["at"] // DAY).astype(np.int16)
    skewed = rng.random(n) < 0.002
    ev["at"] = np.clip(ev["at"] + np.where(skewed, rng.normal(0, 90, n), 0.0), 0, w.days * DAY - 1e-3)
    stay = rng.random(n) < 0.9
    ev["day"] = np.where(skewed & stay, (ev["at"] // DAY), ev["day"]).astype(np.int16)
    tardy = (rng.random(n) < 0.0002) & (ev["day"] < w.days - 1)
    ev["day"] = (ev["day"] + tardy).astype(np.int16)
    twice = np.flatnonzero(rng.random(n) < 0.005)
    copy = {k: v[twice].copy() for k, v in ev.items()}
    redelivered = (rng.random(len(twice)) < 0.04) & (copy["day"] < w.days - 1)
    copy["day"] = (copy["day"] + redelivered).astype(np.int16)
    ev = {k: np.concatenate([ev[k], copy[k]]) for k in ev}
    order = np.lexsort((ev["at"], ev["day"]))
    return {k: v[order] for k, v in ev.items()}
