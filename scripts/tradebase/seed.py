"""Plausible history: orders over days, made by seed.sql in one transaction."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from rich.progress import Progress

from tradebase import Problem

SCRIPT = Path(__file__).with_suffix(".sql")
OPTIONS = """
CREATE TEMPORARY TABLE options ON COMMIT DROP AS
SELECT
    %s::integer AS orders, %s::integer AS users, %s::integer AS open_orders,
    -- A seed is sixteen purposes of chance.
    16 * %s::bigint AS seed,
    floor(extract(EPOCH FROM u.until) * 1000)::bigint - %s * 86400000::bigint AS from_ms,
    floor(extract(EPOCH FROM u.until) * 1000)::bigint AS until_ms
FROM (SELECT %s::timestamptz AS until) AS u
"""


@dataclass(frozen=True)
class History:
    """What to make: the same values make the same rows."""

    orders: int = 100_000
    users: int = 1000
    days: int = 30
    number: int = 1  # that chance is made of
    open_orders: int | None = None  # one in a hundred when left out
    until: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __post_init__(self) -> None:
        """Raise REFUSED when the numbers do not fit together."""
        if self.still_open + self.still_open // 8 > self.orders:
            raise Problem(
                f"{self.still_open:,} open orders do not fit into {self.orders:,}: every eighth has met another order."
            )

    @property
    def still_open(self) -> int:
        """The number of open orders."""
        return self.orders // 100 if self.open_orders is None else self.open_orders

    def options(self) -> list[object]:
        """Return the values of OPTIONS."""
        # Makers and takers are halves of the users.
        return [self.orders, self.users + self.users % 2, self.still_open, self.number, self.days, self.until]


def steps() -> Iterator[tuple[str, str]]:
    """Yield the steps of the script: a name and SQL each."""
    for part in SCRIPT.read_text().split("-- step: ")[1:]:
        name, sql = part.split("\n", 1)
        yield name, sql


def seed(connection: psycopg.Connection, history: History, bars: Progress | None = None) -> dict[str, object]:
    """Make the history as the owner, all of it or nothing; return what was made. REFUSED where there is one already."""
    bars = bars or Progress(disable=True)
    script = list(steps())
    task = bars.add_task("Seed", total=len(script) + 1, note="")
    begun = time.monotonic()
    try:
        with connection.transaction():
            connection.execute(OPTIONS, history.options())
            for name, sql in script:
                bars.update(task, note=name)
                connection.execute(sql)
                bars.update(task, advance=1)
    except psycopg.errors.RaiseException as refusal:
        raise Problem(f"Nothing was made: {refusal.diag.message_primary}.") from None
    seconds = time.monotonic() - begun
    bars.update(task, note="Analyze")
    connection.execute("ANALYZE")
    rate = round(history.orders / seconds)
    bars.update(task, advance=1, note=f"{history.orders:,} orders, {rate:,}/s")
    return {
        "orders": history.orders,
        "open": history.still_open,
        "seed": history.number,
        "until": history.until.isoformat(),
        "seconds": round(seconds, 3),
        "orders_per_second": rate,
    }
