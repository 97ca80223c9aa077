"""Send what `ops.due_maintenance()` says is due; write retired leaves to files, and bring them back."""

import gzip
import json
import os
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NoReturn
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from tradebase import Problem
from tradebase.load import CHUNK, plain

LOCK = 7474  # of who maintains; 7473 is portfolio.checkpoint_ledger()'s
FORMAT = "tradebase leaf 1"
# Behind a lock that somebody holds for long it must not queue: what is not done today is due tomorrow.
# And a file is the same whatever the environment says of how things are printed.
SETTINGS = """
SET lock_timeout = '5s';
SET statement_timeout = 0;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET client_encoding = 'UTF8'
"""
TO_EXPORT = """
SELECT
    r.leaf, jsonb_build_object(
        'format', %s::text, 'leaf', r.leaf, 'parent', r.parent::text, 'from_at', r.from_at, 'to_at', r.to_at,
        'rows', r.rows, 'checksum', r.checksum, 'columns', ops.leaf_columns(to_regclass(format('attic.%%I', r.leaf))),
        'database', current_database(), 'system_identifier', s.system_identifier::text
    ), to_char(r.retired_at, 'YYYYMMDD"T"HH24MISS')
FROM pg_control_system() AS s
CROSS JOIN ops.retired_leaves AS r
JOIN ops.partition_policies AS p ON p.parent = r.parent AND p.action = 'export'
WHERE r.exported_at IS NULL AND r.dropped_at IS NULL AND r.reattached_at IS NULL
ORDER BY r.from_at, r.leaf
"""
DUE = "SELECT parent::text, leaf, statement, why FROM ops.due_maintenance(CURRENT_DATE) WHERE n > 1"
RUNWAY = {"leaf": None, "statement": "SELECT * FROM ops.ensure_partitions(CURRENT_DATE)", "why": "leaves ahead"}
RECORD = """
INSERT INTO ops.job_runs (job, started_at, finished_at, status, detail)
VALUES ('ops.due_maintenance', %s, clock_timestamp(), %s, %s)
"""


@contextmanager
def owners_session(conninfo: str) -> Iterator[psycopg.Connection]:
    """Yield an autocommit connection of the owner's; REFUSED when it is somebody else's or of another database."""
    with psycopg.connect(conninfo, autocommit=True, application_name="tradebase maintain") as connection:
        owner = connection.execute("SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'ops'").fetchone()
        if owner is None:
            raise Problem(f"Database {connection.info.dbname} has no Tradebase in it: name another with --dsn.")
        (role,) = connection.execute("SELECT current_user").fetchone()
        if role != owner[0]:
            raise Problem(
                f"{role} does not own the tables: connect as {owner[0]}, or set PGOPTIONS='-c role={owner[0]}'."
            )
        connection.execute(SETTINGS)
        yield connection


def maintain(connection: psycopg.Connection, export_to: Path | None = None) -> dict[str, object]:
    """Do what is due today, each statement by itself, and return what was done, failed, and is held up."""
    report = {"done": [], "failed": [], "held_up": [], "exported": []}
    (is_ours,) = connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
    if not is_ours:
        return report | {"is_another_at_work": True}
    try:
        (began_at,) = connection.execute("SELECT clock_timestamp()").fetchone()
        # By itself: whatever keeps us from telling what else is due, tomorrow has its leaves.
        send(connection, RUNWAY, report)
        sent, given_up = set(), set()
        if export_to:
            export_all(connection, export_to, report, given_up)
        due = due_today(connection, report)
        # What was done makes other things due: a checkpoint its leaf's detach, an export its drop.
        while new := [row for row in due if row["statement"] and row["statement"] not in sent]:
            for row in new:
                sent.add(row["statement"])
                if row["leaf"] not in given_up and not send(connection, row, report) and row["leaf"]:
                    given_up.add(row["leaf"])
            if export_to:
                export_all(connection, export_to, report, given_up)
            # On most days nothing of a leaf was due.
            due = due_today(connection, report) if any(row["leaf"] for row in due) else []
        report["held_up"] = [row for row in due if not row["statement"]]
        # ops.ensure_partitions() and ops.run_job() keep their own records.
        problems = [
            {"parent": row["parent"], "problem": f"{row['leaf'] or 'what is due cannot be told'}: {row['problem']}"}
            for row in report["failed"]
            if row["leaf"] or row["statement"] == DUE
        ]
        connection.execute(
            RECORD, [began_at, "failed" if report["failed"] else "succeeded", Jsonb({"parents": problems})]
        )
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    return report


