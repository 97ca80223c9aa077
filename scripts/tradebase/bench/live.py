"""What goes on beside the exchange: what telling costs an order, how soon it is heard; cache, pooler and replica."""

import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from statistics import mean, quantiles

import psycopg
import redis
from psycopg.conninfo import make_conninfo
from rich.progress import Progress

from tradebase import Problem, bench, cache, relay
from tradebase import database as databases
from tradebase import server as servers
from tradebase.bench import DATABASE, conditions_of, exchange, overhead, pgbench, ratio, spread
from tradebase.relay import PREFIX
from tradebase.server import GIB, Server
from tradebase.stack import certificates, parts, pgbouncer, replica
from tradebase.stack.parts import Part
from tradebase.stack.pgbouncer import Pooler

PLACE = exchange.SUBJECTS["place-over-8"]
INTERVAL = 0.05  # seconds between two looks of the relay; three of them are what delivery may take
TARGETS = {"cache": 3.0, "pooler": 0.8}
LATE, LAG = round(3 * INTERVAL * 1000), 2.0
MANY = 500
# What pgbench takes to let one of them in is of the slice: every client computes a proof of its password.
TO_LOG_IN = 0.04
READER = "authenticator"
CARRIER = "bench_worker"
# Lag of a standby that keeps up is noise around nothing: this much of it is one write of the sender.
NOISE = 1 << 20
PASSWORD = secrets.token_hex(16)
Advance = Callable[[str], None]


def live(rounds: int, seconds: float, minute: float, users: int, many: int, progress: Progress) -> dict[str, object]:
    """Measure it all in one run; `minute` is for how long the replica has to keep up."""
    steps = 4 * rounds + 2
    task = progress.add_task("Bench live", total=steps, note="deploying")

    def advance(words: str) -> None:
        progress.update(task, advance=1, note=words)

    with bench.deployed(exchange.ROOM if rounds > 1 else GIB, exchange.SETTINGS | {"autovacuum": "off"}) as server:
        progress.update(task, note="filling")
        exchange.prepare(server, DATABASE, users)
        told = overhead.slices(server, overhead.OUTBOX, "place", PLACE, rounds, seconds, users, advance)
        figures = overhead.told(overhead.OUTBOX, "place", told)
        rate = max(one.rate for _, one, _ in told)
        with logins(server), redis_server(Path(server.home, "redis")) as client:
            figures += heard(server, client, rate / 4, max(seconds, 2), users, advance)
            with pooler(server) as through:
                figures += cached(server, client, through, rounds, seconds, advance)
                figures += pooled(server, through, rounds, seconds, users, many, advance)
        figures += followed(server, minute, users, advance)
        with databases.connect(server, DATABASE) as admin:
            conditions = conditions_of(admin) | {
                "clients": exchange.CLIENTS, "users": users, "rounds": rounds, "seconds": seconds,
                "interval_ms": 1000 * INTERVAL,
                "pooled_clients": many, "pooled_protocol": "simple", "role": exchange.ROLE, "minute": minute,
            }  # fmt: skip
    return {
        "bench": "live",
        "conditions": conditions,
        "yardstick": {
            "name": "of each figure: the same order in a clone that tells nothing, by CPU; the same read through the "
            "pooler; the same orders of 8 clients past the pooler",
            "rate": spread([first.cpu_us for first, _, _ in told], "µs of CPU"),
        },
        "figures": figures,
    }


@contextmanager
def logins(server: Server) -> Iterator[None]:
    """Have a login that carries events, and the service's with its rights: a pooler takes no role from who connects."""
    with databases.connect(server, DATABASE) as admin:
        admin.execute(f"CREATE ROLE {CARRIER} LOGIN IN ROLE tradebase_worker, anon")
        admin.execute("ALTER ROLE service_authenticator INHERIT")
    try:
        yield
    finally:
        with databases.connect(server, DATABASE) as admin:
            admin.execute("ALTER ROLE service_authenticator NOINHERIT")
            admin.execute(f"DROP ROLE {CARRIER}")


@contextmanager
def redis_server(home: Path) -> Iterator[redis.Redis]:
    """Yield a client of a Redis of our own."""
    port, password = servers.free_port(), secrets.token_hex(16)
    parts.give(home)
    settings = home / "redis.conf"
    settings.touch(mode=0o600)
    settings.write_text(f'port {port}\nbind 127.0.0.1\nrequirepass {password}\nsave ""\n')
    parts.give(settings)
    part = Part("redis", home, ("/usr/bin/redis-server", str(settings)))
    client = redis.Redis(port=port, password=password, decode_responses=True)

    def is_ready() -> bool:
        try:
            return client.ping()
        except redis.RedisError:
            return False

    parts.start(part, is_ready)
    try:
        yield client
    finally:
        client.close()
        parts.stop(part)


