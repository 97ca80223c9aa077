"""What is due is done, by whoever does it: `tradebase maintain`, one line of psql, or pg_cron; and nothing is lost."""

import gzip
import itertools
import json
import re
import resource
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from psycopg import IsolationLevel
from psycopg.conninfo import make_conninfo
from rich.progress import Progress

from tradebase import Problem, maintain, seed
from tradebase import database as databases

HISTORY = seed.History(orders=400, users=20, days=45, open_orders=10, until=datetime(2024, 3, 10, 12, tzinfo=UTC))
# Of events there are weeks, and none that old: tests/integration/test_two_years.py has them come and go.
MONTHS = """
SELECT ops.ensure_partitions(parent, '2024-01-01', '2024-03-31') FROM ops.partition_policies
WHERE parent <> 'events.outbox'::regclass
"""
# What the seed does not make: prices, a record of the audit log, and what somebody was worth.
MORE = """
INSERT INTO market.price_history (market_id, interval, bucket_start, source, open, high, low, close, closed)
SELECT m.id, '1m', TIMESTAMPTZ '2024-02-03 04:05:00+00' + make_interval(mins => n), 'external', 10, 12, 9, 11.50, TRUE
FROM (SELECT min(id) AS id FROM market.markets) AS m, generate_series(1, 30) AS n;
INSERT INTO audit.audit_logs (created_at, database_role, session_role, relation, operation, row_key, after)
SELECT TIMESTAMPTZ '2024-02-03 04:05:06.789+00', 'a', 'b\tc\\', 'd.e', 'INSERT', n::text, '{"f": ["g\\n", null, 1.10]}'
FROM generate_series(1, 30) AS n;
INSERT INTO portfolio.portfolio_snapshots (
    user_id, kind, taken_at, reporting_asset_id, equity, cash, positions_value, unrealized_pnl, realized_pnl_cum,
    fees_cum, net_flow_cum, holdings
)
SELECT
    u.id, 'intraday', TIMESTAMPTZ '2024-02-03 04:05:00+00' + make_interval(mins => n), a.id, 0, 0, 0, 0, 0, 0, 0, '{}'
FROM
    (SELECT id FROM identity.users WHERE kind = 'customer' ORDER BY id LIMIT 1) AS u,
    (SELECT min(id) AS id FROM market.assets) AS a, generate_series(1, 30) AS n;
"""
# Whatever is held has a price.
MARKS = """
INSERT INTO auth.users (id) VALUES
('aaaaaaaa-0000-4000-8000-00000000000a'), ('bbbbbbbb-0000-4000-8000-00000000000b');
SELECT portfolio.deposit('aaaaaaaa-0000-4000-8000-00000000000a', 'USD', 1000000, 'alice:usd');
SELECT
    portfolio.deposit('bbbbbbbb-0000-4000-8000-00000000000b', a.code, 1000, 'bob:' || a.code),
    market.set_valuation_market(a.code, m.symbol), market.set_mark_price(m.symbol, s.last_price, now())
FROM market.markets AS m
JOIN market.assets AS a ON a.id = m.base_asset_id
JOIN market.market_state AS s ON s.market_id = m.id
"""
# In each market one of now.
TRADES = """
SELECT trading.settle_trades(jsonb_build_array(jsonb_build_object(
    'market', m.symbol, 'first_seq', s.last_engine_seq + 1, 'events', jsonb_build_array(jsonb_build_object(
        'price', s.last_price::text, 'quantity', m.lot_size::text,
        'maker_order_id', trading.place_order_for(
            'aaaaaaaa-0000-4000-8000-00000000000a', m.symbol, 'buy', 'limit', m.lot_size, s.last_price
        ) -> 'order' ->> 'id',
        'taker_order_id', trading.place_order_for(
            'bbbbbbbb-0000-4000-8000-00000000000b', m.symbol, 'sell', 'limit', m.lot_size, s.last_price
        ) -> 'order' ->> 'id'
    ))
)))
FROM market.markets AS m
JOIN market.market_state AS s ON s.market_id = m.id
"""
BEHIND = """
SELECT m.symbol FROM market.markets AS m
JOIN market.market_state AS s ON s.market_id = m.id
JOIN market.candle_state AS c ON c.market_id = m.id
WHERE s.last_trade_seq > c.last_seq ORDER BY 1
"""
WITHOUT_SNAPSHOT = """
SELECT count(*), count(*) FILTER (WHERE b.asset_id = a.id) FROM portfolio.balances AS b, market.assets AS a
WHERE a.code = 'SOL' AND b.updated_at < CURRENT_DATE AND b.user_id NOT IN (
    SELECT s.user_id FROM portfolio.portfolio_snapshots AS s WHERE s.kind = 'daily' AND s.taken_at = CURRENT_DATE
)
"""
PRICE = """
INSERT INTO market.price_history (market_id, interval, bucket_start, source, open, high, low, close)
SELECT min(m.id), '1m', date_trunc('day', now()) + make_interval(mins => %s), 'external', 1, 1, 1, 1
FROM market.markets AS m
"""
FEBRUARY = ("2024-02-01 00:00:00+00", "2024-03-01 00:00:00+00")
DIGEST = """
SELECT p.parent::text, d.rows, d.checksum
FROM ops.partition_policies AS p
JOIN pg_partitioned_table AS t ON t.partrelid = p.parent
JOIN pg_attribute AS a ON a.attrelid = t.partrelid AND a.attnum = t.partattrs[0]
CROSS JOIN LATERAL ops.row_digest(p.parent, ops.leaf_columns(p.parent), a.attname, %s, %s) AS d
WHERE p.parent <> 'events.outbox'::regclass
ORDER BY 1
"""
# The line of docs/operations.md.
LINE = (
    "SELECT * FROM ops.ensure_partitions(CURRENT_DATE); "
    "SELECT statement FROM ops.due_maintenance(CURRENT_DATE) WHERE n > 1 \\gexec"
)


