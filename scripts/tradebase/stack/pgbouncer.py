"""PgBouncer: transactions of many clients on few connections of a server."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from psycopg import sql

from tradebase import ENVIRONMENT, PROJECT, Problem
from tradebase import database as databases
from tradebase.server import Server, as_server_user, refuse_taken_port
from tradebase.stack import parts
from tradebase.stack.parts import Part

AUTHENTICATION = PROJECT / "config/pgbouncer-auth.sql"
# Debian has it where an ordinary user's PATH does not look.
SBIN = "/usr/sbin:/usr/local/sbin"
# Who asks for other logins' verifiers, and who reads statistics.
LOGINS = ("pgbouncer", "poolstats")


@dataclass(frozen=True)
class Pooler:
    """A PgBouncer in front of one database: `port` has TLS, and names the socket in `home` too."""

    home: Path
    port: int
    database: str

    @property
    def part(self) -> Part:
        """Its process: SIGINT lets transactions end first."""
        return Part("pgbouncer", self.home, (program(), str(self.home / "pgbouncer.ini")), end=signal.SIGINT)

    @property
    def userlist(self) -> Path:
        """The file with the passwords of LOGINS, and of nobody else."""
        return self.home / "userlist.txt"


@dataclass(frozen=True)
class Waiting:
    """Clients that wait for a connection of the pool, and how long the first of them has waited."""

    clients: int
    seconds: float


def program() -> str:
    """Return PgBouncer's executable; ENVIRONMENT when there is none."""
    if found := shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:{SBIN}"):
        return found
    raise Problem("PgBouncer is not installed: run ./scripts/up as root, or install pgbouncer.", ENVIRONMENT)


def set_password(server: Server, login: str, password: str) -> None:
    """Give a login a password; the server, its log and its statistics see the verifier only."""
    with databases.connect(server) as admin:
        verifier = admin.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()
        admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(login), sql.Literal(verifier)))


def prepare(server: Server, database: str) -> None:
    """Do a superuser's part in a database: what auth_query calls, and the login that calls it."""
    with databases.connect(server, database) as admin:
        if admin.execute("SELECT to_regprocedure('pgbouncer.user_lookup(text)')").fetchone()[0]:
            return
    databases.run_file(server, database, AUTHENTICATION)


def configure(
    pooler: Pooler, host: str, port: int, certificates: Path, passwords: Mapping[str, str], tls: bool = True
) -> None:
    """Write the configuration for a server at host and port, with TLS or without, and the passwords of LOGINS.

    The certificates are those of a folder: ca.crt, pgbouncer.crt and pgbouncer.key.
    """
    parts.give(pooler.home)
    pooler.userlist.touch(mode=0o600)
    pooler.userlist.write_text("".join(f'"{login}" "{passwords[login]}"\n' for login in LOGINS))
    parts.give(pooler.userlist)
    parts.render(
        "pgbouncer.ini",
        pooler.home / "pgbouncer.ini",
        {
            "database": pooler.database,
            "server_host": host,
            "server_port": port,
            "server_tls": "verify-full" if tls else "disable",
            "listen_host": "127.0.0.1",
            "listen_port": pooler.port,
            "socket": pooler.home,
            "userlist": pooler.userlist,
            "authority": certificates / "ca.crt",
            "certificate": certificates / "pgbouncer.crt",
            "key": certificates / "pgbouncer.key",
        },
    )


def start(pooler: Pooler) -> None:
    """Start it and wait until it answers; ENVIRONMENT with a sentence when it does not, or when its port is taken."""
    if parts.pid_of(pooler.part) is None:
        # It would go on with its socket alone.
        refuse_taken_port(pooler.port)
    parts.start(pooler.part, lambda: answers(pooler))


def reload(pooler: Pooler) -> None:
    """Have it read its configuration, its passwords and its certificate again; nobody is disconnected."""
    os.kill(process_of(pooler), signal.SIGHUP)


