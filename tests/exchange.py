"""A small exchange, and sessions whose waiting is read from the server."""

import json
import threading
import time
import uuid
from collections.abc import Callable

import psycopg
import pytest

ALICE = uuid.UUID("aaaaaaaa-0000-4000-8000-0000000000aa")
BOB = uuid.UUID("bbbbbbbb-0000-4000-8000-0000000000bb")
MARKETS = """
INSERT INTO market.assets (code, name, kind, scale, display_scale)
VALUES ('R1USD', 'Dollar', 'fiat', 10, 2), ('R1BTC', 'Coin', 'crypto', 8, 8), ('R1ETH', 'Coin', 'crypto', 8, 8);
INSERT INTO market.markets (
    symbol, base_asset_id, quote_asset_id, status, engine, engine_acks, tick_size, lot_size
)
SELECT v.base || '-' || v.quote, b.id, q.id, 'open', 'external', v.acks, 0.01, 0.001
FROM (VALUES ('R1BTC', 'R1USD', FALSE), ('R1ETH', 'R1USD', FALSE), ('R1ETH', 'R1BTC', TRUE)) AS v (base, quote, acks)
JOIN market.assets AS b ON b.code = v.base
JOIN market.assets AS q ON q.code = v.quote;
"""
BTC, ETH, ACKED = "R1BTC-R1USD", "R1ETH-R1USD", "R1ETH-R1BTC"


class Exchange:
    """A funded market in the test's database, and commands sent to it on connections of their own."""

    def __init__(self, database) -> None:
        """Make markets and users."""
        self.database = database
        self.sessions: list[psycopg.Connection] = []
        self.hands: list[psycopg.Connection] = []
        self.owner = self.session()
        self.owner.autocommit = True
        self.owner.execute(MARKETS)
        for user in (ALICE, BOB):
            self.owner.execute("INSERT INTO auth.users (id) VALUES (%s)", [user])
            for asset in ("R1USD", "R1BTC", "R1ETH"):
                self.owner.execute("SELECT portfolio.deposit(%s, %s, 1000, %s)", [user, asset, f"{user}:{asset}"])

    def value(self, query: str, *values: object, on: psycopg.Connection | None = None) -> object:
        """Return the one value of a query."""
        return (on or self.owner).execute(query, values).fetchone()[0]

    def session(self) -> psycopg.Connection:
        """Return a connection whose transaction has begun."""
        connection = self.database.connect()
        connection.autocommit = False
        self.sessions.append(connection)
        return connection

    def crew(self, size: int) -> list[psycopg.Connection]:
        """Return so many sessions, the same each time, that begin and end transactions by what is sent on them."""
        while len(self.hands) < size:
            self.hands.append(self.session())
            self.hands[-1].autocommit = True
        return self.hands[:size]

    def close(self) -> None:
        """End every session."""
        for session in self.sessions:
            session.close()

    def market(self, symbol: str) -> int:
        """Return a market's id."""
        return self.value("SELECT id FROM market.markets WHERE symbol = %s", symbol)

    def place(self, user: uuid.UUID, market: str, side: str, quantity: int, price: int, **on: object) -> str:
        """Place a limit order and return its id."""
        query = "SELECT trading.place_order_for(%s, %s, %s, 'limit', %s, %s) #>> '{order,id}'"
        return self.value(query, user, market, side, quantity, price, **on)

    def settle(self, market: str, maker: str, taker: str, price: int, quantity: int, **on: object) -> object:
        """Settle the first trade of a market."""
        event = {"maker_order_id": maker, "taker_order_id": taker, "price": str(price), "quantity": str(quantity)}
        batch = json.dumps([{"market": market, "first_seq": 1, "events": [event]}])
        return self.value("SELECT trading.settle_trades(%s::jsonb)", batch, **on)

    def later(self, work: Callable[[], object]) -> "Waiting":
        """Start work that is going to wait."""
        return Waiting(work)

    def blockers(self, *sessions: psycopg.Connection) -> dict[int, set[int]]:
        """Return for each session, by its pid, the pids that it waits for."""
        pids = [session.info.backend_pid for session in sessions]
        rows = self.owner.execute("SELECT p.pid, pg_blocking_pids(p.pid) FROM unnest(%s::integer[]) AS p (pid)", [pids])
        return {pid: set(blocking) for pid, blocking in rows}

    def wait_for(self, waiter: psycopg.Connection, holder: psycopg.Connection) -> None:
        """Return when the server says that one waits for the other."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if holder.info.backend_pid in self.blockers(waiter)[waiter.info.backend_pid]:
                return
            time.sleep(0.005)
        pytest.fail("nobody waits for the lock")

    def lengthen_waits(self) -> None:
        """Let commands of this database wait longer: no schedule may end otherwise because the machine stood still."""
        self.owner.execute(
            """
            DO $$
            DECLARE
                command regprocedure;
            BEGIN
                FOR command IN SELECT p.oid FROM pg_proc AS p WHERE 'lock_timeout=2s' = ANY (p.proconfig) LOOP
                    EXECUTE format('ALTER FUNCTION %s SET lock_timeout = %L', command, '60s');
                END LOOP;
            END
            $$
            """
        )

    def violations(self) -> list[tuple]:
        """Return the checks that count something."""
        return self.owner.execute(
            "SELECT check_name, bad_count, sample FROM ops.verify_integrity() WHERE bad_count > 0"
        ).fetchall()


class Waiting:
    """A command in a thread of its own; its answer, or its SQLSTATE."""

    def __init__(self, work: Callable[[], object]) -> None:
        """Start it."""
        self.work, self.outcome = work, None
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        """Keep what comes of it."""
        try:
            self.outcome = self.work()
        except psycopg.Error as error:
            self.outcome = error.sqlstate

    def is_over(self, seconds: float = 0) -> bool:
        """Say whether it has ended, after waiting at most so long for its end."""
        self.thread.join(seconds)
        return not self.thread.is_alive()

    def answer(self) -> object:
        """Wait for the end."""
        self.thread.join(timeout=30)
        assert not self.thread.is_alive()
        return self.outcome