@pytest.fixture
def folder(tmp_path) -> Path:
    """Give where leaves are exported to."""
    return tmp_path


@pytest.fixture
def old(database) -> "Old":
    """Give a database with history of two years ago."""
    with database.connect() as owner:
        owner.execute(MONTHS)
        with Progress(disable=True) as progress:
            seed.seed(owner, HISTORY, progress)
        owner.execute(MORE)
        owner.execute(MARKS)
        # The first trade of today closes the candles of the last one.
        owner.execute(TRADES)
        owner.execute("SELECT market.roll_candles()")
    return Old(database)


class Old:
    """A database with old leaves, and what is asked of it."""

    def __init__(self, database) -> None:
        """Remember where it is."""
        self.database = database
        self.conninfo = make_conninfo(
            host=database.server.socket, port=database.server.port, dbname=database.name, user=databases.OWNER
        )

    def run(self, export_to: Path | None = None) -> dict[str, object]:
        """Do what is due, in a session of its own."""
        with maintain.owners_session(self.conninfo) as connection:
            return maintain.maintain(connection, export_to)

    def sql(self, statement: str, values: object = None) -> list[tuple]:
        """Return the rows of a statement of the owner's."""
        with self.database.connect() as owner:
            answer = owner.execute(statement, values)
            return answer.fetchall() if answer.description else []

    def keep(self, table: str, action: str, retention: str = "400 days") -> None:
        """Set a retention as an operator does."""
        with self.database.connect() as operator:
            operator.execute("SET ROLE tradebase_operator")
            operator.execute("SELECT ops.set_retention(%s, %s, %s, 'a test')", [table, retention, action])

    def february(self) -> list[tuple]:
        """Return how many rows each table has in February, and their checksum."""
        return self.sql(DIGEST, FEBRUARY)

    def leaves(self) -> set[str]:
        """Return the leaves of 2024."""
        rows = self.sql("SELECT b.leaf::text FROM ops.partition_policies AS p, ops.partition_bounds(p.parent) AS b")
        return {leaf for (leaf,) in rows if "_2024_" in leaf}

    def violations(self) -> list[tuple]:
        """Return what is wrong with the books, and with the leaves."""
        return self.sql("SELECT check_name, sample FROM ops.verify_integrity() WHERE bad_count > 0") + self.sql(
            "SELECT parent, problems FROM ops.partition_health(CURRENT_DATE) WHERE problems <> '{}'"
        )


def failed_jobs(report: dict[str, object]) -> list[str]:
    """Return the jobs that failed; AssertionError when something else did."""
    jobs = [re.search(r"ops\.run_job\('([\w.]+)'", row["statement"]) for row in report["failed"]]
    assert all(jobs), report["failed"]
    return [job[1] for job in jobs]


