"""Events come in the order in which things happened, once, and none before everything that it may have waited for."""

import random
import threading
from collections import Counter

import psycopg
import pytest
from exchange import ALICE, BOB, BTC, ETH
from psycopg.types.json import Jsonb

pytestmark = pytest.mark.xdist_group("live")
OUTBOX = "SELECT id, topic, event, payload FROM events.outbox ORDER BY id"


def kernel(exchange, query: str, *values: object) -> list[tuple]:
    """Return what a query gives the kernel, which alone sees the outbox."""
    with exchange.database.connect_as_superuser() as admin:
        return admin.execute(query, values).fetchall()


def test_what_waited_comes_second_whatever_its_number(exchange, worker, read) -> None:
    """A transaction with the lower number does its work last: nothing is told before it ends, and then in order."""
    worker.execute("SELECT events.add_consumer('cache')")
    early, late = exchange.crew(2)
    early.execute("BEGIN")
    low = exchange.value("SELECT pg_current_xact_id()", on=early)
    second = exchange.place(ALICE, BTC, "buy", 1, 10, on=late)
    assert read("cache") == []
    first_id = kernel(exchange, "SELECT max(id) FROM events.outbox WHERE xid > %s", low)[0][0]
    assert first_id
    third = exchange.place(BOB, BTC, "sell", 1, 20, on=early)
    assert read("cache") == []
    early.execute("COMMIT")
    told = [payload["orders"][0]["id"] for _, topic, _, payload in read("cache") if topic.startswith("user:")]
    assert told == [second, third]
    assert read("cache") == []


def test_whoever_writes_anywhere_delays_and_loses_nothing(exchange, live_server, worker, read) -> None:
    """A transaction open in another database holds events back; status names its process; who only reads does not."""
    worker.execute("SELECT events.add_consumer('cache')")
    status = "SELECT pending, blocked_by_pid, problem FROM events.status() WHERE consumer = 'cache'"
    elsewhere = psycopg.connect(host=live_server.socket, port=live_server.port, user="postgres", dbname="postgres")
    with elsewhere as other:
        other.execute("SELECT count(*) FROM pg_class")
        exchange.place(ALICE, BTC, "buy", 1, 10)
        assert len(read("cache")) == 3
        other.execute("SELECT pg_current_xact_id()")
        exchange.place(ALICE, BTC, "buy", 1, 10)
        assert read("cache") == []
        pid = other.info.backend_pid
        assert worker.execute(status).fetchone() == (3, pid, f"process {pid} has a transaction open")
        other.rollback()
        assert len(read("cache")) == 3
        assert worker.execute(status).fetchone() == (0, None, None)
        other.rollback()
        other.execute("SELECT pg_current_xact_id()")
        other.execute("PREPARE TRANSACTION 'forgotten'")
    exchange.place(ALICE, BTC, "buy", 1, 10)
    assert read("cache") == []
    assert worker.execute(status).fetchone() == (3, None, "a prepared transaction is neither committed nor rolled back")
    with psycopg.connect(
        host=live_server.socket, port=live_server.port, user="postgres", dbname="postgres", autocommit=True
    ) as other:
        other.execute("ROLLBACK PREPARED 'forgotten'")
    assert len(read("cache")) == 3


def test_every_event_once_whatever_stops_the_reader(exchange, worker, read, seed) -> None:
    """Many write, some take back what they did; who reads by small pages and forgets where it was gets each once."""
    worker.execute("SELECT events.add_consumer('cache')")
    dice, over = random.Random(seed), threading.Event()  # noqa: S311 (no secret)
    rounds = [random.Random(dice.random()) for _ in range(4)]  # noqa: S311

    def write(session: psycopg.Connection, chance: random.Random) -> None:
        for _ in range(25):
            session.execute("BEGIN")
            exchange.place(
                chance.choice((ALICE, BOB)), chance.choice((BTC, ETH)), "buy", 1, chance.randint(1, 9), on=session
            )
            session.execute(chance.choice(("COMMIT", "COMMIT", "ROLLBACK")))

    writers = [
        threading.Thread(target=write, args=(session, chance))
        for session, chance in zip(exchange.crew(4), rounds, strict=True)
    ]
    for writer in writers:
        writer.start()
    threading.Thread(target=lambda: ([writer.join() for writer in writers], over.set())).start()
    seen = []
    while True:
        was_over = over.is_set()
        page = read("cache", dice.randint(1, 7), acknowledge=(keeps := dice.random() < 0.7))
        if keeps:
            seen += page
        if was_over and not page:
            break
    written = kernel(exchange, OUTBOX)
    # What was there before it began to read is not its own.
    written = [row for row in written if row[2] != "transfers"]
    expanded = {row[0]: row[:3] for row in written}
    assert Counter(row[:3] for row in seen) == Counter(expanded.values())
    for topic in {topic for _, topic, *_ in seen}:
        ids = [event_id for event_id, of, *_ in seen if of == topic]
        # Under one lock, or in one's own account after another's: a market's and an engine's in order, always.
        if not topic.startswith("user:"):
            assert ids == sorted(ids), topic
    # Of one command the engine hears before its user, and both before the public.
    assert {event for _, _, event, _ in seen} == {"commands", "orders", "book"}


