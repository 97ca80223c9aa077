"""`tradebase status`: how a database is at a glance, as whoever is a member of tradebase_monitor may see it."""

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal

import psycopg
from psycopg import errors
from psycopg.rows import dict_row
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from tradebase import Problem
from tradebase import database as databases
from tradebase import server as servers
from tradebase import up as ups
from tradebase.stack import monitoring, place

Seen = dict[str, list[dict[str, object]]]  # rows by subject

COLOURS = {"ok": "green", "warn": "yellow", "crit": "bold red"}  # the later the worse
NARROW = 110  # columns; below that what checks say stands under the table
# Who looks changes nothing and does not wait.
SETTINGS = "SET statement_timeout = '10s'; SET lock_timeout = '1s'; SET default_transaction_read_only = on"
QUERIES = {
    "health": "SELECT name, status, value, threshold, unit, detail, remedy FROM monitoring.health()",
    "pools": """
        SELECT pool, login, clients_active, clients_waiting, servers_active, servers_idle, max_wait_seconds, age_seconds
        FROM monitoring.pools ORDER BY pool, login
    """,
    "replicas": """
        SELECT name, is_here, state, is_synchronous, bytes_behind, extract(epoch FROM time_behind) AS seconds_behind
        FROM monitoring.replicas ORDER BY name
    """,
    "storage": """
        SELECT
            pg_database_size(current_database()) AS bytes, bytes_per_day, capacity_bytes, used_percent, days_until_full
        FROM monitoring.capacity
    """,
    "tables": """
        SELECT of_table AS name, bytes, bytes_per_day FROM monitoring.growth ORDER BY bytes DESC LIMIT 5
    """,
    "backups": """
        SELECT DISTINCT ON (repository) repository, kind, label, age_seconds, bytes
        FROM monitoring.backups WHERE finished_at IS NOT NULL ORDER BY repository, finished_at DESC
    """,
    "drills": """
        SELECT kind, repository, status, age_seconds, rpo_seconds, rto_seconds
        FROM monitoring.drills ORDER BY kind, repository
    """,
}


def watched(dsn: str | None) -> Iterator[tuple[str, Seen]]:
    """Yield by name how what runs is: the database that is named, else the cluster of ./scripts/up, and the stack."""
    if dsn is not None:
        with psycopg.connect(dsn, autocommit=True, application_name="tradebase status") as session:
            yield f"database {session.info.dbname}", look(session)
        return
    cluster = ups.existing()
    if cluster and servers.is_running(cluster) and (ups.home() / ups.COMPLETE).exists():
        with databases.connect(cluster, ups.DATABASE) as admin:
            yield "the cluster", look(admin)
    stack = place.existing()
    if stack and servers.postmaster(stack.primary) is not None:
        with databases.connect(stack.primary, ups.DATABASE) as admin:
            seen = look(admin)
        # Without Prometheus the database has still been asked.
        with suppress(*place.NO_ANSWER):
            seen["alerts"] = [
                {"name": alert["labels"]["alertname"], "severity": alert["labels"]["severity"]}
                | {"summary": alert["annotations"]["summary"]}
                for alert in monitoring.alerts(stack)
            ]
        yield "the stack", seen


def look(session: psycopg.Connection) -> Seen:
    """Return what monitoring knows, by subject; REFUSED when there is none, or it is not told to this login."""
    cursor = session.cursor(row_factory=dict_row)
    try:
        cursor.execute(SETTINGS)
        there = {
            subject: [{name: number(value) for name, value in row.items()} for row in cursor.execute(query)]
            for subject, query in QUERIES.items()
        }
    except (errors.InvalidSchemaName, errors.UndefinedTable, errors.UndefinedFunction, errors.UndefinedColumn):
        raise Problem(
            f"Database {session.info.dbname} has no Tradebase in it, or one that cannot say how it is: "
            "name another with --dsn, or deploy what is new (sqitch deploy)."
        ) from None
    except errors.InsufficientPrivilege:
        raise Problem(
            f"{session.info.user} may not see how database {session.info.dbname} is: "
            "connect as a member of tradebase_monitor."
        ) from None
    return there


