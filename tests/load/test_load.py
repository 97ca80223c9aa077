"""The exchange under load: what comes in a burst, in a crash, in many markets or from one user leaves right books.

Rates and percentiles are printed and drawn (build/load/*.svg), and nobody's test; what is asserted is what a load
leaves: every invariant, updates that stay in their page, tables that autovacuum keeps small, a log in proportion.
"""

import itertools
import time
from collections.abc import Iterator

import psycopg
import pytest
from recorded import BITSTAMP, needs_bitstamp
from rich.progress import Progress
from watch import Load, watched

from tradebase import replay as replays
from tradebase.bench import exchange
from tradebase.bench.exchange import Subject

# One worker: they share the cluster on the disk with what is killed there.
pytestmark = pytest.mark.xdist_group("durable")
SIZES = {  # in CI, and with --full
    "seconds": (2, 60),
    "users": (50, 1000),
    "events": (1_500, None),
    "markets": (60, 1000),
    "orders of one": (3_000, 100_000),
}
LEAST_HOT = 90  # of a hundred updates; the rest comes where a page is full until it is pruned
MOST_LOG = 10_000  # bytes of an order, with the images of pages that were not touched since the checkpoint
SOON = {"autovacuum_naptime": "1s", "autovacuum_vacuum_cost_delay": "0"}


@pytest.fixture
def size(request: pytest.FixtureRequest) -> dict[str, int | None]:
    """Give the sizes of this run."""
    return {name: large if request.config.option.full else small for name, (small, large) in SIZES.items()}


@pytest.fixture
def looked_after(durable_database) -> Iterator:
    """Give a database in a cluster whose autovacuum looks every second."""
    with durable_database.connect_as_superuser() as admin:
        for name, value in SOON.items():
            admin.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        admin.execute("SELECT pg_reload_conf()")
        yield durable_database
        for name in SOON:
            admin.execute(f"ALTER SYSTEM RESET {name}")
        admin.execute("SELECT pg_reload_conf()")


@pytest.fixture
def loaded(looked_after, size):
    """Give it with eight markets, and users with funds."""
    exchange.prepare(looked_after.server, looked_after.name, size["users"])
    return looked_after


def run(database, subject: Subject, size: dict[str, int | None], load: Load) -> None:
    """Run a command of the exchange bench from its eight clients for so many seconds."""
    runner = exchange.Runner(database.server, database.name, subject, size["seconds"], size["users"])
    runner.fastest = 500 / subject.size
    ran = runner.slice()
    load.add(ran.ends, ran.latencies)


def judge(database, load: Load, least_hot: float = LEAST_HOT) -> None:
    """Print and draw a load, and assert what it must leave."""
    print(load.said())
    print(f"Chart: {load.draw()}")
    with database.connect() as owner:
        assert violated(owner) == []
    assert load.ends
    assert load.wal_per_order < MOST_LOG, load.said()
    # A handful of updates may well find no room.
    assert all(share >= least_hot for share in load.hot.values() if share is not None), load.said()
    assert all(rows <= left for rows, left in load.dead.values()), f"autovacuum did not keep up: {load.said()}"


def violated(owner: psycopg.Connection) -> list[str]:
    """Return the invariants that do not hold."""
    return [name for name, bad in owner.execute("SELECT check_name, bad_count FROM ops.verify_integrity()") if bad]


def test_an_opening_burst(loaded, size) -> None:
    """One market opens: eight clients place at once, and what crosses is settled in batches."""
    with loaded.connect() as owner:
        owner.execute("UPDATE market.markets SET status = 'closed' WHERE symbol = bench.symbol(1)")
        with pytest.raises(psycopg.Error) as refused:
            owner.execute(
                "SELECT api.place_order_for(user_id => bench.user_id(1), market => bench.symbol(1), side => 'buy', "
                "type => 'limit', quantity => 1, price => 1)"
            )
        assert refused.value.sqlstate == "TR002"
        owner.execute("UPDATE market.markets SET status = 'open' WHERE symbol = bench.symbol(1)")
    with watched(loaded, "opening burst") as load:
        run(loaded, Subject("burst", "place", "orders/s", markets=1), size, load)
    judge(loaded, load)
    with watched(loaded, "settling the burst", commands_of=10) as load:
        run(loaded, Subject("settle", "settle", "trades/s", markets=1, size=10), size, load)
    judge(loaded, load)


class Stopwatch(Progress):
    """The bar of a replay, which writes down when each batch had ended."""

    def __init__(self) -> None:
        """Show nothing."""
        super().__init__(disable=True)
        self.ends: list[float] = []

    def update(self, task_id, **what: object) -> None:
        """Note the time: `completed` is told once for each batch."""
        self.ends.append(time.time())
        super().update(task_id, **what)


