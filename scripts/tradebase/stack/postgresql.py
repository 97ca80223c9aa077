"""The two clusters of the stack, TLS 1.3 and SCRAM: one that is written to, and one that follows it."""

import os
import pwd
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
from rich.progress import Progress

from tradebase import Problem
from tradebase import database as databases
from tradebase import server as servers
from tradebase import up as ups
from tradebase.server import Server, server_user
from tradebase.stack import backup, certificates, parts, replica
from tradebase.stack.place import Member, Stack, give_passwords
from tradebase.stack.replica import Loss, Node

# Who comes in by password. The owner does too: to deploy from elsewhere, and to maintain.
LOGINS = (databases.OWNER, "authenticator", "service_authenticator")
ASKED = """
SELECT
    current_setting('server_version'), count(*) FILTER (WHERE backend_type = 'client backend'), pg_is_in_recovery()
FROM pg_stat_activity
"""
BEHIND = """
SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint FROM pg_stat_replication WHERE application_name = %s
"""


def configure(server: Server, folder: Path, settings: dict[str, str]) -> None:
    """Write what a cluster of the stack differs in from initdb's configuration, and who may come in how."""
    servers.configure(server, settings | {"include": "postgresql-tls.conf"})
    ours = pwd.getpwuid(os.geteuid())
    names = {
        "certificates": folder, "user": ours.pw_name, "superuser": server.superuser,
        "servers": (server_user() or ours).pw_name, "backup": backup.pgbackrest.LOGIN,
    }  # fmt: skip
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


def node(stack: Stack, name: str) -> Node:
    """Return one of the two clusters as the other sees it."""
    address = {
        "host": "localhost", "port": stack.ports.get(name, 0), "sslmode": "verify-full", "sslrootcert": stack.authority,
        "ssl_min_protocol_version": "TLSv1.3",
    }  # fmt: skip
    return Node(
        name, stack.cluster(name), address, stack.password(replica.LOGIN),
        lambda server: (configure(server, stack.certificates, ups.SETTINGS), backup.connect(stack, server)),
    )  # fmt: skip


def primary(stack: Stack) -> Member:
    """Return the cluster that is made first, which takes writes until the other is promoted."""
    return member(stack, "primary", "replica")


def standby(stack: Stack) -> Member:
    """Return the cluster that follows it, and takes over."""
    return member(stack, "replica", "primary")


def member(stack: Stack, name: str, other: str) -> Member:
    """Return one of the two clusters."""
    server = stack.cluster(name)
    complete = stack.home / ups.COMPLETE

    def start(bars: Progress) -> None:
        mine, others = node(stack, name), node(stack, other)
        leads = stack.leader == name
        is_new = leads and not complete.exists()
        begins = False
        if is_new:
            # An earlier start was killed, perhaps between a change and sqitch's record of it: begin again.
            stop()
            shutil.rmtree(server.data, ignore_errors=True)
        if servers.postmaster(server) is None:
            if not Path(server.data, "PG_VERSION").exists():
                make(stack, mine, None if leads else others)
            replica.configure(mine, None if leads else others)
            replica.start(mine, [others])
            # Not while it runs: the same password again is another verifier, and a pool has learned the one before.
            begins = leads
        if is_new:
            fill(server, bars)
            complete.touch()
        if begins:
            give_passwords(stack, LOGINS)

    def stop() -> None:
        # Its pid file alone is not to be believed: pg_ctl would end whoever has the number now.
        if servers.postmaster(server) is not None:
            servers.stop(server)

    def ask() -> str:
        with psycopg.connect(stack.conninfo(databases.OWNER, name)) as session:
            version, sessions, follows = session.execute(ASKED).fetchone()
        said = f"PostgreSQL {version.split()[0]}, {sessions} sessions"
        if follows != (stack.leader != name):
            raise Problem(f"{said}, and takes {'no ' if follows else ''}writes: it was promoted by hand.")
        if not follows:
            return said
        # Whether it receives, the owner is not told there: the one it receives from knows.
        with databases.connect(stack.primary) as admin:
            behind = admin.execute(BEHIND, [name]).fetchone()
        if behind is None:
            raise Problem(f"{said}, and follows nobody: run tradebase stack rejoin, or see its log.")
        return f"{said}, follows {other}, {behind[0]:,} bytes behind"

    return Member(
        name,
        Path(server.log),
        lambda: (servers.installed_binaries(), servers.client_binaries()),
        start,
        stop,
        lambda: servers.postmaster(server),
        ask,
        ports=(name,),
        certificate="postgresql",
        reload=lambda: servers.reload(server),
        shown=lambda: certificates.shown(stack.ports[name], stack.authority, postgres=True),
    )


def make(stack: Stack, mine: Node, of: Node | None) -> None:
    """Make a cluster where there is none: new, or as a standby of another, which is restarted to be one's primary."""
    servers.refuse_full_disk(stack.home, ups.ROOM)
    servers.lay_out(Path(mine.server.home), Path(mine.server.binaries), mine.server.port)
    shutil.rmtree(mine.server.data, ignore_errors=True)
    if of is None:
        servers.init(mine.server)
        return
    replica.prepare(of)
    replica.clone(mine, of)


def promote(stack: Stack, repoint: Callable[[str], None]) -> str:
    """Fence the cluster that takes writes, point clients to the other, let that take them, and return its name."""
    old, new = stack.leader, {"primary": "replica", "replica": "primary"}[stack.leader]
    replica.promote(node(stack, new), node(stack, old), lambda: repoint(new))
    return new


def rejoin(stack: Stack) -> Loss:
    """Take the cluster that was fenced back as a standby, and return what it had that nobody else has."""
    old = {"primary": "replica", "replica": "primary"}[stack.leader]
    return replica.rejoin(node(stack, old), node(stack, stack.leader))
