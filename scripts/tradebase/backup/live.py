"""A drill with the backups of the stack that runs: restored beside it, never near it, and held against what it is."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
from psycopg.types.json import Jsonb

from tradebase import Problem, catalog
from tradebase import database as databases
from tradebase import up as ups
from tradebase.backup import drill, evidence
from tradebase.backup.drill import Result, sums_of
from tradebase.backup.pgbackrest import Repositories, Target
from tradebase.server import Server
from tradebase.stack.place import Stack

# What is only added to. By now whoever began before the first of these moments has ended, so that no row comes any more
# that is older; a second, since an id knows its time to the millisecond.
SETTLED = """
SELECT coalesce(min(xact_start), clock_timestamp()) - INTERVAL '1 second'
FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
ROWS = """
SELECT p.parent::text, d.rows, d.checksum
FROM ops.partition_policies AS p
JOIN pg_partitioned_table AS k ON k.partrelid = p.parent
JOIN pg_attribute AS a ON a.attrelid = p.parent AND a.attnum = k.partattrs[0]
CROSS JOIN LATERAL ops.row_digest(p.parent, ops.leaf_columns(p.parent), a.attname, '1900-01-01', %s) AS d
WHERE p.parent::text IN (
    'portfolio.ledger_entries', 'trading.trades', 'trading.fills', 'audit.audit_logs', 'events.outbox'
)
ORDER BY 1
"""


def drill_stack(stack: Stack, numbers: tuple[int, ...]) -> list[Result]:
    """Mark the living database, wait until the archive has the mark, and restore up to it from each repository."""
    repositories, primary = Repositories(stack.home / "backup"), stack.primary
    if not (repositories.folder / "state.json").exists():
        raise Problem("The stack has no backups yet: run tradebase stack up, then tradebase backup run --kind full.")
    name = f"drill_{time.time_ns()}"
    results = [Result("archive", number, f"name={name}") for number in numbers]
    with databases.connect(primary, ups.DATABASE) as admin:
        # The last row before the mark, and its change the first after it.
        (run,) = admin.execute("INSERT INTO ops.job_runs (job) VALUES ('tradebase.drill') RETURNING id").fetchone()
        try:
            (settled,) = admin.execute(SETTLED).fetchone()
            begun = time.monotonic()
            (segment,) = admin.execute("SELECT pg_walfile_name(pg_create_restore_point(%s) - 1)", [name]).fetchone()
            admin.execute("UPDATE ops.job_runs SET detail = %s WHERE id = %s", [Jsonb({"mark": name}), run])
            # Nobody hurries it: this is what a disaster would have cost.
            drill.wait_until(
                lambda: drill.last_archived(admin)[8:] >= segment[8:], f"WAL {segment} was not archived: it was not"
            )
            rpo = time.monotonic() - begun
            repositories.seal()
            rows = admin.execute(ROWS, [settled]).fetchall()
            lines = catalog.fingerprint(primary, ups.DATABASE)
            for result in results:
                result.rpo = rpo
                examine(result, repositories, segment, lambda server: wrong(server, run, settled, rows, lines))
        finally:
            admin.execute(
                "UPDATE ops.job_runs SET status = %s, finished_at = clock_timestamp() WHERE id = %s",
                ["succeeded" if all(result.is_good for result in results) else "failed", run],
            )
    return results


def examine(
    result: Result, repositories: Repositories, segment: str, look: Callable[[Server], dict[str, list[str]]]
) -> None:
    """Look through a repository, and restore out of it up to the mark."""
    number = result.repository
    kind, value = result.target.split("=")

    def restore() -> list[str]:
        begun = time.monotonic()
        with drill.restored(repositories, number, Target(kind, value)) as server:
            result.rto = time.monotonic() - begun
            result.checks |= look(server)
        return []

    def newest() -> list[str]:
        there = repositories.newest_segment(number) or "nothing"
        return [] if there >= segment else [f"PostgreSQL was told that {segment} is archived, not {there}"]

    for check, said in (
        ("verify", lambda: repositories.verify(number)),
        ("newest", newest),
        ("sums", lambda: changed(repositories, number)),
        ("restore", restore),
    ):
        try:
            result.checks[check] = said()
        except (Problem, psycopg.Error) as why:
            result.checks[check] = [str(why)]


def wrong(server: Server, run: int, settled: object, rows: list[tuple], lines: list[str]) -> dict[str, list[str]]:
    """Return by check in what a restored database is not the living one as it was at the mark."""
    with databases.connect(server, ups.DATABASE) as admin:
        admin.execute("ANALYZE")
        there = admin.execute("SELECT detail FROM ops.job_runs WHERE id = %s", [run]).fetchone()
        found = admin.execute(ROWS, [settled]).fetchall()
        checks = admin.execute("SELECT check_name, bad_count, sample FROM ops.verify_integrity()").fetchall()
        audit = admin.execute(evidence.AUDIT).fetchall()
    return {
        "last before the mark": [] if there else [f"run {run} of tradebase.drill is not there"],
        "first after the mark": [f"run {run} knows of the mark"] if there and there[0] else [],
        "rows": [f"{had} is {has}" for had, has in zip(rows, found, strict=True) if had != has],
        "catalog": catalog.difference(catalog.fingerprint(server, ups.DATABASE), lines),
        "integrity": [f"{name}: {bad} {sample}" for name, bad, sample in checks if bad] if checks else ["no checks"],
        "audit": [problem for (problem,) in audit],
    }


def changed(repositories: Repositories, number: int) -> list[str]:
    """Return which files that nobody writes twice are other than at the last drill, and keep how they are now."""
    kept = Path(repositories.folder, f"drilled-{number}.json")
    then, now = {}, sums_of(repositories.repository(number))
    with suppress(FileNotFoundError):
        then = json.loads(kept.read_text())
    written_again = ("backup.info", "archive.info", "latest")
    other = [
        f"{file} is another than at the last drill"
        for file in sorted(then.keys() & now.keys())
        if then[file] != now[file] and not Path(file).name.startswith(written_again)
    ]
    if not other:
        kept.write_text(json.dumps(now))
    return other
