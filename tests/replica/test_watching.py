"""monitoring.replicas and monitoring.read_target(): how far a replica is, and where reads may go, for the monitor."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row
from standby import Pair, wait_until

from tradebase import Problem
from tradebase import server as servers
from tradebase.stack import replica
from tradebase.stack.replica import Node

pytestmark = pytest.mark.xdist_group("replica")
LOST = re.compile("can no longer get changes from replication slot|requested WAL segment .* has already been removed")
CAP = 32  # MB of WAL that a slot may keep in the test that loses one


@contextmanager
def monitor(pair: Pair, node: Node) -> Iterator[psycopg.Connection]:
    """Yield a session of the monitor's."""
    with pair.owner(node, row_factory=dict_row) as session:
        session.execute("SET ROLE tradebase_monitor")
        yield session


def row(session: psycopg.Connection, name: str) -> dict[str, object]:
    """Return what is said of a replica; AssertionError when it is not said once."""
    (found,) = session.execute("SELECT * FROM monitoring.replicas WHERE name = %s", [name]).fetchall()
    return found


def target(session: psycopg.Connection, max_lag: str) -> str:
    """Return where a read may go."""
    return session.execute("SELECT monitoring.read_target(%s) AS name", [max_lag]).fetchone()["name"]


@contextmanager
def paused(pair: Pair) -> Iterator[None]:
    """Have the replica receive and not replay."""
    with pair.standby.connect() as admin:
        admin.execute("SELECT pg_wal_replay_pause()")
        wait_until(lambda: admin.execute("SELECT pg_get_wal_replay_pause_state() = 'paused'").fetchone()[0])
        try:
            yield
        finally:
            admin.execute("SELECT pg_wal_replay_resume()")


def test_reads_go_to_a_replica_that_is_fresh(pair: Pair) -> None:
    """The primary names it, and it names itself, behind a commit; both say how far it is."""
    name = pair.standby.name
    with monitor(pair, pair.primary) as here, monitor(pair, pair.standby) as there, pair.owner() as owner:
        owner.execute("SELECT ops.ensure_partitions(CURRENT_DATE)")
        assert target(here, "1 second") == name
        assert target(there, "10 seconds") == name
        pair.catch_up()
        wait_until(lambda: row(here, name)["bytes_behind"] == 0)
        told = row(here, name)
        assert (told["state"], told["is_here"], told["is_synchronous"]) == ("streaming", False, False)
        assert told["time_behind"].total_seconds() == 0
        assert told["bytes_until_lost"] > 1 << 30
        told = row(there, name)
        assert (told["state"], told["is_here"], told["bytes_behind"]) == ("streaming", True, 0)
        assert 0 <= told["time_behind"].total_seconds() < 10
        # Nothing is younger than the commit that came last.
        assert target(there, "0") == "primary"


def test_reads_stay_where_replay_stands_still(pair: Pair) -> None:
    """What PostgreSQL measured before stays small: it is not believed. The replica itself counts on."""
    name = pair.standby.name
    with monitor(pair, pair.primary) as here, monitor(pair, pair.standby) as there, pair.owner() as owner:
        with paused(pair):
            owner.execute("ANALYZE market.assets")
            wait_until(lambda: row(there, name)["bytes_behind"] > 0)
            assert target(here, "1 hour") == "primary"
            assert target(there, "100 milliseconds") == "primary"
            assert row(there, name)["state"] == "paused"
            wait_until(lambda: row(here, name)["bytes_behind"] > 0)
        wait_until(lambda: target(here, "1 second") == name)


def test_without_statistics_nobody_is_fresh(pair: Pair) -> None:
    """That a standby follows is seen by its slot, and how far it is on disk; that is no proof, so reads stay."""
    name = pair.standby.name
    with pair.primary.connect() as admin, monitor(pair, pair.primary) as here:
        admin.execute("REVOKE pg_read_all_stats FROM tradebase_monitor")
        try:
            told = row(here, name)
            assert (told["state"], told["has_replayed"], told["time_behind"]) == ("connected", None, None)
            assert told["has_on_disk"] is not None
            assert told["bytes_behind"] >= 0
            assert target(here, "1 hour") == "primary"
        finally:
            admin.execute("GRANT pg_read_all_stats TO tradebase_monitor")


