"""The relay, on a real Redis and on Realtime's stand-in: what fails gets every event once, later."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from exchange import ALICE, BOB, BTC
from psycopg import sql
from psycopg.types.json import Jsonb

from tradebase import PROJECT, relay
from tradebase.relay import PREFIX, drain, to_realtime, to_redis

pytestmark = pytest.mark.xdist_group("live")
TRADEBASE = [sys.executable, "-m", "tradebase.cli"]
SENT = "SELECT topic, event, payload ->> 'id', private FROM realtime.messages ORDER BY payload ->> 'id'"


@contextmanager
def away(connection: psycopg.Connection, function: str) -> Iterator[None]:
    """Have a function gone meanwhile."""
    schema, name = function.split(".")
    rename = sql.SQL("ALTER FUNCTION {}.{} RENAME TO {}")
    connection.execute(rename.format(*map(sql.Identifier, (schema, name, f"{name}_away"))))
    yield
    connection.execute(rename.format(*map(sql.Identifier, (schema, f"{name}_away", name))))


def told(exchange) -> list[tuple]:
    """Return id, topic and event of everything in the outbox but the deposits that came before."""
    with exchange.database.connect_as_superuser() as admin:
        return admin.execute(
            "SELECT id, topic, event FROM events.outbox WHERE event <> 'transfers' ORDER BY id"
        ).fetchall()


def streamed(server) -> list[tuple]:
    """Return id, topic and event of everything in the streams."""
    client = server.client()
    return sorted(
        (int(entry_id.split("-")[1]), key.removeprefix(PREFIX), entry["event"])
        for key in client.scan_iter(f"{PREFIX}*:*")
        for entry_id, entry in client.xrange(key)
    )


def test_a_topic_is_a_stream(exchange, conninfo, worker, redis_server) -> None:
    """Every event is an entry of its topic's stream, in order, with its payload; what comes again is there already."""
    channel = to_redis(redis_server.client())
    drain(conninfo, [channel])
    order = exchange.place(ALICE, BTC, "buy", 1, 10)
    exchange.owner.execute("SELECT trading.cancel_order_for(%s, %s)", [ALICE, order])
    # As if stopped between the last entry and the word that it is delivered.
    rows = worker.execute("SELECT count(*) FROM events.read('redis')").fetchone()[0]
    with worker.transaction(force_rollback=True):
        assert channel.deliver(worker) == rows == 6
    drain(conninfo, [channel])
    assert streamed(redis_server) == told(exchange)
    entries = redis_server.client().xrange(f"{PREFIX}user:{ALICE}")
    assert [json.loads(entry["payload"])["orders"][0]["status"] for _, entry in entries] == ["open", "canceled"]
    assert worker.execute("SELECT pending, delivered, last_error FROM events.status()").fetchone() == (0, 6, None)


def test_redis_that_is_down_gets_it_later(exchange, conninfo, worker, redis_server) -> None:
    """Commands commit while Redis is away, status says why nothing is delivered, and it gets each event once."""
    channel = to_redis(redis_server.client())
    drain(conninfo, [channel])
    exchange.place(ALICE, BTC, "buy", 1, 10)
    redis_server.stop()
    exchange.place(BOB, BTC, "buy", 1, 10)
    assert channel.step(worker) is False
    pending, error = worker.execute("SELECT pending, last_error FROM events.status()").fetchone()
    assert (pending, "refused" in error) == (6, True)
    redis_server.start()
    channel.rests_until = 0
    drain(conninfo, [channel])
    assert streamed(redis_server) == told(exchange)
    assert worker.execute("SELECT pending, last_error FROM events.status()").fetchone() == (0, None)


def test_a_stream_ahead_of_its_database_is_refused(exchange, conninfo, worker, redis_server) -> None:
    """A database that was set back says so and loses nothing: no event is taken for one that is delivered."""
    channel = to_redis(redis_server.client())
    drain(conninfo, [channel])
    redis_server.client().xadd(f"{PREFIX}market:{BTC}", {"event": "book"}, id=f"{1 << 49}-1")
    exchange.place(ALICE, BTC, "buy", 1, 10)
    assert channel.step(worker) is False
    assert "Raise the incarnation" in channel.problem
    assert worker.execute("SELECT pending FROM events.status()").fetchone() == (3,)
    with exchange.database.connect_as_superuser() as admin:
        admin.execute("ALTER TABLE events.outbox ALTER COLUMN incarnation SET DEFAULT 3")
    redis_server.client().flushall()
    channel.rests_until = 0
    drain(conninfo, [channel])
    exchange.place(ALICE, BTC, "buy", 1, 10)
    drain(conninfo, [channel])
    drain(conninfo, [channel])
    assert streamed(redis_server) == told(exchange)


def gone(admin: psycopg.Connection) -> str:
    """Take Realtime away."""
    admin.execute("ALTER SCHEMA realtime RENAME TO realtime_away")
    return "ALTER SCHEMA realtime_away RENAME TO realtime"


