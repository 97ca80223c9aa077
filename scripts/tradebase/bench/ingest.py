"""Loading bars and trades through staging tables, beside a COPY of the same rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import psycopg
from rich.progress import Progress

from tradebase import Problem, bench, load, sample
from tradebase import database as databases
from tradebase import up as ups
from tradebase.bench import DATABASE, conditions_of, ratio, spread, timed

TARGET = 0.4  # of the yardstick's rate
SAMPLE_MINUTES = 60_000  # of two markets: about as many bars as in the real file

# The same columns, CHECKs, indexes and foreign keys; no partitions, no row level security, and a superuser's COPY.
YARDSTICKS = """
CREATE TABLE yardstick_bars (LIKE market.price_history INCLUDING ALL);
ALTER TABLE yardstick_bars ADD FOREIGN KEY (market_id) REFERENCES market.markets (id);
CREATE TABLE yardstick_trades (LIKE trading.trades INCLUDING ALL);
"""
# A tape of ours, as a database before this one would have it: eight markets, five trades a second, over the end of a
# month.
TAPE = """
COPY (
    SELECT
        i.id, core.uuid7_time(i.id), g.n % 8 + 1, g.n / 8 + 1, 60000 + g.n % 977, 0.001 * (g.n % 89 + 1),
        (60000 + g.n % 977) * (0.001 * (g.n % 89 + 1)), CASE g.n % 3 WHEN 0 THEN 'buy' ELSE 'sell' END,
        core.uuid7(), core.uuid7(), g.n / 8 + 1, NULL
    FROM
        generate_series(0, {trades} - 1) AS g (n),
        LATERAL (
            SELECT (
                -- From 2031-02-28 22:00 UTC.
                lpad(to_hex(1930082400000 + 200 * g.n::bigint), 12, '0') || '7'
                || substr(md5(g.n::text), 1, 3) || '8' || substr(md5(g.n::text), 4, 15)
            )::uuid
        ) AS i (id)
) TO STDOUT
"""


@dataclass(frozen=True)
class Subject:
    """What is loaded, how it is emptied and loaded, and the same rows as COPY writes them."""

    name: str
    table: str
    yardstick: str
    rows: int
    copied: bytes
    empty: Callable[[], object]
    load: Callable[[], object]
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"first": [], "ours": [], "second": []})

    def figures(self) -> list[dict[str, object]]:
        """Return its rate beside the yardstick's, pair by pair, and the yardstick beside itself."""
        first, ours, second = self.seconds.values()
        ratios = [copied / loaded for copied, loaded in zip(first, ours, strict=True)]
        control = [one / other for one, other in zip(first, second, strict=True)]
        itself = f"{self.yardstick.replace('_', ' of ')} against itself"
        return [
            {"name": self.name, **spread([self.rows / s for s in ours], "rows/s"), **ratio(ratios, TARGET)},
            {"name": itself, **spread(control, "ratio"), **ratio(control)},
        ]


def bars_input() -> tuple[str, bytes, Iterator[bytes]]:
    """Return the name of the bars, their bytes, and the instrument file that goes with them."""
    instruments, _ = ups.source_of("instruments", None)
    file, name = ups.source_of("bars", None)
    if file is None or instruments is None:
        return "a set that was made up", b"".join(sample.bars(SAMPLE_MINUTES)), sample.instruments()
    return name, b"".join(load.chunks(file, lambda _: None)), load.chunks(instruments, lambda _: None)


def copied_out(admin: psycopg.Connection, statement: str) -> bytes:
    """Return what a COPY … TO STDOUT writes."""
    with admin.cursor().copy(statement) as out:
        return b"".join(bytes(chunk) for chunk in out)


def bars(owner: psycopg.Connection, admin: psycopg.Connection, content: bytes) -> Subject:
    """Return the bars of a file, loaded as `tradebase load bars` does."""
    # The first load makes the leaves and is not counted.
    report = load.load(owner, "bars", iter([content]))[0]
    return Subject(
        name="market.load_bars",
        table="market.price_history",
        yardstick="yardstick_bars",
        rows=report["bars_loaded"],
        copied=copied_out(admin, "COPY (SELECT * FROM market.price_history) TO STDOUT"),
        empty=lambda: admin.execute("TRUNCATE market.price_history"),
        load=lambda: load.load(owner, "bars", iter([content])),
    )