def process_of(pooler: Pooler) -> int:
    """Return the process; REFUSED when it does not run."""
    pid = parts.pid_of(pooler.part)
    if pid is None:
        raise Problem("PgBouncer does not run.")
    return pid


def stop(pooler: Pooler) -> None:
    """End it when the transactions that run have ended."""
    parts.stop(pooler.part)


def restart(pooler: Pooler) -> None:
    """Replace the process, for a new version or configuration, without an error for anybody on its socket.

    What has TLS cannot be handed over, its keys are in the old process: such clients lose their connection and come
    again, and where it is the server's connection that has it, so does whoever is in the middle of a transaction. Who
    logs in at this very moment is told suspend_timeout, and everybody else waits for that second.
    """
    old = pooler.part.pid_file.read_text() if parts.pid_of(pooler.part) else None
    if old is None:
        return start(pooler)
    process = int(old.split()[0])
    serve_the_queue(pooler)
    pooler.part.pid_file.unlink()
    try:
        taking_over = replace(pooler.part, command=(*pooler.part.command, "-R"))
        parts.start(taking_over, lambda: parts.began_at(process) is None and answers(pooler))
    except Problem:
        if parts.began_at(process) == old.split()[1]:
            pooler.part.pid_file.write_text(old)
            reload(pooler)
        raise
    # Whoever started it buries it.
    with suppress(ChildProcessError):
        os.waitpid(process, os.WNOHANG)
    return None


def serve_the_queue(pooler: Pooler, seconds: float = 10) -> None:
    """Open as many server connections as there may be until no client waits; REFUSED when some still do.

    What was sent and waits for a connection cannot be handed over, nor who is still logging in.
    """
    command(pooler, "SET default_pool_size = 1000")
    deadline = time.monotonic() + seconds
    while (queue := waiting(pooler)).clients or logging_in(pooler):
        if time.monotonic() > deadline:
            reload(pooler)
            raise Problem(f"{queue.clients} clients wait for a connection: restart the pooler when fewer are busy.")
        time.sleep(0.02)


def logging_in(pooler: Pooler) -> int:
    """Return how many clients are not known yet."""
    return next(row["items"] for row in console(pooler, "SHOW LISTS") if row["list"] == "login_clients")


def command(pooler: Pooler, words: str) -> None:
    """Have the console do something: over the socket the servers' user may, and nobody else."""
    run = [
        *as_server_user(),
        databases.psql(),
        "-Xq",
        "-h",
        str(pooler.home),
        "-p",
        str(pooler.port),
        "-U",
        "pgbouncer",
    ]
    done = subprocess.run([*run, "-c", words, "pgbouncer"], cwd="/", capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Problem(f"PgBouncer did not obey {words}: {done.stderr.strip()}")


def console(pooler: Pooler, query: str) -> list[dict[str, object]]:
    """Return the rows of a SHOW on the console."""
    known = dict(line.replace('"', "").split() for line in pooler.userlist.read_text().splitlines())
    with psycopg.connect(
        host=str(pooler.home), port=pooler.port, dbname="pgbouncer", user="poolstats", password=known["poolstats"],
        autocommit=True, connect_timeout=5, row_factory=psycopg.rows.dict_row,
    ) as connection:  # fmt: skip
        return connection.execute(query).fetchall()


def answers(pooler: Pooler) -> bool:
    """Say whether it runs and answers."""
    try:
        return bool(console(pooler, "SHOW VERSION"))
    except psycopg.Error:
        return False


def waiting(pooler: Pooler) -> Waiting:
    """Return who waits at this moment; psycopg.OperationalError when the pooler does not answer."""
    pools = [pool for pool in console(pooler, "SHOW POOLS") if pool["database"] != "pgbouncer"]
    return Waiting(
        sum(pool["cl_waiting"] for pool in pools),
        max((pool["maxwait"] + pool["maxwait_us"] / 1e6 for pool in pools), default=0.0),
    )
