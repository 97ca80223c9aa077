"""A server of this folder's own: whoever writes anywhere in a cluster delays every event of it."""

import secrets
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
import redis
from exchange import Exchange
from psycopg.conninfo import make_conninfo

from tradebase import database as databases
from tradebase.server import Server, free_port, temporary_server
from tradebase.stack import parts
from tradebase.stack.parts import Part

TEMPLATE = "live_template"
numbers = count(1)


@pytest.fixture(scope="session")
def live_server(template) -> Iterator[Server]:
    """Give a server on which nothing else is going on, with a login that carries events."""
    settings = {"max_prepared_transactions": "2"}
    with temporary_server(Path(template.server.binaries), settings=settings) as server:
        databases.prepare(server, TEMPLATE)
        databases.sqitch(server, TEMPLATE, "deploy")
        with databases.connect(server, TEMPLATE) as admin:
            # Anon's rights are what it reads answers with.
            admin.execute("CREATE ROLE live_worker LOGIN IN ROLE tradebase_worker, anon")
        yield server


@pytest.fixture
def database(live_server, template) -> Iterator:
    """Give a clone on that server."""
    name = f"live_{next(numbers)}"
    with databases.temporary_clone(live_server, TEMPLATE, name) as clone:
        yield type(template)(live_server, clone)


@pytest.fixture
def exchange(database) -> Iterator[Exchange]:
    """Yield a market of the test's own."""
    made = Exchange(database)
    yield made
    made.close()


@pytest.fixture
def conninfo(database) -> str:
    """Give where the worker's login finds the database."""
    server = database.server
    return make_conninfo(host=server.socket, port=server.port, dbname=database.name, user="live_worker")


@pytest.fixture
def worker(conninfo) -> Iterator[psycopg.Connection]:
    """Give a session of the worker's."""
    with psycopg.connect(conninfo, autocommit=True) as session:
        yield session


@pytest.fixture
def read(worker) -> Callable[..., list]:
    """Give what reads on for a consumer and acknowledges: `read("cache", 10)` gives (id, topic, event, payload)."""

    def on(consumer: str, rows: int = 1000, acknowledge: bool = True) -> list[tuple]:
        found = worker.execute(
            "SELECT id, topic, event, payload, upto_xid FROM events.read(%s, %s)", [consumer, rows]
        ).fetchall()
        if found and acknowledge:
            worker.execute(
                "SELECT events.acknowledge(%s, %s, %s, %s)", [consumer, found[-1][4], found[-1][0], len(found)]
            )
        return [row[:4] for row in found]

    return on


class RedisServer:
    """A Redis of a test's own, which can be stopped and started, and forgets everything then."""

    def __init__(self, home: Path) -> None:
        """Know where it will be."""
        self.port, self.password = free_port(), secrets.token_hex(8)
        arguments = f"--port {self.port} --bind 127.0.0.1 --requirepass {self.password} --save  --appendonly no"
        self.part = Part("redis", home, ("/usr/bin/redis-server", *arguments.split(" ")))

    def client(self, **options: object) -> redis.Redis:
        """Return a client."""
        usual = {"decode_responses": True, "socket_timeout": 5}
        return redis.Redis(port=self.port, password=self.password, **(usual | options))

    def pooled(self) -> redis.Redis:
        """Return a client of few connections, for one of which many threads wait."""
        pool = redis.BlockingConnectionPool(
            port=self.port, password=self.password, decode_responses=True, max_connections=16, timeout=30
        )
        return redis.Redis(connection_pool=pool)

    def is_ready(self) -> bool:
        """Say whether it answers."""
        try:
            return self.client().ping()
        except redis.RedisError:
            return False

    def start(self) -> None:
        """Start it."""
        parts.start(self.part, self.is_ready)

    def stop(self) -> None:
        """Stop it."""
        parts.stop(self.part)


@pytest.fixture
def redis_server(live_server) -> Iterator[RedisServer]:
    """Give a Redis that runs."""
    made = RedisServer(Path(live_server.home, f"redis-{next(numbers)}"))
    made.start()
    yield made
    made.stop()
