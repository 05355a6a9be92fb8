"""Accounts: who they are, where they sit, what they pay with."""

from __future__ import annotations

from typing import Any

import numpy as np
from yonder.world import DAY

from abroad.nets import CC, COUNTRIES, CW, LANDS, TZ, countries
from abroad.world import DAYS, HOUR, Pop, World

MAIL = (
    *("gmail.com", "outlook.com", "yahoo.com", "hotmail.com", "icloud.com", "proton.me", "qq.com"),
    *("163.com", "naver.com", "gmx.de", "web.de", "mail.ru", "live.com", "fastmail.com"),
)
MAILW = np.array([46, 13, 7, 7, 8, 3, 3, 2, 2.5, 2, 1, 1, 2, 1.5])
MAILW = MAILW / MAILW.sum()
SYLLABLES = (
    *("ar", "bel", "cor", "dun", "ev", "fol", "gra", "hul", "ip", "jar", "kel", "lum", "mor"),
    *("nix", "ost", "pra", "quil", "ros", "sen", "tor", "ul", "vex", "wyn", "yor", "zan"),
)
TLDS = (".com", ".io", ".co", ".net", ".de", ".ai", ".dev")
# Keys of what several accounts have in common lie beyond the accounts' own numbers.
SHARED_SERVER, SHARED_INSTALLATION = 10**7, 2 * 10**7


def words(w: World, n: int) -> np.ndarray:
    """n plausible lower-case names."""
    r = w.rng
    return np.array(
        ["".join(r.choice(SYLLABLES, 3)) + str(int(r.integers(0, 99)) if r.random() < 0.2 else "") for _ in range(n)],
        object,
    )


def domains(w: World, n: int) -> np.ndarray:
    """Mail domains of firms."""
    return np.array([a + str(w.rng.choice(TLDS)) for a in words(w, n)], object)


def mails(w: World, n: int) -> np.ndarray:
    """Public mail domains by popularity."""
    return w.rng.choice(MAIL, n, p=MAILW).astype(object)


def cards(w: World, n: int) -> np.ndarray:
    """n payment cards."""
    return np.array([f"card-{x:015x}" for x in w.rng.integers(0, 2**59, n)], object)


def organisation_ids(w: World, n: int) -> np.ndarray:
    """n organisations."""
    return np.array([f"org-{x:x}" for x in w.rng.integers(2**36, 2**40, n)], object)


def issuer_of(w: World, country: np.ndarray) -> np.ndarray:
    """A bank of each country, or a virtual card's."""
    k = np.minimum(w.rng.geometric(0.3, len(country)), 14)
    out = np.array([f"{CC[c]}-issuer-{i:02d}" for c, i in zip(country, k, strict=True)], object)
    virtual = w.rng.random(len(country)) < 0.03
    out[virtual] = w.rng.choice(["Paperleaf Virtual", "Cardhop", "Nimbus Prepaid"], int(virtual.sum()))
    return out


def phones(w: World, country: np.ndarray) -> np.ndarray:
    """Phone prefixes; a quarter give none."""
    d = w.rng.integers(0, 100, len(country))
    out = np.array([f"{COUNTRIES[c][3]}{x:02d}" for c, x in zip(country, d, strict=True)], object)
    out[w.rng.random(len(country)) < 0.25] = None
    return out


def ago(w: World, n: int, least: float, span: float) -> np.ndarray:
    """n moments at least so many days before the first, evenly over a span of days."""
    return w.start - (least + span * w.rng.random(n)) * DAY


def _workplaces(w: World, c: np.ndarray, home: np.ndarray) -> np.ndarray:
    """An office or a campus for some (-1 is none); some students live in its dormitory."""
    r, nets, n = w.rng, w.nets, len(c)
    office = np.full(n, -1)
    has = r.random(n) < 0.28
    for i in np.flatnonzero(has):
        near = nets.offices_of[c[i]]
        office[i] = near[int(len(near) * r.random() ** 2)]
    student = (r.random(n) < 0.09) & ~has
    campuses = [np.flatnonzero(nets.campus_country == x) for x in range(LANDS)]
    for i in np.flatnonzero(student):
        if len(campuses[c[i]]):
            k = int(r.choice(campuses[c[i]]))
            office[i] = nets.wifi[k]
            if r.random() < 0.3:
                home[i] = nets.dorm[k]
    return office


