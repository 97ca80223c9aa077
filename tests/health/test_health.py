"""Every check of monitoring.health(): a fault made for real turns it, and turned back it is well again."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime

import psycopg
import pytest
from watched import Watched, wait_until

from tradebase import maintain

pytestmark = pytest.mark.xdist_group("health")
CHECKS = [
    "backup", "backup_second", "drill", "archive", "replication", "slots", "connections", "pool", "blocking",
    "long_transaction", "statements", "storage", "bloat", "freeze", "runway", "outbox", "sealing", "integrity", "jobs",
]  # fmt: skip
UNKNOWN = {
    "backup": "no backup",
    "backup_second": "repository 2 has ever succeeded",
    "drill": "no recovery drill has ever succeeded",
    "replication": "no replica follows",
    "pool": "PgBouncer was never asked",
    "statements": "extension pg_stat_statements is missing",
    "storage": "no sample",
    "bloat": "no sample",
    "outbox": "nobody reads the outbox",
    "sealing": "no seals in this release",
    "integrity": "was never run",
    "jobs": "no maintenance was ever run",
}
BACKUP = """
INSERT INTO ops.backups (repository, label, kind, started_at, finished_at, bytes, repository_bytes, status)
VALUES (%s, %s, %s, clock_timestamp() - %s::interval, clock_timestamp() - %s::interval, 1, 1, %s)
"""
DRILL = """
INSERT INTO ops.recovery_drills (kind, repository, target, started_at, finished_at, status, rpo, rto)
VALUES ('archive', 1, 'end', clock_timestamp() - %s::interval, clock_timestamp() - %s::interval, %s, '1 s', '9 s')
"""


def test_of_an_empty_database_every_check_says_what_is_missing(watched: Watched) -> None:
    """No check is left out, and none is an error: what is not known warns, and names it."""
    health = watched.health()
    assert [*health] == CHECKS
    unknown = {name: row["detail"] for name, row in health.items() if row["status"] == "warn"}
    for name, words in UNKNOWN.items():
        assert words in unknown.pop(name)
    # It was just made: the archive has had nothing yet, or something.
    unknown.pop("archive", None)
    assert unknown == {}
    assert {row["status"] for row in health.values()} == {"ok", "warn"}


def test_backups(watched: Watched) -> None:
    """Good a day ago, in either repository; the last that failed warns; an export is better than none."""
    with watched.session("tradebase_kernel") as job:
        job.execute(BACKUP, [None, "dump", "export", "2 hours", "1 hour", "succeeded"])
        assert watched.becomes("backup", "ok", "an export")["value"] == 1
        job.execute(BACKUP, [1, "F1", "full", "61 hours", "60 hours", "succeeded"])
        assert watched.becomes("backup", "crit")["value"] == 60
        job.execute(BACKUP, [1, "F1D1", "diff", "31 hours", "30 hours", "succeeded"])
        assert watched.becomes("backup", "warn")["threshold"] == 26
        job.execute(BACKUP, [1, "F1D2", "diff", "2 hours", "1 hour", "succeeded"])
        watched.becomes("backup", "ok")
        job.execute(BACKUP, [1, "F1D3", "diff", "30 minutes", "30 minutes", "failed"])
        watched.becomes("backup", "warn", "failed")
        job.execute(BACKUP, [1, "F1D4", "diff", "10 minutes", "5 minutes", "succeeded"])
        watched.becomes("backup", "ok")
        assert watched.check("backup_second")["status"] == "warn"
        job.execute(BACKUP, [2, "F2", "full", "70 hours", "60 hours", "succeeded"])
        watched.becomes("backup_second", "crit")
        job.execute(BACKUP, [2, "F3", "full", "2 hours", "1 hour", "succeeded"])
        watched.becomes("backup_second", "ok")


def test_drills(watched: Watched) -> None:
    """Red when the last good one is 36 days old, or the last one failed."""
    with watched.session("tradebase_kernel") as job:
        job.execute(DRILL, ["36 days", "36 days", "succeeded"])
        assert watched.becomes("drill", "crit")["threshold"] == 35
        job.execute(DRILL, ["33 days", "33 days", "succeeded"])
        watched.becomes("drill", "warn")
        job.execute(DRILL, ["1 day", "1 day", "succeeded"])
        watched.becomes("drill", "ok")
        job.execute(DRILL, ["1 hour", "1 hour", "failed"])
        watched.becomes("drill", "crit", "failed")
        job.execute(DRILL, ["1 minute", "1 minute", "succeeded"])
        watched.becomes("drill", "ok")


def test_an_archive_that_fails(watched: Watched) -> None:
    """It warns at once, and is critical when nothing has gone into it for too long; repaired, it is well."""

    def command(words: str) -> None:
        with watched.as_superuser() as admin:
            admin.execute(f"ALTER SYSTEM SET archive_command = '{words}'")
            admin.execute("SELECT pg_reload_conf()")
            # Something to archive.
            admin.execute("SELECT pg_logical_emit_message(FALSE, 't', 't'); SELECT pg_switch_wal()")

    command("true")
    watched.becomes("archive", "ok")
    command("false")
    with watched.limits("archive", 0, 100000):
        watched.becomes("archive", "warn", "failed at")
    with watched.limits("archive", 0, 0.001):
        watched.becomes("archive", "crit", "failed at")
    command("")
    watched.becomes("archive", "warn", "archive_command is empty")
    command("true")
    watched.becomes("archive", "ok")


def test_a_slot_that_nobody_reads(watched: Watched) -> None:
    """It warns at once, and is critical when much is kept; it is also a replica that is away."""
    with watched.as_superuser() as admin:
        admin.execute("SELECT pg_create_physical_replication_slot('t_gone', TRUE)")
        watched.becomes("slots", "warn", "t_gone is read by nobody")
        watched.becomes("replication", "crit", "t_gone is away")
        with watched.limits("slots", 0, 0.001):
            admin.execute("SELECT pg_logical_emit_message(FALSE, 't', repeat('t', 100000))")
            watched.becomes("slots", "crit")
        admin.execute("SELECT pg_drop_replication_slot('t_gone')")
    watched.becomes("slots", "ok")
    watched.becomes("replication", "warn", "no replica follows")


def test_connections(watched: Watched) -> None:
    """Critical when nearly all that there may be are there; gone, they leave no trace."""
    assert watched.check("connections")["status"] == "ok"
    with ExitStack() as crowd:
        for _ in range(25):
            crowd.enter_context(watched.session())
        assert watched.becomes("connections", "crit")["threshold"] == 90
        with watched.watcher() as session:
            (row,) = session.execute(
                "SELECT sum(connections) AS n FROM monitoring.connections WHERE role = 'tradebase' AND state = 'idle'"
            )
            assert row["n"] == 25
    watched.becomes("connections", "ok")


def test_who_waits_for_whom(watched: Watched) -> None:
    """A chain of three: the view names the root of it, and no text of a statement; ended, it lets them go on."""
    lock = "SELECT pg_advisory_xact_lock(77), 'secret'"
    chain = "SELECT pid, blocked_by, root_pid, root_state, relation, waiting_seconds FROM monitoring.blocking"
    with ExitStack() as stack:
        stack.enter_context(watched.limits("blocking", 0, 0.001))
        watcher = stack.enter_context(watched.watcher())
        first, second, third = (stack.enter_context(watched.session(autocommit=False)) for _ in range(3))
        first.execute(lock)
        assert watched.check("blocking")["status"] == "ok"
        # The second has a lock of its own, for which the third waits.
        second.execute("LOCK TABLE market.assets IN ACCESS EXCLUSIVE MODE")
        pids = [session.info.backend_pid for session in (first, second, third)]
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(second.execute, lock)
            wait_until(lambda: len(watcher.execute(chain).fetchall()) == 1)
            behind = pool.submit(third.execute, "SELECT FROM market.assets")
            wait_until(lambda: len(watcher.execute(chain).fetchall()) == 2)
            rows = {row["pid"]: row for row in watcher.execute(chain)}
            told = json.dumps(watcher.execute("SELECT * FROM monitoring.blocking").fetchall(), default=str)
            found = watched.becomes("blocking", "crit", f"2 wait for process {pids[0]} of tradebase")
            first.rollback()
            waiting.result()
            second.rollback()
            behind.result()
        mine, his = rows[pids[1]], rows[pids[2]]
        assert (mine["blocked_by"], mine["root_pid"], mine["root_state"]) == ([pids[0]], pids[0], "idle in transaction")
        assert (his["blocked_by"], his["root_pid"], his["relation"]) == ([pids[1]], pids[0], "market.assets")
        assert "secret" not in told
        assert found["value"] > 0
        watched.becomes("blocking", "ok", "nobody waits")


def test_long_transactions(watched: Watched) -> None:
    """Somebody who thinks in a transaction, and one that is prepared: named, and gone when they end."""
    with watched.limits("long_transaction", 0, 0.001):
        with watched.session(autocommit=False) as thinking:
            thinking.execute("SELECT 1")
            who = thinking.info.backend_pid
            found = watched.becomes("long_transaction", "crit", f"process {who} of tradebase, idle in transaction")
            assert found["value"] > 0
            thinking.rollback()
            watched.becomes("long_transaction", "ok", "none is open")
        with watched.session() as session:
            session.execute("BEGIN; SELECT pg_current_xact_id(); PREPARE TRANSACTION 't_kept'")
            watched.becomes("long_transaction", "crit", "prepared transaction of tradebase")
            session.execute("ROLLBACK PREPARED 't_kept'")
    watched.becomes("long_transaction", "ok")


def test_statements(watched: Watched) -> None:
    """Counted, compared with the baseline, and, when the statistics are reset, not."""
    with (
        watched.as_superuser() as admin,
        watched.session(prepare_threshold=None) as session,
        watched.watcher() as watcher,
    ):
        # In a schema that who watches may not use, as on hosted Supabase.
        admin.execute("CREATE SCHEMA t_extensions; CREATE EXTENSION pg_stat_statements SCHEMA t_extensions")
        try:
            assert "GRANT USAGE ON SCHEMA t_extensions" in watched.becomes("statements", "warn")["detail"]
            admin.execute("GRANT USAGE ON SCHEMA t_extensions TO tradebase")
            # The owner has it by who watches.
            admin.execute("REVOKE pg_read_all_stats FROM tradebase_monitor")
            watched.becomes("statements", "warn", "GRANT pg_read_all_stats TO tradebase_monitor")
            watched.becomes("long_transaction", "warn", "GRANT pg_read_all_stats TO tradebase_monitor")
            admin.execute("GRANT pg_read_all_stats TO tradebase_monitor")
            watched.becomes("statements", "warn", "no baseline")
            slow = "SELECT pg_sleep({}), 'secret' AS a"
            for _ in range(12):
                session.execute(slow.format(0.001))
            session.execute("DO $$ BEGIN PERFORM 'secret'; END $$")
            assert watcher.execute("SELECT monitoring.save_baseline() AS n").fetchone()["n"] > 10
            watched.becomes("statements", "ok")
            for _ in range(12):
                session.execute(slow.format(0.1))
            found = watched.becomes("statements", "crit", "times as long")
            row = watcher.execute(
                "SELECT * FROM monitoring.statements WHERE query ~ 'pg_sleep' AND role = 'tradebase'"
            ).fetchone()
            assert str(row["query_id"]) in found["detail"]
            assert (row["calls"], row["calls_since"]) == (24, 12)
            assert row["mean_ms_since"] > 5 * row["mean_ms_before"]
            # Values are told to nobody.
            told = json.dumps(watcher.execute("SELECT * FROM monitoring.statements").fetchall(), default=str)
            assert "secret" not in told
            assert '"DO"' in told
            admin.execute("SELECT t_extensions.pg_stat_statements_reset()")
            watched.becomes("statements", "warn", "reset after the baseline")
            watcher.execute("SELECT monitoring.save_baseline()")
            watched.becomes("statements", "ok")
        finally:
            admin.execute("DROP EXTENSION pg_stat_statements; DROP SCHEMA t_extensions")
    watched.becomes("statements", "warn", "extension pg_stat_statements is missing")


def test_storage(watched: Watched) -> None:
    """Days until full, from what jobs sampled and an operator said; none left is critical, a larger disk is well."""
    before = """
    INSERT INTO monitoring.storage_samples (relation, sampled_on, kind, of_table, bytes)
    SELECT s.relation, s.sampled_on - n, s.kind, s.of_table, s.bytes - n * 1000000
    FROM monitoring.storage_samples AS s, generate_series(1, 5) AS n WHERE s.relation = 'database'
    """
    with watched.session("tradebase_worker") as worker, watched.session("tradebase_kernel") as job:
        worker.execute("SELECT monitoring.sample_storage()")
        watched.becomes("storage", "warn", "growth is known when")
        job.execute(before)
        watched.becomes("storage", "warn", "capacity is not known")
        (size,) = job.execute(
            "SELECT bytes FROM monitoring.storage_samples WHERE relation = 'database' ORDER BY sampled_on DESC"
        ).fetchone()
        with watched.session("tradebase_operator") as operator:

            def room(size: float) -> None:
                operator.execute(
                    "SELECT system.set_config_value('storage_capacity_gib', to_jsonb(%s::numeric), 'a test')", [size]
                )

            gib = 1 << 30
            room((size + 5_000_000) / gib)
            assert watched.becomes("storage", "crit")["value"] == 5
            room((size * 2) / gib)
            found = watched.becomes("storage", "warn" if size < 60_000_000 else "ok")
            assert float(found["value"]) == pytest.approx(size / 1_000_000, abs=0.1)
            room(size * 100 / gib)
            watched.becomes("storage", "ok")
            room(0)


def test_bloat(watched: Watched) -> None:
    """Ten rows of eleven deleted, and the room not given back; a table made anew is well."""
    yesterday = """
    INSERT INTO monitoring.storage_samples
    SELECT s.relation, s.sampled_on - 1, s.kind, s.of_table, s.bytes, s.row_estimate, s.expected_bytes
    FROM monitoring.storage_samples AS s WHERE s.of_table = 'market.t_fat'
    """
    with (
        watched.session() as owner,
        watched.session("tradebase_worker") as worker,
        watched.session("tradebase_kernel") as job,
    ):
        owner.execute("CREATE TABLE market.t_fat (n integer CONSTRAINT t_fat_pkey PRIMARY KEY, filler text)")
        owner.execute("INSERT INTO market.t_fat SELECT n, repeat('f', 1000) FROM generate_series(1, 22000) AS n")
        owner.execute("VACUUM ANALYZE market.t_fat")
        worker.execute("SELECT monitoring.sample_storage()")
        job.execute(yesterday)
        assert watched.becomes("bloat", "ok")["value"] == 0
        owner.execute("DELETE FROM market.t_fat WHERE n % 11 > 0")
        owner.execute("VACUUM ANALYZE market.t_fat")
        worker.execute("SELECT monitoring.sample_storage()")
        assert 88 < watched.becomes("bloat", "crit", "market.t_fat")["value"] < 93
        owner.execute("VACUUM FULL ANALYZE market.t_fat")
        worker.execute("SELECT monitoring.sample_storage()")
        watched.becomes("bloat", "ok")
        owner.execute("DROP TABLE market.t_fat")


def test_freeze(watched: Watched) -> None:
    """Transactions are spent, and every database of the server frozen."""
    with watched.as_superuser() as admin, watched.limits("freeze", 0.002, 0.003):
        admin.execute("DO $$ BEGIN FOR n IN 1..4000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$")
        assert watched.becomes("freeze", "crit")["value"] > 0.004
        names = [name for (name,) in admin.execute("SELECT datname FROM pg_database")]
        admin.execute("ALTER DATABASE template0 ALLOW_CONNECTIONS TRUE")
        for name in names:
            with psycopg.connect(
                host=watched.server.socket, port=watched.server.port, dbname=name, user="postgres", autocommit=True
            ) as each:
                each.execute("VACUUM (FREEZE)")
        admin.execute("ALTER DATABASE template0 ALLOW_CONNECTIONS FALSE")
        watched.becomes("freeze", "ok")


def test_a_leaf_that_is_missing(watched: Watched) -> None:
    """The next month's is critical, and the nightly job makes it."""
    with watched.session() as owner, watched.session("tradebase_worker") as worker:
        (leaf,) = owner.execute(
            "SELECT b.leaf::text FROM ops.partition_bounds('trading.trades') AS b "
            "WHERE b.from_at > clock_timestamp() ORDER BY b.from_at LIMIT 1"
        ).fetchone()
        assert watched.check("runway")["status"] == "ok"
        owner.execute(f"ALTER TABLE trading.trades DETACH PARTITION {leaf}; DROP TABLE {leaf}")
        found = watched.becomes("runway", "crit", "trading.trades has 0 of 3")
        assert found["value"] == 0
        worker.execute("SELECT ops.ensure_partitions(CURRENT_DATE)")
        watched.becomes("runway", "ok")


