"""portfolio.checkpoint_ledger() and those who write meanwhile: no entry before it comes to light after it."""

import threading
import time
import uuid

import psycopg
import pytest

ALICE = uuid.UUID(int=0xA11CE)
CHECKPOINT = "SELECT portfolio.checkpoint_ledger(now() - INTERVAL '2 minutes')"
DEPOSIT = "SELECT portfolio.deposit(%s, 'T1USD', 1, %s)"


@pytest.fixture
def worker(database):
    """Give a connection that speaks for the worker, in books with one customer."""
    with database.connect() as owner:
        owner.execute("INSERT INTO auth.users (id) VALUES (%s)", [ALICE])
        owner.execute(
            "INSERT INTO market.assets (code, name, kind, scale, display_scale) VALUES ('T1USD', 'T1USD', 'fiat', 2, 2)"
        )
        owner.execute(DEPOSIT, [ALICE, "first"])
    with database.connect() as connection:
        connection.execute("SET ROLE tradebase_worker")
        yield connection


def test_who_writes_is_waited_for(database, worker):
    """A writer that ends in time only delays it; who begins later is in nobody's way."""
    with database.connect(autocommit=False) as writer, database.connect(autocommit=False) as later:
        writer.execute(DEPOSIT, [ALICE, "second"])
        ender = threading.Timer(0.5, writer.commit)
        ender.start()
        begun = time.monotonic()
        worker.execute(CHECKPOINT)
        assert 0.4 < time.monotonic() - begun < 2
        ender.join()
        later.execute("SELECT 1")
        worker.execute(CHECKPOINT)


def test_who_does_not_end_is_not_waited_for_long(database, worker):
    """After two seconds it gives up, with a code that says try again, and writes nothing."""
    with database.connect(autocommit=False) as writer:
        writer.execute(DEPOSIT, [ALICE, "second"])
        begun = time.monotonic()
        with pytest.raises(psycopg.errors.LockNotAvailable):
            worker.execute(CHECKPOINT)
        assert 2 <= time.monotonic() - begun < 5
        writer.rollback()
    worker.execute(CHECKPOINT)


def test_who_writes_to_a_leaf_is_waited_for(database, worker):
    """A leaf addressed by its own name is the ledger too."""
    with database.connect_as_superuser(autocommit=False) as writer:
        (leaf,) = writer.execute(
            "SELECT leaf::text FROM ops.partition_bounds('portfolio.ledger_entries') ORDER BY from_at LIMIT 1"
        ).fetchone()
        writer.execute(f"LOCK TABLE {leaf} IN ROW EXCLUSIVE MODE")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            worker.execute(CHECKPOINT)


def test_an_old_snapshot_is_refused(worker):
    """What was committed after the snapshot would be missed."""
    worker.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    with pytest.raises(psycopg.errors.InvalidTransactionState):
        worker.execute(CHECKPOINT)
    worker.execute("ROLLBACK")