def raising(admin: psycopg.Connection) -> str:
    """Have its function raise."""
    body = admin.execute("SELECT pg_get_functiondef('realtime.send'::regproc)").fetchone()[0]
    admin.execute(
        """
        CREATE OR REPLACE FUNCTION realtime.send(payload jsonb, event text, topic text, private boolean DEFAULT TRUE)
        RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not today'; END $$
        """
    )
    return body


def without_a_partition(admin: psycopg.Connection) -> str:
    """Have no partition of today, which its function swallows."""
    admin.execute(
        """
        ALTER TABLE realtime.messages RENAME TO messages_away;
        CREATE TABLE realtime.messages (LIKE realtime.messages_away INCLUDING DEFAULTS)
        PARTITION BY RANGE (inserted_at);
        GRANT SELECT ON realtime.messages TO tradebase_worker;
        """
    )
    return "DROP TABLE realtime.messages; ALTER TABLE realtime.messages_away RENAME TO messages"


@pytest.mark.parametrize("fault", [gone, raising, without_a_partition])
def test_realtime_that_fails_gets_it_later(exchange, conninfo, worker, fault) -> None:
    """The trade commits, the event stays and says why, and is delivered once, in order, when Realtime is back."""
    channel = to_realtime()
    drain(conninfo, [channel])
    with exchange.database.connect_as_superuser() as admin:
        mend = fault(admin)
        exchange.place(ALICE, BTC, "buy", 1, 10)
        assert channel.step(worker) is False
        pending, error = worker.execute("SELECT pending, last_error FROM events.status()").fetchone()
        assert pending == 3
        assert error
        exchange.place(ALICE, BTC, "buy", 1, 10)
        channel.step(worker)
        admin.execute(mend)
        channel.step(worker)
        channel.step(worker)
        sent = admin.execute(SENT).fetchall()
    mine = [(topic, event) for _, topic, event in told(exchange) if not topic.startswith("engine:")]
    assert [row[:2] for row in sent] == mine
    assert {row[3] for row in sent} == {True}
    assert len({row[2] for row in sent}) == len(sent) == 4
    assert worker.execute("SELECT pending, undelivered, last_error FROM events.status()").fetchone() == (0, 0, None)


def test_the_line_for_pg_cron_catches_up(exchange, conninfo, worker) -> None:
    """What docs/operations.md has pg_cron run delivers a backlog of many calls, each in a transaction of its own."""
    drain(conninfo, [to_realtime()])
    for _ in range(30):
        exchange.place(ALICE, BTC, "buy", 1, 10)
    text = (PROJECT / "docs/operations.md").read_text()
    (line,) = re.findall(r"'(DO \$do\$ BEGIN WHILE events[^']*)'", text)
    worker.execute(line)
    with exchange.database.connect_as_superuser() as admin:
        assert admin.execute("SELECT count(*) FROM realtime.messages").fetchone() == (60,)
    assert worker.execute("SELECT pending, delivered FROM events.status()").fetchone() == (0, 90)


def test_two_relays_at_once_deliver_once(exchange, conninfo, worker, redis_server) -> None:
    """Whoever comes second with the same events goes on; every stream and every topic has each once."""
    drain(conninfo, [to_redis(redis_server.client()), to_realtime()])
    over, died = threading.Event(), []

    def run() -> None:
        try:
            channels = [to_redis(redis_server.client()), to_realtime()]
            relay.relay(conninfo, channels, 0.001, over.is_set, lambda _: None)
        except BaseException as why:
            died.append(why)

    relays = [threading.Thread(target=run) for _ in range(3)]
    for one in relays:
        one.start()
    for _ in range(60):
        exchange.place(ALICE, BTC, "buy", 1, 10)
    deadline = time.monotonic() + 60
    while worker.execute("SELECT sum(pending) FROM events.status()").fetchone()[0] and time.monotonic() < deadline:
        time.sleep(0.05)
    over.set()
    for one in relays:
        one.join()
    assert died == []
    assert streamed(redis_server) == told(exchange)
    with exchange.database.connect_as_superuser() as admin:
        sent = "SELECT count(*), count(DISTINCT payload ->> 'id') FROM realtime.messages"
        assert admin.execute(sent).fetchone() == (120, 120)