def people(
    w: World, n: int, decoy: str | None = None, campaign: str | None = None, country: Any = None, late: float = 0.05
) -> Pop:
    """A block of ordinary unrelated people; populations then overwrite what makes them special.

    late: the share that signs up inside the window.
    """
    r, nets, p = w.rng, w.nets, w.pop(n)
    if campaign:
        w.campaigns.append(campaign)
    c = countries(w, n) if country is None else np.broadcast_to(np.asarray(country), (n,)).copy()
    made = w.start - 900 * DAY * r.random(n) ** (1 / 0.6)  # growth towards the present
    new = r.random(n) < late
    made[new] = w.start + r.random(int(new.sum())) * 12 * DAY
    home = nets.home(c)
    office = _workplaces(w, c, home)
    mobile = np.where(r.random(n) < 0.55, nets.mobile(c), -1)
    v = r.random(n)
    vpn = np.where(v < 0.06, r.choice(nets.vpns, n), np.where(v < 0.1, r.choice(nets.relays, n), -1))
    server = r.choice(nets.vps, n)
    server = np.where(r.random(n) < 0.35, np.where(office >= 0, office, home), server)
    plan = r.choice(["free", "plus", "payg", "pro", "team"], n, p=[0.22, 0.38, 0.25, 0.1, 0.05])
    card = cards(w, n)
    p.c = {
        "country": c,
        "tz": TZ[c] + r.choice([0, 0, 1, -1], n) * (np.isin(c, [0, 8, 2, 9])),
        "created": made,
        "closed": np.full(n, np.nan),
        "home": home,
        "office": office,
        "mobile": mobile,
        "vpn": vpn,
        "server": server,
        "hkey": p.gid.copy(),
        "skey": p.gid.copy(),
        "ckey": p.gid.copy(),
        "org": np.full(n, None, object),
        "plan": plan.astype(object),
        "card": card,
        "issuer": issuer_of(w, c),
        "bill": CC[c],
        "email": mails(w, n),
        "phone": phones(w, c),
        "sign_net": np.full(n, -1),
        "sign_addr": np.full(n, -1),
        "late_shift": r.normal(0, 1.6, n),
        "decoy": np.full(n, decoy, object),
        "camp": np.full(n, campaign, object),
    }
    no_card = (plan == "free") & (r.random(n) < 0.9)
    p.put(no_card, card=None, issuer=None)
    abroad = r.random(n) < 0.03
    p.put(abroad, bill=r.choice(CC, int(abroad.sum()), p=CW))
    return p


def one_owner(w: World, p: Pop, group: np.ndarray, org: float = 1.0, machines: bool = True) -> None:
    """Groups of accounts with one payer, one mail domain, one office (and an organisation for a share).

    machines: the group's programs are one installation (one version, one set of headers).
    """
    r, nets, g = w.rng, w.nets, int(group.max()) + 1
    if machines:
        p.put(ckey=SHARED_INSTALLATION + p.first + group)
    c = countries(w, g)
    own = c[group]
    p.put(country=own, tz=TZ[own], bill=CC[own])
    p.put(home=nets.home(own), mobile=np.where(p.mobile >= 0, nets.mobile(own), -1))
    p.put(card=cards(w, g)[group], issuer=issuer_of(w, c)[group])
    p.put(email=domains(w, g)[group], phone=phones(w, own))
    orgs = organisation_ids(w, g)
    orgs[r.random(g) > org] = None
    p.put(org=orgs[group], plan=r.choice(["team", "payg", "enterprise"], g).astype(object)[group])
    p.put(office=np.array([nets.office(int(x)) for x in c])[group], vpn=-1)


def share_server(p: Pop, place: Any, number: Any) -> None:
    """Put accounts' programs on machines; those of one number have one address."""
    p.put(server=place, skey=SHARED_SERVER + number)


def sign_up(w: World, p: Pop, when: np.ndarray, spread_hours: float) -> None:
    """Sign up in bursts that begin at given times."""
    p.put(created=when + w.rng.random(p.n) * spread_hours * HOUR)


def send_home(p: Pop) -> None:
    """Leave only the home line."""
    p.put(office=-1, mobile=-1, vpn=-1)


def everyday_actions(w: World, p: Pop) -> None:
    """Ordinary bans (spam, chargebacks, age), rate limits and reinstatements."""
    r = w.rng
    for i in np.flatnonzero(r.random(p.n) < 0.008):
        at = max(w.start + r.random() * (DAYS - 0.5) * DAY, p.created[i] + DAY)
        act = str(r.choice(["ban", "suspend", "rate_limit"], p=[0.35, 0.25, 0.4]))
        reason = str(r.choice(["policy", "chargeback", "spam", "throughput", "age_check"]))
        w.actions.append((int(p.gid[i]), act, at, reason))
        if act == "ban":
            p.put(i, closed=at)
        elif act == "suspend" and r.random() < 0.5:
            w.actions.append((int(p.gid[i]), "reinstate", at + r.random() * 2 * DAY, "appeal"))
