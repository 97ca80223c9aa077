"""A database with PgBouncer in front, and who logs in through it."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tradebase import database as databases
from tradebase.postgrest import Rest, rest_api
from tradebase.server import Server, free_port
from tradebase.stack import certificates, pgbouncer
from tradebase.stack.pgbouncer import Pooler

# Of every login of these tests. It is no secret: what listens, listens on loopback.
PASSWORD = "known-to-everybody"  # noqa: S105


@dataclass(frozen=True)
class Behind:
    """Where PostgREST finds a pooler, said as of a server."""

    home: str
    socket: str
    port: int


@dataclass(frozen=True)
class Pooled:
    """The database, its pooler, and the folder of the authority that signed the pooler's certificate."""

    server: Server
    name: str
    pooler: Pooler
    certificates: Path

    def address(self, tls: bool = False) -> dict[str, object]:
        """Return where clients find the pooler: on the network with TLS, else by its Unix socket."""
        network = {"host": "localhost", "sslmode": "verify-full", "sslrootcert": str(self.certificates / "ca.crt")}
        return {"port": self.pooler.port} | (network if tls else {"host": str(self.pooler.home)})

    def connect(self, login: str = "authenticator", tls: bool = False, **options: object) -> psycopg.Connection:
        """Open a connection through the pool; autocommit, and no prepared statements, unless told otherwise."""
        usual = {"dbname": self.name, "user": login, "password": PASSWORD, "autocommit": True, "connect_timeout": 20}
        usual |= {"prepare_threshold": None, "application_name": "one of the pool"}
        return psycopg.connect(**(usual | self.address(tls) | options))

    def direct(self, login: str = databases.OWNER, **options: object) -> psycopg.Connection:
        """Open a connection past the pool."""
        return databases.connect(self.server, self.name, login, **options)

    def as_superuser(self) -> psycopg.Connection:
        """Open a connection past the pool, as the cluster's superuser."""
        return self.direct(self.server.superuser)

    @contextmanager
    def rest_api(self) -> Iterator[Rest]:
        """Yield both doors of the database, coming in by the pool as config/postgrest.conf says."""
        told = {"PGPASSWORD": PASSWORD, "PGRST_DB_PREPARED_STATEMENTS": "false", "PGRST_DB_CHANNEL_ENABLED": "false"}
        with pytest.MonkeyPatch.context() as environment:
            for name, value in told.items():
                environment.setenv(name, value)
            with rest_api(Behind(self.server.home, str(self.pooler.home), self.pooler.port), self.name) as doors:
                yield doors

    def run(self, command: list[str], login: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program of libpq's that finds the pooler in its environment."""
        reached = {"PGHOST": str(self.pooler.home), "PGPORT": str(self.pooler.port), "PGPASSWORD": PASSWORD}
        clean = databases.environment(self.server, login, self.name) | reached | environment
        return subprocess.run(
            command, env=clean, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
            timeout=120,
        )  # fmt: skip


@contextmanager
def pool_of(
    server: Server,
    database: str,
    logins: tuple[str, ...] = ("authenticator", "service_authenticator"),
    change: Callable[[Pooler], None] = lambda _: None,
    signed: Path | None = None,
    **server_at: object,
) -> Iterator[Pooled]:
    """Yield a database with a running pooler in front of it; `change` may make its configuration another first.

    `signed` is a folder of certificates, of whose authority the server has one; without, the pooler's stand alone.
    """
    folder = Path(tempfile.mkdtemp(prefix="pool-", dir=server.home))
    folder.chmod(0o755)
    signed = signed or folder / "certificates"
    certificates.make(signed, ["pgbouncer"])
    pooler = Pooler(folder / "pgbouncer", free_port(), database)
    pgbouncer.prepare(server, database)
    give_passwords(server, "pgbouncer", *logins)
    where = {"host": "127.0.0.1", "port": server.port, "tls": False} | server_at
    known = dict.fromkeys(pgbouncer.LOGINS, PASSWORD)
    pgbouncer.configure(pooler, certificates=signed, passwords=known, **where)
    change(pooler)
    pgbouncer.start(pooler)
    try:
        yield Pooled(server, database, pooler, signed)
    finally:
        pgbouncer.stop(pooler)
        shutil.rmtree(folder)


def give_passwords(server: Server, *logins: str) -> None:
    """Give logins the password of these tests, where they have none: another verifier of it would end pools."""
    with databases.connect(server) as admin:
        for (login,) in admin.execute(
            "SELECT rolname FROM pg_authid WHERE rolpassword IS NULL AND rolname = ANY (%s)", [list(logins)]
        ).fetchall():
            pgbouncer.set_password(server, login, PASSWORD)


def set_in(pooler: Pooler, **settings: object) -> None:
    """Make settings of a configuration others; each must be there."""
    file = pooler.home / "pgbouncer.ini"
    text = file.read_text()
    for name, value in settings.items():
        text, found = re.subn(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.MULTILINE)
        assert found == 1, name
    file.write_text(text)


def narrow(pooler: Pooler) -> None:
    """Leave a login one connection, which every client is given in turn."""
    set_in(pooler, default_pool_size=1, reserve_pool_size=0)


def kill(pooler: Pooler) -> None:
    """Kill the pooler's process as it stands, and bury it."""
    process = pgbouncer.process_of(pooler)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
