"""A database that is watched, who comes in to it, and what its health says."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg.rows import dict_row

from tradebase import database as databases
from tradebase.server import Server

WATCHER = "t_watcher"


@dataclass(frozen=True)
class Watched:
    """A database in a server of its own, and who comes in to it."""

    server: Server
    name: str

    @contextmanager
    def session(self, role: str | None = None, **options: object) -> Iterator[psycopg.Connection]:
        """Yield a session of the owner's, as a role."""
        with databases.connect(self.server, self.name, databases.OWNER, **options) as session:
            if role:
                session.execute(f"SET ROLE {role}")
            yield session

    def as_superuser(self) -> psycopg.Connection:
        """Open a connection as the cluster's superuser."""
        return databases.connect(self.server, self.name)

    def watcher(self) -> psycopg.Connection:
        """Open a connection of who watches and is nobody else."""
        return databases.connect(self.server, self.name, WATCHER, row_factory=dict_row)

    def check(self, name: str) -> dict[str, object]:
        """Return what health says of one thing."""
        return self.health()[name]

    def health(self) -> dict[str, dict[str, object]]:
        """Return what health says, by name."""
        with self.watcher() as session:
            return {row["name"]: row for row in session.execute("SELECT * FROM monitoring.health()")}

    def becomes(self, name: str, status: str, says: str = "", seconds: float = 30) -> dict[str, object]:
        """Wait until health says so of one thing, and return the row; AssertionError when it does not."""
        deadline = time.monotonic() + seconds
        while not ((row := self.check(name))["status"] == status and says in row["detail"]):
            assert time.monotonic() < deadline, row
            time.sleep(0.05)
        return row

    @contextmanager
    def limits(self, name: str, warn: float, crit: float) -> Iterator[None]:
        """Have other limits of a check, set as an operator sets them."""
        (before,) = self.set_limits(name, f"{warn} {crit}")
        try:
            yield
        finally:
            self.set_limits(name, before)

    def set_limits(self, name: str, limits: str) -> tuple[str]:
        """Set the limits of a check and return those before."""
        key = f"health_{name}"
        with self.session("tradebase_operator") as operator:
            before = operator.execute(
                "SELECT value #>> '{}' FROM system.system_config WHERE key = %s", [key]
            ).fetchone()
            operator.execute("SELECT system.set_config_value(%s, to_jsonb(%s::text), 'a test')", [key, limits])
        return before


def wait_until(is_so: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something is so; AssertionError when it is not after so many seconds."""
    import time

    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)
