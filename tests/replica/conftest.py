"""A primary with the package deployed and a streaming standby, both durable and on a disk; tests exchange their roles."""

import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tradebase import database as databases
from tradebase import server as servers
from tradebase.bench import real_disk
from tradebase.embedded import binaries_of
from tradebase.server import Server, free_port, stop_within
from tradebase.stack import replica
from tradebase.stack.replica import Node
from tradebase.up import SETTINGS as DURABLE

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
        """Wait until the standby streams, and synchronously where the primary waits for it."""
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


def wait_until(is_so: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something is so; AssertionError when it does not become so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it has not come to be so"
        time.sleep(0.01)


@pytest.fixture(scope="session")
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """Give the pair, made once: the standby streams, and no commit waits for it."""
    folder = Path(tempfile.mkdtemp(prefix="tradebase-pair-", dir=real_disk()))
    folder.chmod(0o755)
    binaries, password = binaries_of(request.config.option.postgres), secrets.token_urlsafe(24)
    try:
        primary, standby = (node(folder / name, binaries, name, password) for name in ("first", "second"))
        servers.lay_out(folder / "first", binaries, primary.server.port)
        servers.init(primary.server)
        replica.configure(primary, None)
        servers.start(primary.server)
        databases.prepare(primary.server, DATABASE, test_tools=False)
        databases.sqitch(primary.server, DATABASE, "deploy")
        replica.prepare(primary)
        replica.clone(standby, primary)
        replica.start(standby, [primary])
        made = Pair(primary, standby)
        made.settle()
        yield made
    finally:
        stop_within(folder)
        shutil.rmtree(folder, ignore_errors=True)


def node(home: Path, binaries: Path, name: str, password: str) -> Node:
    """Return a node that other tests do not know."""
    server = Server(str(home), str(binaries), free_port())
    return Node(
        name, server, {"host": "127.0.0.1", "port": server.port}, password, lambda s: servers.configure(s, DURABLE)
    )
