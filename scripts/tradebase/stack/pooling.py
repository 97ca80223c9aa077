"""PgBouncer of the stack: in front of its primary, its certificate among the others'."""

import psycopg

from tradebase import up as ups
from tradebase.stack import certificates, parts, pgbouncer
from tradebase.stack.pgbouncer import Pooler
from tradebase.stack.place import Member, Stack, found, needed

# Which programs come in by it beside its own two logins.
CLIENTS = ("authenticator", "service_authenticator")


def of(stack: Stack) -> Pooler:
    """Return the stack's pooler."""
    return Pooler(stack.home / "pgbouncer", stack.ports.get("pgbouncer", 0), ups.DATABASE)


def repoint(stack: Stack, leader: str) -> None:
    """Write its configuration for one of the two servers; a running one reads it when it is told to."""
    passwords = {login: stack.password(login) for login in pgbouncer.LOGINS}
    # Over the socket, so that a planned restart hands its connections on: one with TLS it cannot.
    server = stack.cluster(leader)
    pgbouncer.configure(of(stack), server.socket, server.port, stack.certificates, passwords, tls=False)


def move(stack: Stack, leader: str) -> None:
    """Have it go to the server that is about to take writes."""
    if parts.pid_of(of(stack).part) is not None:
        repoint(stack, leader)
        pgbouncer.reload(of(stack))


def member(stack: Stack) -> Member:
    """Return PgBouncer."""
    pooler = of(stack)

    def start(_: object) -> None:
        if parts.pid_of(pooler.part) is None:
            pgbouncer.prepare(stack.primary, ups.DATABASE)
            # The other of its two is the pooler's own.
            pgbouncer.set_password(stack.primary, pgbouncer.LOGINS[0], stack.password(pgbouncer.LOGINS[0]))
            repoint(stack, stack.leader)
            pgbouncer.start(pooler)

    def ask() -> str:
        with psycopg.connect(stack.conninfo(CLIENTS[0], "pgbouncer"), prepare_threshold=None) as session:
            session.execute("SELECT 1")
        queue = pgbouncer.waiting(pooler)
        return f"{queue.clients} clients wait, the first for {queue.seconds:.1f} s"

    return Member(
        "pgbouncer",
        pooler.home / "pgbouncer.log",
        needed("pgbouncer", "pgbouncer"),
        start,
        lambda: pgbouncer.stop(pooler),
        lambda: parts.pid_of(pooler.part) if found("pgbouncer") != "pgbouncer" else None,
        ask,
        ports=("pgbouncer",),
        certificate="pgbouncer",
        reload=lambda: pgbouncer.reload(pooler),
        shown=lambda: certificates.shown(stack.ports["pgbouncer"], stack.authority, postgres=True),
    )
