"""An archive that fails: writes go on, nothing that is waiting for it goes, and it catches up."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tradebase import database as databases
from tradebase import server as servers
from tradebase.bench import real_disk
from tradebase.embedded import binaries_of
from tradebase.server import Server, durable_server, free_port
from tradebase.stack import parts

pytestmark = pytest.mark.xdist_group("archive")
WAITING = "SELECT name FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'"
FAILED = "SELECT failed_count, last_failed_wal IS NOT NULL FROM pg_stat_archiver"


def soon(what: Callable[[], object], seconds: float = 60) -> object:
    """Return what it gives once it gives something."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
    return found


def restored(copy: Server, archive: Path) -> list[tuple]:
    """Return what is in a cold copy of the server that has the archive alone to follow it."""
    servers.configure(copy, {"restore_command": f"cp {archive}/%f %p", "archive_mode": "off"})
    Path(copy.data, "recovery.signal").touch()
    parts.give(Path(copy.data, "recovery.signal"))
    servers.start(copy)
    try:
        with databases.connect(copy) as admin:
            soon(lambda: not admin.execute("SELECT pg_is_in_recovery()").fetchone()[0])
            return admin.execute("SELECT n FROM said ORDER BY n").fetchall()
    finally:
        servers.stop(copy)


def test_an_archive_that_fails_stops_nobody(request: pytest.FixtureRequest) -> None:
    """F10: commits go on and outlive kill -9, the failure is counted, and the archive is whole when it works again."""
    settings = {"archive_mode": "on", "archive_command": "exit 1"}
    with durable_server(binaries_of(request.config.option.postgres), real_disk(), settings) as server:
        acknowledged = []
        with databases.connect(server) as admin:
            admin.execute("CREATE TABLE said (n integer PRIMARY KEY)")
        # A cold copy of before, in the folder of the server, and so gone with it.
        servers.stop(server)
        copy = servers.lay_out(Path(server.home, "copy"), Path(server.binaries), free_port())
        subprocess.run(["cp", "-a", server.data, copy.data], check=True)
        servers.start(server)
        with databases.connect(server) as admin:
            for n in range(5):
                admin.execute("INSERT INTO said VALUES (%s)", [n])
                acknowledged.append((n,))
                admin.execute("SELECT pg_switch_wal()")
            assert soon(lambda: admin.execute(FAILED).fetchone()[0])
            assert admin.execute(FAILED).fetchone()[1]
            # A checkpoint removes nothing that still waits.
            admin.execute("CHECKPOINT")
            waiting = {name.removesuffix(".ready") for (name,) in admin.execute(WAITING)}
            assert len(waiting) >= 5
        servers.kill(server)
        servers.start(server)
        archive = Path(server.home, "archive")
        parts.give(archive)
        with databases.connect(server) as admin:
            assert admin.execute("SELECT n FROM said ORDER BY n").fetchall() == acknowledged
            assert waiting <= {name.removesuffix(".ready") for (name,) in admin.execute(WAITING)}
            for name in waiting:
                assert Path(server.data, "pg_wal", name).exists()
            admin.execute(f"ALTER SYSTEM SET archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f'")
            admin.execute("SELECT pg_reload_conf()")
            assert soon(lambda: not admin.execute(WAITING).fetchall())
        kept = {file.name for file in archive.iterdir()}
        assert waiting - kept == set()
        assert restored(copy, archive) == acknowledged
