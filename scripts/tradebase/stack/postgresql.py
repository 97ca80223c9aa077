"""The primary of the stack: TLS 1.3, SCRAM, durable on a real disk, the package deployed and a small sample in it."""

import os
import pwd
import shutil
from pathlib import Path

import psycopg
from rich.progress import Progress

from tradebase import database as databases
from tradebase import server as servers
from tradebase import up as ups
from tradebase.server import Server
from tradebase.stack import certificates, parts
from tradebase.stack.place import Member, Stack, give_passwords

# Who comes in by password. The owner does too: to deploy from elsewhere, and to maintain.
LOGINS = (databases.OWNER, "authenticator", "service_authenticator")


def configure(server: Server, folder: Path, settings: dict[str, str]) -> None:
    """Write what a cluster of the stack differs in from initdb's configuration, and who may come in how."""
    servers.configure(server, settings | {"include": "postgresql-tls.conf"})
    names = {"certificates": folder, "user": pwd.getpwuid(os.geteuid()).pw_name, "superuser": server.superuser}
    for name in ("postgresql-tls.conf", "pg_hba.conf", "pg_ident.conf"):
        parts.render(name, Path(server.data, name), names)


def fill(server: Server, bars: Progress) -> None:
    """Deploy the package and load the small sample, with a few users who have money."""
    databases.prepare(server, ups.DATABASE, test_tools=False)
    ups.deploy(server, bars)
    for what in ("instruments", "bars"):
        ups.load_file(server, what, None, bars)
    ups.fund(server, bars)
    with databases.connect(server, ups.DATABASE) as admin:
        admin.execute("ANALYZE")


def member(stack: Stack) -> Member:
    """Return the primary."""
    server = stack.primary
    complete = stack.home / ups.COMPLETE

    def start(bars: Progress) -> None:
        if complete.exists():
            if servers.postmaster(server) is not None:
                return
            configure(server, stack.certificates, ups.SETTINGS)
            servers.start(server)
        else:
            # An earlier start was killed, perhaps between a change and sqitch's record of it: begin again.
            stop()
            shutil.rmtree(server.data, ignore_errors=True)
            servers.refuse_full_disk(stack.home, ups.ROOM)
            servers.lay_out(Path(server.home), Path(server.binaries), server.port)
            servers.init(server)
            configure(server, stack.certificates, ups.SETTINGS)
            servers.start(server)
            fill(server, bars)
            complete.touch()
        give_passwords(stack, LOGINS)

    def stop() -> None:
        # Its pid file alone is not to be believed: pg_ctl would end whoever has the number now.
        if servers.postmaster(server) is not None:
            servers.stop(server)

    def ask() -> str:
        with psycopg.connect(stack.conninfo(databases.OWNER)) as session:
            version, sessions = session.execute(
                """
                SELECT current_setting('server_version'), count(*)
                FROM pg_stat_activity WHERE backend_type = 'client backend'
                """
            ).fetchone()
            return f"PostgreSQL {version.split()[0]}, {sessions} sessions"

    return Member(
        "primary",
        Path(server.log),
        lambda: (servers.installed_binaries(), servers.client_binaries()),
        start,
        stop,
        lambda: servers.postmaster(server),
        ask,
        ports=("primary",),
        certificate="postgresql",
        reload=lambda: servers.reload(server),
        shown=lambda: certificates.shown(stack.ports["primary"], stack.authority, postgres=True),
    )