def test_an_engine_is_told_what_its_feed_says(exchange, worker, read) -> None:
    """The events of engine:<market> are trading.engine_feed() in its order, whole."""
    worker.execute("SELECT events.add_consumer('engine')")
    one = exchange.place(ALICE, BTC, "buy", 1, 10)
    exchange.place(BOB, BTC, "buy", 2, 10)
    exchange.owner.execute("SELECT trading.amend_order_for(%s, %s, 0.5)", [ALICE, one])
    exchange.owner.execute("SELECT trading.cancel_all_orders_for(%s)", [BOB])
    told = [
        command
        for _, topic, _, payload in read("engine")
        if topic == f"engine:{BTC}"
        for command in payload["commands"]
    ]
    fed = exchange.owner.execute("SELECT to_jsonb(f) FROM trading.engine_feed(%s, 0) AS f", [BTC]).fetchall()
    assert told == [row[0] for row in fed]
    assert [command["kind"] for command in told] == ["place", "place", "amend", "cancel"]


def test_another_cluster_is_another_incarnation(exchange, worker, read) -> None:
    """Events of a cluster with higher numbers wait, and that is said; under a new incarnation all are read in order."""
    worker.execute("SELECT events.add_consumer('cache')")
    insert = "INSERT INTO events.outbox (incarnation, xid, topic, event, payload) VALUES (%s, %s, 'market:X', %s, %s)"
    with exchange.database.connect_as_superuser() as admin:
        admin.execute(insert, [1, "900000000000", "book", Jsonb({"n": 1})])
        assert read("cache") == []
        status = "SELECT pending, problem FROM events.status()"
        assert worker.execute(status).fetchone() == (
            1,
            "events carry transactions of another cluster: raise the incarnation",
        )
        admin.execute("ALTER TABLE events.outbox ALTER COLUMN incarnation SET DEFAULT 2")
        admin.execute("INSERT INTO events.outbox (topic, event, payload) VALUES ('market:X', 'book', '{\"n\": 2}')")
    rows = worker.execute("SELECT stream_id, payload, upto_xid, id FROM events.read('cache')").fetchall()
    assert [row[1] for row in rows] == [{"n": 1}]
    worker.execute("SELECT events.acknowledge('cache', %s, %s, 1)", [rows[0][2], rows[0][3]])
    later = worker.execute("SELECT stream_id, payload FROM events.read('cache')").fetchall()
    assert [row[1] for row in later] == [{"n": 2}]

    def position(stream_id: str) -> tuple[int, ...]:
        return tuple(map(int, stream_id.split("-")))

    assert position(rows[0][0]) < position(later[0][0]) < (1 << 64, 0)


def test_a_cursor_is_never_set_back(exchange, worker, read) -> None:
    """Unknown consumers, events that are delivered already or not there yet: refused, and the cursor stays."""
    worker.execute("SELECT events.add_consumer('cache')")
    exchange.place(ALICE, BTC, "buy", 1, 10)
    rows = worker.execute("SELECT upto_xid, id FROM events.read('cache')").fetchall()
    upto, ids = rows[0][0], [event_id for _, event_id in rows]
    acknowledge = "SELECT events.acknowledge(%s, %s, %s, 1)"
    worker.execute(acknowledge, ["cache", upto, ids[0]])
    for consumer, window, event_id, state in (
        ("nobody", upto, ids[1], "TR701"),
        ("cache", upto, ids[0], "TR702"),
        ("cache", upto, ids[0] - 1, "TR702"),
        ("cache", upto, ids[2] + 1, "TR702"),
        ("cache", "3", ids[1], "TR702"),
    ):
        with pytest.raises(psycopg.Error) as refused:
            worker.execute(acknowledge, [consumer, window, event_id])
        assert refused.value.sqlstate == state
    with pytest.raises(psycopg.Error) as refused:
        worker.execute("SELECT * FROM events.read('nobody')")
    assert refused.value.sqlstate == "TR701"
    assert [row[0] for row in read("cache")] == ids[1:]
