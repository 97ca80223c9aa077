"""An archive that fails: writes go on, nothing that is waiting for it goes, and it catches up."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tradebase import database as databases
from tradebase import server as servers
from tradebase.bench import real_disk
from tradebase.embedded import binaries_of
from tradebase.server import durable_server
from tradebase.stack import parts

pytestmark = pytest.mark.xdist_group("archive")
WAITING = "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'"
FAILED = "SELECT failed_count, last_failed_wal IS NOT NULL FROM pg_stat_archiver"


def soon(what: Callable[[], object], seconds: float = 60) -> object:
    """Return what it gives once it gives something."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
    return found


def test_an_archive_that_fails_stops_nobody(request: pytest.FixtureRequest) -> None:
    """F10: commits go on and outlive kill -9, the failure is counted, every segment waits and is archived later."""
    settings = {"archive_mode": "on", "archive_command": "exit 1"}
    with durable_server(binaries_of(request.config.option.postgres), real_disk(), settings) as server:
        acknowledged = 0
        with databases.connect(server) as admin:
            admin.execute("CREATE TABLE said (n integer PRIMARY KEY)")
            first = admin.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone()[0]
            for n in range(5):
                admin.execute("INSERT INTO said VALUES (%s)", [n])
                acknowledged += 1
                admin.execute("SELECT pg_switch_wal()")
            assert soon(lambda: admin.execute(FAILED).fetchone()[0])
            assert admin.execute(WAITING).fetchone()[0] >= 5
        servers.kill(server)
        servers.start(server)
        archive = Path(server.home, "archive")
        parts.give(archive)
        with databases.connect(server) as admin:
            assert admin.execute("SELECT count(*) FROM said").fetchone() == (acknowledged,)
            assert admin.execute(WAITING).fetchone()[0] >= 5
            admin.execute(f"ALTER SYSTEM SET archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f'")
            admin.execute("SELECT pg_reload_conf()")
            assert soon(lambda: admin.execute(WAITING).fetchone()[0] == 0)
            kept = {file.name for file in archive.iterdir()}
            assert first in kept
            assert len(kept) >= 5