def test_every_table_gets_its_leaf_back(old, folder):
    """A leaf of each table is detached by hand, exported, dropped and brought back: its rows are the same."""
    before = old.february()
    assert len(before) + 1 == old.sql("SELECT count(*) FROM ops.partition_policies")[0][0]
    assert all(rows >= 30 for _, rows, _ in before), before
    assert not old.violations()
    old.sql("SELECT portfolio.checkpoint_ledger('2024-03-01')")
    # Whatever may not go by itself a DBA can still take away, and give back: it is dropped by hand alone.
    old.sql("UPDATE ops.partition_policies SET action = 'export'")
    for parent, *_ in before:
        leaf = f"partitions.{parent.split('.')[1]}_2024_02"
        old.sql(f"ALTER TABLE {parent} DETACH PARTITION {leaf} CONCURRENTLY")
    waiting = old.run()
    assert failed_jobs(waiting) == ["ops.verify_integrity"], "without their leaves the books do not add up"
    assert {row["why"] for row in waiting["held_up"]} == {"tradebase maintain --export-to writes it to a file first"}

    report = old.run(folder)
    assert not report["failed"], "what it found is no reason to look again all day"
    assert len(report["exported"]) == len(list(folder.iterdir())) == len(before)
    assert {row["why"] for row in report["held_up"]} == {"its table is kept for ever"}
    assert len(report["held_up"]) == len(before)
    assert not any(rows for _, rows, _ in old.february())
    for (leaf,) in old.sql("SELECT leaf FROM ops.retired_leaves"):
        old.sql(f"DROP TABLE attic.{leaf}")
    old.sql("UPDATE ops.retired_leaves SET dropped_at = clock_timestamp()")
    assert old.sql("SELECT count(*) FROM pg_class WHERE relnamespace = 'attic'::regnamespace AND relkind = 'r'") == [
        (0,)
    ]

    for exported in report["exported"]:
        with maintain.owners_session(old.conninfo) as connection:
            assert maintain.reattach(connection, Path(exported["file"]))["rows"] == exported["rows"]
    assert old.february() == before
    assert not old.violations()
    assert old.sql("SELECT count(*) FROM ops.retired_leaves WHERE dropped_at < reattached_at") == [(len(before),)]


def test_what_is_not_old_enough_is_never_dropped(old):
    """Leaves that were parked, or detached by hand, outlast a policy that would drop them only later, or never."""
    before = old.february()
    old.keep("audit.audit_logs", "detach")
    assert not old.run()["failed"]
    old.keep("audit.audit_logs", "drop", "70 years")
    old.keep("trading.fills", "drop", None)
    old.sql("UPDATE ops.partition_policies SET retention = '1 day' WHERE parent = 'trading.fills'::regclass")
    old.keep("market.price_history", "drop", None)
    for leaf in ("trading.fills", "market.price_history"):
        old.sql(f"ALTER TABLE {leaf} DETACH PARTITION partitions.{leaf.split('.')[1]}_2024_02 CONCURRENTLY")
    report = old.run()
    assert not report["failed"]
    assert not any("drop_leaf" in row["statement"] for row in report["done"])
    assert [(row["leaf"], row["why"][:30]) for row in report["held_up"] if "fills_2024" not in row["leaf"]] == [
        *((f"audit_logs_2024_0{month}", "it is younger than its table's") for month in (1, 2, 3)),
        ("price_history_2024_02", "its table is kept for ever"),
    ]
    assert "fills_2024_02" in {row["leaf"] for row in report["held_up"]}
    for leaf in ("audit_logs_2024_02", "fills_2024_02", "price_history_2024_02"):
        old.sql("SELECT ops.reattach_leaf(%s)", [leaf])
    assert old.february() == before


def test_a_ledger_that_left_too_early_is_in_no_checkpoint(old):
    """No checkpoint is written past a leaf of the ledger that somebody has detached before it was added up."""
    old.keep("audit.audit_logs", "drop")
    old.sql("UPDATE ops.partition_policies SET retention = '1 day' WHERE parent = 'portfolio.ledger_entries'::regclass")
    old.sql("ALTER TABLE portfolio.ledger_entries DETACH PARTITION partitions.ledger_entries_2024_02 CONCURRENTLY")
    report = old.run()
    assert failed_jobs(report) == ["ops.verify_integrity"]
    held_up = {row["leaf"]: row["why"] for row in report["held_up"]}
    assert held_up["ledger_entries_2024_03"] == "a leaf that is in no checkpoint is off its table: attach it again"
    assert "ledger_entries_2024_02" in old.sql("SELECT leaf FROM ops.retired_leaves ORDER BY leaf")[-1]
    old.sql("SELECT ops.reattach_leaf('ledger_entries_2024_02')")
    assert not old.run()["failed"]
    assert not {leaf for leaf in old.leaves() if "ledger_entries" in leaf} - {"partitions.ledger_entries_2024_02"}
    assert not old.violations()


