"""Account holders and what they own: homes, phones, cards, offices, products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from afield.world import DAY

from elsewhere.clients import Clients
from elsewhere.ids import unit
from elsewhere.networks import CC, COUNTRIES, SHARE, TZ, Networks
from elsewhere.products import app, some_app
from elsewhere.world import DAYS, Each, World

_FREEMAIL = (
    *("gmail.com", "outlook.com", "icloud.com", "yahoo.com", "hotmail.com"),
    *("proton.me", "qq.com", "web.de", "naver.com", "mail.ru"),
)
_ORG_CLIENTS = ("python-sdk", "node-sdk", "java-sdk", "go-http", "rag-frame")
_ORG_KINDS = ("extract", "chat", "long", "classify", "bot", "agent", "write", "translate")
_FREE_P = np.array([0.55, 0.12, 0.1, 0.06, 0.05, 0.03, 0.03, 0.02, 0.03, 0.01])


@dataclass
class Crew:
    """Accounts enrolled together; exits and chances are of where their owners are when they use them."""

    id: np.ndarray
    cc: np.ndarray
    tz: np.ndarray
    org: np.ndarray
    created: np.ndarray
    home: np.ndarray
    household: np.ndarray
    exits: list[np.ndarray | None]
    mob: np.ndarray
    vpn: np.ndarray
    relay: np.ndarray
    p_mob: np.ndarray
    p_vpn: np.ndarray
    p_relay: np.ndarray
    p_work: np.ndarray
    phone_app: np.ndarray
    lease: int | None = None

    def __len__(self) -> int:
        return len(self.id)

    @property
    def first_day(self) -> np.ndarray:
        """Day of the window from which each account can be used."""
        return np.clip(self.created / DAY, 0, DAYS - 1)

    def works_at(self, exits: list[np.ndarray], share: float) -> None:
        """Give everybody a place of work (its exits) and the chance of being there in working hours."""
        self.exits, self.p_work = list(exits), np.full(len(self), share)


def furnish(w: World) -> None:
    """Give the world its networks, clients, apps, issuers and organisations' book."""
    w.nets, w.clients, w.homes = Networks(w), Clients(w), {}
    w.bank = {c: w.new("issuer", 7) for c in CC}
    w.neobank, w.prepaid = w.new("issuer", 4), w.new("issuer", 6)
    w.app = {k: [] for k in ("tpl", "ntpl", "tool", "sett", "client", "kind", "null")}
    w.common_sett = w.new("sett", 6)
    w.chat_app = app(w, 3, client="web", kind="chat", tool=False, null=0.6)
    w.raw_app = app(w, 1, client="python-sdk", kind="chat", tool=False, null=1.0)
    w.org = {k: [] for k in ("cc", "net", "exits", "card", "issuer", "domain", "app", "srv")}


def orgs(w: World, n: int, cc: Each = None) -> np.ndarray:
    """Organisations: country, office network and exits, card, mail domain, own apps, own server addresses."""
    rng, o = w.rng, w.org
    ids = w.new("org", n)
    cc = rng.choice(len(CC), n, p=SHARE) if cc is None else np.broadcast_to(cc, n)
    nets = w.nets.office(n, np.array(CC)[cc])
    for i in range(n):
        o["cc"].append(int(cc[i]))
        o["net"].append(int(nets[i]))
        o["exits"].append(w.nets.addr(np.full(int(rng.integers(1, 5)), nets[i])))
        o["card"].append(int(w.new("card")[0]))
        o["issuer"].append(int(rng.choice(w.bank[CC[cc[i]]])))
        suffix = ("com", "io", "co", "net", CC[cc[i]].lower())[int(rng.integers(0, 5))]
        o["domain"].append(f"{w.show('domain', ids[i : i + 1])[0]}.{suffix}")
        o["app"].append([some_app(w, _ORG_CLIENTS, _ORG_KINDS, 0.5, 4) for _ in range(2)])
        o["srv"].append(w.nets.addr(np.full(int(rng.integers(1, 5)), rng.choice(w.nets.clouds))))
    return ids


def one_org(w: World, land: str) -> int:
    """One organisation of a country."""
    return int(orgs(w, 1, cc=CC.index(land))[0])


def paid_by(w: World, org: int, n: int) -> dict[str, Each]:
    """The card of one organisation for n people's accounts."""
    return {"card": np.full(n, w.org["card"][org]), "issuer": w.org["issuer"][org]}


def exits_of(w: World, nets: np.ndarray, most: int) -> list[np.ndarray]:
    """Up to `most` exits of each network."""
    return [w.nets.addr(np.full(int(w.rng.integers(1, most + 1)), k)) for k in nets]