@contextmanager
def pooler(server: Server) -> Iterator[Pooler]:
    """Yield a pooler in front of the database."""
    home = Path(server.home, "pooler")
    certificates.make(home / "certificates", ["pgbouncer"])
    made = Pooler(home, servers.free_port(), DATABASE)
    passwords = {login: secrets.token_hex(16) for login in pgbouncer.LOGINS}
    pgbouncer.prepare(server, DATABASE)
    pgbouncer.set_password(server, pgbouncer.LOGINS[0], passwords[pgbouncer.LOGINS[0]])
    for login in ("service_authenticator", READER):
        pgbouncer.set_password(server, login, PASSWORD)
    pgbouncer.configure(made, "127.0.0.1", server.port, home / "certificates", passwords, tls=False)
    pgbouncer.start(made)
    try:
        yield made
    finally:
        pgbouncer.stop(made)


def heard(
    server: Server, client: redis.Redis, rate: float, seconds: float, users: int, advance: Advance
) -> list[dict[str, object]]:
    """Return how long after an event was written a subscriber has it, at a rate of orders."""
    conninfo = make_conninfo(host=server.socket, port=server.port, dbname=DATABASE, user=CARRIER)
    over, late = threading.Event(), []
    channel = relay.to_redis(client)
    relay.drain(conninfo, [channel])
    relaying = threading.Thread(target=relay.relay, args=(conninfo, [channel], INTERVAL, over.is_set, lambda _: None))
    with databases.connect(server, DATABASE) as admin:
        symbols = [
            row[0] for row in admin.execute("SELECT bench.symbol(n) FROM generate_series(1, %s) AS n", [PLACE.markets])
        ]

    def subscribe() -> None:
        since = dict.fromkeys((f"{PREFIX}market:{symbol}" for symbol in symbols), "$")
        for key in since:
            newest = client.xrevrange(key, count=1)
            since[key] = newest[0][0] if newest else "0"
        while not over.is_set():
            for key, entries in client.xread(since, block=100) or []:
                now = time.time()
                since[key] = entries[-1][0]
                late.extend((now - datetime.fromisoformat(entry["at"]).timestamp()) * 1000 for _, entry in entries)

    subscriber = threading.Thread(target=subscribe)
    for thread in (relaying, subscriber):
        thread.start()
    try:
        ran = pgbench.run(
            server, DATABASE, PLACE.script, exchange.CLIENTS, seconds, exchange.ROLE,
            {"users": users, "markets": PLACE.markets, "slots": PLACE.slots, "n": 0, "slice": 9000}, limit=rate,
        )  # fmt: skip
        deadline = time.monotonic() + 30
        while len(late) < len(ran.latencies) and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        over.set()
        for thread in (relaying, subscriber):
            thread.join()
    if len(late) < len(ran.latencies):
        raise Problem(f"of {len(ran.latencies)} orders {len(late)} were heard of.")
    advance(f"heard at {rate:,.0f}/s")
    at = quantiles(late, n=100)
    return [
        {"name": f"from the event to who listens, p99, at {ran.rate:,.0f} orders/s", "value": at[98], "min": min(late)}
        | {"max": max(late), "unit": "ms", "most": LATE, "met": at[98] <= LATE, "p50_ms": at[49], "p95_ms": at[94]}
    ]


def cached(
    server: Server, client: redis.Redis, through: Pooler, rounds: int, seconds: float, advance: Advance
) -> list[dict[str, object]]:
    """Return how much faster a market's summary is read through the cache than by the pooler, one reader."""
    with databases.connect(server, DATABASE) as admin:
        topic = "market:" + admin.execute("SELECT bench.symbol(1)").fetchone()[0]
    session = psycopg.connect(
        host=str(through.home), port=through.port, dbname=DATABASE, user=READER, password=PASSWORD, autocommit=True,
        prepare_threshold=None,
    )  # fmt: skip
    with session:
        # Its login is nobody until it says who it is, as PostgREST does in each of its transactions.
        def asked(topic: str) -> dict[str, object]:
            with session.transaction():
                session.execute("SET LOCAL ROLE anon")
                return cache.read(session, topic)

        answers = cache.Cache(client, asked)

        def rate(read: Callable[[str], object]) -> float:
            reads, end = 0, time.perf_counter() + seconds
            while time.perf_counter() < end:
                read(topic)
                reads += 1
            return reads / seconds

        found = []
        for _ in range(rounds + 1):
            found.append([rate(asked), rate(answers.get), rate(asked)])
            if len(found) > 1:
                advance(f"cached {found[-1][1]:,.0f}/s")
    pairs = found[1:]
    return [
        {"name": "a summary through the cache"}
        | spread([one for _, one, _ in pairs], "reads/s")
        | ratio([one / first for first, one, _ in pairs], TARGETS["cache"]),
        {"name": "a summary by the pooler again"}
        | spread([again for *_, again in pairs], "reads/s")
        | ratio([again / first for first, _, again in pairs]),
    ]


