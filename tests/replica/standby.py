"""A pair of servers in their present roles, for the tests of this folder."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from tradebase import database as databases
from tradebase.stack.replica import Node

DATABASE = "tradebase"


@dataclass
class Pair:
    """The two nodes, in their present roles."""

    primary: Node
    standby: Node

    @property
    def nodes(self) -> list[Node]:
        """Both."""
        return [self.primary, self.standby]

    def owner(self, node: Node | None = None, **options: object) -> psycopg.Connection:
        """Open a connection as the owner, to the primary unless told otherwise; autocommit unless told otherwise."""
        return databases.connect((node or self.primary).server, DATABASE, databases.OWNER, **options)

    def exchange(self) -> None:
        """Remember that the standby was promoted."""
        self.primary, self.standby = self.standby, self.primary

    def catch_up(self) -> None:
        """Wait until the standby has replayed what the primary has written."""
        with self.primary.connect() as admin, self.standby.connect() as other:
            (upto,) = admin.execute("SELECT pg_current_wal_flush_lsn()").fetchone()
            wait_until(lambda: other.execute("SELECT pg_last_wal_replay_lsn() >= %s", [upto]).fetchone()[0])

    def settle(self) -> None:
        """Wait until the standby streams, synchronously where that is set, and has replayed what there is."""
        with self.primary.connect() as admin:
            wait_until(
                lambda: (
                    admin.execute(
                        """
                    SELECT FROM pg_stat_replication
                    WHERE
                        application_name = %s AND state = 'streaming'
                        AND (sync_state = 'async') = (current_setting('synchronous_standby_names') = '')
                    """,
                        [self.standby.name],
                    ).rowcount
                )
            )
        # One that is promoted while it fetches the segment it began in may not find its last record again, and ends.
        self.catch_up()


def wait_until(is_so: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something is so; AssertionError when it does not become so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it has not come to be so"
        time.sleep(0.01)
