"""The commands of tradebase that go on beside the servers, each of them a part."""

import sys
from pathlib import Path

import psycopg

from tradebase import Problem
from tradebase import database as databases
from tradebase.stack.parts import Part
from tradebase.stack.place import Member, Stack, member_of

EVERY = 60  # seconds from one maintenance to the next; what is not due costs a few queries
LAST_RUN = """
SELECT status, extract(epoch FROM clock_timestamp() - finished_at)
FROM ops.job_runs WHERE job = 'ops.due_maintenance' ORDER BY started_at DESC LIMIT 1
"""


def command(name: str, home: Path, *arguments: str) -> Part:
    """Return a command of tradebase's as a part."""
    return Part(name, home, (str(Path(sys.executable).parent / "tradebase"), *arguments), is_ours=True)


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
