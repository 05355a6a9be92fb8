"""What an operator does to accounts: buys them in lots, pays with few cards, sits behind exits, warms them up."""

from __future__ import annotations

from typing import Any

import numpy as np
from yonder.world import DAY, SUB

from abroad.clients import C
from abroad.hashing import mix, pick, u01
from abroad.nets import Exits
from abroad.people import cards, mails, send_home
from abroad.rhythm import sessions
from abroad.world import DAYS, HOUR, Pop, World


def _days(w: World, t: np.ndarray) -> np.ndarray:
    """Days of the window, its first for what is before it."""
    return np.clip((t - w.start) // DAY, 0, DAYS - 1).astype(int)


def through(w: World, exits: Exits, gid: np.ndarray, t: np.ndarray, keep: float = HOUR) -> tuple[np.ndarray, ...]:
    """(net, addr) of the exit an account holds at a time; kept about `keep` seconds, per account a little different."""
    each = keep * (0.75 + 0.5 * u01(mix(gid, 91, w.salt)))
    epoch = np.floor((t + 1e5 * u01(mix(gid, 92))) / each)
    day = _days(w, t)
    net, addr = np.empty(len(t), np.int64), np.empty(len(t), np.int64)
    h = mix(gid, epoch, 93, w.salt)
    for d, (nets, addresses) in enumerate(exits):
        m = day == d
        i = pick(h[m], len(nets))
        net[m], addr[m] = nets[i], addresses[i]
    return net, addr


def buy(
    w: World,
    p: Pop,
    exits: Exits,
    when: np.ndarray,
    *,
    lot: int,
    per_card: float,
    mail: list[str],
    mail_share: float,
    issuers: list[str],
    lot_hours: float = 2.5,
) -> None:
    """Sign-ups in lots of about `lot` at given times, through the exits; a card pays for about `per_card` accounts."""
    r, n = w.rng, p.n
    lots = np.sort(pick(mix(np.arange(n) // lot, w.salt), len(when)))
    p.put(created=when[lots] + r.gamma(2, lot_hours / 2 * HOUR, n))
    day = _days(w, p.created)
    for d in np.unique(day):
        m = np.flatnonzero(day == d)
        nets, addresses = exits[d]
        j = r.integers(0, len(nets), len(m))
        p.put(m, sign_net=nets[j], sign_addr=addresses[j])
    k = max(2, int(n / per_card))
    weight = r.gamma(2, 1, k)
    c = r.choice(k, n, p=weight / weight.sum())
    p.put(card=cards(w, k)[c], issuer=r.choice(issuers, k).astype(object)[c])
    p.put(email=mails(w, n))
    own = r.random(n) < mail_share
    p.put(own, email=r.choice(mail, int(own.sum())))
    p.put(r.random(n) < 0.6, phone=None)
    p.put(org=None)
    send_home(p)


def cover(
    w: World,
    p: Pop,
    exits: Exits,
    mean: float,
    client: Any = C["web"],
    channel: Any = SUB,
    hdr: Any = -1,
    ver: int = -1,
) -> None:
    """Innocent small talk that warms accounts up; not the lab's work."""
    client, channel, hdr = (np.broadcast_to(x, p.n) for x in (client, channel, hdr))
    i, t, s, k = sessions(w, w.rng.poisson(mean, p.n), p.tz, p.late_shift)
    net, addr = through(w, exits, p.gid[i], t)
    on_plan = channel[i] == SUB
    w.emit(
        p.gid[i],
        t,
        w.works.subject(s),
        client[i],
        channel[i],
        session=np.where(on_plan, s, -1),
        turn=k,
        net=net,
        addr=addr,
        hdr=hdr[i],
        ver=np.where(on_plan, -1, ver),
    )


def ban(w: World, p: Pop, who: np.ndarray, when: np.ndarray, reason: str | None = None) -> None:
    """Close accounts; a few actions never reach the table."""
    p.put(who, closed=when)
    for i, at in zip(who.tolist(), when.tolist(), strict=True):
        if w.rng.random() < 0.93:
            drawn = reason or str(w.rng.choice(["coordinated_abuse", "policy", "automated_review"], p=[0.5, 0.3, 0.2]))
            w.actions.append((int(p.gid[i]), "ban", float(at), drawn))


def window_of(w: World, p: Pop, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(on, off): when each bought account can work."""
    return np.maximum(start, p.created + 1800), np.where(np.isnan(p.closed), w.end + DAY, p.closed)
