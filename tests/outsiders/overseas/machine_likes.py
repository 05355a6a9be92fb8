"""Honest look-alikes, one: products and programs that run on many accounts."""

from __future__ import annotations

import numpy as np

from overseas.background import chatter
from overseas.countries import NUMBER, numbers
from overseas.people import API, DAY, DAYS, SPAN
from overseas.shapes import loads
from overseas.world import World


def qa_device_farm(w: World, n: int) -> None:
    """A QA firm's batches of accounts on residential devices in six countries."""
    rng, each = w.rng, 14  # devices in a country
    country = rng.choice(numbers("US DE BR IN PH PL"), n)
    cards = w.cards(26)
    line = w.clients.line("qa-harness", 4, 3)
    batch = np.repeat(np.array([-40, -26, -12, -3, 1.4, 4.4, 8.4, 11.4]), n // 8 + 1)[:n]
    created = batch * DAY + rng.uniform(0, 5400, n)
    organization = w.one_organization()
    acc = w.people(
        n,
        "qa_device_farm",
        country,
        created,
        line,
        API,
        organization=np.where(rng.random(n) < 0.75, organization, None),
        email=w.one_name(".test"),
        card=cards[rng.integers(0, 26, n)],
        issuer="virtual-cardly",
        plan="payg",
        p_mobile=0.0,
        lag=rng.gamma(1, 1, n),
        fail=0.05,
    )
    lands = np.unique(country)
    devices = np.stack([w.net.places(int(c), "residential", each) for c in lands])
    w.net.label(devices, "device_farm", "declared", 0.8)

    def place(who: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Some device in the account's country."""
        device = (rng.integers(0, each, len(who)) + who) % each
        return devices[np.searchsorted(lands, w.account["country"][who]), device]

    kinds = ("desk", "agent", "translate", "image")
    works = np.concatenate([w.works.add(kind, 7, tool=w.works.tool()) for kind in kinds])
    curve = [1, 1, 2.4, 0.6, 0.5, 1, 1, 1, 2.8, 1.2, 0.4, 1, 1, 1]  # peaks before releases
    load = loads(rng, n, 9, 0.8, 0)
    w.act(acc, load, works, "office", 0.05, 3, 0.7, shape=0.4, place=place, tz=1.0, curve=curve, gap=14)


def price_monitor(w: World, n: int) -> None:
    """A firm that reads shops through 1,300 bought exits, round the clock."""
    rng, codes = w.rng, "US DE FR PL ES"
    country = rng.choice(numbers(codes), n)
    exits = np.concatenate([w.net.places(c, "residential", 260) for c in numbers(codes)])
    w.net.label(exits, "vpn", "proxy-intel", 0.15)
    cards = w.cards(3)
    acc = w.people(
        n,
        "price_monitor",
        country,
        created=w.signed_up(n, 150, 1300),
        line="sdk-python",
        channel=API,
        organization=np.where(rng.random(n) < 0.5, w.one_organization(), None),
        email=w.one_name(),
        card=cards[rng.integers(0, 3, n)],
        issuer="sepa-dd",
        plan="scale",
        lag=40.0,
        signup=w.net.places(NUMBER["PL"], "business", 2, 0)[rng.integers(0, 2, n)],
    )
    w.account["variant"][acc] = 3
    shops = w.works.add("extract", 70)
    works = shops[(np.arange(n)[:, None] * 3 + rng.integers(0, 5, (n, 4))) % len(shops)]
    w.act(acc, loads(rng, n, 11, 1.0), works, "even", 1.0, 1, 0.96, 0.25, place=w.any_of(exits))


def reader_service(w: World, n: int) -> None:
    """An accessibility reader that calls on its users' own keys, each as often."""
    rng = w.rng
    servers = w.net.block24(w.net.clouds[2], 11)
    w.net.label(servers, "hosting", "declared")
    line = w.clients.line("lumen-reader", 30, 1)
    country = rng.choice(numbers("US GB DE FR NL CA AU IE"), n)
    acc = w.people(n, "reader_service", country, w.signed_up(n, 5, 1000), line, API, plan="payg")
    works = w.works.several(alt=2, summary=2)
    load = rng.normal(14, 1.6, n).clip(9)
    w.act(acc, load, works, "flat", 0.95, 1, 0.9, 0.12, place=w.any_of(servers), bursts=False)
    chatter(w, acc, 0.8, 1.0)


def extension_vpn(w: World, n: int) -> None:
    """Users of a browser extension, mostly on 3,200 exits of one VPN."""
    rng = w.rng
    vpn = w.net.system(NUMBER["NL"], "vpn", 8)
    exits = w.net.take(np.full(3200, vpn))
    w.net.label_blocks(w.net.systems[vpn][3][:6], "vpn")
    line = w.clients.line("tabglow-ext", 6, 4)
    acc = w.people(n, "extension_vpn", None, w.signed_up(n, 1, 800), line, API, plan="payg")
    templates = w.works.several(summary=2, translate=2, write=1)
    works = np.stack([rng.permutation(templates) for _ in range(n)])

    def place(who: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Some exit, now and then their own address."""
        on = rng.random(len(who)) < 0.88
        return np.where(on, exits[rng.integers(0, len(exits), len(who))], w.lived(who, t))

    w.act(acc, loads(rng, n, 4.5, 1.25), works, "evening", 1.15, 1.3, 0.6, place=place)
    w.account["vpn"][acc] = 0
    w.account["p_vpn"][acc] = 0.3
    chatter(w, acc, 0.9, 1.2)


def _gateway_jobs(w: World, customers: int) -> tuple[np.ndarray, np.ndarray]:
    """Seconds and customers of a gateway's jobs, fewer by night."""
    rng = w.rng
    volume = loads(rng, customers, 55, 0.9, 0.02).clip(10, 300)
    seconds = [np.sort(rng.uniform(0, SPAN, rng.poisson(v * DAYS))) for v in volume]
    t, customer = np.concatenate(seconds), np.repeat(np.arange(customers), [len(s) for s in seconds])
    awake = rng.random(len(t)) < 0.62 + 0.38 * np.sin((t / 3600 - 8) / 24 * 2 * np.pi)
    return t[awake], customer[awake]


def key_balancing_gateway(w: World, n: int) -> None:
    """A gateway in turn over each customer's three keys; what is refused goes on in seconds, some on a neighbour's."""
    rng, customers = w.rng, n // 3
    of = np.arange(n) // 3
    organization, mail, cards = w.organizations(customers), w.names(customers), w.cards(customers)
    servers = w.net.block24(w.net.clouds[4], 8)
    w.net.label(servers, "hosting", "declared")
    acc = w.people(
        n,
        "key_balancing_gateway",
        created=w.signed_up(n, 30, 800),
        line=w.clients.line("keyfair-gw", 40, 1),
        channel=API,
        organization=organization[of],
        email=mail[of],
        card=cards[of],
        issuer=rng.choice(["amex", "sepa-dd", "visa-credit"], customers)[of].astype(object),
        plan="scale",
        p_mobile=0.0,
    )
    own = w.works.each("ragqa desk extract summary", customers)
    t, customer = _gateway_jobs(w, customers)
    turn = np.zeros(len(t), int)
    for k in range(customers):
        i = np.flatnonzero(customer == k)  # in the order of time
        turn[i] = np.arange(len(i)) % 3
    by_contract = rng.random(len(t)) < 0.06
    keys_of = np.where(by_contract, rng.integers(0, customers, len(t)), customer)
    work = own[customer, rng.choice(4, len(t), p=[0.55, 0.25, 0.12, 0.08])]
    bad = rng.random(len(t)) < 0.03
    ips = servers[rng.integers(0, len(servers), len(t))]
    w.put(acc[keys_of * 3 + turn], t, work, 1, ips, status=np.where(bad, 429, 0))
    b = np.flatnonzero(bad)
    again = acc[keys_of[b] * 3 + (turn[b] + 1) % 3]
    w.put(again, t[b] + rng.uniform(1, 20, len(b)), work[b], 1, ips[b])
    countries = w.account["country"][acc[::3]].tolist()
    w.account["office"][acc] = w.add_offices([w.net.places(c, "business", 1) for c in countries])[of]
    w.account["p_office"][acc] = 0.9
    chatter(w, acc, 1.5, 1.0, "office")


def iot_devices(w: World, n: int) -> None:
    """A key for each thermostat of one vendor, a dozen calls a day."""
    rng = w.rng
    country = rng.choice(numbers("DE IT ES"), n)
    organization = w.one_organization()
    wave = rng.integers(0, 4, n)  # of the firmware's release
    line = w.clients.line("hvac-fw", 9, 1)
    acc = w.people(
        n,
        "iot_devices",
        country,
        created=w.signed_up(n, 40, 900),
        line=line,
        channel=API,
        organization=np.where(rng.random(n) < 0.85, organization, None),
        email=w.one_name(".de"),
        card=w.one_card(),
        issuer="sepa-dd",
        plan="scale",
        p_mobile=0.9,
        lag=wave * 2.2 + rng.uniform(0, 0.2, n),
        signup=w.net.places(NUMBER["DE"], "business", 1, 0)[0],
    )
    load, works = 12.0 + rng.normal(0, 0.5, n), w.works.add("label", 2)
    w.act(acc, load, works, "even", 1, 1, 0.985, 0.05, shape=2.5, poisson=False, bursts=False)


def community_bots(w: World, n: int) -> None:
    """One open-source bot on three /24s of cheap hosts, round the clock."""
    rng, net = w.rng, w.net
    hosts = [net.block24(net.clouds[cloud], count) for cloud, count in ((3, 40), (3, 30), (9, 30))]
    mine = np.concatenate(hosts)[rng.integers(0, 100, n)]
    created, line = w.signed_up(n, 10, 700), w.clients.line("guildbot", 10, 2)
    lag = rng.gamma(1, 15, n)
    acc = w.people(n, "community_bots", None, created, line, API, plan="payg", lag=lag, p_mobile=0.1)
    tool = w.works.tool()
    common = np.r_[w.works.add("desk", 1, tool=tool), w.works.add("label", 1)]
    own = w.works.add("chat", n, tool=tool)
    works = np.concatenate([np.tile(common, (n, 1)), own[:, None]], 1)
    load = loads(rng, n, 12, 0.9)
    w.act(acc, load, works, "flat", 1.2, 1.2, 0.95, 0.35, shape=0.9, place=lambda who, t: mine[who - acc[0]])
