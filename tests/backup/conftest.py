"""A cluster that archives to two repositories, and the marks that were written into it, known outside."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tradebase import database as databases
from tradebase.backup.pgbackrest import Repositories, Target, repositories
from tradebase.embedded import binaries_of
from tradebase.server import Server, scratch_parent, stop_within, temporary_server

ARCHIVES = {"archive_mode": "on", "archive_command": "", "full_page_writes": "on"}


@dataclass(frozen=True)
class Mark:
    """A commit, and what it can be told by from outside."""

    n: int
    time: str
    lsn: str
    xid: str
    name: str

    def target(self, kind: str) -> Target:
        """Return this mark as a target."""
        return Target(kind, getattr(self, kind))


@dataclass
class Archive:
    """A running cluster, its repositories, the marks written so far, and a folder for what is restored."""

    server: Server
    repositories: Repositories
    folder: Path
    marks: list[Mark] = field(default_factory=list)

    def mark(self, count: int = 1) -> None:
        """Commit marks, each with a moment before and after it in which nothing happens."""
        with databases.connect(self.server) as admin:
            for _ in range(count):
                n = len(self.marks) + 1
                (xid,) = admin.execute(
                    "INSERT INTO marks VALUES (%s) RETURNING pg_current_xact_id()::xid::text", [n]
                ).fetchone()
                time.sleep(0.002)
                # In one statement, so that no commit of this table lies between them.
                at, lsn = admin.execute(
                    "SELECT clock_timestamp()::text, pg_create_restore_point(%s)", [f"mark {n}"]
                ).fetchone()
                self.marks.append(Mark(n, at, lsn, xid, f"mark {n}"))
                time.sleep(0.002)

    def fresh(self) -> Path:
        """Return a folder that is not there yet."""
        made = Path(tempfile.mkdtemp(dir=self.folder))
        made.rmdir()
        return made


def marks_in(server: Server) -> list[int]:
    """Return the marks that are in a restored cluster."""
    with databases.connect(server) as admin:
        return [n for (n,) in admin.execute("SELECT n FROM marks ORDER BY n")]


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
