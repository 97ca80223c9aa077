"""Databases in a server of ours: prepare one as a DBA would, deploy the package with sqitch, clone, drop."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tradebase import ENVIRONMENT, PROJECT, Problem
from tradebase.server import Server, client_binaries

OWNER = "tradebase"
# What a superuser opens to monitoring.
MONITORING = PROJECT / "config/monitoring.sql"
# What is in our own environment must not decide whom we connect to, or as whom.
INHERITED = re.compile(r"^(PG|SQITCH_)")


def environment(server: Server, user: str = OWNER, database: str = "postgres") -> dict[str, str]:
    """Return the environment in which psql, pg_dump and sqitch reach `database` as `user`."""
    clean = {name: value for name, value in os.environ.items() if not INHERITED.match(name)}
    return clean | {
        "PATH": f"{client_binaries()}:{os.environ.get('PATH', '/usr/bin:/bin')}",
        "PGHOST": server.socket,
        "PGPORT": str(server.port),
        "PGUSER": user,
        "PGDATABASE": database,
        "PGAPPNAME": "tradebase",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "SQITCH_FULLNAME": "Tradebase harness",
        "SQITCH_EMAIL": "harness@localhost",
    }


def connect(
    server: Server, database: str = "postgres", user: str | None = None, **options: object
) -> psycopg.Connection:
    """Open a connection over the Unix socket, as the superuser unless named; autocommit unless told otherwise."""
    options = {"autocommit": True, "user": user or server.superuser} | options
    return psycopg.connect(host=server.socket, port=server.port, dbname=database, **options)


def psql() -> str:
    """Return the path of psql itself: Debian's wrapper of the same name is slow to start."""
    return f"{client_binaries()}/psql"


def prepare(server: Server, database: str, test_tools: bool = True) -> None:
    """Do a superuser's part: the owner's role, an empty database of its own, and what tests need where it is wanted."""
    name, owner = sql.Identifier(database), sql.Identifier(OWNER)
    with connect(server) as admin:
        if not admin.execute("SELECT FROM pg_roles WHERE rolname = %s", [OWNER]).rowcount:
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE").format(owner))
        if not admin.execute("SELECT FROM pg_database WHERE datname = %s", [database]).rowcount:
            admin.execute(sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(name, owner))
    if test_tools:
        add_test_tools(server, database)


def add_test_tools(server: Server, database: str) -> None:
    """Put pgTAP, and plpgsql_check where the server has it, into a schema `tap` that everybody may use."""
    with connect(server, database) as admin:
        admin.execute("CREATE SCHEMA tap")
        for extension in extensions(server) & {"pgtap", "plpgsql_check"}:
            admin.execute(sql.SQL("CREATE EXTENSION {} SCHEMA tap").format(sql.Identifier(extension)))
        admin.execute("GRANT USAGE ON SCHEMA tap TO PUBLIC; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA tap TO PUBLIC")


def run_file(server: Server, database: str, file: Path) -> None:
    """Do what a file of config/ has for a superuser to do; REFUSED with psql's own words when it fails."""
    run = [psql(), "-Xq", "-f", str(file)]
    done = subprocess.run(
        run, env=environment(server, server.superuser, database), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Problem(f"{file.name} failed on database {database}:\n{done.stderr.rstrip()}")


def extensions(server: Server) -> set[str]:
    """Return the names of the extensions that the server could create."""
    with connect(server) as admin:
        return {name for (name,) in admin.execute("SELECT name FROM pg_available_extensions")}


def planned_changes(plan: Path = PROJECT / "sqitch.plan") -> list[str]:
    """Return the names of the changes in the plan, in their order."""
    lines = plan.read_text().splitlines() if plan.exists() else []
    return [line.split()[0] for line in lines if re.match(r"[a-z]", line)]


def sqitch(
    server: Server,
    database: str,
    *arguments: str,
    user: str = OWNER,
    options: str = "",
    project: Path = PROJECT,
    on_line: Callable[[str], None] = lambda _: None,
) -> str:
    """Run sqitch on `database` as `user` (`options`: PGOPTIONS) and return what it printed; REFUSED when it fails."""
    env = environment(server, user, database) | ({"PGOPTIONS": options} if options else {})
    command, *rest = arguments
    try:
        running = subprocess.Popen(
            ["sqitch", command, "--target", f"db:pg:{database}", *rest],
            cwd=project,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except FileNotFoundError:
        raise Problem("sqitch is missing: install sqitch and libdbd-pg-perl, then try again.", ENVIRONMENT) from None
    printed = []
    with running:
        for line in running.stdout:
            printed.append(line)
            on_line(line)
    said = "".join(printed)
    if running.returncode != 0:
        tail = "".join(line for line in printed if not line.rstrip().endswith("ok"))
        raise Problem(f"sqitch {command} failed on database {database}:\n{tail.rstrip()}")
    return said


def clone(server: Server, template: str, database: str) -> None:
    """Copy `template` with its owner, its privileges and its settings, none of which CREATE DATABASE copies."""
    new, old = sql.Identifier(database), sql.Identifier(template)
    with connect(server) as admin:
        owner, acl = admin.execute(
            "SELECT datdba::regrole::text, datacl IS NOT NULL FROM pg_database WHERE datname = %s", [template]
        ).fetchone()
        admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy").format(new, sql.SQL(owner), old)
        )
        if acl:
            admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC, {}").format(new, sql.SQL(owner)))
        for (grant,) in admin.execute(
            """
            SELECT format('GRANT %%s ON DATABASE %%I TO %%s%%s', privilege_type, %s::text,
                          CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
                          CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END)
            FROM pg_database, aclexplode(datacl) WHERE datname = %s
            """,
            [database, template],
        ).fetchall():
            admin.execute(sql.SQL(grant))
        # Copied as they are stored: written again by ALTER DATABASE … SET, a list would become one quoted item.
        admin.execute(
            """
            INSERT INTO pg_db_role_setting (setdatabase, setrole, setconfig)
            SELECT new.oid, setrole, setconfig
            FROM pg_db_role_setting JOIN pg_database AS old ON old.oid = setdatabase, pg_database AS new
            WHERE old.datname = %s AND new.datname = %s
            """,
            [template, database],
        )


def copy(pg_dump: Path, source: Server, database: str, target: Server, name: str) -> None:
    """Make a database in another cluster by a dump of this one; the roles must be there."""
    dump = [pg_dump, "--create", f"--dbname={database}"]
    read = subprocess.run(dump, env=environment(source, source.superuser), capture_output=True, check=False)
    if read.returncode != 0:
        raise Problem(f"pg_dump of {database} failed: {read.stderr.decode().rstrip()}")
    write = [psql(), "-Xq", "-v", "ON_ERROR_STOP=1"]
    done = subprocess.run(
        write, env=environment(target, target.superuser), input=read.stdout, capture_output=True, check=False
    )
    if done.returncode != 0:
        raise Problem(f"The dump of {database} could not be restored: {done.stderr.decode().rstrip()}")
    with connect(target) as admin:
        admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(database), sql.Identifier(name)))


def drop(server: Server, database: str) -> None:
    """Drop a database and whatever is still connected to it."""
    with connect(server) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))


@contextmanager
def temporary_clone(server: Server, template: str, database: str) -> Iterator[str]:
    """Yield the name of a clone that is dropped afterwards."""
    clone(server, template, database)
    try:
        yield database
    finally:
        drop(server, database)
