"""What a restored database is held against: the ledger, the catalog and the rows as they were at a mark."""

import hashlib
from dataclasses import dataclass

import psycopg

from tradebase import catalog
from tradebase import database as databases
from tradebase.backup.ledger import Ledger, Mark
from tradebase.crashes import FACTS, Crashes, compare
from tradebase.server import Server

# Every table, whole: a leaf's rows are its parent's. Supabase's accounts and sqitch's registry are restored with it.
ROWS = """
SELECT c.oid::regclass::text, d.rows, d.checksum
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL ops.row_digest(c.oid::regclass, ops.leaf_columns(c.oid::regclass)) AS d
WHERE
    c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND n.nspname IN (
        'core', 'identity', 'market', 'trading', 'portfolio', 'system', 'audit', 'events', 'ops', 'monitoring', 'attic',
        'auth', 'sqitch'
    )
ORDER BY 1
"""
# Each transfer is on record from its beginning to the state that it is in; and no trigger that writes records sleeps.
AUDIT = """
SELECT format('transfer %s is not on record as it is', t.id)
FROM portfolio.transfers AS t
WHERE
    NOT EXISTS (
        SELECT FROM audit.audit_logs AS l
        WHERE l.relation = 'portfolio.transfers' AND l.row_key = t.id::text AND l.operation = 'INSERT'
    )
    OR t.status IS DISTINCT FROM (
        SELECT l.after ->> 'status' FROM audit.audit_logs AS l
        WHERE l.relation = 'portfolio.transfers' AND l.row_key = t.id::text AND l.after ? 'status'
        ORDER BY l.id DESC LIMIT 1
    )
UNION ALL
SELECT format('%s %s', c.relation, c.problem) FROM audit.coverage AS c WHERE c.problem IS NOT NULL
"""
DEPOSITS = "SELECT idempotency_key FROM portfolio.transfers WHERE idempotency_key = ANY (%s)"


@dataclass(frozen=True)
class Picture:
    """What a database is like: its catalog as text, and by table how many rows it has and a checksum of them."""

    catalog: list[str]
    rows: dict[str, tuple[int, str]]

    def hashes(self) -> dict[str, str]:
        """Return two numbers that stand for all of it."""
        return {name: hashlib.sha256(repr(kept).encode()).hexdigest() for name, kept in self.__dict__.items()}

    def differences(self, other: "Picture") -> dict[str, list[str]]:
        """Return what another picture has more (+) or less (-), or otherwise."""
        tables = sorted(self.rows.keys() | other.rows.keys())
        return {
            "catalog": catalog.difference(other.catalog, self.catalog),
            "rows": [
                f"{table}: {other.rows.get(table)} instead of {self.rows.get(table)}"
                for table in tables
                if other.rows.get(table) != self.rows.get(table)
            ],
        }


def picture(server: Server, database: str) -> Picture:
    """Take a picture of a database in which nobody is at work."""
    with databases.connect(server, database, databases.OWNER) as owner:
        rows = {table: (rows, checksum) for table, rows, checksum in owner.execute(ROWS)}
    return Picture(catalog.fingerprint(server, database), rows)


def facts_of(owner: psycopg.Connection) -> dict[str, list[str]]:
    """Return by name what is in the books."""
    there: dict[str, list[str]] = {}
    for name, value in owner.execute(FACTS):
        there.setdefault(name, []).append(value)
    return there


def at_mark(owner: psycopg.Connection, ledger: Ledger, mark: Mark) -> dict[str, list[str]]:
    """Return by check what is wrong with a database that was restored to exactly a mark; nothing is an empty list."""
    there = {key for (key,) in owner.execute(DEPOSITS, [[mark.before, mark.after]])}
    # A restored server knows nothing of its tables yet, and the checks join many of them.
    owner.execute("ANALYZE")
    found = Crashes()
    compare(owner, found, ledger.upto(mark))
    return {
        "last before the mark": [] if mark.before in there else [f"{mark.before} is not there"],
        "first after the mark": [f"{mark.after} is there"] if mark.after in there else [],
        "acknowledged": found.lost + found.changed,
        "nothing else": unknown(found, ledger) + found.doubled,
        "integrity": [f"{name}: {bad} {sample}" for name, bad, sample in found.violations],
        "audit": [problem for (problem,) in owner.execute(AUDIT)],
    }


def unknown(found: Crashes, ledger: Ledger) -> list[str]:
    """Return what nobody sent, and was not there before the ledger began either."""
    return [said for said in found.unsent if said.rpartition(": [")[0] not in ledger.older]


def at_end(owner: psycopg.Connection, ledger: Ledger) -> dict[str, list[str]]:
    """Return by check what is wrong with a database that has as much as there was; the end may be lost."""
    owner.execute("ANALYZE")
    found = Crashes()
    compare(owner, found, ledger.upto(None))
    return {
        "nothing else": unknown(found, ledger) + found.doubled + found.changed,
        "integrity": [f"{name}: {bad} {sample}" for name, bad, sample in found.violations],
    }
