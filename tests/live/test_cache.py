"""The cache changes no answer: down, empty, restarted, slow or raced for, it is read as the database has it."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from exchange import ALICE, BTC, ETH

from tradebase import cache
from tradebase.cache import PATIENCE, SECONDS, Cache, keep, key_of
from tradebase.relay import drain
from tradebase.stack import parts

pytestmark = pytest.mark.xdist_group("live")
TOPIC = f"market:{BTC}"


class Source:
    """Reads from the database as anybody may, and counts."""

    def __init__(self, conninfo: str) -> None:
        """Connect."""
        self.session, self.reads = psycopg.connect(conninfo, autocommit=True), 0
        self.lock = threading.Lock()

    def __call__(self, topic: str) -> dict:
        """Read."""
        with self.lock:
            self.reads += 1
            return cache.read(self.session, topic)


@pytest.fixture
def source(conninfo) -> Source:
    """Give a source."""
    made = Source(conninfo)
    yield made
    made.session.close()


def test_what_changes_is_kept_anew(exchange, conninfo, redis_server, source) -> None:
    """An order, a mark, a halt, a setting, a flag: each makes a new version, which the worker keeps."""
    channel = cache.worker(redis_server.client())
    drain(conninfo, [channel])
    client = redis_server.client()
    order = exchange.place(ALICE, BTC, "buy", 1, 10)
    versions = []
    for change, values in (
        ("SELECT market.set_mark_price(%s, 11, now())", [BTC]),
        ("SELECT trading.cancel_order_for(%s, %s)", [ALICE, order]),
        ("SELECT market.set_market_status(%s, 'halted')", [BTC]),
    ):
        drain(conninfo, [channel])
        kept = json.loads(client.hget(key_of(TOPIC), "value"))
        assert kept == source(TOPIC)
        versions.append(kept["version"])
        exchange.owner.execute(change, values)
    drain(conninfo, [channel])
    kept = json.loads(client.hget(key_of(TOPIC), "value"))
    assert (kept["status"], kept["bids"], kept["mark_price"]) == ("halted", [], "11")
    versions.append(kept["version"])
    assert versions == sorted(set(versions))
    assert client.hget(key_of(f"market:{ETH}"), "value") is None
    exchange.owner.execute("SELECT system.set_config_value('trading_enabled', 'false', 'A test.')")
    exchange.owner.execute(
        "SELECT system.set_feature_flag('live', 'A test.', is_public => TRUE, description => 'A test.')"
    )
    drain(conninfo, [channel])
    for topic in ("config", "flags"):
        assert json.loads(client.hget(key_of(topic), "value")) == source(topic)
    # As long as it may be read, and not longer.
    assert 0 < client.pttl(key_of("flags")) <= SECONDS * 1000


def test_an_older_write_is_refused(exchange, redis_server, source) -> None:
    """Whoever read before and writes after does not replace the newer; what was too long on its way is not kept."""
    client = redis_server.client()
    older, read_at = source(TOPIC), time.monotonic()
    exchange.place(ALICE, BTC, "buy", 1, 10)
    newer = source(TOPIC)
    assert older["version"] < newer["version"]
    assert keep(client, TOPIC, newer, time.monotonic())
    assert not keep(client, TOPIC, older, read_at)
    assert json.loads(client.hget(key_of(TOPIC), "value")) == newer
    assert keep(client, TOPIC, newer, time.monotonic())
    client.delete(key_of(TOPIC))
    assert not keep(client, TOPIC, newer, time.monotonic() - SECONDS)
    assert client.exists(key_of(TOPIC)) == 0


def test_two_who_read_at_once_leave_the_newer(exchange, redis_server, source, seed) -> None:
    """However readings and writings of it interleave, what is kept at the end is the last state."""
    client = redis_server.client()
    answers = []
    for price in range(1, 21):
        answers.append(source(TOPIC))
        exchange.place(ALICE, BTC, "buy", 1, price)
    answers.append(source(TOPIC))
    shuffled = random.Random(seed).sample(answers, len(answers))  # noqa: S311 (no secret)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda answer: keep(client, TOPIC, answer, time.monotonic()), shuffled))
    assert json.loads(client.hget(key_of(TOPIC), "value")) == answers[-1]


@pytest.mark.usefixtures("exchange")
def test_five_hundred_readers_of_a_cold_key_read_once(redis_server, source) -> None:
    """Of five hundred at once, in two processes' worth of clients, one asks the database; all get the same."""
    # Few connections, for which the rest waits, as a server would have it.
    caches = [Cache(redis_server.pooled(), source) for _ in range(2)]
    start = threading.Barrier(500)

    def one(number: int) -> dict:
        start.wait(timeout=60)
        return caches[number % 2].get(TOPIC)

    with ThreadPoolExecutor(500) as pool:
        answers = list(pool.map(one, range(500)))
    assert source.reads == 1
    assert all(answer == answers[0] for answer in answers)
    assert answers[0] == source(TOPIC)


