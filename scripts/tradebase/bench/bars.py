"""Loading bars, beside a COPY of the same rows."""

from collections.abc import Iterator

from rich.progress import Progress

from tradebase import database as databases
from tradebase import load, sample
from tradebase import up as ups
from tradebase.bench import DATABASE, conditions_of, ratio, real_disk, spread, timed
from tradebase.server import durable_server, installed_binaries

TARGET = 0.4  # of the yardstick's rate
SAMPLE_MINUTES = 60_000  # of two markets: about as many bars as in the real file

# The same columns, CHECKs, indexes and foreign keys; no partitions, no row level security, and a superuser's COPY.
YARDSTICK = """
CREATE TABLE yardstick (LIKE market.price_history INCLUDING ALL);
ALTER TABLE yardstick ADD FOREIGN KEY (market_id) REFERENCES market.markets (id);
"""


def bars_input() -> tuple[str, bytes, Iterator[bytes]]:
    """Return the name of the bars, their bytes, and the instrument file that goes with them."""
    instruments, _ = ups.source_of("instruments", None)
    file, name = ups.source_of("bars", None)
    if file is None or instruments is None:
        return "a set that was made up", b"".join(sample.bars(SAMPLE_MINUTES)), sample.instruments()
    return name, b"".join(load.chunks(file, lambda _: None)), load.chunks(instruments, lambda _: None)


def bars(rounds: int, progress: Progress) -> dict[str, object]:
    """Load the bars and COPY the same rows in turn; the figure is the ratio of the rates, pair by pair."""
    name, content, instruments = bars_input()
    task = progress.add_task("Bench bars", total=rounds + 1, note="deploying")
    with durable_server(installed_binaries(), real_disk(), ups.SETTINGS) as server:
        databases.prepare(server, DATABASE, test_tools=False)
        databases.sqitch(server, DATABASE, "deploy")
        with (
            databases.connect(server, DATABASE, databases.OWNER) as owner,
            databases.connect(server, DATABASE) as admin,
        ):
            load.load(owner, "instruments", instruments)
            # The first load makes the leaves and is not counted.
            report = load.load(owner, "bars", iter([content]))[0]
            rows = report["bars_loaded"]
            admin.execute(YARDSTICK)
            with admin.cursor().copy("COPY (SELECT * FROM market.price_history) TO STDOUT") as out:
                resolved = b"".join(bytes(chunk) for chunk in out)

            def load_once() -> float:
                admin.execute("TRUNCATE market.price_history")
                admin.execute("CHECKPOINT")
                return timed(lambda: load.load(owner, "bars", iter([content])))

            def copy_once() -> float:
                admin.execute("TRUNCATE yardstick")
                admin.execute("CHECKPOINT")
                return timed(lambda: load.copy(admin, "COPY yardstick FROM STDIN", iter([resolved])))

            copy_once()
            progress.update(task, advance=1, note="")
            ours, first, second = [], [], []
            for _ in range(rounds):
                first.append(copy_once())
                ours.append(load_once())
                second.append(copy_once())
                progress.update(task, advance=1, note=f"{rows / ours[-1]:,.0f} bars/s")
            conditions = conditions_of(admin) | {
                "clients": 1,
                "rows": rows,
                "input": name,
                "leaves": "made before, emptied between the runs",
                "rounds": rounds,
            }
    ratios = [copied / loaded for copied, loaded in zip(first, ours, strict=True)]
    control = [one / other for one, other in zip(first, second, strict=True)]
    return {
        "bench": "bars",
        "conditions": conditions,
        "yardstick": {
            "name": "a superuser's COPY of the same rows into a table with the same indexes, foreign keys and CHECKs",
            "rate": spread([rows / seconds for seconds in first], "rows/s"),
        },
        "figures": [
            {
                "name": "market.load_bars",
                **spread([rows / seconds for seconds in ours], "rows/s"),
                **ratio(ratios, TARGET),
            },
            {"name": "yardstick against itself", **spread(control, "ratio"), **ratio(control)},
        ],
    }