def test_a_relay_that_is_stopped(watched: Watched) -> None:
    """Events wait for it, and what it could not deliver warns; it comes back and has read them."""
    with watched.session("tradebase_worker") as worker, watched.session("tradebase_operator") as operator:
        worker.execute("SELECT events.add_consumer('t_relay')")
        watched.becomes("outbox", "ok")
        with watched.limits("outbox", 0, 0.001):
            operator.execute("SELECT system.set_config_value('max_order_age', '\"91 days\"', 'a test')")
            watched.becomes("outbox", "crit", "t_relay: 1 wait")
            rows = worker.execute("SELECT upto_xid, id FROM events.read('t_relay')").fetchall()
            (upto, last) = rows[-1]
            worker.execute("SELECT events.set_aside('t_relay', %s, clock_timestamp(), 'full')", [last])
            worker.execute("SELECT events.acknowledge('t_relay', %s, %s, %s)", [upto, last, len(rows)])
            watched.becomes("outbox", "warn", "1 undelivered")
            worker.execute("SELECT events.clear_aside('t_relay', %s)", [last])
            watched.becomes("outbox", "ok")
        operator.execute("SELECT events.remove_consumer('t_relay')")
    watched.becomes("outbox", "warn", "nobody reads")


def test_an_audit_trigger_that_sleeps(watched: Watched) -> None:
    """What is not recorded is critical; that it is not sealed either is always said."""
    assert watched.check("sealing")["status"] == "warn"
    with watched.session() as owner:
        owner.execute("ALTER TABLE market.markets DISABLE TRIGGER markets_audit_update")
        watched.becomes("sealing", "crit", "market.markets")
        owner.execute("ALTER TABLE market.markets ENABLE ALWAYS TRIGGER markets_audit_update")
    watched.becomes("sealing", "warn", "no seals")