def test_what_is_too_large_waits_alone(exchange, conninfo, worker) -> None:
    """An event above the limit is set aside and said; the others go on; it is sent once when the limit allows it."""
    drain(conninfo, [to_realtime()])
    with exchange.database.connect_as_superuser() as admin:
        admin.execute(
            "INSERT INTO events.outbox (topic, event, payload) VALUES (%s, 'book', %s)",
            [f"market:{BTC}", Jsonb({"x": "x" * 2000})],
        )
        exchange.place(ALICE, BTC, "buy", 1, 10)
        for _ in range(2):
            worker.execute("SELECT events.relay_realtime(25, 1000)")
        assert len(admin.execute(SENT).fetchall()) == 2
        assert worker.execute("SELECT pending, undelivered FROM events.status()").fetchone() == (0, 1)
        admin.execute("UPDATE events.undelivered SET next_at = now()")
        worker.execute("SELECT events.relay_realtime(25, 1000)")
        assert admin.execute("SELECT attempts, error FROM events.undelivered").fetchone()[0] == 2
        admin.execute("UPDATE events.undelivered SET next_at = now()")
        assert worker.execute("SELECT events.relay_realtime()").fetchone() == (1,)
        assert worker.execute("SELECT events.relay_realtime()").fetchone() == (0,)
        assert len(admin.execute(SENT).fetchall()) == 3
        assert worker.execute("SELECT pending, undelivered FROM events.status()").fetchone() == (0, 0)


def test_one_that_fails_alone_stops_nobody(exchange, conninfo, worker) -> None:
    """Where Realtime takes the others, one that it refuses is set aside and sent once it is taken."""
    drain(conninfo, [to_realtime()])
    with exchange.database.connect_as_superuser() as admin:
        admin.execute("ALTER TABLE realtime.messages ADD CONSTRAINT no_book CHECK (event <> 'book')")
        exchange.place(ALICE, BTC, "buy", 1, 10)
        assert worker.execute("SELECT events.relay_realtime()").fetchone() == (3,)
        assert [row[1] for row in admin.execute(SENT)] == ["orders"]
        assert worker.execute("SELECT pending, undelivered, last_error FROM events.status()").fetchone() == (0, 1, None)
        admin.execute("ALTER TABLE realtime.messages DROP CONSTRAINT no_book")
        admin.execute("UPDATE events.undelivered SET next_at = now()")
        assert worker.execute("SELECT events.relay_realtime()").fetchone() == (1,)
        assert sorted(row[1] for row in admin.execute(SENT)) == ["book", "orders"]


def test_commands_do_not_wait_for_who_listens(exchange, worker) -> None:
    """A consumer that is in the middle of reading holds no lock that a command wants."""
    worker.execute("SELECT events.add_consumer('redis')")
    exchange.place(ALICE, BTC, "buy", 1, 10)
    with worker.transaction():
        worker.execute("SELECT * FROM events.read('redis')")
        session = exchange.session()
        session.execute("SET lock_timeout = '1ms'")
        exchange.place(BOB, BTC, "buy", 1, 10, on=session)
        session.commit()


def test_without_its_function_the_worker_says_so(exchange, conninfo) -> None:
    """A login that may not relay, and a database without Tradebase, are refused before anything is done."""
    with (
        exchange.database.connect_as_superuser() as admin,
        away(admin, "events.status"),
        pytest.raises(relay.Problem, match="may not relay in database"),
    ):
        drain(conninfo, [])
    with pytest.raises(relay.Problem, match="authenticator may not relay"):
        drain(conninfo.replace("live_worker", "authenticator"), [])


def test_by_its_commands(exchange, conninfo, redis_server) -> None:
    """`relay` carries, `watch` shows, `relay status` tells; a signal ends the relay in good order."""
    url = f"redis://:{redis_server.password}@127.0.0.1:{redis_server.port}"
    environment = os.environ | {"TRADEBASE_REDIS": url, "PYTHONUNBUFFERED": "1"}

    def begin(*arguments: str) -> subprocess.Popen:
        return subprocess.Popen([*TRADEBASE, *arguments], env=environment, stdout=subprocess.PIPE, text=True)

    watching = begin("watch", f"market:{BTC}", "--count", "2", "--from-start")
    relaying = begin("relay", "--dsn", conninfo, "--realtime")
    try:
        assert relaying.stdout.readline().strip() == "relaying"
        first = exchange.place(ALICE, BTC, "buy", 1, 10)
        deadline = time.monotonic() + 20
        while not streamed(redis_server) and time.monotonic() < deadline:
            time.sleep(0.05)
        exchange.owner.execute("SELECT trading.cancel_order_for(%s, %s)", [ALICE, first])
        shown = [json.loads(line) for line in watching.communicate(timeout=20)[0].splitlines()]
        assert [entry["payload"]["book"] for entry in shown] == [[["buy", "10", "1"]], [["buy", "10", "-1"]]]
        status = subprocess.run(
            [*TRADEBASE, "relay", "--dsn", conninfo, "status", "--json"], capture_output=True, text=True, check=True
        )
        assert {row["consumer"] for row in json.loads(status.stdout)} == {"redis", "realtime"}
    finally:
        relaying.send_signal(signal.SIGTERM)
        assert relaying.wait(timeout=20) == 0
        relaying.stdout.close()
        watching.kill()
        watching.communicate()
    assert streamed(redis_server) == told(exchange)