def test_old_leaves_go_and_the_books_still_add_up(old):
    """Retention takes what may go, the ledger after a checkpoint; what is proven from stays."""
    old.keep("audit.audit_logs", "drop")
    old.keep("market.price_history", "drop")
    old.sql("UPDATE ops.partition_policies SET retention = '1 day', action = 'drop' WHERE retention IS NULL")
    report = old.run()
    assert not report["failed"]
    assert any("checkpoint_ledger" in row["statement"] for row in report["done"])
    assert {leaf.split(".")[1].rsplit("_", 2)[0] for leaf in old.leaves()} == {
        *("orders", "trades", "fills"),
        "engine_commands",  # ten orders are open
    }
    assert {row["why"][:30] for row in report["held_up"]} == {
        "positions, fees and trade numb",
        "an order that was placed befor",
    }
    assert not old.violations()
    # Three each, and two of commands: the oldest open order is of March.
    assert old.sql("SELECT count(*), count(dropped_at) FROM ops.retired_leaves") == [(14, 14)]


def test_trouble_of_one_is_on_record_and_nobody_elses(old):
    """A market that cannot be rolled, and a coin without a price, fail by themselves until they are put right."""
    old.sql(TRADES)
    ((market,),) = old.sql("SELECT id FROM market.markets WHERE symbol = 'ETH-USD'")
    old.sql(f"ALTER TABLE market.price_history ADD CONSTRAINT trouble CHECK (market_id <> {market}) NOT VALID")
    ((valued_by,),) = old.sql("SELECT valuation_market_id FROM market.assets WHERE code = 'SOL'")
    old.sql("UPDATE market.assets SET valuation_market_id = NULL WHERE code = 'SOL'")
    report = old.run()
    assert [row["problem"].split(" {")[0].split(":")[0] for row in report["failed"]] == [
        "TR007 something has no price",
        f'23514 new row for relation "price_history_{datetime.now(UTC):%Y_%m}" violates check constraint "trouble"',
    ]
    assert sum("market.roll_candles" in row["statement"] for row in report["done"]) == 7
    assert old.sql(BEHIND) == [("ETH-USD",)]
    ((without, of_sol),) = old.sql(WITHOUT_SNAPSHOT)
    assert without > of_sol > 0
    assert old.sql("SELECT count(*) > 0 FROM portfolio.portfolio_snapshots WHERE taken_at = CURRENT_DATE") == [(True,)]
    failed = (
        "SELECT job, detail ->> 'market', detail ->> 'sqlstate' FROM ops.job_runs WHERE status = 'failed' ORDER BY id"
    )
    with old.database.connect() as worker:
        worker.execute("SET ROLE tradebase_worker")
        assert worker.execute(failed).fetchall() == [
            ("portfolio.snapshot_portfolio", None, "TR007"),
            ("market.roll_candles", "ETH-USD", "23514"),
            ("ops.due_maintenance", None, None),
        ]

    old.sql("ALTER TABLE market.price_history DROP CONSTRAINT trouble")
    old.sql("UPDATE market.assets SET valuation_market_id = %s WHERE code = 'SOL'", [valued_by])
    report = old.run()
    assert not report["failed"]
    # Whether a leaf is frozen at once depends on who else looks at the cluster.
    done = [row["why"] for row in report["done"] if not row["leaf"]]
    assert len(done) == 4, "the leaves ahead, the snapshots, then analytics again, and the market"
    assert old.sql(BEHIND) == []
    assert old.sql(WITHOUT_SNAPSHOT) == [(0, 0)]
    assert [row["why"] for row in old.run()["done"] if not row["leaf"]] == ["leaves ahead"], "once a day"
    assert not old.violations()


def test_one_line_of_psql_does_the_same(old):
    """A DBA without Python sends what is due by gexec; two at once are safe, and what one lost the next run does."""
    old.keep("audit.audit_logs", "drop")
    old.keep("market.price_history", "detach")

    def line() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [databases.psql(), "-X"],
            input=LINE,
            env=databases.environment(old.database.server, databases.OWNER, old.database.name),
            capture_output=True,
            text=True,
            check=False,
        )

    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda _: line(), range(2)))
    assert not line().stderr
    assert not {leaf for leaf in old.leaves() if "audit" in leaf or "price" in leaf}
    assert old.sql(
        "SELECT parent::text, count(*), count(dropped_at) FROM ops.retired_leaves GROUP BY 1 ORDER BY 1"
    ) == [
        ("audit.audit_logs", 3, 3),
        ("market.price_history", 3, 0),
    ]
    assert not old.violations()


