"""Honest people who share cards, offices, clients or exits in a city without an attack."""

from __future__ import annotations

import numpy as np
from afield.world import DAY

from elsewhere.background import HANDS, heavy, zipf_pick
from elsewhere.ids import unit
from elsewhere.networks import CC, lands
from elsewhere.people import one_org, orgs, paid_by, people
from elsewhere.products import app
from elsewhere.shapes import Beats
from elsewhere.usage import newest, use
from elsewhere.world import API, CONSOLE, World


def card_resellers(w: World, n: int) -> None:
    """Five resellers: lots of accounts on a card each, opened in series; every customer lives somewhere else."""
    rng = w.rng
    k, where = rng.integers(0, 5, n), lands("TR", "IN", "BR", "VN", "ID")
    shop = orgs(w, 5, cc=where)
    wave = -DAY * rng.integers(1, 14, n) * 21
    p = people(
        w,
        n,
        cc=where[k],
        decoy="card_resellers",
        plan="pro",
        created=wave + 36000 + rng.random(n) * 5400,
        card=w.new("card", 5)[k],
        issuer=np.array([w.org["issuer"][s] for s in shop])[k],
        domain=rng.choice(np.array(["gmail.com", "outlook.com", "hotmail.com"], object), n),
        signup=np.array([w.org["exits"][s][0] for s in shop])[k],
        p_mob=0.35,
    )
    use(
        w,
        p,
        heavy(rng, n, 160, 1.0, 2000, 0.05),
        w.chat_app,
        alt=zipf_pick(rng, np.concatenate([w.pop["agent"], w.pop["assist"]]), n),
        p_alt=0.35,
        hours=rng.choice(HANDS, n),
        active=0.8,
        size=4.5,
    )


def accounting_firm(w: World, n: int) -> None:
    """One firm's card pays its clients' accounts and its template does their books; clients also work alone."""
    rng = w.rng
    o = one_org(w, "IT")
    p = people(
        w,
        n,
        cc=CC.index("IT"),
        decoy="accounting_firm",
        plan="payg",
        created=-DAY * rng.uniform(30, 900, n),
        **paid_by(w, o, n),
        signup=w.org["exits"][o][0],
    )
    books = app(w, 3, client="python-sdk", kind="extract", tool=True)
    exits = w.org["exits"][o]
    use(
        w,
        p,
        np.round(rng.normal(260, 60, n)).clip(60).astype(int),
        books,
        chan=API,
        ips=lambda beats: exits[beats.pos % len(exits)],
        builds=w.clients.fixed("python-sdk", 70, 2),
        hours="office",
        weekend=0.05,
        active=0.9,
        size=14,
        gap=7,
        shift_sd=0.4,
        day_sigma=0.5,
    )
    use(w, p, heavy(rng, n, 70, 1.1, 900, 0.1), w.chat_app, chan=CONSOLE, active=0.7, size=4)


def franchise(w: World, n: int) -> None:
    """A chain's shops with one vendor's frozen till assistant: shop hours, each shop's own line and card."""
    rng = w.rng
    place = rng.choice(lands("US", "CA", "GB", "MX"), n, p=[0.6, 0.15, 0.15, 0.1])
    p = people(
        w,
        n,
        cc=place,
        decoy="franchise_bot",
        plan="payg",
        created=-DAY * rng.choice([35, 90, 160], n) - rng.random(n) * DAY * 3,
        domain="brightburger.com",
        p_mob=0,
        p_vpn=0,
        p_relay=0,
    )
    p.lease = 60
    bot = app(w, 1, client="pos-assist", kind="bot", tool=True)
    use(
        w,
        p,
        np.round(rng.normal(330, 40, n)).astype(int),
        bot,
        chan=API,
        builds=w.clients.fixed("pos-assist", 100, 0),
        hours="shop",
        weekend=1.2,
        day_sigma=0.1,
        active=1,
        size=1.7,
        gap=40,
        shift_sd=0.3,
    )


def migrated_firm(w: World, n: int) -> None:
    """A firm moves to a new client in a day: most accounts are opened that morning; half know their organisation."""
    rng = w.rng
    o = one_org(w, "KR")
    exits = w.nets.addr(np.full(3, w.org["net"][o]))
    day = 5.95 * DAY  # eight o'clock in Seoul
    new = rng.random(n) < 0.7
    p = people(
        w,
        n,
        cc=CC.index("KR"),
        decoy="migrated_firm",
        plan="team",
        created=np.where(new, day + rng.random(n) * 4000, -DAY * rng.uniform(60, 500, n)),
        **paid_by(w, o, n),
        domain=w.org["domain"][o],
        signup=exits[0],
        p_mob=0.05,
        p_vpn=0,
        p_relay=0,
    )
    w.acc[-1]["org"][rng.random(n) < 0.5] = o
    p.works_at([exits] * n, 0.94)
    agent = w.pop["agent"][1]
    use(
        w,
        p,
        np.where(new, 0, heavy(rng, n, 60, 0.8, 600, 0.1)),
        w.chat_app,
        hours="office",
        weekend=0.04,
        active=0.9,
        lo=0,
        hi=6,
        shift_sd=0.6,
    )
    use(
        w,
        p,
        heavy(rng, n, 220, 0.7, 1500, 0.04),
        agent,
        alt=w.chat_app,
        p_alt=0.2,
        hours="office",
        weekend=0.04,
        active=0.95,
        lo=6,
        lag=5.0,
        size=7,
        gap=40,
        day_sigma=0.35,
        shift_sd=0.6,
    )


def censored(w: World, n: int) -> None:
    """People of a censored country: rented residential exits, new daily; prepaid cards; own chats, own hours."""
    rng = w.rng
    p = people(
        w,
        n,
        cc=CC.index("IR"),
        decoy="censored_residential",
        plan=rng.choice(["pro", "max"], n, p=[0.85, 0.15]),
        created=-DAY * 400 * rng.random(n) ** 1.4,
        issuer=rng.choice(w.prepaid[:3], n),
        country=rng.choice(["TR", "AE", "US"], n),
        domain="gmail.com",
        phone=rng.choice(np.array(["+9053", "+97150", "+4479"], object), n),
    )
    rent = w.nets.addr(w.nets.home_net(rng.choice(lands("DE", "TR", "US", "NL", "FR"), 5000)))

    def ips(beats: Beats) -> np.ndarray:
        k = (
            p.id[beats.whose] * 1000
            + np.floor(beats.begins / DAY).astype(int) * 3
            + rng.integers(0, 3, len(beats.whose)) * (rng.random(len(beats.whose)) < 0.3)
        )
        return rent[(unit(k, 12) * 5000).astype(int)][beats.sitting]

    phone, on_phone, in_browser = rng.random(n) < 0.5, newest(w, p, "android-app"), newest(w, p, "web")
    use(
        w,
        p,
        heavy(rng, n, 170, 1.05, 2500, 0.04),
        w.chat_app,
        alt=zipf_pick(rng, np.concatenate([w.pop["assist"], w.pop["agent"]]), n),
        p_alt=0.25,
        ips=ips,
        hours=rng.choice(["evening", "student", "office"], n),
        active=0.8,
        size=4.5,
        weekend=0.95,
        builds=lambda beats: np.where(phone[beats.pos], on_phone(beats), in_browser(beats)),
    )