@needs_bitstamp
def test_recorded_flow_at_speed(looked_after, size) -> None:
    """Half an hour of an exchange, as fast as it goes."""
    batch = 50
    bars = Stopwatch()
    with (
        watched(looked_after, "recorded flow", commands_of=batch) as load,
        looked_after.connect() as owner,
    ):
        report = replays.replay(owner, BITSTAMP, "bitstamp-l3", limit=size["events"], bars=bars, batch=batch)
        ends = bars.ends[1:]  # the first is the reading of the file
        took = [int((after - before) * 1e6) for before, after in itertools.pairwise(ends)]
        load.add(ends[1:], took)
    assert report["violated"] == {}
    judge(looked_after, load)


def test_a_flash_crash_of_cancels(loaded, size) -> None:
    """A full book goes in an instant, order by order and then all that a user has; holds are back to the last unit."""
    with watched(loaded, "flash crash") as load:
        run(loaded, Subject("crash", "cancel", "cancels/s"), size, load)
        with loaded.connect() as owner:
            for (user,) in owner.execute("SELECT DISTINCT user_id FROM partitions.orders_open").fetchall():
                begun = time.time()
                cancel_all(owner, user)
                load.add([time.time()], [int((time.time() - begun) * 1e6)])
    judge(loaded, load)
    with loaded.connect() as owner:
        assert owner.execute("SELECT count(*) FROM partitions.orders_open").fetchone() == (0,)
        assert owner.execute("SELECT count(*) FROM portfolio.balances WHERE held <> 0").fetchone() == (0,)


def test_many_markets(looked_after, size) -> None:
    """Orders over more markets than there are clients: nobody waits for another's market."""
    users = 10
    exchange.prepare(looked_after.server, looked_after.name, users, size["markets"])
    subject = Subject("many", "place", "orders/s", markets=size["markets"])
    with watched(looked_after, "many markets") as load:
        run(looked_after, subject, size | {"users": users}, load)
    judge(looked_after, load)
    with looked_after.connect() as owner:
        assert owner.execute("SELECT count(DISTINCT market_id) > 8 FROM trading.orders").fetchone() == (True,)


def test_one_user_with_a_great_many_orders(loaded, size) -> None:
    """A market maker fills the book alone, and takes all of it back; a page of the history costs what it did."""
    many = size["orders of one"]
    with watched(loaded, "one user with many orders", commands_of=100) as load, loaded.connect() as owner:
        fill_and_cancel(owner, load, range(0, many // 10, 100))
        owner.execute("ANALYZE trading.orders")
        before = page(owner)
        fill_and_cancel(owner, load, range(many // 10, many, 100))
        after = page(owner)
        # One level more of an index is one page more for each look into it.
        assert after <= before + 8, (before, after)
    judge(loaded, load)


def fill_and_cancel(owner: psycopg.Connection, load: Load, firsts: range) -> None:
    """Place orders of the first user by the hundred, and cancel them all at once."""
    for first in firsts:
        begun = time.time()
        owner.execute(
            "SELECT api.place_orders_for(bench.user_id(1), bench.orders(%s, 100, 8, 1000, %s))",
            [first, f"maker-{first}"],
        )
        load.add([time.time()], [int((time.time() - begun) * 1e6)])
    assert owner.execute("SELECT count(*) FROM partitions.orders_open").fetchone() == (100 * len(firsts),)
    begun = time.time()
    calls = cancel_all(owner, "be000000-0000-4000-8000-000000000001")
    print(f"{100 * len(firsts):,} orders canceled in {calls} calls and {time.time() - begun:.2f} s")
    assert owner.execute("SELECT count(*) FROM partitions.orders_open").fetchone() == (0,)
    assert owner.execute("SELECT count(*) FROM portfolio.balances WHERE held <> 0").fetchone() == (0,)


def cancel_all(owner: psycopg.Connection, user: str) -> int:
    """Cancel whatever a user has open, a thousand at a time; return how many calls that took."""
    calls = 1
    while owner.execute("SELECT trading.cancel_all_orders_for(%s)", [user]).fetchone()[0]:
        calls += 1
    return calls


def page(owner: psycopg.Connection) -> int:
    """Return the pages that a page of the user's history takes, read as the user."""
    with owner.transaction():
        owner.execute("SET LOCAL ROLE authenticated")
        owner.execute(
            "SELECT set_config('request.jwt.claims', jsonb_build_object('sub', 'be000000-0000-4000-8000-' || "
            "lpad('1', 12, '0'), 'role', 'authenticated')::text, TRUE)"
        )
        for _ in range(2):  # what the catalog costs is read by the first
            (plan,) = owner.execute(
                "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM api.list_orders(max_rows => 100)"
            ).fetchone()
    top = plan[0]["Plan"]
    assert top["Actual Rows"] == 100
    return top["Shared Hit Blocks"] + top["Shared Read Blocks"]