@pytest.mark.usefixtures("exchange")
def test_a_reader_that_dies_keeps_nobody(redis_server, source) -> None:
    """Who took the lock of a cold key and is gone is waited for as long as it may take, and not longer."""
    redis_server.client().set(f"{key_of(TOPIC)}:filling", "dead", px=60_000)
    begun = time.monotonic()
    assert Cache(redis_server.client(socket_timeout=PATIENCE), source).get(TOPIC) == source(TOPIC)
    assert time.monotonic() - begun < cache.FILLING + 5


def stopped(server) -> None:
    """Have it down."""
    server.stop()


def flushed(server) -> None:
    """Have it forget."""
    server.client().flushall()


def restarted(server) -> None:
    """Have it begin again."""
    server.stop()
    server.start()


def slow(server) -> None:
    """Have it not answer for a while."""
    os.kill(parts.pid_of(server.part), signal.SIGSTOP)


@pytest.mark.parametrize("fault", [stopped, flushed, restarted, slow])
def test_whatever_redis_does_the_answer_is_the_databases(exchange, redis_server, source, fault) -> None:
    """With Redis down, emptied, restarted or slow everybody reads what the database says, later from Redis again."""
    through = Cache(redis_server.client(socket_timeout=PATIENCE), source)
    assert through.get(TOPIC) == source(TOPIC)
    fault(redis_server)
    exchange.place(ALICE, BTC, "buy", 1, 10)
    after = source(TOPIC)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: through.get(TOPIC), range(64)))
    assert all(answer == after for answer in answers)
    if fault is stopped:
        redis_server.start()
    if fault is slow:
        os.kill(parts.pid_of(redis_server.part), signal.SIGCONT)
    # What it has not forgotten it may answer as it was, for as long as it may.
    redis_server.client().delete(key_of(TOPIC))
    through.rests_until = 0
    through.get(TOPIC)
    before = source.reads
    assert through.get(TOPIC) == source(TOPIC)
    assert source.reads == before + 1  # our own, to compare


@pytest.mark.usefixtures("exchange")
def test_an_unknown_market_is_an_error_and_not_kept(redis_server, source) -> None:
    """What the database refuses is refused to who asked, and asked again the next time."""
    through = Cache(redis_server.client(), source)
    for _ in range(2):
        with pytest.raises(psycopg.Error) as refused:
            through.get("market:NO-SUCH")
        assert refused.value.sqlstate == "TR001"
    assert source.reads == 2
    with pytest.raises(cache.Problem, match="no answer is kept"):
        cache.refuse_unknown("user:somebody")


@pytest.mark.usefixtures("exchange")
def test_by_its_command(conninfo, redis_server) -> None:
    """`tradebase cache market:X` prints an answer, read through Redis."""
    url = f"redis://:{redis_server.password}@127.0.0.1:{redis_server.port}"
    command = [sys.executable, "-m", "tradebase.cli", "cache", TOPIC, "--redis", url, "--dsn", conninfo]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(printed)["market"] == BTC
    assert redis_server.client().exists(key_of(TOPIC)) == 1