def go_on(conninfo: str, export_to: Path | None, every: int) -> NoReturn:
    """Do what is due every so many seconds and say in a line what came of it; a database that is away is waited for."""
    while True:
        try:
            with owners_session(conninfo) as connection:
                said = told(maintain(connection, export_to))
        except psycopg.OperationalError as error:
            said = [f"The database says: {plain(error).splitlines()[0]}"]
        print(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {'; '.join(said)}", flush=True)
        time.sleep(every)


def due_today(connection: psycopg.Connection, report: dict[str, list]) -> list[dict[str, object]]:
    """Return what is due after the runway, in its order; nothing, which is reported, where it cannot be told."""
    try:
        return connection.cursor(row_factory=dict_row).execute(DUE).fetchall()
    except psycopg.Error as error:
        if connection.closed:
            raise
        report["failed"].append({"parent": None, "leaf": None, "statement": DUE, "problem": plain(error)})
        return []


def send(connection: psycopg.Connection, row: dict[str, object], report: dict[str, list]) -> bool:
    """Send one statement and say whether it succeeded; what is no leaf's tells in rows what it could not do."""
    try:
        answer = connection.cursor(row_factory=dict_row).execute(row["statement"])
        problems = [] if row["leaf"] else [row | said for said in answer if said["problem"]]
    except psycopg.Error as error:
        if connection.closed:
            raise
        problems = [row | {"problem": plain(error)}]
    report["failed" if problems else "done"] += problems or [row]
    return not problems


def export_all(connection: psycopg.Connection, folder: Path, report: dict[str, list], given_up: set[str]) -> None:
    """Write each retired leaf whose policy is to export it; one that fails is reported and stays where it is."""
    for leaf, header, retired_at in connection.execute(TO_EXPORT, [FORMAT]).fetchall():
        if leaf in given_up:
            continue
        # Others may export into the same folder: a clone, a restored database, one in another cluster.
        whose = f"{quote(header['database'], safe='')}.{header['system_identifier']}"
        file = folder / f"{whose}.{leaf}.{retired_at}.copy.gz"
        try:
            export(connection, header, file)
            report["exported"].append({"leaf": leaf, "file": str(file), "rows": header["rows"]})
        except (Problem, psycopg.Error, OSError) as error:
            if connection.closed:
                raise
            told = plain(error) if isinstance(error, psycopg.Error) else str(error)
            report["failed"].append({"parent": header["parent"], "leaf": leaf, "statement": None, "problem": told})
            given_up.add(leaf)


def export(connection: psycopg.Connection, header: dict[str, object], file: Path) -> None:
    """Have a retired leaf in a file that the database has compared with it, and on record; overwrites nothing."""
    # A run that was killed may have left it: it is what it should be, or it is refused.
    is_there = file.exists()
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", suffix=".partial") as partial:
        if not is_there:
            write(connection, header, partial)
        with connection.transaction():
            stage(connection, file if is_there else Path(partial.name))
            connection.execute("SELECT ops.record_export(%s, %s)", [header["leaf"], str(file.resolve())])
            if not is_there:
                os.link(partial.name, file)
                folder = os.open(file.parent, os.O_RDONLY)
                os.fsync(folder)
                os.close(folder)


def write(connection: psycopg.Connection, header: dict[str, object], raw: BinaryIO) -> None:
    """Write the header of a retired leaf and its rows to a file, and the file to the disk."""
    with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as into:
        into.write(json.dumps(header).encode() + b"\n")
        # A query: row level security stands on the table itself.
        query = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(
            sql.SQL(", ").join(map(sql.Identifier, header["columns"])), sql.Identifier("attic", header["leaf"])
        )
        with connection.cursor().copy(query) as rows:
            for chunk in rows:
                into.write(chunk)
    raw.flush()
    os.fsync(raw.fileno())


def reattach(connection: psycopg.Connection, file: Path) -> dict[str, object]:
    """Make the leaf of a file anew with all its rows, and return its header; REFUSED: nothing was changed."""
    try:
        with connection.transaction():
            header = stage(connection, file)
            connection.execute("SELECT ops.load_leaf(%s)", [header["leaf"]])
    except psycopg.Error as error:
        raise Problem(f"Nothing was changed: {plain(error)}") from None
    return header


def stage(connection: psycopg.Connection, file: Path) -> dict[str, object]:
    """Copy a file of a leaf into pg_temp.leaf_rows and return its first line; REFUSED for one that is none."""
    try:
        with gzip.open(file) as content:
            header = read_header(content.readline(CHUNK), file)
            connection.execute("SELECT ops.stage_leaf(%s)", [Jsonb(header)])
            with connection.cursor().copy("COPY pg_temp.leaf_rows FROM STDIN") as into:
                while chunk := content.read(CHUNK):
                    into.write(chunk)
    except (EOFError, gzip.BadGzipFile, zlib.error) as why:
        raise Problem(f"File {file} is damaged ({why}); nothing was changed.") from None
    return header


def read_header(line: bytes, file: Path) -> dict[str, object]:
    """Return what the first line of a file says; REFUSED when it is not a leaf's."""
    try:
        header = json.loads(line)
    except ValueError:
        header = None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise Problem(f"File {file} is not a leaf that tradebase maintain has written; nothing was changed.")
    return header


def told(report: dict[str, object]) -> list[str]:
    """Say line by line what was done, what failed and what waits."""
    if report.get("is_another_at_work"):
        return ["Another tradebase maintain is at work; nothing was done."]
    return [
        *(f"{row['leaf']}: {row['rows']:,} rows in {row['file']}" for row in report["exported"]),
        *(f"FAILED {row['statement'] or row['leaf']}: {row['problem']}" for row in report["failed"]),
        *(f"{row['parent']}, {row['leaf']} waits: {row['why']}" for row in report["held_up"]),
        f"{len(report['done'])} done, {len(report['failed'])} failed, {len(report['held_up'])} waiting.",
    ]
