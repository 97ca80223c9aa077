"""`tradebase cache`: what everybody reads, kept in Redis beside its version; and the client that reads it through.

What is read is never older than SECONDS, worker or not, and of two states the older never replaces the newer. Redis
that is down, empty or slow changes no answer: it is read from the database then.
"""

import json
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future

import psycopg
import redis
from psycopg.rows import namedtuple_row

from tradebase import Problem
from tradebase.relay import BATCH, Channel

SECONDS = 5.0  # how old an answer may be
PATIENCE = 0.1  # seconds that Redis has to answer before the database is asked
RESTS = 1.0  # seconds for which a Redis that failed is not asked again
FILLING = 2.0  # seconds that whoever reads a cold key for all may take

# Whole answers, each read in one statement with the version of what it shows.
READS = {
    "config": """
        SELECT jsonb_build_object(
            'version', system.topic_version('config'),
            'settings', (SELECT jsonb_object_agg(s.key, s.value) FROM api.settings AS s)
        )
    """,
    "flags": "SELECT jsonb_build_object('version', system.topic_version('flags'), 'flags', api.feature_flags())",
}
MARKET = "SELECT api.market_summary(%s)"

# Compared where it is written, so that it does not matter who comes first. It is as old as the reading of it, whatever
# time it took to get here; what has grown too old on the way is not kept at all.
KEEP = """
local left = tonumber(ARGV[3])
local have = redis.call('HGET', KEYS[1], 'version')
if left <= 0 or (have and have > ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'value', ARGV[2])
redis.call('PEXPIRE', KEYS[1], left)
return 1
"""
RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


def key_of(topic: str) -> str:
    """Return the key that a topic's answer is kept under."""
    return f"cache:{topic}"


def read(connection: psycopg.Connection, topic: str) -> dict[str, object]:
    """Read a topic's answer from the database: market:<symbol>, config or flags; KeyError for any other."""
    if topic.startswith("market:"):
        return connection.execute(MARKET, [topic.removeprefix("market:")]).fetchone()[0]
    return connection.execute(READS[topic]).fetchone()[0]


def keep(server: redis.Redis, topic: str, answer: dict[str, object], read_at: float) -> bool:
    """Keep an answer that was read at a time.monotonic(); False where a newer one is there, or it is too old."""
    left = int((read_at + SECONDS - time.monotonic()) * 1000)
    return bool(server.eval(KEEP, 1, key_of(topic), answer["version"], json.dumps(answer), left))


def worker(server: redis.Redis) -> Channel:
    """Return the channel that reads again whatever has changed, and keeps it."""

    def deliver(connection: psycopg.Connection) -> int:
        cursor = connection.cursor(row_factory=namedtuple_row)
        rows = cursor.execute("SELECT upto_xid, id, topic FROM events.read('cache', %s)", [BATCH]).fetchall()
        # However often it has changed, once.
        for topic in dict.fromkeys(row.topic for row in rows):
            if topic.startswith("market:") or topic in READS:
                read_at = time.monotonic()
                keep(server, topic, read(connection, topic), read_at)
        if rows:
            cursor.execute(
                "SELECT events.acknowledge('cache', %s, %s, %s)", [rows[-1].upto_xid, rows[-1].id, len(rows)]
            )
        return len(rows)

    return Channel("cache", BATCH, deliver)


class Cache:
    """Reads answers through Redis; safe to share between threads.

    `server` decodes responses and has a socket_timeout of PATIENCE; `source` reads a topic from the database, and what
    it raises is raised to whoever asked.
    """

    def __init__(self, server: redis.Redis, source: Callable[[str], dict[str, object]]) -> None:
        """Read through this Redis from this source."""
        self.server = server
        self.source = source
        self.rests_until = 0.0
        self.lock = threading.Lock()
        self.filling: dict[str, Future] = {}

    def get(self, topic: str) -> dict[str, object]:
        """Return a topic's answer, at most SECONDS old."""
        value = self.ask(lambda: self.server.hget(key_of(topic), "value"))
        return json.loads(value) if value else self.fill(topic)

    def ask(self, question: Callable[[], object]) -> object:
        """Return what Redis says, None where it says nothing or cannot."""
        if time.monotonic() < self.rests_until:
            return None
        try:
            return question()
        except redis.RedisError:
            self.rests_until = time.monotonic() + RESTS
            return None

    def fill(self, topic: str) -> dict[str, object]:
        """Read a cold topic once for everybody who waits for it."""
        with self.lock:
            waiting = self.filling.get(topic)
            if waiting is None:
                mine = self.filling[topic] = Future()
        if waiting:
            return waiting.result()
        try:
            mine.set_result(self.fill_for_all(topic))
        except BaseException as why:
            mine.set_exception(why)
        finally:
            with self.lock:
                del self.filling[topic]
        return mine.result()

    def fill_for_all(self, topic: str) -> dict[str, object]:
        """Read a cold topic unless another process is reading it; who takes too long is not waited for."""
        lock, token = f"{key_of(topic)}:filling", uuid.uuid4().hex
        deadline = time.monotonic() + FILLING
        while not self.ask(lambda: self.server.set(lock, token, nx=True, px=int(FILLING * 1000))):
            # Without Redis nobody can be asked, and nobody waited for.
            if time.monotonic() < self.rests_until or time.monotonic() > deadline:
                return self.source(topic)
            if value := self.ask(lambda: self.server.hget(key_of(topic), "value")):
                return json.loads(value)
            time.sleep(0.005)
        try:
            # Whoever had the lock before may have just filled it.
            if value := self.ask(lambda: self.server.hget(key_of(topic), "value")):
                return json.loads(value)
            read_at = time.monotonic()
            answer = self.source(topic)
            self.ask(lambda: keep(self.server, topic, answer, read_at))
            return answer
        finally:
            self.ask(lambda: self.server.eval(RELEASE, 1, lock, token))


def refuse_unknown(topic: str) -> None:
    """Raise for a topic of which no answer is kept."""
    if not topic.startswith("market:") and topic not in READS:
        raise Problem(f"Of {topic} no answer is kept: market:<symbol>, {' and '.join(READS)} are.")