def trades(owner: psycopg.Connection, admin: psycopg.Connection, number: int) -> Subject:
    """Return a tape, written as the owner can: COPY into a temporary table, and from there."""
    content = copied_out(admin, TAPE.format(trades=number))

    def empty() -> None:
        # Nobody truncates the tape; its leaves can be taken away.
        for (leaf,) in owner.execute("SELECT leaf::text FROM ops.partition_bounds('trading.trades')").fetchall():
            owner.execute(f"ALTER TABLE trading.trades DETACH PARTITION {leaf}; DROP TABLE {leaf}")
        owner.execute("SELECT ops.ensure_partitions('trading.trades', '2031-02-01', '2031-12-31')")

    def write() -> None:
        with owner.transaction():
            owner.execute("CREATE TEMPORARY TABLE tape (LIKE trading.trades) ON COMMIT DROP")
            load.copy(owner, "COPY pg_temp.tape FROM STDIN", iter([content]))
            owner.execute("INSERT INTO trading.trades SELECT * FROM pg_temp.tape")

    return Subject(
        name="staged trading.trades",
        table="trading.trades",
        yardstick="yardstick_trades",
        rows=number,
        copied=content,
        empty=empty,
        load=write,
    )


def ingest(rounds: int, trades_to_load: int, progress: Progress) -> dict[str, object]:
    """Load bars and trades and COPY the same rows in turn; the figures are the ratios of the rates, pair by pair."""
    name, content, instruments = bars_input()
    task = progress.add_task("Bench ingest", total=2 * (rounds + 1), note="deploying")
    with (
        bench.deployed() as server,
        databases.connect(server, DATABASE, databases.OWNER) as owner,
        databases.connect(server, DATABASE) as admin,
    ):
        load.load(owner, "instruments", instruments)
        subjects = [bars(owner, admin, content), trades(owner, admin, trades_to_load)]
        admin.execute(YARDSTICKS)

        def load_once(subject: Subject) -> float:
            subject.empty()
            admin.execute("CHECKPOINT")
            return timed(subject.load)

        def copy_once(subject: Subject) -> float:
            admin.execute(f"TRUNCATE {subject.yardstick}")
            admin.execute("CHECKPOINT")
            return timed(lambda: load.copy(admin, f"COPY {subject.yardstick} FROM STDIN", iter([subject.copied])))

        for subject in subjects:
            copy_once(subject)
            progress.update(task, advance=1, note="")
            for _ in range(rounds):
                subject.seconds["first"].append(copy_once(subject))
                subject.seconds["ours"].append(load_once(subject))
                subject.seconds["second"].append(copy_once(subject))
                rate = subject.rows / subject.seconds["ours"][-1]
                progress.update(task, advance=1, note=f"{rate:,.0f} rows/s")
            for table in (subject.table, subject.yardstick):
                there = admin.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                if there != subject.rows:
                    raise Problem(f"{table} has {there:,} rows, not {subject.rows:,}: nothing was measured.")
        conditions = conditions_of(admin) | {
            "clients": 1,
            "rows": {subject.yardstick.removeprefix("yardstick_"): subject.rows for subject in subjects},
            "input": name,
            "leaves": "made before, emptied between the runs",
            "rounds": rounds,
        }
    rows = sum(subject.rows for subject in subjects)
    both = zip(*(subject.seconds["first"] for subject in subjects), strict=True)
    return {
        "bench": "ingest",
        "conditions": conditions,
        "yardstick": {
            "name": "a superuser's COPY of the same rows into a table with the same indexes, foreign keys and CHECKs",
            "rate": spread([rows / sum(seconds) for seconds in both], "rows/s"),
        },
        "figures": [figure for subject in subjects for figure in subject.figures()],
    }