@pytest.fixture(scope="module")
def alice(watched: Watched) -> uuid.UUID:
    """Give a customer who has money, in the asset that totals are shown in."""
    user = uuid.uuid4()
    with watched.session() as owner:
        owner.execute("INSERT INTO auth.users (id) VALUES (%s)", [user])
        owner.execute(
            "INSERT INTO market.assets (code, name, kind, scale, display_scale) VALUES ('USD', 'Dollar', 'fiat', 10, 2)"
        )
        owner.execute("SELECT portfolio.deposit(%s, 'USD', 1000, 't_health')", [user])
    return user


def test_a_ledger_row_that_somebody_changed(watched: Watched, alice: uuid.UUID) -> None:
    """The nightly look finds it, says which promise is broken and not whose; put right, the next look is well."""
    look = "SELECT ops.run_job('ops.verify_integrity', jsonb_build_object('on', CURRENT_DATE))"
    with watched.session("tradebase_worker") as worker, watched.as_superuser() as thief:
        assert worker.execute(look).fetchone() == (None,)
        assert watched.becomes("integrity", "ok")["value"] == 0
        (leaf,) = thief.execute(
            "SELECT tableoid::regclass::text FROM portfolio.ledger_entries WHERE user_id = %s", [alice]
        ).fetchone()

        guards = [
            name for (name,) in thief.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled = 'A'", [leaf]
            )
        ]  # fmt: skip

        def tamper(by: int) -> None:
            for name in guards:
                thief.execute(f"ALTER TABLE {leaf} DISABLE TRIGGER {name}")
            change = f"UPDATE {leaf} SET d_available = d_available + %s WHERE user_id = %s"
            assert thief.execute(change, [by, alice]).rowcount == 1
            for name in guards:
                thief.execute(f"ALTER TABLE {leaf} ENABLE ALWAYS TRIGGER {name}")

        tamper(1)
        assert worker.execute(look).fetchone()[0].startswith("TR903")
        found = watched.becomes("integrity", "crit", "I2 a balance is the sum of its entries")
        assert found["value"] >= 2
        assert str(alice) not in json.dumps(worker.execute("SELECT detail FROM ops.job_runs").fetchall())
        # That is no failed job: it has a check of its own.
        assert watched.check("jobs")["status"] != "crit"
        tamper(-1)
        assert worker.execute(look).fetchone() == (None,)
        watched.becomes("integrity", "ok")


