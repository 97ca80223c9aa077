"""Plausible history: orders over days, made by seed.sql in one transaction."""

import time
from datetime import datetime
from pathlib import Path

import psycopg
from rich.progress import Progress

from tradebase import Problem

SCRIPT = Path(__file__).with_suffix(".sql")
OPTIONS = """
CREATE TEMPORARY TABLE options ON COMMIT DROP AS
SELECT
    %s::integer AS orders, %s::integer AS users, %s::integer AS open_orders, 16 * %s::bigint AS seed,
    floor(extract(EPOCH FROM u.until) * 1000)::bigint AS until_ms,
    floor(extract(EPOCH FROM u.until) * 1000)::bigint - %s * 86400000::bigint AS from_ms
FROM (SELECT %s::timestamptz AS until) AS u
"""


def steps() -> list[tuple[str, str]]:
    """Return the steps of the script: a name and SQL each."""
    _, *parts = SCRIPT.read_text().split("-- step: ")
    return [tuple(part.split("\n", 1)) for part in parts]


def seed(
    connection: psycopg.Connection,
    orders: int,
    users: int,
    days: int,
    number: int,
    open_orders: int,
    until: datetime,
    bars: Progress | None = None,
) -> dict[str, object]:
    """Make the history as the owner, all of it or nothing; return what was made. REFUSED where there is one already."""
    bars = bars or Progress(disable=True)
    script = steps()
    task = bars.add_task("Seed", total=len(script), note="")
    begun = time.monotonic()
    try:
        with connection.transaction():
            connection.execute(OPTIONS, [orders, users, open_orders, number, days, until])
            for name, sql in script:
                bars.update(task, note=name)
                connection.execute(sql)
                bars.update(task, advance=1)
    except psycopg.errors.RaiseException as refusal:
        raise Problem(f"Nothing was made: {refusal.diag.message_primary}.") from None
    seconds = time.monotonic() - begun
    bars.update(task, note="Analyze")
    connection.execute("ANALYZE")
    bars.update(task, note=f"{orders:,} orders, {orders / seconds:,.0f}/s")
    return {"orders": orders, "seconds": round(seconds, 3), "orders_per_second": round(orders / seconds)}
