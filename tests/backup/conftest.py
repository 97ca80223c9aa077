"""A cluster that archives to two repositories, shared by the tests of this folder."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from archived import ARCHIVES, Archive

from tradebase import database as databases
from tradebase.backup.pgbackrest import repositories
from tradebase.embedded import binaries_of
from tradebase.server import scratch_parent, stop_within, temporary_server


@pytest.fixture(scope="session")
def archive(request: pytest.FixtureRequest) -> Iterator[Archive]:
    """Give a cluster with a full backup in each repository, a differential one in the first, and marks around them."""
    folder = Path(tempfile.mkdtemp(prefix="tradebase-backup-", dir=scratch_parent()))
    folder.chmod(0o755)
    try:
        with (
            temporary_server(binaries_of(request.config.option.postgres), settings=ARCHIVES) as server,
            repositories(folder / "backup", server) as made,
        ):
            with databases.connect(server) as admin:
                admin.execute("CREATE TABLE marks (n integer PRIMARY KEY)")
            there = Archive(server, made, folder)
            made.run("full", 1)
            made.run("full", 2)
            time.sleep(1)  # a time target must lie a second after the backup
            there.mark(10)
            made.run("diff", 1)
            time.sleep(1)
            there.mark(10)
            made.check()
            yield there
    finally:
        stop_within(folder)
        shutil.rmtree(folder, ignore_errors=True)