def number(value: object) -> object:
    """Return a numeric as JSON has it: without a fraction where it has none."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


def worst(there: Seen) -> str:
    """Return the status of the check that is worst."""
    return max((check["status"] for check in there["health"]), key=[*COLOURS].index, default="ok")


def show(console: Console, there: Seen) -> None:
    """Print it: each check with what to do where something is to be done, then what goes with them in a line each."""
    is_narrow = console.width < NARROW
    table = Table(box=None, pad_edge=False)
    for _ in ("name", "status"):
        table.add_column(no_wrap=True)
    for title in ("is", "not ok from"):
        table.add_column(title, overflow="fold", no_wrap=not is_narrow)
    if not is_narrow:
        table.add_column("", overflow="fold", ratio=1)
    checks = sorted(there["health"], key=lambda check: -[*COLOURS].index(check["status"]))
    for check in checks:
        colour = COLOURS[check["status"]]
        table.add_row(
            f"[{colour}]{check['name']}[/]",
            f"[{colour}]{check['status']}[/]",
            quantity(check["value"], check["unit"]),
            quantity(check["threshold"], check["unit"] if check["unit"] == "seconds" else None),
            *(() if is_narrow else (escape(says(check)),)),
        )
    console.print(table, highlight=False)
    if is_narrow:
        for check in checks:
            if check["status"] != "ok":
                console.print(f"{check['name']}: {says(check)}", highlight=False, markup=False)
    for title, lines in told(there).items():
        console.print(f"[bold]{title}[/]")
        for line in lines:
            console.print(Padding(line, (0, 0, 0, 2)), highlight=False, markup=False)


def says(check: dict[str, object]) -> str:
    """Return what a check found, and what to do unless it is well."""
    words = [check["detail"], check["remedy"] if check["status"] != "ok" else None]
    return " → ".join(filter(None, words))


def told(there: Seen) -> dict[str, list[str]]:
    """Return in words what goes with the checks, by title."""
    return {
        "Pool": [
            f"{pool['login']} at {pool['pool']}: {pool['clients_active']} clients at work, "
            f"{pool['clients_waiting']} wait (the first for {pool['max_wait_seconds']:.1f} s); "
            f"{pool['servers_active']} of {pool['servers_active'] + pool['servers_idle']} connections busy, "
            f"{span(pool['age_seconds'])} ago"
            for pool in there["pools"]
        ] or ["Nobody has asked a pooler."],
        "Replicas": [
            f"{replica['name']}: {replica['state']}, {size(replica['bytes_behind'])} behind"
            + (f", {span(replica['seconds_behind'])}" if replica["seconds_behind"] is not None else "")
            + (", synchronous" if replica["is_synchronous"] else "")
            for replica in there["replicas"]
        ] or ["None."],
        "Storage": [
            *(
                f"{size(store['bytes'])}"
                + (f" of {size(store['capacity_bytes'])}" if store["capacity_bytes"] is not None else "")
                + (f", {size(store['bytes_per_day'])} more a day" if store["bytes_per_day"] is not None else "")
                + (f", full in {store['days_until_full']:,.0f} days" if store["days_until_full"] is not None else "")
                for store in there["storage"]
            ),
            *(f"{table['name']}: {size(table['bytes'])}" for table in there["tables"]),
        ],
        "Backups": [
            f"{place_of(backup['repository'])}: {backup['kind']} {backup['label'] or ''}, "
            f"{span(backup['age_seconds'])} ago, {size(backup['bytes'])}"
            for backup in there["backups"]
        ] or ["None."],
        "Drills": [
            f"{drill['kind']} from {place_of(drill['repository'])}: {drill['status']} "
            f"{span(drill['age_seconds'])} ago, "
            f"lost {span(drill['rpo_seconds'])}, took {span(drill['rto_seconds'])}"
            for drill in there["drills"]
        ] or ["None."],
        **({"Alerts": [
            f"{alert['name']} ({alert['severity']}): {alert['summary']}" for alert in there["alerts"]
        ] or ["None."]} if "alerts" in there else {}),
    }  # fmt: skip


def place_of(repository: int | None) -> str:
    """Return where a backup lies."""
    return "an export" if repository is None else f"repository {repository}"


def quantity(value: float | None, unit: str | None) -> str:
    """Return a number with its unit as a person reads it; nothing where there is none."""
    if value is None:
        return ""
    if unit == "seconds":
        return span(value)
    shown = f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
    return f"{shown} {unit}" if unit else shown


def size(value: float | None) -> str:
    """Return bytes as a person reads them."""
    if value is None:
        return "unknown"
    for unit, many in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(value) >= many:
            return f"{value / many:,.1f} {unit}"
    return f"{value:,.0f} B"


def span(seconds: float | None) -> str:
    """Return a time as a person reads it."""
    if seconds is None:
        return "unknown"
    for unit, many in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * many:
            return f"{seconds / many:,.1f} {unit}"
    return f"{seconds:,.1f} s"
