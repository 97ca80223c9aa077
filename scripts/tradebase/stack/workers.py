"""The commands of tradebase that go on beside the servers, each of them a part."""

import sys
from pathlib import Path

import psycopg

from tradebase import Problem, relay
from tradebase import database as databases
from tradebase import up as ups
from tradebase.stack.parts import Part
from tradebase.stack.place import Member, Stack, give_passwords, member_of

# Who carries events on, and reads with anybody's rights what is kept of them.
LOGIN = "tradebase_live"
EVERY = 60  # seconds from one maintenance to the next; what is not due costs a few queries
SAMPLED_EVERY = 10  # seconds from one look at PgBouncer to the next
LAST_SAMPLE = "SELECT max(clients_waiting), max(age_seconds) FROM monitoring.pools"
LAST_RUN = """
SELECT status, extract(epoch FROM clock_timestamp() - finished_at)
FROM ops.job_runs WHERE job = 'ops.due_maintenance' ORDER BY started_at DESC LIMIT 1
"""


def command(name: str, home: Path, *arguments: str, environment: tuple[tuple[str, str], ...] = ()) -> Part:
    """Return a command of tradebase's as a part."""
    program = str(Path(sys.executable).parent / "tradebase")
    return Part(name, home, (program, *arguments), environment, is_ours=True)


def maintenance(stack: Stack) -> Member:
    """Return what does every minute what is due."""
    dsn = stack.conninfo(databases.OWNER)
    part = command("maintenance", stack.home / "maintenance", "maintain", "--every", str(EVERY), "--dsn", dsn)

    def ask() -> str:
        with psycopg.connect(dsn) as session:
            last = session.execute(LAST_RUN).fetchone()
        if last is None or last[1] > 3 * EVERY:
            raise Problem("Nothing was maintained for minutes.")
        return f"{last[0]} {last[1]:.0f} s ago"

    return member_of(part, ask, lambda: None, lambda: None)


def sampling(stack: Stack) -> Member:
    """Return what keeps how PgBouncer's pools are."""
    pooler = stack.conninfo("poolstats", "pgbouncer", dbname="pgbouncer")
    part = command(
        "pools", stack.home / "pools", "pools", "--every", str(SAMPLED_EVERY), "--dsn", stack.conninfo(LOGIN),
        environment=(("TRADEBASE_POOLER", pooler),),
    )  # fmt: skip

    def ask() -> str:
        with psycopg.connect(stack.conninfo(databases.OWNER)) as session:
            waiting, age = session.execute(LAST_SAMPLE).fetchone()
        if age is None or age > 6 * SAMPLED_EVERY:
            raise Problem("PgBouncer was not asked for a minute.")
        return f"{waiting} clients waited {age:.0f} s ago"

    return member_of(part, ask, lambda: None, lambda: give_login(stack))


def give_login(stack: Stack) -> None:
    """Make the login of relay and cache where it is not there, and give it its password."""
    with databases.connect(stack.primary, ups.DATABASE) as admin:
        if not admin.execute("SELECT FROM pg_roles WHERE rolname = %s", [LOGIN]).rowcount:
            admin.execute(f"CREATE ROLE {LOGIN} LOGIN IN ROLE tradebase_worker, anon")
    give_passwords(stack, (LOGIN,))


def carrier(stack: Stack, name: str, consumer: str) -> Member:
    """Return a command that reads the outbox as a consumer, and answers by how far it is."""
    dsn = stack.conninfo(LOGIN)
    part = command(
        name, stack.home / name, name, "--dsn", dsn, environment=(("TRADEBASE_HOME", str(stack.home.parent)),)
    )

    def ask() -> str:
        for row in relay.status(dsn):
            if row["consumer"] == consumer:
                if row["last_error"]:
                    raise Problem(row["last_error"])
                return f"{row['delivered']:,} events delivered, {row['pending']:,} waiting"
        raise Problem(f"{consumer} does not read yet.")

    return member_of(part, ask, lambda: None, lambda: give_login(stack))


def relaying(stack: Stack) -> Member:
    """Return what carries events to Redis streams."""
    return carrier(stack, "relay", "redis")


def caching(stack: Stack) -> Member:
    """Return what keeps in Redis what everybody reads."""
    return carrier(stack, "cache", "cache")
