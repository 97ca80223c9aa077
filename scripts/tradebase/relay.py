"""`tradebase relay`: carries events from the outbox to Redis streams and to Realtime; what is down gets them later."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
import redis
from psycopg import errors
from psycopg.rows import dict_row, namedtuple_row

from tradebase import Problem

INTERVAL = 0.025  # seconds between two looks into the outbox
PREFIX = "stream:"
KEPT = 10_000  # entries of a stream, about: who was away longer reads the database
BATCH = 1000
MESSAGES = 25  # of events.relay_realtime(), whose messages are two subtransactions each
PATIENCE = 1.0  # seconds until a channel that failed is tried again


class Restored(Problem):
    """The stream is ahead of the database: that is an earlier state of itself, and must say so."""


@dataclass
class Channel:
    """One way out: delivers what is next for its consumer and returns how many events, full when there may be more."""

    consumer: str
    full: int
    deliver: Callable[[psycopg.Connection], int]
    rests_until: float = field(default=0.0)
    problem: str | None = field(default=None)

    def step(self, connection: psycopg.Connection) -> bool:
        """Deliver once unless it rests after a failure, and say whether there may be more at once."""
        if time.monotonic() < self.rests_until:
            return False
        try:
            delivered = self.deliver(connection)
        except (redis.RedisError, Restored) as why:
            self.problem = " ".join(str(why).split()) or type(why).__name__
            self.rests_until = time.monotonic() + PATIENCE
            connection.execute("SELECT events.report_failure(%s, %s)", [self.consumer, self.problem])
            return False
        except psycopg.Error as why:
            # Another relay was first with the same events; of Realtime's ours are undone, of Redis's they are the same.
            if why.sqlstate != "TR702":
                raise
            return False
        self.problem = None
        return delivered >= self.full


def to_redis(server: redis.Redis) -> Channel:
    """Return the channel of the streams: a topic is a stream, an event an entry whose id is the event's own.

    `server` decodes responses.
    """

    def deliver(connection: psycopg.Connection) -> int:
        cursor = connection.cursor(row_factory=namedtuple_row)
        # In a transaction of its own: what it writes, the window, stands whatever Redis says.
        rows = cursor.execute("SELECT * FROM events.read('redis', %s)", [BATCH]).fetchall()
        if not rows:
            return 0
        pipeline = server.pipeline(transaction=False)
        for row in rows:
            entry = {"event": row.event, "at": row.created_at.isoformat(), "payload": json.dumps(row.payload)}
            pipeline.xadd(PREFIX + row.topic, entry, id=row.stream_id, maxlen=KEPT, approximate=True)
        for row, outcome in zip(rows, pipeline.execute(raise_on_error=False), strict=True):
            if isinstance(outcome, redis.ResponseError) and "equal or smaller" in str(outcome):
                refuse_another(server, row.topic, row.stream_id)
            elif isinstance(outcome, Exception):
                raise outcome
        last = rows[-1]
        cursor.execute("SELECT events.acknowledge('redis', %s, %s, %s)", [last.upto_xid, last.id, len(rows)])
        return len(rows)

    return Channel("redis", BATCH, deliver)


def refuse_another(server: redis.Redis, topic: str, stream_id: str) -> None:
    """Raise unless a stream that would not take an entry has it already: we were stopped before we could say so."""
    key = PREFIX + topic
    if server.xrange(key, stream_id, stream_id):
        return
    oldest = server.xrange(key, count=1)
    if server.xlen(key) >= KEPT and position(oldest[0][0]) > position(stream_id):
        return  # it had it once, and has more than it keeps
    raise Restored(
        f"Stream {key} is past {stream_id}, which it has not: the database is an earlier state of itself. Raise the "
        "incarnation of events.outbox (docs/operations.md), or empty this Redis."
    )


def position(stream_id: str) -> tuple[int, ...]:
    """Return what a stream's ids are ordered by."""
    return tuple(int(part) for part in stream_id.split("-"))


def to_realtime() -> Channel:
    """Return the channel of Supabase Realtime, which the database itself speaks to."""

    def deliver(connection: psycopg.Connection) -> int:
        return connection.execute("SELECT events.relay_realtime(%s)", [MESSAGES]).fetchone()[0]

    return Channel("realtime", MESSAGES, deliver)


@contextmanager
def worker(conninfo: str) -> Iterator[psycopg.Connection]:
    """Yield an autocommit session that may carry events; REFUSED for a login that may not."""
    # Through a pooler too: nothing is prepared.
    options = {"autocommit": True, "application_name": "tradebase relay", "prepare_threshold": None}
    with psycopg.connect(conninfo, **options) as session:
        try:
            session.execute("SELECT FROM events.status()")
        except (errors.InsufficientPrivilege, errors.UndefinedFunction, errors.InvalidSchemaName):
            raise Problem(
                f"{session.info.user} may not relay in database {session.info.dbname}: name a login that is a member "
                "of tradebase_worker, and a database with Tradebase in it."
            ) from None
        yield session


def relay(
    conninfo: str,
    channels: list[Channel],
    interval: float = INTERVAL,
    is_over: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = print,
) -> None:
    """Carry events until told to stop; a database that is away is waited for, a channel that is down is tried again."""
    told = None
    while not is_over():
        try:
            with worker(conninfo) as session:
                for channel in channels:
                    session.execute("SELECT events.add_consumer(%s)", [channel.consumer])
                say("relaying")
                while not is_over():
                    more = [channel.step(session) for channel in channels]
                    problems = {channel.consumer: channel.problem for channel in channels if channel.problem}
                    if problems != told:
                        told = problems
                        say("; ".join(f"{name}: {problem}" for name, problem in problems.items()) or "all is delivered")
                    if not any(more):
                        time.sleep(interval)
        except psycopg.OperationalError as why:
            say(f"the database is away: {' '.join(str(why).split())}")
            time.sleep(PATIENCE)


def drain(conninfo: str, channels: list[Channel]) -> None:
    """Deliver what there is now, and return; used where a run has an end."""
    with worker(conninfo) as session:
        for channel in channels:
            session.execute("SELECT events.add_consumer(%s)", [channel.consumer])
            while channel.step(session):
                pass
            if channel.problem:
                raise Problem(f"{channel.consumer}: {channel.problem}")


def watch(server: redis.Redis, topic: str, since: str | None = None) -> Iterator[tuple[str, dict[str, str]] | None]:
    """Yield the entries of a topic after `since` ('0' for all that is kept, None for what comes from now on).

    None is yielded every second in which there is none, so that a caller can stop.
    """
    key = PREFIX + topic
    if since is None:
        newest = server.xrevrange(key, count=1)
        since = newest[0][0] if newest else "0"
    while True:
        streams = server.xread({key: since}, block=1000, count=100)
        if not streams:
            yield None
        for entry_id, entry in streams[0][1] if streams else []:
            since = entry_id
            yield since, entry


def status(conninfo: str) -> list[dict[str, object]]:
    """Return how far each consumer is, as events.status() has it."""
    with worker(conninfo) as session:
        cursor = session.cursor(row_factory=dict_row)
        return cursor.execute("SELECT * FROM events.status()").fetchall()
