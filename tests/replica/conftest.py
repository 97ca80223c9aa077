"""A primary with the package deployed and a streaming standby, durable and on a disk; tests exchange their roles."""

import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from standby import DATABASE, Pair

from tradebase import database as databases
from tradebase import server as servers
from tradebase.bench import real_disk
from tradebase.embedded import binaries_of
from tradebase.server import Server, free_port, stop_within
from tradebase.stack import replica
from tradebase.stack.replica import Node
from tradebase.up import SETTINGS as DURABLE

# The exchange, and how every function is called, are those of the crowds.
sys.path.append(str(Path(__file__).parents[1] / "concurrency"))


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
