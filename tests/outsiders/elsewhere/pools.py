"""Work fed to a pool of accounts, and what its delivery leaves in the logs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from afield.world import DAY

from elsewhere.jobqueue import Served, arrivals, dispatch
from elsewhere.people import Crew
from elsewhere.products import craft
from elsewhere.shapes import CDF, MOST_INPUT, profile, tokens
from elsewhere.world import SPAN, SUB, Each, World

NO_SESSION, OWN_SESSION, REWRITTEN = 0, 1, 2
Requests = dict[str, np.ndarray]


def utc_hours(name: str, tz: float, floor: float = 0.0) -> np.ndarray:
    """Weights of UTC hours for people of one time zone; `floor` adds a share that never sleeps."""
    local = np.diff(CDF[profile(name)[0]], prepend=0)
    return np.roll(local, -round(tz)) * (1 - floor) + floor / 24


def work(
    w: World,
    n: int,
    apps: Each,
    *,
    p_apps: list[float] | None = None,
    camp: int = -1,
    hours: np.ndarray | None = None,
    session: int = NO_SESSION,
    model: Callable[[np.ndarray], np.ndarray] | None = None,
    many: int = 0,
    build: int = -1,
    owner: int = -1,
    **rhythm: float,
) -> Requests:
    """One tenant's requests; `many` spreads them over that many templates tried once or twice."""
    rng = w.rng
    t, s, turn = arrivals(rng, w.dow0, n, hours=np.ones(24) if hours is None else hours, **rhythm)
    m, ns = len(t), (int(s.max()) + 1 if len(s) else 0)
    mine = rng.choice(np.atleast_1d(apps), ns, p=p_apps)
    tpl, tool = craft(w, mine, 1.4, many)
    sett, kind = (np.array(w.app[k])[mine] for k in ("sett", "kind"))
    return {
        "t": t,
        "s": w.new("work", ns)[s] if ns else s,
        "turn": turn,
        "tpl": tpl[s],
        "tool": tool[s],
        "sett": sett[s],
        "kind": kind[s],
        "camp": np.full(m, camp),
        "session": np.full(m, session),
        "model": np.full(m, -1) if model is None else model(t),
        "build": np.full(m, build),
        "owner": np.full(m, owner),
    }


def together(parts: list[Requests]) -> Requests:
    """All tenants' requests in time order."""
    r = {k: np.concatenate([x[k] for x in parts]) for k in parts[0]}
    order = np.argsort(r["t"], kind="stable")
    return {k: v[order] for k, v in r.items()}


def chains(
    rng: np.random.Generator, n: int, per_day: float, stock: tuple[float, float] = (2, 40)
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Posts that must stay filled: born, dies (seconds) of every account ever in them, and the post."""
    born, dies, post = [], [], []
    for i in range(n):
        t = -1.0
        while t < SPAN:
            end = t + rng.exponential(DAY / per_day)
            born.append(t)
            dies.append(end)
            post.append(i)
            t = end + rng.uniform(*stock) * 3600
    return np.array(born), np.array(dies), np.array(post)


def deliver(
    w: World,
    ids: np.ndarray,
    r: Requests,
    d: Served,
    *,
    ip: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
    build: int | Callable[[np.ndarray, np.ndarray], np.ndarray],
    chan: Each = SUB,
) -> None:
    """Log what a dispatch did: exits are `ip(slot, t, sess)`, clients `build(slot, t)`; ids maps slots to accounts."""
    ok = np.flatnonzero(d.slot >= 0)
    slot, t = np.concatenate([d.slot[ok], d.bad_slot]), np.concatenate([d.t[ok], d.bad_t])
    i = np.concatenate([ok, d.bad_i])
    status = np.concatenate([np.full(len(ok), 200), d.bad_code])
    x = {k: v[i] for k, v in r.items()}
    tok = tokens(w.rng, x["kind"], len(i))
    tok["inp"] = np.minimum(tok["inp"] * (1 + 0.3 * np.minimum(x["turn"], 14)), MOST_INPUT).astype(int)
    for k in ("out", "reas", "cached"):
        tok[k] = np.where(status == 200, tok[k], 0)
    own = x["s"].astype(np.int64) + 10**9
    pair = np.unique(slot * 10**8 + x["s"], return_inverse=True)[1] + 2 * 10**9 + 10**8 * w.new("pairs")[0]
    sess = np.where(x["session"] == OWN_SESSION, own, np.where(x["session"] == REWRITTEN, pair, -1))
    chan = np.broadcast_to(chan, w.n_acc)[ids[slot]]
    w.emit(
        ids[slot],
        t,
        chan=chan,
        ip=ip(slot, t, x["s"]),
        build=np.where(x["build"] >= 0, x["build"], build(slot, t) if callable(build) else build),
        tpl=x["tpl"],
        tool=x["tool"],
        sett=np.where(chan == SUB, -1, x["sett"]),
        sess=sess,
        turn=np.where(sess >= 0, x["turn"], -1),
        status=status,
        camp=x["camp"],
        model=np.where(x["model"] >= 0, x["model"], w.model_of(ids[slot], t)),
        **tok,
    )


def rota(w: World, r: Requests, n: int, **limits: Each) -> Served:
    """Serve requests one by one from n accounts that are there all the time."""
    t = r["t"]
    born, dies = np.full(n, -1.0), np.full(n, 2 * SPAN)
    return dispatch(w.rng, t, np.full(len(t), -1), born=born, dies=dies, **limits)


def some_subscribe(w: World, crew: Crew, subscribed: np.ndarray, r: Requests, d: Served) -> np.ndarray:
    """Channel of every account where a part of a pool is on subscription; only there sessions are logged."""
    chan = np.zeros(w.n_acc, int)
    chan[crew.id[subscribed]] = SUB
    r["session"] = np.where(subscribed[np.maximum(d.slot, 0)], REWRITTEN, NO_SESSION)
    return chan


def ban_dead(w: World, crew: Crew, dies: np.ndarray, reason: str, share: float = 1.0) -> None:
    """Ban accounts when they die; those that are not just stopped paying or working."""
    end = np.flatnonzero(dies < SPAN)
    if share < 1:
        end = end[w.rng.random(len(end)) < share]
    w.ban(crew.id[end], dies[end], "ban", reason)


def pivot(w: World, share: float, after: float, before: int) -> Callable[[np.ndarray], np.ndarray]:
    """A lab's model choice: `share` of the work on the new model within `after` days of its release."""

    def choose(t: np.ndarray) -> np.ndarray:
        k = np.clip((t / DAY - w.models[w.new_model][1]) / after, 0, 1)
        return np.where(w.rng.random(len(t)) < share * k, w.new_model, before)

    return choose