def test_who_reads_is_not_disturbed(old):
    """A reader delays a detach, never the reverse: it is given up, stays half done, and is ended by the next run."""
    old.keep("market.price_history", "detach", f"{(datetime.now(UTC) - datetime(2024, 2, 10, tzinfo=UTC)).days} days")
    count, minutes = "SELECT count(*) FROM market.price_history", itertools.count()
    with old.database.connect(autocommit=False) as reader, old.database.connect() as other:
        reader.isolation_level = IsolationLevel.REPEATABLE_READ
        (seen,) = reader.execute(count).fetchone()
        with ThreadPoolExecutor(1) as pool:
            begun = time.monotonic()
            running = pool.submit(old.run)
            while not running.done():
                # Nobody else waits meanwhile, for reading or for writing.
                other.execute("SET statement_timeout = '1s'")
                other.execute(count)
                other.execute(PRICE, [next(minutes)])
                time.sleep(0.1)
            report = running.result()
        assert time.monotonic() - begun > 4, "it waited for the reader"
        assert [row["leaf"] for row in report["failed"]] == ["price_history_2024_01"]
        assert "lock timeout" in report["failed"][0]["problem"]
        assert reader.execute(count).fetchone() == (seen,)
        (problems,) = old.sql(
            "SELECT problems FROM ops.partition_health(CURRENT_DATE) WHERE parent = 'market.price_history'::regclass"
        )[0]
        assert any("its detach was interrupted" in problem for problem in problems), problems
        assert any("ops.due_maintenance failed" in problem for problem in problems), problems
        assert len(old.violations()) == 1, "of one table alone"
        reader.rollback()
    report = old.run()
    assert not report["failed"]
    assert any(row["statement"].endswith("FINALIZE") for row in report["done"])
    assert old.sql("SELECT leaf FROM ops.retired_leaves") == [("price_history_2024_01",)]
    assert not old.violations()


def test_two_at_once(old):
    """A second run leaves the first alone; when that is gone it works."""
    old.keep("audit.audit_logs", "drop")
    with old.database.connect() as first:
        first.execute("SELECT pg_advisory_lock(%s)", [maintain.LOCK])
        assert old.run()["is_another_at_work"]
        assert len(old.leaves()) == 24
    assert not old.run()["failed"]
    assert len(old.leaves()) == 21
    # And at the same moment.
    old.keep("market.price_history", "drop")
    gate = threading.Barrier(4)

    def at_once(_: int) -> dict[str, object]:
        gate.wait()
        return old.run()

    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(at_once, range(4)))
    assert not any(report["failed"] for report in reports)
    assert len(old.leaves()) == 18


def test_bad_files_change_nothing(old, folder):
    """A file that is cut, edited, or none of ours is refused with what is wrong; the good one is still good."""
    old.keep("audit.audit_logs", "export")
    old.run(folder)
    (good,) = [file for file in folder.iterdir() if "_02." in file.name]
    content = gzip.decompress(good.read_bytes())
    header, rows = content.split(b"\n", 1)
    other_leaf = json.dumps(json.loads(header) | {"leaf": "trades_2024_02"}).encode()
    fewer = json.dumps(json.loads(header) | {"rows": 29}).encode()
    bad = {
        "cut": (good.read_bytes()[:-20], "damaged"),
        "plain": (content, "damaged"),
        "empty": (b"", "not a leaf"),
        "stranger": (gzip.compress(b'{"a": 1}\n1\t2\n'), "not a leaf"),
        "no header": (gzip.compress(rows), "not a leaf"),
        "edited": (gzip.compress(content.replace(b"1.10", b"1.11", 1)), "does not hold what was retired"),
        "a row less": (gzip.compress(content[: content.rindex(b"\n", 0, -1) + 1]), "does not hold what was retired"),
        "a row twice": (gzip.compress(content + rows.split(b"\n")[0] + b"\n"), "duplicate key"),
        "half a row": (gzip.compress(content[:-40]), "missing data"),
        "another leaf": (gzip.compress(other_leaf + b"\n" + rows), "no leaf of this name is away"),
        "another count": (gzip.compress(fewer + b"\n" + rows), "does not speak of what was retired"),
    }
    before = old.sql("SELECT * FROM ops.retired_leaves ORDER BY id"), old.leaves()
    for name, (damaged, words) in bad.items():
        file = folder / name
        file.write_bytes(damaged)
        with maintain.owners_session(old.conninfo) as connection, pytest.raises(Problem, match=words):
            maintain.reattach(connection, file)
        assert (old.sql("SELECT * FROM ops.retired_leaves ORDER BY id"), old.leaves()) == before, name
    with maintain.owners_session(old.conninfo) as connection:
        assert maintain.reattach(connection, good)["rows"] == 30
        with pytest.raises(Problem, match="no leaf of this name is away"):
            maintain.reattach(connection, good)
    assert not old.violations()


