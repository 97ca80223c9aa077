"""A cluster that archives to two repositories, and the marks that were written into it, known outside."""

import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tradebase import database as databases
from tradebase.backup.pgbackrest import Repositories, Target
from tradebase.server import Server

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
