"""What a load did to the server: rate, percentiles, log, updates in the page, dead rows, growth, and a chart of it."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import pygal

from tradebase import PROJECT
from tradebase.replay import report

CHARTS = PROJECT / "build/load"
POINTS = 40  # of a chart
PATIENCE = 90  # seconds that autovacuum has, at a look a second, to come to tables that have calmed down
ORDERS = "SELECT count(*) FROM trading.orders"
# A leaf that closed orders move into is no hot table: its rows come and stay.
DEAD = """
SELECT
    c.oid::regclass::text, s.n_dead_tup, pg_relation_size(c.oid),
    -- What autovacuum leaves alone: its threshold, and its share of the rows.
    coalesce((SELECT option_value::numeric FROM pg_options_to_table(c.reloptions)
              WHERE option_name = 'autovacuum_vacuum_threshold'), 50)
    + coalesce((SELECT option_value::numeric FROM pg_options_to_table(c.reloptions)
                WHERE option_name = 'autovacuum_vacuum_scale_factor'), 0.2) * greatest(c.reltuples, 0)::numeric
FROM pg_class AS c JOIN pg_stat_user_tables AS s ON s.relid = c.oid
WHERE c.oid = ANY (%s::regclass[])
"""


@dataclass
class Load:
    """A load: when each command ended (seconds of the clock), what it took (microseconds), and what it did."""

    name: str
    ends: list[float] = field(default_factory=list)
    latencies: list[int] = field(default_factory=list)
    commands_of: int = 1  # orders, cancels or events that one entry of the lists stands for
    seconds: float = 0
    orders: int = 0
    wal_bytes: int = 0
    hot: dict[str, float | None] = field(default_factory=dict)
    dead: dict[str, tuple[int, float]] = field(default_factory=dict)  # rows, and what autovacuum leaves alone
    pages: dict[str, int] = field(default_factory=dict)

    def add(self, ends: list[float], latencies: list[int]) -> None:
        """Count the commands of one more run."""
        self.ends += ends
        self.latencies += latencies

    @property
    def rate(self) -> float:
        """Commands a second."""
        return len(self.ends) * self.commands_of / self.seconds

    @property
    def percentiles(self) -> dict[int, float]:
        """Milliseconds within which so many of a hundred entries ended."""
        at = quantiles(self.latencies, n=100)
        return {percent: at[percent - 1] / 1000 for percent in (50, 95, 99)}

    @property
    def wal_per_order(self) -> float:
        """Bytes of the log for each order that was placed, or for each command when none was."""
        return self.wal_bytes / (self.orders or len(self.ends) * self.commands_of)

    def said(self) -> str:
        """Say it in a line, for the report of the test and for the chart."""
        shares = ", ".join(f"{name} {share:.1f} %" for name, share in self.hot.items() if share is not None)
        p50, p95, p99 = self.percentiles.values()
        return (
            f"{self.name}: {self.rate:,.0f}/s, p50 {p50:.2f} ms, p95 {p95:.2f} ms, p99 {p99:.2f} ms, "
            f"{self.wal_per_order:,.0f} bytes of log each; HOT {shares or 'nothing'}; dead rows left "
            + ", ".join(f"{name} {rows:,}" for name, (rows, _) in self.dead.items())
        )

    def draw(self) -> Path:
        """Draw rate and p99 over the time of the load into an SVG file, and return it."""
        first = min(self.ends)
        width = max((max(self.ends) - first) / POINTS, 1e-3)
        taken = defaultdict(list)
        for end, took in zip(self.ends, self.latencies, strict=True):
            taken[min(int((end - first) / width), POINTS - 1)].append(took)
        chart = pygal.Line(title=self.name, x_title=self.said(), js=[], x_label_rotation=30)
        chart.x_labels = [f"{point * width:.2f} s" for point in range(POINTS)]
        chart.add("a second", [len(taken[point]) * self.commands_of / width for point in range(POINTS)])
        worst = [
            sorted(taken[point])[int(len(taken[point]) * 0.99)] / 1000 if taken[point] else None
            for point in range(POINTS)
        ]
        chart.add("p99, ms", worst, secondary=True)
        CHARTS.mkdir(parents=True, exist_ok=True)
        file = CHARTS / f"{self.name.replace(' ', '_')}.svg"
        chart.render_to_file(str(file))
        return file


@contextmanager
def watched(database, name: str, commands_of: int = 1) -> Iterator[Load]:
    """Yield a load that is being made; when it has ended, wait for autovacuum and write down what it did."""
    load = Load(name, commands_of=commands_of)
    with database.connect_as_superuser() as admin:
        admin.execute("SELECT pg_stat_force_next_flush()")
        updates, (orders,) = report.updates(admin), admin.execute(ORDERS).fetchone()
        (log_at,) = admin.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
        yield load
        load.seconds = max(load.ends) - min(load.ends) or 1e-3
        (load.wal_bytes,) = admin.execute("SELECT pg_current_wal_insert_lsn() - %s::pg_lsn", [log_at]).fetchone()
        load.wal_bytes = int(load.wal_bytes)
        load.orders = admin.execute(ORDERS).fetchone()[0] - orders
        load.hot = {table: one["share"] for table, one in report.hot_share(updates, report.updates(admin)).items()}
        waited(lambda: all(rows <= left for rows, left in dead_rows(admin, load).values()))


def dead_rows(admin, load: Load) -> dict[str, tuple[int, float]]:
    """Return the dead rows of the hot tables beside what autovacuum leaves alone, and keep them and the pages."""
    found = admin.execute(DEAD, [report.HOT_TABLES]).fetchall()
    load.dead = {table: (rows, float(left)) for table, rows, _, left in found}
    load.pages = {table: size // 8192 for table, _, size, _ in found}
    return load.dead


def waited(done: Callable[[], bool]) -> bool:
    """Say whether something came to be before our patience ended."""
    for _ in range(PATIENCE):
        if done():
            return True
        time.sleep(1)
    return done()