def test_what_cannot_be_written_is_not_dropped(old, folder):
    """A leaf that finds no room for its file stays in the attic, is reported, and comes back from there."""
    before = old.february()
    old.keep("audit.audit_logs", "export")
    # The operating system refuses what would go beyond; an empty leaf has room enough.
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, limits[1]))
    try:
        report = old.run(folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [(row["leaf"], "too large" in row["problem"]) for row in report["failed"]] == [("audit_logs_2024_02", True)]
    assert [row["leaf"] for row in report["exported"]] == ["audit_logs_2024_01", "audit_logs_2024_03"]
    assert old.sql("SELECT leaf FROM ops.retired_leaves WHERE dropped_at IS NULL") == [("audit_logs_2024_02",)]
    assert len(list(folder.iterdir())) == 2, "no half of a file is left"
    old.sql("SELECT ops.reattach_leaf('audit_logs_2024_02')")
    assert old.february() == before
    assert old.run()["failed"] == []
    assert "partitions.audit_logs_2024_02" in old.leaves(), "what was fetched back stays for a while"


def test_a_file_that_is_there_is_never_overwritten(old, folder):
    """What a run that was killed has left is read back: recorded where it is the leaf's, and let alone where not."""
    old.keep("audit.audit_logs", "export")
    old.sql("UPDATE ops.partition_policies SET retention = NULL WHERE parent = 'audit.audit_logs'::regclass")
    old.sql("ALTER TABLE audit.audit_logs DETACH PARTITION partitions.audit_logs_2024_02 CONCURRENTLY")
    assert [row["rows"] for row in old.run(folder)["exported"]] == [30]
    (file,) = folder.iterdir()
    assert (file.stat().st_mode & 0o777) == 0o600, "nobody else reads what customers did"
    ((system, name),) = old.sql("SELECT system_identifier::text, current_database() FROM pg_control_system()")
    assert file.name.startswith(f"{name}.{system}.audit_logs_2024_02.")
    header = json.loads(gzip.decompress(file.read_bytes()).split(b"\n")[0])
    assert (header["database"], header["system_identifier"]) == (name, system)

    forget = "UPDATE ops.retired_leaves SET exported_to = NULL, exported_at = NULL"
    recorded = "SELECT exported_to FROM ops.retired_leaves"
    content, inode = file.read_bytes(), file.stat().st_ino
    old.sql(forget)
    assert [row["rows"] for row in old.run(folder)["exported"]] == [30]
    assert old.sql(recorded) == [(str(file),)]
    assert (file.read_bytes(), file.stat().st_ino, len(list(folder.iterdir()))) == (content, inode, 1)

    old.sql(forget)
    header, rows = gzip.decompress(content).split(b"\n", 1)
    another = gzip.compress(header + b"\n" + rows.replace(b"1.10", b"1.11", 1))
    file.write_bytes(another)
    report = old.run(folder)
    assert [(row["leaf"], "does not hold what was retired" in row["problem"]) for row in report["failed"]] == [
        ("audit_logs_2024_02", True)
    ]
    assert old.sql(recorded) == [(None,)]
    assert (file.read_bytes(), len(list(folder.iterdir()))) == (another, 1)


def test_two_databases_share_a_folder(old, folder):
    """A clone of a database that exports the same leaf on the same day into the same folder has a file of its own."""
    old.keep("audit.audit_logs", "export")
    with databases.temporary_clone(old.database.server, old.database.name, "a_clone") as clone:
        conninfo = make_conninfo(old.conninfo, dbname=clone)
        with maintain.owners_session(conninfo) as connection:
            assert len(maintain.maintain(connection, folder)["exported"]) == 3
    report = old.run(folder)
    assert not report["failed"]
    assert len(list(folder.iterdir())) == 6
    assert old.sql("SELECT count(*) FROM ops.retired_leaves WHERE dropped_at IS NOT NULL") == [(3,)]


def test_a_file_is_the_same_wherever_it_is_written(old, folder, monkeypatch):
    """What a client's environment says of encodings and styles does not change a file."""
    old.sql(
        "INSERT INTO audit.audit_logs (created_at, database_role, session_role, relation, operation, row_key, after) "
        "VALUES ('2024-02-03', 'a', 'b', 'c.d', 'INSERT', '1', '{\"name\": \"Zoë, 東京\"}')"
    )
    old.keep("audit.audit_logs", "export")
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    monkeypatch.setenv("PGOPTIONS", "-c intervalstyle=iso_8601")
    report = old.run(folder)
    assert not report["failed"]
    (file,) = [file for file in folder.iterdir() if "2024_02" in file.name]
    assert "Zoë, 東京".encode() in gzip.decompress(file.read_bytes())


def test_one_locked_table_leaves_no_other_without_a_runway(old):
    """The leaves ahead are made, and the run is on record, also where what is due cannot be told."""
    old.sql("UPDATE ops.partition_policies SET retention = '1 day' WHERE parent = 'portfolio.ledger_entries'::regclass")
    old.sql("UPDATE ops.partition_policies SET premake = premake + 1")
    with old.database.connect(autocommit=False) as other:
        other.execute("LOCK TABLE portfolio.ledger_checkpoints")
        report = old.run()
        held_up = {row["leaf"]: row["why"] for row in report["held_up"]}
        assert "55P03" in held_up["ledger_entries_2024_01"], held_up
        # Of a table that cannot be looked at the leaves stay; what looks at every table is due again.
        assert failed_jobs(report) == ["monitoring.sample_storage", "ops.verify_integrity"]
        assert all("55P03" in row["problem"] for row in report["failed"])
        other.rollback()
        other.execute("LOCK TABLE market.candle_state")
        old.sql("UPDATE ops.partition_policies SET premake = premake + 1")
        report = old.run()
        assert ["lock timeout" in row["problem"] for row in report["failed"]] == [True]
        other.rollback()
    assert old.sql("SELECT status FROM ops.job_runs WHERE job = 'ops.due_maintenance' ORDER BY id") == [
        ("failed",),
        ("failed",),
    ]
    runways = old.sql("SELECT runway, problems FROM ops.partition_health(CURRENT_DATE)")
    assert {runway for runway, _ in runways} == {5}
    assert all("what is due cannot be told" in problems[0] for _, problems in runways)
    report = old.run()
    assert not report["failed"]
    assert any("verify_integrity" in row["statement"] for row in report["done"]), "who could not look looks again"
    assert not old.violations()


def test_no_revert_forgets_what_is_away(old, folder):
    """While a leaf is in the attic, or in a file, the table that says so is not reverted; without one it is."""
    before = old.february()
    old.keep("audit.audit_logs", "export")
    old.keep("market.price_history", "detach")
    old.run(folder)

    def revert() -> str:
        return databases.sqitch(old.database.server, old.database.name, "revert", "-y", "--to", "api/close_order")

    def bring_back(table: str) -> None:
        databases.sqitch(old.database.server, old.database.name, "deploy")
        for (file,) in old.sql(
            "SELECT exported_to FROM ops.retired_leaves WHERE reattached_at IS NULL AND dropped_at IS NOT NULL"
        ):
            if table in file:
                with maintain.owners_session(old.conninfo) as connection:
                    maintain.reattach(connection, Path(file))
        for (leaf,) in old.sql(
            "SELECT leaf FROM ops.retired_leaves WHERE reattached_at IS NULL AND dropped_at IS NULL"
        ):
            if table in leaf:
                old.sql("SELECT ops.reattach_leaf(%s)", [leaf])

    for table in ("audit_logs", "price_history"):
        with pytest.raises(Problem, match="leaves are away that could not come back"):
            revert()
        bring_back(table)
    assert old.february() == before
    revert()
    assert old.sql("SELECT to_regclass('ops.retired_leaves') IS NULL") == [(True,)]


def test_command_line(old, folder):
    """`tradebase maintain` says what it did, in words or JSON, and its exit code whether all went well."""
    old.keep("audit.audit_logs", "export")

    def tradebase(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("tradebase")), "maintain", *arguments]
        return subprocess.run([*command, "--dsn", old.conninfo], capture_output=True, text=True, check=False)

    done = tradebase("--export-to", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    assert [row["rows"] for row in json.loads(done.stdout)["exported"]] == [0, 30, 0]
    (good,) = [file for file in folder.iterdir() if "_02." in file.name]
    back = tradebase("reattach", str(good))
    assert (back.returncode, back.stdout) == (0, "audit_logs_2024_02 is back with 30 rows.\n")
    again = tradebase("reattach", str(good))
    assert again.returncode == 1
    assert again.stderr.startswith("Nothing was changed: no leaf of this name is away")
    assert tradebase("--export-to", "/nonexistent").returncode == 1
    # Somebody has made a table where the next leaf belongs.
    old.sql("UPDATE ops.partition_policies SET premake = 4 WHERE parent = 'trading.trades'::regclass")
    (month,) = old.sql("SELECT to_char(now() + INTERVAL '4 months', 'YYYY_MM')")[0]
    old.sql(f"CREATE TABLE partitions.trades_{month} ()")
    failed = tradebase()
    assert failed.returncode == 1
    assert "already exists" in failed.stdout
    stranger = make_conninfo(old.conninfo, user=old.database.server.superuser)
    refused = subprocess.run(
        [str(Path(sys.executable).with_name("tradebase")), "maintain", "--dsn", stranger],
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "does not own the tables" in refused.stderr


@pytest.mark.needs_extension("pg_cron")
@pytest.mark.parametrize("zone", ["GMT", "Asia/Tokyo"])
@pytest.mark.parametrize("waits", [False, pytest.param(True, marks=pytest.mark.full)])
def test_pg_cron(cluster_starter, waits, zone):
    """pg_cron is handed each due statement as a job, and (with --full) sends them, outside of a transaction."""
    settings = {
        "shared_preload_libraries": "pg_cron",
        "cron.database_name": "tradebase",
        "cron.use_background_workers": "on",
        "cron.timezone": zone,
    }
    with cluster_starter(settings=settings) as server:
        databases.prepare(server, "tradebase", test_tools=False)
        databases.sqitch(server, "tradebase", "deploy")
        with databases.connect(server, "tradebase") as admin:
            admin.execute("CREATE EXTENSION pg_cron; GRANT USAGE ON SCHEMA cron TO tradebase")
        with databases.connect(server, "tradebase", databases.OWNER) as owner:
            owner.execute("SELECT ops.schedule_maintenance()")
            owner.execute("SELECT ops.schedule_maintenance('10 1 * * *')")
            jobs = "SELECT jobname, schedule, command FROM cron.job ORDER BY jobid"
            nightly = [
                ("tradebase runway", "10 1 * * *", "SELECT * FROM ops.ensure_partitions(CURRENT_DATE)"),
                ("tradebase maintenance", "10 1 * * *", "SELECT ops.hand_over_maintenance()"),
            ]
            assert owner.execute(jobs).fetchall() == nightly
            owner.execute(MONTHS)
            owner.execute(
                "UPDATE ops.partition_policies SET retention = '2 years' WHERE parent = 'audit.audit_logs'::regclass"
            )
            owner.execute("INSERT INTO auth.users (id) VALUES ('aaaaaaaa-0000-4000-8000-00000000000a')")
            assert owner.execute("SELECT ops.hand_over_maintenance()").fetchone() == (10,)
            before = owner.execute("SELECT clock_timestamp() AT TIME ZONE %s", [zone]).fetchone()[0]
            assert owner.execute("SELECT ops.hand_over_maintenance()").fetchone() == (10,)
            handed = owner.execute(jobs).fetchall()
            assert handed[:2] == nightly
            assert [command for *_, command in handed[2:]] == [
                statement
                for (statement,) in owner.execute("SELECT statement FROM ops.due_maintenance(CURRENT_DATE) WHERE n > 1")
            ]
            after = owner.execute("SELECT clock_timestamp() AT TIME ZONE %s", [zone]).fetchone()[0]
            assert [schedule for _, schedule, _ in handed[2:]] in [
                [f"{at.minute} {at.hour} {at.day} {at.month} *" for at in minutes]
                # Handed over in the minute of `before` or of `after`.
                for minutes in ([begun + timedelta(minutes=n + 2) for n in range(10)] for begun in (before, after))
            ], "each has its minute, by pg_cron's clock"
            if waits:
                end = time.monotonic() + 9 * 60
                while time.monotonic() < end:
                    left = owner.execute("SELECT count(*) FROM ops.retired_leaves").fetchone()
                    if left == (3,):
                        break
                    time.sleep(2)
                assert left == (3,), owner.execute(
                    "SELECT command, status, return_message FROM cron.job_run_details"
                ).fetchall()