def test_integrity_that_nobody_looks_at(watched: Watched) -> None:
    """A look of three days ago is no look."""
    with watched.session("tradebase_kernel") as job:
        job.execute("UPDATE ops.job_runs SET status = 'running', finished_at = NULL WHERE job = 'ops.verify_integrity'")
        job.execute(
            "INSERT INTO ops.job_runs (job, started_at, finished_at, status, detail) "
            "SELECT 'ops.verify_integrity', t, t, 'succeeded', '{\"violated\": {}}' "
            "FROM (SELECT clock_timestamp() - INTERVAL '3 days' AS t) AS old"
        )
    watched.becomes("integrity", "warn", "looked at")
    with watched.session("tradebase_worker") as worker:
        worker.execute("SELECT ops.run_job('ops.verify_integrity', jsonb_build_object('on', CURRENT_DATE))")
    watched.becomes("integrity", "ok")


def test_jobs(watched: Watched, alice: uuid.UUID) -> None:  # noqa: ARG001
    """One that failed is critical until the same has succeeded; maintenance that has not run since yesterday warns."""
    run = "SELECT ops.run_job('portfolio.snapshot_portfolio', jsonb_build_object('on', %s::text))"
    with watched.session("tradebase_worker") as worker, watched.session() as owner:
        owner.execute("DELETE FROM ops.job_runs")
        with watched.session("tradebase_kernel") as job:
            job.execute(
                "INSERT INTO ops.job_runs (job, started_at, finished_at, status) SELECT 'ops.due_maintenance', t, t, "
                "'succeeded' FROM (SELECT clock_timestamp() - INTERVAL '30 hours' AS t) AS old"
            )
        assert worker.execute(run, ["a day"]).fetchone()[0].startswith("22007")
        found = watched.becomes("jobs", "crit", "portfolio.snapshot_portfolio: invalid input syntax")
        assert found["value"] == 1
        assert worker.execute(run, [f"{datetime.now(UTC):%Y-%m-%d}"]).fetchone() == (None,)
        watched.becomes("jobs", "warn", "maintenance last ran 30 hours ago")
        assert maintain.maintain(owner)["failed"] == []
        watched.becomes("jobs", "ok")
        # Sizes and integrity are due once a day, and were done.
        done = {job for (job,) in owner.execute("SELECT DISTINCT job FROM ops.job_runs WHERE status = 'succeeded'")}
        assert {"monitoring.sample_storage", "ops.verify_integrity"} <= done
        (due,) = owner.execute("SELECT count(*) FROM ops.due_maintenance(CURRENT_DATE) WHERE n > 10").fetchone()
        assert due == 0
        # What failed of one market, another's success does not hide.
        with watched.session("tradebase_kernel") as job:
            job.execute(
                "INSERT INTO ops.job_runs (job, started_at, finished_at, status, detail) "
                "SELECT 'market.roll_candles', t, t, s, jsonb_build_object('market', m) FROM (VALUES "
                "(clock_timestamp() - INTERVAL '2 minutes', 'failed', 'A-USD'), "
                "(clock_timestamp() - INTERVAL '1 minute', 'succeeded', 'B-USD')) AS r (t, s, m)"
            )
            watched.becomes("jobs", "crit", "market.roll_candles")
            job.execute(
                "INSERT INTO ops.job_runs (job, finished_at, status, detail) "
                "VALUES ('market.roll_candles', clock_timestamp(), 'succeeded', '{\"market\": \"A-USD\"}')"
            )
            watched.becomes("jobs", "ok")
