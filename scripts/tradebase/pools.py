"""Ask PgBouncer how its pools are, which the database cannot, and keep that in `monitoring.pool_samples`."""

import time
from datetime import UTC, datetime
from typing import NoReturn

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from tradebase.load import plain


def ask(console: str) -> list[dict[str, object]]:
    """Return each pool as the console says it is, PgBouncer's own too: without clients there is no other."""
    with psycopg.connect(console, autocommit=True, row_factory=dict_row) as session:
        pools = session.execute("SHOW POOLS").fetchall()
    return [
        {
            "pool": pool["database"],
            "login": pool["user"],
            "clients_active": pool["cl_active"],
            "clients_waiting": pool["cl_waiting"],
            "servers_active": pool["sv_active"],
            "servers_idle": pool["sv_idle"],
            "max_wait_seconds": pool["maxwait"] + pool["maxwait_us"] / 1e6,
        }
        for pool in pools
    ]


def record(console: str, dsn: str) -> int:
    """Keep what the console says at this moment, and return of how many pools."""
    pools = ask(console)
    with psycopg.connect(dsn, autocommit=True, application_name="tradebase pools") as session:
        return session.execute("SELECT monitoring.record_pools(%s)", [Jsonb(pools)]).fetchone()[0]


def go_on(console: str, dsn: str, every: float) -> NoReturn:
    """Keep it every so many seconds; a pooler or a database that is away is waited for, and said once."""
    said = None
    while True:
        try:
            record(console, dsn)
            trouble = None
        except psycopg.Error as error:
            trouble = plain(error).splitlines()[0]
        if trouble != said:
            print(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {trouble or 'all is well again'}", flush=True)
            said = trouble
        time.sleep(every)
