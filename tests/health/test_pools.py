"""PgBouncer's waiting clients, as it says itself and a worker of the stack keeps: saturated, and free again."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pooled import PASSWORD, Pooled, narrow, pool_of
from psycopg.conninfo import make_conninfo
from watched import Watched, wait_until

from tradebase import pools
from tradebase.database import connect
from tradebase.stack import pgbouncer

pytestmark = pytest.mark.xdist_group("health")


def test_a_pool_that_is_saturated(watched: Watched) -> None:
    """One has the only connection and others wait: critical by its own limit; they are served: well."""
    with connect(watched.server) as admin:
        admin.execute("CREATE ROLE t_live LOGIN IN ROLE tradebase_worker")
    with pool_of(watched.server, watched.name, change=narrow) as pooled:
        at, server = pooled.pooler, watched.server
        console = make_conninfo(host=at.home, port=at.port, dbname="pgbouncer", user="poolstats", password=PASSWORD)
        dsn = make_conninfo(host=server.socket, port=server.port, dbname=watched.name, user="t_live")
        pools.record(console, dsn)
        watched.becomes("pool", "ok")
        with watched.limits("pool", 0, 0.001), ThreadPoolExecutor() as others:
            busy = pooled.connect(autocommit=False)
            busy.execute("SELECT 1")
            waiting = [others.submit(served, pooled) for _ in range(3)]
            wait_for(pooled, 3)
            pools.record(console, dsn)
            found = watched.becomes("pool", "crit", "3 clients wait")
            assert found["value"] > 0
            with watched.watcher() as watcher:
                row = watcher.execute("SELECT * FROM monitoring.pools WHERE login = 'authenticator'").fetchone()
            assert (row["pool"], row["clients_waiting"], row["servers_active"]) == (watched.name, 3, 1)
            busy.rollback()
            busy.close()
            assert [one.result() for one in waiting] == [7, 7, 7]
            pools.record(console, dsn)
            watched.becomes("pool", "ok", "0 clients wait")
    # Whom nobody asks, nothing is known of.
    with watched.session("tradebase_kernel") as job:
        job.execute("DELETE FROM monitoring.pool_samples")
        job.execute(
            "INSERT INTO monitoring.pool_samples VALUES "
            "(clock_timestamp() - INTERVAL '10 minutes', 'watched', 'authenticator', 1, 0, 1, 0, '0')"
        )
        watched.becomes("pool", "warn", "last asked 10 minutes ago")
    with connect(watched.server) as admin:
        admin.execute("DROP ROLE t_live")


def served(pooled: Pooled) -> int:
    """Wait for the connection of the pool, and say what came of it."""
    with pooled.connect() as session:
        return session.execute("SELECT 7").fetchone()[0]


def wait_for(pooled: Pooled, clients: int) -> None:
    """Wait until so many wait in the pool."""
    wait_until(lambda: pgbouncer.waiting(pooled.pooler).clients == clients)