def pooled(
    server: Server, through: Pooler, rounds: int, seconds: float, users: int, many: int, advance: Advance
) -> list[dict[str, object]]:
    """Return how many orders many clients place by the pooler, to those of eight past it; any error is one here."""
    login = {"PGUSER": "service_authenticator", "PGPASSWORD": PASSWORD, "PGDATABASE": DATABASE, "PGOPTIONS": ""}
    direct = login | {"PGHOST": server.socket, "PGPORT": str(server.port)}
    by_pooler = login | {"PGHOST": str(through.home), "PGPORT": str(through.port)}
    slices = 9000

    def run(where: dict[str, str], clients: int) -> pgbench.Slice:
        nonlocal slices
        slices += 1
        variables = {"users": users, "markets": PLACE.markets, "slots": PLACE.slots, "n": 0, "slice": slices}
        length = max(seconds, 2) + clients * TO_LOG_IN
        return pgbench.run(server, DATABASE, PLACE.script, clients, length, variables=variables, through=where)

    found = []
    for _ in range(rounds + 1):
        found.append([run(direct, exchange.CLIENTS), run(by_pooler, many), run(direct, exchange.CLIENTS)])
        if len(found) > 1:
            advance(f"pooled {found[-1][1].rate:,.0f}/s")
    pairs = found[1:]
    return [
        {"name": f"orders of {many} clients by the pooler"}
        | spread([one.rate for _, one, _ in pairs], "orders/s")
        | ratio([one.rate / first.rate for first, one, _ in pairs], TARGETS["pooler"])
        | pgbench.told([one for _, one, _ in pairs]),
        {"name": f"orders of {exchange.CLIENTS} past it again"}
        | spread([again.rate for *_, again in pairs], "orders/s")
        | ratio([again.rate / first.rate for first, _, again in pairs]),
    ]


def followed(server: Server, seconds: float, users: int, advance: Advance) -> list[dict[str, object]]:
    """Return by how many bytes a standby is behind under full load: in the last quarter, to the first."""
    password = secrets.token_hex(16)

    def node(name: str, of: Server) -> replica.Node:
        address = {"host": "127.0.0.1", "port": of.port}
        return replica.Node(
            name, of, address, password, lambda s: servers.configure(s, bench.SETTINGS | exchange.SETTINGS)
        )

    home = Path(server.home, "standby")
    primary = node("primary", server)
    standby = node("standby", Server(str(home), server.binaries, servers.free_port()))
    replica.prepare(primary)
    replica.clone(standby, primary)
    replica.start(standby, [primary])
    over, lag = threading.Event(), []

    def look() -> None:
        with databases.connect(server, DATABASE) as admin:
            while not over.is_set():
                behind = admin.execute(
                    "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint FROM pg_stat_replication"
                ).fetchone()
                if behind is None:
                    raise Problem("The standby does not follow any more.")
                lag.append(max(behind[0] or 0, 0))
                over.wait(0.1)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        pgbench.run(
            server, DATABASE, PLACE.script, exchange.CLIENTS, seconds, exchange.ROLE,
            {"users": users, "markets": PLACE.markets, "slots": PLACE.slots, "n": 0, "slice": 9999},
        )  # fmt: skip
    finally:
        over.set()
        looking.join()
        servers.stop(standby.server)
        shutil.rmtree(home, ignore_errors=True)
        with databases.connect(server) as admin:
            replica.drop_slot(admin, standby.name)
    advance("followed")
    quarter = len(lag) // 4
    first, last = mean(lag[:quarter]), mean(lag[-quarter:])
    # Less than one write of the sender is no lag that could grow.
    grown = max(last, NOISE) / max(first, NOISE)
    return [
        {
            "name": "bytes that a standby is behind, last quarter to first",
            "value": last,
            "min": min(lag),
            "max": max(lag),
        }
        | {"unit": "bytes", "ratio": grown, "most": LAG, "met": grown <= LAG}
    ]