def _own_cards(w: World, n: int, cc: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cards and their issuers, mostly banks of the country."""
    banks = np.array([w.bank[c] for c in CC])
    issuer = banks[cc, np.minimum((w.rng.random(n) ** 2 * 7).astype(int), 6)]
    neo = w.rng.random(n) < 0.12
    return w.new("card", n), np.where(neo, w.rng.choice(w.neobank, n), issuer)


def _domains(w: World, n: int) -> np.ndarray:
    """Private people's mail domains: mostly free mail, some of their own."""
    rng = w.rng
    free = np.array(_FREEMAIL, object)[rng.choice(10, n, p=_FREE_P)]
    small = rng.random(n) < 0.07
    own = w.show("domain", w.new("domain", int(small.sum())))
    ends = rng.choice(["me", "dev", "com"], len(own))
    free[small] = [f"{x}.{t}" for x, t in zip(own, ends, strict=True)]
    return free


def _phones(w: World, cc: np.ndarray) -> np.ndarray:
    digits = w.rng.integers(10, 99, len(cc))
    return np.array([COUNTRIES[CC[c]][2] + str(d) for c, d in zip(cc, digits, strict=True)], object)


def _signups(w: World, homes: np.ndarray, cc: np.ndarray) -> np.ndarray:
    """Where people sign up: at home, on a phone, behind a VPN; not known of all."""
    n, u = len(cc), w.rng.random(len(cc))
    sign = w.nets.addr(homes)
    cell, away = u > 0.7, u > 0.95
    sign[cell] = w.nets.exits(w.nets.mobile_of[cc[cell], 0])
    sign[away] = w.nets.exits(w.rng.choice(w.nets.vpns, int(away.sum())))
    return np.where(unit(np.arange(n), 17) < 0.08, -1, sign)


def people(
    w: World,
    n: int,
    *,
    cc: Each = None,
    org: Each = None,
    decoy: str | None = None,
    plan: Each = None,
    created: np.ndarray | None = None,
    age: tuple[float, float] = (3, 1000),
    card: np.ndarray | None = None,
    issuer: Each = None,
    country: Each = None,
    domain: Each = None,
    phone: np.ndarray | None = None,
    signup: Each = None,
    p_mob: float = 0.22,
    p_vpn: float = 0.03,
    p_relay: float = 0.03,
    home: Each = None,
) -> Crew:
    """Accounts of n owners, `age` days old or `created` at a second; what is not given is an ordinary person's own."""
    rng = w.rng
    org = np.full(n, -1) if org is None else np.broadcast_to(org, n)

    def of_org(column: str, null: object, private: np.ndarray) -> np.ndarray:
        kind = object if isinstance(null, str) else None
        return np.where(org >= 0, np.array([*w.org[column], null], kind)[org], private)

    cc = of_org("cc", 0, rng.choice(len(CC), n, p=SHARE) if cc is None else np.broadcast_to(cc, n))
    if created is None:
        created = -DAY * (age[0] + (age[1] - age[0]) * rng.random(n) ** 1.5)
    homes = w.nets.home_net(cc) if home is None else np.broadcast_to(home, n)
    plan = rng.choice(["free", "pro", "max"], n, p=[0.45, 0.45, 0.1]) if plan is None else plan
    plan = np.broadcast_to(np.asarray(plan, object), n)
    cards, issuers = _own_cards(w, n, cc)
    if card is None:
        cards, issuers = of_org("card", 0, cards), of_org("issuer", 0, issuers)
        cards, issuers = (np.where(plan == "free", -1, x) for x in (cards, issuers))
    else:
        cards = card
    issuers = issuers if issuer is None else np.broadcast_to(issuer, n)
    if domain is None:
        domain = of_org("domain", "", _domains(w, n))
    phones = _phones(w, cc)
    phones = np.where(rng.random(n) < 0.3, None, phones) if phone is None else phone
    sign = _signups(w, homes, cc) if signup is None else np.broadcast_to(signup, n)
    ids = w.add_accounts(
        n,
        org=org,
        created=created,
        plan=plan,
        card=cards,
        issuer=issuers,
        country=np.where(cards < 0, None, np.array(CC, object)[cc] if country is None else country),
        domain=domain,
        phone=phones,
        signup_ip=sign,
        decoy=decoy,
    )
    return Crew(
        id=ids,
        cc=cc,
        tz=TZ[cc],
        org=org,
        created=np.broadcast_to(created, n),
        home=homes,
        household=ids.astype(np.int64),
        exits=[w.org["exits"][o] if o >= 0 else None for o in org],
        mob=w.nets.mobile_of[cc, rng.integers(0, 2, n)],
        vpn=rng.choice(w.nets.vpns, n),
        relay=rng.choice(w.nets.relays, n),
        p_mob=np.broadcast_to(p_mob, n),
        p_vpn=np.broadcast_to(p_vpn, n),
        p_relay=np.broadcast_to(p_relay, n),
        p_work=np.where(org >= 0, 0.8, 0.0),
        phone_app=rng.integers(0, 2, n),
    )
