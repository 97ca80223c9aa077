"""Twenty-four months in one test: a real server's clock moves day by day, and things go wrong on the way.

On every day commands are sent, what is due is done, and what failed, the runways and the leaves are looked at. Leaves
are listed, and compared with their parents, whenever anything has changed in the catalog since they last were.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from clock import Clock
from psycopg.conninfo import make_conninfo

from tradebase import database as databases
from tradebase import maintain
from tradebase.commands import Command, send

# Ahead of today, see Clock, and with a leap day.
START, MIDNIGHT, END = date(2031, 1, 15), date(2031, 1, 31), date(2033, 1, 15)
ALICE, BOB = "aaaaaaaa-0000-4000-8000-00000000000a", "bbbbbbbb-0000-4000-8000-00000000000b"
MARKET = """
INSERT INTO market.assets (code, name, kind, scale, display_scale)
VALUES ('Y1USD', 'Dollar', 'fiat', 10, 2), ('Y1BTC', 'Coin', 'crypto', 8, 8);
INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, status, engine, tick_size, lot_size)
SELECT 'Y1BTC-Y1USD', b.id, q.id, 'open', 'external', 0.01, 0.001
FROM market.assets AS b, market.assets AS q WHERE b.code = 'Y1BTC' AND q.code = 'Y1USD';
UPDATE system.system_config SET value = '"Y1USD"' WHERE key = 'reporting_asset';
SELECT market.set_valuation_market('Y1BTC', 'Y1BTC-Y1USD'), market.set_mark_price('Y1BTC-Y1USD', 100, now());
"""
# How old leaves may grow, and what becomes of them; the others stay.
KEPT = timedelta(days=400)
ACTIONS = {
    "audit.audit_logs": "drop",
    "market.price_history": "detach",
    "portfolio.ledger_entries": "export",
    "trading.engine_commands": "drop",
}
STAY = {"portfolio.portfolio_snapshots", "trading.orders", "trading.trades", "trading.fills"}
MONTHLY = STAY | set(ACTIONS)
# Messages go by themselves: a leaf is a week, and is dropped when the last of its events is so old.
WEEKLY, WEEK, READ_FOR = "events.outbox", timedelta(days=7), timedelta(days=14)
ALL = MONTHLY | {WEEKLY}
# What goes wrong, from the morning of the first day to that of the second, and whose maintenance fails in that time.
STRAY = date(2031, 3, 25), date(2031, 4, 10)
REVOKED = date(2031, 6, 28), date(2031, 7, 4)
MISSED = date(2031, 8, 29), date(2031, 9, 5)
READER = date(2032, 3, 5), date(2032, 3, 11)
LEAVES = """
SELECT p.parent::text, b.leaf::text, b.from_at FROM ops.partition_policies AS p, ops.partition_bounds(p.parent) AS b
WHERE b.to_at < 'infinity'
"""
PARITY = """
SELECT l.problem FROM ops.partition_policies AS p, ops.partition_bounds(p.parent) AS b,
unnest(ops.leaf_problems(b.leaf)) AS l (problem)
"""
# What a leaf is compared by: a row that is new or another has another xmin, one that is gone is missing.
CATALOG = """
SELECT count(*), max(c.xmin::text::bigint) FROM (
    SELECT xmin FROM pg_attrdef UNION ALL SELECT xmin FROM pg_attribute UNION ALL SELECT xmin FROM pg_class
    UNION ALL SELECT xmin FROM pg_constraint UNION ALL SELECT xmin FROM pg_index UNION ALL SELECT xmin FROM pg_inherits
    UNION ALL SELECT xmin FROM pg_policy UNION ALL SELECT xmin FROM pg_trigger
) AS c
"""
# Whether the books add up was asked today; here it is on the first of each month.
IS_INTACT = """
INSERT INTO ops.job_runs (job, status, started_at, finished_at, detail)
VALUES ('ops.verify_integrity', 'succeeded', now(), now(), jsonb_build_object('on', CURRENT_DATE))
"""
# Somebody's seconds were milliseconds.
FAR_AWAY = """
INSERT INTO market.price_history (market_id, interval, bucket_start, source, open, high, low, close)
SELECT m.id, '1d', '52217-03-01 00:00:00+00', 'external', 1, 1, 1, 1 FROM market.markets AS m
"""


class World:
    """A server of another time with a market in it, and what is done there every day."""

    def __init__(self, server, clock: Clock) -> None:
        """Fund two users."""
        self.server, self.clock = server, clock
        self.conninfo = make_conninfo(host=server.socket, port=server.port, dbname="y", user=databases.OWNER)
        self.owner = self.connect()
        self.owner.execute(MARKET)
        self.settled = 0
        for user in (ALICE, BOB):
            self.owner.execute("INSERT INTO auth.users (id) VALUES (%s)", [user])
            for asset in ("Y1USD", "Y1BTC"):
                self.deposit(user, asset, "100000", "first")

    def connect(self) -> psycopg.Connection:
        """Open a connection that commands are sent on."""
        return databases.connect(self.server, "y", databases.OWNER)

    def deposit(self, user: str, asset: str, amount: str, key: str) -> None:
        """Send money in, once a key."""
        arguments = {"user_id": user, "asset": asset, "amount": amount, "idempotency_key": f"{user}:{asset}:{key}"}
        send(self.owner, Command("api.deposit", arguments | {"external_ref": f"{user}:{asset}:{key}"}))

    def place(self, on: psycopg.Connection, user: str, side: str, price: str, **more: str) -> dict[str, str]:
        """Place an order of one coin and return it."""
        arguments = {"market": "Y1BTC-Y1USD", "side": side, "type": "limit", "quantity": "1", "price": price} | more
        return send(on, Command("api.place_order", arguments, "authenticated", user))["order"]

    def cancel(self, on: psycopg.Connection, user: str, order: dict[str, str]) -> None:
        """Cancel an order."""
        send(on, Command("api.cancel_order", {"order_id": order["id"]}, "authenticated", user))

    def trade(self, day: date) -> None:
        """Do what a day has: a deposit, a trade, a cancel, an order that ends by itself; each knows the day."""
        self.deposit(ALICE, "Y1USD", "1", str(day))
        maker = self.place(self.owner, ALICE, "buy", "100", client_order_id=f"m{day}")
        taker = self.place(self.owner, BOB, "sell", "100")
        event = {"maker_order_id": maker["id"], "taker_order_id": taker["id"], "price": "100", "quantity": "1"}
        batch = json.dumps([{"market": "Y1BTC-Y1USD", "first_seq": self.settled + 1, "events": [event]}])
        send(self.owner, Command("trading.settle_trades", {"batches": batch}, "tradebase_engine"))
        self.settled += 1
        self.cancel(self.owner, ALICE, self.place(self.owner, ALICE, "buy", "99"))
        ends = datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC).isoformat()
        self.place(self.owner, BOB, "sell", "200", time_in_force="gtd", expires_at=ends)
        # Yesterday's ended at midnight; today's has not.
        upto = Command("trading.expire_orders", {"upto": f"{day} 00:00:00+00"}, "tradebase_worker")
        while send(self.owner, upto):
            pass
        (left,) = self.owner.execute("SELECT count(*) FROM trading.orders WHERE closed_at = 'infinity'").fetchone()
        assert left == 1
        (ours,) = self.owner.execute("SELECT core.uuid7_time(%s)::date", [maker["id"]]).fetchone()
        assert maker["created_at"][:10] == str(ours) == str(day)

    def value(self, query: str) -> object:
        """Return what a query of one row and column says."""
        return self.owner.execute(query).fetchone()[0]


@pytest.fixture(scope="module")
def world(cluster_starter, open_folder) -> Iterator[World]:
    """Give a world that begins on START."""
    clock = Clock(open_folder / "clock")
    clock.set(datetime.combine(START, datetime.min.time(), UTC))
    with cluster_starter(environment=clock.environment) as server:
        databases.prepare(server, "y", test_tools=False)
        databases.sqitch(server, "y", "deploy")
        made = World(server, clock)
        yield made
        made.owner.close()


@pytest.mark.xdist_group("clock")
def test_midnight_under_load(world):
    """Orders are placed and cancelled while a month ends: none fails, and each is in the month in which it closed."""
    noon = datetime.combine(MIDNIGHT, datetime.min.time(), UTC) + timedelta(hours=12)
    world.clock.set(noon)
    # For two weeks nobody has seen to the leaves, and weeks of messages are due.
    world.owner.execute("SELECT ops.ensure_partitions(%s, CURRENT_DATE, CURRENT_DATE + 21)", [WEEKLY])
    world.clock.set(noon + timedelta(hours=12, seconds=-2))
    until = time.monotonic() + 4

    def client(user: str) -> int:
        placed = 0
        with world.connect() as connection:
            while time.monotonic() < until:
                world.cancel(connection, user, world.place(connection, user, "buy", "50"))
                placed += 1
        return placed

    with ThreadPoolExecutor(2) as pool:
        placed = sum(pool.map(client, (ALICE, BOB)))
    months = world.owner.execute(
        """
        SELECT tableoid::regclass::text, count(*), bool_and(closed_at >= '2031-02-01') FROM trading.orders
        WHERE price = 50 GROUP BY 1 ORDER BY 1
        """
    ).fetchall()
    assert [(leaf, later) for leaf, _, later in months] == [
        ("partitions.orders_2031_01", False),
        ("partitions.orders_2031_02", True),
    ]
    assert sum(number for _, number, _ in months) == placed
    assert world.value("SELECT sum(bad_count) FROM ops.verify_integrity()") == 0


def is_in(day: date, fault: tuple[date, date]) -> bool:
    """Say whether something is wrong on a day."""
    return fault[0] <= day < fault[1]


def fails(day: date) -> set[str]:
    """Return whose maintenance cannot succeed on a day."""
    if is_in(day, STRAY) and day.month == 4:
        return {"trading.fills"}
    if is_in(day, REVOKED) and day.month == 7:
        return ALL
    if is_in(day, REVOKED) and day >= date(2031, 6, 30):  # a Monday
        return {WEEKLY}
    if is_in(day, READER) and day >= date(2032, 3, 7):  # 400 days after January
        return {"market.price_history"}
    return set()


@contextmanager
def faults(world: World) -> Iterator:
    """Yield what makes, each morning, what goes wrong that day, and takes it away again."""
    reader = world.connect()
    reader.autocommit = False

    def morning(day: date) -> None:
        if day == STRAY[0]:
            world.owner.execute("CREATE TABLE partitions.fills_2031_07 (something_else integer)")
        if day == STRAY[1]:
            world.owner.execute("DROP TABLE partitions.fills_2031_07")
        if day == REVOKED[0]:
            world.owner.execute("REVOKE CREATE ON SCHEMA partitions FROM tradebase")
        if day == REVOKED[1]:
            world.owner.execute("GRANT CREATE ON SCHEMA partitions TO tradebase")
        if day == READER[0]:
            reader.execute("SELECT count(*) FROM market.price_history")
        if day == READER[1]:
            reader.rollback()

    with reader:
        yield morning


@contextmanager
def impatience(world: World, session: psycopg.Connection, is_needed: bool) -> Iterator[None]:
    """End each statement of a session that waits for a lock, as lock_timeout does where clocks are not moved."""
    waits = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"
    is_over = threading.Event()

    def watch() -> None:
        with world.connect() as other:
            while not is_over.wait(0.2):
                other.execute(waits, [session.info.backend_pid])

    watcher = threading.Thread(target=watch)
    if is_needed:
        watcher.start()
    yield
    is_over.set()
    if is_needed:
        watcher.join()


def expected_leaves() -> set[str]:
    """Return what must be there at the end, to the leaf."""
    months = [date(2031 + n // 12, n % 12 + 1, 1) for n in range(28)]  # January 2031 to April 2033, three ahead
    mondays = [monday_of(START) + n * WEEK for n in range((END - START) // WEEK + 5)]
    return {
        f"partitions.{parent.split('.')[1]}_{month:%Y_%m}"
        for parent in MONTHLY
        for month, after in zip(months, [*months[1:], date.max], strict=True)
        if parent in STAY or after > END - KEPT
    } | {
        f"partitions.{WEEKLY.split('.')[1]}_{monday:%G_w%V}"
        for monday in mondays
        if monday + WEEK > END - READ_FOR and monday <= monday_of(END) + 3 * WEEK
    }


def monday_of(day: date) -> date:
    """Return the first day of a week."""
    return day - timedelta(days=day.weekday())


@pytest.mark.xdist_group("clock")
def test_two_years(world, tmp_path: Path, tally):
    """No legal insert fails, runways stay, one table's trouble is no other's; at the end the leaves are just those."""
    with world.connect() as operator:
        operator.execute("SET ROLE tradebase_operator")
        for parent, action in ACTIONS.items():
            operator.execute("SELECT ops.set_retention(%s, '400 days', %s, 'a test')", [parent, action])
    catalog = None
    # The first day after test_midnight_under_load(), which may not have run.
    days = [date(2031, 2, 1) + timedelta(days=n) for n in range((END - date(2031, 2, 1)).days + 1)]
    with faults(world) as morning, maintain.owners_session(world.conninfo) as session:
        for day in days:
            now = datetime.combine(day, datetime.min.time(), UTC) + timedelta(minutes=1)
            world.clock.set(now)
            morning(day)
            # First what the night before has prepared must do.
            world.trade(day)
            with pytest.raises(psycopg.errors.CheckViolation, match="no partition of relation"):
                world.owner.execute(FAR_AWAY)

            # Over all leaves it takes longer than all the rest of a day.
            if day.day > 1:
                world.owner.execute(IS_INTACT)
            if not is_in(day, MISSED):
                with impatience(world, session, is_in(day, READER)):
                    report = maintain.maintain(session, tmp_path)
                assert {row["parent"] for row in report["failed"]} == fails(day), (day, report["failed"])
                assert {row["parent"] for row in report["held_up"]} == set(), (day, report["held_up"])
            trouble = fails(day) | (ALL if is_in(day, MISSED) else set())
            before, catalog = catalog, world.owner.execute(CATALOG).fetchone()
            if catalog != before:
                leaves = world.owner.execute(LEAVES).fetchall()
                assert world.owner.execute(PARITY).fetchall() == []
                tally("two years", len(leaves), "leaves like their parent")
            runway = Counter(parent for parent, _, from_at in leaves if from_at > now)
            for parent in ALL:
                assert runway[parent] >= (2 if parent in trouble else 3), (day, parent)
            tally("two years", 1, "days")

    assert {leaf for _, leaf, _ in leaves} == expected_leaves()
    assert world.value("SELECT sum(bad_count) FROM ops.verify_integrity()") == 0
    assert world.value("SELECT count(*) FROM ops.partition_health(CURRENT_DATE) WHERE problems <> '{}'") == 0
    assert world.value("SELECT last_seq FROM market.candle_state") == world.settled
    # Of two users, on every day on which somebody saw to it.
    days_seen = len(days) - (MISSED[1] - MISSED[0]).days
    assert world.value("SELECT count(*) FROM portfolio.portfolio_snapshots WHERE kind = 'daily'") == 2 * days_seen
    # Of each of four tables eleven months have gone, each as its policy says, and of messages 102 weeks.
    retired = world.owner.execute(
        """
        SELECT parent::text, count(*), count(dropped_at), count(exported_at), sum(rows) > 0
        FROM ops.retired_leaves GROUP BY 1 ORDER BY 1
        """
    ).fetchall()
    assert retired == [
        ("audit.audit_logs", 11, 11, 0, True),
        ("events.outbox", 102, 102, 0, True),
        ("market.price_history", 11, 0, 0, True),
        ("portfolio.ledger_entries", 11, 11, 11, True),
        ("trading.engine_commands", 11, 11, 0, True),
    ]
    assert len(list(tmp_path.iterdir())) == 11
    # What was exported first is the ledger's again, in another year.
    first = min(tmp_path.iterdir())
    with maintain.owners_session(world.conninfo) as session:
        rows = maintain.reattach(session, first)["rows"]
    assert world.value("SELECT count(*) FROM portfolio.ledger_entries WHERE created_at < '2031-02-01'") == rows > 0
    assert world.value("SELECT sum(bad_count) FROM ops.verify_integrity()") == 0