def test_health_of_both(pair: Pair) -> None:
    """The primary says when the replica is gone and back; the replica answers too, and names what it cannot know."""

    def health(session: psycopg.Connection) -> dict[str, dict[str, object]]:
        return {row["name"]: row for row in session.execute("SELECT * FROM monitoring.health()")}

    with monitor(pair, pair.primary) as here:
        wait_until(lambda: health(here)["replication"]["status"] == "ok")
        with monitor(pair, pair.standby) as there:
            told = health(there)
            assert len(told) == len(health(here))
            assert told["replication"]["status"] == "ok"
            assert (told["archive"]["status"], told["archive"]["detail"]) == ("warn", "only the primary knows: ask it")
            assert told["runway"]["status"] == "ok"
            with paused(pair):
                assert health(there)["replication"]["status"] == "crit"
        servers.stop(pair.standby.server)
        wait_until(lambda: health(here)["replication"]["status"] == "crit")
        assert f"{pair.standby.name} is away" in health(here)["replication"]["detail"]
        assert health(here)["slots"]["status"] == "warn"
        servers.start(pair.standby.server)
        wait_until(lambda: health(here)["replication"]["status"] == "ok")
        pair.settle()


def dead_rows(owner: psycopg.Connection) -> int:
    """Return how many dead rows vacuum has to leave, for somebody who may still see them."""
    said = []
    owner.add_notice_handler(lambda notice: said.append(notice.message_primary))
    owner.execute("VACUUM (VERBOSE) ops.t_dead")
    return int(
        re.search(r"(\d+) (?:are )?dead (?:but not yet removable|row versions cannot be removed yet)", " ".join(said))[
            1
        ]
    )


def test_a_replica_that_stays_away_loses_its_slot(pair: Pair) -> None:
    """F11, G24: WAL is kept for it up to the cap and not further; the primary goes on; it is made anew."""
    name, log = pair.standby.name, Path(pair.primary.server.log)
    with pair.primary.connect() as admin, monitor(pair, pair.primary) as here, pair.owner() as owner:
        settings = {"max_slot_wal_keep_size": CAP, "max_wal_size": 64, "min_wal_size": 32}
        for setting, size in settings.items():
            admin.execute(f"ALTER SYSTEM SET {setting} = '{size}MB'")
        admin.execute("SELECT pg_reload_conf()")
        servers.stop(pair.standby.server)
        wait_until(lambda: row(here, name)["state"] == "away")
        assert row(here, name)["bytes_until_lost"] <= (CAP + 16) << 20
        owner.execute("CREATE TABLE ops.t_dead AS SELECT 1 AS n; DELETE FROM ops.t_dead")
        assert dead_rows(owner) == 1
        largest = 0
        for n in range(8):
            owner.execute("ANALYZE market.assets")
            admin.execute("SELECT pg_switch_wal()")
            admin.execute("CHECKPOINT")
            (size,) = admin.execute("SELECT sum(size) FROM pg_ls_waldir()").fetchone()
            # What earlier tests have written goes with the first checkpoints.
            largest = max(largest, size if n > 2 else 0)
        assert row(here, name)["state"] == "lost"
        assert largest <= (CAP + settings["max_wal_size"]) << 20
        # Nor does it hold vacuum back any longer.
        assert dead_rows(owner) == 0
        assert target(here, "1 hour") == "primary"
        # It cannot go on from where it was.
        servers.start(pair.standby.server)
        wait_until(lambda: LOST.search(log.read_text()))
        with monitor(pair, pair.standby) as there:
            assert row(there, name)["state"] == "away"
        owner.execute("DROP TABLE ops.t_dead")
        servers.stop(pair.standby.server)
        with pytest.raises(Problem, match="holds a cluster: move it away"):
            replica.clone(pair.standby, pair.primary)
        shutil.rmtree(pair.standby.data)
        for setting in settings:
            admin.execute(f"ALTER SYSTEM RESET {setting}")
        admin.execute("SELECT pg_reload_conf()")
        replica.clone(pair.standby, pair.primary)
        replica.start(pair.standby, [pair.primary])
        pair.settle()
        pair.catch_up()
        wait_until(lambda: row(here, name)["state"] == "streaming")
